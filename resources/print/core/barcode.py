"""Bar codes and QR codes, drawn as vectors into a given box."""

from functools import lru_cache

from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qrencoder import QRECI, QR8bitByte, QRCode, QRErrorCorrectLevel
from reportlab.pdfgen.canvas import Canvas

from resources.print.core.errors import NotEncodable

QUIET = 4  # modules of free border round a QR code, ISO/IEC 18004
_QR_LIMIT = 1000  # bytes; beyond this a phone does not read the print


class _Utf8(QRECI):
    """The sign that UTF-8 follows, ECI 26; reportlab forgets its 8 bits when it picks a version."""

    def __init__(self) -> None:
        super().__init__(26)

    @property
    def bitlength(self) -> int:
        return 8


def code128(canvas: Canvas, text: str, x: float, y: float, width: float, height: float) -> None:
    """Draw Code 128 (ISO/IEC 15417) filling the box in points; printable ASCII only."""
    if not text or not all(" " <= character <= "~" for character in text):
        raise NotEncodable(f"条形码只能包含英文字母、数字和符号：“{text}”。请核对单号。")
    natural = Code128(text, barWidth=1, quiet=0).width
    bars = Code128(text, barWidth=width / natural, barHeight=height, quiet=0)
    bars.drawOn(canvas, x, y)


def qr(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    """Draw a QR code (ISO/IEC 18004, level M, UTF-8) with its quiet zone in a square of points."""
    rows = _modules(text)
    unit = size / (len(rows) + 2 * QUIET)
    path = canvas.beginPath()
    for row, columns in enumerate(rows):
        top = y + size - (row + QUIET) * unit
        for start, length in columns:
            path.rect(x + (start + QUIET) * unit, top - unit, length * unit, unit)
    canvas.drawPath(path, stroke=0, fill=1)


@lru_cache(maxsize=64)
def _modules(text: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """For each row the dark stretches as (start, length)."""
    if not text or len(text.encode()) > _QR_LIMIT:
        raise NotEncodable("二维码内容为空或过长，无法打印。请缩短内容。")
    code = QRCode(None, QRErrorCorrectLevel.M)
    if not text.isascii():
        code.addData(_Utf8())
    code.addData(QR8bitByte(text))
    code.make()
    side = range(code.getModuleCount())
    return tuple(_stretches([code.isDark(row, column) for column in side]) for row in side)


def _stretches(dark: list[bool]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for at, is_dark in enumerate(dark):
        if is_dark and found and sum(found[-1]) == at:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif is_dark:
            found.append((at, 1))
    return tuple(found)
