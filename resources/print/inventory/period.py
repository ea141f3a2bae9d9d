"""The printed 收发存月报 and the 麻精药品专册."""

from datetime import UTC

from protos import facts
from protos.inventory import card_pb2, period_pb2
from resources.print.core.amounts import yuan
from resources.print.core.document import draw_document
from resources.print.core.page import PrintMeta, local_time
from resources.print.core.table import Column

VERSION = 1  # of the template

_CODE = card_pb2.RegisterLine.DESCRIPTOR.fields_by_name["code"]
_REPORT = [
    Column("序号", 9, "center"),
    Column("品名规格", 62),
    Column("单位", 11, "center"),
    *(Column(label, width, "right")
      for what in ("期初", "收入", "发出", "期末")
      for label, width in ((what, 17), (f"{what}金额", 26))),
]  # fmt: skip
_REGISTER = [
    Column("日期", 30),
    Column("业务", 22),
    Column("凭证号", 32),
    Column("批号", 22),
    Column("从", 30),
    Column("到", 30),
    Column("数量", 14, "right"),
    Column("经手人", 20),
    Column("复核人", 20),
    Column("说明", 34),
]


def draw_report(period: period_pb2.Period, meta: PrintMeta) -> bytes:
    """A PDF of what opened, came, went and closed in a month, item by item."""
    rows = [
        [str(number), line.item_name, line.unit, str(line.opening), yuan(line.opening_amount),
         str(line.received), yuan(line.in_amount), str(line.issued), yuan(line.out_amount),
         str(line.closing), yuan(line.closing_amount)]
        for number, line in enumerate(period.lines, 1)
    ]  # fmt: skip
    total = ["合计", "", "", "", yuan(period.opening_amount), "", yuan(period.in_amount), "",
             yuan(period.out_amount), "", yuan(period.closing_amount)]  # fmt: skip
    header = [("会计期", f"{period.period[:4]}年{period.period[4:]}月"),
              ("流水笔数", str(period.moves)), ("结账人", period.closer_name)]  # fmt: skip
    return draw_document(
        "库存收发存月报", period.period, "", header, _REPORT, rows, total,
        ["制表", "复核", "负责人"], meta, paper="A4-landscape", size=8,
    )  # fmt: skip


def draw_register(register: card_pb2.Register, meta: PrintMeta) -> bytes:
    """A PDF of every movement of a controlled drug, with both hands."""
    rows = [
        [local_time(line.posted_at.ToDatetime(tzinfo=UTC)), facts.value_label(_CODE, line.code),
         line.number, line.lot_no, line.source, line.target, str(line.quantity),
         line.operator_name, line.second_name, line.reason]
        for line in register.lines
    ]  # fmt: skip
    rows += [_empties(row) for row in register.handed_in]
    header = [("品名规格", register.title), ("生产厂家", register.manufacturer),
              ("全中心库存", f"{register.on_hand}{register.base_unit}"),
              ("累计使用", f"{register.used}{register.base_unit}"),
              ("收回空安瓿", f"{register.empties}{register.base_unit}"),
              ("碎失、差额", f"{register.broken}、{register.missing}{register.base_unit}"),
              ]  # fmt: skip
    return draw_document(
        "麻醉、第一类精神药品专册", register.code, register.code, header, _REGISTER, rows,
        [f"共 {len(rows)} 笔", *[""] * (len(_REGISTER) - 1)], ["专管人员", "复核", "科室负责人"],
        meta, paper="A4-landscape", size=8,
    )  # fmt: skip


def _empties(row: card_pb2.RegisterEmpties) -> list[str]:
    broken = f"，碎失{row.broken}" if row.broken else ""
    return [
        local_time(row.received_at.ToDatetime(tzinfo=UTC)), "空安瓿交回", row.number, row.lot_no,
        row.person_name, row.receiver_name, str(row.quantity), row.person_name, row.receiver_name,
        f"{row.business_on}使用{broken} {row.remark}".strip(),
    ]  # fmt: skip
