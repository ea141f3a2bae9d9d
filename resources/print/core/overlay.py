"""套打: texts at fixed places of pre-printed forms, corrected for the printer and its paper."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm

from resources.print.core.fonts import save_lock
from resources.print.core.page import Paper, Sheets, paper_of
from resources.print.core.text import LEADING, Align, draw_text, fit, wrap

LEAST, MOST = 0.98, 1.02  # a printer whose steps are further off is broken
SHIFT, DRIFT = 50.0, 10.0  # mm
MARGIN = 25.0  # mm from the edges to the middle of a ruler page's crosses


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one printer with one form needs: shifts in millimetres, right and down positive.

    `scale_x` and `scale_y` stretch about the upper left corner (0.98–1.02). `drift` is how many
    millimetres lower each sheet lands than the one before; the page is made that much shorter.
    """

    dx: float = 0
    dy: float = 0
    scale_x: float = 1
    scale_y: float = 1
    drift: float = 0

    def __post_init__(self) -> None:
        if not all(LEAST <= scale <= MOST for scale in (self.scale_x, self.scale_y)):
            raise ValueError(f"a scale is between {LEAST} and {MOST}")
        if max(abs(self.dx), abs(self.dy)) > SHIFT or abs(self.drift) > DRIFT:
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
    fed: int = 0,
) -> bytes:
    """A PDF with one page per sheet; each sheet maps names of places to texts.

    `fed` sheets went through the printer since its paper was put in. KeyError for a text that has
    no place: nothing entered may be missing on the paper.
    """
    if not sheets:
        raise ValueError("nothing to print")
    feed = Feed(paper_of(paper), calibration, fed, len(sheets))
    canvas, stream = _canvas(feed)
    for number, sheet in enumerate(sheets):
        for name, text in sheet.items():
            _draw(canvas, places[name], text, feed.at(number))
        canvas.showPage()
    return _saved(canvas, stream)


def draw_ruler(
    paper: Paper | str, calibration: Calibration = PLAIN, *, sheets: int = 1, fed: int = 0
) -> bytes:
    """Pages of millimetre scales and a frame, to hold against the form and read the offsets."""
    sheet = paper_of(paper)
    feed = Feed(sheet, calibration, fed, sheets)
    canvas, stream = _canvas(feed)
    for number in range(sheets):
        _draw_ruler(canvas, sheet, feed.at(number), f"第 {number + 1} 张" if sheets > 1 else "")
        canvas.showPage()
    return _saved(canvas, stream)


def _draw_ruler(canvas: Sheets, sheet: Paper, spot: "Spot", mark: str) -> None:
    canvas.setLineWidth(0.3)
    for at in range(int(sheet.width) + 1):
        _tick(canvas, at, 10, _length(at), 0, spot)
    for at in range(int(sheet.height) + 1):
        _tick(canvas, 10, at, 0, _length(at), spot)
    for at in range(10, int(sheet.width), 10):
        _draw(canvas, Place(at, 17, 7, "center"), str(at), spot)
    for at in range(20, int(sheet.height), 10):
        _draw(canvas, Place(15, at + 1, 7), str(at), spot)
    far, low = sheet.width - MARGIN, sheet.height - MARGIN
    for x, y in ((MARGIN, MARGIN), (far, MARGIN), (MARGIN, low)):
        _cross(canvas, x, y, spot)
    words = f"标尺页{mark}：数字为距纸张左上角的毫米数。请按 100% 打印，不要缩放。"
    _draw(canvas, Place(40, 40, 10, width=sheet.width - 60), words, spot)


class Feed:
    """Where the sheets of one job lie under the print head.

    Printing systems cut pages to whole points (0.35 mm), and a drifting printer needs others: so
    each sheet gets the whole points nearest to what is needed since the paper was put in, and its
    entries make up for the rest. All pages of one job are of one height.
    """

    def __init__(self, paper: Paper, calibration: Calibration, fed: int, count: int) -> None:
        self._paper, self._calibration, self._fed = paper, calibration, fed
        self._needed = (paper.height - calibration.drift) * mm
        self._exact = not calibration.drift
        self._start = round(self._needed * fed)
        whole = round(self._needed * (fed + 1)) - self._start if count == 1 else round(self._needed)
        self.height = self._needed if self._exact else float(whole)  # points
        self.width = paper.width * mm

    def at(self, number: int) -> "Spot":
        """The sheet of that number, counted from 0."""
        below = 0.0
        if not self._exact:
            top = self._start + number * self.height
            below = self._needed * (self._fed + number) - top
        return Spot(self._calibration, self.height, below)


@dataclass(frozen=True, slots=True)
class Spot:
    """One sheet under the print head: `below` points lower than its page begins."""

    calibration: Calibration
    height: float
    below: float = 0

    def point(self, x: float, y: float) -> tuple[float, float]:
        """The point in PDF units where a place in millimetres of the form is drawn."""
        known = self.calibration
        right, down = x * known.scale_x + known.dx, y * known.scale_y + known.dy
        return right * mm, self.height - self.below - down * mm


def _canvas(feed: Feed) -> tuple[Sheets, io.BytesIO]:
    stream = io.BytesIO()
    return Sheets(stream, (feed.width, feed.height)), stream


def _saved(canvas: Sheets, stream: io.BytesIO) -> bytes:
    with save_lock():
        canvas.save()
    return stream.getvalue()


def _draw(canvas: Sheets, place: Place, text: str, spot: Spot) -> None:
    size, lines = _fitted(place, text)
    x, y = spot.point(place.x, place.y)
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


def _tick(canvas: Sheets, x: float, y: float, down: float, right: float, spot: Spot) -> None:
    canvas.line(*spot.point(x, y), *spot.point(x + right, y + down))


def _cross(canvas: Sheets, x: float, y: float, spot: Spot) -> None:
    """Where to measure: a cross whose middle is at the place."""
    canvas.line(*spot.point(x - 4, y), *spot.point(x + 4, y))
    canvas.line(*spot.point(x, y - 4), *spot.point(x, y + 4))
