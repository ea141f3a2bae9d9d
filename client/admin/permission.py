"""The page of the permissions there are, and who holds each."""

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from client.core import style
from client.core.page import Page
from client.core.view import PageView
from protos.admin import permission_pb2 as pb


class HoldersDialog(QDialog):
    """The people who hold one permission, each with the role it comes by."""

    def __init__(
        self, permission: pb.Permission, answer: pb.HoldersAnswer, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("谁有此权限")
        self.resize(style.sized(self, 620, 420))
        what = f"{permission.record}：{permission.label}（{permission.code}）"
        people = len({holder.person_id for holder in answer.holders})
        many = f"共 {people} 人" if people else "现在没有人有这项权限"
        self.summary = QLabel(f"{what}\n{many}")
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["工号", "姓名", "由哪个角色", "有效期至"])
        self.tree.setRootIsDecorated(False)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for holder in answer.holders:
            texts = [holder.staff_no, holder.name, holder.role, holder.until_on or "长期"]
            self.tree.addTopLevelItem(QTreeWidgetItem(texts))
        buttons = QDialogButtonBox()
        buttons.addButton("关闭", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self.summary, self.tree, buttons):
            column.addWidget(widget)


class PermissionView(PageView):
    """The list of permissions; opening one shows its holders."""

    def open_chosen(self) -> None:
        """Show who holds the selected permission."""
        self.do("Holders")

    def do(self, name: str) -> None:
        """Ask the server who holds the selected permission."""
        chosen = self.table.chosen()
        if len(chosen) != 1:
            return
        request = pb.HoldersRequest(code=chosen[0].code)
        self.api.call(
            self.page.method(name), request, self, lambda answer: self._show(chosen[0], answer)
        )

    def _show(self, permission: pb.Permission, answer: pb.HoldersAnswer) -> None:
        dialog = HoldersDialog(permission, answer, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


permissions = Page(
    title="权限管理",
    service=pb.DESCRIPTOR.services_by_name["PermissionService"],
    filters=["area", "record", "code", "signed"],
    columns=["area", "record", "label", "code", "signed", "roles"],
    actions=["Holders"],
    view=PermissionView,
    icon="key",
)
