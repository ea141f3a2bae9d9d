"""The rows of a query as a table model: fetched by keyset pages; the server sorts and sums."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from client.core import style, values
from client.core.api import ApiError
from client.core.delegates import RIGHT, TONE
from client.core.sums import GAP
from protos import facts
from protos.common import list_pb2

PAGE = 200  # rows asked for at once while looking
MOST = 1000  # rows the server gives at once
NEAR = 60  # rows fetched beyond those shown
WAITING = "…"  # stands in a row that is on its way
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Fetch = Callable[
    [list_pb2.ListRequest, Callable[[Any], None], Callable[[ApiError], None]], Callable[[], None]
]
"""Asks for one page; answers a function that cancels the question."""


def info_of(answer: Message) -> list_pb2.ListInfo:
    """The ListInfo standing in an answer of List."""
    for field in answer.DESCRIPTOR.fields:
        if field.message_type is not None and field.message_type.full_name == "common.ListInfo":
            info = getattr(answer, field.name)
            assert isinstance(info, list_pb2.ListInfo)
            return info
    return list_pb2.ListInfo()


class RecordModel(QAbstractTableModel):
    """Every row of a query, fetched in pages where it is looked at; data() reads memory only.

    `rows` has an entry for each row of the query; None stands for one not fetched yet.
    """

    loading = Signal(bool)
    failed = Signal(object)  # ApiError
    loaded = Signal()  # a page arrived, or count and totals

    def __init__(
        self,
        fields: Sequence[FieldDescriptor],
        names: values.Naming,
        fetch: Fetch,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.fields = list(fields)
        self.rows: list[Any] = []
        self.count = 0
        self.totals: dict[str, int] = {}
        self.keeping = False  # the reset under way shows the same query again
        self.is_loading = False
        self.request = list_pb2.ListRequest()
        self._names, self._fetch = names, fetch
        self._texts: dict[int, list[str]] = {}
        self._cursors: dict[int, bytes] = {}  # where the page beginning at a row begins
        self._pages: set[int] = set()  # first rows of the pages that are here
        self._needed = range(0)
        self._cancel: Callable[[], None] | None = None
        self._right = RIGHT
        self._left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._align = [self._right if values.is_number(f) else self._left for f in self.fields]
        self._waiting = [WAITING] * len(self.fields)

    # What is asked for

    def query(
        self, filters: Sequence[list_pb2.Filter], text: str = "", *, waiting: bool = False
    ) -> None:
        """Show what matches, from the top; waiting: only what the user has to decide on."""
        request = list_pb2.ListRequest(filters=filters, text=text, waiting=waiting)
        before = self.request
        request.order_by, request.descending = before.order_by, before.descending
        request.then_by, request.then_descending = before.then_by, before.then_descending
        self.request = request
        self._start(range(0), keep=False)

    def set_order(
        self, name: str, descending: bool, then: str = "", then_descending: bool = False
    ) -> None:
        """Sort by one or two fields marked filter from the next query on; "" is newest first."""
        self.request.order_by, self.request.descending = name, descending
        self.request.then_by, self.request.then_descending = then, then_descending

    def order(
        self, name: str, descending: bool, then: str = "", then_descending: bool = False
    ) -> None:
        """Sort now."""
        self.set_order(name, descending, then, then_descending)
        self._start(range(0), keep=False)

    def refresh(self, shown: range) -> None:
        """Fetch again what is shown, and swap it in at once."""
        self._start(shown, keep=True)

    def need(self, shown: range) -> None:
        """Fetch those of the rows that are not here, and some beyond; the newest wish counts."""
        self._needed = range(max(shown.start - NEAR, 0), min(shown.stop + NEAR, len(self.rows)))
        if not self.is_loading:
            self._fill()

    def stop(self) -> None:
        """Drop the question under way."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        self._set_loading(False)

    # Fetching

    def _start(self, shown: range, *, keep: bool) -> None:
        self.stop()
        first = shown.start - shown.start % PAGE
        limit = min(max(-(-(shown.stop - first) // PAGE), 1) * PAGE, MOST)
        self._needed = range(0)
        self._ask(first, limit, True, lambda answer: self._begin(first, keep, answer))

    def _ask(self, first: int, limit: int, totals: bool, done: Callable[[Any], None]) -> None:
        request = list_pb2.ListRequest()
        request.CopyFrom(self.request)
        request.cursor = b"" if totals else self._cursors.get(first, b"")
        request.offset = 0 if request.cursor else first
        request.limit, request.totals = limit, totals
        self._set_loading(True)
        self._cancel = self._fetch(request, done, self._refused)

    def _begin(self, first: int, keep: bool, answer: Any) -> None:
        """Show a query anew: the page where the user stands, and how many rows there are."""
        info, fresh = info_of(answer), list(answer.rows)
        count = max(info.count, first + len(fresh) if fresh else 0)
        if first and not fresh and count:  # the list became shorter than where the user stood
            self._start(range(count - 1, count), keep=keep)
            return
        self.keeping = keep
        self.beginResetModel()
        self.count, self.totals = count, dict(info.totals)
        self.rows = [None] * count
        self._texts, self._cursors, self._pages = {}, {}, set()
        self._put(first, fresh, info.next)
        self.endResetModel()
        self.keeping = False
        self._arrived()

    def _put(self, first: int, fresh: list[Any], cursor: bytes) -> None:
        self.rows[first : first + len(fresh)] = fresh
        self._pages.update(range(first, first + len(fresh), PAGE))
        if cursor:
            self._cursors[first + len(fresh)] = cursor

    def _fill(self) -> None:
        start = self._needed.start - self._needed.start % PAGE
        for first in range(start, self._needed.stop, PAGE):
            if first not in self._pages:
                self._ask(first, PAGE, False, lambda answer, first=first: self._more(first, answer))  # type: ignore[misc]
                return

    def _more(self, first: int, answer: Any) -> None:
        fresh = list(answer.rows)
        if len(fresh) != min(PAGE, len(self.rows) - first):  # rows came or went meanwhile
            self._start(range(first, first + 1), keep=True)
            return
        self._put(first, fresh, info_of(answer).next)
        last = self.columnCount() - 1
        self.dataChanged.emit(self.index(first, 0), self.index(first + len(fresh) - 1, last))
        self._arrived()

    def _arrived(self) -> None:
        self._cancel = None
        self._set_loading(False)
        self.loaded.emit()
        if not self.is_loading:
            self._fill()

    def _refused(self, error: ApiError) -> None:
        self._cancel = None
        self._set_loading(False)
        self.failed.emit(error)

    def _set_loading(self, on: bool) -> None:
        if on != self.is_loading:
            self.is_loading = on
            self.loading.emit(on)

    # What the view asks

    def here(self) -> Iterator[tuple[int, Any]]:
        """(row, record) of every row that was fetched."""
        for first in sorted(self._pages):
            for row in range(first, min(first + PAGE, len(self.rows))):
                yield row, self.rows[row]

    def rowCount(self, parent: Index = ROOT) -> int:
        """All rows of the query."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """One column a field."""
        return 0 if parent.isValid() else len(self.fields)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Prepared texts, alignment and tones."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.texts(index.row())[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._align[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            text = self.texts(index.row())[index.column()]
            return text if len(text) > 12 else None
        if role == Qt.ItemDataRole.ForegroundRole:
            negative = self._align[index.column()] == self._right
            negative = negative and self.texts(index.row())[index.column()].startswith("-")
            return style.colour("bad") if negative else None
        if role == TONE and self.rows[index.row()] is not None:
            field = self.fields[index.column()]
            return values.tone(field, values.read(self.rows[index.row()], field))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The labels of the contract; a 2 and an arrow on the column that orders second."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.fields):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            second = self.fields[section].name == self.request.then_by
            arrow = "2↓" if self.request.then_descending else "2↑"
            label = facts.label(self.fields[section])
            return f"{label} {arrow}" if second else label
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._align[section]
        return None

    def texts(self, row: int) -> list[str]:
        """What a row shows, one text a column."""
        texts = self._texts.get(row)
        if texts is None:
            record = self.rows[row]
            if record is None:
                return self._waiting
            texts = [_one_line(values.shown(record, f, self._names)) for f in self.fields]
            self._texts[row] = texts
        return texts

    # Sums

    def summary(self) -> str:
        """Count and totals of the whole query."""
        parts = [f"共 {self.count:,} 条"]
        parts += [
            f"{values.total_label(field)} {values.number(field, self.totals[field.name])}"
            for field in self.fields
            if field.name in self.totals
        ]
        return GAP.join(parts)

    def selected_summary(self, picked: Sequence[range]) -> str:
        """Count and sums of chosen rows; empty for less than two."""
        count = sum(len(rows) for rows in picked)
        if count < 2:
            return ""
        parts = [f"已选全部 {count:,} 条" if count == self.count > PAGE else f"已选 {count:,} 条"]
        for field in self.fields:
            if facts.of_field(field).total and values.is_number(field):
                total = self._sum(field.name, picked)
                shown = WAITING if total is None else values.number(field, total)
                parts.append(f"{facts.label(field)} {shown}")
        return GAP.join(parts)

    def _sum(self, name: str, picked: Sequence[range]) -> int | None:
        """The sum of chosen rows, from what is here; else the query's total less the others."""
        here = self._sum_here(name, picked)
        if here is None and name in self.totals:
            others = self._sum_here(name, _others(picked, len(self.rows)))
            return None if others is None else self.totals[name] - others
        return here

    def _sum_here(self, name: str, picked: Sequence[range]) -> int | None:
        total = 0
        for rows in picked:
            for row in rows:
                record = self.rows[row]
                if record is None:
                    return None
                total += getattr(record, name)
        return total


def _others(picked: Sequence[range], count: int) -> list[range]:
    """The rows between and around ranges that do not overlap."""
    found, at = [], 0
    for rows in sorted(picked, key=lambda rows: rows.start):
        found.append(range(at, rows.start))
        at = rows.stop
    return [*found, range(at, count)]


def _one_line(text: str) -> str:
    return " ".join(text.split()) if "\n" in text else text
