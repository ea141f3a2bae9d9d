"""A bill: its columns, and the rules that price it and count its money."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.facts import Fault
from protos.finance import charge_pb2 as pb
from protos.finance.payment_pb2 import Payment as Way
from protos.finance.price_pb2 import PriceItem as Terms
from server.admin.department import Department
from server.admin.person import Person
from server.core.db import Model, Record
from server.core.errors import BusinessError, Invalid
from server.core.sealing import Sealed
from server.dispatch.task import Task
from server.finance import payment, pricing
from server.finance.payment import Payment
from server.finance.price import PriceItem, PriceList

FAR = 800  # tenths of a kilometre from which the distance is pointed out

FEES = {
    Terms.VEHICLE: "vehicle_fee",
    Terms.WAITING: "waiting_fee",
    Terms.EMERGENCY: "emergency_fee",
    Terms.DRUG: "drug_fee",
    Terms.EXAM: "exam_fee",
    Terms.MATERIAL: "material_fee",
    Terms.TREATMENT: "treatment_fee",
    Terms.OTHER: "other_fee",
}
WAYS = {
    Way.CASH: "paid_cash",
    Way.WECHAT: "paid_wechat",
    Way.ALIPAY: "paid_alipay",
    Way.POS: "paid_pos",
    Way.TRANSFER: "paid_transfer",
    Way.INS_FUND: "paid_fund",
    Way.INS_ACCT: "paid_account",
    Way.INS_MULAID: "paid_mutual",
}


class Charge(Record):
    """A bill. ``slot`` names task and patient while the bill counts, so that there is one."""

    __tablename__ = "finance_charge"
    __table_args__ = (
        CheckConstraint("payable = due - reduction", name="payable_is_due_less_reduction"),
        CheckConstraint("paid + arrears <= payable", name="not_overpaid"),
    )

    charge_no: Mapped[str] = mapped_column(String(20), unique=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey(Task.id), index=True)  # old: none
    slot: Mapped[str | None] = mapped_column(String(40), unique=True)
    task_code: Mapped[str] = mapped_column(String(22), index=True)
    patient_order: Mapped[int] = mapped_column(default=1)
    charged_at: Mapped[datetime] = mapped_column(index=True)
    money_on: Mapped[date | None] = mapped_column(index=True)
    service_on: Mapped[date] = mapped_column(index=True)
    patient_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    patient_name_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    sex: Mapped[str] = mapped_column(String(4), default="")
    age: Mapped[int | None]
    origin_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    hospital: Mapped[str] = mapped_column(String(200), default="")
    run_type: Mapped[int]
    payer_type: Mapped[int]
    station_id: Mapped[int] = mapped_column(ForeignKey(Department.id), index=True)
    plate: Mapped[str] = mapped_column(String(12), default="")
    driver: Mapped[str] = mapped_column(String(30), default="")
    doctor: Mapped[str] = mapped_column(String(30), default="")
    cashier_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    odo_out: Mapped[int | None]  # tenths of a kilometre
    odo_scene: Mapped[int | None]
    odo_hospital: Mapped[int | None]
    odo_back: Mapped[int | None]
    one_way_km: Mapped[int] = mapped_column(default=0)
    charge_km: Mapped[int] = mapped_column(default=0)
    waiting_minutes: Mapped[int] = mapped_column(default=0)
    edit_reason: Mapped[str] = mapped_column(String(80), default="")
    price_list_id: Mapped[int] = mapped_column(ForeignKey(PriceList.id))
    vehicle_fee: Mapped[int] = mapped_column(default=0)  # fen, as all below
    waiting_fee: Mapped[int] = mapped_column(default=0)
    emergency_fee: Mapped[int] = mapped_column(default=0)
    drug_fee: Mapped[int] = mapped_column(default=0)
    exam_fee: Mapped[int] = mapped_column(default=0)
    material_fee: Mapped[int] = mapped_column(default=0)
    treatment_fee: Mapped[int] = mapped_column(default=0)
    other_fee: Mapped[int] = mapped_column(default=0)
    due: Mapped[int] = mapped_column(default=0)
    reduction: Mapped[int] = mapped_column(default=0)
    payable: Mapped[int] = mapped_column(default=0)
    paid: Mapped[int] = mapped_column(default=0)
    arrears: Mapped[int] = mapped_column(default=0)
    refunded: Mapped[int] = mapped_column(default=0)
    paid_cash: Mapped[int] = mapped_column(default=0)
    paid_wechat: Mapped[int] = mapped_column(default=0)
    paid_alipay: Mapped[int] = mapped_column(default=0)
    paid_pos: Mapped[int] = mapped_column(default=0)
    paid_transfer: Mapped[int] = mapped_column(default=0)
    paid_fund: Mapped[int] = mapped_column(default=0)
    paid_account: Mapped[int] = mapped_column(default=0)
    paid_mutual: Mapped[int] = mapped_column(default=0)
    ways: Mapped[str] = mapped_column(String(60), default="")
    invoice_no: Mapped[str] = mapped_column(String(12), default="", index=True)
    reduction_kind: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(80), default="")
    notice: Mapped[str] = mapped_column(String(400), default="")
    state: Mapped[int] = mapped_column(default=pb.Charge.UNPAID, index=True)

    price_list: Mapped[PriceList] = relationship()
    lines: Mapped[list["ChargeLine"]] = relationship(
        cascade="all, delete-orphan", order_by="ChargeLine.position"
    )
    payments: Mapped[list[Payment]] = relationship(
        cascade="all, delete-orphan", order_by="Payment.id"
    )

    patient_name = Sealed("NAME")
    origin = Sealed("ADDRESS")

    @property
    def open_amount(self) -> int:
        """Fen still to be taken."""
        return self.payable - self.paid

    @property
    def fees(self) -> dict[int, int]:
        """Fen of each fee group, in the order of the contract."""
        return {group: getattr(self, column) for group, column in FEES.items()}


class ChargeLine(Model):
    """So much of an item: name, unit and price as they were."""

    __tablename__ = "finance_charge_line"

    charge_id: Mapped[int] = mapped_column(ForeignKey(Charge.id), index=True)
    position: Mapped[int]
    price_item_id: Mapped[int] = mapped_column(ForeignKey(PriceItem.id))
    quantity: Mapped[int]  # tenths
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    unit: Mapped[str] = mapped_column(String(10))
    group: Mapped[int]
    price: Mapped[int]
    charged: Mapped[int]
    amount: Mapped[int]


def odometer_faults(charge: Charge) -> Iterator[Fault]:
    """Readings that go back."""
    steps = (
        ("odo_out", charge.odo_out), ("odo_scene", charge.odo_scene),
        ("odo_hospital", charge.odo_hospital), ("odo_back", charge.odo_back),
    )  # fmt: skip
    before = 0
    for name, reading in steps:
        if reading and reading < before:
            yield Fault(name, "路码不能小于前一个路码，请核对")
        before = max(before, reading or 0)


def measure(charge: Charge, km_of_task: int) -> None:
    """Fix the distance from point to hospital, and what of it is charged; raises Invalid.

    The readings go before the task's figure. A typed distance that differs needs its reason.
    """
    if faults := list(odometer_faults(charge)):
        raise Invalid(*faults)
    scene, hospital = charge.odo_scene, charge.odo_hospital
    charge.one_way_km = hospital - scene if scene and hospital else km_of_task
    charge.charge_km = charge.charge_km or charge.one_way_km
    if charge.charge_km != charge.one_way_km and not charge.edit_reason:
        text = f"收费公里与单程公里{charge.one_way_km / 10:.1f}不同，请填写改动原因"
        raise Invalid.at("edit_reason", text)


def compute(charge: Charge, tariff: PriceList) -> None:
    """Price the lines anew by a version, and sum up; raises Invalid at a line.

    Distance and waiting follow the header; several lines of one item become one, so that their
    quantities are rounded together.
    """
    items = {item.code: item for item in tariff.items}
    quantities: dict[str, int] = {}
    for row, line in enumerate(charge.lines):
        item = items.get(line.code)
        if item is None:
            raise Invalid.at(f"lines[{row}].price_item_id", "这个版本的价目没有此项目，请另选")
        if not pricing.allowed(charge.run_type, item):
            raise Invalid.at(f"lines[{row}].price_item_id", f"这类业务不收{item.name}，请删去")
        if item.basis not in (Terms.PER_KM, Terms.PER_MINUTE):
            counted = line.quantity or pricing.ONE
            quantities[item.code] = quantities.get(item.code, 0) + counted
    kept = {line.code: line for line in charge.lines}
    charge.lines[:] = list(_priced(charge, tariff.items, quantities, kept))
    for position, line in enumerate(charge.lines, 1):
        line.position = position
    sum_up(charge)


def _priced(
    charge: Charge,
    items: Iterable[PriceItem],
    quantities: dict[str, int],
    kept: dict[str, ChargeLine],
) -> Iterator[ChargeLine]:
    for item in items:
        quantity = _counted(charge, item, quantities)
        if quantity is None or not pricing.allowed(charge.run_type, item):
            continue
        line = kept.get(item.code) or ChargeLine()
        line.price_item_id, line.quantity, line.code = item.id, quantity, item.code
        line.name = f"{item.name} {item.spec}".strip()
        line.unit, line.group, line.price = item.unit, item.group, item.price
        line.charged = pricing.units(item, quantity)
        line.amount = pricing.cost(item, quantity)
        if line.amount or item.basis not in (Terms.PER_KM, Terms.PER_MINUTE):
            yield line


def _counted(charge: Charge, item: PriceItem, quantities: dict[str, int]) -> int | None:
    """How much of an item a bill counts; None if it is not on the bill."""
    match item.basis:
        case Terms.PER_KM:
            return charge.charge_km
        case Terms.PER_MINUTE:
            return charge.waiting_minutes * pricing.ONE
        case _:
            always = item.automatic and item.group == Terms.VEHICLE
            return quantities.get(item.code, pricing.ONE if always else None)


def sum_up(charge: Charge) -> None:
    """Let the fee columns and the amounts due follow the lines."""
    for group, column in FEES.items():
        setattr(charge, column, sum(x.amount for x in charge.lines if x.group == group))
    charge.due = sum(line.amount for line in charge.lines)
    charge.reduction = charge.reduction or 0
    if charge.reduction > charge.due:
        raise BusinessError("减免超过了应收，请先作废重开")
    charge.payable = charge.due - charge.reduction


def count_money(charge: Charge) -> None:
    """Let what was paid, by which way, and what is owed follow the payments."""
    for way, column in WAYS.items():
        setattr(charge, column, sum(p.amount for p in charge.payments if p.method == way))
    charge.ways = payment.ways_text(charge.payments)
    charge.paid = sum(p.amount for p in charge.payments)
    charge.refunded = -sum(p.amount for p in charge.payments if p.amount < 0)


def refuse_unexplained(charge: Charge, before: tuple[int, int], reason_before: str) -> None:
    """A bill that costs another amount after a change says why, anew."""
    changed = (charge.due, charge.charge_km) != before
    if changed and (not charge.edit_reason or charge.edit_reason == reason_before):
        raise Invalid.at("edit_reason", "金额或公里有改动，请填写这次的改动原因")
