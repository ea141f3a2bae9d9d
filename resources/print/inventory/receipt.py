"""The printed 入库单."""

from protos import facts
from protos.inventory import receipt_pb2 as pb
from resources.print.core.amounts import yuan
from resources.print.core.document import draw_document
from resources.print.core.page import PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day, money

VERSION = 1  # of the template

_KIND = pb.Receipt.DESCRIPTOR.fields_by_name["kind"]
COLUMNS = [
    Column("序号", 8, "center"),
    Column("品名", 38),
    Column("规格", 20),
    Column("厂家", 26),
    Column("批号", 20),
    Column("有效期至", 19, "center"),
    Column("单位", 9, "center"),
    Column("数量", 13, "right"),
    Column("进价（元）", 16, "right"),
    Column("零售价（元）", 18, "right"),
    Column("批准文号", 26),
    Column("金额（元）", 20, "right"),
]


def draw(receipt: pb.Receipt, meta: PrintMeta) -> bytes:
    """A PDF of a receipt as Get answers it, on A4 across."""
    header = [
        ("入库方式", facts.value_label(_KIND, receipt.kind)),
        ("仓库", receipt.warehouse_name),
        ("供应商", receipt.supplier_name),
        ("业务日期", day(receipt.business_on)),
        ("发票号", receipt.invoice_no),
        ("送货单号", receipt.delivery_no),
        ("制单", receipt.maker_name),
        ("审批", receipt.approver_name),
        ("备注", receipt.remark),
    ]
    return draw_document(
        "入库单",
        receipt.number,
        barcode(receipt.number),
        header,
        COLUMNS,
        [_row(number, line) for number, line in enumerate(receipt.lines, 1)],
        money(receipt.amount, len(COLUMNS)),
        ["验收人", "保管员", "财务"],
        meta,
        "A4-landscape",
    )


def _row(number: int, line: pb.ReceiptLine) -> list[str]:
    return [
        str(number), line.item_name, line.spec, line.manufacturer, line.lot_no,
        day(line.expires_on), line.unit, str(line.quantity), yuan(line.price),
        yuan(line.retail_price) if line.retail_price else "", line.approval_no, yuan(line.amount),
    ]  # fmt: skip
