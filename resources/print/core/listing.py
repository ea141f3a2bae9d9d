"""A list as it stands on the screen, on paper: what was asked for, the rows, their sums."""

from collections.abc import Sequence

from resources.print.core.document import draw_document
from resources.print.core.page import PrintMeta
from resources.print.core.table import Column
from resources.print.core.text import Align

LEAST, MOST = 4, 24  # letters a column is wide at least and at most
_SAMPLE = 200  # rows looked at for the widths


def draw_listing(
    title: str,
    asked: str,
    heads: Sequence[tuple[str, Align]],
    rows: Sequence[Sequence[str]],
    totals: Sequence[str],
    meta: PrintMeta,
) -> bytes:
    """A PDF in A4 across: `asked` are the conditions in words, a head has a label and a side.

    `totals` is empty or has one text per column. ValueError for rows of another length.
    """
    columns = [Column("序号", LEAST, "center")]
    for at, (label, side) in enumerate(heads):
        texts = [label, *(row[at] for row in rows[:_SAMPLE]), *totals[at : at + 1]]
        columns.append(Column(label, min(max(map(_letters, texts), default=LEAST), MOST), side))
    body = [[str(number), *row] for number, row in enumerate(rows, 1)]
    foot = ["合计", *totals] if any(totals) else []
    return draw_document(
        title, "", "", [("查询条件", asked), ("条数", f"{len(rows):,}")], columns, body, foot, [],
        meta, "A4-landscape", per_row=2, size=8,
    )  # fmt: skip


def _letters(text: str) -> float:
    """The width of a text in Chinese letters."""
    return max(sum(1 if ord(letter) > 0x2E7F else 0.55 for letter in text) + 1, LEAST)
