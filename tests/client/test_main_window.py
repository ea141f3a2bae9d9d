"""The main window: what one may see, how one gets there, what a lock hides, what is remembered."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from client import areas
from client.core import about, icons, navigation, style
from client.core.appearance import set_look
from client.core.diagnosis import DiagnosisPage
from client.core.idle import IdleWatch
from client.core.main_window import MainWindow
from client.core.navigation import Entry, Jump
from client.core.page import Page
from protos.admin import department_pb2, person_pb2, role_pb2
from tests.client.desk import SOON, Desk


class Plain(QWidget):
    """A page's widget that only counts."""

    def __init__(self, page: Page, api: object, settings: object, parent: QWidget) -> None:
        super().__init__(parent)
        self.page = page
        self.may_close = True

    def close_ok(self) -> bool:
        return self.may_close


def _page(module: object, title: str, **more: str) -> Page:
    service = next(iter(module.DESCRIPTOR.services_by_name.values()))  # type: ignore[attr-defined]
    return Page(title=title, service=service, columns=["code"], view=Plain, **more)  # type: ignore[arg-type]


PAGES = {
    "admin": (_page(department_pb2, "部门"), _page(person_pb2, "人员"), _page(role_pb2, "角色")),
    "inventory": (_page(department_pb2, "入库单", group="仓库"),),
}


@pytest.fixture(autouse=True)
def _pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areas, "pages", lambda name: PAGES.get(name, ()))


@pytest.fixture
def window(desk_of: Callable[..., Desk]) -> MainWindow:
    return desk_of("admin.department.read", "admin.person.read").log_in()


def entry(window: MainWindow, title: str) -> Entry:
    return next(each for each in window.entries if each.title == title)


def test_only_pages_one_may_see_are_offered(window: MainWindow) -> None:
    assert [each.title for each in window.entries] == ["入库单", "部门", "人员"]


def test_an_area_alone_shows_only_its_pages(window: MainWindow) -> None:
    assert [e.title for e in navigation.entries(window.api, "inventory")] == ["入库单"]


def test_every_area_names_an_icon_of_the_set() -> None:
    fallback = icons._character(icons.DEFAULT)
    assert all(icons._character(area.icon) != fallback for area in areas.AREAS)


def test_a_page_opens_once_and_closes(window: MainWindow) -> None:
    view = window.open_title("部门")
    assert window.open_title("部门") is view
    assert window.tabs.count() == 2
    assert window.close_tab(window.tabs.indexOf(view))
    assert window.tabs.count() == 1
    assert not window.close_tab(0)


def test_a_dirty_page_may_refuse_to_close(window: MainWindow) -> None:
    view = window.open_title("部门")
    assert isinstance(view, Plain)
    view.may_close = False
    assert not window.close_tab(window.tabs.indexOf(view))
    window.log_out()
    assert window.isVisible()


@pytest.mark.parametrize(("typed", "title"), [("rkd", "入库单"), ("bm", "部门"), ("ry", "人员")])
def test_ctrl_k_finds_a_page_by_initials(
    window: MainWindow, qtbot: QtBot, typed: str, title: str
) -> None:
    window.jump()
    jump = window.findChild(Jump)
    assert isinstance(jump, Jump)
    edit = jump.findChild(QLineEdit)
    assert edit is not None
    qtbot.keyClicks(edit, typed)
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    view = window.tabs.currentWidget()
    assert isinstance(view, Plain)
    assert view.page.title == title


