"""The general form of every document with a header and lines: receipts, issues, requisitions."""

from collections.abc import Sequence

from reportlab.lib.units import mm

from resources.print.core.page import Approval, Document, Heading, Paper, PrintMeta, local_time
from resources.print.core.signature import LINE_HEIGHT, draw_signature_line
from resources.print.core.table import Column, draw_pairs, draw_table

_GAP = 1 * mm
_SMALLEST = 7
_APPROVALS = (
    Column("审批步骤", 34), Column("审批人", 30), Column("结论", 16, "center"),
    Column("意见", 70), Column("时间", 32, "center"),
)  # fmt: skip


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
            fitted = _fitting(document, columns, size)
            draw_table(document, columns, rows, totals, size=fitted, keep=keep)
            _draw_approvals(document, meta.approvals, size)
            draw_signature_line(document, signatures, size)
    return document.pdf


def _fitting(document: Document, columns: Sequence[Column], size: float) -> float:
    """The size of letters at which columns meant for wider paper still fit."""
    meant = sum(column.width for column in columns) * mm
    return max(_SMALLEST, size * min(1, document.width / meant))


def _draw_approvals(document: Document, approvals: Sequence[Approval], size: float) -> None:
    if not approvals:
        return
    document.skip(_GAP)
    rows = [
        [each.step, each.person, "同意" if each.approved else "退回", each.comment,
         local_time(each.decided_at)]
        for each in approvals
    ]  # fmt: skip
    draw_table(document, _APPROVALS, rows, size=size - 1, keep=LINE_HEIGHT)
