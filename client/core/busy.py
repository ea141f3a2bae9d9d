"""A veil over a widget while the server works: nothing can be pressed twice, waiting can stop."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

PATIENCE = 400  # ms before the veil says anything: most answers are quicker


class Busy(QWidget):
    """Keeps mouse and keys away from its parent until closed; offers to cancel after a while."""

    def __init__(self, parent: QWidget, text: str, cancel: Callable[[], None] | None) -> None:
        super().__init__(parent)
        self._guarded = parent
        self.setCursor(Qt.CursorShape.BusyCursor)
        self.setGeometry(parent.rect())
        self._card = self._build(text, cancel)
        self._card.hide()
        QTimer.singleShot(PATIENCE, self, self._say)
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)
        self.show()
        self.raise_()

    def finish(self) -> None:
        """Let the widget be used again."""
        app = QApplication.instance()
        assert app is not None
        app.removeEventFilter(self)
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._guarded and event.type() is QEvent.Type.Resize:
            self.setGeometry(self._guarded.rect())
        keys = {QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride, QEvent.Type.Shortcut}
        return event.type() in keys and isinstance(watched, QWidget) and self._covers(watched)

    def _covers(self, widget: QWidget) -> bool:
        guarded = widget is self._guarded or self._guarded.isAncestorOf(widget)
        return guarded and not self.isAncestorOf(widget)

    def _say(self) -> None:
        self._card.adjustSize()
        self._card.move(self.rect().center() - self._card.rect().center())
        self._card.show()

    def _build(self, text: str, cancel: Callable[[], None] | None) -> QFrame:
        card = QFrame(self)
        card.setProperty("role", "card")
        layout = QVBoxLayout(card)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.addWidget(QLabel(text, card))
        if cancel:
            button = QPushButton("停止等待", card)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _: cancel())
            layout.addWidget(button)
        return card
