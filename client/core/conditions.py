"""Conditions of a filter bar: for each kind of field its editors, and what they ask for."""

from datetime import UTC, date, datetime, time
from functools import partial

from google.protobuf.descriptor import FieldDescriptor
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from client.core import dates, entry, icons, style
from client.core.api import Api
from client.core.fields import CodeLine, PickBox
from client.core.references import RefEditor
from client.core.settings import Settings
from protos import facts
from protos.common.list_pb2 import Filter
from protos.facts import Kind
from resources import dictionaries


class Condition(QWidget):
    """One field's condition: label and editors; `filter` is None while it asks nothing."""

    run = Signal()  # Enter

    def __init__(self, field: FieldDescriptor) -> None:
        super().__init__()
        self.field = field
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(4)
        label = QLabel(facts.label(field))
        label.setProperty("role", "muted")
        self.row.addWidget(label)

    def add(self, widget: QWidget, letters: int) -> None:
        """Put an editor into the row, wide enough for that many letters."""
        style.keep_width(widget, letters)
        widget.setAccessibleName(facts.label(self.field))
        self.row.addWidget(widget)

    def filter(self) -> Filter | None:
        """The condition as the server takes it."""
        raise NotImplementedError

    def state(self) -> list[str]:
        """What stands in the editors, to be saved; empty if nothing."""
        raise NotImplementedError

    def restore(self, state: list[str]) -> None:
        """Put back what was saved; an empty list clears."""
        raise NotImplementedError

    def _filter(self, op: "Filter.Op.ValueType", *texts: str) -> Filter:
        return Filter(field=self.field.name, op=op, values=texts)


class Contains(Condition):
    """Part of a text."""

    def __init__(self, field: FieldDescriptor) -> None:
        super().__init__(field)
        self.line = QLineEdit()
        self.add(self.line, 10)
        self.line.returnPressed.connect(self.run)

    def filter(self) -> Filter | None:
        """CONTAINS."""
        text = self.line.text().strip()
        return self._filter(Filter.CONTAINS, text) if text else None

    def state(self) -> list[str]:
        """The text."""
        return [self.line.text().strip()] if self.line.text().strip() else []

    def restore(self, state: list[str]) -> None:
        """Put the text back."""
        self.line.setText("".join(state[:1]))


class Refers(Condition):
    """One referred record."""

    def __init__(self, field: FieldDescriptor, api: Api, settings: Settings) -> None:
        super().__init__(field)
        self.editor = RefEditor(field, api, settings, self)
        self.add(self.editor, 13)
        self.editor.line.chosen.connect(self._chosen)

    def _chosen(self) -> None:
        if not self.editor.line.unresolved():
            self.run.emit()

    def filter(self) -> Filter | None:
        """EQ."""
        id = self.editor.value()
        return self._filter(Filter.EQ, str(id)) if id else None

    def state(self) -> list[str]:
        """The id."""
        return [str(self.editor.value())] if self.editor.value() else []

    def restore(self, state: list[str]) -> None:
        """Put the record back."""
        self.editor.set_value(int(state[0]) if state else None)


