"""The grid of a document's lines: keyboard first, the form's own editors, pasting."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from PySide6.QtCore import (
    QItemSelectionModel,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QTableView,
    QWidget,
)

from client.core import dates, entry, fields, keys, pasting, style, values
from client.core.api import Api, ApiError
from client.core.line_delegate import ENTER, LineDelegate
from client.core.line_model import Index, LinesModel, Row
from client.core.references import LookupEditor
from client.core.settings import Settings
from client.core.sources import FIND
from client.core.table import table_mime
from protos import facts
from protos.common import lookup_pb2
from protos.facts import Kind

SAMPLE, MOST_LETTERS = 50, 26  # rows looked at for widths, and letters granted
LEAST_ROWS = 5  # shown at least


class LinesView(QTableView):
    """The grid: Enter goes right and then to the next row."""

    left_end = Signal()  # Enter in the empty row: the form goes on

    def __init__(
        self, model: LinesModel, api: Api, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.lines = model
        self._waiting: dict[tuple[str, str], list[Row]] = {}  # rows by pasted text looked up
        self.setModel(model)
        self.delegate = LineDelegate(self, api, settings)
        self.setItemDelegate(self.delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.AnyKeyPressed | trigger.DoubleClicked)
        self.setTabKeyNavigation(False)
        last = model.fields[-1]
        self.horizontalHeader().setStretchLastSection(not values.is_number(last))
        self.horizontalHeader().setHighlightSections(False)
        self._scale()
        model.modelReset.connect(self._widen)
        style.look().changed.connect(self._scale)

    def _scale(self) -> None:
        """Follow the size of the letters and the density of rows."""
        row = style.row_height(self) + 3  # round an editor
        self.verticalHeader().setDefaultSectionSize(row)
        self.setMinimumHeight(row * (LEAST_ROWS + 1) + 8)
        self.fit()
        self._widen()

    def _widen(self) -> None:
        """Give each column the width its first rows need, never less than it has."""
        metrics = self.fontMetrics()
        rows = range(min(self.lines.rowCount(), SAMPLE))
        for column in range(self.lines.columnCount()):
            texts = [str(self.lines.index(row, column).data() or "") for row in rows]
            widest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
            wanted = min(widest + 16, metrics.averageCharWidth() * MOST_LETTERS)
            self.setColumnWidth(column, max(wanted, self.columnWidth(column)))

    def fit(self) -> None:
        """Give each column the width its label and kind need."""
        metrics = self.fontMetrics()
        for column, field in enumerate(self.lines.fields):
            title = str(self.lines.headerData(column, Qt.Orientation.Horizontal))
            letters = {Kind.REF: 18, Kind.TEXT: 9, Kind.TIME: 13, Kind.DATE: 9}
            wanted = metrics.averageCharWidth() * letters.get(facts.kind(field), 8)
            shown = metrics.horizontalAdvance(title) + 28
            self.setColumnWidth(column, max(wanted, shown))

    def put(self, index: Index) -> None:
        """Make a cell the current and only chosen one, whatever keys are held."""
        self.selectionModel().setCurrentIndex(
            self.lines.index(index.row(), index.column()),
            QItemSelectionModel.SelectionFlag.ClearAndSelect,
        )

    def go(self, step: int) -> None:
        """Make the next or previous enterable cell the current one."""
        at, column = self.currentIndex().row(), self.currentIndex().column()
        places = [c for c in range(self.lines.columnCount()) if self.lines.may_edit(c)]
        places = places or [0]
        later = [c for c in places if c > column] if step > 0 else [c for c in places if c < column]
        if later:
            column = later[0] if step > 0 else later[-1]
        else:
            at += step
            column = places[0] if step > 0 else places[-1]
        if 0 <= at < self.lines.rowCount():
            self.put(self.lines.index(at, column))
            self.scrollTo(self.currentIndex())
        elif step > 0:
            self.left_end.emit()

    def begin(self) -> None:
        """Take the focus at the first enterable cell of the empty row."""
        self.setFocus()
        if not self.currentIndex().isValid():
            self.put(self.lines.index(0, 0))
            if not self.lines.may_edit(0):
                self.go(1)

    def inputMethodQuery(self, query: Qt.InputMethodQuery) -> Any:
        """Let the input method type into cells of text only, not into numbers and codes."""
        if query == Qt.InputMethodQuery.ImEnabled:
            index = self.currentIndex()
            open_to = (
                self.lines.editable and index.isValid() and self.lines.may_edit(index.column())
            )
            return open_to and fields.takes_chinese(self.lines.fields[index.column()])
        return super().inputMethodQuery(query)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Open the cell with a word that comes whole; Qt itself hands on composed words only."""
        fresh = not self.delegate.is_open
        super().inputMethodEvent(event)
        if fresh and event.commitString():
            self.delegate.insert(event)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell the input method of the new cell."""
        super().currentChanged(current, previous)
        QGuiApplication.inputMethod().update(Qt.InputMethodQuery.ImEnabled)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, insert, delete, copy from above, copy, paste, full list."""
        pressed = QKeySequence(event.keyCombination())
        actions = {
            "insert_line": self.insert_line,
            "delete_line": self.delete_lines,
            "copy_above": self.copy_above,
            "copy": lambda: self.copy(False),
            "copy_head": lambda: self.copy(True),
            "paste": self.paste,
        }
        for name, act in actions.items():
            if keys.is_key(name, pressed):
                act()
                return
        if not self._moved(event):
            super().keyPressEvent(event)

    def _moved(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in ENTER and plain:
            if self._at_blank_end():
                self.left_end.emit()
            else:
                self.go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            return True
        if event.key() == Qt.Key.Key_Delete and plain and self.lines.editable:
            self.clear_cells()
            return True
        pressed = QKeySequence(event.keyCombination())
        if pressed == keys.sequences("reference")[0]:
            self.open_list()
            return True
        if keys.is_key("edit", pressed):
            self.edit(self.currentIndex())
            return True
        return False

    def open_list(self) -> None:
        """Edit the cell and, if it refers to something, show the full list."""
        self.edit(self.currentIndex())
        if isinstance(self.delegate._open, LookupEditor):
            self.delegate._open.line.open_full()

    def _at_blank_end(self) -> bool:
        return not self.lines.editable or self.currentIndex().row() >= len(self.lines.rows)

    def insert_line(self) -> None:
        """An empty line before the current one."""
        if self.lines.growing:
            at = max(self.currentIndex().row(), 0)
            self.lines.insert(at)
            self.put(self.lines.index(at, 0))

    def delete_lines(self) -> None:
        """Take out the selected lines."""
        if self.lines.growing:
            rows = {index.row() for index in self.selectedIndexes()}
            self.lines.remove(rows or {self.currentIndex().row()})

    def clear_cells(self) -> None:
        """Empty the selected cells."""
        for index in self.selectedIndexes():
            if index.row() < len(self.lines.rows) and self.lines.may_edit(index.column()):
                self.lines.setData(index, None)

    def copy_above(self) -> None:
        """Take over the cell above and go on."""
        index = self.currentIndex()
        if self.lines.editable and index.row() > 0 and self.lines.may_edit(index.column()):
            above = index.siblingAtRow(index.row() - 1)
            self.lines.setData(index, above.data(Qt.ItemDataRole.EditRole))
            self.go(1)

    def repeat(self, index: Index, which: str) -> None:
        """Enter what stands in the same column above, or in the first line."""
        row = index.row() - 1 if which == "above" else 0
        if 0 <= row < index.row():
            source = self.lines.index(row, index.column())
            self.lines.setData(index, source.data(Qt.ItemDataRole.EditRole))

    def copy(self, with_header: bool) -> None:
        """Put the selected cells on the clipboard."""
        chosen = self.selectedIndexes()
        rows = sorted({index.row() for index in chosen if index.row() < len(self.lines.rows)})
        columns = sorted({index.column() for index in chosen})
        picked = [self.lines.fields[column] for column in columns]
        body = [
            [str(self.lines.index(row, column).data() or "") for column in columns] for row in rows
        ]
        head = [facts.label(field) for field in picked] if with_header else []
        numeric = [values.is_number(field) for field in picked]
        QGuiApplication.clipboard().setMimeData(table_mime(head, body, numeric))

    def paste(self) -> None:
        """Enter a table from the clipboard, from the current cell on or by its header."""
        text = QGuiApplication.clipboard().text()
        if not text or not self.lines.editable:
            return
        index = self.currentIndex()
        pasted = pasting.place(
            pasting.cells(text),
            [facts.label(field) for field in self.lines.fields],
            max(index.column(), 0),
        )
        with self.lines.at_once():
            for down, row in enumerate(pasted):
                for column, cell in row.items():
                    at = max(index.row(), 0) + down
                    inside = self.lines.growing or at < len(self.lines.rows)
                    if inside and self.lines.may_edit(column):
                        self._enter(at, column, cell)

    def _enter(self, at: int, column: int, text: str) -> None:
        field = self.lines.fields[column]
        if facts.kind(field) is Kind.REF:
            self._resolve(at, column, text.strip())
            return
        try:
            value = values.parse(field, text, dates.now())
        except entry.EntryError as error:
            self.lines.set_typed(at, column, text, str(error))
            return
        fault = facts.value_fault(field, value) if value is not None and _plain(field) else ""
        if fault:
            self.lines.set_typed(at, column, text, fault)
        else:
            self.lines.line(at)
            self.lines.setData(self.lines.index(at, column), value)

    def _resolve(self, at: int, column: int, text: str) -> None:
        """Look up what a pasted reference names; it stays red until exactly one is found."""
        if not text:
            return
        self.lines.set_typed(at, column, text, "正在查找…")
        field = self.lines.fields[column]
        waiting = self._waiting.setdefault((field.name, text), [])
        waiting.append(self.lines.rows[at])
        if len(waiting) > 1:
            return  # the same was just asked for a row above
        request = lookup_pb2.FindRequest(service=facts.of_field(field).ref, text=text, limit=10)

        def done(answer: lookup_pb2.FindAnswer) -> None:
            with self.lines.at_once():
                for row in self._waiting.pop((field.name, text)):
                    self._resolved(row, field, text, list(answer.hits))

        def failed(error: ApiError) -> None:
            self._api.tell(error)
            with self.lines.at_once():
                for row in self._waiting.pop((field.name, text)):
                    self._refuse(row, field, text, "没能查找，请选择（F7）")

        self._api.call(FIND, request, self, done, failed)

    def _resolved(
        self, row: Row, field: FieldDescriptor, text: str, found: list[lookup_pb2.Hit]
    ) -> None:
        exact = [hit for hit in found if hit.exact or text in (hit.code, hit.text)]
        hits = exact or found
        if len(hits) != 1:
            fault = f"有{len(hits)}条相符，请选择（F7）" if hits else "没有找到，请选择（F7）"
            self._refuse(row, field, text, fault)
        elif self._still(row, field, text):
            self.learn(facts.of_field(field).ref, hits[0])
            place = self.lines.index(self.lines.rows.index(row), self.lines.fields.index(field))
            self.lines.setData(place, hits[0].id)

    def _refuse(self, row: Row, field: FieldDescriptor, text: str, fault: str) -> None:
        if self._still(row, field, text):
            column = self.lines.fields.index(field)
            self.lines.set_typed(self.lines.rows.index(row), column, text, fault)

    def _still(self, row: Row, field: FieldDescriptor, text: str) -> bool:
        """Whether the pasted text still stands there."""
        return row in self.lines.rows and row.typed.get(field.name) == text

    @property
    def _api(self) -> Api:
        return self.delegate._api

    def learn(self, service: str, hit: lookup_pb2.Hit) -> None:
        """Remember what a found record is called."""
        from protos.common import list_pb2

        self._api.names.learn([list_pb2.RefName(service=service, id=hit.id, text=hit.text)])


def _plain(field: FieldDescriptor) -> bool:
    return facts.kind(field) is not Kind.TIME
