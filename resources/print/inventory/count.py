"""The printed 盘点表, blank and without the books where blind, and the 盘点差异表."""

from protos import facts
from protos.inventory import count_pb2 as pb
from resources.print.core.amounts import yuan
from resources.print.core.document import draw_document
from resources.print.core.page import SHEETS, PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day

VERSION = 1  # of the template
PAPERS = SHEETS

_REASON = pb.CountLine.DESCRIPTOR.fields_by_name["reason"]
_GOODS = [
    Column("序号", 8, "center"),
    Column("品名", 42),
    Column("规格", 22),
    Column("批号", 22),
    Column("有效期至", 20, "center"),
    Column("单位", 10, "center"),
]
_COUNTED = [Column("实盘数", 24, "right"), Column("说明", 30)]
_DIFFERENCES = [
    Column("账面", 13, "right"),
    Column("初盘", 13, "right"),
    Column("实盘", 13, "right"),
    Column("差异", 13, "right"),
    Column("差异金额", 20, "right"),
    Column("原因", 26),
]


def draw_sheet(sheet: pb.CountSheet, meta: PrintMeta) -> bytes:
    """A PDF to count with: the counted column is left blank, books stand only if shown."""
    known = any(line.HasField("book") for line in sheet.lines)
    books = [Column("账面数", 16, "right")] if known else []
    columns = [*_GOODS, *books, *_COUNTED]
    rows = [
        [*_goods(number, line), *([str(line.book)] if known else []), "", ""]
        for number, line in enumerate(sheet.lines, 1)
    ]
    header = [("仓库", sheet.warehouse_name), ("盘点日期", day(sheet.business_on)),
              ("方式", "盲盘" if sheet.blind else "明盘")]  # fmt: skip
    return draw_document(
        "盘点表", sheet.number, barcode(sheet.number), header, columns, rows,
        [f"共 {len(rows)} 行", *[""] * (len(columns) - 1)], ["盘点人", "复盘人", "监盘人"], meta,
    )  # fmt: skip


def draw_differences(count: pb.Count, meta: PrintMeta) -> bytes:
    """A PDF of the lines counted otherwise than booked."""
    lines = [line for line in count.lines if line.difference]
    columns = [*_GOODS, *_DIFFERENCES]
    rows = [[*_goods(number, line), *_found(line)] for number, line in enumerate(lines, 1)]
    header = [
        ("仓库", count.warehouse_name),
        ("盘点日期", day(count.business_on)),
        ("差异行数", str(count.differing)),
        ("盘点人", count.counter_name),
        ("复盘人", count.recounter_name),
        ("监盘人", count.supervisor_name),
        ("审批人", count.approver_name),
        ("麻精事件报告", count.incident_no),
        ("备注", count.remark),
    ]
    total = ["合计", *[""] * (len(columns) - 3), yuan(count.amount), " "]
    return draw_document(
        "盘点差异表", count.number, barcode(count.number), header, columns, rows, total,
        ["盘点人", "复盘人", "监盘人", "审批人"], meta, paper="A4-landscape",
    )  # fmt: skip


def _goods(number: int, line: pb.CountLine | pb.CountSheetLine) -> list[str]:
    return [str(number), line.item_name, line.spec, line.lot_no, day(line.expires_on),
            line.base_unit]  # fmt: skip


def _found(line: pb.CountLine) -> list[str]:
    first = str(line.first_counted) if line.HasField("first_counted") else "—"
    why = f"{facts.value_label(_REASON, line.reason)} {line.note}".strip()
    return [str(line.book), first, str(line.counted), f"{line.difference:+d}", yuan(line.amount),
            why]  # fmt: skip
