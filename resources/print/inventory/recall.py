"""The printed 召回报告: every lot accounted for."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from protos import facts
from protos.inventory import recall_pb2 as pb
from resources.print.core.document import draw_document
from resources.print.core.page import PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day

VERSION = 1  # of the template

_FIELDS = pb.Recall.DESCRIPTOR.fields_by_name
_NAMES = ("received", "quarantined", "elsewhere", "transit", "returned", "scrapped", "consumed",
          "lost", "other", "gap")  # fmt: skip
COLUMNS = [
    Column("批号", 30),
    Column("入库日期", 22, "center"),
    Column("供应商", 50),
    *(
        Column(facts.label(pb.RecallLot.DESCRIPTOR.fields_by_name[name]), 17, "right")
        for name in _NAMES
    ),
]


def draw(recall: pb.Recall, meta: PrintMeta) -> bytes:
    """A PDF of a recall as Get answers it, on A4 across."""
    header = [
        ("物资", recall.item_name),
        ("级别", facts.value_label(_FIELDS["grade"], recall.grade)),
        ("来源", facts.value_label(_FIELDS["origin"], recall.origin)),
        ("通知文号", recall.notice_no),
        ("启动", f"{recall.starter_name} {_at(recall.started_at)}".strip()),
        ("结束", _at(recall.ended_at)),
        ("状态", facts.value_label(_FIELDS["state"], recall.state)),
        ("进度", recall.progress),
        ("涉及病历", f"{recall.patients}份"),
        ("原因", recall.reason),
        ("备案与报告", recall.log),
        ("结论", recall.conclusion),
    ]
    totals = [str(sum(getattr(lot, name) for lot in recall.lots)) for name in _NAMES]
    return draw_document(
        "召回报告（演练）" if recall.drill else "召回报告",
        recall.number,
        barcode(recall.number),
        header,
        COLUMNS,
        [_row(lot) for lot in recall.lots],
        ["合计", "", "", *totals],
        ["经办", "质控", "负责人"],
        meta,
        "A4-landscape",
        note="入库 = 隔离 + 在存 + 在途 + 退供应商 + 销毁 + 患者使用 + 损耗 + 盘亏",
    )


def _row(lot: pb.RecallLot) -> list[str]:
    return [lot.lot_no, day(lot.received_on), lot.supplier,
            *(str(getattr(lot, name)) for name in _NAMES)]  # fmt: skip


def _at(moment: Timestamp) -> str:
    if not moment.seconds:
        return ""
    local = datetime.fromtimestamp(moment.seconds, UTC).astimezone(ZoneInfo("Asia/Shanghai"))
    return local.strftime("%Y.%m.%d %H:%M")
