"""Editors for fingers: choices as chips, numbers with steps, times by one tap, quick phrases."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from client.core import fields
from client.core.api import Api
from client.core.dates import TimeEditor, now
from client.core.fields import Editor, MultilineEditor, NumberEditor, TextEditor
from client.core.flow import FlowLayout
from client.core.references import CodeEditor
from client.core.settings import Settings
from protos import facts
from protos.emr import case_record_pb2 as pb
from protos.facts import Kind
from resources import dictionaries

MOST_CHIPS = 24  # longer lists are searched by initials instead
USUAL = {  # where a first tap on + begins, in the field's units
    "temperature": 365,
    "pulse": 80,
    "heart_rate": 80,
    "rr": 18,
    "sbp": 120,
    "dbp": 80,
    "spo2": 98,
    "glucose": 56,
    "oxygen_flow": 2,
    "age": 60,
    "quantity": 1,
    "handover_pulse": 80,
    "handover_rr": 18,
    "handover_sbp": 120,
    "handover_dbp": 80,
    "handover_spo2": 98,
    "left": 30,
    "right": 30,
}
STEP_BY = {"left": 5, "right": 5}
PHRASES: dict[str, Sequence[str]] = {
    "present_illness": ("无明显诱因", "突发起病", "症状呈持续性", "伴大汗", "伴恶心呕吐",
                        "伴胸闷气促", "无意识障碍", "无二便失禁", "自行服药未缓解"),
    "handover_condition": ("神志清楚", "症状较前缓解", "生命体征平稳", "症状无明显变化",
                           "病情危重，抢救中"),
    "sign_refusal": ("家属拒签", "接诊医师抢救中", "现场无人接收"),
    "documents": ("心电图原件", "转院病历", "影像资料"),
}  # fmt: skip


class Chip(QPushButton):
    """One choice: a big button that stays down."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.setObjectName(name)
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setProperty("role", "chip")
        self.setMinimumWidth(64)


class Chips(Editor):
    """Choices side by side: one of them, or any number for a repeated field; a tap takes it back.

    The value is a key or None, or the list of keys in the order of the choices.  Each button is
    named ``<field>=<key>``.
    """

    def __init__(
        self, field: FieldDescriptor, choices: Mapping[Any, str], parent: QWidget | None = None
    ) -> None:
        inner = QWidget()
        super().__init__(field, inner, parent)
        self._row = FlowLayout(inner)
        self.chips: dict[Any, Chip] = {}
        for key, text in choices.items():
            self._add(key, text)

    def value(self) -> Any:
        """The chosen key or keys."""
        chosen = [key for key, chip in self.chips.items() if chip.isChecked()]
        if self.field.is_repeated:
            return chosen
        return chosen[0] if chosen else None

    def set_value(self, value: Any) -> None:
        """Choose; a key no longer offered is shown all the same, so that nothing is lost."""
        wanted = list(value or []) if self.field.is_repeated else [value]
        for key in wanted:
            if key not in self.chips and key is not None and key != "":
                self._add(key, f"{key}（已停用）")
        for key, chip in self.chips.items():
            chip.setChecked(key in wanted)

    def _add(self, key: Any, text: str) -> None:
        chip = Chip(text, f"{self.field.name}={_name(self.field, key)}")
        chip.clicked.connect(lambda on, key=key: self._tapped(key, on))
        self.chips[key] = chip
        self._row.addWidget(chip)

    def _tapped(self, key: Any, on: bool) -> None:
        if on and not self.field.is_repeated:
            for other, chip in self.chips.items():
                chip.setChecked(other == key)
        self.changed.emit()


class WhyNot(Chips):
    """Why a value was not measured; that it was is told by the value itself."""

    def __init__(self, field: FieldDescriptor, parent: QWidget | None = None) -> None:
        names = [pb.REFUSED, pb.NOT_DONE, pb.UNABLE]
        if field.name.startswith("glucose"):
            names += [pb.TOO_LOW, pb.TOO_HIGH]
        super().__init__(field, {each: facts.value_label(field, each) for each in names}, parent)

    def set_value(self, value: Any) -> None:
        """Show the reason, if it is one."""
        super().set_value(value if value in self.chips else None)


class Toggle(Chips):
    """Yes or no as one chip."""

    def __init__(self, field: FieldDescriptor, parent: QWidget | None = None) -> None:
        super().__init__(field, {True: facts.label(field)}, parent)

    def value(self) -> bool:
        """Whether it is down."""
        return self.chips[True].isChecked()

    def set_value(self, value: bool | None) -> None:
        """Put it down or not."""
        self.chips[True].setChecked(bool(value))


