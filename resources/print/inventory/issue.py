"""The printed 出库单 and 调拨单."""

from protos import facts
from protos.inventory import issue_pb2 as pb
from resources.print.core.amounts import yuan
from resources.print.core.document import draw_document
from resources.print.core.page import SHEETS, PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day, money, packed, price

VERSION = 2  # of the template
PAPERS = SHEETS

_KIND = pb.Issue.DESCRIPTOR.fields_by_name["kind"]
COLUMNS = [
    Column("序号", 9, "center"),
    Column("品名", 38),
    Column("规格", 22),
    Column("批号", 22),
    Column("有效期至", 20, "center"),
    Column("单位", 10, "center"),
    Column("申领", 12, "right"),
    Column("实发", 12, "right"),
    Column("拒收", 12, "right"),
    Column("单价（元）", 19, "right"),
    Column("金额（元）", 19, "right"),
]


def draw(issue: pb.Issue, meta: PrintMeta) -> bytes:
    """A PDF of an issue as Get answers it."""
    header = [
        ("出库方式", facts.value_label(_KIND, issue.kind)),
        ("发出仓库", issue.source_name),
        ("接收仓库", issue.target_name),
        ("业务日期", day(issue.business_on)),
        ("制单", issue.maker_name),
        ("审批", issue.approver_name),
        ("发货", issue.poster_name),
        ("入账", issue.receiver_name),
        ("备注", issue.remark),
    ]
    return draw_document(
        "调拨单" if issue.kind == pb.Issue.TRANSFER else "出库单",
        issue.number,
        barcode(issue.number),
        header,
        COLUMNS,
        [_row(number, line) for number, line in enumerate(issue.lines, 1)],
        money(issue.amount, len(COLUMNS)),
        ["发货", "复核", "领用"],
        meta,
    )


def _row(number: int, line: pb.IssueLine) -> list[str]:
    refused = f"{line.refused}{line.base_unit}" if line.refused else ""
    return [
        str(number), line.item_name, line.spec, line.lot_no, day(line.expires_on), line.unit,
        packed(line.requested, line.factor, line.unit, line.base_unit), str(line.quantity), refused,
        price(line.amount, line.quantity), yuan(line.amount),
    ]  # fmt: skip
