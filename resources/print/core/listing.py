"""A list as it stands on the screen, on paper: what was asked for, the rows, their sums."""

from collections.abc import Sequence
from typing import NamedTuple

from resources.print.core.page import Document, Heading, PrintMeta
from resources.print.core.table import Column, draw_pairs, draw_table
from resources.print.core.text import Align

LEAST, MOST, SQUEEZED = 4, 24, 14  # letters a text's column is wide at least, at most, if need be
_SAMPLE = 200  # rows looked at for the widths
_SIZE = 8  # points of a letter
_PAPER = "A4-landscape"


class _Head(NamedTuple):
    """A column of the list: where it stands, and the letters it wants."""

    at: int
    label: str
    side: Align
    letters: float


def draw_listing(
    title: str,
    asked: str,
    heads: Sequence[tuple[str, Align]],
    rows: Sequence[Sequence[str]],
    totals: Sequence[str],
    meta: PrintMeta,
) -> bytes:
    """A PDF in A4 across: `asked` are the conditions in words, a head has a label and a side.

    Columns that find no room beside the others follow in further parts, each with the number of
    the row and the first column again: no figure is broken into lines. `totals` is empty or has
    one text per column. ValueError for rows of another length.
    """
    if any(len(row) != len(heads) for row in rows):
        raise ValueError(f"a row has not {len(heads)} cells")
    sized = [_sized(at, head, rows, totals) for at, head in enumerate(heads)]
    pairs = [("查询条件", asked), ("条数", f"{len(rows):,}")]
    with Document(Heading(title), meta, _PAPER) as document:
        parts = _parts(sized, document.width / _SIZE)
        for number, part in enumerate(parts, 1):
            document.start_copy(f"第 {number} 部分，共 {len(parts)} 部分" if parts[1:] else "")
            draw_pairs(document, pairs, 2, _SIZE)
            document.skip(_SIZE / 2)
            _draw_part(document, part, rows, totals)
    return document.pdf


def _sized(
    at: int, head: tuple[str, Align], rows: Sequence[Sequence[str]], totals: Sequence[str]
) -> _Head:
    label, side = head
    texts = [label, *(row[at] for row in rows[:_SAMPLE]), *totals[at : at + 1]]
    widest = max(map(_letters, texts))
    return _Head(at, label, side, widest if side == "right" else min(widest, MOST))


def _parts(heads: Sequence[_Head], room: float) -> list[list[_Head]]:
    """The columns side by side as far as the room in letters goes, then those that follow."""
    if LEAST + sum(head.letters for head in heads) <= room:
        return [list(heads)]
    tight = [
        head if head.side == "right" else head._replace(letters=min(head.letters, SQUEEZED))
        for head in heads
    ]
    parts: list[list[_Head]] = [[]]
    for head in tight:
        if LEAST + sum(each.letters for each in parts[-1]) + head.letters > room:
            parts.append(tight[:1])
        parts[-1].append(head)
    return parts


def _draw_part(
    document: Document, part: Sequence[_Head], rows: Sequence[Sequence[str]], totals: Sequence[str]
) -> None:
    columns = [Column("序号", LEAST, "center")]
    columns += [Column(head.label, head.letters, head.side) for head in part]
    body = [[str(n), *(row[head.at] for head in part)] for n, row in enumerate(rows, 1)]
    foot = ["合计", *(totals[head.at] for head in part)] if any(totals) else []
    draw_table(document, columns, body, foot, size=_SIZE)


def _letters(text: str) -> float:
    """The width of a text in Chinese letters."""
    return max(sum(1 if ord(letter) > 0x2E7F else 0.55 for letter in text) + 1, LEAST)
