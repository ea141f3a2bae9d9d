"""One editor per kind of field, all with the same few methods."""

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QToolTip,
    QWidget,
)

from client.core import entry, keys, values
from client.core.api import Api
from client.core.pinyin import matches
from client.core.settings import Settings
from protos import facts
from protos.facts import Kind
from resources import dictionaries
from resources.print.core.amounts import LIMIT, capital

CODE_NAMES = ("_no", "code", "phone", "_card", "serial", "_vin", "mobile")
LONG_TEXT = 60  # letters above which a shown text may take several lines
ONE_LINE = 16  # letters of a value that is only read; longer ones may wrap
LONG_LIST = 15  # entries above which a code is looked up rather than picked from a combo box


class Editor(QWidget):
    """A widget that edits one field's value.

    `changed` is emitted for the user's changes only; `done` when the user chose and wants the
    next field.  The value is what `values.read` gives: None means nothing entered.
    """

    changed = Signal()
    done = Signal()

    def __init__(self, field: FieldDescriptor, inner: QWidget, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.field = field
        self.inner = inner
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(inner, 1)
        if unit := facts.of_field(field).unit:
            row.addWidget(QLabel(unit))
        self.setFocusProxy(inner)
        inner.setAccessibleName(facts.label(field))

    def value(self) -> Any:
        """What is entered; None if nothing or nothing readable."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show a value without telling of a change."""
        raise NotImplementedError

    def fault(self) -> str:
        """Why what is typed cannot be read; empty if it can."""
        return ""

    def unread(self) -> str:
        """The text that cannot be read yet; empty if all of it can."""
        line = self._line()
        return line.text() if line is not None and self.fault() else ""

    def show_unread(self, text: str) -> None:
        """Put a text back that could not be read."""
        line = self._line()
        if line is not None:
            line.setText(text)
            self.changed.emit()

    def _line(self) -> QLineEdit | None:
        inner = self.inner
        return inner if isinstance(inner, QLineEdit) else inner.findChild(QLineEdit)

    def settle(self) -> None:
        """Bring what is typed into its final form, as on leaving the field."""

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Hand on what a grid's view gives while a first word is still being composed."""
        QApplication.sendEvent(self.inner, event)

    def inputMethodQuery(self, query: Qt.InputMethodQuery) -> Any:
        """Answer as the inner widget, for the same reason."""
        return self.inner.inputMethodQuery(query)


class CodeLine(QLineEdit):
    """A line edit out of the input method's reach: for codes, numbers, dates and scanners."""

    left = Signal()
    entered = Signal()

    def inputMethodQuery(self, query: Qt.InputMethodQuery, *args: Any) -> Any:
        """Say no to the one question Qt asks before feeding keys to the input method."""
        # Hints and WA_InputMethodEnabled are not obeyed on the ibus route.
        if query == Qt.InputMethodQuery.ImEnabled:
            return False
        return super().inputMethodQuery(query, *args)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that editing begins."""
        super().focusInEvent(event)
        self.entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that editing ended."""
        super().focusOutEvent(event)
        self.left.emit()


class TextEditor(Editor):
    """One line of text; codes and numbers of documents are kept from the input method."""

    def __init__(self, field: FieldDescriptor, parent: QWidget | None = None) -> None:
        self.line = QLineEdit() if takes_chinese(field) else CodeLine()
        super().__init__(field, self.line, parent)
        self.line.textEdited.connect(lambda _: self.changed.emit())

    def value(self) -> str | None:
        """The text without blanks around it."""
        text = self.line.text().strip()
        if isinstance(self.line, CodeLine):
            text = entry.half_width(text)
        return text or None

    def set_value(self, value: str | None) -> None:
        """Show a text from its beginning."""
        self.line.setText(value or "")
        self.line.setCursorPosition(0)


class _Lines(QPlainTextEdit):
    """Plain text in which Tab leaves the field, and Ctrl+Enter too."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Ctrl+Enter to the form."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        super().keyPressEvent(event)


class MultilineEditor(Editor):
    """Several lines of text, three shown."""

    def __init__(self, field: FieldDescriptor, parent: QWidget | None = None) -> None:
        self.text = _Lines()
        self._quiet = False
        super().__init__(field, self.text, parent)
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * 3 + 14)
        self.text.textChanged.connect(self._tell)

    def value(self) -> str | None:
        """The text without blanks around it."""
        return self.text.toPlainText().strip() or None

    def set_value(self, value: str | None) -> None:
        """Show a text."""
        self._quiet = True
        self.text.setPlainText(value or "")
        self._quiet = False

    def _tell(self) -> None:
        if not self._quiet:
            self.changed.emit()


class NumberLine(CodeLine):
    """A line in which the key of balancing asks for what is still missing."""

    balance = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave no "=" in a number."""
        if keys.is_key("balance", QKeySequence(event.keyCombination())):
            self.balance.emit()
        else:
            super().keyPressEvent(event)


class NumberEditor(Editor):
    """A fixed-point number or measurement: shown with thousand marks, edited without.

    Money shows its capital letters while it is typed.
    """

    def __init__(self, field: FieldDescriptor, parent: QWidget | None = None) -> None:
        self.line = NumberLine()
        super().__init__(field, self.line, parent)
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.line.textEdited.connect(lambda _: self.changed.emit())
        self.line.left.connect(self.settle)
        self.line.entered.connect(self._plain)
        fact = facts.of_field(field)
        if fact.scale == 2 and (fact.unit == "元" or "元" in fact.label):
            self.line.textEdited.connect(lambda _: self._say_capital())

    def _say_capital(self) -> None:
        value = self.value()
        sayable = isinstance(value, int) and 0 < abs(value) < LIMIT
        at = self.line.mapToGlobal(QPoint(0, self.line.height()))
        QToolTip.showText(at, capital(int(value or 0)) if sayable else "", self.line)

    def value(self) -> int | float | None:
        """The number in the field's units."""
        try:
            return entry.number_for(self.field, self.line.text())
        except entry.EntryError:
            return None

    def fault(self) -> str:
        """Why the text is no number for this field."""
        try:
            entry.number_for(self.field, self.line.text())
        except entry.EntryError as error:
            return f"{facts.label(self.field)}：{error}"
        return ""

    def set_value(self, value: int | float | None) -> None:
        """Show a number."""
        self.line.setText("" if value is None else self._text(value))

    def settle(self) -> None:
        """Write the number with thousand marks, if it is one."""
        value = self.value()
        if value is not None:
            self.line.setText(self._text(value))

    def _plain(self) -> None:
        if not self.line.isReadOnly():
            self.line.setText(self.line.text().replace(",", ""))
            self.line.selectAll()

    def _text(self, value: int | float) -> str:
        if facts.kind(self.field) is Kind.DECIMAL:
            return f"{value:.6f}".rstrip("0").rstrip(".")
        return values.number(self.field, int(value))


class BoolEditor(Editor):
    """Yes or no."""

    def __init__(self, field: FieldDescriptor, parent: QWidget | None = None) -> None:
        self.box = QCheckBox("是")
        super().__init__(field, self.box, parent)
        self.setContentsMargins(0, 5, 0, 0)
        self.box.clicked.connect(lambda _: self.changed.emit())

    def value(self) -> bool:
        """Whether the box is ticked."""
        return self.box.isChecked()

    def set_value(self, value: bool | None) -> None:
        """Tick the box or not."""
        self.box.setChecked(bool(value))


class PickBox(QComboBox):
    """A combo box that the wheel leaves alone and that initials jump in."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page: a slip must not change a value."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the next entry that the typed letter begins, by text or initials."""
        typed = event.text()
        if typed.isalnum() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._jump(typed)
            return
        super().keyPressEvent(event)

    def _jump(self, typed: str) -> None:
        count = self.count()
        for step in range(1, count + 1):
            at = (self.currentIndex() + step) % count
            text = self.itemText(at)
            if text and (typed == str(at) or (matches(text[0], typed) and not typed.isdigit())):
                self.setCurrentIndex(at)
                self.activated.emit(at)
                return


class ChoiceEditor(Editor):
    """One of a short list: an enum's values or a dictionary's codes."""

    def __init__(
        self, field: FieldDescriptor, choices: dict[Any, str], parent: QWidget | None = None
    ) -> None:
        self.box = PickBox()
        super().__init__(field, self.box, parent)
        self.box.addItem("", None)
        for key, label in choices.items():
            self.box.addItem(label, key)
        self.box.activated.connect(lambda _: self.changed.emit())

    def value(self) -> Any:
        """The chosen key."""
        return self.box.currentData()

    def set_value(self, value: Any) -> None:
        """Choose a key; one not in the list any more is added, so that nothing is lost."""
        at = self.box.findData(value)
        if at < 0:
            self.box.addItem(f"{value}（已停用）", value)
            at = self.box.count() - 1
        self.box.setCurrentIndex(at)


class Display(QLabel):
    """A value that is only read: selectable, flat."""

    def __init__(self, field: FieldDescriptor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.setProperty("role", "display")
        self.setContentsMargins(0, 5, 0, 0)
        fact = facts.of_field(field)
        self._wraps = fact.multiline or fact.max_len > LONG_TEXT
        self.setWordWrap(self._wraps)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAccessibleName(facts.label(field))

    def show_text(self, text: str) -> None:
        """Show a value's text with its unit; a dash stands for nothing."""
        unit = facts.of_field(self.field).unit
        self.setWordWrap(self._wraps or len(text) > ONE_LINE)
        self.setText(f"{text} {unit}".strip() if text else "—")


def takes_chinese(field: FieldDescriptor) -> bool:
    """Whether what is typed into a field goes through the input method."""
    kind = facts.kind(field)
    if kind in (Kind.REF, Kind.CODE):
        return True
    return kind is Kind.TEXT and not field.name.endswith(CODE_NAMES)


def make(field: FieldDescriptor, api: Api, settings: Settings, parent: QWidget) -> Editor:
    """The editor for a field, by its kind."""
    from client.core import dates, references  # they build on Editor

    kind = facts.kind(field)
    if field.is_repeated:
        return references.many(field, api, settings, parent)
    if kind is Kind.REF:
        return references.RefEditor(field, api, settings, parent)
    if kind is Kind.ENUM:
        return ChoiceEditor(field, _enum(field), parent)
    if kind is Kind.CODE:
        codes = dictionaries.codes(facts.of_field(field).dictionary)
        if len(codes) > LONG_LIST:
            return references.CodeEditor(field, codes, settings, parent)
        return ChoiceEditor(field, dict(codes), parent)
    if kind is Kind.TEXT and facts.of_field(field).multiline:
        return MultilineEditor(field, parent)
    makers: dict[Kind, Callable[[FieldDescriptor, QWidget], Editor]] = {
        Kind.TEXT: TextEditor,
        Kind.INTEGER: NumberEditor,
        Kind.DECIMAL: NumberEditor,
        Kind.BOOL: BoolEditor,
        Kind.DATE: dates.DateEditor,
        Kind.TIME: dates.TimeEditor,
    }
    return makers[kind](field, parent)


def _enum(field: FieldDescriptor) -> dict[int, str]:
    assert field.enum_type is not None
    return {number: fact.label for number, fact in facts.of_values(field.enum_type).items()}
