"""What a new case record takes over from its task, so that nothing is typed twice."""

from protos.dispatch.task_pb2 import Task
from protos.emr.case_record_pb2 import CaseRecord

_KINDS = {"0": CaseRecord.RESCUE, "1": CaseRecord.HOME, "2": CaseRecord.TRANSFER}
_SAME = {
    "name": "patient_name",
    "sex": "sex",
    "call_phone": "call_phone",
    "contact_name": "contact_name",
    "contact_phone": "contact_phone",
    "scene_type": "scene_type",
}
_TIMES = {
    "depart_at": "departed_at",
    "arrive_scene_at": "arrived_at",
    "leave_scene_at": "left_at",
    "arrive_dest_at": "at_hospital_at",
}


def prefill(task: Task) -> CaseRecord:
    """A record with what the task knows; the crew confirms or corrects it."""
    call = task.acceptance
    record = CaseRecord(
        task_id=task.id,
        patient_order=1,
        kind=_KINDS.get(task.event.event_type, CaseRecord.RESCUE),
        area=task.event.area,
        local_address=call.scene_address[:100],
        send_address=(task.send_place or call.send_place)[:100],
    )
    for name, source in _SAME.items():
        setattr(record, name, getattr(call, source))
    if call.HasField("age"):
        record.age, record.age_unit = call.age, "year"
    for name, source in _TIMES.items():
        if task.HasField(source):  # type: ignore[arg-type]
            getattr(record, name).CopyFrom(getattr(task, source))
    return record
