"""The line grid of a document: keyboard first, pasting from spreadsheets, totals."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from client.core import dates, entry, fields, icons, keys, pasting, style, values
from client.core.api import Api
from client.core.lookup import FIND, LookupEditor
from client.core.page import Lines
from client.core.settings import Settings
from client.core.table import table_mime
from protos import facts
from protos.common import lookup_pb2
from protos.facts import Fault, Kind

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
LEAST_ROWS = 5  # shown at least
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
AWAY = (
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)


class Row:
    """One line: its message, texts that could not be read, and what is wrong, by field name."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.typed: dict[str, str] = {}
        self.faults: dict[str, str] = {}

    def is_blank(self, empty: Message) -> bool:
        """Whether nothing was entered."""
        return not self.typed and self.message == empty


class LinesModel(QAbstractTableModel):
    """The lines of a document, and one empty row after them while they may be changed."""

    changed = Signal()

    def __init__(
        self,
        field: FieldDescriptor,
        columns: Sequence[str],
        names: values.Naming,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        assert field.message_type is not None
        self.kind = GetMessageClass(field.message_type)
        self.fields = [field.message_type.fields_by_name[name] for name in columns]
        self.rows: list[Row] = []
        self.editable = True
        self._names = names

    def load(self, messages: Sequence[Message]) -> None:
        """Show these lines."""
        self.beginResetModel()
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
        """The rows in which something stands."""
        empty = self.kind()
        return [row for row in self.rows if not row.is_blank(empty)]

    def rowCount(self, parent: Index = ROOT) -> int:
        """Lines and the empty row."""
        return 0 if parent.isValid() else len(self.rows) + self.editable

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
            return "" if value is None else values.show(field, value, self._names)
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

    def _typed(self, index: Index) -> bool:
        known = index.row() < len(self.rows)
        return known and self.fields[index.column()].name in self.rows[index.row()].typed

    def _settled(self, row: Row, field: FieldDescriptor, at: int) -> None:
        row.typed.pop(field.name, None)
        row.faults.pop(field.name, None)
        self._tell(at)

    def _tell(self, at: int) -> None:
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
            Fault(f"[{number}].{name}", row.faults.get(name, "无法识别"))
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
        parts = [f"共 {len(filled)} 行"]
        for field in self.fields:
            if facts.of_field(field).total and values.is_number(field):
                total = sum(getattr(row.message, field.name) for row in filled)
                text = entry.grouped(total, facts.of_field(field).scale)
                parts.append(f"{facts.label(field)}合计 {text}")
        return "　".join(parts)

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
            return facts.label(field) + unit + (" *" if fact.required else "")
        if role == Qt.ItemDataRole.ToolTipRole:
            return facts.of_field(field).hint or None
        return None


class LineDelegate(QStyledItemDelegate):
    """Opens the same editors as the form; Enter and Tab in them go on in the grid."""

    def __init__(self, view: "LinesView", api: Api, settings: Settings) -> None:
        super().__init__(view)
        self._view, self._api, self._settings = view, api, settings
        self._open: fields.Editor | None = None

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> fields.Editor:
        """The editor of the column's field, on an opaque ground."""
        field = self._view.lines.fields[index.column()]
        editor = fields.make(field, self._api, self._settings, parent)
        editor.setAutoFillBackground(True)
        editor.setProperty("inGrid", True)
        editor.inner.installEventFilter(self)
        editor.done.connect(lambda: self._finish(editor, 1))
        self._open = editor
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show the cell's value, or the text that could not be read."""
        assert isinstance(editor, fields.Editor)
        editor.set_value(index.data(Qt.ItemDataRole.EditRole))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Take the value over; what cannot be read stays in red."""
        assert isinstance(editor, fields.Editor)
        if fault := editor.fault():
            text = getattr(editor.inner, "text", str)()
            self._view.lines.set_typed(index.row(), index.column(), text, fault)
        else:
            model.setData(index, editor.value())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Finish the cell on Enter, Tab or a lost focus; give it up on Esc."""
        editor = self._open
        if editor is None or watched is not editor.inner:
            return False
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            if event.reason() not in AWAY:
                self._finish(editor, 0)
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(editor, event)
        return False

    def _key(self, editor: fields.Editor, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._finish(editor, 1 if event.key() == Qt.Key.Key_Tab else -1)
            return True
        if isinstance(editor, LookupEditor):
            if event.key() in ENTER and not editor.line.busy():
                self._finish(editor, 1)
                return True
            if event.key() != Qt.Key.Key_Escape or editor.line.busy():
                return False
        elif event.key() in ENTER:
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._finish(editor, -1 if back else 1)
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.revert()
            return True
        return False

    def _finish(self, editor: fields.Editor, step: int) -> None:
        if self._open is not editor:
            return
        self._open = None
        self.commitData.emit(editor)
        self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.NoHint)
        if step:
            self._view.setFocus()
            self._view.go(step)

    def revert(self) -> None:
        """Close an open editor without taking its value."""
        editor, self._open = self._open, None
        if editor is not None:
            self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.RevertModelCache)
            self._view.setFocus()

    def commit(self) -> None:
        """Close an open editor, taking its value."""
        if self._open is not None:
            self._finish(self._open, 0)


