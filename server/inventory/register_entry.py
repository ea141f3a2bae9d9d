"""The register of controlled drugs: each movement a line, each use with its patient and hands."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import selectinload

from protos.inventory import card_pb2 as pb
from protos.inventory import empties_pb2
from resources import dictionaries
from server.admin.person import Person
from server.core.call import Call
from server.core.numbering import shanghai_date
from server.core.reading import ReadService
from server.inventory.consumption_record import ConsumptionLine
from server.inventory.consumption_stock import OUT
from server.inventory.empties import EmptiesReturn
from server.inventory.item import CONTROLLED, Item
from server.inventory.ledger import place_names
from server.inventory.ledger_tables import Move
from server.inventory.warehouse import scoped


@dataclass(frozen=True)
class Given:
    """What a medical record says of a use."""

    patient: str
    id_no: str
    diagnosis: str
    task_no: str
    doctor: str
    doctor_id: int
    executor: str = ""
    checker: str = ""
    dose: str = ""
    residual: str = ""


class RegisterEntryService(ReadService[Move, pb.RegisterEntry]):
    """The register, from the newest line down, as long as it is."""

    model = Move
    message = pb.RegisterEntry
    page = pb.RegisterEntryList
    searches = ("number", "lot_no")
    display = "number"

    def visible(self, call: Call) -> Select[Move]:
        """Movements of controlled drugs out of or into the user's warehouses."""
        drug = exists().where(Item.id == Move.item_id, Item.control.in_(sorted(CONTROLLED)))
        chosen = select(Move).where(drug)  # asked row by row: the ledger is read in its order
        return scoped(call, chosen, Move.source_id, Move.target_id)

    def complete(self, call: Call, messages: Sequence[pb.RegisterEntry]) -> None:
        """Drug, places, hands; of a use the patient, what was left over, the empties."""
        chosen = select(Move).where(Move.id.in_([message.id for message in messages]))
        moves = {move.id: move for move in call.db.scalars(chosen)}
        given, empties = _given(call, moves.values()), _Empties(call, moves.values())
        places = {end for move in moves.values() for end in (move.source_id, move.target_id)}
        names, items = place_names(call.db, places), _items(call, moves.values())
        people = _people(call, moves.values())
        for message in messages:
            move = moves[message.id]
            item = items[move.item_id]
            message.item_name, message.spec, message.unit = item.name, item.spec, item.base_unit
            message.source = names.get(move.source_id, "")
            message.target = names.get(move.target_id, "")
            message.executor = people.get(move.operator_id, "")
            message.checker = people.get(move.second_operator_id, "")
            use = given.get(move.id)
            if use is not None:
                _tell(message, use)
                if move.code in OUT:
                    message.empties = empties.said(move, use, item.base_unit)


def _tell(message: pb.RegisterEntry, use: Given) -> None:
    message.patient, message.id_no, message.diagnosis = use.patient, use.id_no, use.diagnosis
    message.task_no, message.doctor = use.task_no, use.doctor
    message.dose, message.residual = use.dose, use.residual
    message.executor = use.executor or message.executor
    message.checker = use.checker or message.checker


def _items(call: Call, moves: Collection[Move]) -> dict[int, Item]:
    chosen = select(Item).where(Item.id.in_({move.item_id for move in moves}))
    return {item.id: item for item in call.db.scalars(chosen)}


def _people(call: Call, moves: Collection[Move]) -> dict[int, str]:
    hands = {hand for move in moves for hand in (move.operator_id, move.second_operator_id)}
    named = select(Person.id, Person.name).where(Person.id.in_(hands - {0}))
    return {row[0]: row[1] for row in call.db.execute(named)}


def _given(call: Call, moves: Collection[Move]) -> dict[int, Given]:
    """What the records say of the movements that are uses, by movement."""
    from server.emr.tables import CaseRecord, Treatment  # records refer to items

    uses = [move for move in moves if move.emr_id]  # given to the patient, or lost beside him
    chosen = select(CaseRecord).where(CaseRecord.id.in_({move.emr_id for move in uses}))
    loaded = call.db.scalars(chosen.options(selectinload(CaseRecord.diagnoses)))
    records = {record.id: record for record in loaded}
    lines = select(ConsumptionLine.id, Treatment).join(
        Treatment, Treatment.id == ConsumptionLine.emr_line_id
    )
    wanted = lines.where(ConsumptionLine.id.in_({move.line_id for move in uses}))
    rows = {row[0]: row[1] for row in call.db.execute(wanted)}
    return {
        move.id: _said(records[move.emr_id], rows.get(move.line_id))
        for move in uses
        if move.emr_id in records
    }


def _said(record: Any, row: Any) -> Given:
    known = dictionaries.codes("emr_diagnosis")
    diagnosis = "；".join(each.text or known.get(each.code, each.code) for each in record.diagnoses)
    head = (record.name or "", record.id_no or "", diagnosis, record.serial_no)
    if row is None:
        return Given(*head, record.doctor_name, record.doctor_id, checker=record.nurse_name)
    return Given(
        *head, row.ordered_by or record.doctor_name, record.doctor_id, row.done_by,
        row.checked_by, row.dose, row.residual,
    )  # fmt: skip


class _Empties:
    """The empty ampoules received for uses: those of the task, else those of person and day."""

    def __init__(self, call: Call, moves: Collection[Move]) -> None:
        back = EmptiesReturn
        sums = (func.sum(back.quantity), func.sum(back.broken))
        keys = (back.lot_id, back.task_no, back.person_id, back.business_on)
        chosen = select(*keys, *sums).where(
            back.lot_id.in_({move.lot_id for move in moves}),
            back.state == empties_pb2.EmptiesReturn.RECEIVED,
        )
        self._of_task: dict[tuple[int, str], tuple[int, int]] = {}
        self._of_day: dict[tuple[int, int, date], tuple[int, int]] = {}
        for lot, task, person, day, units, broken in call.db.execute(chosen.group_by(*keys)):
            if task:
                _add(self._of_task, (lot, task), units, broken)
            else:
                _add(self._of_day, (lot, person, day), units, broken)

    def said(self, move: Move, use: Given, unit: str) -> str:
        """What came back for a use, with its lot."""
        found = self._of_task.get((move.lot_id, use.task_no))
        whose = ""
        if found is None:
            day = shanghai_date(move.occurred_at)
            found, whose = self._of_day.get((move.lot_id, use.doctor_id, day)), "当日共"
        if found is None:
            return "未交回"
        broken = f"，碎失{found[1]}{unit}" if found[1] else ""
        return f"{whose}收回{found[0]}{unit}{broken}（批号{move.lot_no}）"


def _add(sums: dict[Any, tuple[int, int]], key: Any, units: int, broken: int) -> None:
    before = sums.get(key, (0, 0))
    sums[key] = (before[0] + int(units), before[1] + int(broken))
