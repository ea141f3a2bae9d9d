"""The table of a page: whole rows, remembered columns, copying, a place kept over refreshes."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from client.core import keys, style, values
from client.core.clipboard import table_mime
from client.core.column_keys import ColumnKeys
from client.core.columns import Columns, sortable
from client.core.delegates import StateDelegate
from client.core.frozen import FrozenColumns
from client.core.record_model import MOST, PAGE, RecordModel
from client.core.settings import Settings
from client.core.sorting import Sorting
from protos import facts

COPY_MOST = 20_000  # rows the clipboard takes
Index = QModelIndex | QPersistentModelIndex


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
        selection = _parts(self.selectionModel().selection())
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


def _parts(selection: Any) -> Any:
    # PySide6's stubs do not know that a QItemSelection is a list of ranges.
    return selection
