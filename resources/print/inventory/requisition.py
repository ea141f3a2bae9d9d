"""The printed 申领单."""

from protos import facts
from protos.inventory import requisition_pb2 as pb
from resources.print.core.document import draw_document
from resources.print.core.page import PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day

VERSION = 1  # of the template

_STATE = pb.Requisition.DESCRIPTOR.fields_by_name["state"]
COLUMNS = [
    Column("序号", 8, "center"),
    Column("品名", 44),
    Column("规格", 24),
    Column("单位", 9, "center"),
    Column("现有", 13, "right"),
    Column("应备", 13, "right"),
    Column("申领", 14, "right"),
    Column("本级批准", 16, "right"),
    Column("转报上级", 16, "right"),
    Column("核减", 13, "right"),
    Column("已发放", 14, "right"),
    Column("说明", 34),
]


def draw(requisition: pb.Requisition, meta: PrintMeta) -> bytes:
    """A PDF of a requisition as Get answers it, on A4 across."""
    header = [
        ("申领仓库", requisition.warehouse_name),
        ("供货仓库", requisition.source_name),
        ("申领日期", day(requisition.business_on)),
        ("申领", requisition.maker_name),
        ("审批", requisition.approver_name),
        ("状态", facts.value_label(_STATE, requisition.state)),
        ("事由", requisition.remark),
    ]
    lines = requisition.lines
    return draw_document(
        "物资申领单（急）" if requisition.urgent else "物资申领单",
        requisition.number,
        barcode(requisition.number),
        header,
        COLUMNS,
        [_row(number, line) for number, line in enumerate(lines, 1)],
        [f"共 {len(lines)} 种", *[""] * (len(COLUMNS) - 1)],
        ["申领人", "审批人", "发货人", "领用人"],
        meta,
        "A4-landscape",
        note="；".join(_above(requisition)),
    )


def _row(number: int, line: pb.RequisitionLine) -> list[str]:
    units = (line.on_hand, line.target, line.base_quantity, line.granted, line.forwarded,
             line.cut, line.issued)  # fmt: skip
    why = " ".join(part for part in (line.reason, line.cut_reason) if part)
    return [
        str(number), line.item_name, line.spec, line.base_unit,
        *(str(n) if n else "" for n in units), why,
    ]  # fmt: skip


def _above(requisition: pb.Requisition) -> list[str]:
    """What other levels approved, for the line under the title."""
    seen: dict[str, tuple[str, str]] = {}
    for step in requisition.steps:
        if step.number and step.number != requisition.number and step.approver:
            seen[step.number] = (step.level, step.approver)
    return [f"{level}审批：{approver}（{number}）" for number, (level, approver) in seen.items()]
