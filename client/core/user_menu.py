"""The menu under the user's name: looks, keys, and what concerns the whole program."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from client.core import icons, keys, style
from client.core.appearance import set_look
from client.core.settings import Settings

Act = tuple[str, str, Callable[[], object]]  # icon, label, what it does


class UserMenu(QToolButton):
    """The button with the user's name; each group of acts stands below a line."""

    def __init__(
        self, name: str, settings: Settings, groups: Sequence[Sequence[Act]], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setObjectName("user_menu")
        self.setIcon(icons.icon("user-circle"))
        self.setText(name)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self._look_menu(menu.addMenu(icons.icon("moon"), "配色"), style.THEMES, "theme")
        self._look_menu(menu.addMenu(icons.icon("text-aa"), "字号"), style.SIZES, "percent")
        self._key_menu(menu.addMenu(icons.icon("keyboard"), "按键习惯"))
        self._look_menu(menu.addMenu(icons.icon("rows"), "行距"), style.DENSITIES, "density")
        for acts in groups:
            menu.addSeparator()
            for icon, text, act in acts:
                action = menu.addAction(icons.icon(icon), text)
                action.triggered.connect(lambda _, act=act: act())
        self.setMenu(menu)

    def _look_menu(self, menu: QMenu, choices: dict[str, str] | dict[int, str], name: str) -> None:
        group = QActionGroup(menu)
        for value, text in choices.items():
            label = f"{text}（{value}%）" if name == "percent" else text
            action = menu.addAction(label)
            action.setCheckable(True)
            action.setChecked(getattr(style.look(), name) == value)
            action.triggered.connect(lambda _, value=value: set_look(self._settings, name, value))
            group.addAction(action)

    def _key_menu(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for name, (label, _) in keys.PROFILES.items():
            action = menu.addAction(label)
            action.setCheckable(True)
            action.setChecked(keys.habit().name == name)
            action.triggered.connect(lambda _, name=name: self._choose_keys(name))
            group.addAction(action)

    def _choose_keys(self, name: str) -> None:
        self._settings.set("keys", name)
        keys.habit().choose(name)
