"""What the server fills into a case record: the task's facts, names, keys and sums."""

from datetime import datetime

from sqlalchemy import select

from protos.dispatch import task_pb2
from protos.emr import case_record_pb2 as pb
from resources.emr import scores
from resources.emr.keys import new_key
from server.admin.department import Department
from server.core.call import Call
from server.dispatch.task import Task
from server.emr.tables import CaseRecord, Score, Treatment
from server.inventory.item import Item

_ROLE = task_pb2.CrewMember
_TOTALLED = ("vital_sets", "exam_items", "scores", "diagnoses", "treatments")


def copy_task(record: CaseRecord, task: Task, station_name: str = "") -> None:
    """Copy what belongs to the task and never changes on the record."""
    record.task_code, record.serial_no = task.task_code, task.serial_no
    record.original_event_type = task.event_record.event_type
    record.station_id, record.station_name = task.station_id, station_name
    record.vehicle_code, record.plate = task.vehicle_code, task.plate
    names = {role: [m.name for m in task.crew if m.role == role] for role in _ROLE.Role.values()}
    record.nurse_name = "、".join(names[_ROLE.NURSE])
    record.driver_name = "、".join(names[_ROLE.DRIVER])
    record.stretcher_names = "、".join(names[_ROLE.STRETCHER])
    for role in (_ROLE.DOCTOR, _ROLE.NURSE, _ROLE.DRIVER):  # who answers for the record
        for member in task.crew:
            if member.role == role:
                record.doctor_id, record.doctor_name = member.person_id, member.name
                return


def station_name(call: Call, task: Task) -> str:
    """What the task's station is called."""
    return call.db.get_one(Department, task.station_id).name


def complete_rows(call: Call, record: CaseRecord) -> None:
    """Give rows their keys, treatments their names, scores their totals."""
    record.client_key = record.client_key or _key(call.now)
    for name in _TOTALLED:
        for row in getattr(record, name):
            row.client_key = row.client_key or _key(call.now)
    _name_items(call, record.treatments)
    for score in record.scores:
        _sum(score)


def _key(now: datetime) -> str:
    return new_key(int(now.timestamp() * 1000))


def _name_items(call: Call, treatments: list[Treatment]) -> None:
    wanted = {row.item_id for row in treatments if row.item_id}
    with call.db.no_autoflush:
        items = {i.id: i for i in call.db.scalars(select(Item).where(Item.id.in_(wanted)))}
    for row in treatments:
        if row.kind == pb.Treatment.MEASURE:
            row.item_id, row.item_name, row.unit = None, "", "次"
        elif row.item_id in items:
            row.item_name = items[row.item_id].title
            row.unit = items[row.item_id].base_unit


def _sum(score: Score) -> None:
    """A wrong total that came with the picks is left for the rules to refuse."""
    try:
        result = scores.compute(score.scale, score.picks)
    except scores.BadPick:
        return
    if score.total is None:
        score.total = result.total
    score.band = result.band.label if result.band else result.text
