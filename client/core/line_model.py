"""The lines of a document as a table model, with one empty row after them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from client.core import style, values
from client.core.sums import GAP
from protos import facts
from protos.facts import Fault

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
UNREADABLE = "无法识别"


class Row:
    """One line: its message, texts that could not be read, and what is wrong, by field name."""

    def __init__(self, message: Message) -> None:
        self.message: Any = message
        self.typed: dict[str, str] = {}
        self.faults: dict[str, str] = {}

    def is_blank(self, empty: Message) -> bool:
        """Whether nothing was entered."""
        return not self.typed and self.message == empty

    def is_untouched(self, fields: Sequence[FieldDescriptor]) -> bool:
        """Whether nothing was entered into these fields."""
        return not self.typed and all(facts.is_missing(self.message, field) for field in fields)


class LinesModel(QAbstractTableModel):
    """The lines of a document, and one empty row after them while they may be changed."""

    changed = Signal()

    def __init__(
        self,
        field: FieldDescriptor,
        columns: Sequence[str],
        names: values.Naming,
        parent: QObject | None = None,
        *,
        fixed: bool = False,
        offered: bool = False,
    ) -> None:
        super().__init__(parent)
        assert field.message_type is not None
        self.kind = GetMessageClass(field.message_type)
        self.fields = [field.message_type.fields_by_name[name] for name in columns]
        self.rows: list[Row] = []
        self.editable = True
        self._held = False
        self.fixed = fixed  # lines are neither added nor taken out
        self.offered = offered  # lines to choose from
        self._names = names

    def load(self, messages: Sequence[Message]) -> None:
        """Show these lines; of those offered, what was entered into some of them before."""
        self.beginResetModel()
        if self.offered and self.rows:
            entered: dict[int, Any] = {message.row: message for message in messages}  # type: ignore[attr-defined]
            messages = [entered.get(row.message.row, row.message) for row in self.rows]
        self.rows = [self._row(message) for message in messages]
        self.endResetModel()

    def _row(self, message: Message | None = None) -> Row:
        copy = self.kind()
        if message is not None:
            copy.CopyFrom(message)
        return Row(copy)

    def set_editable(self, on: bool) -> None:
        """Allow changes or not; the empty row comes and goes with it."""
        if on != self.editable:
            self.beginResetModel()
            self.editable = on
            self.endResetModel()

    def filled(self) -> list[Row]:
        """The rows in which something stands; of those offered, in which something was entered."""
        if self.offered:
            enterable = [field for field in self.fields if not facts.of_field(field).read_only]
            return [row for row in self.rows if not row.is_untouched(enterable)]
        empty = self.kind()
        return [row for row in self.rows if not row.is_blank(empty)]

    def rowCount(self, parent: Index = ROOT) -> int:
        """Lines and the empty row."""
        return 0 if parent.isValid() else len(self.rows) + self.growing

    @property
    def growing(self) -> bool:
        """Whether lines may be added and taken out."""
        return self.editable and not self.fixed

    def columnCount(self, parent: Index = ROOT) -> int:
        """One column a field."""
        return 0 if parent.isValid() else len(self.fields)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Editable unless the contract or the document's state says otherwise."""
        flags = super().flags(index)
        if self.editable and index.isValid() and self.may_edit(index.column()):
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def may_edit(self, column: int) -> bool:
        """Whether the user may enter that column."""
        return not facts.of_field(self.fields[column]).read_only

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts, values to edit, and what is wrong in red."""
        if not index.isValid():
            return None
        field = self.fields[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight
            left = Qt.AlignmentFlag.AlignLeft
            return int((side if values.is_number(field) else left) | Qt.AlignmentFlag.AlignVCenter)
        if index.row() >= len(self.rows):
            return None
        return self._cell(self.rows[index.row()], field, role)

    def _cell(self, row: Row, field: FieldDescriptor, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            if (typed := row.typed.get(field.name)) is not None:
                return typed
            value = values.read(row.message, field)
            if value is None:
                return row.faults.get(field.name, "")
            return values.show(field, value, self._names)
        if role == Qt.ItemDataRole.EditRole:
            return values.read(row.message, field)
        fault = row.faults.get(field.name)
        if not fault:
            return None
        if role == Qt.ItemDataRole.BackgroundRole:
            return style.colour("bad_soft")
        if role == Qt.ItemDataRole.ForegroundRole:
            return style.colour("bad")
        return fault if role == Qt.ItemDataRole.ToolTipRole else None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Enter a value; in the empty row it begins a new line."""
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        field = self.fields[index.column()]
        if value == self.data(index, role) and not self._typed(index):
            return False
        row = self.line(index.row())
        values.write(row.message, field, value)
        self._settled(row, field, index.row())
        return True

    def set_typed(self, at: int, column: int, text: str, fault: str) -> None:
        """Keep a text that could not be read, in red."""
        row, field = self.line(at), self.fields[column]
        row.typed[field.name], row.faults[field.name] = text, fault
        self._tell(at)

    def unread(self) -> dict[str, str]:
        """The texts that could not be read, by "[row].field"."""
        return {
            f"[{at}].{name}": text
            for at, row in enumerate(self.filled())
            for name, text in row.typed.items()
        }

    def show_unread(self, at: int, name: str, text: str) -> None:
        """Put a text back that could not be read."""
        names = [field.name for field in self.fields]
        if name in names:
            self.set_typed(at, names.index(name), text, UNREADABLE)

    def _typed(self, index: Index) -> bool:
        known = index.row() < len(self.rows)
        return known and self.fields[index.column()].name in self.rows[index.row()].typed

    def _settled(self, row: Row, field: FieldDescriptor, at: int) -> None:
        row.typed.pop(field.name, None)
        row.faults.pop(field.name, None)
        self._tell(at)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Tell of all changes in the block by one signal: a form compares itself at each."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            if self.rows:
                last = self.index(len(self.rows) - 1, len(self.fields) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            self.changed.emit()

    def _tell(self, at: int) -> None:
        if self._held:
            return
        self.dataChanged.emit(self.index(at, 0), self.index(at, len(self.fields) - 1))
        self.changed.emit()

    def line(self, at: int) -> Row:
        """The row at a place; asking for the empty row makes it a line."""
        if at >= len(self.rows):
            self.beginInsertRows(ROOT, at + 1, at + 1)
            self.rows.append(self._row())
            self.endInsertRows()
        return self.rows[at]

    def insert(self, at: int) -> None:
        """An empty line before that place."""
        at = min(at, len(self.rows))
        self.beginInsertRows(ROOT, at, at)
        self.rows.insert(at, self._row())
        self.endInsertRows()
        self.changed.emit()

    def remove(self, places: set[int]) -> None:
        """Take lines out."""
        for at in sorted(places, reverse=True):
            if at < len(self.rows):
                self.beginRemoveRows(ROOT, at, at)
                del self.rows[at]
                self.endRemoveRows()
        self.changed.emit()

    def faults(self) -> list[Fault]:
        """Texts that could not be read, by their place among the filled rows."""
        return [
            Fault(f"[{number}].{name}", row.faults.get(name, UNREADABLE))
            for number, row in enumerate(self.filled())
            for name in row.typed
        ]

    def show_faults(self, found: dict[tuple[int, str], str]) -> None:
        """Mark cells by (place among the filled rows, field name); all others are well."""
        for row in self.rows:
            row.faults = {name: row.faults.get(name, "无法识别") for name in row.typed}
        for (number, name), text in found.items():
            filled = self.filled()
            if number < len(filled):
                filled[number].faults[name] = text
        if self.rows:
            last = self.index(len(self.rows) - 1, len(self.fields) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def totals(self) -> str:
        """Number of lines and sums of the columns marked total."""
        filled = self.filled()
        parts = [f"已填 {len(filled)} 行" if self.offered else f"共 {len(filled)} 行"]
        for field in self.fields:
            if facts.of_field(field).total and values.is_number(field):
                total = sum(getattr(row.message, field.name) for row in filled)
                if total or not facts.of_field(field).read_only:  # else not yet computed
                    parts.append(f"{values.total_label(field)} {values.number(field, total)}")
        return GAP.join(parts)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Labels with a mark for what is required, and line numbers."""
        if orientation is Qt.Orientation.Vertical:
            if role != Qt.ItemDataRole.DisplayRole:
                return None
            return str(section + 1) if section < len(self.rows) else "＋"
        field = self.fields[section]
        if role == Qt.ItemDataRole.DisplayRole:
            fact = facts.of_field(field)
            unit = f"（{fact.unit}）" if fact.unit else ""
            return facts.label(field) + unit + (" *" if fact.required and self.editable else "")
        if role == Qt.ItemDataRole.ToolTipRole:
            return facts.of_field(field).hint or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight
            left = Qt.AlignmentFlag.AlignLeft
            return int((side if values.is_number(field) else left) | Qt.AlignmentFlag.AlignVCenter)
        return None
