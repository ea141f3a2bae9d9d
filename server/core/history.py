"""What happened to one record, from the audit log: who, when, which values, with what opinion."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select

from protos import facts
from protos.common import approval_pb2 as pb
from server.core import masking, telling
from server.core.attachment import Attachment, ever_of
from server.core.audit import AuditRow
from server.core.call import Call
from server.core.mapping import timestamp
from server.core.reading import ReadService
from server.core.telling import Naming, Told

MOST = 500  # rows one answer tells, the newest


def changes(
    call: Call, service: ReadService[Any, Any], record_id: int, decisions: Sequence[pb.Decision]
) -> list[pb.Change]:
    """The changes of a record the user may read, the newest first; personal values masked alike."""
    photos = _photos(call, service, record_id)
    rows = _rows(call, service.model.__tablename__, [record_id, *photos])
    record = service.message.DESCRIPTOR
    own = [row for row in rows if row.record_id == record_id]
    names = _names(call, [ref for row in own for ref in telling.referred(row.detail, record)])
    show = _showing(call, service, record_id)
    opinions = {(d.person, d.decided_at.ToMicroseconds()): d for d in decisions}
    return [
        _of_photo(row, photos[row.record_id])
        if row.record_id in photos
        else _change(row, telling.changes(row.detail, record, names), show, opinions)
        for row in rows
    ]


def _photos(call: Call, service: ReadService[Any, Any], record_id: int) -> dict[int, str]:
    name = call.app.registry.name_of(type(service))
    if not facts.of_service(facts.service(name)).photos:
        return {}
    return {each.id: each.name for each in ever_of(call.db, name, record_id)}


def _rows(call: Call, table: str, record_ids: Sequence[int]) -> Sequence[AuditRow]:
    chosen = select(AuditRow).where(
        AuditRow.record_id.in_(record_ids),
        AuditRow.record_kind.in_([table, Attachment.__tablename__]),
        AuditRow.result == "OK",
    )
    return call.db.scalars(chosen.order_by(AuditRow.id.desc()).limit(MOST)).all()


def _of_photo(row: AuditRow, name: str) -> pb.Change:
    change = _change(row, [], lambda told: told, {})
    change.fields.add(field="photos", label="图片", new=name, entered=True)
    return change


def _names(call: Call, wanted: Sequence[tuple[str, int]]) -> Naming:
    by_service: dict[str, set[int]] = {}
    for service, record_id in wanted:
        by_service.setdefault(service, set()).add(record_id)
    found = call.app.registry.ref_names(call, by_service)
    texts = {(name.service, name.id): name.text for name in found}
    return lambda service, record_id: texts.get((service, record_id), "")


def _showing(call: Call, service: ReadService[Any, Any], record_id: int) -> Callable[[Told], Told]:
    """How this user sees values: as in the record itself, masked or not."""
    if record_id in service.opened(call, [record_id]):
        call.personal_reads.append(record_id)
        return lambda told: told

    def masked(told: Told) -> Told:
        if not masking.is_masked(told.field) or told.new.startswith("（"):
            return told
        kind = facts.of_field(told.field).personal
        return told._replace(old=masking.mask(kind, told.old), new=masking.mask(kind, told.new))

    return masked


def _change(
    row: AuditRow,
    fields: Sequence[Told],
    show: Callable[[Told], Told],
    opinions: dict[tuple[str, int], pb.Decision],
) -> pb.Change:
    at = timestamp(row.happened_at)
    decision = opinions.get((row.user_name, at.ToMicroseconds()))
    told = [
        pb.FieldChange(
            field=each.field.name,
            label=facts.label(each.field),
            old=old,
            new=new,
            entered=not facts.of_field(each.field).read_only,
        )
        for each in fields
        for _, old, new in [show(each)]
    ]
    return pb.Change(
        id=row.id,
        happened_at=at,
        person_id=row.user_id,
        person=row.user_name,
        label=row.label,
        reason=(decision.comment if decision else "") or row.reason,
        step=decision.step if decision else "",
        principal=decision.principal if decision else "",
        rejected=bool(decision and not decision.approved),
        signed=bool(row.signature_id),
        fields=told,
    )
