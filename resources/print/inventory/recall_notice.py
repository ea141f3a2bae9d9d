"""The printed 召回通知单 with the 回执 to tear off."""

from protos.inventory import recall_pb2 as pb
from resources.print.core.document import draw_document
from resources.print.core.page import PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode

VERSION = 1  # of the template

COLUMNS = [
    Column("品名规格", 70),
    Column("批号", 34),
    Column("账面数量", 22, "right"),
    Column("在途数量", 22, "right"),
    Column("实物数量", 22, "right"),
    Column("单位", 16, "center"),
]
_TELL = "请立即停止使用并单独存放，清点后在系统里回执；物资由库管员收回到隔离库。"


def draw(notice: pb.RecallNotice, meta: PrintMeta) -> bytes:
    """A PDF of a notice as Get answers it: first the notice, then the receipt."""
    drill = "（演练）" if notice.drill else ""
    header = [
        ("持有仓库", notice.warehouse_name),
        ("召回退回单号", notice.return_no),
        ("召回级别", notice.grade),
        ("通知文号", notice.notice_no),
        ("召回原因", notice.reason),
        ("回执期限", notice.deadline),
        ("要求", _TELL),
        ("差异说明", notice.explanation),
        ("回执人", notice.acknowledger_name),
    ]
    row = [
        notice.item_name, notice.lot_no, str(notice.book), str(notice.transit or ""),
        str(notice.found) if notice.acknowledged_at.seconds else "", notice.unit,
    ]  # fmt: skip
    return draw_document(
        f"召回通知单、退回单{drill}",
        notice.number,
        barcode(notice.number),
        header,
        COLUMNS,
        [row],
        [],
        ["签发", "回执人", "回执日期"],
        meta,
        copies=("第一联 通知", "第二联 退回单（回执）"),
        per_row=2,
    )
