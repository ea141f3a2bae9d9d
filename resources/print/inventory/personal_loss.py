"""The printed 报损单 of a personal store."""

from protos.inventory import personal_loss_pb2 as pb
from resources.dictionaries import codes
from resources.print.core.amounts import yuan
from resources.print.core.document import draw_document
from resources.print.core.page import SHEETS, PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day, money

VERSION = 1  # of the template
PAPERS = SHEETS

COLUMNS = [
    Column("序号", 8, "center"),
    Column("品名", 42),
    Column("规格", 24),
    Column("批号", 22),
    Column("有效期至", 20, "center"),
    Column("单位", 10, "center"),
    Column("数量", 12, "right"),
    Column("损耗原因", 20),
    Column("说明", 26),
    Column("金额（元）", 20, "right"),
]


def draw(loss: pb.PersonalLoss, meta: PrintMeta) -> bytes:
    """A PDF of a loss as Get answers it."""
    header = [
        ("药库", loss.warehouse_name),
        ("任务号", loss.task_no),
        ("业务日期", day(loss.business_on)),
        ("申报", loss.maker_name),
        ("审批", loss.approver_name),
        ("备注", loss.remark),
    ]
    amount = sum(line.amount for line in loss.lines)
    return draw_document(
        "个人药库报损单", loss.number, barcode(loss.number), header, COLUMNS,
        [_row(number, line) for number, line in enumerate(loss.lines, 1)],
        money(amount, len(COLUMNS)), ["申报人", "见证人", "审批人"], meta,
    )  # fmt: skip


def _row(number: int, line: pb.LossLine) -> list[str]:
    return [
        str(number), line.item_name, line.spec, line.lot_no, day(line.expires_on), line.base_unit,
        str(line.quantity), codes("loss_reason").get(line.reason, ""), line.note, yuan(line.amount),
    ]  # fmt: skip