class LinesView(QTableView):
    """The grid: Enter goes right and then to the next row."""

    left_end = Signal()  # Enter in the empty row: the form goes on

    def __init__(
        self, model: LinesModel, api: Api, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.lines = model
        self.setModel(model)
        self.delegate = LineDelegate(self, api, settings)
        self.setItemDelegate(self.delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.AnyKeyPressed | trigger.DoubleClicked | trigger.EditKeyPressed)
        self.setTabKeyNavigation(False)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setHighlightSections(False)
        row = self.verticalHeader().defaultSectionSize()
        self.setMinimumHeight(row * (LEAST_ROWS + 1) + 8)
        self.fit()

    def fit(self) -> None:
        """Give each column the width its label and kind need."""
        metrics = self.fontMetrics()
        for column, field in enumerate(self.lines.fields):
            title = str(self.lines.headerData(column, Qt.Orientation.Horizontal))
            letters = {Kind.REF: 24, Kind.TEXT: 16, Kind.TIME: 18, Kind.DATE: 15}
            wanted = metrics.averageCharWidth() * letters.get(facts.kind(field), 11)
            shown = metrics.horizontalAdvance(title) + 28
            self.setColumnWidth(column, max(wanted, shown))

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
            self.setCurrentIndex(self.lines.index(at, column))
            self.scrollTo(self.currentIndex())
        elif step > 0:
            self.left_end.emit()

    def begin(self) -> None:
        """Take the focus at the first enterable cell of the empty row."""
        self.setFocus()
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self.lines.index(0, 0))
            if not self.lines.may_edit(0):
                self.go(1)

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
        if event.key() == Qt.Key.Key_F7:
            self.edit(self.currentIndex())
            if isinstance(self.delegate._open, LookupEditor):
                self.delegate._open.line.open_full()
            return True
        return False

    def _at_blank_end(self) -> bool:
        return not self.lines.editable or self.currentIndex().row() >= len(self.lines.rows)

    def insert_line(self) -> None:
        """An empty line before the current one."""
        if self.lines.editable:
            at = max(self.currentIndex().row(), 0)
            self.lines.insert(at)
            self.setCurrentIndex(self.lines.index(at, 0))

    def delete_lines(self) -> None:
        """Take out the selected lines."""
        if self.lines.editable:
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
        for down, row in enumerate(pasted):
            for column, cell in row.items():
                if self.lines.may_edit(column):
                    self._enter(max(index.row(), 0) + down, column, cell)

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
        row, field = self.lines.rows[at], self.lines.fields[column]
        service = facts.of_field(field).ref
        request = lookup_pb2.FindRequest(service=service, text=text, limit=10)

        def done(answer: lookup_pb2.FindAnswer) -> None:
            if row not in self.lines.rows or row.typed.get(field.name) != text:
                return
            place = self.lines.rows.index(row)
            exact = [hit for hit in answer.hits if text in (hit.code, hit.text)]
            hits = exact or list(answer.hits)
            if len(hits) == 1:
                self.learn(service, hits[0])
                self.lines.setData(self.lines.index(place, column), hits[0].id)
            else:
                fault = f"有{len(hits)}条相符，请选择（F7）" if hits else "没有找到，请选择（F7）"
                self.lines.set_typed(place, column, text, fault)

        self._api.call(FIND, request, self, done)

    @property
    def _api(self) -> Api:
        return self.delegate._api

    def learn(self, service: str, hit: lookup_pb2.Hit) -> None:
        """Remember what a found record is called."""
        from protos.common import list_pb2

        self._api.names.learn([list_pb2.RefName(service=service, id=hit.id, text=hit.text)])


def _plain(field: FieldDescriptor) -> bool:
    return facts.kind(field) is not Kind.TIME


