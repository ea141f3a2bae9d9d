"""Puts a widget back to what it showed before a scanner typed into it."""

from collections.abc import Callable

from PySide6.QtCore import QItemSelectionModel, QObject, QPersistentModelIndex
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)
from shiboken6 import isValid

from client.core.fields import Editor
from client.core.line_view import LinesView
from client.core.lookup import LookupLine


def content_of(widget: QWidget) -> Callable[[], None]:
    """What puts a widget back to what it shows now; a cell not yet open is closed again."""
    if isinstance(widget, LinesView):
        return widget.delegate.revert
    editor = _editor_of(widget)
    put = _putter(widget)

    def restore() -> None:
        if isValid(widget):
            put()
            if editor is not None:
                editor.changed.emit()

    return restore


def nothing() -> None:
    """Nothing to put back."""


def _putter(widget: QWidget) -> Callable[[], None]:
    if isinstance(widget, LookupLine):
        return _lookup_putter(widget)
    if isinstance(widget, QLineEdit):
        return _line_putter(widget)
    if isinstance(widget, QPlainTextEdit):
        return _text_putter(widget)
    if isinstance(widget, QComboBox):
        chosen = widget.currentIndex()
        return lambda: widget.setCurrentIndex(chosen)
    if isinstance(widget, QSpinBox):
        value = widget.value()
        return lambda: widget.setValue(value)
    if isinstance(widget, QAbstractItemView) and widget.selectionModel() is not None:
        return _rows_putter(widget)
    return nothing


def _line_putter(line: QLineEdit) -> Callable[[], None]:
    text, at = line.text(), line.cursorPosition()

    def put() -> None:
        line.setText(text)
        line.setCursorPosition(at)

    return put


def _lookup_putter(line: LookupLine) -> Callable[[], None]:
    key, text = line.key, line.text()

    def put() -> None:
        line.set_key(key)
        if key is None:
            line.setText(text)

    return put


def _text_putter(edit: QPlainTextEdit) -> Callable[[], None]:
    text, at = edit.toPlainText(), edit.textCursor().position()

    def put() -> None:
        if edit.toPlainText() == text:
            return  # keep what can be undone
        edit.setPlainText(text)
        cursor = edit.textCursor()
        cursor.setPosition(at)
        edit.setTextCursor(cursor)

    return put


def _rows_putter(view: QAbstractItemView) -> Callable[[], None]:
    """The letters of a code searched the list: back to the rows and the place before."""
    chosen = view.selectionModel().selection()
    current = QPersistentModelIndex(view.currentIndex())
    bar = view.verticalScrollBar()
    top = bar.value()

    def put() -> None:
        marks = view.selectionModel()
        marks.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        marks.setCurrentIndex(current, QItemSelectionModel.SelectionFlag.NoUpdate)
        bar.setValue(top)

    return put


def _editor_of(widget: QWidget) -> Editor | None:
    above: QObject | None = widget
    while above is not None and not isinstance(above, Editor):
        above = above.parent()
    return above
