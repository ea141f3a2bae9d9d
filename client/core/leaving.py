"""The question before something typed would be lost."""

from PySide6.QtWidgets import QMessageBox, QWidget


def ask_to_leave(parent: QWidget, subject: str) -> str:
    """ "save", "leave" or "stay": what to do with changes that are not saved."""
    box = _question(parent, "还没有保存", f"“{subject}”有修改没有保存。")
    save = box.addButton("保存后关闭", QMessageBox.ButtonRole.AcceptRole)
    leave = box.addButton("不保存", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("继续编辑", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(save)
    box.setEscapeButton(stay)
    box.exec()
    answers = {save: "save", leave: "leave"}
    return next((text for button, text in answers.items() if box.clickedButton() is button), "stay")


def may_discard(parent: QWidget, subject: str) -> bool:
    """Whether the user gives up what was typed for an act that was not done."""
    box = _question(parent, "还没有提交", f"“{subject}”填写的内容还没有提交。")
    leave = box.addButton("放弃填写", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("继续填写", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    box.exec()
    return box.clickedButton() is leave


def _question(parent: QWidget, title: str, text: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    box.setText(text)
    return box
