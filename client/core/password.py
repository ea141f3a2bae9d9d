"""Changing one's password: from the menu, or at once where the server insists."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from client.core.api import ApiError
from client.core.dialog import GrowingDialog
from client.core.pin import PinEdit
from client.core.session import Keeper

_MOST = 128
_RULES = "至少 10 位，含大写、小写、数字、符号中的三类；不能有工号和姓名拼音。"


class PasswordDialog(GrowingDialog):
    """Old, new, and new once more; accepted when the server has taken it."""

    def __init__(self, keeper: Keeper, why: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("change_password")
        self.setWindowTitle("修改密码")
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._keeper = keeper
        self._old, self._new, self._again = (
            self._field("old_password", "原密码"),
            self._field("new_password", "新密码"),
            self._field("again", "再输一次"),
        )
        self._arrange(why)

    def _arrange(self, why: str) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 18)
        layout.setSpacing(10)
        for text, role in ((why, "heading"), (_RULES, "muted")):
            label = QLabel(text, self)
            label.setProperty("role", role)
            label.setWordWrap(True)
            label.setVisible(bool(text))
            layout.addWidget(label)
        form = QFormLayout()
        for edit in (self._old, self._new, self._again):
            form.addRow(edit.accessibleName(), edit)
        layout.addLayout(form)
        self.message = QLabel(self)
        self.message.setProperty("role", "fault")
        self.message.setWordWrap(True)
        layout.addWidget(self.message)
        layout.addLayout(self._buttons())
        self._old.returnPressed.connect(self._new.setFocus)
        self._new.returnPressed.connect(self._again.setFocus)
        self._again.returnPressed.connect(self._submit)
        self.setMinimumWidth(self.fontMetrics().height() * 22)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch()
        self._save = QPushButton("修改", self)
        self._save.setProperty("role", "primary")
        cancel = QPushButton("取消", self)
        for button, slot in ((self._save, self._submit), (cancel, self.reject)):
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            row.addWidget(button)
        return row

    def _field(self, name: str, label: str) -> PinEdit:
        edit = PinEdit(self)
        edit.setObjectName(name)
        edit.setAccessibleName(label)
        edit.setMaxLength(_MOST)
        return edit

    def _submit(self) -> None:
        if not self._save.isEnabled():
            return
        if not (self._old.text() and self._new.text()):
            self.message.setText("请填写原密码和新密码")
        elif self._new.text() != self._again.text():
            self.message.setText("两次输入的新密码不一样，请重新输入")
            self._again.clear()
            self._again.setFocus()
        else:
            self._save.setEnabled(False)
            self._keeper.change_password(
                self._old.text(), self._new.text(), self, self._changed, self._refused
            )

    def _changed(self, _: object) -> None:
        self.accept()

    def _refused(self, error: Exception) -> None:
        self._save.setEnabled(True)
        faults = error.faults if isinstance(error, ApiError) else []
        self.message.setText("\n".join(fault.text for fault in faults) or str(error))
