"""The printed 作废销毁单."""

from protos import facts
from protos.inventory import disposal_pb2 as pb
from resources.print.core.amounts import yuan
from resources.print.core.document import draw_document
from resources.print.core.page import SHEETS, PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day, money

VERSION = 1  # of the template
PAPERS = SHEETS

_FIELDS = pb.Disposal.DESCRIPTOR.fields_by_name
COLUMNS = [
    Column("序号", 8, "center"),
    Column("品名", 46),
    Column("规格", 24),
    Column("批号", 24),
    Column("有效期至", 20, "center"),
    Column("单位", 10, "center"),
    Column("数量", 14, "right"),
    Column("说明", 22),
    Column("金额（元）", 22, "right"),
]


def draw(disposal: pb.Disposal, meta: PrintMeta) -> bytes:
    """A PDF of a disposal as Get answers it."""
    header = [
        ("仓库", disposal.warehouse_name),
        ("作废原因", facts.value_label(_FIELDS["cause"], disposal.cause)),
        ("业务日期", day(disposal.business_on)),
        ("销毁方式", facts.value_label(_FIELDS["method"], disposal.method)),
        ("销毁地点", disposal.place),
        ("监销人", "、".join(filter(None, (disposal.witness_name, disposal.second_witness_name)))),
        ("制单", disposal.maker_name),
        ("审批", disposal.approver_name),
        ("销毁登记", disposal.poster_name),
        ("备注", disposal.remark),
    ]
    return draw_document(
        "作废销毁单",
        disposal.number,
        barcode(disposal.number),
        header,
        COLUMNS,
        [_row(number, line) for number, line in enumerate(disposal.lines, 1)],
        money(disposal.amount, len(COLUMNS)),
        ["经办", "监销人", "监销人", "审批"],
        meta,
    )


def _row(number: int, line: pb.DisposalLine) -> list[str]:
    return [
        str(number), line.item_name, line.spec, line.lot_no, day(line.expires_on), line.unit,
        str(line.quantity), line.note, yuan(line.amount),
    ]  # fmt: skip
