"""The pages of a PDF as pictures; pdfium is used by one thread at a time."""

import threading
from typing import Any

from PySide6.QtGui import QImage

PDFIUM = threading.Lock()  # pdfium is not safe for several threads


class Pages:
    """The pages of a PDF, drawn one at a time."""

    def __init__(self, pdf: bytes) -> None:
        with PDFIUM:
            self._document = _opened(pdf)
            self.count = len(self._document)

    def draw(self, number: int, scale: float) -> QImage:
        """One page; scale 1 is 72 pixels an inch."""
        with PDFIUM:
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
        with PDFIUM:
            self._document.close()


def page_sizes(pdf: bytes) -> list[tuple[float, float]]:
    """The different sizes of a PDF's pages, in millimetres."""
    with PDFIUM:
        document = _opened(pdf)
        sizes = {document.get_page_size(number) for number in range(len(document))}
        document.close()
    return [(width * 25.4 / 72, height * 25.4 / 72) for width, height in sorted(sizes)]


def _opened(pdf: bytes) -> Any:
    import pypdfium2  # slow to import: not before somebody looks at paper

    return pypdfium2.PdfDocument(pdf)
