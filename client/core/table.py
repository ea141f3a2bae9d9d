"""The table of a page: rows by keyset pages, sorted and summed by the server."""

import html
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from client.core import keys, style, values
from client.core.api import ApiError
from client.core.column_keys import ColumnKeys
from client.core.columns import Columns, sortable
from client.core.frozen import FrozenColumns
from client.core.settings import Settings
from client.core.sorting import Sorting
from client.core.sums import GAP
from protos import facts
from protos.common import list_pb2

PAGE = 200  # rows asked for at once while looking
MOST = 1000  # rows the server gives at once
NEAR = 60  # rows fetched beyond those shown
COPY_MOST = 20_000  # rows the clipboard takes
WAITING = "…"  # stands in a row that is on its way
TONE = Qt.ItemDataRole.UserRole + 1
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
NUMBER_GAP = 6  # px between a number and what stands right of it
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


class RecordTable(QTableView):
    """The view: whole rows, remembered columns, copying, and a place kept over refreshes."""

    opened = Signal()  # Enter or double click
    selected = Signal()
    told = Signal(str)  # why something was not done

    def __init__(
        self,
        model: RecordModel,
        shown: Sequence[str],
        settings: Settings,
        key: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.records = model
        self.frozen: FrozenColumns | None = None  # made when the columns are known
        self._place: dict[str, Any] = {}
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setItemDelegate(StateDelegate(self))
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.columns = Columns(self, model.fields, shown, settings, key)
        self._sized = self.columns.widths_known
        style.flick(self)
        style.look().changed.connect(self._fit_rows)
        self._fit_rows()
        sortable(self.horizontalHeader())
        self.sorting = Sorting(self, settings, key)
        self.frozen = FrozenColumns(self, self.columns)
        self._stay: int | None = None  # the column the bar returns to after the next reset
        self.column_keys = ColumnKeys(self)
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)
        self.doubleClicked.connect(lambda _: self.opened.emit())
        self._look = QTimer(self, singleShot=True, interval=0)  # many steps, one look
        self._look.timeout.connect(self._need_shown)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._look.start())
        self.verticalScrollBar().rangeChanged.connect(lambda *_: self._look.start())

    def _fit_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(style.row_height(self))

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Tell that other rows are chosen."""
        super().selectionChanged(selected, deselected)
        self.selected.emit()

    def chosen_rows(self) -> list[int]:
        """The selected rows, from the top."""
        return [row for rows in self.picked() for row in rows]

    def picked(self) -> list[range]:
        """The selected rows as ranges, from the top; all rows of the query may be selected."""
        selection = _any(self.selectionModel().selection())
        found = {(part.top(), part.bottom() + 1) for part in selection}
        return [range(top, end) for top, end in sorted(found)]

    def chosen_count(self) -> int:
        """How many rows are selected, here or not."""
        return sum(len(rows) for rows in self.picked())

    def chosen(self, most: int = MOST) -> list[Any]:
        """The selected records that are here, from the top, so many at most."""
        rows = islice((row for rows in self.picked() for row in rows), most)
        return [record for row in rows if (record := self.records.rows[row]) is not None]

    def shown(self) -> range:
        """The rows in the viewport."""
        top, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        last = last if last >= 0 else self.records.rowCount() - 1
        return range(max(top, 0), last + 1)

    def rows_in_use(self) -> range:
        """What a refresh must fetch so that the place can be kept."""
        used = self.shown()
        marked = [self.currentIndex().row(), *(rows[-1] for rows in self.picked()[-1:])]
        for row in marked:
            low, high = min(used.start, max(row, 0)), max(used.stop, row + 1)
            if high - low <= MOST - PAGE:
                used = range(low, high)
        return used

    def _need_shown(self) -> None:
        self.records.need(self.shown())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More rows may show, and the frozen columns follow."""
        super().resizeEvent(event)
        self._look.start()
        if self.frozen is not None:
            self.frozen.follow()

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Show a cell, and not under the frozen columns."""
        super().scrollTo(index, hint)
        if self.frozen is not None:
            self.frozen.clear_of(index.column())

    def choose_ids(self, ids: set[int]) -> None:
        """Select the records of these ids, as far as they are here."""
        selection = QItemSelection()
        last = self.records.columnCount() - 1
        for row, record in self.records.here():
            if getattr(record, "id", None) in ids:
                left = self.records.index(row, 0)
                selection.select(left, self.records.index(row, last))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Ctrl+C copies, Ctrl+Shift+C with the header; Alt and arrows: the column."""
        pressed = QKeySequence(event.keyCombination())
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier
        ):
            self.opened.emit()
        elif keys.is_key("copy", pressed):
            self.copy(False)
        elif keys.is_key("copy_head", pressed):
            self.copy(True)
        elif not self.column_keys.press(pressed):
            super().keyPressEvent(event)

    def copy(self, with_header: bool) -> None:
        """Put the selected rows on the clipboard, as text and as a table."""
        if self.chosen_count() > len(self.chosen(COPY_MOST)):
            self.told.emit(f"没有复制：行数超过 {COPY_MOST:,} 或还没有载入，请用“导出”")
            return
        columns = self.columns.visible()
        head = [facts.label(self.records.fields[column]) for column in columns]
        body = [[self.records.texts(row)[c] for c in columns] for row in self.chosen_rows()]
        numeric = [values.is_number(self.records.fields[column]) for column in columns]
        QGuiApplication.clipboard().setMimeData(
            table_mime(head if with_header else [], body, numeric)
        )

    def stay_in(self, column: int) -> None:
        """Put the bar into this column when the rows have come in another order."""
        self._stay = column

    def _go_back_to_column(self) -> None:
        column, self._stay = self._stay, None
        if column is not None and self.records.rows:
            flag = QItemSelectionModel.SelectionFlag.NoUpdate
            self.selectionModel().setCurrentIndex(self.records.index(0, column), flag)

    def _remember(self) -> None:
        self._place = {}
        if not self.records.keeping or not self.records.rows:
            return
        top, current = max(self.rowAt(0), 0), self.currentIndex()
        rows = self.records.rows
        self._place = {
            "all": self.chosen_count() == len(rows) > 1,
            "chosen": {getattr(record, "id", 0) for record in self.chosen()},
            "current": getattr(rows[current.row()], "id", 0) if current.isValid() else 0,
            "column": max(current.column(), 0),
            "top": getattr(rows[top], "id", 0),
            "offset": self.rowViewportPosition(top),
            "left": self.horizontalScrollBar().value(),
        }

    def _restore(self) -> None:
        if not self._sized and self.records.rows:
            self.columns.fit()
            self._sized = True
        place, self._place = self._place, {}
        if not place:
            self.scrollToTop()
            self._go_back_to_column()
            return
        rows = {getattr(record, "id", 0): row for row, record in self.records.here()}
        if (row := rows.get(place["current"])) is not None:
            self.selectionModel().setCurrentIndex(
                self.records.index(row, place["column"]),
                QItemSelectionModel.SelectionFlag.NoUpdate,
            )
        if place["all"]:
            self.selectAll()
        else:
            self.choose_ids(place["chosen"])
        if (row := rows.get(place["top"])) is not None:
            self.updateGeometries()
            height = self.verticalHeader().defaultSectionSize()
            self.verticalScrollBar().setValue(row * height - place["offset"])
        self.horizontalScrollBar().setValue(place["left"])


