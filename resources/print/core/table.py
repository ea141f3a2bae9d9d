"""Tables with a repeated head and totals; grids of labels and values; sections; tick rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm

from resources.print.core.page import Document
from resources.print.core.rows import Cell, Checks, draw_row, row_height
from resources.print.core.text import Align


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, its share of the width (any unit, millimetres are handy), its side."""

    label: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value in a grid; `span` is its share of the row.

    `label_width` in millimetres overrides the grid's; `min_lines` leaves room to write by hand.
    """

    label: str
    value: str | Checks
    span: float = 1
    label_width: float | None = None
    min_lines: int = 1
    align: Align = "left"


def draw_table(
    document: Document,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    totals: Sequence[str] = (),
    *,
    size: float = 9,
    keep: float = 0,
) -> None:
    """Draw a table whose head stands on every page.

    `totals` has one text per column; an empty one is joined to the text at its left. The last row
    takes the totals and `keep` more points with it to the next page. ValueError for a row of
    another length than the columns.
    """
    _check(columns, [*rows, totals] if totals else rows)
    head = [Cell(column.label, column.width, "center", bold=True, shade=True) for column in columns]
    foot = _joined(columns, totals) if totals else []
    tail = keep + (row_height(document, foot, size) if foot else 0)

    def draw_head() -> None:
        draw_row(document, head, size)

    first = row_height(document, _cells(columns, rows[0]), size) if rows else 0
    first += tail if len(rows) < 2 else 0
    document.need(min(row_height(document, head, size) + first, document.full))
    draw_head()
    for number, row in enumerate(rows, 1):
        kept = tail if number == len(rows) else 0
        draw_row(document, _cells(columns, row), size, keep=kept, on_page=draw_head)
    if foot:
        draw_row(document, foot, size, on_page=draw_head)


def draw_grid(
    document: Document,
    rows: Sequence[Sequence[Field]],
    *,
    size: float = 9,
    label_width: float = 20,
) -> None:
    """Draw boxed labels and values, row after row; label widths in millimetres."""
    for fields in rows:
        draw_row(document, _grid_cells(document, fields, label_width), size)


def draw_pairs(
    document: Document, pairs: Sequence[tuple[str, str]], per_row: int = 3, size: float = 9
) -> None:
    """Draw `label：value` without boxes, so many to a row."""
    for at in range(0, len(pairs), per_row):
        cells = [Cell(f"{label}：{value}") for label, value in pairs[at : at + per_row]]
        cells += [Cell("")] * (per_row - len(cells))
        draw_row(document, cells, size, border=False)


def draw_section(document: Document, title: str, size: float = 10, keep: float = 10 * mm) -> None:
    """A shaded bar with the name of the part below it, never alone at the end of a page."""
    draw_row(document, [Cell(title, bold=True, shade=True)], size, keep=keep)


def draw_checks(
    document: Document, options: Sequence[str], chosen: Sequence[str], size: float = 9
) -> None:
    """A row of tick boxes without a border, as many lines as needed."""
    content = Checks(tuple(options), frozenset(chosen))
    draw_row(document, [Cell(content)], size, border=False)


def _check(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise ValueError(f"row {number} has {len(row)} cells for {len(columns)} columns")


def _cells(columns: Sequence[Column], row: Sequence[str]) -> list[Cell]:
    pairs = zip(columns, row, strict=True)
    return [Cell(text, column.width, column.align) for column, text in pairs]


def _joined(columns: Sequence[Column], totals: Sequence[str]) -> list[Cell]:
    cells: list[Cell] = []
    for column, text in zip(columns, totals, strict=True):
        if text or not cells:
            cells.append(Cell(text, column.width, column.align, bold=True))
        else:
            last = cells[-1]
            cells[-1] = Cell(last.content, last.share + column.width, bold=True)
    return cells


def _grid_cells(document: Document, fields: Sequence[Field], label_width: float) -> list[Cell]:
    """Shares in points, so that labels get their millimetres whatever the spans are."""
    unit = document.width / sum(field.span for field in fields)
    cells = []
    for field in fields:
        wide = field.span * unit
        label = (label_width if field.label_width is None else field.label_width) * mm
        if field.label:
            cells.append(Cell(field.label, label, "center", shade=True))
            wide -= label
        cells.append(Cell(field.value, wide, field.align, min_lines=field.min_lines))
    return cells