class _StayOpen(QMenu):
    """A menu that stays open while boxes are ticked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tick without closing."""
        action = self.activeAction()
        if action is not None and action.isCheckable():
            action.trigger()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space ticks without closing."""
        action = self.activeAction()
        if event.key() == Qt.Key.Key_Space and action is not None:
            action.trigger()
            return
        super().keyPressEvent(event)


class OneOf(Condition):
    """Some of a list of choices, by their wire name."""

    def __init__(self, field: FieldDescriptor, choices: dict[str, str]) -> None:
        super().__init__(field)
        self.button = QPushButton()
        self.button.setAutoDefault(False)
        self.button.setProperty("role", "pick")
        menu = _StayOpen(self.button)
        self.actions_of: dict[str, QAction] = {}
        for name, label in choices.items():
            action = menu.addAction(label)
            action.setCheckable(True)
            action.toggled.connect(self._show)
            self.actions_of[name] = action
        menu.aboutToHide.connect(self._hidden)
        self._before: list[str] = []
        self.button.setMenu(menu)
        self.add(self.button, 10)
        style.look().changed.connect(self._show)
        self._show()

    def filter(self) -> Filter | None:
        """EQ one of the ticked."""
        chosen = self.state()
        return self._filter(Filter.EQ, *chosen) if chosen else None

    def state(self) -> list[str]:
        """The ticked names."""
        return [name for name, action in self.actions_of.items() if action.isChecked()]

    def restore(self, state: list[str]) -> None:
        """Tick these."""
        for name, action in self.actions_of.items():
            action.setChecked(name in state)
        self._before = self.state()

    def _hidden(self) -> None:
        if self.state() != self._before:
            self._before = self.state()
            self.run.emit()

    def _show(self) -> None:
        labels = [a.text() for a in self.actions_of.values() if a.isChecked()]
        text = "、".join(labels) or "全部"
        shown = self.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, self.fontMetrics().averageCharWidth() * 7
        )
        self.button.setText(f"\u2002{shown}")  # Qt leaves out the padding beside a menu's arrow
        self.button.setToolTip(text)


class YesNo(Condition):
    """A Boolean."""

    def __init__(self, field: FieldDescriptor) -> None:
        super().__init__(field)
        self.box = PickBox()
        for label, name in (("全部", ""), ("是", "true"), ("否", "false")):
            self.box.addItem(label, name)
        self.add(self.box, 8)
        self.box.activated.connect(lambda _: self.run.emit())

    def filter(self) -> Filter | None:
        """EQ true or false."""
        return self._filter(Filter.EQ, *self.state()) if self.state() else None

    def state(self) -> list[str]:
        """The chosen one."""
        return [self.box.currentData()] if self.box.currentData() else []

    def restore(self, state: list[str]) -> None:
        """Choose it again."""
        self.box.setCurrentIndex(max(self.box.findData("".join(state[:1])), 0))


class Range(Condition):
    """From and to, both optional."""

    def __init__(self, field: FieldDescriptor, letters: int) -> None:
        super().__init__(field)
        self.ends = (CodeLine(), CodeLine())
        self.add(self.ends[0], letters)
        self.row.addWidget(QLabel("–"))
        self.add(self.ends[1], letters)
        for line in self.ends:
            line.returnPressed.connect(self._go)
            line.left.connect(self.settle)

    def read(self, text: str, last: bool) -> str:
        """One end as the server takes it; EntryError if it cannot be read."""
        raise NotImplementedError

    def settle(self) -> None:
        """Mark what cannot be read."""
        for line in self.ends:
            try:
                self.read(line.text(), False)
                fault = ""
            except entry.EntryError as error:
                fault = str(error)
            line.setProperty("fault", bool(fault))
            line.setToolTip(fault)
            line.style().unpolish(line)
            line.style().polish(line)

    def filter(self) -> Filter | None:
        """BETWEEN; an end that cannot be read counts as open and is marked."""
        texts = []
        for line, last in zip(self.ends, (False, True), strict=True):
            try:
                texts.append(self.read(line.text(), last))
            except entry.EntryError:
                texts.append("")
        return self._filter(Filter.BETWEEN, *texts) if any(texts) else None

    def state(self) -> list[str]:
        """Both texts."""
        texts = [line.text().strip() for line in self.ends]
        return texts if any(texts) else []

    def restore(self, state: list[str]) -> None:
        """Put both texts back."""
        for line, text in zip(self.ends, [*state, "", ""], strict=False):
            line.setText(text)
        self.settle()

    def _go(self) -> None:
        self.settle()
        self.run.emit()


class Numbers(Range):
    """A range of numbers."""

    def __init__(self, field: FieldDescriptor) -> None:
        super().__init__(field, 6)

    def read(self, text: str, last: bool) -> str:
        """The number in units."""
        value = entry.number_for(self.field, text)
        return "" if value is None else str(value)


class Days(Range):
    """A range of days, for dates and times, with the usual periods on one button."""

    def __init__(self, field: FieldDescriptor) -> None:
        super().__init__(field, 8)
        self._period: tuple[str, list[str]] = ("", [])  # a period and the days it meant
        button = QToolButton()
        button.setIcon(icons.icon("caret-down"))
        button.setToolTip("今天、昨天、本周、本月、上月")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for name in entry.PERIODS:
            menu.addAction(name, partial(self.choose, name))
        menu.addAction("不限", partial(self.restore, []))
        button.setMenu(menu)
        self.row.addWidget(button)

    def choose(self, name: str) -> None:
        """Take a period by its name and run."""
        self.restore([name])
        self.run.emit()

    def state(self) -> list[str]:
        """The period's name, so that a saved “本月” is the month of the day it runs; else days."""
        days = super().state()
        name, meant = self._period
        return [name] if name and days == meant else days

    def restore(self, state: list[str]) -> None:
        """Put both days back, or what a period means today."""
        if len(state) == 1 and state[0] in entry.PERIODS:
            first, last = entry.period(state[0], dates.today())
            days = [first.isoformat(), last.isoformat()]
            self._period = (state[0], days)
            state = days
        super().restore(state)

    def settle(self) -> None:
        """Write the days in full, and mark what is none."""
        for line in self.ends:
            try:
                day = entry.day(line.text(), dates.today())
            except entry.EntryError:
                continue
            line.setText(day.isoformat() if day else "")
        super().settle()

    def read(self, text: str, last: bool) -> str:
        """The day, or for times its first or last moment in UTC."""
        day = entry.day(text, dates.today())
        if day is None:
            return ""
        return day.isoformat() if facts.kind(self.field) is Kind.DATE else edge(day, last)


def edge(day: date, last: bool) -> str:
    """The first or last moment of a day in Asia/Shanghai, as RFC 3339 in UTC."""
    clock = time(23, 59, 59, 999999) if last else time()
    at = datetime.combine(day, clock, entry.SHANGHAI).astimezone(UTC)
    return at.isoformat(timespec="microseconds" if last else "seconds").replace("+00:00", "Z")


def condition(field: FieldDescriptor, api: Api, settings: Settings) -> Condition:
    """The condition editor for a field, by its kind."""
    match facts.kind(field):
        case Kind.REF:
            return Refers(field, api, settings)
        case Kind.ENUM:
            assert field.enum_type is not None
            labels = facts.of_values(field.enum_type)
            names = field.enum_type.values_by_number
            return OneOf(field, {names[n].name: fact.label for n, fact in labels.items()})
        case Kind.CODE:
            return OneOf(field, dictionaries.codes(facts.of_field(field).dictionary))
        case Kind.BOOL:
            return YesNo(field)
        case Kind.DATE | Kind.TIME:
            return Days(field)
        case Kind.INTEGER | Kind.DECIMAL:
            return Numbers(field)
        case _:
            return Contains(field)
