"""Editors of dates and times: quick typing first, a calendar on F4."""

from datetime import UTC, date, datetime

from google.protobuf.descriptor import FieldDescriptor
from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QCalendarWidget, QToolButton, QVBoxLayout, QWidget

from client.core import entry, icons, keys
from client.core.fields import CodeLine, Editor
from protos import facts


def now() -> datetime:
    """The time at this workstation, aware."""
    return datetime.now(UTC)


def today() -> date:
    """The date in Asia/Shanghai."""
    return now().astimezone(entry.SHANGHAI).date()


class _DayLine(CodeLine):
    """A line whose F4 or Alt+Down opens the calendar, and whose wheel does nothing."""

    def __init__(self, editor: "DateEditor") -> None:
        super().__init__()
        self._editor = editor

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the calendar on its keys."""
        if keys.is_key("calendar", QKeySequence(event.keyCombination())):
            self._editor.open_calendar()
            return
        super().keyPressEvent(event)


class DateEditor(Editor):
    """A date kept as yyyy-mm-dd: type 22, 1122, t, +1 or -1; the weekday shows afterwards."""

    hint = "22、1122、20261122、t=今天、+1、-1"

    def __init__(self, field: FieldDescriptor, parent: QWidget | None = None) -> None:
        self.line = _DayLine(self)
        super().__init__(field, self.line, parent)
        self.line.setPlaceholderText("日期")
        self.line.setToolTip(f"可输入 {self.hint}；F4 打开日历")
        button = QToolButton()
        button.setIcon(icons.icon("calendar-blank"))
        button.setToolTip("日历（F4）")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(self.open_calendar)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(button)
        self.button = button
        self.line.textEdited.connect(lambda _: self.changed.emit())
        self.line.left.connect(self.settle)
        self.line.entered.connect(self._plain)

    def value(self) -> str | None:
        """The date as yyyy-mm-dd."""
        try:
            on = self._read()
        except entry.EntryError:
            return None
        return on.isoformat() if on else None

    def fault(self) -> str:
        """Why the text is no date."""
        try:
            self._read()
        except entry.EntryError as error:
            return f"{facts.label(self.field)}：{error}"
        return ""

    def set_value(self, value: str | None) -> None:
        """Show a date; an unreadable one stands as it came."""
        self.line.setText(value or "")
        self.settle()
        self.line.setCursorPosition(0)

    def settle(self) -> None:
        """Write the date in full, with its weekday unless it is being edited."""
        try:
            on = self._read()
        except entry.EntryError:
            return
        if on:
            day = "" if self.line.hasFocus() else f" {entry.weekday(on)}"
            self.line.setText(on.isoformat() + day)

    def open_calendar(self) -> None:
        """Show a calendar under the field; a click or Enter chooses."""
        _Calendar(self).popup()

    def choose(self, on: date) -> None:
        """Take a date from the calendar."""
        self.line.setText(on.isoformat())
        self.settle()
        self.changed.emit()

    def _plain(self) -> None:
        self.line.setText(_undecorated(self.line.text()))
        self.line.selectAll()

    def _read(self) -> date | None:
        return entry.day(_undecorated(self.line.text()), today())


def _undecorated(text: str) -> str:
    return text.partition(" 周")[0]


class _Calendar(QWidget):
    """A calendar that closes itself after the choice."""

    def __init__(self, editor: DateEditor) -> None:
        super().__init__(editor, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._editor = editor
        self.calendar = QCalendarWidget()
        self.calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self.calendar)
        if text := editor.value():
            self.calendar.setSelectedDate(QDate.fromString(str(text)[:10], "yyyy-MM-dd"))
        self.calendar.clicked.connect(self._chosen)
        self.calendar.activated.connect(self._chosen)

    def popup(self) -> None:
        """Show under the editor."""
        self.move(self._editor.mapToGlobal(QPoint(0, self._editor.height())))
        self.show()
        self.calendar.setFocus()

    def _chosen(self, day: QDate) -> None:
        self._editor.choose(date(day.year(), day.month(), day.day()))
        self.close()


class TimeEditor(Editor):
    """A moment: UTC in the value, Asia/Shanghai on the screen; type 0930, "22 0930" or n."""

    def __init__(self, field: FieldDescriptor, parent: QWidget | None = None) -> None:
        self.line = CodeLine()
        self._kept: datetime | None = None
        super().__init__(field, self.line, parent)
        self.line.setPlaceholderText("日期 时间")
        self.line.setToolTip("可输入 0930、22 0930、2026-11-22 09:30、n=现在")
        self.line.textEdited.connect(lambda _: self.changed.emit())
        self.line.left.connect(self.settle)
        self.line.entered.connect(self.line.selectAll)

    def value(self) -> datetime | None:
        """The moment, aware, in UTC."""
        try:
            return self._read()
        except entry.EntryError:
            return None

    def fault(self) -> str:
        """Why the text is no moment."""
        try:
            self._read()
        except entry.EntryError as error:
            return f"{facts.label(self.field)}：{error}"
        return ""

    def set_value(self, value: datetime | None) -> None:
        """Show a moment, by the minute; the seconds stay unless the text is changed."""
        self._kept = value
        self.line.setText(entry.clock_text(value) if value else "")

    def settle(self) -> None:
        """Write the moment in full."""
        value = self.value()
        if value:
            self.line.setText(entry.clock_text(value))

    def _read(self) -> datetime | None:
        if self._kept and self.line.text() == entry.clock_text(self._kept):
            return self._kept
        return entry.moment(self.line.text(), now())
