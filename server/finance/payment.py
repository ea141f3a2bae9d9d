"""Payments: every amount taken or paid back is a row; nothing is changed or deleted."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from protos import facts
from protos.facts import Fault
from protos.finance import payment_pb2 as pb
from server.admin.person import Person
from server.core.call import Call
from server.core.db import Model
from server.core.errors import Invalid
from server.core.numbering import document_number, shanghai_date
from server.core.reading import ReadService

_METHOD = pb.Payment
INSURANCE = frozenset({_METHOD.INS_FUND, _METHOD.INS_ACCT, _METHOD.INS_MULAID})
TRACED = frozenset({_METHOD.WECHAT, _METHOD.ALIPAY, _METHOD.POS})  # have a number of the channel
MOST = 3  # ways of payment a bill may be split over


class Payment(Model):
    """One amount by one way; negative when paid back."""

    __tablename__ = "finance_payment"

    number: Mapped[str] = mapped_column(String(20), unique=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("finance_charge.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    method: Mapped[int]
    amount: Mapped[int]  # fen
    tendered: Mapped[int] = mapped_column(default=0)  # cash given; never part of sums
    change: Mapped[int] = mapped_column(default=0)
    trade_no: Mapped[str] = mapped_column(String(40), default="", index=True)
    paid_at: Mapped[datetime] = mapped_column(index=True)
    money_on: Mapped[date] = mapped_column(index=True)
    cashier_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    reversal_of_id: Mapped[int | None] = mapped_column(
        ForeignKey("finance_payment.id"), unique=True
    )
    daily_id: Mapped[int | None] = mapped_column(ForeignKey("finance_daily.id"), index=True)
    state: Mapped[int] = mapped_column(default=pb.Payment.DONE)


class CashDesk(Model):
    """How far a cashier's days are handed in; its row lock orders taking money and handing in."""

    __tablename__ = "finance_cash_desk"

    cashier_id: Mapped[int] = mapped_column(ForeignKey(Person.id), unique=True)
    closed_until_on: Mapped[date]


def desk_of(call: Call, cashier_id: int) -> CashDesk:
    """The cashier's desk, locked."""
    chosen = select(CashDesk).where(CashDesk.cashier_id == cashier_id).with_for_update()
    desk = call.db.scalars(chosen).first()
    if desk is None:
        desk = CashDesk(cashier_id=cashier_id, closed_until_on=date.min)
        call.db.add(desk)
        call.db.flush()
    return desk


def money_day(call: Call, cashier_id: int) -> date:
    """The day a cashier's money counts for: today, or the day after the last handed in."""
    today = shanghai_date(call.now)
    closed = desk_of(call, cashier_id).closed_until_on
    return today if closed < today else closed + timedelta(days=1)


def split_faults(parts: Sequence[pb.Payment], open_amount: int, whole: bool) -> Iterator[Fault]:
    """What is wrong with a split: its sum, its parts, the cash given for it."""
    if len(parts) > MOST:
        yield Fault("payments", f"最多分{MOST}种方式支付")
    for row, part in enumerate(parts):
        yield from _part_faults(f"payments[{row}].", part)
    total = sum(part.amount for part in parts)
    if whole and total != open_amount:
        yield Fault("payments", f"各项合计{_yuan(total)}元，应收{_yuan(open_amount)}元，请改到相等")
    if not whole and total >= open_amount:
        yield Fault("payments", f"部分收款要少于未收的{_yuan(open_amount)}元；收足请用“收款”")


def _part_faults(path: str, part: pb.Payment) -> Iterator[Fault]:
    if part.amount <= 0:
        yield Fault(path + "amount", "金额要大于0")
    if part.method in INSURANCE:
        yield Fault(path + "method", "医保支付由医保结算产生，不能手工录入")
    if part.method in TRACED and not part.trade_no.strip():
        yield Fault(path + "trade_no", "请填写渠道单号，对账要用")
    if part.method == _METHOD.CASH:
        if part.tendered and part.tendered < part.amount:
            yield Fault(path + "tendered", "收到的现金少于应收的现金")
    elif part.tendered:
        yield Fault(path + "tendered", "只有现金填写收现金")


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def refuse_known_trades(call: Call, parts: Sequence[pb.Payment]) -> None:
    """Refuse a channel's number that already paid something."""
    for row, part in enumerate(parts):
        trade_no = part.trade_no.strip()
        same = select(Payment).where(
            Payment.method == part.method, Payment.trade_no == trade_no, Payment.amount > 0
        )
        twice = [p.trade_no.strip() for p in parts[:row] if p.method == part.method]
        if trade_no and (trade_no in twice or call.db.scalars(same.limit(1)).first()):
            text = f"渠道单号{trade_no}已收过款，请核对是否重复收费"
            raise Invalid.at(f"payments[{row}].trade_no", text)


def take(call: Call, charge_id: int, parts: Sequence[pb.Payment], money_on: date) -> list[Payment]:
    """Rows for checked parts."""
    return [_taken(call, charge_id, part, money_on) for part in parts]


def _taken(call: Call, charge_id: int, part: pb.Payment, money_on: date) -> Payment:
    tendered = part.tendered or (part.amount if part.method == _METHOD.CASH else 0)
    return Payment(
        number=document_number(call, "ZF", 5), charge_id=charge_id, method=part.method,
        amount=part.amount, tendered=tendered, change=tendered - part.amount if tendered else 0,
        trade_no=part.trade_no.strip(), paid_at=call.now, money_on=money_on,
        cashier_id=call.user.id, state=_METHOD.DONE,
    )  # fmt: skip


def reverse(
    call: Call, payments: Iterable[Payment], cashier_id: int, money_on: date
) -> list[Payment]:
    """Red rows for all that was taken and not yet paid back, by the ways it came."""
    taken = [p for p in payments if p.state == _METHOD.DONE]
    red = []
    for payment in taken:
        payment.state = _METHOD.REVERSED
        red.append(
            Payment(
                number=document_number(call, "TK", 5), charge_id=payment.charge_id,
                method=payment.method, amount=-payment.amount, tendered=0, change=0,
                trade_no=payment.trade_no, paid_at=call.now, money_on=money_on,
                cashier_id=cashier_id, reversal_of_id=payment.id, state=_METHOD.REFUND,
            )
        )  # fmt: skip
    return red


def ways_text(payments: Iterable[Payment]) -> str:
    """The ways of payment, each once: 现金、微信."""
    labels = facts.of_values(pb.Payment.Method.DESCRIPTOR)
    return "、".join(dict.fromkeys(labels[p.method].label for p in payments))


class PaymentService(ReadService[Payment, pb.Payment]):
    """Shows the flow of money."""

    model = Payment
    message = pb.Payment
    page = pb.PaymentList
    searches = ("number", "trade_no")
    display = "number"
    code = "number"

    def visible(self, call: Call) -> Select[Payment]:
        """Everybody's with wide scope, else those of the people of the user's departments."""
        people = select(Person.id).where(Person.department_id.in_(call.user.departments or ()))
        if call.user.departments is None:
            return select(Payment)
        ours = Payment.cashier_id.in_(people) | (Payment.cashier_id == call.user.id)
        return select(Payment).where(ours)
