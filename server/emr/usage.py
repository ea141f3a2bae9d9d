"""What a signed record used, handed to the stock."""

from sqlalchemy import select

from protos.emr import case_record_pb2 as pb
from server.admin.person import Person
from server.core.call import Call
from server.emr.tables import CaseRecord, Treatment
from server.inventory.consumption import ConsumptionResult, Use, consume

_LOST = (pb.Treatment.LOST_DRUG, pb.Treatment.LOST_CONSUMABLE)


def uses(record: CaseRecord) -> list[Use]:
    """Every drug and consumable of a record: what the patient got, and what was lost."""
    return [_use(row) for row in record.treatments if row.kind != pb.Treatment.MEASURE]


def _use(row: Treatment) -> Use:
    assert row.item_id is not None
    assert row.done_at is not None
    return Use(
        row.item_id, row.quantity, row.done_at, line_id=row.id, lot_id=row.lot_id,
        trace_code=row.trace_code, lost=row.kind in _LOST, reason=row.loss_reason, note=row.note,
    )  # fmt: skip


def issue(call: Call, record: CaseRecord) -> str:
    """Bring the doctor's personal store in line with the record; what came of it, in words."""
    used = uses(record)
    if not used and record.revision == 1:
        return ""
    call.db.flush()
    result = consume(
        call, doctor_id=record.doctor_id, task_id=record.task_id, emr_id=record.id, lines=used,
        emr_version=record.revision, task_no=record.serial_no,
        second_operator_id=second_hand(call, record),
    )  # fmt: skip
    return said(result)


def second_hand(call: Call, record: CaseRecord) -> int:
    """Who of the station, beside the signing doctor, gave or checked a drug; 0 if nobody."""
    named = {name for row in record.treatments for name in (row.done_by, row.checked_by)}
    others = {*named, record.nurse_name} - {"", record.doctor_name}
    chosen = select(Person.id).where(
        Person.name.in_(others), Person.department_id == record.station_id,
        Person.id != record.doctor_id,
    )  # fmt: skip
    return call.db.scalars(chosen.order_by(Person.id).limit(1)).first() or 0


def said(result: ConsumptionResult) -> str:
    """The outcome in one sentence."""
    waiting = sum(1 for line in result.lines if line.waiting)
    short = sum(1 for line in result.lines if line.missing and not line.waiting)
    parts = [f"有{short}项库存不足，已列入待处理"] if short else []
    parts += [f"有{waiting}项在盘点的库里，盘点结束后自动办理"] if waiting else []
    return f"{result.number}：{'；'.join(parts) or '已全部出库'}"
