"""The places where people sign: lines to write on, boxes for electronic signatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reportlab.lib.units import mm

from resources.print.core.page import Box, Document, local_time
from resources.print.core.text import fit, text_width

LINE_HEIGHT = 10 * mm
BOX_HEIGHT = 15 * mm


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs as what; name and time are empty until it has happened."""

    role: str
    name: str = ""
    signed_at: datetime | None = None


def draw_signature_line(document: Document, roles: Sequence[str], size: float = 9) -> None:
    """`role：` with a line to write on for each, side by side; always kept on one page."""
    if not roles:
        return
    document.need(LINE_HEIGHT)
    part = document.width / len(roles)
    base = document.y - LINE_HEIGHT + 2.5 * mm
    for number, role in enumerate(roles):
        x, label = document.left + number * part, f"{role}："
        document.text(x, base, label, size)
        document.canvas.setLineWidth(0.4)
        start = x + text_width(label, size) + 1
        document.canvas.line(start, base - 2, x + part - 4 * mm, base - 2)
    document.skip(LINE_HEIGHT)


def draw_signature_boxes(
    document: Document, signatures: Sequence[Signature], size: float = 9
) -> list[Box]:
    """A box for each signature with role, name and time; the boxes, for signing the file there."""
    document.need(BOX_HEIGHT)
    part = document.width / len(signatures)
    y = document.y - BOX_HEIGHT
    boxes = [
        Box(document.page, document.left + number * part, y, part, BOX_HEIGHT)
        for number in range(len(signatures))
    ]
    for box, signature in zip(boxes, signatures, strict=True):
        _draw(document, box, signature, size)
    document.y = y
    return boxes


def _draw(document: Document, box: Box, signature: Signature, size: float) -> None:
    document.canvas.setLineWidth(0.5)
    document.canvas.rect(box.x, box.y, box.width, box.height)
    document.text(box.x + 1.2 * mm, box.y + box.height - 4 * mm, f"{signature.role}：", size)
    middle, room = box.x + box.width / 2, box.width - 2.4 * mm
    name = fit(signature.name, size + 2, room)
    document.text(middle, box.y + 5.6 * mm, signature.name, name, align="center")
    if signature.signed_at:
        time = local_time(signature.signed_at)
        document.text(middle, box.y + 1.6 * mm, time, fit(time, 8, room), align="center")
