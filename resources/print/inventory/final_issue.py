"""The printed 领用出库单."""

from protos import facts
from protos.inventory import final_issue_pb2 as pb
from resources.print.core.amounts import yuan
from resources.print.core.document import draw_document
from resources.print.core.page import SHEETS, PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day, money

VERSION = 1  # of the template
PAPERS = SHEETS

_KIND = pb.FinalIssue.DESCRIPTOR.fields_by_name["kind"]
COLUMNS = [
    Column("序号", 8, "center"),
    Column("品名", 50),
    Column("规格", 26),
    Column("批号", 24),
    Column("有效期至", 20, "center"),
    Column("单位", 10, "center"),
    Column("数量", 14, "right"),
    Column("金额（元）", 22, "right"),
]


def draw(issue: pb.FinalIssue, meta: PrintMeta) -> bytes:
    """A PDF of an issue as Get answers it."""
    inside = issue.kind == pb.FinalIssue.DEPARTMENT
    header = [
        ("出库方式", facts.value_label(_KIND, issue.kind)),
        ("发出仓库", issue.warehouse_name),
        ("领用科室", issue.department_name) if inside else ("外部单位", issue.unit_name),
        ("领用人", issue.taker),
        ("用途", issue.purpose),
        ("业务日期", day(issue.business_on)),
        ("制单", issue.maker_name),
        ("审批", issue.approver_name),
        ("备注", issue.remark),
    ]
    rows = [_row(number, line) for number, line in enumerate(issue.lines, 1)]
    return draw_document(
        "领用出库单" if inside else "外部出库单", issue.number, barcode(issue.number), header,
        COLUMNS, rows, money(issue.amount, len(COLUMNS)), ["发货", "复核", "领用"], meta,
    )  # fmt: skip


def _row(number: int, line: pb.FinalIssueLine) -> list[str]:
    return [
        str(number), line.item_name, line.spec, line.lot_no, day(line.expires_on), line.unit,
        str(line.quantity), yuan(line.amount),
    ]  # fmt: skip
