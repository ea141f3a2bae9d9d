"""The page of the departments: the tree beside the list of what is right below a node."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QTreeWidget, QTreeWidgetItem

from client.core.page import Page
from client.core.view import PageView
from protos.admin import department_pb2 as pb
from protos.common.list_pb2 import ListRequest

_ID = Qt.ItemDataRole.UserRole
_ALL = "全部部门"


class DepartmentTree(QTreeWidget):
    """The organisation; stopped departments are grey."""

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 26)
        self.nodes: dict[int, QTreeWidgetItem] = {}

    @property
    def chosen(self) -> int:
        """The id of the chosen department; 0 for all."""
        item = self.currentItem()
        return int(item.data(0, _ID) or 0) if item is not None else 0

    def fill(self, rows: Iterable[pb.Department]) -> None:
        """Show these departments, keeping the chosen one."""
        chosen = self.chosen
        self.blockSignals(True)
        self.clear()
        root = QTreeWidgetItem([_ALL])
        self.addTopLevelItem(root)
        ordered = sorted(rows, key=lambda row: (row.sort, row.code))
        self.nodes = {row.id: _node(row, self) for row in ordered}
        for row in ordered:
            self.nodes.get(row.parent_id, root).addChild(self.nodes[row.id])
        self.expandAll()
        self.setCurrentItem(self.nodes.get(chosen, root))
        self.blockSignals(False)


def _node(row: pb.Department, tree: QTreeWidget) -> QTreeWidgetItem:
    stopped = row.state == pb.Department.DISABLED
    item = QTreeWidgetItem([f"{row.name}（停用）" if stopped else row.name])
    item.setData(0, _ID, row.id)
    item.setToolTip(0, f"{row.code} {row.name}")
    if stopped:
        item.setForeground(0, tree.palette().placeholderText())
    return item


class DepartmentView(PageView):
    """The tree on the left asks the list on the right for what is below the chosen node."""

    def _build(self) -> None:
        super()._build()
        self.tree = DepartmentTree()
        self.tree.currentItemChanged.connect(lambda *_: self._narrow())
        splitter = QSplitter()
        layout = self.layout()
        assert layout is not None
        layout.replaceWidget(self.stack, splitter)
        splitter.addWidget(self.tree)
        splitter.addWidget(self.stack)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([240, 760])

    def showEvent(self, event: QShowEvent) -> None:
        """Fetch the tree with the list."""
        super().showEvent(event)
        self._load_tree()

    def note_changed(self, services: frozenset[str]) -> None:
        """Departments changed: so may the tree have."""
        super().note_changed(services)
        if self.page.service.full_name in services and self.isVisible():
            self._load_tree()

    def _load_tree(self) -> None:
        request = ListRequest(limit=1000, order_by="code")
        self.api.call(
            self.page.method("List"), request, self, lambda answer: self.tree.fill(answer.rows)
        )

    def _narrow(self) -> None:
        chosen = self.tree.chosen
        self.filters.restore({"parent_id": [str(chosen)]} if chosen else {})
        self.run()

    def new_record(self) -> None:
        """Open the form for a new department below the chosen one."""
        chosen = self.tree.chosen
        self._open(pb.Department(parent_id=chosen) if chosen else None)


departments = Page(
    title="部门管理",
    service=pb.DESCRIPTOR.services_by_name["DepartmentService"],
    filters=["code", "name", "kind", "parent_id", "state"],
    columns=[
        "code", "name", "short_name", "kind", "parent_id", "phone", "duty_phone", "address",
        "sort", "state",
    ],
    form=[
        ["code", "name"],
        ["short_name", "kind"],
        ["parent_id", "sort"],
        ["phone", "duty_phone"],
        ["address"],
    ],
    actions=["Disable", "Enable"],
    view=DepartmentView,
    sticky=["kind", "parent_id"],
    icon="tree-structure",
)  # fmt: skip
