"""Tells a barcode scanner from a typist: a burst of keys with Enter behind it."""

import time
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from client.core.fields import Editor

GAP = 0.05  # s between two keys of a scanner at most
LEAST = 6  # characters of a code at least
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ScanFilter(QObject):
    """Catches scanned codes wherever the focus is inside one window.

    The characters already typed into a field are taken back, its value restored.
    """

    scanned = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._typed = ""
        self._last = 0.0
        self._before: tuple[Editor, Any] | None = None
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
        quick = now - self._last < GAP
        self._last = now
        if event.key() in ENTER:
            return self._enter(quick)
        text = event.text()
        if not text or not text.isprintable():
            return False
        if not quick or not self._typed:
            self._typed, self._before = "", _snapshot(watched)
        self._typed += text
        return False

    def _enter(self, quick: bool) -> bool:
        code, self._typed = self._typed, ""
        if not quick or len(code) < LEAST:
            return False
        if self._before is not None:
            editor, value = self._before
            editor.set_value(value)
            self._before = None
        self.scanned.emit(code)
        return True


def _snapshot(watched: QObject) -> tuple[Editor, Any] | None:
    widget = watched.parent() if isinstance(watched, QWidget) else None
    if isinstance(widget, Editor) and not widget.property("inGrid"):
        return widget, widget.value()
    return None
