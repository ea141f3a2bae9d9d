"""打印设置: which printers of this workstation are for bills."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from client.core.answers import answers
from client.core.background import background
from client.core.printers import Printers
from client.core.queues import PrintError, Queue, queues
from client.core.settings import Settings


class SetupDialog(QDialog):
    """The printers with their papers; ticked ones take bills."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("打印设置")
        self.resize(680, 340)
        self.printers = Printers(settings)
        head = QLabel(
            "勾选装有票据纸的打印机：票据只会送到这些打印机，别的单据默认不用它们。"
            "设置对这台电脑的所有用户有效。"
        )
        head.setWordWrap(True)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["票据打印机", "状态", "纸张（毫米）"])
        self.tree.setRootIsDecorated(False)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.note = QLabel("正在查找打印机…")
        self.note.setProperty("role", "muted")
        buttons = answers(self, "保存", "取消")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        for widget in (head, self.tree, self.note, buttons):
            column.addWidget(widget)
        background().run(queues, self, self._show, self._failed)

    def _show(self, found: list[Queue]) -> None:
        marked = self.printers.bill_queues()
        for queue in found:
            item = QTreeWidgetItem([queue.name, queue.stopped or "可用", _papers(queue)])
            state = Qt.CheckState.Checked if queue.name in marked else Qt.CheckState.Unchecked
            item.setCheckState(0, state)
            self.tree.addTopLevelItem(item)
        self.note.setText("" if found else "没有可用的打印机")

    def _failed(self, error: Exception) -> None:
        self.note.setText(str(error))
        if not isinstance(error, PrintError):
            raise error

    def tick(self, queue: str, *, bill: bool) -> None:
        """Tick a printer or not; KeyError if there is none of that name."""
        for item in self._items():
            if item.text(0) == queue:
                item.setCheckState(0, Qt.CheckState.Checked if bill else Qt.CheckState.Unchecked)
                return
        raise KeyError(queue)

    def accept(self) -> None:
        """Keep for this workstation."""
        for item in self._items():
            bill = item.checkState(0) is Qt.CheckState.Checked
            self.printers.mark_bill(item.text(0), bill=bill)
        super().accept()

    def _items(self) -> list[QTreeWidgetItem]:
        found = [self.tree.topLevelItem(at) for at in range(self.tree.topLevelItemCount())]
        return [item for item in found if item is not None]


def _papers(queue: Queue) -> str:
    fixed = [f"{p.width[0]:.4g}×{p.height[0]:.4g}" for p in queue.papers if not p.free]
    free = ["自定义"] if any(paper.free for paper in queue.papers) else []
    return "、".join([*fixed[:5], *free]) or "没有说明"
