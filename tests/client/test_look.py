"""Every page, form and dialog can be read and reached at every size, light and dark."""

import re
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from client.core import style, verbs
from client.core.asking import AskDialog
from client.core.main_window import MainWindow
from client.core.settings import Settings
from client.core.view import PageView
from installers.flaws import flaws, settle
from protos import facts
from server.core.registry import Registry
from server.services import SERVICES
from tests.client.desk import SOON, Desk

SMALLEST = QSize(1366, 768)
LOOKS = [("light", 100), ("dark", 150)]


@pytest.fixture(params=LOOKS, ids=str)
def window(
    request: pytest.FixtureRequest, desk_of: Callable[..., Desk], qtbot: QtBot
) -> Iterator[MainWindow]:
    """The main window of one who may do everything, in one look on the smallest screen."""
    theme, percent = request.param
    desk = desk_of(*Registry(SERVICES).permissions())
    workstation = Settings("", desk.config.home)
    person = Settings(desk.who.staff_no, desk.config.home)
    for settings in (workstation, person):
        settings.set("theme", theme)
        settings.set("percent", percent)
    shown = desk.log_in()
    shown.resize(SMALLEST)
    assert style.look().percent == percent
    yield shown
    style.look().apply("light", 100)


def checked(shown: QWidget, name: str) -> list[str]:
    """The flaws of a window on the smallest screen."""
    shown.resize(shown.size().boundedTo(SMALLEST))
    settle()
    return [f"{name}: {text}" for text in flaws(shown, SMALLEST)]


def loaded(view: QWidget) -> bool:
    return not isinstance(view, PageView) or not view.busy.isVisible()


def dialogs_of(view: PageView, window: MainWindow) -> Iterator[QDialog]:
    """The form of a new record, and what each verb asks."""
    if view.page.offers("Create") and view.page.form:
        view.new_record()
        yield view.forms[0]
    for name in view.page.actions:
        method = view.page.method(name)
        request = facts.request_class(method)()
        rows, lines = verbs.asked(request)
        known = request.DESCRIPTOR.fields_by_name
        drawn = all(facts.kind(known[row[0]]) is not facts.Kind.BYTES for row in rows)
        if (rows or lines) and drawn:  # the others have dialogs of their own
            title = facts.of_rpc(method).label
            yield AskDialog(request, title, window.api, window.settings, view)


def test_every_page_and_form_can_be_read(window: MainWindow, qtbot: QtBot) -> None:
    found = checked(window, "首页")
    for entry in window.entries:
        view = window.open_page(entry)
        qtbot.waitUntil(partial(loaded, view), timeout=SOON)
        found += checked(window, entry.title)
        for dialog in dialogs_of(view, window) if isinstance(view, PageView) else ():
            dialog.show()
            found += checked(dialog, f"{entry.title} {dialog.windowTitle()}")
            dialog.done(0)
        window.close_tab(window.tabs.currentIndex())
        settle()
    assert not found, "\n".join(found)


def test_light_and_dark_differ_in_colours_only() -> None:
    assert _without_colours(style.sheet(style.LIGHT)) == _without_colours(style.sheet(style.DARK))


def _without_colours(sheet: str) -> str:
    return re.sub(r"#[0-9a-f]{6}|_dark(?=\.svg)", "", sheet)
