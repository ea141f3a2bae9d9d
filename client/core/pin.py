"""Asking for the PIN of the UKEY, before any job is queued; it stays with the caller's job only."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from client.core.dialog import GrowingDialog
from client.core.ukey import CardError, KeyState, KeyWorker, WrongPin

PIN_MOST = 16
_SHOWN = 6  # documents of a pile visible without scrolling


class PinEdit(QLineEdit):
    """A hidden entry no input method can capture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def inputMethodQuery(self, query: Qt.InputMethodQuery, argument: Any = None) -> Any:
        if query is Qt.InputMethodQuery.ImEnabled:
            return False
        return super().inputMethodQuery(query)

    def take(self) -> str:
        """What was typed; the field is empty afterwards."""
        text = self.text()
        self.clear()
        return text


def wrong_pin_text(error: CardError) -> str:
    """What to say of a refusal by the key, with the tries left."""
    if not isinstance(error, WrongPin):
        return str(error)
    if error.retries == 0:
        return "PIN 已锁定，请联系管理员解锁"
    if error.retries == 1:
        return "PIN 错误，只剩最后 1 次；再错将锁定，建议先联系管理员"
    return f"PIN 错误，还可以试 {error.retries} 次"


class PinDialog(GrowingDialog):
    """Shows what is about to be signed and asks for the PIN; stays until the key has answered.

    `extent` says how many documents of a pile there are and what they come to.
    """

    entered = Signal(str)

    def __init__(
        self,
        keys: KeyWorker,
        act: str,
        documents: Sequence[str],
        parent: QWidget,
        details: Sequence[str] = (),
        extent: str = "",
    ) -> None:
        super().__init__(parent)
        self.setObjectName("pin_dialog")
        self.setWindowTitle("UKEY 签名")
        self.setModal(True)
        self._keys = keys
        self._build(f"{act}　{extent}" if extent else act, documents, details)
        keys.state_changed.connect(self._show_key)
        self._show_key(keys.state)

    def busy(self) -> None:
        """Show that the key or the server is at work."""
        self._pin.setEnabled(False)
        self._confirm.setEnabled(False)
        self._message.setText("正在签名，请不要拔出 UKEY…")
        self._say_tone("muted")

    def refused(self, error: CardError) -> None:
        """Show why the key refused and let the user try again."""
        self._pin.setEnabled(True)
        self._show_key(self._keys.state)
        self._message.setText(wrong_pin_text(error))
        self._say_tone("bad")
        self._pin.setFocus()

    def _build(self, heading: str, documents: Sequence[str], details: Sequence[str]) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        head = QLabel(heading, self)
        head.setProperty("role", "heading")
        head.setWordWrap(True)
        layout.addWidget(head)
        if len(documents) > 1:
            layout.addWidget(self._pile(documents))
        elif documents and documents[0]:
            layout.addWidget(QLabel(documents[0], self))
        if details:
            layout.addWidget(self._details(details))
        self._key = QLabel(self)
        self._key.setProperty("role", "muted")
        self._pin = PinEdit(self)
        self._pin.setObjectName("pin")
        self._pin.setAccessibleName("PIN")
        self._pin.setMaxLength(PIN_MOST)
        self._pin.setPlaceholderText("请输入 UKEY 的 PIN")
        self._pin.returnPressed.connect(self._enter)
        self._message = QLabel(self)
        self._message.setWordWrap(True)
        for widget in (self._key, self._pin, self._message):
            layout.addWidget(widget)
        layout.addLayout(self._buttons())
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("签") * 26)

    def _details(self, details: Sequence[str]) -> QLabel:
        """What was entered and is signed with the document."""
        label = QLabel("\n".join(details), self)
        label.setObjectName("details")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _pile(self, documents: Sequence[str]) -> QListWidget:
        pile = QListWidget(self)
        pile.addItems(list(documents))
        pile.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = self.fontMetrics().height() + 6
        pile.setFixedHeight(row * min(len(documents), _SHOWN) + 8)
        return pile

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch()
        cancel = QPushButton("取消", self)
        self._confirm = QPushButton("签名", self)
        self._confirm.setObjectName("sign")
        self._confirm.setProperty("role", "primary")
        for button, slot in ((self._confirm, self._enter), (cancel, self.reject)):
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            row.addWidget(button)
        return row

    def _show_key(self, state: KeyState) -> None:
        self._key.setText(state.text if state.present else "请插入 UKEY")
        self._confirm.setEnabled(state.usable and self._pin.isEnabled())

    def _enter(self) -> None:
        if not self._confirm.isEnabled():
            return
        if not self._pin.text():
            self._message.setText("请输入 PIN")
            self._say_tone("bad")
            return
        pin = self._pin.take()
        self.busy()
        self.entered.emit(pin)

    def _say_tone(self, tone: str) -> None:
        self._message.setProperty("tone", tone)
        self._message.style().polish(self._message)
