"""Tells a barcode scanner from a typist: a burst of keys with Enter behind it."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QWidget
from shiboken6 import isValid

from client.core.fields import Editor
from client.core.line_view import LinesView
from client.core.lookup import LookupLine

GAP = 0.05  # s between two keys of a scanner at most
LEAST = 6  # characters of a code at least
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Burst:
    """Characters that came quickly one behind the other."""

    def __init__(self) -> None:
        self.typed = ""
        self._last = 0.0

    def key(self, text: str, at: float) -> bool:
        """Note a character pressed at a time in seconds; whether a new burst begins with it."""
        fresh = not self.typed or at - self._last > GAP
        self.typed = text if fresh else self.typed + text
        self._last = at
        return fresh

    def other(self, at: float) -> None:
        """Note a key that is no character, as Shift."""
        if at - self._last > GAP:
            self.typed = ""
        self._last = at

    def end(self, at: float) -> str:
        """The code that Enter closes; empty if somebody typed by hand."""
        code, self.typed = self.typed, ""
        return code if at - self._last <= GAP and len(code) >= LEAST else ""


class ScanFilter(QObject):
    """Catches scanned codes wherever the focus is inside one window.

    The characters already typed into a field are taken back, its content restored.
    """

    scanned = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._burst = Burst()
        self._restore: Callable[[], None] = nothing
        self._watched: QWidget | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._focus)

    def _focus(self, old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self)
            self._watched = None
        if new is not None and new.window() is self._window:
            new.installEventFilter(self)
            self._watched = new

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Watch the keys of the focused widget; swallow the Enter of a scanner."""
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        now = time.monotonic()
        if event.key() in ENTER:
            return self._enter(now)
        text = event.text()
        if not text or not text.isprintable():
            self._burst.other(now)
        elif self._burst.key(text, now) and isinstance(watched, QWidget):
            self._restore = content_of(watched)
        return False

    def _enter(self, now: float) -> bool:
        code = self._burst.end(now)
        if code:
            self._restore()
            self.scanned.emit(code)
        return bool(code)


def content_of(widget: QWidget) -> Callable[[], None]:
    """What puts a field back to what stands in it now; a cell not yet open is closed again."""
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


def _editor_of(widget: QWidget) -> Editor | None:
    above: QObject | None = widget
    while above is not None and not isinstance(above, Editor):
        above = above.parent()
    return above


def nothing() -> None:
    """Nothing to put back."""
