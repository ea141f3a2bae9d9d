"""Lines of mixed Chinese and Latin text: measured, broken and drawn through the font chain."""

import re
from functools import lru_cache
from typing import Literal

from reportlab.pdfgen.canvas import Canvas

from resources.print.core.fonts import advance, drawable, runs

Align = Literal["left", "center", "right"]

LEADING = 1.32  # line height over size
_NO_START = "、，。．；：？！）】》〉」』〕｝”’…—～·％‰℃%),.;:?!]}>"
_NO_END = "（【《〈「『〔｛“‘￥¥＄$([{<"
_UNIT = re.compile(r"\n| +|[A-Za-z0-9À-ɏ+\-_./:,%#@&=*'~^]+|.", re.DOTALL)
_BOLD = 0.028  # stroke over size: the chain has no bold cut


def text_width(text: str, size: float) -> float:
    """The width in points of a line of drawable text."""
    return sum(map(advance, text)) * size / 1000


def wrap(text: str, size: float, width: float) -> list[str]:
    """Break text into lines no wider than `width` points; closing marks never begin a line.

    Latin words and figures stay whole unless one alone is wider than the line. At least one line,
    which may be empty.
    """
    return list(_wrap(text, size, width))


@lru_cache(maxsize=4096)
def _wrap(text: str, size: float, width: float) -> tuple[str, ...]:
    lines = [
        line
        for paragraph in drawable(text).split("\n")
        for line in _fill(_units(paragraph), size, width)
    ]
    return tuple(lines) or ("",)


def _units(paragraph: str) -> list[str]:
    """What must stay on one line: words, and signs with the mark that may not leave them."""
    units: list[str] = []
    for piece in _UNIT.findall(paragraph):
        if units and _sticks(units[-1], piece):
            units[-1] += piece
        else:
            units.append(piece)
    return units


def _sticks(before: str, piece: str) -> bool:
    if before.isspace() or piece.isspace():
        return False
    return piece[0] in _NO_START or before[-1] in _NO_END


def _fill(units: list[str], size: float, width: float) -> list[str]:
    lines, line, used = [], "", 0.0
    for unit in units:
        needed = text_width(unit, size)
        if used + needed > width + 0.01 and line.strip():
            lines.append(line.rstrip(" "))
            line, used = "", 0.0
            if unit.isspace():
                continue
        if needed > width:
            *full, unit = _cut(unit, size, width)
            lines += full
            needed = text_width(unit, size)
        line, used = line + unit, used + needed
    return [*lines, line.rstrip(" ")]


def _cut(unit: str, size: float, width: float) -> list[str]:
    """A word wider than a whole line, cut where it must be; a line holds at least one sign."""
    pieces = [""]
    for character in unit:
        if pieces[-1] and text_width(pieces[-1] + character, size) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces


def draw_text(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    align: Align = "left",
    bold: bool = False,
) -> None:
    """Draw one line at the base line y; x is its left end, middle or right end in points."""
    text = drawable(text).replace("\n", " ")
    shift = {"left": 0.0, "center": 0.5, "right": 1.0}[align]
    line = canvas.beginText(x - shift * text_width(text, size), y)
    if bold:
        canvas.setLineWidth(size * _BOLD)
        line.setTextRenderMode(2)
    for run in runs(text):
        line.setFont(run.font, size)
        line.textOut(run.text)
    if bold:
        line.setTextRenderMode(0)
    canvas.drawText(line)


def fit(text: str, size: float, width: float, smallest: float = 6.0) -> float:
    """The size, not above `size`, at which a line fits; `smallest` if it fits at none."""
    wide = text_width(drawable(text).replace("\n", " "), size)
    return size if wide <= width else max(smallest, size * width / wide)
