"""The printed 红冲单 (in red), 出库退库单 and 入库退库单."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from resources.print.core.amounts import yuan
from resources.print.core.document import draw_document
from resources.print.core.page import SHEETS, PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day, money

VERSION = 1  # of the template
PAPERS = SHEETS

COLUMNS = [
    Column("序号", 8, "center"),
    Column("品名", 46),
    Column("规格", 24),
    Column("批号", 24),
    Column("有效期至", 20, "center"),
    Column("单位", 10, "center"),
    Column("原数量", 15, "right"),
    Column("退回数量", 16, "right"),
    Column("金额（元）", 22, "right"),
]


def _draw(
    title: str,
    places: Sequence[tuple[str, str]],
    signers: Sequence[str],
    red: bool,
    bill: Any,
    meta: PrintMeta,
) -> bytes:
    """A PDF of a bill as Get answers it; ``places`` are labels and fields of the header."""
    header = [
        *((label, getattr(bill, name)) for label, name in places),
        ("业务日期", day(bill.business_on)),
        ("原因", bill.reason),
        ("制单", bill.maker_name),
        ("审批", bill.approver_name),
        ("备注", bill.remark),
    ]
    rows = [_row(number, line, red) for number, line in enumerate(bill.lines, 1)]
    return draw_document(
        title, bill.number, barcode(bill.number), header, COLUMNS, rows,
        money(-bill.amount if red else bill.amount, len(COLUMNS)), signers, meta, red=red,
    )  # fmt: skip


def _row(number: int, line: Any, red: bool) -> list[str]:
    sign = -1 if red else 1
    return [
        str(number), line.item_name, line.spec, line.lot_no, day(line.expires_on), line.base_unit,
        str(line.moved), str(sign * line.quantity), yuan(sign * line.amount),
    ]  # fmt: skip


_BETWEEN = (("原出库单", "issue_name"), ("退出仓库", "warehouse_name"), ("退回仓库", "source_name"))
draw_red = partial(_draw, "红冲出库单", _BETWEEN, ["制单", "审批", "财务"], True)
draw_issue_return = partial(_draw, "出库退库单", _BETWEEN, ["退库", "收货", "复核"], False)
draw_supplier_return = partial(
    _draw,
    "入库退库单",
    (
        ("原入库单", "receipt_name"), ("退出仓库", "warehouse_name"), ("供应商", "supplier_name"),
        ("红字发票号", "red_invoice_no"),
    ),
    ["库管", "供应商签收", "财务"],
    False,
)  # fmt: skip
