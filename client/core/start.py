"""The start page: what is to be done, favourite and recent pages; nothing else."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from client.core import icons, style
from client.core.api import Api
from client.core.flow import FlowLayout
from client.core.navigation import Entry, Memory
from protos import facts
from protos.common import session_pb2

_CARDS = ("待办", "收藏", "最近使用", "最近打开的记录")


class StartPage(QWidget):
    """The first tab."""

    chosen = Signal(object)  # Entry
    record_chosen = Signal(object, object)  # Entry, id

    def __init__(
        self, session: session_pb2.Session, memory: Memory, api: Api, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._memory, self._api = memory, api
        self._asked: set[int] = set()
        self._todo: dict[str, tuple[str, int, Callable[[], None]]] = {}
        layout = self._scrolled()
        greeting = QLabel(f"{session.name}，您好", self)
        greeting.setProperty("role", "title")
        where = QLabel(
            "　".join(filter(None, (session.department, "、".join(session.roles)))), self
        )
        where.setProperty("role", "muted")
        layout.addWidget(greeting)
        layout.addWidget(where)
        self._headings: list[QLabel] = []
        self._cards = [self._card(title) for title in _CARDS]
        for card in self._cards:
            layout.addWidget(card)
        layout.addStretch()
        self.refresh()

    def _scrolled(self) -> QVBoxLayout:
        """The column of the page, which scrolls where much waits in large letters."""
        inner, area = QWidget(), QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        style.flick(area)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)
        column = QVBoxLayout(inner)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        return column

    def set_todo(self, key: str, label: str, count: int, open: Callable[[], None]) -> None:
        """Show that so many of something wait; the number equals the list it opens."""
        self._todo[key] = (label, count, open)
        self.refresh()

    def set_age(self, text: str) -> None:
        """Say since when the to-do numbers stand; no text: they are true now."""
        self._headings[0].setText(f"{_CARDS[0]}（{text}）" if text else _CARDS[0])

    def refresh(self) -> None:
        """Show everything anew."""
        waiting = [todo for todo in self._todo.values() if todo[1]]
        buttons = [self._button(f"{label}（{count}）", "tray", go) for label, count, go in waiting]
        self._fill(0, buttons, "没有待办事项")
        hint = "在左边菜单里用右键收藏常用页面"
        self._fill(1, self._buttons(self._memory.favourites), hint)
        self._fill(2, self._buttons(self._memory.recent), "按 Ctrl+K 输入拼音首字母打开页面")
        self._fetch_names()
        self._show_records()

    def _fetch_names(self) -> None:
        """The names are the server's: nothing about a record but its id is kept."""
        by_service: dict[str, set[int]] = {}
        for entry, id in self._memory.records:
            by_service.setdefault(entry.page.service.full_name, set()).add(id)
        for service, ids in by_service.items():
            if any(not self._api.names.text(service, id) for id in ids - self._asked):
                self._asked |= ids
                self._api.names.fetch(service, ids, self, self._show_records)

    def _show_records(self) -> None:
        buttons = []
        for entry, id in self._memory.records:
            name = self._api.names.text(entry.page.service.full_name, id)
            if name:
                text = f"{facts.of_service(entry.page.service).label} {name}"
                go = partial(self.record_chosen.emit, entry, id)
                buttons.append(self._button(text, entry.icon, go))
        self._fill(3, buttons, "打开过的单据和档案会列在这里")

    def _buttons(self, entries: Sequence[Entry]) -> list[QPushButton]:
        return [
            self._button(entry.title, entry.icon, lambda e=entry: self.chosen.emit(e))  # type: ignore[misc]
            for entry in entries
        ]

    def _button(self, text: str, icon: str, go: Callable[[], None]) -> QPushButton:
        button = QPushButton(icons.icon(icon, "accent"), text)
        button.setProperty("role", "link")
        button.clicked.connect(lambda _: go())
        return button

    def _card(self, title: str) -> QFrame:
        card = QFrame(self)
        card.setProperty("role", "card")
        layout = QVBoxLayout(card)
        layout.setContentsMargins(16, 12, 16, 12)
        heading = QLabel(title, card)
        heading.setProperty("role", "heading")
        layout.addWidget(heading)
        self._headings.append(heading)
        layout.addWidget(QWidget(card))
        return card

    def _fill(self, at: int, buttons: Sequence[QPushButton], otherwise: str) -> None:
        layout = self._cards[at].layout()
        assert layout is not None
        old = layout.takeAt(1)
        if old and (widget := old.widget()):
            widget.deleteLater()
        body = QWidget(self._cards[at])
        flow = FlowLayout(body)
        for button in buttons:
            flow.addWidget(button)
        if not buttons:
            empty = QLabel(otherwise, body)
            empty.setProperty("role", "muted")
            flow.addWidget(empty)
        layout.addWidget(body)
