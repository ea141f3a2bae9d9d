"""Looking up records and codes while typing: at most ten hits, digits or Enter choose."""

from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from client.core import keys, style
from client.core.sources import Hit, Source

DELAY = 120  # ms after the last key before the server is asked
SHOWN = 10
FULL = 50  # as many as the server answers
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class _Hits(QTreeWidget):
    """Numbered hits in columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setColumnCount(4)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.hits: list[Hit] = []

    def fill(self, hits: list[Hit], numbered: bool) -> None:
        """Show hits, the first chosen."""
        self.hits = hits
        self.clear()
        for number, hit in enumerate(hits, 1):
            mark = str(number % 10) if numbered else ""
            self.addTopLevelItem(QTreeWidgetItem([mark, hit.text, hit.code, hit.detail]))
        self.step(0)

    def current(self) -> Hit | None:
        """The hit under the bar."""
        row = self.indexOfTopLevelItem(self.currentItem())
        return self.hits[row] if 0 <= row < len(self.hits) else None

    def step(self, by: int) -> None:
        """Move the bar, stopping at the ends."""
        row = self.indexOfTopLevelItem(self.currentItem()) + by
        item = self.topLevelItem(max(0, min(row, len(self.hits) - 1)))
        if item:
            self.setCurrentItem(item)


class LookupLine(QLineEdit):
    """A line whose typed letters find hits; it holds the key of the chosen one."""

    chosen = Signal()  # by the user: key is the new one, or None after clearing
    taken = Signal()  # Enter's choice: on to the next field
    left = Signal()

    def __init__(self, source: Source, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key: Any = None
        self._source = source
        self._asked = ""  # the text the last question was about
        self._take_first = False
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self._ask)
        self._popup: _Hits | None = None
        self.setPlaceholderText("编码、简拼或名称")
        self.textEdited.connect(self._edited)

    def set_key(self, key: Any) -> None:
        """Show what a key is called."""
        self.key = key
        self._timer.stop()
        self._hide()
        self.setText("" if key is None else self._source.name(key) or f"#{key}")
        self.setCursorPosition(0)

    def unresolved(self) -> bool:
        """Whether something was typed that is not yet a choice."""
        return self.key is None and bool(self.text().strip())

    def busy(self) -> bool:
        """Whether Enter and Esc belong to the search: hits are open or on their way."""
        return self._visible() or self.unresolved()

    def open_full(self) -> None:
        """Let the user pick from the long list."""
        self._timer.stop()
        self._hide()
        hit = pick(self, self._source, self.text() if self.key is None else "")
        if hit:
            self._choose(hit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and Page keys move in the hits, digits and Enter choose, Esc closes them."""
        if keys.is_key("reference", QKeySequence(event.keyCombination())):
            self.open_full()
        elif not self._in_hits(event):
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close the hits."""
        super().focusOutEvent(event)
        self._hide()
        self.left.emit()

    def _in_hits(self, event: QKeyEvent) -> bool:
        if event.key() in ENTER and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return self._enter()
        if event.key() == Qt.Key.Key_Down and not self._visible():
            self._ask()
            return True
        if not self._visible() or self._popup is None:
            return False
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() in steps:
            self._popup.step(steps[Qt.Key(event.key())])
            return True
        if event.key() == Qt.Key.Key_Escape:
            self._hide()
            return True
        return self._digit(event.text())

    def _enter(self) -> bool:
        if self._visible() and self._popup and (hit := self._popup.current()):
            self._choose(hit, go_on=True)
            return True
        if self.unresolved() and (self._timer.isActive() or self._asked == self.text()):
            self._take_first = True
            if self._timer.isActive():
                self._ask()
            return True
        return False

    def _digit(self, typed: str) -> bool:
        # A text of digits only is a code being typed: there digits go on.
        if not (typed.isascii() and typed.isdigit()) or self.text().strip().isdigit():
            return False
        assert self._popup is not None
        at = (int(typed) or 10) - 1
        if at < len(self._popup.hits):
            self._choose(self._popup.hits[at])
        return True

    def _edited(self, text: str) -> None:
        self.key = None
        self._take_first = False
        self._asked = ""
        if text.strip():
            self._timer.start()
        else:
            self._timer.stop()
            self._hide()
        self.chosen.emit()

    def _ask(self) -> None:
        self._timer.stop()
        text = self.text().strip() if self.key is None else ""
        self._asked = self.text()
        self._source.find(text, SHOWN, lambda hits: self._answered(text, hits))

    def _answered(self, text: str, hits: list[Hit]) -> None:
        if not isValid(self):
            return  # the cell was closed meanwhile; the form that asked is still there
        if self.key is None and text != self.text().strip():
            return  # the text has moved on
        exact = [hit for hit in hits if text and text.lower() in (hit.code.lower(), hit.text)]
        if self._take_first or (not self.hasFocus() and len(exact or hits) == 1):
            self._take(exact or hits)
        elif hits and self.hasFocus():
            self._show(hits)
        elif not hits:
            self._hide()
            self._asked = ""
            self.chosen.emit()  # so that the fault shows

    def _take(self, hits: list[Hit]) -> None:
        self._take_first = False
        if hits:
            self._choose(hits[0], go_on=True)
        else:
            self._asked = ""
            self.chosen.emit()

    def _choose(self, hit: Hit, go_on: bool = False) -> None:
        self._source.used(hit.key)
        self.set_key(hit.key)
        if not self._source.name(hit.key):
            self.setText(hit.text)
        self.chosen.emit()
        if go_on:
            self.taken.emit()

    def _visible(self) -> bool:
        return self._popup is not None and self._popup.isVisible()

    def _show(self, hits: list[Hit]) -> None:
        if self._popup is None:
            self._popup = self._make_popup()
        self._popup.fill(hits, numbered=True)
        rows = min(len(hits), SHOWN)
        height = rows * max(self._popup.sizeHintForRow(0), 20) + 6
        wanted = self._popup.sizeHintForColumn
        width = max(self.width(), sum(wanted(n) for n in range(4)) + 30)
        self._popup.resize(min(width, 720), height)
        self._popup.move(self.mapToGlobal(QPoint(0, self.height())))
        self._popup.show()

    def _make_popup(self) -> _Hits:
        popup = _Hits(self)
        # A tool tip never takes the focus, so typing goes on in the line.
        popup.setWindowFlags(Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        popup.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        popup.setProperty("role", "popup")
        popup.itemClicked.connect(self._clicked)
        return popup

    def _clicked(self) -> None:
        if self._popup and (hit := self._popup.current()):
            self._choose(hit)

    def _hide(self) -> None:
        if self._popup is not None:
            self._popup.hide()


class PickDialog(QDialog):
    """The full list of a source, narrowed by typing."""

    def __init__(self, parent: QWidget, source: Source, text: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"选择{source.title}")
        self.resize(style.sized(self, 560, 420))
        self._source = source
        self.line = QLineEdit(text)
        self.line.setPlaceholderText("编码、简拼或名称")
        self.list = _Hits()
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        buttons = QDialogButtonBox()
        buttons.addButton("确定", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton("取消", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self.line, self.list, self.note, buttons):
            column.addWidget(widget)
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self._ask)
        self.line.textEdited.connect(lambda _: self._timer.start())
        self.line.installEventFilter(self)
        self.list.itemDoubleClicked.connect(self.accept)
        self._ask()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows in the line move the bar of the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
            steps |= {Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}
            if event.key() in steps:
                self.list.step(steps[Qt.Key(event.key())])
                return True
        return super().eventFilter(watched, event)

    def _ask(self) -> None:
        self.note.setText("正在查找…")
        self._source.find(self.line.text().strip(), FULL, self._show)

    def _show(self, hits: list[Hit]) -> None:
        self.list.fill(hits, numbered=False)
        more = "，还有更多，请多输入几个字" if len(hits) >= FULL else ""
        self.note.setText(f"找到 {len(hits)} 条{more}" if hits else "没有找到，请换个说法")


def pick(parent: QWidget, source: Source, text: str = "") -> Hit | None:
    """Let the user choose from the full list; None if cancelled."""
    dialog = PickDialog(parent, source, text)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    hit = dialog.list.current() if accepted else None
    dialog.deleteLater()
    return hit
