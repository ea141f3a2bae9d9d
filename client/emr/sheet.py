"""Fields of one message for fingers: label above, editor below, a mark where something is due."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from google.protobuf.message import Message
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from client.core import values
from client.core.api import Api
from client.core.fields import Editor
from client.core.settings import Settings
from client.emr import touch
from protos import facts

Rows = Sequence[Sequence[str]]


class Field(QWidget):
    """One labelled editor."""

    def __init__(self, editor: Editor, name: str) -> None:
        super().__init__()
        self.editor = editor
        self._label = facts.label(editor.field)
        self.label = QLabel()
        self.note = QLabel()
        self.note.setProperty("role", "fault")
        self.note.setWordWrap(True)
        self.note.hide()
        self.label.setVisible(not isinstance(editor, touch.Toggle))  # it says so itself
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.label, editor, self.note):
            column.addWidget(widget)
        column.addStretch(1)
        self._marked: tuple[str, bool] | None = None
        self.mark("")
        _name(editor, name)

    def mark(self, text: str, *, due: bool = False) -> None:
        """Show what is wrong, and a star where something is due; empty takes it away."""
        if (text, due) == self._marked:  # styling costs more than asking
            return
        self._marked = (text, due)
        self.label.setText(f"{self._label} *" if due else self._label)
        self.label.setProperty("tone", "bad" if text or due else "")
        self.label.style().polish(self.label)
        self.note.setText(text)
        self.note.setVisible(bool(text))


class Fields(QFrame):
    """A card of fields that keeps one message up to date; `changed` names the field touched."""

    changed = Signal(str)

    def __init__(
        self,
        message: Message,
        rows: Rows,
        api: Api,
        settings: Settings,
        *,
        title: str = "",
        prefix: str = "",
        phrases: Mapping[str, Sequence[str]] | None = None,
        folded: Collection[str] = (),
        unfold: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._folded = frozenset(folded)  # shown on demand, or when they have a value
        self.message = message
        self._phrases = phrases or {}
        self._api, self._settings = api, settings
        self.fields: dict[str, Field] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 12, 16, 14)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        if title:
            heading = QLabel(title)
            heading.setProperty("role", "heading")
            grid.addWidget(heading, 0, 0, 1, 12)
        for at, row in enumerate(rows, 1):
            self._build_row(grid, at, row, prefix)
        if folded:
            self._build_unfold(grid, len(rows) + 1, unfold, prefix)
        for column in range(12):
            grid.setColumnStretch(column, 1)
        self.show_message()

    def _build_unfold(self, grid: QGridLayout, at: int, text: str, prefix: str) -> None:
        button = QPushButton(text)
        button.setObjectName(f"{prefix}more")
        button.setProperty("role", "link")
        button.setAutoDefault(False)
        button.clicked.connect(lambda _: self._show_folded(button))
        grid.addWidget(button, at, 0, 1, 12)

    def _show_folded(self, button: QPushButton) -> None:
        self._folded = frozenset()
        button.hide()
        for box in self.fields.values():
            box.show()

    def _build_row(self, grid: QGridLayout, at: int, row: Sequence[str], prefix: str) -> None:
        span = 12 // len(row)
        for place, name in enumerate(row):
            field = facts.field_named(self.message.DESCRIPTOR, name)
            phrases = self._phrases.get(name, ())
            editor = touch.make(field, self._api, self._settings, self, phrases)
            box = Field(editor, prefix + name)
            editor.changed.connect(lambda name=name: self._take(name))
            self.fields[name] = box
            grid.addWidget(box, at, place * span, 1, span, Qt.AlignmentFlag.AlignTop)

    def show_message(self, message: Message | None = None) -> None:
        """Show the message, or another one from now on."""
        if message is not None:
            self.message = message
        for name, box in self.fields.items():
            value = values.read_any(self.message, box.editor.field)
            if box.editor.value() != value:  # what is being typed is left alone
                box.editor.set_value(value)
            if name in self._folded:
                box.setVisible(bool(box.editor.value()))

    def show_marks(self, marks: Mapping[str, str], due: Collection[str] = ()) -> None:
        """Show what is wrong, by field name, and put a star where something is due."""
        for name, box in self.fields.items():
            box.mark(marks.get(name, ""), due=name in due)

    def show_only(self, wanted: Callable[[str], bool]) -> None:
        """Hide what does not concern this record now; what has a value stays."""
        for name, box in self.fields.items():
            box.setVisible(bool(box.editor.value()) or wanted(name))
        self.setVisible(any(not box.isHidden() for box in self.fields.values()))

    def faults(self) -> dict[str, str]:
        """What is typed that cannot be read or is out of range, by field name."""
        return {name: text for name, box in self.fields.items() if (text := _fault(box.editor))}

    def settle(self) -> None:
        """Bring what is typed into its final form."""
        for box in self.fields.values():
            box.editor.settle()

    def _take(self, name: str) -> None:
        editor = self.fields[name].editor
        values.write_any(self.message, editor.field, editor.value())
        self.fields[name].mark(_fault(editor))
        self.changed.emit(name)


def _fault(editor: Editor) -> str:
    """What is wrong with an editor's content beyond being empty."""
    if text := editor.fault():
        return text
    value = editor.value()
    if value is None or editor.field.is_repeated or not isinstance(value, str | int | float):
        return ""
    return facts.value_fault(editor.field, value)


def _name(editor: Editor, name: str) -> None:
    """Give the editor and its line a name by which it can be found."""
    editor.setObjectName(name)
    target: Any = editor
    while target.focusProxy() is not None:
        target = target.focusProxy()
    if target is not editor:
        target.setObjectName(f"{name}.edit")
    for chip in getattr(editor, "chips", {}).values():
        prefix = name[: -len(editor.field.name)]
        chip.setObjectName(prefix + chip.objectName())
