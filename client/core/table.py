"""The table of a page: rows by keyset pages, sorted and summed by the server."""

import html
from collections.abc import Callable, Sequence
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
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from client.core import entry, keys, style, values
from client.core.api import ApiError
from client.core.columns import Columns, sortable
from client.core.settings import Settings
from protos import facts
from protos.common import list_pb2

PAGE = 200  # rows of the first page
MOST = 1000  # rows of later pages
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
    """Rows of a list as far as they were fetched; data() reads memory only."""

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
        self._texts: list[list[str] | None] = []
        self._next = b""
        self._cancel: Callable[[], None] | None = None
        self._fresh: list[Any] = []
        self._wanted = 0
        self._right = RIGHT
        self._left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._align = [self._right if values.is_number(f) else self._left for f in self.fields]

    def query(
        self, filters: Sequence[list_pb2.Filter], text: str = "", *, waiting: bool = False
    ) -> None:
        """Show what matches, from the top; waiting: only what the user has to decide on."""
        request = list_pb2.ListRequest(filters=filters, text=text, waiting=waiting)
        request.order_by, request.descending = self.request.order_by, self.request.descending
        self.request = request
        self._start(0)

    def order(self, name: str, descending: bool) -> None:
        """Sort by a field marked filter; "" is the server's own order."""
        self.request.order_by, self.request.descending = name, descending
        self._start(0)

    def refresh(self, rows: int) -> None:
        """Fetch again what is shown, at least that many rows, and swap it in at once."""
        self._start(max(rows, 1))

    def _start(self, keep: int) -> None:
        self.stop()
        self._fresh, self._wanted, self.keeping = [], keep, bool(keep)
        self._ask(b"", min(max(PAGE, keep), MOST), self._first)

    def stop(self) -> None:
        """Drop the question under way."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        self._set_loading(False)

    def _ask(self, cursor: bytes, limit: int, done: Callable[[Any], None]) -> None:
        request = list_pb2.ListRequest()
        request.CopyFrom(self.request)
        request.cursor, request.limit, request.totals = cursor, limit, not cursor
        self._set_loading(True)
        self._cancel = self._fetch(request, done, self._refused)

    def _first(self, answer: Any) -> None:
        info = info_of(answer)
        if not self._fresh:
            self.count, self.totals = info.count, dict(info.totals)
        self._fresh.extend(answer.rows)
        if len(self._fresh) < self._wanted and info.next:
            self._ask(info.next, MOST, self._first)
            return
        self.beginResetModel()
        self.rows, self._fresh, self._next = self._fresh, [], info.next
        self._texts = [None] * len(self.rows)
        self.endResetModel()
        self._arrived()

    def _more(self, answer: Any) -> None:
        info = info_of(answer)
        self._next = info.next
        fresh = list(answer.rows)
        if fresh:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(fresh) - 1)
            self.rows.extend(fresh)
            self._texts.extend([None] * len(fresh))
            self.endInsertRows()
        self._arrived()

    def _arrived(self) -> None:
        self._cancel = None
        self._set_loading(False)
        self.loaded.emit()

    def _refused(self, error: ApiError) -> None:
        self._cancel = None
        self._set_loading(False)
        self.failed.emit(error)

    def _set_loading(self, on: bool) -> None:
        if on != self.is_loading:
            self.is_loading = on
            self.loading.emit(on)

    def complete(self) -> bool:
        """Whether every row is here."""
        return not self._next

    def canFetchMore(self, parent: Index) -> bool:
        """Whether the server has more rows and none are on their way."""
        return not parent.isValid() and bool(self._next) and not self.is_loading

    def fetchMore(self, parent: Index) -> None:
        """Ask for the next page."""
        if self.canFetchMore(parent):
            self._ask(self._next, MOST, self._more)

    def rowCount(self, parent: Index = ROOT) -> int:
        """Rows fetched so far."""
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
        if role == TONE:
            field = self.fields[index.column()]
            return values.tone(field, values.read(self.rows[index.row()], field))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The labels of the contract."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.fields):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return facts.label(self.fields[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._align[section]
        return None

    def texts(self, row: int) -> list[str]:
        """What a row shows, one text a column."""
        texts = self._texts[row]
        if texts is None:
            record = self.rows[row]
            texts = [_one_line(values.shown(record, f, self._names)) for f in self.fields]
            self._texts[row] = texts
        return texts

    def summary(self) -> str:
        """Count and totals of the whole query."""
        parts = [f"共 {self.count:,} 条"]
        if not self.complete():
            parts[0] += f"，已载入 {len(self.rows):,} 条"
        parts += [
            f"{facts.label(field)}合计 {self._total(field)}"
            for field in self.fields
            if field.name in self.totals
        ]
        return "　".join(parts)

    def _total(self, field: FieldDescriptor) -> str:
        return entry.grouped(self.totals[field.name], facts.of_field(field).scale)

    def selected_summary(self, rows: Sequence[int]) -> str:
        """Count and sums of chosen rows; empty for less than two."""
        if len(rows) < 2:
            return ""
        parts = [f"已选 {len(rows):,} 条"]
        for field in self.fields:
            if facts.of_field(field).total and values.is_number(field):
                total = sum(getattr(self.rows[row], field.name) for row in rows)
                parts.append(
                    f"{facts.label(field)} {entry.grouped(total, facts.of_field(field).scale)}"
                )
        return "　".join(parts)


def _one_line(text: str) -> str:
    return " ".join(text.split()) if "\n" in text else text


class RecordTable(QTableView):
    """The view: whole rows, remembered columns, copying, and a place kept over refreshes."""

    opened = Signal()  # Enter or double click
    selected = Signal()

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
        style.look().changed.connect(self._fit_rows)
        self._fit_rows()
        sortable(self.horizontalHeader())
        self._settings, self._sort_key = settings, f"sort.{key}"
        self._show_sort()
        self.horizontalHeader().sortIndicatorChanged.connect(self._sort)
        self.columns.was_reset.connect(self._forget_sort)
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)
        self.doubleClicked.connect(lambda _: self.opened.emit())

    def _fit_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Tell that other rows are chosen."""
        super().selectionChanged(selected, deselected)
        self.selected.emit()

    def chosen_rows(self) -> list[int]:
        """The selected rows, from the top."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def chosen(self) -> list[Any]:
        """The selected records, from the top."""
        return [self.records.rows[row] for row in self.chosen_rows()]

    def rows_in_use(self) -> int:
        """How many rows a refresh must fetch so that the place can be kept."""
        last = self.rowAt(self.viewport().height() - 1)
        shown = last if last >= 0 else self.records.rowCount() - 1
        current = self.currentIndex().row()
        return max([shown, current, *self.chosen_rows()[-1:]]) + 1

    def choose_ids(self, ids: set[int]) -> None:
        """Select the records of these ids, as far as they are here."""
        selection = QItemSelection()
        last = self.records.columnCount() - 1
        for row, record in enumerate(self.records.rows):
            if getattr(record, "id", None) in ids:
                left = self.records.index(row, 0)
                selection.select(left, self.records.index(row, last))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Ctrl+C copies, Ctrl+Shift+C copies with the header."""
        pressed = QKeySequence(event.keyCombination())
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier
        ):
            self.opened.emit()
        elif keys.is_key("copy", pressed):
            self.copy(False)
        elif keys.is_key("copy_head", pressed):
            self.copy(True)
        else:
            super().keyPressEvent(event)

    def copy(self, with_header: bool) -> None:
        """Put the selected rows on the clipboard, as text and as a table."""
        columns = self.columns.visible()
        head = [facts.label(self.records.fields[column]) for column in columns]
        body = [[self.records.texts(row)[c] for c in columns] for row in self.chosen_rows()]
        numeric = [values.is_number(self.records.fields[column]) for column in columns]
        QGuiApplication.clipboard().setMimeData(
            table_mime(head if with_header else [], body, numeric)
        )

    def _sort(self, column: int, order: Qt.SortOrder) -> None:
        field = self.records.fields[column] if column >= 0 else None
        if field is not None and not facts.of_field(field).filter:
            header = self.horizontalHeader()
            header.blockSignals(True)
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            header.blockSignals(False)
            header.viewport().update()
            field = None
            if not self.records.request.order_by:
                return
        down = order is Qt.SortOrder.DescendingOrder
        self._settings.set(self._sort_key, [field.name, down] if field else None)
        self.records.order(field.name if field else "", down)

    def _show_sort(self) -> None:
        """Order as the user left it, if that field can still be ordered by."""
        names = [field.name for field in self.records.fields]
        name, down = self._settings.value(self._sort_key, ["", False])
        known = name in names and facts.of_field(self.records.fields[names.index(name)]).filter
        self.records.request.order_by = name if known else ""
        self.records.request.descending = bool(known and down)
        order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        header = self.horizontalHeader()
        header.blockSignals(True)
        header.setSortIndicator(names.index(name) if known else -1, order)
        header.blockSignals(False)

    def _forget_sort(self) -> None:
        was = self.records.request.order_by
        self._settings.set(self._sort_key, None)
        self._show_sort()
        if was:
            self.records.order("", False)

    def _remember(self) -> None:
        self._place = {}
        if not self.records.keeping or not self.records.rows:
            return
        top, current = max(self.rowAt(0), 0), self.currentIndex()
        rows = self.records.rows
        self._place = {
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
            return
        rows = {getattr(record, "id", 0): row for row, record in enumerate(self.records.rows)}
        if (row := rows.get(place["current"])) is not None:
            self.selectionModel().setCurrentIndex(
                self.records.index(row, place["column"]),
                QItemSelectionModel.SelectionFlag.NoUpdate,
            )
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


class StateDelegate(QStyledItemDelegate):
    """Paints states as a coloured label: sign, word and colour together."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a pill for toned values, the usual text for all others."""
        tone, text = index.data(TONE), index.data()
        if text and index.data(Qt.ItemDataRole.TextAlignmentRole) == RIGHT:
            self._paint_number(painter, option, index)
            return
        super().paint(painter, option, index)
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
        super().paint(painter, narrow, index)

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
