"""The permissions of a role as a tree to tick: area, record, operation."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from client.core import values
from client.core.api import Api, ApiError
from client.core.fields import Editor
from client.core.pinyin import matches
from client.core.settings import Settings
from protos.admin import permission_pb2
from protos.common.list_pb2 import ListRequest

_LIST = permission_pb2.DESCRIPTOR.services_by_name["PermissionService"].methods_by_name["List"]
_CODE = Qt.ItemDataRole.UserRole
_TICK = Qt.CheckState.Checked
_CLEAR = Qt.CheckState.Unchecked


class PermissionTree(Editor):
    """Ticks permission codes; its value is the list of the ticked ones, sorted."""

    def __init__(
        self, field: FieldDescriptor, api: Api, settings: Settings, parent: QWidget | None = None
    ) -> None:
        inner = QWidget()
        super().__init__(field, inner, parent)
        self._wanted: set[str] = set()
        self._leaves: dict[str, QTreeWidgetItem] = {}
        self._build(inner)
        inner.setFocusProxy(self.search)
        api.call(_LIST, ListRequest(limit=1000), self, self._fill, self._refused)

    def _build(self, inner: QWidget) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("按名称、拼音首字母或编码查找")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._narrow)
        self.only = QCheckBox("只看已选")
        self.only.toggled.connect(self._narrow)
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.search, 1)
        head.addWidget(self.only)
        head.addWidget(self.count)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["能做的操作", "权限编码", "要签名"])
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for narrow in (1, 2):
            mode = QHeaderView.ResizeMode.ResizeToContents
            self.tree.header().setSectionResizeMode(narrow, mode)
        self.tree.header().setStretchLastSection(False)
        self.tree.setMinimumHeight(self.fontMetrics().lineSpacing() * 16)
        self.tree.itemChanged.connect(self._ticked)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.tree, 1)

    # Value

    def value(self) -> list[str]:
        """The ticked codes; codes this server does not know any more stay in it."""
        return sorted(self._wanted)

    def set_value(self, value: Any) -> None:
        """Tick these codes."""
        self._wanted = set(value or ())
        self._show()

    # The catalogue

    def _fill(self, answer: permission_pb2.PermissionList) -> None:
        self.tree.blockSignals(True)
        groups: dict[tuple[str, ...], QTreeWidgetItem] = {}
        for row in answer.rows:
            area = self._group(groups, (row.area,), values.label_of_code("module", row.area))
            record = self._group(groups, (row.area, row.record), row.record, area)
            leaf = QTreeWidgetItem(record, [row.label, row.code, "是" if row.signed else ""])
            leaf.setFlags(leaf.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            leaf.setData(0, _CODE, row.code)
            self._leaves[row.code] = leaf
        self.tree.blockSignals(False)
        self._show()

    def _group(
        self,
        groups: dict[tuple[str, ...], QTreeWidgetItem],
        key: tuple[str, ...],
        label: str,
        above: QTreeWidgetItem | None = None,
    ) -> QTreeWidgetItem:
        if key not in groups:
            item = QTreeWidgetItem([label])
            ticks = Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsAutoTristate
            item.setFlags(item.flags() | ticks)
            if above is None:
                self.tree.addTopLevelItem(item)
            else:
                above.addChild(item)
            item.setExpanded(above is None)
            groups[key] = item
        return groups[key]

    def _refused(self, error: ApiError) -> None:
        self.tree.setEnabled(False)
        self.count.setText(f"权限目录没有取到：{error.text}")

    def _show(self) -> None:
        self.tree.blockSignals(True)
        for code, leaf in self._leaves.items():
            leaf.setCheckState(0, _TICK if code in self._wanted else _CLEAR)
        self.tree.blockSignals(False)
        self._tell()

    def _ticked(self, item: QTreeWidgetItem, column: int) -> None:
        code = item.data(0, _CODE)
        if code is None or column != 0:
            return
        before = set(self._wanted)
        if item.checkState(0) == _TICK:
            self._wanted.add(code)
        else:
            self._wanted.discard(code)
        if self._wanted != before:
            self._tell()
            self.changed.emit()

    def _tell(self) -> None:
        self.count.setText(f"已选 {len(self._wanted)} 项")

    # Finding

    def _narrow(self) -> None:
        """Show what matches the search, with the groups above it."""
        typed, only = self.search.text(), self.only.isChecked()
        for area in _children(self.tree.invisibleRootItem()):
            for record in _children(area):
                for leaf in _children(record):
                    text = f"{area.text(0)} {record.text(0)} {leaf.text(0)} {leaf.text(1)}"
                    hidden = only and leaf.checkState(0) != _TICK
                    leaf.setHidden(hidden or not matches(text, typed))
                _hide_empty(record, open_=bool(typed) or only)
            _hide_empty(area, open_=True)


def _children(item: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    return (item.child(n) for n in range(item.childCount()))


def _hide_empty(item: QTreeWidgetItem, *, open_: bool) -> None:
    item.setHidden(all(child.isHidden() for child in _children(item)))
    item.setExpanded(open_)
