"""The page of trace codes: where a code is, and the way it came."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select

from protos import facts
from protos.common import options_pb2 as options
from protos.inventory import stock_pb2
from protos.inventory import trace_code_pb2 as pb
from server.admin.person import Person
from server.core import masking
from server.core.call import Call
from server.core.mapping import timestamp
from server.core.reading import ReadService
from server.inventory.item import Item
from server.inventory.ledger_tables import Move
from server.inventory.trace import TraceCode, TraceStep, TraceStock, place_names
from server.inventory.warehouse import mine

_CODE = stock_pb2.Move.DESCRIPTOR.fields_by_name["code"]


class TraceCodeService(ReadService[TraceCode, pb.TraceCode]):
    """Shows codes that are or were in the user's warehouses."""

    model = TraceCode
    message = pb.TraceCode
    page = pb.TraceCodeList
    searches = ("code", "lot_no")
    display = "code"
    code = "code"

    def visible(self, call: Call) -> Select[TraceCode]:
        """Codes of which the user's warehouses hold or held something."""
        chosen = select(TraceCode)
        if call.user.departments is None:
            return chosen
        held = select(TraceStock.code_id).where(TraceStock.place.in_(mine(call)))
        return chosen.where(TraceCode.id.in_(held))

    def complete(self, call: Call, messages: Sequence[pb.TraceCode]) -> None:
        """Where the units are; of one code also how they got there."""
        ids = [message.id for message in messages]
        where = _whereabouts(call, ids)
        items = {m.item_id for m in messages}
        named = select(Item.id, Item.base_unit).where(Item.id.in_(items))
        units = {row[0]: row[1] for row in call.db.execute(named)}
        for message in messages:
            message.unit = units[message.item_id]
            message.whereabouts = where.get(message.id, "")
            if call.method.name == "Get":
                message.steps.extend(_steps(call, message.id))


def _whereabouts(call: Call, ids: Collection[int]) -> dict[int, str]:
    chosen = (
        select(TraceStock.code_id, TraceStock.place, TraceStock.units)
        .where(TraceStock.code_id.in_(ids), TraceStock.units > 0)
        .order_by(TraceStock.units.desc())
    )
    rows = list(call.db.execute(chosen))
    names = place_names(call.db, {place for _, place, _ in rows})
    found: dict[int, list[str]] = {}
    for code_id, place, units in rows:
        found.setdefault(code_id, []).append(f"{names.get(place, '')}×{units}")
    return {code_id: "、".join(parts) for code_id, parts in found.items()}


def _steps(call: Call, code_id: int) -> list[pb.TraceStep]:
    chosen = (
        select(Move, TraceStep.units, TraceStep.scanned)
        .join(TraceStep, TraceStep.move_id == Move.id)
        .where(TraceStep.code_id == code_id)
        .order_by(Move.id)
    )
    rows = list(call.db.execute(chosen))
    names = place_names(
        call.db, {p for move, _, _ in rows for p in (move.source_id, move.target_id)}
    )
    people = select(Person.id, Person.name).where(
        Person.id.in_({m.operator_id for m, _, _ in rows})
    )
    operators = {row[0]: row[1] for row in call.db.execute(people)}
    patients = _patients(call, {move.emr_id for move, _, _ in rows if move.emr_id})
    return [
        pb.TraceStep(
            happened_at=timestamp(move.occurred_at), what=facts.value_label(_CODE, move.code),
            number=move.number, source=names.get(move.source_id, ""),
            target=names.get(move.target_id, ""), units=units, scanned=scanned,
            operator=operators.get(move.operator_id, ""),
            task_no=patients.get(move.emr_id, ("", ""))[0],
            patient=patients.get(move.emr_id, ("", ""))[1],
        )
        for move, units, scanned in rows
    ]  # fmt: skip


def _patients(call: Call, emr_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Task number and patient's name of each record, masked unless the user may see it."""
    from server.emr.tables import CaseRecord  # records refer to items

    found = {}
    for record in call.db.scalars(select(CaseRecord).where(CaseRecord.id.in_(emr_ids))):
        name = record.name or ""
        if call.user.may(masking.PERMISSION):
            call.personal_reads.append(record.id)
        else:
            name = masking.mask(options.NAME, name)
        found[record.id] = (record.serial_no, name)
    return found
