"""The physical examination: every item normal by one tap, findings only where there are some."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from client.core.api import Api
from client.core.flow import FlowLayout
from client.core.settings import Settings
from client.emr.sheet import Fields
from client.emr.stamps import fresh_key
from client.emr.touch import Chip
from protos.emr import case_record_pb2 as pb
from resources import dictionaries

FIRST = ("consciousness", "pupil", "light_reflex", "skin", "lungs", "heart", "abdomen", "limbs")
STATES = {
    pb.NORMAL: "正常",
    pb.ABNORMAL: "异常",
    pb.REFUSED: "拒查",
    pb.NOT_DONE: "未查",
}
SEEN = ("consciousness", "skin")  # can be judged without touching the patient


class ExamRow(QFrame):
    """One item: its state, and what was found where it is not normal."""

    changed = Signal(str)

    def __init__(self, item: str, label: str, api: Api, settings: Settings) -> None:
        super().__init__()
        self.item, self._api, self._settings = item, api, settings
        self._owner: Any = None
        self.states = {
            state: Chip(text, f"exam.{item}={pb.ValueState.Name(state)}")
            for state, text in STATES.items()
        }
        name = QLabel(label)
        name.setMinimumWidth(name.fontMetrics().horizontalAdvance("检") * 7)
        self.mark = name
        row = QHBoxLayout()
        row.addWidget(name)
        for state, chip in self.states.items():
            chip.clicked.connect(lambda on, state=state: self._tapped(state, on))
            row.addWidget(chip)
        row.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(row)
        self._detail: QWidget | None = None
        self.findings: dict[str, Chip] = {}
        self.fields: Fields | None = None

    @property
    def entry(self) -> Any:
        """The item in the record, or None."""
        found = (each for each in self._owner.exam_items if each.item == self.item)
        return next(found, None)

    def show_record(self, record: pb.CaseRecord) -> None:
        """Show the item of a record and keep it up to date from now on."""
        self._owner = record
        entry = self.entry
        state = entry.state if entry is not None else pb.UNSET
        for each, chip in self.states.items():
            chip.setChecked(each == state)
        self._show_detail(state)
        if entry is not None and self.fields is not None:
            self.fields.show_message(entry)
            for code, chip in self.findings.items():
                chip.setChecked(code in entry.findings)

    def set_state(self, state: "pb.ValueState.ValueType", *, bulk: bool = False) -> None:
        """Set the state; findings go where nothing can have been found."""
        entry = self.entry
        if entry is None:
            entry = self._owner.exam_items.add(item=self.item, client_key=fresh_key())
        entry.state, entry.bulk_set = state, bulk
        if state not in (pb.ABNORMAL, pb.NORMAL):
            del entry.findings[:]
        if state != pb.NOT_DONE:
            entry.not_done_reason = ""
        self.show_record(self._owner)

    def _tapped(self, state: "pb.ValueState.ValueType", on: bool) -> None:
        self.set_state(state if on else pb.UNSET)
        self.changed.emit(self.item)

    def _show_detail(self, state: int) -> None:
        wanted = state in (pb.ABNORMAL, pb.NOT_DONE)
        if wanted and self._detail is None:
            self._build_detail()
        if self._detail is not None and self.fields is not None:
            self._detail.setVisible(wanted)
            abnormal = state == pb.ABNORMAL
            for chip in self.findings.values():
                chip.setVisible(abnormal)
            for name, box in self.fields.fields.items():
                box.setVisible((name == "not_done_reason") != abnormal)

    def _build_detail(self) -> None:
        self._detail = QWidget()
        column = QVBoxLayout(self._detail)
        column.setContentsMargins(24, 0, 0, 8)
        chips = FlowLayout()
        for code, label in dictionaries.codes(f"emr_exam_{self.item}").items():
            chip = Chip(label, f"exam.{self.item}.{code}")
            chip.clicked.connect(lambda on, code=code: self._found(code, on))
            self.findings[code] = chip
            chips.addWidget(chip)
        column.addLayout(chips)
        rows = [["left", "right"]] if self.item == "pupil" else []
        rows += [["note"], ["not_done_reason"]]
        prefix = f"exam.{self.item}."
        self.fields = Fields(self.entry, rows, self._api, self._settings, prefix=prefix)
        self.fields.setProperty("role", "")
        self.fields.changed.connect(lambda _: self.changed.emit(self.item))
        column.addWidget(self.fields)
        self._column.addWidget(self._detail)

    def _found(self, code: str, on: bool) -> None:
        entry = self.entry
        kept = [each for each in entry.findings if each != code]
        del entry.findings[:]
        entry.findings.extend([*kept, code] if on else kept)
        self.changed.emit(self.item)


class ExamPane(QFrame):
    """All items; those every rescue needs come first, the others under one button."""

    changed = Signal()

    def __init__(self, api: Api, settings: Settings) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._record: Any = None
        labels = dictionaries.codes("emr_exam_item")
        order = [*FIRST, *(item for item in labels if item not in FIRST)]
        self.rows = {item: ExamRow(item, labels[item], api, settings) for item in order}
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.addLayout(self._build_head())
        for item, row in self.rows.items():
            row.changed.connect(self._touched)
            row.setVisible(item in FIRST)
            column.addWidget(row)
        self.more = QPushButton("显示其他检查项目")
        self.more.setObjectName("exam_more")
        self.more.setProperty("role", "link")
        self.more.clicked.connect(lambda _: self.show_all())
        column.addWidget(self.more)

    def _build_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        title = QLabel("体格检查")
        title.setProperty("role", "heading")
        head.addWidget(title)
        head.addStretch(1)
        for text, name, slot in (
            ("未填的都正常", "exam_all_normal", self.all_normal),
            ("拒查", "exam_all_refused", self.all_refused),
        ):
            button = QPushButton(text)
            button.setObjectName(name)
            button.clicked.connect(lambda _, slot=slot: slot())
            head.addWidget(button)
        return head

    def show_record(self, record: pb.CaseRecord) -> None:
        """Show the examination of a record and keep it up to date from now on."""
        self._record = record
        for row in self.rows.values():
            row.show_record(record)
        if any(each.item not in FIRST and each.state for each in record.exam_items):
            self.show_all()

    def show_all(self) -> None:
        """Show the rarer items too."""
        for row in self.rows.values():
            row.show()
        self.more.hide()

    def all_normal(self) -> None:
        """Every item shown and not yet judged is normal; what was judged is left alone."""
        self._record.exam_overall = pb.NORMAL
        for item, row in self.rows.items():
            entry = row.entry
            if not row.isHidden() and item != "other" and (entry is None or not entry.state):
                row.set_state(pb.NORMAL, bulk=True)
        self.changed.emit()

    def all_refused(self) -> None:
        """The patient refuses: everything that needs touching is marked so."""
        self._record.exam_overall = pb.REFUSED
        for item, row in self.rows.items():
            if not row.isHidden() and item not in SEEN:
                row.set_state(pb.REFUSED, bulk=True)
        self.changed.emit()

    def show_marks(self, marks: Mapping[str, str]) -> None:
        """Show which items are still due, by item."""
        for item, row in self.rows.items():
            if row.mark.toolTip() == marks.get(item, ""):
                continue
            row.mark.setProperty("tone", "bad" if item in marks else "")
            row.mark.setToolTip(marks.get(item, ""))
            row.mark.style().polish(row.mark)

    def _touched(self, item: str) -> None:
        self.changed.emit()
