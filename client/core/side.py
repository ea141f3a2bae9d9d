"""The left side of the main window: the way to jump, and the menu."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from client.core import icons, keys
from client.core.navigation import Navigation

MARGIN = 6  # pixels beside the menu


class Side(QWidget):
    """The jump button above the menu."""

    def __init__(self, menu: Navigation, jump: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self._menu = menu
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, 8, MARGIN, 6)
        find = QPushButton(icons.icon("magnifying-glass"), f"跳转…　{keys.text('go')}", self)
        find.setObjectName("jump_button")
        find.clicked.connect(lambda _: jump())
        layout.addWidget(find)
        layout.addWidget(menu, 1)

    def wanted_width(self, least: int) -> int:
        """The width, in pixels, that shows every title whole, within reason."""
        wanted = self._menu.wanted_width() + 2 * MARGIN
        return max(least, min(wanted, self.fontMetrics().height() * 16))
