"""The buttons over the list of a page: its verbs, its tools, and the small ones at the right."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from client.core import icons, keys
from client.core.api import Api
from client.core.flow import FlowLayout
from client.core.letters import Letters, VerbButton
from client.core.page import Page
from protos import facts


class PageBar(QHBoxLayout):
    """The row of buttons; each does an action of the view, noted in `actions_of` by its name."""

    def __init__(
        self,
        view: QWidget,
        page: Page,
        api: Api,
        letters: Letters,
        actions_of: dict[str, QAction],
    ) -> None:
        super().__init__()
        self._view, self._page, self._api, self._letters = view, page, api, letters
        self.actions_of = actions_of
        self.setSpacing(6)
        self.verbs = FlowLayout(spacing=6)  # many verbs in large letters take two rows
        self.addLayout(self.verbs, 1)

    def offer(
        self,
        name: str,
        label: str,
        icon: str,
        slot: Callable[[], object],
        allowed: bool,
        primary: bool = False,
    ) -> None:
        """A button with a common key."""
        action = keys.action(self._view, name, label, slot)
        if name == "open":  # Enter belongs to the table, not to the filter bar
            action.setShortcuts([])
        button = _push(action, "on_accent" if primary else "muted", icon)
        if primary:
            button.setProperty("role", "primary")
        button.setVisible(allowed)
        action.setEnabled(allowed)
        self.actions_of[name] = action
        self.verbs.addWidget(button)

    def offer_verb(self, name: str, do: Callable[[str], object]) -> None:
        """A button for a verb done to the chosen records."""
        method = self._page.method(name)
        terms = facts.of_rpc(method)
        button = self.offer_own(name, terms.label or name, lambda: do(name))
        if terms.danger:
            button.setProperty("role", "danger")
        button.setVisible(self._api.can(method))

    def offer_own(self, name: str, label: str, slot: Callable[[], object]) -> QPushButton:
        """A button among the verbs, for what a page does with the chosen records by itself."""
        action = QAction(label, self._view)
        action.triggered.connect(lambda _=False: slot())
        button = _push(action, "", "", self._letters.of(name, label))
        self.actions_of[name] = action
        self.verbs.addWidget(button)
        return button

    def offer_tool(self, name: str, use: Callable[[str], object]) -> None:
        """A button for a verb that names no record; left out where it is not the user's."""
        method = self._page.method(name)
        action = QAction(facts.of_rpc(method).label or name, self._view)
        action.triggered.connect(lambda _=False: use(name))
        button = _push(action, "", "", self._letters.of(name, action.text()))
        button.setVisible(self._api.can(method))
        self.actions_of[name] = action
        self.addWidget(button)

    def offer_import(self, slot: Callable[[], object]) -> None:
        """The button that takes a spreadsheet over."""
        action = QAction("导入", self._view)
        action.triggered.connect(lambda _=False: slot())
        self.actions_of["import"] = action
        letter = self._letters.of("import", action.text())
        self.addWidget(_push(action, "muted", "download-simple", letter))

    def small(self, name: str, label: str, icon: str, slot: Callable[[], object]) -> None:
        """A small button at the right, with a common key."""
        action = keys.action(self._view, name, label, slot)
        action.setIcon(icons.icon(icon))
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.actions_of[name] = action
        self.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)


def _push(action: QAction, colour: str, icon: str, letter: str = "") -> QPushButton:
    """A button that does an action and follows its state."""
    button = VerbButton(action.text(), letter)
    if icon:
        button.setIcon(icons.icon(icon, colour))
    button.setToolTip(action.toolTip())
    button.setEnabled(action.isEnabled())
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())

    action.changed.connect(follow)
    return button
