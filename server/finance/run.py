"""A run as the cash desk sees it: what dispatch, crew and medical record say that is charged."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from protos.dispatch.task_pb2 import CrewMember
from protos.emr.case_record_pb2 import CaseRecord as Case
from protos.emr.case_record_pb2 import Treatment as Done
from protos.finance.charge_pb2 import Charge as Bill
from protos.finance.price_pb2 import PriceItem as Terms
from server.core.call import Call
from server.core.errors import Invalid
from server.core.numbering import shanghai_date
from server.dispatch.task import Task
from server.emr.tables import CaseRecord
from server.finance import pricing
from server.finance.price import PriceItem, PriceList, in_force
from server.inventory.item import Item

_CHARGED = frozenset({Done.MEASURE, Done.DRUG, Done.CONSUMABLE})
_RUN_TYPES = {"1": Bill.HOME, "2": Bill.TRANSFER}  # by dispatch's event type


@dataclass(frozen=True)
class Used:
    """So many smallest units of an item, or so many times a measure, as the record says."""

    item_id: int | None
    measure: str
    name: str
    quantity: int

    def prices(self, item: PriceItem) -> bool:
        """Whether a price item is the one for it."""
        if self.item_id:
            return item.item_id == self.item_id
        return bool(self.measure) and item.measure == self.measure


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
    has_record: bool = False


def run_of(call: Call, task_id: int, order: int = 1) -> Run:
    """The run of a task the user may charge; raises Invalid at the task."""
    task = call.db.get(Task, task_id)
    ours = call.user.departments
    if task is None or (ours is not None and task.station_id not in ours and not _on(call, task)):
        raise Invalid.at("task_id", "任务不存在，或不在您的管理范围内")
    day = service_day(task)
    tariff = in_force(call.db, day)
    kind = run_type(task)
    record = _record(call, task.id, order)
    used = _chargeable(call, used_in(record)) if record else []
    known = task.acceptance_record
    return Run(
        task, day, tariff, kind,
        patient_name=(record.name if record else "") or task.patient_name or "",
        sex=(record.sex if record else "") or known.sex,
        age=record.age if record and record.age_unit == "year" else known.age,
        origin=known.scene_address or "", driver=_crew(task, CrewMember.DRIVER),
        doctor=_crew(task, CrewMember.DOCTOR), km=task.km_emergency,
        proposed=propose(tariff.items, kind, used), unpriced=unpriced(tariff.items, used),
        has_record=record is not None,
    )  # fmt: skip


def service_day(task: Task) -> date:
    """The Shanghai day the service began; prices are those of this day."""
    began: datetime = task.departed_at or task.assigned_at or task.created_at
    return shanghai_date(began)


def run_type(task: Task) -> int:
    """What kind of run a task was: ended without a patient it is an empty one."""
    if task.aborted:
        return Bill.EMPTY_RUN
    return _RUN_TYPES.get(task.event_record.event_type, Bill.EMERGENCY)


def propose(items: list[PriceItem], kind: int, used: list[Used]) -> list[tuple[str, int]]:
    """The items a bill begins with: the automatic ones, and what was used that has a price."""
    chosen = []
    for item in items:
        if not pricing.allowed(kind, item):
            continue
        counted = sum(use.quantity for use in used if use.prices(item))
        if counted:
            chosen.append((item.code, counted * pricing.ONE))
        elif item.automatic and item.basis == Terms.PER_TIME:
            chosen.append((item.code, pricing.ONE))
    return chosen


def unpriced(items: list[PriceItem], used: list[Used]) -> list[str]:
    """The things used that have no price in this version; measures may be free."""
    names = [
        use.name for use in used if use.item_id and not any(use.prices(item) for item in items)
    ]
    return list(dict.fromkeys(names))


def _record(call: Call, task_id: int, order: int) -> CaseRecord | None:
    """The handed-in medical record of a patient of the task."""
    chosen = select(CaseRecord).where(
        CaseRecord.task_id == task_id,
        CaseRecord.patient_order == order,
        CaseRecord.state != Case.DRAFT,
    )
    return call.db.scalars(chosen).first()


def used_in(record: CaseRecord) -> list[Used]:
    """What a record says was done and used; losses are not the patient's."""
    return [
        Used(row.item_id, row.measure, row.item_name, row.quantity)
        for row in record.treatments
        if row.kind in _CHARGED
    ]


def _chargeable(call: Call, used: list[Used]) -> list[Used]:
    """What is charged for at all: measures, and items whose master data say so."""
    wanted = {use.item_id for use in used if use.item_id}
    found = set(call.db.scalars(select(Item.id).where(Item.id.in_(wanted), Item.chargeable)))
    return [use for use in used if not use.item_id or use.item_id in found]


def _on(call: Call, task: Task) -> bool:
    return any(member.person_id == call.user.id for member in task.crew)


def _crew(task: Task, role: int) -> str:
    return next((member.name for member in task.crew if member.role == role), "")
