"""The general form of every document with a header and lines: receipts, issues, requisitions."""

from collections.abc import Sequence

from reportlab.lib.units import mm

from resources.print.core.page import Document, Heading, Paper, PrintMeta
from resources.print.core.signature import LINE_HEIGHT, draw_signature_line
from resources.print.core.table import Column, draw_pairs, draw_table

_GAP = 1 * mm


def draw_document(
    title: str,
    number: str,
    barcode: str,
    header_fields: Sequence[tuple[str, str]],
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    totals: Sequence[str],
    signatures: Sequence[str],
    meta: PrintMeta,
    paper: Paper | str = "A4",
    red: bool = False,
    *,
    copies: Sequence[str] = ("",),
    note: str = "",
    per_row: int = 3,
    size: float = 9,
) -> bytes:
    """A PDF with heading, fields, table, totals and lines to sign on.

    `totals` is empty or has one text per column (an empty one joins the text at its left). `copies`
    are the marks of copies that differ (第一联 存根); each is drawn with its own page numbers.
    """
    with Document(Heading(title, number, barcode, note), meta, paper, red=red) as document:
        for mark in copies:
            document.start_copy(mark)
            draw_pairs(document, header_fields, per_row, size)
            document.skip(_GAP)
            keep = LINE_HEIGHT if signatures else 0
            draw_table(document, columns, rows, totals, size=size, keep=keep)
            draw_signature_line(document, signatures, size)
    return document.pdf
