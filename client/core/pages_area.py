"""The pages of a PDF below each other on the screen, larger or smaller."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from client.core.background import background
from client.core.fields import PickBox
from client.core.pages import Pages
from client.core.settings import Settings

ZOOMS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
DPI = 96 / 72  # screen pixels a PDF point at 100 %


class PagesArea(QScrollArea):
    """Draws one page after the other in the background; `zoom` chooses their size."""

    broken = Signal()  # a page cannot be drawn

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._zoom = float(settings.value("preview.zoom", 1.0))
        self._pages: Pages | None = None
        self.labels: list[QLabel] = []
        self.drawn = 0
        paper = QWidget()
        self._stack = QVBoxLayout(paper)
        self._stack.setSpacing(12)
        self._stack.addStretch(1)
        self.setWidgetResizable(True)
        self.setWidget(paper)
        self.zoom = PickBox()
        for zoom in ZOOMS:
            self.zoom.addItem(f"{zoom:.0%}", zoom)
        self.zoom.setCurrentIndex(max(self.zoom.findData(self._zoom), 0))
        self.zoom.activated.connect(self._zoomed)

    def take(self, pdf: bytes) -> None:
        """Show another PDF; the old pages stay in sight until the new ones are drawn."""
        before = [label.pixmap() for label in self.labels]
        for label in self.labels:
            label.deleteLater()
        self.close_document()
        self._pages = Pages(pdf)
        self.labels = [QLabel() for _ in range(self._pages.count)]
        for number, label in enumerate(self.labels):
            label.setProperty("role", "card")
            label.setAccessibleName(f"第{number + 1}页")
            if number < len(before):
                label.setPixmap(before[number])
            self._stack.insertWidget(number, label, 0, Qt.AlignmentFlag.AlignHCenter)
        self._draw()

    def close_document(self) -> None:
        """Let go of the PDF."""
        if self._pages is not None:
            self._pages.close()
            self._pages = None

    def _zoomed(self) -> None:
        self._zoom = self.zoom.currentData()
        self._settings.set("preview.zoom", self._zoom)
        self._draw()

    def _draw(self) -> None:
        self.drawn = 0
        self._draw_page(self._pages, 0, self._zoom)

    def _draw_page(self, pages: Pages | None, number: int, zoom: float) -> None:
        stale = pages is not self._pages or zoom != self._zoom
        if pages is None or stale or number >= len(self.labels):
            return
        scale = zoom * DPI * self.devicePixelRatioF()
        background().run(
            lambda: pages.draw(number, scale),
            self,
            partial(self._drew, pages, number, zoom),
            partial(self._failed, pages),
        )

    def _drew(self, pages: Pages, number: int, zoom: float, image: QImage) -> None:
        if pages is not self._pages:
            return
        image.setDevicePixelRatio(self.devicePixelRatioF())
        self.labels[number].setPixmap(QPixmap.fromImage(image))
        self.drawn = number + 1
        self._draw_page(pages, number + 1, zoom)

    def _failed(self, pages: Pages, error: Exception) -> None:
        if pages is self._pages:  # else the document was closed under a page still to be drawn
            self.broken.emit()
