"""A clerk's hands at a keyboard, counting what they press."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from client.core.lookup import LookupLine
from client.core.scanning import GAP
from tests.client.desk import SOON

PAUSE = int(GAP * 1000) + 30  # ms between two things a person does


class Hands:
    """Presses keys wherever the focus is; looks at the screen before pressing on."""

    def __init__(self, qtbot: QtBot) -> None:
        self._bot = qtbot
        self.strokes = 0
        self.data = 0  # letters of data among them
        self.fields = 0

    @property
    def focus(self) -> QWidget:
        """Where the keys go."""
        self._bot.waitUntil(lambda: QApplication.focusWidget() is not None, timeout=SOON)
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def press(
        self,
        key: Qt.Key,
        modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        """One key, with Ctrl or Shift held or not."""
        self.strokes += 1
        QTest.keyClick(self.focus, key, modifier)

    def type(self, text: str) -> None:
        """The letters of a piece of data."""
        for letter in text:
            self.strokes += 1
            self.data += 1
            if letter.isascii():
                QTest.keyClicks(self.focus, letter)
            else:  # as an input method gives it
                composed = QInputMethodEvent()
                composed.setCommitString(letter)
                QApplication.sendEvent(self.focus, composed)

    def enter(self) -> None:
        """Enter, and on to the next field."""
        QTest.qWait(PAUSE)  # typing by hand, not by a scanner
        self.fields += 1
        self.press(Qt.Key.Key_Return)

    def field(self, text: str = "") -> None:
        """A piece of data, or none, and Enter."""
        self.type(text)
        self.enter()

    def pick(self, text: str) -> None:
        """Initials of something, and Enter on the first hit."""
        self.type(text)
        line = self.focus
        assert isinstance(line, LookupLine), line
        self.until(line._visible)
        self.enter()
        self.until(lambda: not line._visible())

    def scan(self, code: str) -> None:
        """A scanner's burst; no key of the clerk's."""
        QTest.qWait(PAUSE)
        QTest.keyClicks(self.focus, code)
        QTest.keyClick(self.focus, Qt.Key.Key_Return)

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for the screen."""
        self._bot.waitUntil(true, timeout=SOON)

    @property
    def waste(self) -> float:
        """Strokes for each letter of data and each field."""
        return self.strokes / (self.data + self.fields)
