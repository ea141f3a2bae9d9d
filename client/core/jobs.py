"""The print jobs of this program: followed to their end, whatever window they came from."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from client.core.api import Api, ApiError
from client.core.background import background
from client.core.fields import PickBox
from client.core.printing import Options, PrintWatch, Progress, State
from client.core.queues import PrintError, Queue, queues
from client.core.sheet import RPC
from protos.admin import printout_pb2 as pb

KEPT = 50  # jobs that are over and still shown
_STATES = {
    State.PRINTED: pb.Printout.PRINTED,
    State.FAILED: pb.Printout.FAILED,
    State.UNKNOWN: pb.Printout.UNSURE,
}


class Job(QObject):
    """One print: sent, followed, and its result told to the log."""

    told = Signal(object)  # Progress

    def __init__(
        self,
        title: str,
        pdf: bytes,
        queue: Queue,
        options: Options,
        parent: "Jobs",
        api: Api | None = None,
        entry: Any = None,
        refuse: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(parent)
        self.title, self.queue = title, queue.name
        self._refuse = refuse
        self.progress = Progress(State.WAITING, "正在送往打印机…")
        self._api, self._entry = api, entry
        self.watch = PrintWatch(queue, pdf, options, self)
        self.watch.told.connect(self._told)

    def move(self, queue: Queue) -> None:
        """Print on another queue; PrintError if that one may not print it."""
        if self._refuse is not None:
            self._refuse(queue.name)
        self.watch.move(queue)

    def _told(self, found: Progress) -> None:
        self.progress, self.queue = found, self.watch.queue
        if found.over and self._api is not None and self._entry is not None:
            self._api.call(RPC["Finish"], self._result(), self, self._logged, self._unlogged)
        else:
            self.told.emit(found)

    def _result(self) -> pb.FinishPrintRequest:
        request = pb.FinishPrintRequest(
            id=self._entry.id, version=self._entry.version, job=self.watch.job[:140],
            queue=self.queue, result=self.progress.text[:200],
        )  # fmt: skip
        request.state = _STATES[self.progress.state]
        return request

    def _logged(self, _: object) -> None:
        self.told.emit(self.progress)

    def _unlogged(self, error: ApiError) -> None:
        state, text = self.progress
        self.progress = Progress(state, f"{text}（结果没有登记到服务器：{error.text}）")
        self.told.emit(self.progress)


class Jobs(QObject):
    """The print jobs since the program started: all that wait, and the last that are over."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.all: list[Job] = []

    def send(
        self,
        title: str,
        pdf: bytes,
        queue: Queue,
        options: Options,
        api: Api | None = None,
        entry: Any = None,
        refuse: Callable[[str], None] | None = None,
    ) -> Job:
        """Print, and follow the job; `entry` is its row in the log.

        `refuse` raises PrintError for the name of a queue it may not be moved to.
        """
        self._forget_old()
        job = Job(title, pdf, queue, options, self, api, entry, refuse)
        job.told.connect(lambda _: self.changed.emit())
        self.all.append(job)
        self.changed.emit()
        return job

    def _forget_old(self) -> None:
        over = [job for job in self.all if job.progress.over]
        for job in over[: max(len(over) - KEPT, 0)]:
            self.all.remove(job)
            job.deleteLater()

    def waiting(self) -> list[Job]:
        """The jobs that are not over."""
        return [job for job in self.all if not job.progress.over]


def jobs_of(owner: QObject) -> Jobs:
    """The jobs that live as long as owner: the session's Api, or a window without one."""
    found: Jobs | None = owner.findChild(Jobs)
    return found or Jobs(owner)


class JobsDialog(QDialog):
    """打印任务: what waits, why, and the ways out: another printer, or not at all."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("打印任务")
        self.resize(820, 380)
        self._jobs = jobs
        self._known: dict[str, Queue] = {}
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["单据", "打印机", "状态"])
        self.tree.setRootIsDecorated(False)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.tree.itemSelectionChanged.connect(self._show_allowed)
        self.target = PickBox()
        self.target.setMinimumContentsLength(14)
        self.target.setAccessibleName("换到打印机")
        self.move_button = QPushButton("换到这台打印")
        self.cancel_button = QPushButton("取消任务")
        self.cancel_button.setProperty("role", "danger")
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        self._build()
        self._jobs.changed.connect(self.refresh)
        self.refresh()
        background().run(queues, self, self._know, self._no_queues)

    def _build(self) -> None:
        close = QPushButton("关闭")
        bar = QHBoxLayout()
        for button, slot in (
            (self.move_button, self.move_chosen),
            (self.cancel_button, self.cancel_chosen),
            (close, self.reject),
        ):
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, slot=slot: slot())
        for widget in (self.target, self.move_button, self.cancel_button):
            bar.addWidget(widget)
        bar.addWidget(self.note, 1)
        bar.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(self.tree, 1)
        column.addLayout(bar)

    def _know(self, found: list[Queue]) -> None:
        self._known = {queue.name: queue for queue in found}
        for queue in found:
            self.target.addItem(queue.name + ("（已停用）" if queue.stopped else ""), queue.name)
        at = next((at for at, queue in enumerate(found) if not queue.stopped), 0)
        self.target.setCurrentIndex(at)
        self._show_allowed()

    def _no_queues(self, error: Exception) -> None:
        self.note.setText(str(error))
        if not isinstance(error, PrintError):
            raise error

    def refresh(self) -> None:
        """Show the jobs as they are now, those that wait first."""
        chosen = self.chosen()
        self.tree.clear()
        for job in sorted(self._jobs.all, key=lambda job: job.progress.over):
            item = QTreeWidgetItem([job.title, job.queue, job.progress.text])
            item.setToolTip(2, job.progress.text)
            item.setData(0, Qt.ItemDataRole.UserRole, job)
            self.tree.addTopLevelItem(item)
            item.setSelected(job is chosen)
        first = self.tree.topLevelItem(0)
        if chosen is None and first is not None and self._jobs.waiting():
            self.tree.setCurrentItem(first)
        self._show_allowed()

    def chosen(self) -> Job | None:
        """The job the buttons are about."""
        items = self.tree.selectedItems()
        return items[0].data(0, Qt.ItemDataRole.UserRole) if items else None

    def _show_allowed(self) -> None:
        job = self.chosen()
        open_job = job is not None and not job.progress.over and bool(job.watch.job)
        self.cancel_button.setEnabled(open_job)
        self.move_button.setEnabled(open_job and self.target.count() > 0)

    def move_chosen(self) -> None:
        """Let the chosen printer print it."""
        job, name = self.chosen(), self.target.currentData()
        if job is None or not name:
            return
        try:
            job.move(self._known[name])
        except PrintError as error:
            self.note.setText(str(error))

    def cancel_chosen(self) -> None:
        """Take it back."""
        job = self.chosen()
        if job is not None:
            job.watch.cancel()
