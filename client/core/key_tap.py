"""Keys of X11 before the input method has them, so that a scan arrives whole while pinyin is on."""

import ctypes
from collections.abc import Callable

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from shiboken6 import isValid

from client.core.restoring import content_of, nothing
from client.core.scanning import Burst, target_of

_PRESS = 2  # X11's event code of a key press
_SHIFT, _LOCK, _CONTROL, _ALT = 1, 2, 4, 8
_ENTERS = (36, 104)
# Scanners are American keyboards: what stands on each row from its first key code on.
_ROWS = {
    10: ("1234567890-=", "!@#$%^&*()_+"),
    24: ("qwertyuiop[]", "QWERTYUIOP{}"),
    38: ("asdfghjkl;'`", 'ASDFGHJKL:"~'),
    51: ("\\zxcvbnm,./", "|ZXCVBNM<>?"),
}
_MODIFIERS = (50, 62, 66, 37, 105, 64, 108)
_CHARACTERS = {
    first + at: (plain[at], shifted[at])
    for first, (plain, shifted) in _ROWS.items()
    for at in range(len(plain))
}


class Press(ctypes.Structure):
    """xcb_key_press_event_t."""

    _fields_ = (
        ("kind", ctypes.c_uint8),
        ("key", ctypes.c_uint8),
        ("sequence", ctypes.c_uint16),
        ("time", ctypes.c_uint32),  # ms, the X server's clock: a busy client does not blur it
        ("windows", ctypes.c_uint32 * 3),
        ("places", ctypes.c_int16 * 4),
        ("state", ctypes.c_uint16),
    )


def press_of(kind: QByteArray | bytes | bytearray | memoryview, message: int) -> Press | None:
    """The key press a native event is; None if it is anything else."""
    if kind != b"xcb_generic_event_t":
        return None
    press = Press.from_address(int(message))
    return press if press.kind & 0x7F == _PRESS else None


class KeyTap(QAbstractNativeEventFilter):
    """Sees each key of X11 before an input method makes Chinese of it.

    A scan goes whole to the window's ScanTarget or into the text field that keeps it; what the
    input method made of its keys is thrown away.
    """

    def __init__(self) -> None:
        super().__init__()
        self._burst = Burst()
        self._field: QWidget | None = None
        self._restore: Callable[[], None] = nothing
        self._quiet = _Quiet()

    def nativeEventFilter(
        self, kind: QByteArray | bytes | bytearray | memoryview, message: int
    ) -> tuple[bool, int]:
        """Look at key presses; swallow the Enter of a scan."""
        press = press_of(kind, message)
        return press is not None and self._pressed(press), 0

    def _pressed(self, press: Press) -> bool:
        self._quiet.end()
        at = press.time / 1000
        if press.key in _ENTERS:
            code = self._burst.end(at)
            return self._scanned(code) if code else self._burst.is_echo(at)
        text = _character(press.key, press.state)
        if not text:
            self._burst.other(at)
        elif self._burst.key(text, at):
            self._field = QApplication.focusWidget() or QApplication.activeWindow()
            self._restore = content_of(self._field) if self._field is not None else nothing
        return False

    def _scanned(self, code: str) -> bool:
        field = self._field
        if field is None or not isValid(field):
            return False
        target = target_of(field)
        takes = field.inputMethodQuery(Qt.InputMethodQuery.ImEnabled)
        if target is None and (not takes or not isinstance(field, QLineEdit | QPlainTextEdit)):
            return False  # the keys came through as they were
        QGuiApplication.inputMethod().reset()
        QApplication.sendEvent(field, QInputMethodEvent())
        self._restore()
        if target is None:
            _type(field, code)
        self._quiet.begin()
        if target is not None:
            target.scanned.emit(code)
        return True


class _Quiet(QObject):
    """Keeps away what the input method still answers about a scan, until the next key."""

    def __init__(self) -> None:
        super().__init__()
        self._active = False
        self._watched: QWidget | None = None

    def begin(self) -> None:
        """From now on nothing typed or composed reaches the focused widget."""
        self._active = True
        _app().focusChanged.connect(self._follow)
        self._follow(None, QApplication.focusWidget())

    def end(self) -> None:
        """A new key is pressed: let everything through."""
        if self._active:
            self._active = False
            _app().focusChanged.disconnect(self._follow)
            self._follow(None, None)

    def _follow(self, old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self)
        self._watched = new
        if new is not None:
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Drop what is left over."""
        return event.type() in (QEvent.Type.InputMethod, QEvent.Type.KeyPress)


def _character(key: int, state: int) -> str:
    if key not in _CHARACTERS or state & (_CONTROL | _ALT):
        return ""
    plain, shifted = _CHARACTERS[key]
    upper = bool(state & _SHIFT) != bool(state & _LOCK and plain.isalpha())
    return shifted if upper else plain


def _type(field: QWidget, code: str) -> None:
    """Press the keys of a code and Enter, past the input method."""
    for text in code:
        QApplication.sendEvent(field, _key(0, text))
    QApplication.sendEvent(field, _key(Qt.Key.Key_Return, "\r"))


def _key(key: int, text: str) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text)


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


_taps: list[KeyTap] = []  # Qt keeps no reference


def listen(app: QApplication) -> None:
    """Guard scans against the input method, where keys can be seen before it: on X11."""
    if app.platformName() == "xcb":
        _taps.append(KeyTap())
        app.installNativeEventFilter(_taps[-1])
