"""Printed pages on the screen before they are on paper; saving and printing them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from client.core import icons, keys, sending, sheet, style, values
from client.core.api import Api
from client.core.background import background
from client.core.banner import Banner
from client.core.calibrating import CalibrationDialog, ask_number
from client.core.fields import PickBox
from client.core.jobs import Job, Jobs, JobsDialog, jobs_of
from client.core.pages_area import PagesArea
from client.core.pdf_file import default_path, save_pdf
from client.core.print_setup import SetupDialog
from client.core.printer_choice import PrinterChoice
from client.core.printers import Preference, Printers
from client.core.printing import Progress, State
from client.core.queues import PrintError, Queue, queues
from client.core.settings import Settings
from client.core.sheet import Drawn, Sheet
from client.core.values import Naming
from protos import facts
from protos.admin import printout_pb2

REASONS = ("", "卡纸", "模糊不清", "丢失", "套打错位", "对方再要一份")
TONES = {State.PRINTED: "good", State.FAILED: "bad", State.UNKNOWN: "warn"}


class PreviewDialog(QDialog):
    """The pages, the printer, and what the printer made of them."""

    def __init__(
        self, drawn: Drawn, api: Api | None, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"打印预览 — {drawn.sheet.title}")
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.resize(style.sized(self, 1040, 760))
        self.drawn_for, self.sheet = drawn, drawn.sheet
        self._api, self._settings = api, settings
        self.job: Job | None = None
        self.at_once = False  # print as soon as the printers are known
        self._build()
        keys.bind(self, "print", self.print_out)
        keys.bind(self, "save", self.save_as)
        self.finished.connect(lambda _: self.pages.close_document())
        self._take(drawn)
        background().run(queues, self, self._show_queues, self._no_queues)

    @property
    def pdf(self) -> bytes:
        """The pages shown."""
        return self.drawn_for.pdf

    @property
    def jobs(self) -> Jobs:
        """Where its jobs are followed when it is closed."""
        return jobs_of(self._api if self._api is not None else self)

    # How it is built

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.pages = PagesArea(self._settings)
        column.addLayout(self._build_bar())
        self.banner = Banner()
        column.addWidget(self.banner)
        column.addWidget(self._build_reason())
        self.pages.broken.connect(lambda: self.say("这一页画不出来，请存为 PDF 查看", "warn"))
        column.addWidget(self.pages, 1)
        self.status = QLabel("正在查找打印机…")
        self.status.setContentsMargins(12, 6, 12, 8)
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.status)

    def _build_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.setContentsMargins(12, 8, 12, 8)
        self.count = QLabel()
        self.choice = PrinterChoice(self.sheet, self._settings, self.drawn_for.meta.paper)
        self.choice.paper_chosen.connect(self._prepare)
        self.go = self._button("打印", f"打印（{keys.text('print')}）", self.print_out)
        self.go.setProperty("role", "primary")
        self.go.setEnabled(False)
        save = self._button("存为 PDF", "存为 PDF（Ctrl+S）", self.save_as)
        bar.addWidget(self.count)
        bar.addWidget(self.pages.zoom)
        bar.addStretch(1)
        for widget in (self.choice, self.go, save, self._build_more()):
            bar.addWidget(widget)
        return bar

    def _build_more(self) -> QToolButton:
        menu = QMenu(self)
        for text, slot in (
            ("设为本机默认", self.keep_defaults),
            ("打印设置…", self.set_up),
            ("套打校准…", self.calibrate),
            ("打印任务…", self.show_jobs),
            ("打印经过…", self.show_history),
        ):
            action = menu.addAction(text)
            action.triggered.connect(lambda _=False, slot=slot: slot())
            if (slot == self.calibrate and self.sheet.over is None) or (
                slot == self.show_history and not self.sheet.service
            ):
                action.setVisible(False)
        more = QToolButton()
        more.setText("更多")
        more.setMenu(menu)
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setIcon(icons.icon("printer"))
        more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return more

    def _build_reason(self) -> QWidget:
        self.reason = PickBox()
        self.reason.setEditable(True)
        self.reason.addItems(REASONS)
        self.reason.setMinimumContentsLength(24)
        self.reason.setAccessibleName("重打原因")
        line = self.reason.lineEdit()
        assert line is not None
        line.setMaxLength(80)
        line.setPlaceholderText("请选择或填写")
        self.reason_row = QWidget()
        row = QHBoxLayout(self.reason_row)
        row.setContentsMargins(16, 6, 16, 6)
        row.addWidget(QLabel("重打原因"))
        row.addWidget(self.reason)
        row.addStretch(1)
        self.reason_row.hide()
        return self.reason_row

    def _button(self, text: str, tip: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: slot())
        return button

    # Pages

    @property
    def labels(self) -> list[QLabel]:
        """The pages on the screen."""
        return self.pages.labels

    @property
    def drawn(self) -> int:
        """How many of them are drawn."""
        return self.pages.drawn

    def _take(self, drawn: Drawn) -> None:
        """Show the pages of a sheet drawn for its next print."""
        self.drawn_for = drawn
        self.pages.take(drawn.pdf)
        self.count.setText(f"共 {len(self.labels)} 页　缩放")
        self._show_history()

    def _show_history(self) -> None:
        printed = self.drawn_for.history.printed
        came_out = self.job is not None and self.job.progress.state is State.PRINTED
        if came_out and self.sheet.spoiled is not None:
            self.banner.say(
                "已打印。请看打印出来的票面是否完好、号码是否一致",
                打印正常=lambda: self.banner.say(self.drawn_for.refusal),
                打印失败=partial(self.sheet.spoiled, self),
            )
        elif said := self.drawn_for.refusal or self.drawn_for.trouble:
            self.banner.say(said)
        elif printed and not self.sheet.bill:
            self.banner.say(f"已打印 {printed} 次；再打会标注“补打 第 {printed} 次”并登记")
        else:
            self.banner.say("")
        wanted = self.drawn_for.history.wants_reason and not self.drawn_for.refusal
        self.reason_row.setVisible(wanted)
        self.reason.setCurrentIndex(0)
        self._show_allowed()

    # Printers

    def _show_queues(self, found: list[Queue]) -> None:
        self.choice.show_queues(found)
        if self.choice.queues:
            self.say("")
        elif found:
            self.say("本机还没有指定票据打印机，请在“更多 → 打印设置”中选定", "warn")
        else:
            self.say("没有可用的打印机，可以存为 PDF", "warn")
        self._show_allowed()
        if self.at_once and self.choice.queue() is not None:
            self.at_once = False
            self.print_out()

    def _no_queues(self, error: Exception) -> None:
        self.say(f"{error}；也可以先存为 PDF", "warn")
        if not isinstance(error, PrintError):
            raise error

    def say(self, text: str, tone: str = "") -> None:
        """Tell below the pages how things stand."""
        self.status.setText(text)
        self.status.setProperty("tone", tone)
        self.status.style().unpolish(self.status)
        self.status.style().polish(self.status)

    def _show_allowed(self) -> None:
        running = self.job is not None and not self.job.progress.over
        self.go.setEnabled(bool(self.choice.queues) and not running and not self.drawn_for.refusal)
        self.go.setToolTip(self.drawn_for.refusal or f"打印（{keys.text('print')}）")

    def keep_defaults(self) -> None:
        """Print this kind of document so on this workstation from now on."""
        self.choice.keep()
        self.say("已设为本机默认：下次打印这类单据用这台打印机、纸张、份数和方式", "good")

    def set_up(self) -> None:
        """Say which printers are for bills."""
        dialog = SetupDialog(self._settings, self)
        dialog.accepted.connect(
            lambda: background().run(queues, self, self._show_queues, self._no_queues)
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def calibrate(self) -> None:
        """套打校准 of the chosen printer with this form."""
        queue = self.choice.queue()
        if queue is None:
            self.say("请先选择打印机", "warn")
            return
        dialog = CalibrationDialog(
            self.sheet.form, self.sheet.paper, queue, self._settings, self.jobs, self
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def show_jobs(self) -> None:
        """The jobs of this program."""
        dialog = JobsDialog(self.jobs, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def show_history(self) -> None:
        """Who printed this document when and where."""
        rows = self.drawn_for.history.rows
        assert self._api is not None
        names = self._api.names
        text = "\n".join(_told(row, names) for row in rows) or "还没有打印过"
        box = QMessageBox(QMessageBox.Icon.NoIcon, "打印经过", text, parent=self)
        box.addButton("知道了", QMessageBox.ButtonRole.AcceptRole)
        box.open()

    # Printing

    def print_out(self) -> None:
        """Print on the chosen queue and follow the job."""
        queue = self.choice.queue()
        if queue is None or not self.go.isEnabled():
            return
        if self.reason_row.isVisibleTo(self) and not self.reason.currentText().strip():
            self.say("再次打印要先写明原因", "warn")
            self.reason.setFocus()
            return
        self.choice.keep_printer()
        self.go.setEnabled(False)
        self.say("正在准备打印…", "info")
        make = partial(
            sending.bytes_for, self.drawn_for, queue, self.choice.made(), self.choice.printers
        )
        background().run(make, self, partial(self._ready, queue), self._unfit)

    def _unfit(self, error: Exception) -> None:
        self.say(str(error), "bad")
        self._show_allowed()
        if not isinstance(error, PrintError):
            raise error

    def _ready(self, queue: Queue, pdf: bytes) -> None:
        if not (self.choice.over.isChecked() and self.sheet.paper_no):
            self._begin(queue, pdf)
            return
        dialog = ask_number(self.sheet.paper_no, self)
        dialog.accepted.connect(lambda: self._begin(queue, pdf))
        dialog.rejected.connect(self._number_differs)
        dialog.open()

    def _number_differs(self) -> None:
        self.say("没有打印：请先核对打印机里的票纸号码", "warn")
        self._show_allowed()

    def _begin(self, queue: Queue, pdf: bytes) -> None:
        """Note the print in the log, then send it."""
        choice, reason = self.choice.made(), self.reason.currentText().strip()

        def refused(text: str) -> None:
            self.say(f"没有打印：{text}", "bad")
            self._show_allowed()

        sending.send(
            self.drawn_for, pdf, queue, choice, self.choice.printers, reason, self._api, self.jobs,
            self, partial(self._sent, choice), refused,
        )  # fmt: skip

    def _sent(self, choice: Preference, job: Job) -> None:
        self.job = job
        job.told.connect(partial(self._told, job, choice))
        self.say("正在送往打印机…", "info")
        self._show_allowed()

    def _told(self, job: Job, choice: Preference, found: Progress) -> None:
        self.say(found.text, TONES.get(found.state, "info"))
        waiting = found.state is State.WAITING and bool(job.watch.job)
        self.banner.say("")
        if waiting:
            self.banner.say(found.text, 换一台打印机=self.show_jobs, 取消任务=job.watch.cancel)
        if not found.over:
            return
        if found.state is not State.FAILED and choice.over:
            self.choice.printers.feed(self.sheet.form, job.queue, len(self.labels) * choice.copies)
        self._prepare_next()

    def _prepare_next(self) -> None:
        """Draw it for the print after this one."""
        if not self.sheet.service:
            self._show_history()
            return
        self._prepare()

    def _prepare(self) -> None:
        """Draw it again, on the paper chosen."""
        paper = self.choice.made().paper
        sheet.prepare(self.sheet, self._api, self, self._take, self._unfit, paper)

    def save_as(self) -> None:
        """Ask where to, then save."""
        name, _ = QFileDialog.getSaveFileName(
            self, "存为 PDF", str(default_path(self.sheet.title)), "PDF (*.pdf)"
        )
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> None:
        """Write the PDF whole or not at all, and say which."""
        save_pdf(self, self.pdf, path, self.say)


def _told(row: printout_pb2.Printout, names: Naming) -> str:
    """One print in a line."""

    def shown(name: str) -> str:
        return values.shown(row, facts.field_named(row.DESCRIPTOR, name), names)

    why = f"　原因：{row.reason}" if row.reason else ""
    head = f"第 {row.print_no} 次　{shown('printed_at')}　{row.user_name}　{row.queue}"
    return f"{head}　{row.copies} 份　{shown('state')}{why}"


def show_sheet(
    what: Sheet, api: Api | None, settings: Settings, parent: QWidget, *, at_once: bool = False
) -> None:
    """Draw a sheet for its next print, then show its pages, or print them at once."""

    def show(drawn: Drawn) -> None:
        dialog = PreviewDialog(drawn, api, settings, parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.at_once = at_once
        dialog.open()

    def failed(error: Exception) -> None:
        QMessageBox.warning(parent, "打印", f"打印内容没有生成：{error}")
        raise error

    paper = Printers(settings).preference(what.form).paper
    sheet.prepare(what, api, parent, show, failed, paper)


def show_pdf(
    pdf: bytes, title: str, form: str, settings: Settings, parent: QWidget
) -> PreviewDialog:
    """Show any PDF's pages; `form` names what the chosen printer is remembered for."""
    what = Sheet(title=title, form=form, draw=lambda _: pdf)
    drawn = Drawn(what, pdf, sheet.meta_of(None, 0))
    dialog = PreviewDialog(drawn, None, settings, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog
