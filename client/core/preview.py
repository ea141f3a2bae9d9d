"""Printed pages on the screen before they are on paper; saving and printing them."""

import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from google.protobuf.message import Message
from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from client.core import dates, keys, printing, style
from client.core.api import Api
from client.core.background import background
from client.core.export import disk_text
from client.core.fields import PickBox
from client.core.page import Page
from client.core.printing import PrintError, Progress, Queue, State
from client.core.settings import Settings, write_atomically
from client.core.values import display_of
from resources.print.core.page import PrintMeta

ZOOMS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
DPI = 96 / 72  # screen pixels a PDF point at 100 %
COPIES = 9


class Pages:
    """The pages of a PDF, drawn one at a time: pdfium is not safe for several threads."""

    _lock = threading.Lock()

    def __init__(self, pdf: bytes) -> None:
        with self._lock:
            import pypdfium2  # slow to import: not before somebody looks at paper

            self._document = pypdfium2.PdfDocument(pdf)
            self.count = len(self._document)

    def draw(self, number: int, scale: float) -> QImage:
        """One page; scale 1 is 72 pixels an inch."""
        with self._lock:
            page = self._document[number]
            bitmap = page.render(scale=scale, rev_byteorder=True)
            kind = {
                3: QImage.Format.Format_RGB888,
                4: QImage.Format.Format_RGBX8888,
                1: QImage.Format.Format_Grayscale8,
            }[bitmap.n_channels]
            image = QImage(
                bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, kind
            ).copy()
            bitmap.close()
            page.close()
        return image

    def close(self) -> None:
        """Let go of the document."""
        with self._lock:
            self._document.close()


class PreviewDialog(QDialog):
    """The pages, the printer, and what the printer made of them."""

    def __init__(
        self, pdf: bytes, title: str, form: str, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"打印预览 — {title}")
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.resize(style.sized(self, 980, 760))
        self.pdf, self._title, self._form, self._settings = pdf, title, form, settings
        self._pages = Pages(pdf)
        self._zoom = float(settings.value("preview.zoom", 1.0))
        self.labels = [QLabel() for _ in range(self._pages.count)]
        self.drawn = 0
        self.queues: list[Queue] = []
        self.watch: printing.PrintWatch | None = None
        self.at_once = False  # print as soon as the printers are known
        self._build()
        keys.bind(self, "print", self.print_out)
        keys.bind(self, "save", self.save_as)
        self.finished.connect(lambda _: self._pages.close())
        self._draw()
        background().run(printing.queues, self, self._show_queues, self._no_queues)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._build_bar())
        paper = QWidget()
        self.stack = QVBoxLayout(paper)
        self.stack.setSpacing(12)
        for number, label in enumerate(self.labels, 1):
            label.setProperty("role", "card")
            label.setAccessibleName(f"第{number}页")
            self.stack.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        self.stack.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(paper)
        column.addWidget(self.area, 1)
        self.status = QLabel("正在查找打印机…")
        self.status.setContentsMargins(12, 6, 12, 8)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.status)

    def _build_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.setContentsMargins(12, 8, 12, 8)
        self.zoom = PickBox()
        for zoom in ZOOMS:
            self.zoom.addItem(f"{zoom:.0%}", zoom)
        self.zoom.setCurrentIndex(max(self.zoom.findData(self._zoom), 0))
        self.zoom.activated.connect(self._zoomed)
        self.printer = PickBox()
        self.printer.setMinimumContentsLength(16)
        self.copies = PickBox()
        for number in range(1, COPIES + 1):
            self.copies.addItem(f"{number} 份", number)
        self.go = QPushButton("打印")
        self.go.setProperty("role", "primary")
        self.go.setToolTip(f"打印（{keys.text('print')}）")
        self.go.setEnabled(False)
        self.go.clicked.connect(self.print_out)
        save = QPushButton("存为 PDF")
        save.setToolTip("存为 PDF（Ctrl+S）")
        save.clicked.connect(self.save_as)
        bar.addWidget(QLabel(f"共 {self._pages.count} 页　缩放"))
        bar.addWidget(self.zoom)
        bar.addStretch(1)
        for widget in (QLabel("打印机"), self.printer, self.copies, self.go, save):
            bar.addWidget(widget)
        for button in (self.go, save):
            button.setAutoDefault(False)
        return bar

    # Pages

    def _zoomed(self) -> None:
        self._zoom = self.zoom.currentData()
        self._settings.set("preview.zoom", self._zoom)
        self._draw()

    def _draw(self) -> None:
        self.drawn = 0
        self._draw_page(0, self._zoom)

    def _draw_page(self, number: int, zoom: float) -> None:
        if number >= len(self.labels) or zoom != self._zoom:
            return
        scale = zoom * DPI * self.devicePixelRatioF()
        background().run(
            lambda: self._pages.draw(number, scale),
            self,
            partial(self._drew, number, zoom),
            self._broken,
        )

    def _drew(self, number: int, zoom: float, image: QImage) -> None:
        image.setDevicePixelRatio(self.devicePixelRatioF())
        self.labels[number].setPixmap(QPixmap.fromImage(image))
        self.drawn = number + 1
        self._draw_page(number + 1, zoom)

    def _broken(self, error: Exception) -> None:
        if self.isVisible():  # else the document was closed under a page still to be drawn
            self.status.setText("这一页画不出来，请存为 PDF 查看")

    # Printers

    def _show_queues(self, found: list[Queue]) -> None:
        self.queues = found
        for queue in found:
            mark = "（已停用）" if queue.stopped else ""
            self.printer.addItem(queue.name + mark, queue.name)
        chosen = printing.choose(found, printing.remembered(self._settings, self._form))
        if chosen is not None:
            self.printer.setCurrentIndex(self.printer.findData(chosen.name))
        self.go.setEnabled(bool(found))
        self._say("" if found else "没有可用的打印机，可以存为 PDF", "warn")
        if self.at_once and chosen is not None:
            self.print_out()

    def _no_queues(self, error: Exception) -> None:
        self._say(f"{error}；也可以先存为 PDF", "warn")
        if not isinstance(error, PrintError):
            raise error

    def _say(self, text: str, tone: str = "") -> None:
        self.status.setText(text)
        self.status.setProperty("tone", tone)
        self.status.style().unpolish(self.status)
        self.status.style().polish(self.status)

    def print_out(self) -> None:
        """Print on the chosen queue and follow the job."""
        queue = self.printer.currentData()
        if not queue or not self.go.isEnabled():
            return
        printing.remember(self._settings, self._form, queue)
        self.go.setEnabled(False)
        path = keep_for_printing(self.pdf)
        self.watch = printing.PrintWatch(queue, path, self._title, self.copies.currentData(), self)
        self._say("正在送往打印机…", "info")
        self.watch.told.connect(partial(self._told, path))

    def _told(self, path: Path, found: Progress) -> None:
        tones = {State.PRINTED: "good", State.FAILED: "bad", State.UNKNOWN: "warn"}
        self._say(found.text, tones.get(found.state, "info"))
        if found.over:
            path.unlink(missing_ok=True)
            self.go.setEnabled(True)

    def save_as(self) -> None:
        """Ask where to, then save."""
        name, _ = QFileDialog.getSaveFileName(
            self, "存为 PDF", str(default_path(self._title)), "PDF (*.pdf)"
        )
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> None:
        """Write the PDF whole or not at all, and say which."""
        save_pdf(self, self.pdf, path, self._say)


