"""The printed 空安瓿交接单: who handed in what, who received it."""

from datetime import UTC

from protos.inventory import empties_pb2 as pb
from resources.print.core.document import draw_document
from resources.print.core.page import PrintMeta, local_time
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day

VERSION = 1  # of the template

COLUMNS = [
    Column("使用日期", 24, "center"),
    Column("药品", 60),
    Column("批号", 26),
    Column("说明", 38),
    Column("空安瓿数", 20, "right"),
    Column("碎失数", 18, "right"),
]


def draw(handed: pb.EmptiesReturn, meta: PrintMeta) -> bytes:
    """A PDF of one record as Get answers it."""
    received = ""
    if handed.HasField("received_at"):
        received = local_time(handed.received_at.ToDatetime(tzinfo=UTC))
    header = [
        ("交回", handed.person_name),
        ("接收", handed.receiver_name),
        ("接收时间", received),
        ("任务号", handed.task_no),
    ]
    row = [
        day(handed.business_on), handed.item_name, handed.lot_no, handed.remark,
        str(handed.quantity), str(handed.broken),
    ]  # fmt: skip
    total = ["合计", "", "", "", str(handed.quantity), str(handed.broken)]
    return draw_document(
        "空安瓿交接单", handed.number, barcode(handed.number), header, COLUMNS, [row], total,
        ["交回人", "接收人", "专管人员"], meta,
    )  # fmt: skip
