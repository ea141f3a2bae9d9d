"""Who changed a record, when, and from what to what: the panel beside every form."""

from collections.abc import Sequence
from datetime import UTC

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from client.core import entry, style
from client.core.api import Api, ApiError
from client.core.fields import PickBox
from protos.common import approval_pb2 as pb

HISTORY = pb.DESCRIPTOR.services_by_name["ApprovalService"].methods_by_name["History"]


class HistoryPanel(QFrame):
    """The deeds on one record, the newest first, each with the fields it changed."""

    def __init__(self, api: Api, service: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._api, self._service, self._id = api, service, 0
        self.changes: list[pb.Change] = []
        self.setProperty("role", "side")
        self.field = PickBox()
        self.field.setAccessibleName("只看一项")
        self.field.activated.connect(lambda _: self._fill())
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("role", "muted")
        self.tree = self._tree()
        heading = QLabel("修改历史")
        heading.setProperty("role", "heading")
        head = QHBoxLayout()
        head.addWidget(heading, 1)
        head.addWidget(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 12, 8)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addWidget(self.tree, 1)
        self._choices([])
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 46)

    def _tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setAccessibleName("修改历史")
        tree.setHeaderLabels(["时间、内容", "谁、改成什么"])
        tree.setWordWrap(True)
        tree.setIndentation(14)
        tree.setVerticalScrollMode(QTreeWidget.ScrollMode.ScrollPerPixel)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        tree.header().setStretchLastSection(True)
        tree.setItemDelegate(_Wrapping(tree))
        tree.header().sectionResized.connect(lambda *_: tree.scheduleDelayedItemsLayout())
        return tree

    def show_record(self, id: int) -> None:
        """Ask for a record's history and show it; 0 is a new record, which has none."""
        self._id = id
        if not id:
            self._show([])
            return
        self.note.setText("正在载入…")
        request = pb.HistoryRequest(service=self._service, id=id)
        self._api.call(HISTORY, request, self, self._answered, self._failed)

    def _answered(self, answer: pb.HistoryAnswer) -> None:
        self._show(list(answer.changes))

    def _failed(self, error: ApiError) -> None:
        self.note.setText(error.text)

    def _show(self, changes: list[pb.Change]) -> None:
        self.changes = changes
        self._choices(changes)
        self.note.setText(since_return(changes) or ("" if changes else "还没有修改记录"))
        self.note.setVisible(bool(self.note.text()))
        self._fill()

    def _choices(self, changes: Sequence[pb.Change]) -> None:
        kept = self.field.currentData()
        self.field.clear()
        self.field.addItem("全部字段", "")
        labels = {field.field: field.label for change in changes for field in change.fields}
        for name, label in sorted(labels.items(), key=lambda pair: pair[1]):
            self.field.addItem(label, name)
        self.field.setCurrentIndex(max(self.field.findData(kept), 0))

    def _fill(self) -> None:
        wanted = self.field.currentData()
        self.tree.clear()
        for change in self.changes:
            fields = [each for each in change.fields if wanted in ("", each.field)]
            if fields or not wanted:
                self._add(change, fields)
        self.tree.expandAll()

    def _add(self, change: pb.Change, fields: Sequence[pb.FieldChange]) -> None:
        at = entry.clock_text(change.happened_at.ToDatetime(UTC))
        signed = "（已签名）" if change.signed else ""
        who = f"{change.person}（代{change.principal}）" if change.principal else change.person
        item = QTreeWidgetItem(self.tree, [at, f"{who}　{change.label}{signed}"])
        bold = QFont(self.font())
        bold.setBold(True)
        item.setFont(1, bold)
        if change.rejected:
            item.setForeground(1, style.colour("bad"))
        if change.reason:
            said = f"{change.step}意见" if change.step else "说明"
            _at_top(QTreeWidgetItem(item, [said, change.reason]))
        for each in fields:
            if not each.entered and each.new == change.reason:
                continue  # said just above
            line = QTreeWidgetItem(item, [each.label, _told(each)])
            _at_top(line)
            line.setToolTip(1, _told(each))


def _at_top(line: QTreeWidgetItem) -> None:
    """A label stands beside the first line of its text."""
    for column in (0, 1):
        line.setTextAlignment(column, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)


class _Wrapping(QStyledItemDelegate):
    """Rows as high as their wrapped text needs; the tree's own count ignores the wrapping."""

    def __init__(self, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        """The height of the text at the width its column has now."""
        hint = super().sizeHint(option, index)
        if index.column() == 0:
            return hint
        metrics, room = self._tree.fontMetrics(), self._tree.columnWidth(1) - 10
        flags = int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere)
        needed = metrics.boundingRect(QRect(0, 0, room, 10_000), flags, str(index.data() or ""))
        return QSize(room, max(needed.height(), metrics.height()) + 4)


def _told(change: pb.FieldChange) -> str:
    return f"{change.old} → {change.new}" if change.old else change.new


def since_return(changes: Sequence[pb.Change]) -> str:
    """What an approver asks first: what was changed since the last return; empty without one."""
    at = next((n for n, change in enumerate(changes) if change.rejected), None)
    if at is None:
        return ""
    back = changes[at]
    later = dict.fromkeys(
        field.label for change in changes[:at] for field in change.fields if field.entered
    )
    when = entry.clock_text(back.happened_at.ToDatetime(UTC))
    what = f"之后改了：{'、'.join(later)}" if later else "之后没有改动"
    return f"上次退回：{back.person}，{when}，“{back.reason}”。{what}。"


def authors(changes: Sequence[pb.Change], own: int) -> dict[str, str]:
    """Who else changed each field last, and when; "" is the newest change of any field."""
    found: dict[str, str] = {}
    for change in changes:
        if change.person_id == own:
            continue
        who = f"{change.person}，{entry.clock_text(change.happened_at.ToDatetime(UTC))}"
        for name in ("", *(each.field for each in change.fields)):
            found.setdefault(name, who)
    return found
