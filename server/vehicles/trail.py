"""The trail of changes in a vehicle's record, written in the transaction of the change."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from google.protobuf.descriptor import FieldDescriptor
from sqlalchemy import ForeignKey, String, inspect
from sqlalchemy.orm import Mapped, mapped_column

from protos import facts
from protos.facts import Kind
from protos.vehicles import vehicle_pb2 as pb
from server.core.call import Call
from server.core.db import Model, Record
from server.core.reading import ReadService

_LONGEST = 200
_DERIVED = frozenset({"due_on"})
_RECORD = pb.Vehicle.DESCRIPTOR


class VehicleChange(Model):
    """One field changed once. Append-only."""

    __tablename__ = "vehicles_change"

    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicles_vehicle.id"), index=True)
    field_label: Mapped[str] = mapped_column(String(40))
    before: Mapped[str] = mapped_column(String(_LONGEST))
    after: Mapped[str] = mapped_column(String(_LONGEST))
    person_id: Mapped[int] = mapped_column(index=True)
    changed_at: Mapped[datetime] = mapped_column(index=True)
    workstation: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(100))


class Difference(NamedTuple):
    """A field with its committed and its new value."""

    field: FieldDescriptor
    before: Any
    after: Any


def differences(record: Record) -> list[Difference]:
    """What a loaded record differs in from what the database holds; before the flush."""
    return list(_differences(record))


def note(call: Call, record: Record, found: list[Difference]) -> None:
    """Write a row for each difference."""
    for field, before, after in found:
        _write(call, record.id, facts.label(field), _text(call, field, before, after))


def note_created(call: Call, record: Record, plate: str) -> None:
    """Write that the vehicle was registered."""
    _write(call, record.id, "登记车辆", ("", plate))


def _write(call: Call, vehicle_id: int, label: str, texts: tuple[str, str]) -> None:
    before, after = (text[:_LONGEST] for text in texts)
    call.db.add(
        VehicleChange(
            vehicle_id=vehicle_id,
            field_label=label,
            before=before,
            after=after,
            person_id=call.user.id,
            changed_at=call.now,
            workstation=call.workstation,
            reason=call.reason,
        )
    )


def _differences(record: Record) -> Iterator[Difference]:
    state = inspect(record)
    for field in facts.fields(_RECORD):
        if field.name in _DERIVED or field.name not in state.mapper.column_attrs:
            continue
        history = state.attrs[field.name].history
        if facts.of_field(field).label and history.has_changes():
            before, after = (next(iter(part), None) for part in (history.deleted, history.added))
            yield Difference(field, before, after)


def _text(call: Call, field: FieldDescriptor, before: Any, after: Any) -> tuple[str, str]:
    if facts.kind(field) is Kind.REF:
        ref = facts.of_field(field).ref
        names = call.app.registry.ref_names(call, {ref: [v for v in (before, after) if v]})
        known = {name.id: name.text for name in names}
        return known.get(before, ""), known.get(after, "")
    return value_text(field, before), value_text(field, after)


def value_text(field: FieldDescriptor, value: Any) -> str:
    """A stored value as people read it; empty where there is none."""
    if value is None:
        return ""
    match facts.kind(field):
        case Kind.ENUM:
            return facts.value_label(field, value)
        case Kind.BOOL:
            return "是" if value else "否"
        case Kind.INTEGER:
            return facts.decimal(value, facts.of_field(field).scale)
        case Kind.DATE:
            assert isinstance(value, date)
            return value.isoformat()
        case _:
            return str(value)


class VehicleChangeService(ReadService[VehicleChange, pb.VehicleChange]):
    """Shows the trail to those who keep the fleet."""

    model = VehicleChange
    message = pb.VehicleChange
    page = pb.VehicleChangeList
    searches = ("field_label", "before", "after", "reason")
    display = "field_label"
