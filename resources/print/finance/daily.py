"""收费日报, A4 landscape: the bills, the sums by way, by fee and by paper, the hand-in."""

from protos import facts
from protos.finance.charge_pb2 import Charge
from protos.finance.daily_pb2 import DailyLine, DailyReport
from protos.finance.payment_pb2 import Payment
from protos.finance.price_pb2 import PriceItem
from resources.print.core.amounts import capital, yuan
from resources.print.core.page import Document, Heading, PrintMeta
from resources.print.core.signature import draw_signature_line
from resources.print.core.table import Column, draw_pairs, draw_section, draw_table

VERSION = 1  # of the template

_RUNS = facts.of_values(Charge.RunType.DESCRIPTOR)
_WAYS = facts.of_values(Payment.Method.DESCRIPTOR)
_GROUPS = facts.of_values(PriceItem.Group.DESCRIPTOR)
_BILLS = [
    Column("序号", 9, "center"),
    Column("收费单号", 32),
    Column("任务编号", 38),
    Column("类型", 12, "center"),
    Column("送往医院", 34),
    Column("公里", 12, "right"),
    Column("应收", 17, "right"),
    Column("减免", 14, "right"),
    Column("实收", 17, "right"),
    Column("退款", 15, "right"),
    Column("欠费", 15, "right"),
    Column("支付方式", 22),
    Column("票据号", 18),
    Column("勾选", 10, "center"),
]
_SUMS = [
    Column("支付方式", 40),
    Column("笔数", 20, "right"),
    Column("收款", 30, "right"),
    Column("退款", 30, "right"),
    Column("净额", 30, "right"),
]
_PAPERS = [
    Column("票据代码", 30),
    Column("起号", 30),
    Column("止号", 30),
    Column("使用", 18, "right"),
    Column("作废", 18, "right"),
    Column("退费", 18, "right"),
    Column("有效金额", 30, "right"),
]


def draw(report: DailyReport, meta: PrintMeta) -> bytes:
    """A PDF of a report as Get answers it."""
    heading = Heading("收费日报", report.number, report.number.replace("-", ""))
    with Document(heading, meta, "A4-landscape") as document:
        draw_pairs(document, _head(report), 4)
        draw_table(document, _BILLS, _bills(report), _bill_totals(report), size=8)
        draw_section(document, "按支付方式")
        draw_table(document, _SUMS, _ways(report), _way_totals(report))
        draw_section(document, "按费用类别")
        labels = [Column(_GROUPS[each.group].label, 20, "right") for each in report.groups]
        amounts = [yuan(each.amount) for each in report.groups]
        if labels:
            total = [Column("合计", 24, "right")]
            draw_table(document, [*labels, *total], [[*amounts, yuan(report.net)]])
        if report.papers:
            draw_section(document, "按票据")
            draw_table(document, _PAPERS, _papers(report))
        draw_section(document, "交款")
        draw_pairs(document, _hand_in(report), 3)
        draw_signature_line(document, ("交款人", "审核人", "收款人"), 9)
    return document.pdf


def _head(report: DailyReport) -> list[tuple[str, str]]:
    return [
        ("日期", report.day_on),
        ("收费员", report.cashier_name),
        ("单数", str(report.charges)),
        ("净额", f"{yuan(report.net)} 元"),
    ]


def _bills(report: DailyReport) -> list[list[str]]:
    return [[str(row), *_bill(line)] for row, line in enumerate(report.lines, 1)]


def _bill(line: DailyLine) -> list[str]:
    kilometres = f"{line.charge_km // 10}.{line.charge_km % 10}"
    amounts = (line.due, line.reduction, line.received, line.refunded, line.arrears)
    return [
        line.charge_no,
        line.task_code,
        _RUNS[line.run_type].label,
        line.hospital,
        kilometres,
        *map(yuan, amounts),
        line.methods_text,
        line.invoice_no,
        "√" if line.ticked else "",
    ]


def _bill_totals(report: DailyReport) -> list[str]:
    amounts = (report.due, report.reduction, report.received, report.refunded, report.arrears)
    return [f"合计（大写）{capital(report.net)}", *[""] * 5, *map(yuan, amounts), " ", " ", " "]


def _ways(report: DailyReport) -> list[list[str]]:
    return [
        [_WAYS[m.method].label, str(m.count), yuan(m.received), yuan(m.refunded), yuan(m.net)]
        for m in report.methods
    ]


def _way_totals(report: DailyReport) -> list[str]:
    count = sum(method.count for method in report.methods)
    sums = (report.received, report.refunded, report.net)
    return ["合计", str(count), *map(yuan, sums)]


def _papers(report: DailyReport) -> list[list[str]]:
    return [
        [p.bill_code, p.first_no, p.last_no, str(p.used), str(p.voided), str(p.refunded),
         yuan(p.amount)]
        for p in report.papers
    ]  # fmt: skip


def _hand_in(report: DailyReport) -> list[tuple[str, str]]:
    handed = yuan(report.cash_handed) if report.HasField("cash_handed") else "未填写"
    return [
        ("应交现金", yuan(report.cash_due)),
        ("实交现金", handed),
        ("长短款", f"{yuan(report.difference)}　{report.difference_reason}".strip()),
    ]
