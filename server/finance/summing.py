"""The sums of a daily report, all made of the payments, so that they add up to them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.finance.charge_pb2 import Charge as Bill
from protos.finance.invoice_pb2 import Invoice as Sheet
from protos.finance.payment_pb2 import Payment as Way
from server.core.errors import BusinessError
from server.finance import pricing
from server.finance.bill import Charge
from server.finance.day_sheet import (
    DaySheet,
    DaySheetGroup,
    DaySheetLine,
    DaySheetMethod,
    DaySheetPaper,
)
from server.finance.invoice import Invoice
from server.finance.payment import Payment, ways_text

_COUNTED = (Bill.PARTIAL, Bill.PAID, Bill.ARREARS, Bill.REFUNDING, Bill.REFUNDED)


def gather(db: Session, report: DaySheet) -> None:
    """Draw the cashier's payments and bills of the day, and sum them up; ticks are kept."""
    payments = _payments(db, report)
    for each in payments:
        each.daily_id = report.id
    charges = _charges(db, report, payments)
    kept = {line.charge_id: line for line in report.lines}
    report.lines[:] = [
        _line(
            kept.get(charge.id) or DaySheetLine(ticked=False, note=""),
            position,
            charge,
            [payment for payment in payments if payment.charge_id == charge.id],
        )
        for position, charge in enumerate(charges, 1)
    ]
    report.methods[:] = [DaySheetMethod(**sums) for sums in by_method(payments)]
    report.groups[:] = [
        DaySheetGroup(group=group, amount=amount)
        for group, amount in by_group(charges, payments).items()
    ]
    report.papers[:] = [DaySheetPaper(**sums) for sums in by_paper(_invoices(db, report))]
    _sum_up(report, payments)
    prove(report)


def _payments(db: Session, report: DaySheet) -> list[Payment]:
    chosen = select(Payment).where(
        Payment.cashier_id == report.cashier_id,
        Payment.money_on == report.day_on,
        Payment.daily_id.is_(None) | (Payment.daily_id == report.id),
    )
    return list(db.scalars(chosen.order_by(Payment.id)))


def _charges(db: Session, report: DaySheet, payments: Iterable[Payment]) -> Sequence[Charge]:
    paid = {payment.charge_id for payment in payments}
    owed = (
        (Charge.cashier_id == report.cashier_id)
        & (Charge.money_on == report.day_on)
        & Charge.state.in_(_COUNTED)
    )
    chosen = select(Charge).where(Charge.id.in_(paid) | owed)
    return db.scalars(chosen.order_by(Charge.id)).all()


def _invoices(db: Session, report: DaySheet) -> list[Invoice]:
    chosen = select(Invoice).where(
        Invoice.cashier_id == report.cashier_id, Invoice.money_on == report.day_on
    )
    return list(db.scalars(chosen.order_by(Invoice.segment_id, Invoice.number)))


def _line(line: DaySheetLine, position: int, charge: Charge, own: list[Payment]) -> DaySheetLine:
    line.position, line.charge_id, line.charge_no = position, charge.id, charge.charge_no
    line.task_code, line.run_type, line.hospital = (
        charge.task_code, charge.run_type, charge.hospital,
    )  # fmt: skip
    line.charge_km, line.due, line.reduction = charge.charge_km, charge.due, charge.reduction
    line.received = sum(p.amount for p in own if p.amount > 0)
    line.refunded = -sum(p.amount for p in own if p.amount < 0)
    line.arrears, line.invoice_no = charge.arrears, charge.invoice_no
    line.methods_text = ways_text(own)
    return line


def by_method(payments: Sequence[Payment]) -> list[dict[str, int]]:
    """What came, went and stayed, by way of payment."""
    ways = sorted({payment.method for payment in payments})
    return [_way_sums(way, [p.amount for p in payments if p.method == way]) for way in ways]


def _way_sums(way: int, amounts: list[int]) -> dict[str, int]:
    received = sum(a for a in amounts if a > 0)
    refunded = -sum(a for a in amounts if a < 0)
    return {
        "method": way, "count": len(amounts), "received": received, "refunded": refunded,
        "net": received - refunded,
    }  # fmt: skip


def by_group(charges: Iterable[Charge], payments: Sequence[Payment]) -> dict[int, int]:
    """The payments spread over the fee groups of their bills; sums to the payments exactly."""
    wanted = {payment.id for payment in payments}
    sums: dict[int, int] = {}
    for charge in charges:
        position = 0
        for payment in charge.payments:
            before = pricing.shares(charge.fees, position)
            position += payment.amount
            if payment.id in wanted:
                for group, part in pricing.shares(charge.fees, position).items():
                    sums[group] = sums.get(group, 0) + part - before[group]
    return {group: sums[group] for group in sorted(sums) if sums[group]}


def by_paper(invoices: Sequence[Invoice]) -> list[dict[str, object]]:
    """What was used of each segment."""
    segments = list(dict.fromkeys(invoice.segment_id for invoice in invoices))
    return [_paper_sums([i for i in invoices if i.segment_id == s]) for s in segments]


def _paper_sums(invoices: Sequence[Invoice]) -> dict[str, object]:
    return {
        "bill_code": invoices[0].bill_code,
        "first_no": invoices[0].number,
        "last_no": invoices[-1].number,
        "used": len(invoices),
        "voided": sum(i.state in (Sheet.VOID, Sheet.REPLACED) for i in invoices),
        "refunded": sum(i.state == Sheet.REFUNDED for i in invoices),
        "amount": sum(i.amount for i in invoices if i.state == Sheet.VALID),
    }


def _sum_up(report: DaySheet, payments: Sequence[Payment]) -> None:
    report.charges = len(report.lines)
    report.ticked = sum(line.ticked for line in report.lines)
    report.due = sum(line.due for line in report.lines)
    report.reduction = sum(line.reduction for line in report.lines)
    report.arrears = sum(line.arrears for line in report.lines)
    report.received = sum(p.amount for p in payments if p.amount > 0)
    report.refunded = -sum(p.amount for p in payments if p.amount < 0)
    report.net = report.received - report.refunded
    report.cash_due = sum(p.amount for p in payments if p.method == Way.CASH)


def prove(report: DaySheet) -> None:
    """Methods, groups and lines each add up to the net sum; a report that does not is refused."""
    sums = {
        sum(method.net for method in report.methods),
        sum(group.amount for group in report.groups),
        sum(line.received - line.refunded for line in report.lines),
        report.net,
    }
    if len(sums) != 1:
        raise BusinessError("日报合计与支付流水不符，请重新汇总；仍不符请联系财务核对")
