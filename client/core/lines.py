"""A line list in a form: heading, buttons, grid, totals; scanning adds to it."""

import re
from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import (
    Qt,
    Signal,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from client.core import gs1, icons, keys
from client.core.api import Api
from client.core.line_model import LinesModel
from client.core.line_view import LinesView
from client.core.page import Lines
from client.core.settings import Settings
from client.core.sources import FIND
from client.core.sums import Sums
from protos import facts
from protos.common import lookup_pb2
from protos.facts import Kind

NO_LABEL = gs1.Label("")
TRACE = re.compile(r"\d{20}")  # 药品追溯码


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
        self.model = LinesModel(
            field, lines.columns, api.names, self, fixed=lines.fixed, offered=lines.offered
        )
        self.view = LinesView(self.model, api, settings, self)
        self.view.setAccessibleName(facts.label(field))
        self.fault = QLabel()
        self.fault.setProperty("role", "fault")
        self.fault.hide()
        self.totals = Sums()
        self.totals.setProperty("role", "muted")
        self.totals.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.fault.setWordWrap(True)
        self._buttons = [
            self._button("plus", "插入行", "insert_line", self.view.insert_line),
            self._button("trash", "删除行", "delete_line", self.view.delete_lines),
        ]
        head = QHBoxLayout()
        title = QLabel(facts.label(field))
        title.setProperty("role", "heading")
        for widget in (title, *self._buttons):
            head.addWidget(widget)
        head.addWidget(self.fault, 1)
        head.addWidget(self.totals, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        self.set_read_only(False)
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
        if self.model.rows:
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
            button.setVisible(not on and not self.spec.fixed)

    def show_faults(self, cells: dict[tuple[int, str], str], own: str) -> None:
        """Mark cells, and the whole grid's fault beside its heading."""
        self.model.show_faults(cells)
        more = ""
        if cells:
            (number, _), text = min(cells.items())
            more = f"第{self._place(number) + 1}行：{text}" + (
                f"，等{len(cells)}处" if len(cells) > 1 else ""
            )
        self.fault.setText("；".join(text for text in (own, more) if text))
        self.fault.setVisible(bool(own or cells))

    def go_to(self, number: int, name: str) -> None:
        """Put the bar on a cell of a filled row."""
        self.view.setFocus()
        self.view.put(self.model.index(self._place(number), self._column(name)))

    def _place(self, number: int) -> int:
        """The row in which a filled row stands."""
        filled = self.model.filled()
        return self.model.rows.index(filled[number]) if number < len(filled) else 0

    def scan(self, code: str) -> None:
        """Look a scanned code up: one more of a line there is, or a new line."""
        if self.spec.trace and TRACE.fullmatch(code):
            self.view.delegate.revert()
            self._gather(code)
            return
        self.view.delegate.commit()
        assert self.field.message_type is not None
        field = self.field.message_type.fields_by_name[self.spec.scan]
        label = gs1.read(code)
        service = facts.of_field(field).ref
        request = lookup_pb2.FindRequest(service=service, text=label.code, limit=10)
        self._api.call(FIND, request, self, lambda answer: self._scanned(label, field, answer))

    def _scanned(
        self, label: gs1.Label, field: FieldDescriptor, answer: lookup_pb2.FindAnswer
    ) -> None:
        exact = [hit for hit in answer.hits if hit.exact]  # never one that only looks like it
        if len(exact) != 1:
            why = "没有找到" if not exact else "不止一条记录有"
            self.note.emit(f"{why}条码 {label.code}，请手工选择")
            return
        hit = exact[0]
        self.view.learn(facts.of_field(field).ref, hit)
        at = self.add(field.name, hit.id, label)
        self.view.setFocus()
        self.view.put(self.model.index(at, self._column("quantity")))
        self.note.emit(f"已扫入 {hit.text}，可直接输入数量或接着扫")

    def _gather(self, code: str) -> None:
        """Put a scanned trace code to the current line, or the last; once."""
        rows = self.model.filled()
        if not rows:
            self.note.emit("请先录入物资，再扫它的追溯码")
            return
        at = min(max(self.view.currentIndex().row(), 0), len(rows) - 1)
        codes = getattr(rows[at].message, self.spec.trace).split()
        if code in codes:
            self.note.emit(f"第{at + 1}行已有追溯码 {code}")
            return
        setattr(rows[at].message, self.spec.trace, " ".join([*codes, code]))
        self.model._tell(self.model.rows.index(rows[at]))
        self.note.emit(f"第{at + 1}行已扫 {len(codes) + 1} 个追溯码")

    def _column(self, name: str) -> int:
        names = [field.name for field in self.model.fields]
        return names.index(name) if name in names else 0

    def add(self, name: str, value: Any, label: gs1.Label = NO_LABEL) -> int:
        """One more of the line with that value and lot, or a new line of one; answers its row."""
        known = {field.name for field in self.model.fields if facts.kind(field) is not Kind.REF}
        said = {part: text for part, text in label._asdict().items() if text and part in known}
        rows = self.model.rows
        same = (
            at
            for at, row in enumerate(rows)
            if getattr(row.message, name) == value
            and all(getattr(row.message, part) == text for part, text in said.items())
        )
        row = self.model.line(at := next(same, len(rows)))
        setattr(row.message, name, value)
        for part, text in said.items():
            setattr(row.message, part, text)
        quantity = row.message.DESCRIPTOR.fields_by_name.get("quantity")
        if quantity is not None:
            row.message.quantity += 10 ** facts.of_field(quantity).scale
        self.model._tell(at)
        return at

    def _changed(self) -> None:
        self._count()
        self.changed.emit()

    def _count(self) -> None:
        self.totals.setText(self.model.totals())
