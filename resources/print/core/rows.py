"""One boxed row of cells, the brick of tables and case sheets; it splits over pages if it must."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm

from resources.print.core.page import SHADE, Document
from resources.print.core.text import LEADING, Align, fit, text_width, wrap

PAD_X = 0.8 * mm
PAD_Y = 0.8 * mm
_GUTTER = 4 * mm  # between cells without a border
_FIGURE = re.compile(r"[-¥]*[\d,.]+%?")
LEAST = 4.5  # points, for a figure in a narrow column
_TALL = 0.8  # share of an empty page from which a row is split where it stands


@dataclass(frozen=True, slots=True)
class Checks:
    """Options with boxes to tick; those in `chosen` are ticked. Drawn, not taken from a font."""

    options: tuple[str, ...]
    chosen: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.chosen <= set(self.options):
            raise ValueError(f"ticked, but no option: {sorted(self.chosen - set(self.options))}")


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a row: its content, its share of the width, how it stands."""

    content: str | Checks
    share: float = 1
    align: Align = "left"
    bold: bool = False
    shade: bool = False
    min_lines: int = 1


Tick = tuple[str, bool]
Line = str | tuple[Tick, ...]


def draw_row(
    document: Document,
    cells: Sequence[Cell],
    size: float = 9,
    *,
    border: bool = True,
    keep: float = 0,
    on_page: Callable[[], None] | None = None,
) -> None:
    """Draw cells across the body at the top of the free room.

    A row that does not fit goes to the next page, where `on_page` first repeats the head; one
    nearly as tall as a page is split where it stands. `keep` is the height in points that must
    still fit below it.
    """
    widths = _widths(document, cells)
    clear = 2 * PAD_X if border else _GUTTER
    pairs = zip(cells, widths, strict=True)
    lines = [layout(cell, width - clear, size) for cell, width in pairs]
    height = _height(lines, size)
    splits = height > document.full * _TALL and document.room > size * LEADING * 4
    if not splits and document.need(height + keep) and on_page:
        on_page()
    while True:
        part, lines = _split(lines, _capacity(document, size))
        _draw(document, cells, widths, part, size, border)
        if not any(lines):
            return
        document.new_page()
        if on_page:
            on_page()


def row_height(document: Document, cells: Sequence[Cell], size: float = 9) -> float:
    """The height in points `draw_row` will take."""
    widths = _widths(document, cells)
    pairs = zip(cells, widths, strict=True)
    return _height([layout(cell, width - 2 * PAD_X, size) for cell, width in pairs], size)


def layout(cell: Cell, room: float, size: float) -> list[Line]:
    """The lines of a cell with `room` points for them."""
    if isinstance(cell.content, Checks):
        lines: list[Line] = list(_check_lines(cell.content, room, size))
    elif cell.align == "right" and _FIGURE.fullmatch(cell.content):
        lines = [cell.content]  # never broken: it is drawn smaller where the room is short
    else:
        lines = list(wrap(cell.content, size, room))
    return lines + [""] * (cell.min_lines - len(lines))


def _check_lines(checks: Checks, room: float, size: float) -> list[Line]:
    lines: list[list[Tick]] = [[]]
    used = 0.0
    for option in checks.options:
        width = tick_width(option, size)
        if lines[-1] and used + width > room:
            lines.append([])
            used = 0.0
        lines[-1].append((option, option in checks.chosen))
        used += width
    return [tuple(line) for line in lines]


def tick_width(option: str, size: float) -> float:
    """The room a box, its label and the gap behind them take, in points."""
    return size * 1.15 + text_width(option, size) + size * 0.8


def _widths(document: Document, cells: Sequence[Cell]) -> list[float]:
    total = sum(cell.share for cell in cells)
    return [document.width * cell.share / total for cell in cells]


def _height(lines: Sequence[Sequence[Line]], size: float) -> float:
    return max(map(len, lines)) * size * LEADING + 2 * PAD_Y


def _capacity(document: Document, size: float) -> int:
    return max(1, int((document.room - 2 * PAD_Y + 0.01) / (size * LEADING)))


def _split(lines: list[list[Line]], capacity: int) -> tuple[list[list[Line]], list[list[Line]]]:
    return [part[:capacity] for part in lines], [part[capacity:] for part in lines]


def _draw(
    document: Document,
    cells: Sequence[Cell],
    widths: Sequence[float],
    lines: Sequence[Sequence[Line]],
    size: float,
    border: bool,
) -> None:
    height = _height(lines, size)
    x = document.left
    for cell, width, part in zip(cells, widths, lines, strict=True):
        if border:
            _box(document, x, width, height, cell.shade)
        # without a border there is nothing to stand in the middle of, nor to keep clear of
        high = height if border else len(part) * size * LEADING + 2 * PAD_Y
        _fill(document, cell, x - (0 if border else PAD_X), width, high, part, size)
        x += width
    document.y -= height


def _box(document: Document, x: float, width: float, height: float, shade: bool) -> None:
    canvas = document.canvas
    canvas.setLineWidth(0.5)
    if shade:
        canvas.setFillColor(SHADE)
    canvas.rect(x, document.y - height, width, height, fill=int(shade))
    canvas.setFillColor(document.ink)


def _fill(
    document: Document,
    cell: Cell,
    x: float,
    width: float,
    height: float,
    lines: Sequence[Line],
    size: float,
) -> None:
    """The lines of a cell, in the middle of its height."""
    leading = size * LEADING
    base = document.y - (height - len(lines) * leading) / 2 - leading / 2 - size * 0.36
    place = {"left": x + PAD_X, "center": x + width / 2, "right": x + width - PAD_X}[cell.align]
    for line in lines:
        if isinstance(line, str):
            if line:
                fits = fit(line, size, width - 2 * PAD_X, LEAST)
                document.text(place, base, line, fits, align=cell.align, bold=cell.bold)
        else:
            _ticks(document, x + PAD_X, base, line, size)
        base -= leading


def _ticks(document: Document, x: float, base: float, ticks: Sequence[Tick], size: float) -> None:
    for option, ticked in ticks:
        tick_box(document, x, base - size * 0.06, size * 0.88, ticked=ticked)
        document.text(x + size * 1.15, base, option, size)
        x += tick_width(option, size)


def tick_box(document: Document, x: float, y: float, side: float, *, ticked: bool) -> None:
    """A square with or without its tick, lower left corner at x, y."""
    canvas = document.canvas
    canvas.setLineWidth(0.6)
    canvas.rect(x, y, side, side)
    if ticked:
        canvas.setLineWidth(side * 0.13)
        canvas.lines(
            [
                (x + side * 0.2, y + side * 0.5, x + side * 0.43, y + side * 0.24),
                (x + side * 0.43, y + side * 0.24, x + side * 0.84, y + side * 0.8),
            ]
        )
