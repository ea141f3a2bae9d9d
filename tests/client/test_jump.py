"""Ctrl+K: every page by two letters, every document by its number."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from client import areas
from client.core import pinyin
from client.core.main_window import MainWindow
from client.core.navigation import Entry, Jump, Memory
from client.core.settings import Settings
from client.core.view import PageView
from protos.inventory import supplier_pb2
from tests.client.desk import SOON, Desk
from tests.client.hands import Hands
from tests.client.test_pages import PAGES
from tests.inventory.conftest import world
from tests.inventory.world import World

__all__ = ["world"]
ENTRIES = [Entry(page.title, page, area) for area in areas.AREAS for page in areas.pages(area.name)]


@pytest.fixture
def jump(qtbot: QtBot, tmp_path: object) -> Jump:
    parent = QWidget()
    qtbot.addWidget(parent)
    settings = Settings("t", tmp_path)  # type: ignore[arg-type]
    return Jump(ENTRIES, Memory(settings, ENTRIES), parent)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.title)
def test_two_letters_find_a_page(jump: Jump, entry: Entry) -> None:
    for spelling in pinyin.initials(entry.title):
        shown = [hit.title for hit in jump.hits(spelling[:2])]
        assert entry.title in shown, (spelling[:2], shown)


def test_no_page_is_left_out() -> None:
    assert {entry.page.title for entry in ENTRIES} == {page.title for page in PAGES}


def typed(window: MainWindow, text: str, qtbot: QtBot) -> QListWidget:
    """The hits of Ctrl+K."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    Hands(qtbot).press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(Jump)
    assert isinstance(dialog, Jump)
    line = dialog.findChild(QLineEdit)
    hits = dialog.findChild(QListWidget)
    assert line is not None
    assert hits is not None
    qtbot.keyClicks(line, text)
    return hits


def test_a_number_finds_its_document(
    world: World,
    desk_of: Callable[..., Desk],
    qtbot: QtBot,
) -> None:
    made = world.received(world.line("L1", 400, 20))
    window = desk_of("inventory.receipt.read", "inventory.receipt.write").log_in()
    hits = typed(window, made.number[:-2].lower(), qtbot)
    qtbot.waitUntil(lambda: hits.count() == 1, timeout=SOON)
    assert made.number in hits.item(0).text()
    qtbot.keyClick(hits.parent().findChild(QLineEdit), Qt.Key.Key_Return)
    view = window.tabs.currentWidget()
    assert isinstance(view, PageView)
    qtbot.waitUntil(lambda: [f.record.number for f in view.forms] == [made.number], timeout=SOON)


def test_numbers_of_what_one_may_not_list_stay_hidden(
    world: World,
    desk_of: Callable[..., Desk],
    qtbot: QtBot,
) -> None:
    made = world.received(world.line("L1", 400, 20))
    code = made.number.replace("-", "")
    world.keeper(
        "inventory.SupplierService.Create", supplier_pb2.Supplier(code=code[:12], name="某某")
    )
    window = desk_of("inventory.supplier.read").log_in()
    hits = typed(window, made.number[:6], qtbot)
    qtbot.waitUntil(lambda: hits.count() > 0, timeout=SOON)
    assert [hits.item(at).text().split()[0] for at in range(hits.count())] == ["某某"]
