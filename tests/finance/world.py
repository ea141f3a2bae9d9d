"""What the finance tests start from: a price version, tasks, a segment of invoice numbers."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from protos.dispatch.task_pb2 import CrewMember as Crew
from protos.finance import charge_pb2 as charge
from protos.finance import price_pb2 as price
from protos.finance import segment_pb2
from protos.finance.payment_pb2 import Payment as Way
from server.core.db import Sessions
from server.dispatch.event import Acceptance, Event
from server.dispatch.task import CrewMember, Task
from server.finance.price import PriceItem, PriceList
from server.finance.segment import Segment
from tests.people import Clerk, Who

T = price.PriceItem
CHARGE, INVOICE = "finance.ChargeService.", "finance.InvoiceService."
REPRINT, REFUND = "finance.ReprintService.", "finance.RefundService."
DAILY, PRICE = "finance.DailyReportService.", "finance.PriceListService."
SEGMENT, PAYMENT = "finance.SegmentService.", "finance.PaymentService."
CASHIER = (
    "finance.charge.read", "finance.charge.write", "finance.charge.settle",
    "finance.invoice.read", "finance.invoice.issue", "finance.reprint.read",
    "finance.reprint.write", "finance.payment.read", "finance.daily.read", "finance.daily.write",
    "finance.refund.read", "finance.refund.write", "finance.segment.read",
)  # fmt: skip
HEAD = (
    "finance.charge.read", "finance.charge.approve", "finance.invoice.read",
    "finance.invoice.approve", "finance.reprint.read", "finance.reprint.approve",
    "finance.daily.read", "finance.daily.write", "finance.daily.approve",
    "finance.refund.read", "finance.refund.approve", "finance.segment.read",
    "finance.segment.write",
)  # fmt: skip


def item(code: str, group: int, basis: int, fen: int, **values: Any) -> PriceItem:
    """A price item; by default one per unit, rounded up."""
    given = {
        "name": code, "spec": "", "unit": "次", "per": 10, "step": 10, "rounding": T.UP,
        "free": 0, "upto": 0, "least": 0, "cap": 0, "automatic": False, **values,
    }  # fmt: skip
    return PriceItem(code=code, group=group, basis=basis, price=fen, **given)


def tariff() -> list[PriceItem]:
    """The items of the acceptance example."""
    return [
        item("VEH-BASE", T.VEHICLE, T.PER_TIME, 3000, automatic=True, name="救护车使用费"),
        item("VEH-KM", T.VEHICLE, T.PER_KM, 700, step=1, rounding=T.HALF_UP, free=30,
             unit="公里", automatic=True, name="公里收费"),
        item("VEH-WAIT", T.WAITING, T.PER_MINUTE, 4000, per=300, step=300, unit="半小时",
             name="等车费"),
        item("EMS-CALL", T.EMERGENCY, T.PER_TIME, 3000, automatic=True, name="院前急救费"),
        item("TRT-S", T.TREATMENT, T.PER_TIME, 3000, name="小抢救"),
        item("DRUG-1", T.DRUG, T.PER_USE, 1250, per=100, step=100, unit="盒", name="药"),
    ]  # fmt: skip


def put_prices(sessions: Sessions, who: Who, from_on: date = date(2020, 1, 1)) -> int:
    """A version in force; answers its id."""
    now = datetime.now(UTC)
    made = PriceList(
        name="测试价目", doc_no="沪价2020-1", from_on=from_on, maker_id=who.id,
        approved_at=now, state=price.PriceList.ACTIVE, created_at=now, updated_at=now,
    )  # fmt: skip
    made.items = tariff()
    for position, each in enumerate(made.items, 1):
        each.position, each.codes = position, f" {each.code.lower()}"
    with sessions.write() as db:
        db.add(made)
    return made.id


def put_task(
    sessions: Sessions, who: Who, *, km: int = 126, number: int = 1, at: datetime | None = None,
    treated: int = 1,
) -> int:  # fmt: skip
    """A completed run of so many tenths of a kilometre with one patient; answers its id."""
    with sessions.write() as db:
        return make_task(db, who, km, number, at or datetime.now(UTC), treated)


def make_task(db: Session, who: Who, km: int, number: int, at: datetime, treated: int) -> int:
    """The rows of a task."""
    code = f"20261124{number:010d}"
    stamp: dict[str, Any] = {"created_at": at, "updated_at": at}
    event = Event(
        event_code=code, event_name="测试", origin="1", event_type="0", first_dispatcher="周调度",
        first_accept_at=at, area="310115", centre_code="ZX", **stamp,
    )  # fmt: skip
    call = Acceptance(
        event_code=code, acceptance_no="01", taker="周调度", started_at=at, patient_count=1,
        sex="1", age=66, **stamp,
    )  # fmt: skip
    call.scene_address, call.patient_name = "张杨路500号", "张三丰"
    task = Task(
        task_code=f"{code}0101", event_code=code, acceptance_no="01", event_id=event.id,
        acceptance_id=call.id, serial_no=f"S{number}", dispatcher="周调度", station_code="T1",
        station_id=who.department_id, vehicle_code="A1", plate="沪A12345", km_emergency=km,
        assigned_at=at, departed_at=at, treated_count=treated, send_place="东方医院", **stamp,
    )  # fmt: skip
    task.patient_name = "张三丰"
    task.crew = [
        CrewMember(position=n, role=role, staff_no=f"C{n}", name=name, person_id=who.id)
        for n, (role, name) in enumerate([(Crew.DRIVER, "孙师傅"), (Crew.DOCTOR, "陈医生")], 1)
    ]
    db.add_all([event, call])
    db.flush()
    db.add(task)
    return task.id


def put_segment(
    sessions: Sessions, holder: int | None = None, first: int = 1, last: int = 100
) -> int:
    """A segment in use; without a holder it is shared by the desk."""
    now = datetime.now(UTC)
    made = Segment(
        bill_code="31060120", first_no=first, last_no=last, digits=8, holder_id=holder,
        next_no=first, created_at=now, updated_at=now, state=segment_pb2.Segment.IN_USE,
    )  # fmt: skip
    made.describe()
    with sessions.write() as db:
        db.add(made)
    return made.id


def cash(fen: int, tendered: int = 0) -> Way:
    """A cash part."""
    return Way(method=Way.CASH, amount=fen, tendered=tendered)


def wechat(fen: int, trade_no: str) -> Way:
    """A WeChat part."""
    return Way(method=Way.WECHAT, amount=fen, trade_no=trade_no)


def bill(clerk: Clerk, task_id: int) -> Any:
    """A bill made of a task as proposed."""
    return clerk(
        CHARGE + "Create", clerk(CHARGE + "Propose", charge.ProposeRequest(task_id=task_id))
    )


def settle(clerk: Clerk, made: Any, *parts: Way) -> Any:
    """The bill paid; by cash if nothing else is said."""
    request = charge.SettleRequest(id=made.id, version=made.version)
    request.payments.extend(parts or [cash(made.payable)])
    return clerk(CHARGE + "Settle", request)


def days_ago(days: int) -> datetime:
    """Noon in Shanghai, so many days ago."""
    return datetime.now(UTC).replace(hour=4, minute=0) - timedelta(days=days)
