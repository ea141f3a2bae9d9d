"""批量打印: many documents one after the other, sorted, stopped at any time, begun again at n."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from client.core import piles, printing, sending, sheet, verbs
from client.core.api import ApiError
from client.core.background import background
from client.core.fields import PickBox
from client.core.jobs import Job, jobs_of
from client.core.printers import Printers
from client.core.printing import Progress, State
from client.core.queues import PrintError, Queue, queues
from client.core.settings import Settings
from client.core.sheet import Drawn

if TYPE_CHECKING:
    from client.core.view import PageView

BILL = "票据要逐张核对号码，请一张一张打印"


class BatchDialog(QDialog):
    """The documents in the order of their numbers, and how far printing has come.

    A document goes to the printer when the one before it has come out. What is refused is passed
    over and said; what fails on the way stops the batch at its number.
    """

    def __init__(self, view: "PageView", records: Sequence[Any], settings: Settings) -> None:
        super().__init__(view)
        self.setWindowTitle(f"批量打印 — {view.page.title}")
        self.resize(760, 520)
        self._view, self._api = view, view.api
        named = [(piles.name_of(view.page, view.api, record), record) for record in records]
        self._records = sorted(named, key=lambda each: each[0])
        self.printers = Printers(settings)
        self.queues: list[Queue] = []
        self._at = 0  # the document being printed, counted from 0
        self.running = False
        self._build()
        self._allow()
        background().run(queues, self, self._know, self._no_queues)

    # How it is built

    def _build(self) -> None:
        self.printer = PickBox()
        self.printer.setMinimumContentsLength(16)
        self.first = QSpinBox()
        self.first.setRange(1, len(self._records))
        self.first.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.first.setAccessibleName("从第几份开始")
        self.reason = QLineEdit()
        self.reason.setMaxLength(80)
        self.reason.setPlaceholderText("已打印过的单据再打，请写原因")
        self.go = self._button("开始打印", self.start)
        self.go.setProperty("role", "primary")
        self.halt = self._button("停止", self.stop)
        self.status = QLabel(f"共 {len(self._records)} 份，按编号排列")
        self.status.setWordWrap(True)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["序号", "单据", "结果"])
        self.tree.setRootIsDecorated(False)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for number, (name, _) in enumerate(self._records, 1):
            self.tree.addTopLevelItem(QTreeWidgetItem([str(number), name, ""]))
        top, foot = QHBoxLayout(), QHBoxLayout()
        for widget in (
            QLabel("打印机"),
            self.printer,
            QLabel("从第"),
            self.first,
            QLabel("份开始"),
        ):
            top.addWidget(widget)
        top.addWidget(self.reason, 1)
        foot.addWidget(self.status, 1)
        for button in (self.go, self.halt, self._button("关闭", self.reject)):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.tree, 1)
        column.addLayout(foot)

    def _button(self, text: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: slot())
        return button

    def _know(self, found: list[Queue]) -> None:
        self.queues = self.printers.usable(found, bill=False)
        for queue in self.queues:
            self.printer.addItem(queue.name + ("（已停用）" if queue.stopped else ""), queue.name)
        chosen = printing.choose(self.queues, self.printers.preference(self._form()).queue)
        if chosen is not None:
            self.printer.setCurrentIndex(self.printer.findData(chosen.name))
        if not found:
            self._say("没有可用的打印机", "warn")
        self._allow()

    def _form(self) -> str:
        return self._view.sheet_of(self._records[0][1]).form

    def _no_queues(self, error: Exception) -> None:
        self._say(str(error), "warn")
        if not isinstance(error, PrintError):
            raise error

    def _say(self, text: str, tone: str = "") -> None:
        self.status.setText(text)
        self.status.setProperty("tone", tone)
        self.status.style().polish(self.status)

    def _allow(self) -> None:
        self.go.setEnabled(bool(self.queues) and not self.running)
        self.halt.setEnabled(self.running)
        for widget in (self.printer, self.first, self.reason):
            widget.setEnabled(not self.running)

    def results(self) -> list[str]:
        """What became of each document, in their order."""
        items = [self.tree.topLevelItem(at) for at in range(len(self._records))]
        return [item.text(2) for item in items if item is not None]

    # Printing

    def start(self) -> None:
        """Print from the chosen number on."""
        self.running, self._at = True, self.first.value() - 1
        self._allow()
        self._print()

    def stop(self) -> None:
        """Print no further; what lies at the printer comes out."""
        if self.running:
            self.running = False
            self.halt.setEnabled(False)
            self._say("正在停止：已送出的这一份打完为止…", "warn")

    def _print(self) -> None:
        """The next document, if there is one and nobody stopped."""
        if self._at >= len(self._records):
            self._end("全部处理完，请看每份的结果", "good", len(self._records))
            return
        if not self.running:
            self._end(f"已停止；可以从第 {self._at + 1} 份继续", "warn", self._at + 1)
            return
        self._say(f"正在打印第 {self._at + 1} 份，共 {len(self._records)} 份", "info")
        record = self._records[self._at][1]
        get = self._view.page.method("Get")
        self._api.call(get, verbs.naming(get, record), self, self._got, self._not_got)

    def _got(self, record: Any) -> None:
        what = self._view.sheet_of(record)
        if what.bill:
            self._pass(BILL)
            return
        paper = self.printers.preference(what.form).paper
        sheet.prepare(what, self._api, self, self._drawn, self._failed, paper)

    def _not_got(self, error: ApiError) -> None:
        if error.uncertain or error.unauthenticated:
            self._halted(error.text)
        else:
            self._pass(error.text)

    def _drawn(self, drawn: Drawn) -> None:
        if drawn.trouble:
            self._halted(drawn.trouble)
        elif drawn.refusal:
            self._pass(drawn.refusal)
        elif drawn.history.wants_reason and not self.reason.text().strip():
            self._pass("已打印过，再打要写原因")
        else:
            queue = next(q for q in self.queues if q.name == self.printer.currentData())
            choice = self.printers.preference(drawn.sheet.form)
            make = partial(sending.bytes_for, drawn, queue, choice, self.printers)
            background().run(make, self, partial(self._send, drawn, queue), self._failed)

    def _send(self, drawn: Drawn, queue: Queue, pdf: bytes) -> None:
        choice = self.printers.preference(drawn.sheet.form)
        sending.send(
            drawn, pdf, queue, choice, self.printers, self.reason.text().strip(),
            self._api, jobs_of(self._api), self, self._sent, self._pass,
        )  # fmt: skip

    def _sent(self, job: Job) -> None:
        job.told.connect(partial(self._told, job))

    def _told(self, job: Job, found: Progress) -> None:
        self._mark(found.text)
        if found.state is State.PRINTED:
            self._at += 1
            self._print()
        elif found.over:
            self._halted(found.text)
        elif found.state is State.WAITING and job.watch.job:
            self._say(f"第 {self._at + 1} 份：{found.text}", "warn")

    def _failed(self, error: Exception) -> None:
        self._halted(str(error))
        if not isinstance(error, PrintError):
            raise error

    def _pass(self, text: str) -> None:
        """This one is not printed; the others are."""
        self._mark(f"没有打印：{text}")
        self._at += 1
        self._print()

    def _halted(self, text: str) -> None:
        self._mark(text)
        self._end(f"停在第 {self._at + 1} 份：{text}", "bad", self._at + 1)

    def _mark(self, text: str) -> None:
        item = self.tree.topLevelItem(self._at)
        if item is not None:
            item.setText(2, text)
            item.setToolTip(2, text)
            self.tree.scrollToItem(item)

    def _end(self, text: str, tone: str, following: int) -> None:
        self.running = False
        self.first.setValue(following)
        self._say(text, tone)
        self._allow()

    def reject(self) -> None:
        """Close; a running batch is stopped first."""
        if self.running:
            self.stop()
        else:
            super().reject()


def ask(view: "PageView", records: Sequence[Any], settings: Settings) -> BatchDialog:
    """Show the documents to be printed."""
    dialog = BatchDialog(view, records, settings)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog
