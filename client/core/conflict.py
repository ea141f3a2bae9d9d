"""Two people changed one record: what clashes, and a dialog to choose field by field."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple, Protocol

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from client.core import merging, style, values
from protos import facts
from protos.facts import Kind

INTRO = "你修改期间，{}也保存了修改。下面的字段两人改得不同，请逐项选择要保留的内容。"
SYSTEM = ("id", "version")


class Side(Enum):
    """Whose value is kept."""

    MINE = "我的"
    THEIRS = "对方的"


class Clash(NamedTuple):
    """A field both changed, to different values."""

    field: FieldDescriptor
    base: str
    theirs: str
    mine: str

    @property
    def key(self) -> str:
        """What the choice is kept under."""
        return self.field.name

    @property
    def label(self) -> str:
        """What people call the field."""
        return facts.label(self.field)


class Clashing(Protocol):
    """What the dialog must know of a clash."""

    @property
    def key(self) -> str:
        """What the choice is kept under."""

    @property
    def label(self) -> str:
        """What people call it."""

    @property
    def base(self) -> str:
        """The original."""

    @property
    def theirs(self) -> str:
        """What the others made of it."""

    @property
    def mine(self) -> str:
        """What this user made of it."""


def differing(one: Message, other: Message) -> list[FieldDescriptor]:
    """The fields a user may change in which two messages differ."""
    return [
        field
        for field in facts.fields(values.descriptor(one))
        if field.name not in SYSTEM
        and not facts.of_field(field).read_only
        and merging.value_of(one, field) != merging.value_of(other, field)
    ]


def clashes(base: Message, theirs: Message, mine: Message, names: values.Naming) -> list[Clashing]:
    """What both changed differently since base; of lines known by id only the clashing cells."""
    changed = {field.name for field in differing(base, theirs)}
    both = {field.name for field in differing(mine, theirs)} & changed
    found: list[Clashing] = []
    for field in differing(base, mine):
        if field.name not in both:
            continue
        if merging.by_lines(field, base, theirs):
            found += merging.clashes(field, base, theirs, mine, names)
        else:
            texts = [_text(message, field, names) for message in (base, theirs, mine)]
            found.append(Clash(field, *texts))
    return found


def merge(base: Message, theirs: Message, mine: Message, choices: Mapping[str, Side]) -> Any:
    """Theirs, with my changes put in: all that do not clash, and those chosen as mine."""
    given = {key for key, side in choices.items() if side is Side.THEIRS}
    made = type(theirs)()
    made.CopyFrom(theirs)
    for field in differing(base, mine):
        if merging.by_lines(field, base, theirs):
            lines = merging.merged(field, base, theirs, mine, given)
            made.ClearField(field.name)
            getattr(made, field.name).extend(lines)
        elif field.name not in given:
            merging.copy_field(mine, made, field)
    return made


def field_names(found: Sequence[Clashing]) -> set[str]:
    """The fields of the record that clashes stand in."""
    return {clash.key.partition("[")[0] for clash in found}


def _text(message: Message, field: FieldDescriptor, names: values.Naming) -> str:
    if field.is_repeated and facts.kind(field) is Kind.MESSAGE:
        lines = getattr(message, field.name)
        return "\n".join(merging.told(line, names) for line in lines) or "（无）"
    return values.shown(message, field, names) or merging.EMPTY


class ConflictDialog(QDialog):
    """Shows each clash with the original and both values; nothing is kept until confirmed."""

    def __init__(self, found: Sequence[Clashing], merged: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("这条记录已被他人修改")
        self.resize(style.sized(self, 820, 460))
        self._groups: dict[str, QButtonGroup] = {}
        self._theirs: dict[str, QLabel] = {}
        self.intro = QLabel(INTRO.format("别人"))
        self.intro.setWordWrap(True)
        column = QVBoxLayout(self)
        column.addWidget(self.intro)
        if merged:
            also = QLabel(f"只有一方改过、已自动合并：{'、'.join(merged)}")
            also.setProperty("role", "muted")
            also.setWordWrap(True)
            column.addWidget(also)
        column.addWidget(self._table(found), 1)
        column.addLayout(self._buttons())
        self._count()

    def _table(self, found: Sequence[Clashing]) -> QScrollArea:
        card = QFrame()
        card.setProperty("role", "card")
        grid = QGridLayout(card)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        for place, title in enumerate(("字段", "原来", "对方改为", "我改为")):
            head = QLabel(title)
            head.setProperty("role", "muted")
            grid.addWidget(head, 0, place)
            grid.setColumnStretch(place, 0 if place == 0 else 1)
        for row, clash in enumerate(found, 1):
            self._row(grid, row, clash)
        grid.setRowStretch(len(found) + 1, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(card)
        return area

    def _row(self, grid: QGridLayout, row: int, clash: Clashing) -> None:
        group = QButtonGroup(self)
        self._groups[clash.key] = group
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(QLabel(clash.label), row, 0, top)
        grid.addWidget(_text_label(clash.base), row, 1, top)
        for number, text in enumerate((clash.theirs, clash.mine)):
            cell = QWidget()
            line = QHBoxLayout(cell)
            line.setContentsMargins(0, 0, 0, 0)
            button = QRadioButton()
            label = _text_label(text)
            button.setAccessibleName(f"{clash.label}：{text}")
            group.addButton(button, number)
            line.addWidget(button, 0, top)
            line.addLayout(self._told(clash.key, label) if number == 0 else _alone(label), 1)
            grid.addWidget(cell, row, 2 + number, top)
        group.idClicked.connect(lambda _: self._count())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for text, number in (("全部用对方的", 0), ("全部用我的", 1)):
            every = QPushButton(text)
            every.setAutoDefault(False)
            every.clicked.connect(lambda _=False, number=number: self.choose_all(number))
            row.addWidget(every)
        row.addStretch(1)
        back = QPushButton("返回继续编辑")
        back.setAutoDefault(False)
        back.clicked.connect(self.reject)
        self.keep = QPushButton("按选择合并")
        self.keep.setProperty("role", "primary")
        self.keep.setAutoDefault(False)
        self.keep.clicked.connect(self.accept)
        row.addWidget(back)
        row.addWidget(self.keep)
        return row

    def _told(self, key: str, label: QLabel) -> QVBoxLayout:
        """Their value, and below it whose it is, once that is known."""
        who = QLabel()
        who.setProperty("role", "muted")
        who.hide()
        self._theirs[key] = who
        column = _alone(label)
        column.addWidget(who)
        return column

    def tell(self, authors: Mapping[str, str]) -> None:
        """Say who changed each field, and when; "" is who saved last."""
        if "" in authors:
            self.intro.setText(INTRO.format(f"{authors['']} "))
        for key, label in self._theirs.items():
            author = authors.get(key.partition("[")[0], "")
            label.setText(author)
            label.setVisible(bool(author))

    def choose(self, name: str, side: Side) -> None:
        """Choose whose value of a field is kept."""
        self._groups[name].button(int(side is Side.MINE)).setChecked(True)
        self._count()

    def choose_all(self, number: int) -> None:
        """Choose one side for every field."""
        for group in self._groups.values():
            group.button(number).setChecked(True)
        self._count()

    def choices(self) -> dict[str, Side]:
        """What was chosen, by field name."""
        sides = (Side.THEIRS, Side.MINE)
        chosen = {name: group.checkedId() for name, group in self._groups.items()}
        return {name: sides[number] for name, number in chosen.items() if number >= 0}

    def _count(self) -> None:
        left = len(self._groups) - len(self.choices())
        self.keep.setEnabled(not left)
        self.keep.setText(f"还有 {left} 项未选" if left else "按选择合并")


def _alone(label: QLabel) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(1)
    column.addWidget(label)
    return column


def _text_label(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
