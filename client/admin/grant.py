"""The dialog that gives a person roles, each for good or to the end of a day."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from client.core import dates, entry, keys, style
from client.core.pinyin import matches
from protos import facts
from protos.admin import person_pb2, role_pb2

_ID = Qt.ItemDataRole.UserRole
_UNTIL = 3
_TICK = Qt.CheckState.Checked
_CLEAR = Qt.CheckState.Unchecked


class GrantDialog(QDialog):
    """Ticks roles for a person; `request` is what to send when accepted."""

    def __init__(
        self, person: person_pb2.Person, roles: Sequence[role_pb2.Role], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.person = person
        self.request = person_pb2.GrantRequest()
        self.setWindowTitle(f"授权：{person.name}（{person.staff_no}）")
        self.resize(style.sized(self, 760, 480))
        self._build()
        self._fill(roles)
        self.search.setFocus()

    def _build(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("按角色名称或拼音首字母查找")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._narrow)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["角色", "类别", "数据范围", "有效期至（空着为长期）", "说明"])
        self.tree.setRootIsDecorated(False)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.tree.itemChanged.connect(self._edited)
        self.tree.itemDoubleClicked.connect(self._edit_until)
        self.fault = QLabel()
        self.fault.setWordWrap(True)
        self.fault.setProperty("role", "fault")
        self.fault.hide()
        column = QVBoxLayout(self)
        for widget in (self.search, self.tree, self.fault):
            column.addWidget(widget)
        column.addLayout(self._build_bar())
        keys.bind(self, "save", self.accept)

    def _build_bar(self) -> QHBoxLayout:
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        self.confirm = QPushButton("签名并授权")
        self.confirm.setProperty("role", "primary")
        self.confirm.clicked.connect(self.accept)
        cancel = QPushButton("取消")
        cancel.clicked.connect(self.reject)
        bar = QHBoxLayout()
        bar.addWidget(self.count)
        bar.addStretch(1)
        for button in (self.confirm, cancel):
            button.setAutoDefault(False)
            bar.addWidget(button)
        return bar

    def _fill(self, roles: Sequence[role_pb2.Role]) -> None:
        held = {grant.role_id: grant.until_on for grant in self.person.grants}
        fields = role_pb2.Role.DESCRIPTOR.fields_by_name
        self.tree.blockSignals(True)
        for role in sorted(roles, key=lambda role: role.id not in held):
            if role.state != role_pb2.Role.ACTIVE and role.id not in held:
                continue
            kind = facts.value_label(fields["kind"], role.kind)
            scope = facts.value_label(fields["scope"], role.scope)
            texts = [role.name, kind, scope, held.get(role.id, ""), role.remark]
            item = QTreeWidgetItem(texts)
            editable = Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEditable
            item.setFlags(item.flags() | editable)
            item.setCheckState(0, _TICK if role.id in held else _CLEAR)
            item.setData(0, _ID, role.id)
            self.tree.addTopLevelItem(item)
        self.tree.setEditTriggers(QTreeWidget.EditTrigger.NoEditTriggers)
        self.tree.blockSignals(False)
        self._tell()

    def _edit_until(self, item: QTreeWidgetItem, _: int) -> None:
        self.tree.editItem(item, _UNTIL)

    def _edited(self, item: QTreeWidgetItem, column: int) -> None:
        if column == _UNTIL and item.text(_UNTIL):
            item.setCheckState(0, _TICK)
        self._tell()

    def _items(self) -> list[QTreeWidgetItem]:
        found = (self.tree.topLevelItem(n) for n in range(self.tree.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _chosen(self) -> list[QTreeWidgetItem]:
        return [item for item in self._items() if item.checkState(0) == _TICK]

    def _tell(self) -> None:
        self.count.setText(f"已选 {len(self._chosen())} 个角色")

    def _narrow(self, typed: str) -> None:
        for item in self._items():
            item.setHidden(not matches(f"{item.text(0)} {item.text(4)}", typed))

    def accept(self) -> None:
        """Close if every date can be read."""
        request = person_pb2.GrantRequest(id=self.person.id, version=self.person.version)
        for item in self._chosen():
            try:
                until = entry.day(item.text(_UNTIL), dates.today())
            except entry.EntryError as error:
                self._refuse(item, str(error))
                return
            on = until.isoformat() if until else ""
            request.grants.add(role_id=item.data(0, _ID), until_on=on)
        self.request = request
        super().accept()

    def _refuse(self, item: QTreeWidgetItem, text: str) -> None:
        self.fault.setText(f"{item.text(0)}的有效期：{text}")
        self.fault.show()
        self.tree.setCurrentItem(item, _UNTIL)
        self.tree.setFocus()
