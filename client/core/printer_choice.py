"""Which printer, paper, copies, both sides, pre-printed forms: the choice in a print preview."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QWidget

from client.core import printing
from client.core.fields import PickBox
from client.core.printers import Preference, Printers
from client.core.queues import Queue
from client.core.settings import Settings
from client.core.sheet import Sheet
from resources.print.core.page import PAPER_NAMES

COPIES = 9


class PrinterChoice(QWidget):
    """The controls, filled with what this workstation prints such a document with."""

    paper_chosen = Signal()  # the pages are to be laid out anew

    def __init__(self, sheet: Sheet, settings: Settings, paper: str) -> None:
        super().__init__()
        self._sheet = sheet
        self.printers = Printers(settings)
        self.queues: list[Queue] = []
        self.printer = PickBox()
        self.printer.setMinimumContentsLength(16)
        self.printer.currentIndexChanged.connect(self._offer_duplex)
        self.copies = PickBox()
        for number in range(1, COPIES + 1):
            self.copies.addItem(f"{number} 份", number)
        self.duplex = QCheckBox("双面")
        self.duplex.hide()
        self.over = QCheckBox("套打")
        self.over.setToolTip("使用已印好格式的票纸，只打印填写内容")
        self.over.setVisible(sheet.over is not None)
        self._build_paper(paper)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self.paper, QLabel("打印机"), self.printer, self.copies, self.duplex,
                       self.over):  # fmt: skip
            row.addWidget(widget)

    def _build_paper(self, chosen: str) -> None:
        self.paper = PickBox()
        self.paper.setAccessibleName("纸张")
        self.paper.setMinimumContentsLength(14)
        self.paper.addItem("纸张：模板原定", "")
        for name in self._sheet.papers:
            self.paper.addItem(PAPER_NAMES[name], name)
        self.paper.setCurrentIndex(max(self.paper.findData(chosen), 0))
        self.paper.setVisible(bool(self._sheet.papers))
        self.paper.currentIndexChanged.connect(lambda _: self.paper_chosen.emit())

    def show_queues(self, found: list[Queue]) -> None:
        """Offer the printers this document may go to, the usual one first chosen."""
        self.queues = self.printers.usable(found, bill=self._sheet.bill)
        marked = self.printers.bill_queues()
        self.printer.clear()
        for queue in self.queues:
            mark = "（已停用）" if queue.stopped else "（票据）" if queue.name in marked else ""
            self.printer.addItem(queue.name + mark, queue.name)
        kept = self.kept()
        usual = printing.choose(self.queues, kept.queue)
        if usual is not None:
            self.printer.setCurrentIndex(self.printer.findData(usual.name))
        self.copies.setCurrentIndex(max(self.copies.findData(kept.copies), 0))
        self.duplex.setChecked(kept.duplex)
        self.over.setChecked(kept.over)

    def _offer_duplex(self) -> None:
        queue = self.queue()
        self.duplex.setVisible(queue is not None and queue.duplex)

    def queue(self) -> Queue | None:
        """The chosen printer."""
        name = self.printer.currentData()
        return next((queue for queue in self.queues if queue.name == name), None)

    def kept(self) -> Preference:
        """How such documents are printed here."""
        return self.printers.preference(self._sheet.form)

    def made(self) -> Preference:
        """How it is to be printed, as chosen now."""
        queue = self.queue()
        return Preference(
            queue=queue.name if queue else "",
            copies=self.copies.currentData(),
            duplex=self.duplex.isChecked() and queue is not None and queue.duplex,
            over=self.over.isChecked(),
            paper=self.paper.currentData(),
        )

    def keep(self) -> None:
        """Print this kind of document so on this workstation from now on."""
        self.printers.prefer(self._sheet.form, self.made())

    def keep_printer(self) -> None:
        """The printer just used is the usual one from now on, and whether its forms are printed."""
        made = self.made()
        self.printers.prefer(
            self._sheet.form, replace(self.kept(), queue=made.queue, over=made.over)
        )
