"""The printed 调价单."""

from protos.inventory import price_adjustment_pb2 as pb
from resources.print.core.amounts import yuan
from resources.print.core.document import draw_document
from resources.print.core.page import SHEETS, PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day

VERSION = 1  # of the template
PAPERS = SHEETS

COLUMNS = [
    Column("序号", 8, "center"),
    Column("品名", 50),
    Column("规格", 30),
    Column("单位", 12, "center"),
    Column("原零售价", 22, "right"),
    Column("新零售价", 22, "right"),
    Column("库存", 18, "right"),
    Column("盈亏（元）", 24, "right"),
]


def draw(adjustment: pb.PriceAdjustment, meta: PrintMeta) -> bytes:
    """A PDF of an adjustment as Get answers it."""
    header = [
        ("调价依据", adjustment.basis),
        ("业务日期", day(adjustment.business_on)),
        ("制单", adjustment.maker_name),
        ("审批", adjustment.approver_name),
        ("备注", adjustment.remark),
    ]
    rows = [
        [str(number), line.item_name, line.spec, line.base_unit, yuan(line.old_price),
         yuan(line.new_price), str(line.quantity), yuan(line.gain)]
        for number, line in enumerate(adjustment.lines, 1)
    ]  # fmt: skip
    return draw_document(
        "调价单", adjustment.number, barcode(adjustment.number), header, COLUMNS, rows,
        ["合计盈亏", *[""] * (len(COLUMNS) - 2), yuan(adjustment.gain)], ["制单", "审批", "财务"],
        meta,
    )  # fmt: skip
