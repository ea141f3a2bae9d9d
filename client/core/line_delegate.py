"""Editing one cell of the lines: the form's own editor; Enter and Tab go on in the grid."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem, QWidget

from client.core import entry, fields
from client.core.api import Api
from client.core.line_model import Index
from client.core.references import LookupEditor
from client.core.settings import Settings
from client.core.table import FocusDelegate

if TYPE_CHECKING:
    from client.core.line_view import LinesView

# What a clerk types for "as above" and "as in the first line", with and without pinyin.
REPEATS = {"..": "above", "。。": "above", "//": "first", "、、": "first"}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
AWAY = (
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)


class LineDelegate(FocusDelegate):
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
        editor.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # Qt hands it the focus after a word
        editor.inner.installEventFilter(self)
        editor.done.connect(lambda: self._finish(editor, 1))
        self._open = editor
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show the cell's value once; what is being typed outlives changes of the model."""
        assert isinstance(editor, fields.Editor)
        if editor.property("shown"):
            return
        editor.setProperty("shown", True)
        editor.set_value(index.data(Qt.ItemDataRole.EditRole))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Take the value over; what cannot be read stays in red."""
        assert isinstance(editor, fields.Editor)
        text = getattr(editor.inner, "text", str)()
        if entry.half_width(text) in REPEATS:
            self._view.repeat(index, REPEATS[entry.half_width(text)])
        elif fault := editor.fault():
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
            repeats = entry.half_width(editor.line.text()) in REPEATS
            if event.key() in ENTER and (repeats or not editor.line.busy()):
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
        self.closeEditor.emit(editor, FocusDelegate.EndEditHint.NoHint)
        if step:
            self._view.setFocus()
            self._view.go(step)

    @property
    def is_open(self) -> bool:
        """Whether a cell is being edited."""
        return self._open is not None

    def insert(self, event: QInputMethodEvent) -> None:
        """Give an open editor the word that opened it, unless it has it."""
        inner = self._open.inner if self._open is not None else None
        if inner is not None and event.commitString() not in getattr(inner, "text", str)():
            QApplication.sendEvent(inner, event)

    def revert(self) -> None:
        """Close an open editor without taking its value."""
        editor, self._open = self._open, None
        if editor is not None:
            self.closeEditor.emit(editor, FocusDelegate.EndEditHint.RevertModelCache)
            self._view.setFocus()

    def commit(self) -> None:
        """Close an open editor, taking its value."""
        if self._open is not None:
            self._finish(self._open, 0)
