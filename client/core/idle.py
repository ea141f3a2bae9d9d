"""Locks an unattended window, and keeps the session of an attended one alive."""

import time

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

STEP = 1000  # ms between two looks
REFRESH = 60  # s between two signs of life to the server
_ACTS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.InputMethod,
    }
)


class IdleWatch(QObject):
    """Tells when nobody has touched keyboard or pointer for so many seconds."""

    idle = Signal()
    active = Signal()  # about once a minute while somebody works

    def __init__(self, seconds: float, parent: QObject) -> None:
        super().__init__(parent)
        self.seconds = seconds
        self._last = self._told = now()
        self._touched = False
        timer = QTimer(self, interval=STEP)
        timer.timeout.connect(self._look)
        timer.start()
        # At the native windows, not at the application: Python would see every event of every
        # widget there.
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.focusWindowChanged.connect(self._follow)
        self._follow(app.focusWindow())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _ACTS:
            self.touch()
        return False

    def touch(self) -> None:
        """Somebody is there."""
        self._last = now()
        self._touched = True

    def _follow(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)
        self.touch()

    def _look(self) -> None:
        moment = now()
        if self.seconds and moment - self._last >= self.seconds:
            self._last = moment
            self.idle.emit()
        elif self._touched and moment - self._told >= REFRESH:
            self._told, self._touched = moment, False
            self.active.emit()


def now() -> float:
    """Seconds on a clock that, where there is one, also runs while the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)
