"""Every page works the same way: the same places, the same keys, faults beside their fields."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QLineEdit,
    QPushButton,
    QTableView,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from client.core import keys, letters
from client.core.api import ApiError
from client.core.fields import Editor
from client.core.form import FormDialog
from client.core.letters import VerbButton
from client.core.main_window import MainWindow
from client.core.view import PageView
from protos import facts
from server.core.registry import Registry
from server.services import SERVICES
from tests.client.desk import SOON, Desk

NAMES = ("UKEY", "PIN", "PDF", "Excel", "VIN", "SM2", "GPS", "IC", "POS")  # words clerks use


@pytest.fixture
def window(desk_of: Callable[..., Desk]) -> MainWindow:
    """The main window of one who may do everything."""
    return desk_of(*Registry(SERVICES).permissions()).log_in()


def views(window: MainWindow, qtbot: QtBot) -> Iterator[PageView]:
    """Each ordinary page in turn, loaded."""
    for entry in window.entries:
        view = window.open_page(entry)
        if isinstance(view, PageView):
            qtbot.waitUntil(lambda: not view.busy.isVisible(), timeout=SOON)  # noqa: B023
            yield view
        window.close_tab(window.tabs.currentIndex())


def place(widget: QWidget, view: QWidget) -> QPoint:
    return widget.mapTo(view, QPoint())


def shown(view: PageView, kind: type[Any]) -> list[Any]:
    """The visible buttons of the action row, from the left."""
    row = range(view.filters.geometry().bottom(), place(view.stack, view).y())
    found = [
        each
        for each in view.findChildren(kind)
        if each.isVisible() and place(each, view).y() in row and not view.stack.isAncestorOf(each)
    ]
    return sorted(found, key=lambda each: (place(each, view).y(), place(each, view).x()))


def check_places(view: PageView) -> None:
    """Query on top, verbs below it at the left, tools at the right, totals at the foot."""
    left, title = place(view.filters, view).x(), view.page.title
    table = place(view.stack, view).y()
    assert place(view.filters.text, view).x() == left, title
    assert place(view.filters, view).y() + view.filters.height() <= table, title
    verbs = shown(view, QPushButton)
    texts = [button.text() for button in verbs]
    own = [facts.of_rpc(view.page.method(name)).label for name in view.page.actions]
    usual = [label for label in ("新建", "打开") if label in texts]
    assert [text for text in texts if text in (*usual, *own)] == [*usual, *own], title
    assert not verbs or place(verbs[0], view).x() == left, title
    tools = shown(view, QToolButton)
    printed = ["打印预览"] if view.page.print_form else []
    named = [b.text() for b in tools if b.text() in ("导出", "打印预览", "刷新")]
    assert named == ["导出", *printed, "刷新"], title
    assert tools[0].text() == "导出", title
    assert all(place(verb, view).x() < place(tools[0], view).x() for verb in verbs), title
    assert place(view.summary, view).y() >= table + view.stack.height(), title
    assert place(view.summary, view).x() == left, title


def check_buttons(view: PageView) -> None:
    """Every button says what it does, to the eye or to a screen reader."""
    for button in view.findChildren(QAbstractButton):
        told = button.text() or button.toolTip() or button.accessibleName()
        assert told or not button.isVisible(), f"{view.page.title}: {button}"


def bound(owner: QObject) -> Iterator[tuple[str, str]]:
    """(key, what it is bound as) of every shortcut and action below a widget."""
    for shortcut in owner.findChildren(QShortcut):
        yield shortcut.key().toString(), shortcut.objectName()
    for action in owner.findChildren(QAction):
        for sequence in action.shortcuts():
            yield sequence.toString(), action.objectName()


def check_keys(owner: QObject, where: str) -> None:
    meant = {
        QKeySequence(sequence).toString(): name
        for name, key in keys.KEYS.items()
        for sequence in key.sequences
    }
    for sequence, name in bound(owner):
        assert meant.get(sequence, name) == name, f"{where} binds {sequence} to {name!r}"
        assert sequence in meant, f"{where}: {sequence} is not in the list of keys"


def check_letters(owner: QWidget, where: str) -> None:
    """Every button in sight is pressed by keys: a letter of its own, a common key, or Tab."""
    buttons = [each for each in owner.findChildren(QAbstractButton) if each.isVisibleTo(owner)]
    given = [each.shortcut().toString() for each in buttons if not each.shortcut().isEmpty()]
    assert len(set(given)) == len(given), f"{where}: {given}"
    common = {keys.text(name) for name in keys.KEYS}
    for button in buttons:
        told = re.search("（(.+)）$", button.toolTip())
        by_key = not button.shortcut().isEmpty() or bool(told and told[1] in common)
        by_tab = bool(button.focusPolicy() & Qt.FocusPolicy.TabFocus)
        assert by_key or by_tab or is_part(button), f"{where}: {button.text()!r} {button}"


def is_part(button: QAbstractButton) -> bool:
    """Whether it belongs to an editor or a table, which have keys of their own."""
    above = button.parent()
    while isinstance(above, QWidget) and not isinstance(above, QLineEdit | QTableView | Editor):
        above = above.parent()
    return isinstance(above, QLineEdit | QTableView | Editor)


def check_verbs(view: PageView) -> None:
    """Every verb of the page answers its letter, also while the user types a query."""
    named = {b.text(): b for b in view.findChildren(VerbButton) if not b.shortcut().isEmpty()}
    for name in (*view.page.actions, *view.page.tools):
        label, action = facts.of_rpc(view.page.method(name)).label, view.actions_of[name]
        button, was = named[label], action.isEnabled()
        assert button.toolTip() == letters.tip(label, button.shortcut().toString()[-1]) or not was
        action.setEnabled(True)
        key = Qt.Key(ord(button.shortcut().toString()[-1]))
        QTest.keyClick(view.filters.text, key, Qt.KeyboardModifier.AltModifier)
        assert button.isDown(), f"{view.page.title}: {label}"
        button.setDown(False)
        action.setEnabled(False)  # it went down; what it does is not wanted here


def test_all_pages_have_the_same_places_and_keys(window: MainWindow, qtbot: QtBot) -> None:
    for view in views(window, qtbot):
        assert window.tabs.tabText(window.tabs.currentIndex()) == view.page.title
        check_places(view)
        check_buttons(view)
        check_keys(view, view.page.title)
        check_letters(view, view.page.title)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=SOON)
        check_verbs(view)
        if view.page.offers("Create") and view.page.form:
            view.new_record()
            check_keys(view.forms[0], f"{view.page.title}的表单")
            check_letters(view.forms[0], f"{view.page.title}的表单")
            view.forms[0].done(0)
    check_keys(window, "主窗口")


def is_chinese(text: str) -> bool:
    """Whether a message holds no word of code or English."""
    for name in NAMES:
        text = text.replace(name, "")
    return not re.search(r"[A-Za-z_]{2,}", text)


def check_faults(form: FormDialog, found: list[facts.Fault]) -> None:
    """Every fault stands beside its field, in Chinese; the first faulty field has the focus."""
    where = form.page.title
    for fault in found:
        name, _, inner = fault.path.partition("[")
        assert is_chinese(fault.text), f"{where}: {fault.text}"
        if name in form.body.boxes:
            box = form.body.boxes[name]
            assert box.note.isVisible(), f"{where}: {fault}"
            assert box.note.text() == fault.text, f"{where}: {fault}"
        elif not inner:
            assert fault.text in form.body.grids[name].fault.text(), f"{where}: {fault}"
        else:
            assert name in form.body.grids, f"{where}: {fault}"
    assert is_chinese(form.problems.text.text())
    first, focus = found[0].path.partition("[")[0], form.focusWidget()
    home = form.body.boxes.get(first) or form.body.grids[first]
    assert focus is not None, where
    assert home is focus or home.isAncestorOf(focus), f"{where}: {first} has no focus"


def test_an_empty_form_says_what_is_missing_and_where(window: MainWindow, qtbot: QtBot) -> None:
    """Saved empty in the client, and sent empty past its checks to the server."""
    checked = 0
    for view in views(window, qtbot):
        if not (view.page.offers("Create") and view.page.form):
            continue
        view.new_record()
        form = view.forms[0]
        form.load(form._kind())  # without the page's defaults
        found = form._faults()
        form.save()
        if found:
            check_faults(form, found)
            answers: list[ApiError] = []
            method = view.page.method("Create")
            view.api.call(method, form._kind(), form, answers.append, answers.append)
            qtbot.waitUntil(partial(bool, answers), timeout=SOON)
            assert isinstance(answers[0], ApiError), view.page.title
            form._failed(answers[0])
            if answers[0].faults:
                check_faults(form, answers[0].faults)
            assert is_chinese(answers[0].text), answers[0].text
            checked += 1
        form.done(0)
    assert checked > 5


def test_the_list_of_keys_is_complete() -> None:
    sheet = "".join(text for line in keys.sheet() for text in line)
    for key in keys.KEYS.values():
        assert key.label in sheet
        assert all(sequence in sheet for sequence in key.sequences)
