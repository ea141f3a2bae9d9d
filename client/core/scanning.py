"""Tells a barcode scanner from a typist, and hands its codes to the window they are for."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCursor, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QToolTip,
    QWidget,
)
from shiboken6 import isValid

from client.core.line_view import LinesView
from client.core.restoring import content_of, nothing

GAP = 0.05  # s between two keys of a scanner at most
LEAST = 6  # characters of a code at least
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Burst:
    """Characters that came quickly one behind the other."""

    def __init__(self) -> None:
        self.typed = ""
        self._last = 0.0
        self._ended = -1.0

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
        if at - self._last > GAP or len(code) < LEAST:
            return ""
        self._ended = at
        return code

    def is_echo(self, at: float) -> bool:
        """Whether an Enter is the second of a scanner that ends its codes with two."""
        return 0 <= at - self._ended <= GAP


class ScanTarget(QObject):
    """Where the scans of one window go, wherever in it the focus is; made as the window's child.

    A text field with the cursor in it keeps its scans unless `claims` answers True for it.
    """

    scanned = Signal(str)

    def __init__(self, window: QWidget, claims: Callable[[QWidget], bool] | None = None) -> None:
        super().__init__(window)
        self.claims = claims or (lambda _: False)
        watch_scans()


class _Unused(ScanTarget):
    """For a window that has no use for scans: it says so, and no button is pressed."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.scanned.connect(self._tell)

    def _tell(self, code: str) -> None:
        QApplication.beep()
        QToolTip.showText(QCursor.pos(), f"扫到 {code}：这里用不到扫码，没有做任何事")


def target_of(field: QWidget) -> ScanTarget | None:
    """Whom a scan is for while a widget has the focus; None if the widget keeps it."""
    window = field.window()
    target = next((each for each in window.children() if isinstance(each, ScanTarget)), None)
    if _takes_text(field) and not (target is not None and target.claims(field)):
        return None
    return target or _Unused(window)


def _takes_text(field: QWidget) -> bool:
    if isinstance(field, QLineEdit | QPlainTextEdit):
        return not field.isReadOnly()
    if isinstance(field, QComboBox):
        return field.isEditable()
    return isinstance(field, LinesView)  # typing opens a cell


class ScanWatch(QObject):
    """Watches the keys of the focused widget; hands a scan over and swallows its Enter.

    What the code's letters did to the widget is taken back.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._burst = Burst()
        self._restore: Callable[[], None] = nothing
        self._watched: QWidget | None = None
        app.focusChanged.connect(self._focus)
        self._focus(None, app.focusWidget())

    def _focus(self, old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self)
        self._watched = new or QApplication.activeWindow()
        if self._watched is not None:
            self._watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at key presses only."""
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        # The system's time of the key: a busy window does not turn a typist into a scanner.
        at = event.timestamp() / 1000 or time.monotonic()
        text = event.text()
        if event.key() in ENTER:
            return isinstance(watched, QWidget) and self._enter(watched, at)
        if not text or not text.isprintable():
            self._burst.other(at)
        elif self._burst.key(text, at) and isinstance(watched, QWidget):
            self._restore = content_of(watched)
        return False

    def _enter(self, field: QWidget, at: float) -> bool:
        code = self._burst.end(at)
        if not code:
            return self._burst.is_echo(at)
        target = target_of(field)
        if target is not None:
            self._restore()
            target.scanned.emit(code)
        return target is not None


_watches: list[ScanWatch] = []  # one for the application


def watch_scans() -> None:
    """See to it that the application watches for scans; more than once does no harm."""
    app = QApplication.instance()
    if isinstance(app, QApplication) and not (_watches and isValid(_watches[0])):
        _watches[:] = [ScanWatch(app)]
