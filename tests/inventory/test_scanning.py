"""Scans while a list, a button or a field has the focus: the page finds, nothing is pressed."""

from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from client.core.main_window import MainWindow
from client.core.view import PageView
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.client.hands import Hands
from tests.inventory.test_pages import desk, shot  # noqa: F401 - fixtures
from tests.inventory.world import World

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
BARCODE = "6900000000017"
LABEL = f"(01)0{BARCODE}(17)280131(10)L2"
UNKNOWN = "99999999"


class Screen:
    """The logged-in window, its keyboard and its scanner."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.hands, self._bot = window, Hands(qtbot), qtbot
        window.activateWindow()
        self.hands.until(window.isActiveWindow)

    def open(self, title: str) -> PageView:
        """A page of the menu, once its list is there."""
        view = self.window.open_title(title)
        assert isinstance(view, PageView)
        self.loaded(view)
        return view

    def loaded(self, view: PageView) -> None:
        """Wait until nothing is asked for."""
        self.hands.until(lambda: not view.model.is_loading and not view._stale)

    def scan(self, focus: QWidget, code: str) -> None:
        """Put the focus somewhere and scan."""
        self.go(focus)
        self.hands.scan(code)

    def go(self, focus: QWidget) -> None:
        """Put the focus somewhere."""
        self.window.activateWindow()
        focus.setFocus()
        self.hands.until(focus.hasFocus)

    def finds(self, view: PageView, count: int, *words: str) -> None:
        """Wait until the list shows so many rows, and says what was scanned."""
        self.hands.until(lambda: view.model.count == count and "扫到" in view.chosen.text())
        for word in words:
            assert word in view.chosen.text()
        assert not view.forms
        assert not view.scan_note.isVisible()

    def misses(self, view: PageView, code: str) -> None:
        """Wait until the page says that it has no such thing."""
        self.hands.until(view.scan_note.isVisible)
        assert code in view.scan_note.text.text()
        assert not view.forms


@pytest.fixture
def screen(desk: Desk, qtbot: QtBot) -> Screen:  # noqa: F811 - the fixture
    return Screen(desk.log_in(), qtbot)


@pytest.fixture
def stock(world: World) -> World:
    """Two lots of an item with a bar code, one of an item without."""
    bound = world.item("硝酸甘油注射液", "5mg", 10, barcode=BARCODE)
    for lot in ("L1", "L2"):
        world.received(world.line(lot, 300, 2, item_id=bound))
    world.received(world.line("L2", 300, 5))
    return world


def test_a_scan_in_a_list_finds_the_item_and_the_lot_of_its_label(
    stock: World, screen: Screen
) -> None:
    assert stock
    view = screen.open("库存查询")
    assert view.model.count == 3
    view.table.selectRow(1)
    screen.scan(view.table, UNKNOWN)
    screen.misses(view, UNKNOWN)
    assert (view.model.count, view.table.chosen_rows()) == (3, [1])
    shot(screen.window, "扫码_没有")
    screen.scan(view.table, BARCODE)
    screen.finds(view, 2, "物资 硝酸甘油注射液")
    screen.scan(view.table, LABEL)
    screen.finds(view, 1, "批号 L2")
    assert view.table.chosen_rows() == [0]
    shot(screen.window, "扫码_找到")
    screen.scan(view.filters.text, BARCODE)
    screen.finds(view, 2, "物资 硝酸甘油注射液")
    assert view.filters.text.text() == ""


def test_a_scan_presses_no_button_and_opens_no_row_and_the_clerk_s_enter_does(
    stock: World, screen: Screen, qtbot: QtBot
) -> None:
    last = stock.received(stock.line("L9", 300, 1), remark="末次")
    view = screen.open("入库单")
    new = next(each for each in view.findChildren(QPushButton) if each.text() == "新建")
    screen.scan(new, last.number)
    screen.finds(view, 1, last.number)
    screen.scan(view.table, UNKNOWN)
    screen.misses(view, UNKNOWN)
    screen.hands.enter()  # a person's, on the row the scan had chosen
    qtbot.waitUntil(lambda: bool(view.forms), timeout=SOON)
    form = view.forms[0]
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
    assert form.record.number == last.number
    form.activateWindow()
    form.setFocus()
    screen.hands.until(form.isActiveWindow)
    screen.hands.scan(BARCODE)
    screen.hands.until(lambda: BARCODE in form.note.text())
    assert form.why_read_only() in form.note.text()
    assert len(form.record.lines) == 1
    form.done(0)


def test_a_field_of_the_query_bar_keeps_its_scan_and_typing_by_hand_stays_typing(
    stock: World, screen: Screen
) -> None:
    stock.received(stock.line("LOT2026A", 300, 1))
    view = screen.open("库存查询")
    lot: Any = view.filters.conditions["lot_no"]
    screen.scan(lot.line, "LOT2026A")
    screen.hands.until(lambda: view.model.count == 1 and lot.line.text() == "LOT2026A")
    view.filters.clear()
    screen.loaded(view)
    items = screen.open("库存基础信息")
    screen.go(items.table)
    items.table.setCurrentIndex(items.model.index(0, 0))
    last = items.model.rows[items.model.count - 1]
    screen.hands.type(last.code)  # searches the list
    assert items.table.chosen_rows() == [items.model.count - 1]
    screen.hands.enter()
    screen.hands.until(lambda: bool(items.forms))
    assert items.forms[0].record.id == last.id
    items.forms[0].done(0)


def test_where_no_scan_is_used_the_window_says_so_and_saves_nothing(
    world: World, screen: Screen, qtbot: QtBot
) -> None:
    assert world
    screen.window.tabs.setCurrentIndex(0)
    screen.scan(screen.window.menu, BARCODE)
    screen.hands.until(lambda: BARCODE in screen.window.status.currentMessage())
    view = screen.open("供应商")
    view.new_record()
    form = view.forms[0]
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
    form.activateWindow()
    screen.hands.until(form.isActiveWindow)
    screen.hands.scan("GYS20261125")  # the cursor stands in the first field: it is meant there
    code = form.body.boxes["code"].editor
    assert code is not None
    assert code.value() == "GYS20261125"
    screen.hands.field("国药")
    form.save_button.setFocus()
    screen.hands.scan(BARCODE)
    assert BARCODE in form.note.text()
    assert not form.is_stored
    form.load(form.record)
    form.done(0)