def table_mime(head: list[str], body: list[list[str]], numeric: list[bool]) -> QMimeData:
    """A table for the clipboard: tab-separated, and HTML in which numbers are numbers."""
    rows = [head, *body] if head else body
    mime = QMimeData()
    mime.setText("\n".join("\t".join(_tsv(cell) for cell in row) for row in rows))
    lines = ["<tr>" + "".join(f"<th>{html.escape(c)}</th>" for c in head) + "</tr>"] if head else []
    for row in body:
        cells = "".join(
            _cell(cell, is_number) for cell, is_number in zip(row, numeric, strict=True)
        )
        lines.append(f"<tr>{cells}</tr>")
    mime.setHtml(f"<table>{''.join(lines)}</table>")
    return mime


def _cell(text: str, is_number: bool) -> str:
    # Excel and WPS keep digits such as a card number whole only when told that it is text.
    if is_number:
        return f"<td>{html.escape(text.replace(',', ''))}</td>"
    return f"<td style=\"mso-number-format:'\\@'\">{html.escape(text)}</td>"


def _tsv(text: str) -> str:
    if any(mark in text for mark in '\t\n"'):
        return '"' + text.replace('"', '""') + '"'
    return text


class FocusDelegate(QStyledItemDelegate):
    """Frames the cell that has the focus in the accent colour, in every theme."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the cell without the style's own mark, and the frame over it."""
        plain = _any(QStyleOptionViewItem(option))
        focused = plain.state & QStyle.StateFlag.State_HasFocus
        plain.state &= ~QStyle.StateFlag.State_HasFocus
        self.paint_cell(painter, plain, index)
        if focused:
            painter.setPen(style.colour("accent"))
            painter.drawRect(plain.rect.adjusted(0, 0, -1, -1))

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint what stands in the cell."""
        super().paint(painter, option, index)


class StateDelegate(FocusDelegate):
    """Paints states as a coloured label: sign, word and colour together."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a pill for toned values, the usual text for all others."""
        tone, text = index.data(TONE), index.data()
        if text and index.data(Qt.ItemDataRole.TextAlignmentRole) == RIGHT:
            self._paint_number(painter, option, index)
            return
        super().paint_cell(painter, option, index)
        if tone and text:
            paint_pill(painter, option, text, tone)

    def _paint_number(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """With room at the right: the next column's text begins there."""
        shown = _any(QStyleOptionViewItem(option))
        self.initStyleOption(shown, index)
        panel = QStyle.PrimitiveElement.PE_PanelItemViewItem
        shown.widget.style().drawPrimitive(panel, shown, painter, shown.widget)
        narrow = _any(QStyleOptionViewItem(option))
        narrow.rect = narrow.rect.adjusted(0, 0, -NUMBER_GAP, 0)
        super().paint_cell(painter, narrow, index)

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Leave the text of toned values to the pill."""
        super().initStyleOption(option, index)
        if index.data(TONE):
            _any(option).text = ""


def _any(value: Any) -> Any:
    # PySide6's stubs of the style options lack their fields.
    return value


def paint_pill(painter: QPainter, option: QStyleOptionViewItem, text: str, tone: int) -> None:
    """A tinted rounded label with a dot, left in the cell."""
    metrics, rect = _any(option).fontMetrics, _any(option).rect
    dot = metrics.height() // 3
    width = min(metrics.horizontalAdvance(text) + dot + 22, rect.width() - 6)
    height = min(metrics.height() + 2, rect.height() - 4)
    place = QRect(rect.left() + 3, rect.center().y() - height // 2 + 1, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.tone_ground(tone))
    painter.drawRoundedRect(place, 4, 4)
    painter.setBrush(style.tone(tone))
    painter.drawEllipse(place.left() + 8, place.center().y() - dot // 2 + 1, dot, dot)
    painter.setPen(style.tone(tone))
    painter.drawText(
        place.adjusted(dot + 14, 0, -4, 0),
        Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
        text,
    )
    painter.restore()
