"""Tasks: one vehicle sent once for one event, with its crew and its times."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, Select, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.dispatch import event_pb2
from protos.dispatch import task_pb2 as pb
from server.admin.department import Department
from server.admin.person import Person
from server.core.call import Call
from server.core.db import Model, Record
from server.core.errors import NotFound
from server.core.mapping import mapping
from server.core.reading import ReadService
from server.core.sealing import Sealed
from server.dispatch.event import Acceptance, Event

Step = pb.Task.Step


class Task(Record):
    """One vehicle sent once; its flat times are those of its presses."""

    __tablename__ = "dispatch_task"

    task_code: Mapped[str] = mapped_column(String(22), unique=True)
    event_code: Mapped[str] = mapped_column(String(18), index=True)
    acceptance_no: Mapped[str] = mapped_column(String(2))
    event_id: Mapped[int] = mapped_column(ForeignKey(Event.id), index=True)
    acceptance_id: Mapped[int] = mapped_column(ForeignKey(Acceptance.id), index=True)
    serial_no: Mapped[str] = mapped_column(String(20), index=True)
    user_serial_no: Mapped[str] = mapped_column(String(20), default="")
    dispatcher: Mapped[str] = mapped_column(String(30))
    station_code: Mapped[str] = mapped_column(String(12))
    station_id: Mapped[int] = mapped_column(ForeignKey(Department.id), index=True)
    vehicle_code: Mapped[str] = mapped_column(String(12), index=True)
    plate: Mapped[str] = mapped_column(String(12))
    from_station: Mapped[bool] = mapped_column(default=False)
    km_emergency: Mapped[int] = mapped_column(default=0)  # tenths of a kilometre
    km_driven: Mapped[int] = mapped_column(default=0)
    aborted: Mapped[bool] = mapped_column(default=False)
    abort_reason: Mapped[str] = mapped_column(String(40), default="")
    treated_count: Mapped[int] = mapped_column(default=0)
    prev_task_code: Mapped[str] = mapped_column(String(22), default="")
    send_place: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(400), default="")
    patient_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    state: Mapped[int] = mapped_column(default=Step.ASSIGNED, index=True)
    assigned_at: Mapped[datetime | None] = mapped_column(index=True)
    received_at: Mapped[datetime | None]
    departed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    at_patient_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    at_hospital_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]

    event_record: Mapped[Event] = relationship()
    acceptance_record: Mapped[Acceptance] = relationship()
    crew: Mapped[list["CrewMember"]] = relationship(
        cascade="all, delete-orphan", order_by="CrewMember.position"
    )
    presses: Mapped[list["Press"]] = relationship(
        cascade="all, delete-orphan", order_by="Press.position"
    )

    patient_name = Sealed("NAME")


class CrewMember(Model):
    """One person of a task's crew, by number and name as of then."""

    __tablename__ = "dispatch_crew_member"

    task_id: Mapped[int] = mapped_column(ForeignKey(Task.id), index=True)
    position: Mapped[int]
    role: Mapped[int]
    staff_no: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(30))
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)


class Press(Model):
    """One recorded step; only those pressed in the vehicle count for response statistics."""

    __tablename__ = "dispatch_press"

    task_id: Mapped[int] = mapped_column(ForeignKey(Task.id), index=True)
    position: Mapped[int]
    step: Mapped[int]
    value_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    source: Mapped[int]


COLUMNS = {
    Step.ASSIGNED: "assigned_at",
    Step.RECEIVED: "received_at",
    Step.DEPARTED: "departed_at",
    Step.AT_SCENE: "arrived_at",
    Step.AT_PATIENT: "at_patient_at",
    Step.LEFT_SCENE: "left_at",
    Step.AT_HOSPITAL: "at_hospital_at",
    Step.HANDED_OVER: "handed_over_at",
    Step.COMPLETED: "completed_at",
    Step.RETURNED: "returned_at",
}


def times_of(presses: Iterable[Press]) -> dict[int, datetime]:
    """The time of each step: pressed in the vehicle before typed at the desk, then the earliest."""
    best: dict[int, Press] = {}
    for press in presses:
        known = best.get(press.step)
        if known is None or _weight(press) < _weight(known):
            best[press.step] = press
    return {step: press.value_at for step, press in best.items()}


def _weight(press: Press) -> tuple[bool, datetime]:
    return press.source != pb.Press.VEHICLE, press.value_at


def take_times(task: Task) -> None:
    """Let the flat times and the state follow the presses."""
    times = times_of(task.presses)
    for step, column in COLUMNS.items():
        setattr(task, column, times.get(step))
    task.state = max(times, default=Step.ASSIGNED)


def crew_tasks(person_id: int) -> Select[Any]:
    """The ids of the tasks a person was on the crew of."""
    return select(CrewMember.task_id).where(CrewMember.person_id == person_id)


_EVENTS = mapping(Event, event_pb2.Event)
_ACCEPTANCES = mapping(Acceptance, event_pb2.Acceptance)


def visible_tasks(call: Call) -> Select[Task]:
    """The tasks a user may see: of the departments in scope, and those the user is on."""
    if call.user.departments is None:
        return select(Task)
    ours = Task.station_id.in_(call.user.departments)
    return select(Task).where(or_(ours, Task.id.in_(crew_tasks(call.user.id))))


def find_task(call: Call, task_id: int) -> Task:
    """A task the user may see; NotFound otherwise."""
    task = call.db.scalars(visible_tasks(call).where(Task.id == task_id)).first()
    if task is None:
        raise NotFound("任务不存在，或不在您的管理范围内")
    return task


def whole_task(task: Task) -> pb.Task:
    """A task with its event and acceptance, unmasked: for rules, not for answers."""
    message = pb.Task()
    message.MergeFrom(mapping(Task, pb.Task).to_message(task))  # type: ignore[arg-type]
    _fill(message, task.event_record, task.acceptance_record)
    return message


def _fill(message: pb.Task, event: Event, acceptance: Acceptance) -> None:
    message.event.MergeFrom(_EVENTS.to_message(event))  # type: ignore[arg-type]
    message.acceptance.MergeFrom(_ACCEPTANCES.to_message(acceptance))  # type: ignore[arg-type]


class TaskService(ReadService[Task, pb.Task]):
    """Shows tasks to their crew and to the departments in whose scope their station lies."""

    model = Task
    message = pb.Task
    page = pb.TaskList
    searches = ("task_code", "serial_no", "plate", "vehicle_code")
    display = "task_code"
    code = "serial_no"

    def visible(self, call: Call) -> Select[Task]:
        """Tasks of the user's departments, and those the user is on."""
        return visible_tasks(call)

    def opened(self, call: Call, record_ids: Collection[int]) -> Collection[int]:
        """The crew sees its own tasks whole."""
        if everything := super().opened(call, record_ids):
            return everything
        mine = crew_tasks(call.user.id).where(CrewMember.task_id.in_(record_ids))
        return list(call.db.scalars(mine))

    def complete(self, call: Call, messages: Sequence[pb.Task]) -> None:
        """Put event and acceptance into each task."""
        ids = [message.id for message in messages]
        joined = (
            select(Task.id, Event, Acceptance)
            .join(Event, Event.id == Task.event_id)
            .join(Acceptance, Acceptance.id == Task.acceptance_id)
            .where(Task.id.in_(ids))
        )
        found = {row[0]: row for row in call.db.execute(joined)}
        for message in messages:
            _, event, acceptance = found[message.id]
            _fill(message, event, acceptance)
