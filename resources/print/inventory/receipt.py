"""The printed 入库单."""

from protos import facts
from protos.inventory import receipt_pb2 as pb
from resources.print.core.amounts import yuan
from resources.print.core.document import draw_document
from resources.print.core.page import SHEETS, PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day, sums

VERSION = 2  # of the template
PAPERS = SHEETS

_KIND = pb.Receipt.DESCRIPTOR.fields_by_name["kind"]
COLUMNS = [
    Column("序号", 8, "center"),
    Column("品名", 38),
    Column("规格", 20),
    Column("厂家", 26),
    Column("批号", 20),
    Column("有效期至", 19, "center"),
    Column("单位", 9, "center"),
    Column("数量", 12, "right"),
    Column("进价（元）", 17, "right"),
    Column("金额（元）", 19, "right"),
    Column("零售价", 15, "right"),
    Column("零售金额", 19, "right"),
    Column("批准文号", 26),
]


def draw(receipt: pb.Receipt, meta: PrintMeta) -> bytes:
    """A PDF of a receipt as Get answers it, on A4 across."""
    header = [
        ("入库方式", facts.value_label(_KIND, receipt.kind)),
        ("仓库", receipt.warehouse_name),
        ("供应商", receipt.supplier_name),
        ("业务日期", day(receipt.business_on)),
        ("发票号", _invoice(receipt)),
        ("送货单号", receipt.delivery_no),
        ("验收", "、".join(filter(None, (receipt.acceptor_name, receipt.second_acceptor_name)))),
        ("制单", receipt.maker_name),
        ("审批", receipt.approver_name),
        ("备注", receipt.remark),
    ]
    retail = sum(line.retail_price * line.quantity for line in receipt.lines)
    return draw_document(
        "入库单",
        receipt.number,
        barcode(receipt.number),
        header,
        COLUMNS,
        [_row(number, line) for number, line in enumerate(receipt.lines, 1)],
        sums(
            receipt.amount,
            COLUMNS,
            {"金额（元）": yuan(receipt.amount), "零售金额": yuan(retail) if retail else ""},
        ),
        ["验收人", "保管员", "财务"],
        meta,
        "A4-landscape",
    )


def _row(number: int, line: pb.ReceiptLine) -> list[str]:
    retail = line.retail_price
    return [
        str(number), line.item_name, line.spec, line.manufacturer, line.lot_no,
        day(line.expires_on), line.unit, str(line.quantity), yuan(line.price), yuan(line.amount),
        *(yuan(fen) if fen else "" for fen in (retail, retail * line.quantity)), line.approval_no,
    ]  # fmt: skip


def _invoice(receipt: pb.Receipt) -> str:
    on = f"（{day(receipt.invoice_on)}）" if receipt.invoice_no and receipt.invoice_on else ""
    return receipt.invoice_no + on
