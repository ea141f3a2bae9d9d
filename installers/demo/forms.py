"""How a user works in pages and forms: opens, fills, saves, presses the buttons of verbs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QWidget,
)

from client.core.asking import AskDialog
from client.core.fields import Editor, PickBox
from client.core.form import FormDialog
from client.core.lookup import LookupLine
from client.core.pin import PinDialog
from client.core.view import PageView
from installers.demo.hands import Desk, NotSeen, dialogs, press, settle, wait
from installers.demo.world import PIN

ENTER = Qt.Key.Key_Return
KEY_MS = 55  # between two keys of a person; a faster burst is taken for a scanner's
SCAN_LENGTH = 6


def open_page(desk: Desk, title: str) -> PageView:
    """Open a page by its title and wait for its rows."""
    view = desk.window.open_title(title)
    assert isinstance(view, PageView)
    wait(lambda: not view.busy.isVisible(), f"{title}载入")
    return view


def write(widget: QWidget, text: str) -> None:
    """Type a text as keyboard or input method would."""
    if text.isascii():
        QTest.keyClicks(widget, text, delay=KEY_MS if len(text) >= SCAN_LENGTH else -1)
        return
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)


def new_form(view: PageView) -> FormDialog:
    """Press 新建 and answer the form."""
    before = set(view.forms)
    view.actions_of["new"].trigger()
    return _opened(view, before)


def open_row(view: PageView, text: str) -> FormDialog:
    """Open the row that shows a text."""
    choose(view, text)
    before = set(view.forms)
    view.actions_of["open"].trigger()
    form = _opened(view, before)
    wait(form.body.isEnabled, "表单载入")
    return form


def _opened(view: PageView, before: set[FormDialog]) -> FormDialog:
    wait(lambda: set(view.forms) - before, "表单打开")
    return (set(view.forms) - before).pop()


def choose(view: PageView, text: str) -> None:
    """Select the row that shows a text, refreshing until it is there."""
    view.refresh()
    wait(lambda: _row_of(view, text) >= 0, f"列表里有 {text}")
    view.table.selectRow(_row_of(view, text))
    settle()


def _row_of(view: PageView, text: str) -> int:
    model = view.table.model()
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            if text in str(model.index(row, column).data() or ""):
                return row
    return -1


def fill(form: Any, **values: str) -> None:
    """Type into the fields of a form or of a verb's question."""
    for name, text in values.items():
        editor = form.body.boxes[name].editor
        if editor is None:
            raise NotSeen(f"{name} 不能填写")
        enter(editor, text)


def enter(editor: Editor, text: str) -> None:
    """Type a value into an editor and leave it."""
    inner = editor.inner
    inner.setFocus()
    if isinstance(inner, LookupLine):
        look_up(inner, text)
    elif isinstance(inner, PickBox):
        at = inner.findText(text)
        if at < 0:
            raise NotSeen(f"没有选项 {text}")
        inner.setCurrentIndex(at)
        inner.activated.emit(at)
    elif isinstance(inner, (QLineEdit, QPlainTextEdit)):
        inner.selectAll()
        write(inner, text)
        editor.settle()
    else:
        raise NotSeen(f"不会填写 {type(inner).__name__}")


def look_up(line: LookupLine, text: str) -> None:
    """Type part of a name or code and take the first hit with Enter."""
    line.clear()
    write(line, text)
    QTest.keyClick(line, ENTER)
    wait(lambda: line.key is not None, f"找到 {text}")


def fill_lines(form: FormDialog, rows: Iterable[Sequence[str]], grid: str = "lines") -> None:
    """Fill a line grid by keyboard, cell after cell; an empty text leaves a cell as it is."""
    lines = form.body.grids[grid]
    view = lines.view
    view.setFocus()
    editable = [c for c in range(view.lines.columnCount()) if view.lines.may_edit(c)]
    for row in rows:
        at = len(view.lines.rows)
        for column, text in zip(editable, row, strict=False):
            if text:
                fill_cell(form, grid, at, column, text)
    lines.commit()
    settle()


def fill_cell(form: FormDialog, grid: str, row: int, column: int, text: str) -> None:
    """Fill one cell of a line grid."""
    view = form.body.grids[grid].view
    view.put(view.lines.index(row, column))
    view.edit(view.currentIndex())
    editor = view.delegate._open
    assert editor is not None
    if isinstance(editor.inner, LookupLine):
        line = editor.inner
        line.clear()
        write(line, text)
        QTest.keyClick(line, ENTER)
        wait(lambda: view.delegate._open is None, f"第{row + 1}行找到 {text}")
    else:
        enter(editor, text)
        view.delegate.commit()


def save(form: FormDialog) -> None:
    """Press 保存 and wait until the server answered."""
    before = form.record.version
    press(form.save_button)
    wait(lambda: form.record.version > before or bool(_problems(form)), "保存")
    if _problems(form):
        raise NotSeen(f"没有保存：{_problems(form)}")


def _problems(form: FormDialog) -> str:
    faults = [b.note.text() for b in form.body.boxes.values() if b.note.property("role") == "fault"]
    faults += [grid.fault.text() for grid in form.body.grids.values()]
    return "；".join(text for text in [form.problems.text.text(), *faults] if text)


def do(desk: Desk, form: FormDialog, verb: str, **answers: str) -> None:
    """Press a verb's button in a form; answer its question and its PIN where asked."""
    before = form.record.version
    with Reflexes(desk, answers):
        press(form.verb_buttons[verb])
        wait(lambda: form.record.version > before or bool(_problems(form)), f"{verb} 完成")
    if form.record.version == before:
        raise NotSeen(f"{verb} 没有成功：{_problems(form)}")


class Reflexes(QObject):
    """Answers the windows that come up while something is done: question, PIN, confirmation."""

    def __init__(
        self,
        desk: Desk,
        answers: Mapping[str, str] | None = None,
        also: Mapping[type[QDialog], Callable[[Any], None]] | None = None,
    ) -> None:
        super().__init__()
        self._desk, self._answers, self._also = desk, answers or {}, dict(also or {})
        self._answered: set[int] = set()
        self.refusal = ""
        self._timer = QTimer(self, interval=20)
        self._timer.timeout.connect(self._look)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()
        self.deleteLater()

    def _look(self) -> None:
        kinds: list[type[QDialog]] = [*self._also, AskDialog, PinDialog, QMessageBox]
        for dialog in [each for kind in kinds for each in dialogs(kind)]:
            if id(dialog) not in self._answered:
                self._answered.add(id(dialog))
                self._timer.stop()
                self._answer(dialog)
                self._timer.start()

    def _answer(self, dialog: QDialog) -> None:
        if type(dialog) in self._also:
            self._also[type(dialog)](dialog)
        elif isinstance(dialog, AskDialog):
            fill(dialog, **self._answers)
            dialog.accept()
        elif isinstance(dialog, PinDialog):
            self._desk.type_pin(dialog, PIN)
        elif isinstance(dialog, QMessageBox):
            self.refusal = dialog.text()
            for each in dialog.buttons():
                if dialog.buttonRole(each) == QMessageBox.ButtonRole.AcceptRole:
                    each.click()
                    return


def close(form: FormDialog) -> None:
    """Close a form."""
    form.done(0)
    settle()
