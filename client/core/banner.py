"""A line over a form that says something and takes an answer, without a dialog."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
)

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Banner(QFrame):
    """A line of text over the form with buttons for the answer; hidden without text."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 6, 16, 6)
        self._row.addWidget(self.text, 1)
        self._buttons: list[QPushButton] = []
        self.hide()

    def say(self, text: str, **answers: Callable[[], object]) -> None:
        """Show a text and a button for each answer; an empty text hides the line."""
        for button in self._buttons:
            button.deleteLater()
        self._buttons = []
        for label, act in answers.items():
            button = QPushButton(label)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, act=act: act())
            self._row.addWidget(button)
            self._buttons.append(button)
        self.text.setText(text)
        self.setVisible(bool(text))
