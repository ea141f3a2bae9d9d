"""A run as the cash desk sees it: what dispatch, crew and medical record say that is charged."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from protos.dispatch.task_pb2 import CrewMember
from protos.finance.charge_pb2 import Charge as Bill
from protos.finance.price_pb2 import PriceItem as Terms
from server.core.call import Call
from server.core.errors import Invalid
from server.core.numbering import SHANGHAI
from server.dispatch.task import Task
from server.finance import pricing
from server.finance.price import PriceItem, PriceList, in_force
from server.inventory.consumption import Consumption, ConsumptionLine
from server.inventory.item import Item

_RUN_TYPES = {"1": Bill.HOME, "2": Bill.TRANSFER}  # by dispatch's event type


@dataclass(frozen=True)
class Used:
    """So many smallest units of an item, as the medical record says."""

    item_id: int
    name: str
    quantity: int


@dataclass(frozen=True)
class Run:
    """A task with its patient, its distance in tenths of a kilometre, and its price version."""

    task: Task
    service_on: date
    tariff: PriceList
    run_type: int
    patient_name: str = ""
    sex: str = ""
    age: int | None = None
    origin: str = ""
    driver: str = ""
    doctor: str = ""
    km: int = 0
    proposed: list[tuple[str, int]] = field(default_factory=list)  # item code, tenths
    unpriced: list[str] = field(default_factory=list)


def run_of(call: Call, task_id: int) -> Run:
    """The run of a task the user may charge; raises Invalid at the task."""
    task = call.db.get(Task, task_id)
    ours = call.user.departments
    if task is None or (ours is not None and task.station_id not in ours and not _on(call, task)):
        raise Invalid.at("task_id", "任务不存在，或不在您的管理范围内")
    day = service_day(task)
    tariff = in_force(call.db, day)
    kind = run_type(task)
    used = list(_used(call, task.id))
    known = task.acceptance_record
    return Run(
        task, day, tariff, kind,
        patient_name=task.patient_name or "", sex=known.sex, age=known.age,
        origin=known.scene_address or "", driver=_crew(task, CrewMember.DRIVER),
        doctor=_crew(task, CrewMember.DOCTOR), km=task.km_emergency,
        proposed=propose(tariff.items, kind, used), unpriced=unpriced(tariff.items, used),
    )  # fmt: skip


def service_day(task: Task) -> date:
    """The Shanghai day the service began; prices are those of this day."""
    began: datetime = task.departed_at or task.assigned_at or task.created_at
    return began.astimezone(SHANGHAI).date()


def run_type(task: Task) -> int:
    """What kind of run a task was: ended without a patient it is an empty one."""
    if task.aborted:
        return Bill.EMPTY_RUN
    return _RUN_TYPES.get(task.event_record.event_type, Bill.EMERGENCY)


def propose(items: list[PriceItem], kind: int, used: list[Used]) -> list[tuple[str, int]]:
    """The items a bill begins with: the automatic ones, and what was used that has a price."""
    counted: dict[int, int] = {}
    for use in used:
        counted[use.item_id] = counted.get(use.item_id, 0) + use.quantity
    chosen = []
    for item in items:
        if not pricing.allowed(kind, item):
            continue
        if item.item_id in counted:
            chosen.append((item.code, counted[item.item_id] * pricing.ONE))
        elif item.automatic and item.basis == Terms.PER_TIME:
            chosen.append((item.code, pricing.ONE))
    return chosen


def unpriced(items: list[PriceItem], used: list[Used]) -> list[str]:
    """What was used and has no price in this version."""
    priced = {item.item_id for item in items}
    return list(dict.fromkeys(use.name for use in used if use.item_id not in priced))


def _used(call: Call, task_id: int) -> Iterator[Used]:
    """What the medical records of a task say was used of things that are charged for."""
    chosen = (
        select(Item.id, Item.title, ConsumptionLine.quantity)
        .join(Item, Item.id == ConsumptionLine.item_id)
        .join(Consumption, Consumption.id == ConsumptionLine.consumption_id)
        .where(Consumption.task_id == task_id, Item.chargeable, ConsumptionLine.quantity > 0)
        .order_by(ConsumptionLine.position)
    )
    for item_id, name, quantity in call.db.execute(chosen):
        yield Used(item_id, name, quantity)


def _on(call: Call, task: Task) -> bool:
    return any(member.person_id == call.user.id for member in task.crew)


def _crew(task: Task, role: int) -> str:
    return next((member.name for member in task.crew if member.role == role), "")