def save_pdf(owner: QWidget, pdf: bytes, path: Path, tell: Callable[[str, str], None]) -> None:
    """Write a PDF in the background; tell is given a text and its tone."""

    def failed(error: Exception) -> None:
        if not isinstance(error, OSError):
            raise error
        tell(disk_text(error, path), "bad")

    background().run(
        lambda: write_atomically(path, pdf, 0o644),
        owner,
        lambda _: tell(f"已存为 {path}", "good"),
        failed,
    )


def keep_for_printing(pdf: bytes) -> Path:
    """A temporary file only this user may read, for the time of printing."""
    with tempfile.NamedTemporaryFile(prefix="amb-", suffix=".pdf", delete=False) as file:
        file.write(pdf)
    return Path(file.name)


def default_path(title: str) -> Path:
    """Where a PDF goes if nobody says otherwise: the documents folder."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    stamp = dates.now().strftime("%Y%m%d%H%M%S")
    return Path(folder) / f"{title.replace('/', '-')}-{stamp}.pdf"


def make_pdf(
    page: Page, record: Message, api: Api, owner: QWidget, done: Callable[[bytes, str], None]
) -> None:
    """Draw the record's form in the background."""
    draw = page.print_form
    assert draw is not None, f"{page.title} has no print form"
    who = api.session.name if api.session else ""
    meta = PrintMeta(printed_by=who, printed_at=dates.now())
    title = f"{page.title} {display_of(record, page.service, api.names)}".strip()

    def failed(error: Exception) -> None:
        QMessageBox.warning(owner, "打印", f"打印内容没有生成：{error}")
        raise error

    background().run(lambda: draw(record, meta), owner, lambda pdf: done(pdf, title), failed)


def show_record(page: Page, record: Message, api: Api, settings: Settings, parent: QWidget) -> None:
    """Draw the record's form, then show its pages."""

    def show(pdf: bytes, title: str) -> None:
        show_pdf(pdf, title, page.service.full_name, settings, parent)

    make_pdf(page, record, api, parent, show)


def show_pdf(
    pdf: bytes, title: str, form: str, settings: Settings, parent: QWidget
) -> PreviewDialog:
    """Show any PDF's pages; `form` names what the chosen printer is remembered for."""
    dialog = PreviewDialog(pdf, title, form, settings, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def print_record(
    page: Page, record: Message, api: Api, settings: Settings, parent: QWidget
) -> None:
    """Print on the remembered queue at once; where there is none, the preview lets choose."""

    def show(pdf: bytes, title: str) -> None:
        show_pdf(pdf, title, page.service.full_name, settings, parent).at_once = True

    make_pdf(page, record, api, parent, show)
