"""A line that says how something stands: an icon and a sentence in a tone."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from client.core import icons, style


class StatusLine(QWidget):
    """An icon and a sentence: how the server or the key stands."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self._icon = QLabel(self)
        self.label = QLabel(self)
        self.label.setWordWrap(True)
        self._shown = ("info", "muted")
        style.look().changed.connect(self._draw)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.label, 1)

    def say(self, icon: str, text: str, tone: str) -> None:
        """Show a sentence in a tone: good, warn, bad or muted."""
        self._shown = (icon, tone)
        self._draw()
        self.label.setText(text)
        self.label.setProperty("tone", tone)
        self.label.style().polish(self.label)

    def _draw(self) -> None:
        size = self.fontMetrics().height() + 2
        self._icon.setPixmap(icons.icon(*self._shown).pixmap(size, size))