def test_a_digit_chooses_a_hit(window: MainWindow, qtbot: QtBot) -> None:
    window.jump()
    jump = window.findChild(Jump)
    assert isinstance(jump, Jump)
    second = jump.hits("")[1].title
    edit = jump.findChild(QLineEdit)
    assert edit is not None
    qtbot.keyClick(edit, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    view = window.tabs.currentWidget()
    assert isinstance(view, Plain)
    assert view.page.title == second


def test_favourites_and_recent_pages_are_remembered(window: MainWindow) -> None:
    window.memory.toggle(entry(window, "人员"))
    window.open_title("部门")
    window.open_title("入库单")
    again = navigation.Memory(window.settings, window.entries)
    assert [each.title for each in again.favourites] == ["人员"]
    assert [each.title for each in again.recent] == ["入库单", "部门"]


def test_work_to_do_is_shown_in_menu_and_start_page(window: MainWindow) -> None:
    window.set_todo(entry(window, "部门"), 3)
    counts = {item.text(0): item.text(1) for item in window.menu._leaves()}
    assert counts["部门"] == "3"
    assert any("部门（3）" in b.text() for b in window.start.findChildren(QPushButton))


def test_a_lock_covers_dialogs_too_and_gives_them_back(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    dialog = QDialog(window)
    QLabel("病人姓名", dialog)
    dialog.show()
    desk.reader.remove()
    qtbot.waitUntil(lambda: window.is_locked, timeout=SOON)
    late = QDialog(window)
    late.show()
    for each in (window, dialog, late):
        cover = each.findChild(QWidget, "cover", Qt.FindChildOption.FindDirectChildrenOnly)
        assert cover is not None
        assert cover.geometry() == each.rect()
    assert QApplication.activeModalWidget() is window._lock_dialog
    desk.unlock(window)
    qtbot.waitUntil(lambda: dialog.findChild(QWidget, "cover") is None, timeout=SOON)
    assert dialog.isVisible()
    for each in (dialog, late):
        each.close()


def test_a_lock_stands_before_an_open_question(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    question = QDialog(window)
    question.open()
    desk.reader.remove()
    qtbot.waitUntil(lambda: window.is_locked, timeout=SOON)
    assert QApplication.activeModalWidget() is window._lock_dialog
    desk.unlock(window)
    assert question.isVisible()
    assert QApplication.activeModalWidget() is question
    question.close()


def test_an_idle_window_locks(window: MainWindow, qtbot: QtBot) -> None:
    watch = window.findChild(IdleWatch)
    assert isinstance(watch, IdleWatch)
    watch.seconds = 0.01
    qtbot.waitUntil(lambda: window.is_locked, timeout=SOON)


def test_look_changes_at_once_and_is_remembered(window: MainWindow) -> None:
    set_look(window.settings, "theme", "dark")
    set_look(window.settings, "percent", 130)
    assert style.look().is_dark
    assert QApplication.font().pointSizeF() == style.BASE_POINTS * 1.3
    assert window.settings.value("theme") == "dark"
    set_look(window.settings, "theme", "light")
    set_look(window.settings, "percent", 100)


@pytest.mark.parametrize("tokens", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_text_can_be_read_all_day(tokens: style.Tokens) -> None:
    for text in ("text", "muted", "accent", "good", "warn", "bad", "info"):
        for ground in ("window", "surface", "raised", "side", "alternate", "hover", "selection"):
            ratio = style.contrast(getattr(tokens, text), getattr(tokens, ground))
            assert ratio >= 4.5, (text, ground, ratio)
    for name in ("accent", "good", "warn", "bad", "info"):
        soft = getattr(tokens, f"{name}_soft")
        assert style.contrast(getattr(tokens, name), soft) >= 4.5
    assert style.contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert style.contrast(tokens.brand_text, tokens.brand) >= 4.5
    assert style.contrast(tokens.field_border, tokens.surface) >= 3


@pytest.mark.parametrize("percent", [100, 150])
def test_the_sheet_leaves_no_token_unfilled(percent: int) -> None:
    for tokens in (style.LIGHT, style.DARK):
        assert "@" not in style.sheet(tokens, percent)


def test_diagnosis_and_its_bundle(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.diagnose()
    page = window.tabs.currentWidget()
    assert isinstance(page, DiagnosisPage)
    qtbot.waitUntil(lambda: page._findings["服务器"].tone == "good", timeout=SOON)
    page.save_bundle(tmp_path / "d.zip")
    with zipfile.ZipFile(tmp_path / "d.zip") as archive:
        assert "diagnosis.json" in archive.namelist()
    assert page._findings["UKEY"].tone == "good"


def test_key_sheet_and_about_open(window: MainWindow) -> None:
    for dialog in (about.key_sheet(window), about.about("1", window)):
        dialog.open()
        assert dialog.isVisible()
        dialog.close()
