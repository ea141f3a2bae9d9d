"""Demo history: two weeks of bills of several cashiers, paid, printed and handed in."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.finance import charge_pb2, daily_pb2, invoice_pb2, payment_pb2, segment_pb2
from server.admin.department import Department
from server.admin.person import Person
from server.core.numbering import SHANGHAI, shanghai_date
from server.finance import summing
from server.finance.bill import Charge, ChargeLine, compute, count_money, measure
from server.finance.day_sheet import DaySheet
from server.finance.invoice import Invoice, printed_lines, printed_parts
from server.finance.payment import CashDesk, Payment
from server.finance.price import PriceList
from server.finance.segment import Segment, advance

_C, _P, _D = charge_pb2.Charge, payment_pb2.Payment, daily_pb2.DailyReport
DAYS = 14
CASHIERS = ("SF001", "SJ001", "YS001")  # the crews collect too
STATIONS = ("FZ101", "FZ102")
_NAMES = (
    "王建国", "李秀英", "张伟", "刘洋", "陈静", "杨帆", "赵敏", "黄志强", "周婷", "吴磊", "徐丽",
    "孙浩", "马兰", "朱军", "胡雪梅", "林峰", "何洁",
)  # fmt: skip
_HOSPITALS = (
    "东方医院", "仁济医院东院", "浦东新区人民医院", "曙光医院东院", "公利医院", "第七人民医院",
)  # fmt: skip
_STREETS = ("张杨路", "浦东南路", "世纪大道", "东方路", "潍坊路", "源深路", "羽山路", "昌里路")
_CREWS = (
    ("孙师傅", "陈医生", "沪A120J1"),
    ("郭师傅", "林医生", "沪A120J2"),
    ("何师傅", "高医生", "沪A120K5"),
)
_EXTRAS = ("TRT-S", "TRT-M", "EXAM-ECG", "EXAM-GLU", "MEAS-OXY", "MEAS-IV")
_REASONS = ("三无人员，医院无家属", "家属未到场，留联系电话", "患者随身无钱款")


@dataclass
class _Teller:
    """Writes the rows of one demo history, numbered day by day."""

    db: Session
    tariff: PriceList
    place: Segment
    stations: list[int]
    dice: random.Random = field(default_factory=lambda: random.Random(120))
    counts: dict[str, int] = field(default_factory=dict)

    def number(self, prefix: str, day: date, digits: int = 5) -> str:
        """The next document number of a day gone by."""
        series = f"{prefix}{day:%Y%m%d}"
        self.counts[series] = self.counts.get(series, 0) + 1
        return f"{series}-{self.counts[series]:0{digits}d}"


def write(db: Session, now: datetime, people: dict[str, int], tariff: PriceList) -> None:
    """The days before today; today is left to the demo day."""
    cashiers = [db.get_one(Person, people[no]) for no in CASHIERS if no in people]
    stations = list(db.scalars(select(Department.id).where(Department.code.in_(STATIONS))))
    teller = _Teller(db, tariff, _old_segment(db, now), stations)
    today = shanghai_date(now)
    for days in range(DAYS, 0, -1):
        day = today - timedelta(days=days)
        for cashier in cashiers:
            for at in _moments(teller.dice, day):
                _bill(teller, cashier, at, day)
            db.flush()
            _hand_in(teller, cashier, day, days, people)
    for cashier in cashiers:
        closed = today - timedelta(days=1)
        db.add(CashDesk(cashier_id=cashier.id, closed_until_on=closed))


def _old_segment(db: Session, now: datetime) -> Segment:
    """The shared segment the history was printed from, used up to today."""
    made = Segment(
        bill_code=f"310601{now:%y}", first_no=1, last_no=1000, digits=8, next_no=1,
        created_at=now, updated_at=now, state=segment_pb2.Segment.RETURNED,
    )  # fmt: skip
    made.describe()
    db.add(made)
    db.flush()
    return made


def _moments(dice: random.Random, day: date) -> Iterator[datetime]:
    start = datetime.combine(day, time(7, 30), SHANGHAI)
    for minutes in sorted(dice.sample(range(900), dice.randint(5, 9))):
        yield (start + timedelta(minutes=minutes)).astimezone(UTC)


def _bill(teller: _Teller, cashier: Person, at: datetime, day: date) -> None:
    charge = _begun(teller, cashier, at, day)
    chance = teller.dice.random()
    if chance < 0.06:
        charge.state, charge.arrears = _C.ARREARS, charge.payable
        charge.reason = teller.dice.choice(_REASONS)
    elif chance < 0.08:
        charge.state, charge.reason = _C.VOID, "任务选错，作废重开"
        charge.money_on = None
    else:
        _pay(teller, charge, at, day)
    teller.db.add(charge)
    if charge.state == _C.PAID and teller.dice.random() < 0.9:
        teller.db.flush()
        _print(teller, charge, cashier, at)


def _begun(teller: _Teller, cashier: Person, at: datetime, day: date) -> Charge:
    dice, number = teller.dice, teller.number("SF", day)
    driver, doctor, plate = dice.choice(_CREWS)
    kind = dice.choices((_C.EMERGENCY, _C.TRANSFER, _C.HOME, _C.EMPTY_RUN), (76, 12, 8, 4))[0]
    scene = dice.randint(120_000, 880_000)
    km = int(dice.triangular(15, 260, 70))
    payer = dice.choices((_C.SELF, _C.EMPLOYEE, _C.RESIDENT), (60, 28, 12))[0]
    charge = Charge(
        charge_no=number, task_code=f"{at.astimezone(SHANGHAI):%Y%m%d%H%M%S}01070101",
        patient_order=1, charged_at=at, money_on=day, service_on=day, sex=dice.choice("12"),
        age=dice.randint(18, 94), hospital="" if kind == _C.HOME else dice.choice(_HOSPITALS),
        run_type=kind, payer_type=payer,
        station_id=dice.choice(teller.stations), plate=plate, driver=driver, doctor=doctor,
        cashier_id=cashier.id, odo_out=scene - dice.randint(10, 60), odo_scene=scene,
        odo_hospital=scene + km, odo_back=scene + km + dice.randint(10, 90), charge_km=0,
        waiting_minutes=dice.choice((0, 0, 0, 10, 25, 40, 70)), edit_reason="", reduction=0,
        price_list_id=teller.tariff.id, paid=0, arrears=0, refunded=0, state=_C.UNPAID,
        created_at=at, created_by=cashier.id, updated_at=at, updated_by=cashier.id, notice="",
    )  # fmt: skip
    charge.patient_name, charge.origin = dice.choice(_NAMES), _address(dice)
    charge.lines = [ChargeLine(code=code, quantity=10) for code in _codes(dice, kind)]
    measure(charge, km)
    compute(charge, teller.tariff)
    return charge


def _address(dice: random.Random) -> str:
    return f"{dice.choice(_STREETS)}{dice.randint(12, 1900)}弄{dice.randint(1, 60)}号"


def _codes(dice: random.Random, kind: int) -> list[str]:
    if kind == _C.HOME:
        return []
    extras = dice.sample(_EXTRAS, dice.randint(0, 3)) if kind != _C.EMPTY_RUN else []
    return ["EMS-CALL", *extras]


def _pay(teller: _Teller, charge: Charge, at: datetime, day: date) -> None:
    ways = teller.dice.choices(
        ([_P.WECHAT], [_P.ALIPAY], [_P.CASH], [_P.POS], [_P.WECHAT, _P.CASH]), (42, 20, 24, 6, 8)
    )[0]
    amounts = [charge.payable]
    if len(ways) == 2:
        amounts = [charge.payable // 200 * 100, charge.payable - charge.payable // 200 * 100]
    charge.payments = [
        Payment(
            number=teller.number("ZF", day), method=way, amount=amount, position=position,
            tendered=-(-amount // 1000) * 1000 if way == _P.CASH else 0,
            change=-(-amount // 1000) * 1000 - amount if way == _P.CASH else 0,
            trade_no="" if way == _P.CASH else f"42{teller.dice.randrange(10**14, 10**15)}",
            paid_at=at, money_on=day, cashier_id=charge.cashier_id, state=_P.DONE,
        )
        for position, (way, amount) in enumerate(zip(ways, amounts, strict=True), 1)
    ]  # fmt: skip
    charge.state = _C.PAID
    count_money(charge)


def _print(teller: _Teller, charge: Charge, cashier: Person, at: datetime) -> None:
    charge.invoice_no = advance(teller.place)
    made = Invoice(
        number=charge.invoice_no, bill_code=teller.place.bill_code, segment_id=teller.place.id,
        charge_id=charge.id, charge_no=charge.charge_no, task_code=charge.task_code,
        sex=charge.sex, payer_type=charge.payer_type, service_on=charge.service_on, issued_at=at,
        money_on=charge.money_on, amount=charge.paid, reduction=0, cashier_id=cashier.id,
        cashier_name=cashier.name, copies=1, created_at=at, created_by=cashier.id, updated_at=at,
        state=invoice_pb2.Invoice.VALID,
    )  # fmt: skip
    made.payer = charge.patient_name
    made.lines, made.parts = printed_lines(charge), printed_parts(charge)
    teller.db.add(made)


def _hand_in(
    teller: _Teller, cashier: Person, day: date, days: int, people: dict[str, int]
) -> None:
    """The report of a day: the older the further on its way."""
    evening = datetime.combine(day, time(22, 45), SHANGHAI).astimezone(UTC)
    report = DaySheet(
        number=teller.number("RB", day, 4), day_on=day, cashier_id=cashier.id,
        department_id=cashier.department_id, created_at=evening, created_by=cashier.id,
        updated_at=evening, submitted_at=evening, remark="", difference_reason="",
        state=_D.LOCKED if days > 7 else _D.CONFIRMED if days > 2 else _D.SUBMITTED,
    )  # fmt: skip
    teller.db.add(report)
    teller.db.flush()
    summing.gather(teller.db, report)
    short = 100 if teller.dice.random() < 0.1 else 0
    report.cash_handed = max(report.cash_due - short, 0)
    report.difference = report.cash_handed - report.cash_due
    report.difference_reason = "找零差错" if report.difference else ""
    if days > 2:
        _check(report, people)


def _check(report: DaySheet, people: dict[str, int]) -> None:
    checker: Any = people.get("CW001")
    report.checker_id = report.confirmer_id = checker
    for line in report.lines:
        line.ticked = True
    report.ticked = len(report.lines)
