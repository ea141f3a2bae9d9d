"""套打: texts at fixed places of pre-printed forms, corrected for the printer and its paper."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm

from resources.print.core.fonts import save_lock
from resources.print.core.page import Paper, Sheets, paper_of
from resources.print.core.text import LEADING, Align, draw_text, fit, wrap


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one printer with one form needs: shifts in millimetres, right and down positive.

    `scale_x` and `scale_y` stretch about the upper left corner (0.9–1.1). `drift` is how many
    millimetres lower each sheet lands than the one before; the page is made that much shorter.
    """

    dx: float = 0
    dy: float = 0
    scale_x: float = 1
    scale_y: float = 1
    drift: float = 0

    def __post_init__(self) -> None:
        if not (0.9 <= self.scale_x <= 1.1 and 0.9 <= self.scale_y <= 1.1):
            raise ValueError("a scale is between 0.9 and 1.1")
        if max(abs(self.dx), abs(self.dy)) > 50 or abs(self.drift) > 10:
            raise ValueError("shifts are at most 50 mm, drift at most 10 mm")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text goes: millimetres from the upper left corner of the form to its base line.

    x is the left end, middle or right end as `align` says. With `width` in millimetres a long text
    is made smaller, or with `lines` above 1 broken into so many lines, then made smaller.
    """

    x: float
    y: float
    size: float = 10
    align: Align = "left"
    width: float | None = None
    lines: int = 1


PLAIN = Calibration()


def draw_overlay(
    places: dict[str, Place],
    sheets: Sequence[dict[str, str]],
    paper: Paper | str,
    calibration: Calibration = PLAIN,
) -> bytes:
    """A PDF with one page per sheet; each sheet maps names of places to texts.

    KeyError for a text that has no place: nothing entered may be missing on the paper.
    """
    if not sheets:
        raise ValueError("nothing to print")
    canvas, stream = _canvas(paper_of(paper), calibration)
    for sheet in sheets:
        for name, text in sheet.items():
            _draw(canvas, places[name], text, paper_of(paper), calibration)
        canvas.showPage()
    return _saved(canvas, stream)


def draw_ruler(paper: Paper | str, calibration: Calibration = PLAIN) -> bytes:
    """A page of millimetre scales and a frame, to hold against the form and read the offsets."""
    sheet = paper_of(paper)
    canvas, stream = _canvas(sheet, calibration)
    canvas.setLineWidth(0.3)
    for at in range(int(sheet.width) + 1):
        _tick(canvas, at, 10, _length(at), 0, sheet, calibration)
    for at in range(int(sheet.height) + 1):
        _tick(canvas, 10, at, 0, _length(at), sheet, calibration)
    for at in range(10, int(sheet.width), 10):
        _draw(canvas, Place(at, 17, 7, "center"), str(at), sheet, calibration)
    for at in range(20, int(sheet.height), 10):
        _draw(canvas, Place(15, at + 1, 7), str(at), sheet, calibration)
    words = "标尺页：数字为距纸张左上角的毫米数。请按 100% 打印，不要缩放。"
    _draw(canvas, Place(25, 30, 10), words, sheet, calibration)
    canvas.showPage()
    return _saved(canvas, stream)


def position(x: float, y: float, paper: Paper, calibration: Calibration) -> tuple[float, float]:
    """The point in PDF units where a place in millimetres of the form is drawn."""
    right = x * calibration.scale_x + calibration.dx
    down = y * calibration.scale_y + calibration.dy
    return right * mm, (paper.height - calibration.drift - down) * mm


def _canvas(paper: Paper, calibration: Calibration) -> tuple[Sheets, io.BytesIO]:
    stream = io.BytesIO()
    return Sheets(stream, (paper.width * mm, (paper.height - calibration.drift) * mm)), stream


def _saved(canvas: Sheets, stream: io.BytesIO) -> bytes:
    with save_lock():
        canvas.save()
    return stream.getvalue()


def _draw(canvas: Sheets, place: Place, text: str, paper: Paper, calibration: Calibration) -> None:
    size, lines = _fitted(place, text)
    x, y = position(place.x, place.y, paper, calibration)
    for number, line in enumerate(lines):
        draw_text(canvas, x, y - number * size * LEADING, line, size, align=place.align)


def _fitted(place: Place, text: str) -> tuple[float, list[str]]:
    if place.width is None:
        return place.size, [text]
    width = place.width * mm
    if place.lines == 1:
        return fit(text, place.size, width), [text]
    size = place.size
    while len(lines := wrap(text, size, width)) > place.lines and size > 6:
        size -= 0.5
    return size, lines


def _length(at: int) -> float:
    return 5 if at % 10 == 0 else 3.5 if at % 5 == 0 else 2


def _tick(
    canvas: Sheets,
    x: float,
    y: float,
    down: float,
    right: float,
    paper: Paper,
    calibration: Calibration,
) -> None:
    start = position(x, y, paper, calibration)
    canvas.line(*start, *position(x + right, y + down, paper, calibration))
