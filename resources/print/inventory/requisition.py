"""The printed 申领单."""

from protos import facts
from protos.inventory import requisition_pb2 as pb
from resources.print.core.document import draw_document
from resources.print.core.page import SHEETS, PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day

VERSION = 2  # of the template
PAPERS = SHEETS

_STATE = pb.Requisition.DESCRIPTOR.fields_by_name["state"]
_LEVELS = ("分站", "分中心", "中心")
_GOODS = [
    Column("序号", 8, "center"),
    Column("品名", 44),
    Column("规格", 24),
    Column("单位", 9, "center"),
    Column("现有", 13, "right"),
    Column("应备", 13, "right"),
    Column("申领", 14, "right"),
]
_ENDS = [Column("核减", 13, "right"), Column("已发放", 14, "right"), Column("说明", 34)]


def draw(requisition: pb.Requisition, meta: PrintMeta) -> bytes:
    """A PDF of a requisition as Get answers it, on A4 across; what each level gave side by side."""
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
    levels = [level for level in _LEVELS if any(s.level == level for s in requisition.steps)]
    columns = [*_GOODS, *(Column(f"{level}批准", 21, "right") for level in levels), *_ENDS]
    given = _given(requisition)
    return draw_document(
        "物资申领单（急）" if requisition.urgent else "物资申领单",
        requisition.number,
        barcode(requisition.number),
        header,
        columns,
        [
            _row(number, line, [given.get((level, line.item_id), "") for level in levels])
            for number, line in enumerate(lines, 1)
        ],
        [f"共 {len(lines)} 种", *[""] * (len(columns) - 1)],
        ["申领人", "审批人", "发货人", "领用人"],
        meta,
        "A4-landscape",
    )


def _row(number: int, line: pb.RequisitionLine, given: list[str]) -> list[str]:
    why = " ".join(part for part in (line.reason, line.cut_reason) if part)
    return [
        str(number), line.item_name, line.spec, line.base_unit, _units(line.on_hand),
        _units(line.target), _units(line.base_quantity), *given, _units(line.cut),
        _units(line.issued), why,
    ]  # fmt: skip


def _units(number: int) -> str:
    return str(number) if number else ""


def _given(requisition: pb.Requisition) -> dict[tuple[str, int], str]:
    """What each level gave of each item itself and passed on; a dash where it has not decided."""
    return {(step.level, step.item_id): _decided(step) for step in requisition.steps}


def _decided(step: pb.RequisitionStep) -> str:
    if step.state in (pb.Requisition.DRAFT, pb.Requisition.SUBMITTED):
        return "—"
    return f"{step.granted} 转报{step.forwarded}" if step.forwarded else str(step.granted)