class Stepper(Editor):
    """A number with a button for less and one for more; holding repeats.

    The first step from nothing starts at `start`, so that a usual value is one tap away.
    """

    def __init__(
        self, field: FieldDescriptor, parent: QWidget | None = None, start: int = 0, step: int = 1
    ) -> None:
        self.number = NumberEditor(field)
        self.line = self.number.line
        inner = QWidget()
        super().__init__(field, inner, parent)
        self._start, self._step = start, step
        row = QHBoxLayout(inner)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.less, self.more = self._button("−", -1), self._button("+", 1)
        row.addWidget(self.less)
        row.addWidget(self.number, 1)
        row.addWidget(self.more)
        self.line.setMinimumWidth(72)
        self.setFocusProxy(self.line)
        self.number.changed.connect(self.changed)
        if unit := self.layout().itemAt(1):  # type: ignore[union-attr]
            unit.widget().hide()  # the inner editor shows it

    def value(self) -> Any:
        """The number in the field's units."""
        return self.number.value()

    def set_value(self, value: Any) -> None:
        """Show a number."""
        self.number.set_value(value)

    def fault(self) -> str:
        """Why the text is no number."""
        return self.number.fault()

    def settle(self) -> None:
        """Write the number in full."""
        self.number.settle()

    def _button(self, text: str, sign: int) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("role", "step")
        button.setAutoRepeat(True)
        button.setAutoDefault(False)
        button.setAccessibleName(f"{facts.label(self.field)}{'加' if sign > 0 else '减'}")
        button.clicked.connect(lambda _: self._move(sign))
        return button

    def _move(self, sign: int) -> None:
        value = self.value()
        new = self._start if value is None else value + sign * self._step
        if not facts.value_fault(self.field, new):
            self.set_value(new)
            self.changed.emit()


class Stamp(Editor):
    """A moment, with a button that means now."""

    def __init__(self, field: FieldDescriptor, parent: QWidget | None = None) -> None:
        self.time = TimeEditor(field)
        self.line = self.time.line
        inner = QWidget()
        super().__init__(field, inner, parent)
        row = QHBoxLayout(inner)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.time, 1)
        self.now = QPushButton("现在")
        self.now.setObjectName(f"{field.name}.now")
        self.now.setAutoDefault(False)
        self.now.clicked.connect(lambda _: self._stamp())
        row.addWidget(self.now)
        self.setFocusProxy(self.line)
        self.time.changed.connect(self.changed)

    def value(self) -> Any:
        """The moment, aware, in UTC."""
        return self.time.value()

    def set_value(self, value: Any) -> None:
        """Show a moment."""
        self.time.set_value(value)

    def fault(self) -> str:
        """Why the text is no moment."""
        return self.time.fault()

    def settle(self) -> None:
        """Write the moment in full."""
        self.time.settle()

    def _stamp(self) -> None:
        self.set_value(now().replace(microsecond=0))
        self.changed.emit()


class Phrases(Editor):
    """A text with ready phrases under it; a tap appends one."""

    def __init__(
        self, field: FieldDescriptor, phrases: Sequence[str], parent: QWidget | None = None
    ) -> None:
        multiline = facts.of_field(field).multiline
        self.text = MultilineEditor(field) if multiline else TextEditor(field)
        inner = QWidget()
        super().__init__(field, inner, parent)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.text)
        row = FlowLayout(spacing=6)
        column.addLayout(row)
        for phrase in phrases:
            button = QPushButton(phrase)
            button.setObjectName(f"{field.name}+{phrase}")
            button.setProperty("role", "phrase")
            button.setAutoDefault(False)
            button.clicked.connect(lambda _, phrase=phrase: self._append(phrase))
            row.addWidget(button)
        self.setFocusProxy(self.text)
        self.text.changed.connect(self.changed)

    def value(self) -> str | None:
        """The text."""
        return self.text.value()

    def set_value(self, value: str | None) -> None:
        """Show a text."""
        self.text.set_value(value)

    def _append(self, phrase: str) -> None:
        before = self.value() or ""
        joint = "" if not before or before[-1] in "，。；：" else "，"
        self.set_value(f"{before}{joint}{phrase}")
        self.changed.emit()


def make(
    field: FieldDescriptor,
    api: Api,
    settings: Settings,
    parent: QWidget,
    phrases: Sequence[str] = (),
) -> Editor:
    """The editor of a field for fingers, by its kind."""
    kind = facts.kind(field)
    if phrases:
        return Phrases(field, phrases, parent)
    if kind is Kind.ENUM and field.name.endswith("_state"):
        return WhyNot(field, parent)
    if kind in (Kind.ENUM, Kind.CODE):
        choices = choices_of(field)
        if len(choices) <= MOST_CHIPS or field.is_repeated:
            return Chips(field, choices, parent)
        return CodeEditor(field, choices, settings, parent)
    if kind is Kind.INTEGER:
        return Stepper(field, parent, USUAL.get(field.name, 0), STEP_BY.get(field.name, 1))
    made = {Kind.BOOL: Toggle, Kind.TIME: Stamp}.get(kind)
    return made(field, parent) if made else fields.make(field, api, settings, parent)


def choices_of(field: FieldDescriptor) -> dict[Any, str]:
    """What may be chosen in an enum or dictionary field: label by key."""
    if facts.kind(field) is Kind.CODE:
        return dictionaries.codes(facts.of_field(field).dictionary)
    assert field.enum_type is not None
    return {number: fact.label for number, fact in facts.of_values(field.enum_type).items()}


def _name(field: FieldDescriptor, key: Any) -> str:
    if facts.kind(field) is not Kind.ENUM or field.enum_type is None:
        return str(key)
    value = field.enum_type.values_by_number.get(key)
    return value.name if value else str(key)