class LinesGrid(QWidget):
    """Heading, buttons, grid and totals of one line list; scanning adds to it."""

    changed = Signal()
    left_end = Signal()
    note = Signal(str)  # what a scan did, or why not

    def __init__(
        self, field: FieldDescriptor, lines: Lines, api: Api, settings: Settings, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.field, self.spec, self._api = field, lines, api
        self.model = LinesModel(field, lines.columns, api.names, self)
        self.view = LinesView(self.model, api, settings, self)
        self.view.setAccessibleName(facts.label(field))
        self.fault = QLabel()
        self.fault.setProperty("role", "fault")
        self.fault.hide()
        self.totals = QLabel()
        self.totals.setProperty("role", "muted")
        self._buttons = [
            self._button("plus", "插入行", "insert_line", self.view.insert_line),
            self._button("trash", "删除行", "delete_line", self.view.delete_lines),
        ]
        head = QHBoxLayout()
        title = QLabel(facts.label(field))
        title.setProperty("role", "heading")
        for widget in (title, *self._buttons, self.fault):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.totals)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        self.model.changed.connect(self._changed)
        self.model.modelReset.connect(self._count)
        self.view.left_end.connect(self.left_end)
        self._count()

    def _button(self, icon: str, text: str, key: str, slot: Any) -> QToolButton:
        button = QToolButton()
        button.setIcon(icons.icon(icon))
        button.setText(text)
        button.setToolTip(f"{text}（{keys.text(key)}）")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setAutoRaise(True)
        button.clicked.connect(slot)
        return button

    def load(self, messages: Sequence[Message]) -> None:
        """Show these lines, asking for names not known yet."""
        self.model.load(messages)
        for field in self.model.fields:
            if facts.kind(field) is Kind.REF:
                ids = {getattr(message, field.name) for message in messages}
                self._api.names.fetch(facts.of_field(field).ref, ids, self, self._named)

    def _named(self) -> None:
        last = self.model.index(self.model.rowCount() - 1, self.model.columnCount() - 1)
        self.model.dataChanged.emit(self.model.index(0, 0), last)

    def store(self, message: Message) -> None:
        """Put the filled lines into a document."""
        target = getattr(message, self.field.name)
        del target[:]
        for row in self.model.filled():
            target.add().CopyFrom(row.message)

    def commit(self) -> None:
        """Take over the cell being edited."""
        self.view.delegate.commit()

    def set_read_only(self, on: bool) -> None:
        """Allow changes or not."""
        self.model.set_editable(not on)
        for button in self._buttons:
            button.setVisible(not on)

    def show_faults(self, cells: dict[tuple[int, str], str], own: str) -> None:
        """Mark cells, and the whole grid's fault beside its heading."""
        self.model.show_faults(cells)
        more = f"有{len(cells)}处需要改正" if cells else ""
        self.fault.setText("；".join(text for text in (own, more) if text))
        self.fault.setVisible(bool(own or cells))

    def go_to(self, number: int, name: str) -> None:
        """Put the bar on a cell of a filled row."""
        filled = self.model.filled()
        at = self.model.rows.index(filled[number]) if number < len(filled) else 0
        names = [field.name for field in self.model.fields]
        column = names.index(name) if name in names else 0
        self.view.setFocus()
        self.view.setCurrentIndex(self.model.index(at, column))

    def scan(self, code: str) -> None:
        """Look a scanned code up: one more of a line there is, or a new line."""
        self.view.delegate.revert()
        assert self.field.message_type is not None
        field = self.field.message_type.fields_by_name[self.spec.scan]
        service = facts.of_field(field).ref
        request = lookup_pb2.FindRequest(service=service, text=code, limit=2)
        self._api.call(FIND, request, self, lambda answer: self._scanned(code, field, answer))

    def _scanned(self, code: str, field: FieldDescriptor, answer: lookup_pb2.FindAnswer) -> None:
        exact = [hit for hit in answer.hits if hit.code == code] or list(answer.hits)
        if len(exact) != 1:
            why = "没有找到" if not exact else "不止一条记录有"
            self.note.emit(f"{why}条码 {code}，请手工选择")
            return
        hit = exact[0]
        self.view.learn(facts.of_field(field).ref, hit)
        at = self.add(field.name, hit.id)
        self.view.setCurrentIndex(self.model.index(at, 0))
        self.note.emit(f"已扫入 {hit.text}")

    def add(self, name: str, value: Any) -> int:
        """One more of the line with that value, or a new line of one; answers its row."""
        rows = self.model.rows
        at = next((n for n, row in enumerate(rows) if getattr(row.message, name) == value), -1)
        if at < 0:
            at = len(rows)
        row = self.model.line(at)
        setattr(row.message, name, value)
        quantity = row.message.DESCRIPTOR.fields_by_name.get("quantity")
        if quantity is not None:
            row.message.quantity += 10 ** facts.of_field(quantity).scale  # type: ignore[attr-defined]
        self.model._tell(at)
        return at

    def _changed(self) -> None:
        self._count()
        self.changed.emit()

    def _count(self) -> None:
        self.totals.setText(self.model.totals())
