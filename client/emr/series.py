"""A repeated message as cards under one another: vital signs, treatments."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from google.protobuf.message import Message
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from client.core import icons
from client.core.api import Api
from client.core.settings import Settings
from client.emr.sheet import Fields, Rows

Start = Callable[[Any, Sequence[Any]], None]


class Card(QWidget):
    """One entry: a heading with a button that takes it out, and its fields."""

    removed = Signal()

    def __init__(self, title: str, name: str, key: str, fields: Fields) -> None:
        super().__init__()
        self.fields, self.key = fields, key
        self.heading = QLabel(title)
        self.heading.setProperty("role", "heading")
        remove = QPushButton(icons.icon("trash", "bad"), "删除")
        remove.setObjectName(f"{name}.remove")
        remove.setProperty("role", "danger")
        remove.setAutoDefault(False)
        remove.clicked.connect(self.removed)
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(fields)


class Series(QWidget):
    """Edits the repeated field of a message in place; `changed` comes after every touch.

    Entries are named ``<field>[<n>]``; `start` fills a new one, given those before it.
    """

    changed = Signal()
    added = Signal(QWidget)  # the card of a new entry

    def __init__(
        self,
        field: str,
        noun: str,
        rows: Callable[[Any], Rows],
        api: Api,
        settings: Settings,
        *,
        start: Start,
        title: Callable[[int, Any], str] | None = None,
        phrases: Mapping[str, Sequence[str]] | None = None,
        adds: bool = True,
        folded: Collection[str] = (),
        unfold: str = "",
    ) -> None:
        super().__init__()
        self.setObjectName(field)
        self.field, self._noun, self._rows = field, noun, rows
        self._api, self._settings, self._start = api, settings, start
        self._title = title or (lambda number, _: f"{noun} {number + 1}")
        self._phrases, self._folded, self._unfold = phrases, folded, unfold
        self._owner: Any = None
        self.cards: list[Card] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self.add_button = QPushButton(icons.icon("plus", "accent"), f"增加{noun}")
        self.add_button.setObjectName(f"{field}.add")
        self.add_button.setAutoDefault(False)
        self.add_button.clicked.connect(lambda _: self.add())
        self.add_button.setVisible(adds)
        self._column.addWidget(self.add_button)

    @property
    def entries(self) -> Any:
        """The repeated field itself."""
        return getattr(self._owner, self.field)

    def show_message(self, owner: Message) -> None:
        """Show the entries of a message and keep them up to date from now on."""
        self._owner = owner
        if self._same():
            for card, entry in zip(self.cards, self.entries, strict=True):
                card.fields.show_message(entry)
            return
        for card in self.cards:
            self._drop(card)
        self.cards = []
        for number in range(len(self.entries)):
            self._show(number)

    def _same(self) -> bool:
        """Whether the cards stand for these entries, so that none need be rebuilt."""
        keys = [entry.client_key for entry in self.entries]
        return bool(keys) and keys == [card.key for card in self.cards]

    def add(self, fill: Callable[[Any], None] | None = None) -> Card:
        """Add an entry, filled by `start` and then by `fill`."""
        before = list(self.entries)
        fresh = self.entries.add()
        self._start(fresh, before)
        if fill is not None:
            fill(fresh)
        card = self._show(len(self.entries) - 1)
        self.changed.emit()
        self.added.emit(card)
        return card

    def remove(self, card: Card) -> None:
        """Take an entry out."""
        number = self.cards.index(card)
        del self.entries[number]
        self.show_message(self._owner)
        self.changed.emit()

    def show_marks(self, marks: Mapping[tuple[int, str], str]) -> None:
        """Show what is wrong or due, by number and field name."""
        for number, card in enumerate(self.cards):
            own = {name: text for (at, name), text in marks.items() if at == number}
            card.fields.show_marks(own)

    def faults(self) -> dict[str, str]:
        """What is typed that cannot be read or is out of range, by path."""
        return {
            f"{self.field}[{number}].{name}": text
            for number, card in enumerate(self.cards)
            for name, text in card.fields.faults().items()
        }

    def _show(self, number: int) -> Card:
        entry = self.entries[number]
        message: Message = entry
        name = f"{self.field}[{number}]"
        fields = Fields(
            message,
            self._rows(message),
            self._api,
            self._settings,
            prefix=f"{name}.",
            phrases=self._phrases,
            folded=self._folded,
            unfold=self._unfold,
            parent=self,
        )
        card = Card(self._title(number, message), name, entry.client_key, fields)
        card.removed.connect(lambda: self.remove(card))
        fields.changed.connect(lambda _: self.changed.emit())
        self.cards.append(card)
        self._column.insertWidget(self._column.count() - 1, card)
        return card

    def _drop(self, card: Card) -> None:
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()
