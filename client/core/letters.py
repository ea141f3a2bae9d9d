"""The letters of verbs: Alt and the letter on a button press it, in a page and in its form."""

from string import ascii_uppercase, digits

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QPushButton, QWidget

from client.core.page import Page
from client.core.pinyin import initial
from protos import facts

FREE = ascii_uppercase + digits[1:]


class Letters:
    """Hands out letters, each once: of a label's pinyin while free, else the next one free."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def of(self, name: str, label: str) -> str:
        """The letter of an act; the same whenever it is asked again. "" once none is left."""
        if name not in self._given:
            wanted = "".join(map(initial, label)) + FREE
            taken = self._given.values()
            self._given[name] = next((each for each in wanted if each not in taken), "")
        return self._given[name]


def of_page(page: Page) -> Letters:
    """The letters of a page's verbs, whoever may do which: they do not change with the user."""
    letters = Letters()
    for name in (*page.actions, *page.tools):
        letters.of(name, facts.of_rpc(page.method(name)).label or name)
    return letters


class VerbButton(QPushButton):
    """A button pressed by Alt and its letter, shown as 审核(S); text() stays the plain label."""

    def __init__(self, label: str, letter: str) -> None:
        super().__init__()
        self._label, self._letter = label, letter
        self.setAutoDefault(False)
        self.setText(label)
        self.setToolTip("")

    def setText(self, text: str) -> None:
        """Show another label with the same letter."""
        self._label = text
        super().setText(f"{text}(&{self._letter})" if self._letter else text)
        self.setAccessibleName(text)

    def text(self) -> str:
        """The label without the letter."""
        return self._label

    def setToolTip(self, text: str) -> None:
        """Say something of its own, such as why not; else the key."""
        plain = text in {"", self._label}
        super().setToolTip(tip(self._label, self._letter) if plain else text)


def tip(label: str, letter: str) -> str:
    """What a button with a letter says of itself."""
    return f"{label}（Alt+{letter}）" if letter else label


def put(button: QAbstractButton, label: str, letter: str) -> None:
    """Give a button that shows no text a letter all the same."""
    button.setShortcut(QKeySequence(f"Alt+{letter}"))
    button.setToolTip(tip(label, letter))


def shown_in(widget: QWidget) -> list[tuple[str, str]]:
    """(key, label) of every button in sight that has a letter, for the list of keys."""
    buttons = (each for each in widget.findChildren(QAbstractButton) if each.isVisible())
    return [
        (each.shortcut().toString(), each.text() or each.toolTip().partition("（")[0])
        for each in buttons
        if not each.shortcut().isEmpty()
    ]
