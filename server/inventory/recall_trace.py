"""Where the units of recalled lots lie and whom they reached; holders are told, patients listed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, insert, select
from sqlalchemy.orm import Session

from protos.inventory import issue_pb2, stock_pb2, warehouse_pb2
from protos.inventory import recall_pb2 as pb
from server.admin.department import Department
from server.admin.person import Person
from server.core.call import Call
from server.core.db import Record
from server.core.ids import new as new_id
from server.inventory.issue import Issue, IssueLine
from server.inventory.ledger_tables import Balance, Lot, Move
from server.inventory.recall import RUNNING, Recall, RecalledLot, RecallNotice, RecallPatient
from server.inventory.warehouse import Keeper, Warehouse

_N, _P = pb.RecallNotice, pb.RecallPatient
_C, _L, _W = stock_pb2.Move, stock_pb2.Lot, warehouse_pb2.Warehouse


@dataclass(frozen=True)
class Holding:
    """Units of a lot in one warehouse, or on the way to it."""

    warehouse: Warehouse
    lot_id: int
    quantity: int
    transit: int = 0
    note: str = ""


def holdings(db: Session, lot_ids: Collection[int]) -> list[Holding]:
    """Where units of the lots lie, and where those in transit are bound for."""
    there = (
        select(Warehouse, Balance.lot_id, Balance.quantity)
        .join(Balance, Balance.warehouse_id == Warehouse.id)
        .where(Balance.lot_id.in_(lot_ids), Balance.quantity > 0)
        .order_by(Warehouse.kind, Warehouse.code)
    )
    found = [Holding(w, lot, units) for w, lot, units in db.execute(there)]
    coming = (
        select(Warehouse, IssueLine.lot_id, IssueLine.base_quantity, Issue.number)
        .join(Issue, Issue.target_id == Warehouse.id)
        .join(IssueLine, IssueLine.issue_id == Issue.id)
        .where(IssueLine.lot_id.in_(lot_ids), Issue.state == issue_pb2.Issue.ISSUED)
        .order_by(Warehouse.code)
    )
    for warehouse, lot, units, number in db.execute(coming):
        note = f"在途：出库单{number}"
        found.append(Holding(warehouse, lot or 0, 0, transit=units, note=note))
    return found


def contacts(db: Session, warehouses: Iterable[Warehouse]) -> dict[int, str]:
    """Whom to call for each warehouse: its owner or keepers, and the department's phone."""
    places = {warehouse.id: warehouse for warehouse in warehouses}
    kept = select(Keeper.warehouse_id, Person.name).join(Person, Person.id == Keeper.person_id)
    people: dict[int, list[str]] = defaultdict(list)
    for place, name in db.execute(kept.where(Keeper.warehouse_id.in_(places))):
        people[place].append(name)
    owners = [w.owner_id for w in places.values() if w.owner_id]
    named = select(Person.id, Person.name).where(Person.id.in_(owners))
    names = {row[0]: row[1] for row in db.execute(named)}
    lists = select(Department.id, Department.duty_phone, Department.phone)
    wanted = {w.department_id for w in places.values()}
    phones = {
        row[0]: row[1] or row[2] for row in db.execute(lists.where(Department.id.in_(wanted)))
    }
    return {
        place: " ".join(
            [names.get(w.owner_id or 0, "") or "、".join(people[place]), phones[w.department_id]]
        ).strip()
        for place, w in places.items()
    }


def notify(call: Call, recall: Recall) -> None:
    """Tell every holder that was not told yet; bring untouched notices up to date."""
    ids = {each.lot_id: each.lot for each in recall.recalled}
    told = {
        (notice.warehouse_id, notice.lot_id): notice
        for notice in call.db.scalars(
            select(RecallNotice).where(RecallNotice.recall_id == recall.id)
        )
    }
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for holding in holdings(call.db, ids):
        if holding.warehouse.kind != _W.QUARANTINE:
            pair = sums[holding.warehouse.id, holding.lot_id]
            pair[0] += holding.quantity
            pair[1] += holding.transit
    fresh = []
    orders = {notice.warehouse_id: notice.return_no for notice in told.values()}
    for key, (book, transit) in sums.items():
        orders.setdefault(key[0], f"{recall.number}-{len(orders) + 1:03}")
        notice = told.get(key)
        if notice is None:
            fresh.append(_told(call, recall, key[0], ids[key[1]], book, transit, orders[key[0]]))
            continue
        if notice.state == _N.COLLECTED and book:  # more came after all was collected
            notice.state = _N.SENT
        if notice.state == _N.SENT:
            notice.book, notice.transit = book, transit
    _enter(call, RecallNotice, fresh)
    call.changed.add(_service("RecallNoticeService"))


def _enter(call: Call, kind: type[Record], rows: list[dict[str, Any]]) -> None:
    """Write many new records at once; what began them is in the log as one deed."""
    about = {"created_at": call.now, "created_by": call.user.id, "updated_at": call.now,
             "updated_by": call.user.id, "version": 1}  # fmt: skip
    call.db.flush()
    if rows:
        call.db.execute(insert(kind), [{"id": new_id(), **about, **row} for row in rows])


def _told(
    call: Call,
    recall: Recall,
    warehouse_id: int,
    lot: Lot,
    book: int,
    transit: int,
    return_no: str,
) -> dict[str, Any]:
    return {
        "number": recall.number, "recall_id": recall.id, "warehouse_id": warehouse_id,
        "item_id": lot.item_id, "lot_id": lot.id, "lot_no": lot.lot_no, "drill": recall.drill,
        "sent_at": call.now, "state": _N.SENT, "book": book, "transit": transit, "found": 0,
        "explanation": "", "return_no": return_no,
    }  # fmt: skip


def _service(name: str) -> str:
    full_name: str = pb.DESCRIPTOR.services_by_name[name].full_name
    return full_name


def list_patients(call: Call, recall: Recall) -> None:
    """Note every record that used the lots, with the units it used, net of what flowed back."""
    known = {
        (p.emr_id, p.lot_id): p
        for p in call.db.scalars(select(RecallPatient).where(RecallPatient.recall_id == recall.id))
    }
    fresh = []
    for use in used_by(call.db, [each.lot_id for each in recall.recalled]):
        patient = known.get((use.emr_id, use.lot_id))
        if patient is not None:
            patient.quantity = use.quantity
        elif use.quantity > 0:
            head = {"number": recall.number, "recall_id": recall.id, "state": _P.OPEN}
            fresh.append({**asdict(use), **head, "outcome": ""})
    _enter(call, RecallPatient, fresh)
    call.changed.add(_service("RecallPatientService"))


@dataclass(frozen=True)
class PatientUse:
    """So many units of a lot used by one record."""

    emr_id: int
    lot_id: int
    lot_no: str
    quantity: int
    used_at: datetime
    task_no: str
    doctor_id: int | None


def used_by(db: Session, lot_ids: Collection[int]) -> list[PatientUse]:
    """The records that used the lots; two queries."""
    from server.inventory.consumption_record import Consumption  # which tells recalls of late uses

    net = func.sum(case((Move.code == _C.CONSUMED, Move.quantity), else_=-Move.quantity))
    chosen = (
        select(Move.emr_id, Move.lot_id, net, func.min(Move.occurred_at))
        .where(Move.lot_id.in_(lot_ids), Move.code.in_((_C.CONSUMED, _C.CONSUMPTION_REVERSED)))
        .group_by(Move.emr_id, Move.lot_id)
        .order_by(Move.emr_id)
    )
    rows = list(db.execute(chosen))
    named = select(Lot.id, Lot.lot_no).where(Lot.id.in_(lot_ids))
    numbers = {row[0]: row[1] for row in db.execute(named)}
    about = select(Consumption.emr_id, Consumption.task_no, Consumption.doctor_id)
    known = {row[0]: (row[1], row[2]) for row in _in_parts(db, about, [r[0] for r in rows])}
    return [
        PatientUse(emr, lot, numbers[lot], int(units), at, *known.get(emr, ("", None)))
        for emr, lot, units, at in rows
    ]


def _in_parts(
    db: Session, chosen: object, emr_ids: Sequence[int]
) -> Iterable[tuple[int, str, int]]:
    """Rows for many ids, a thousand at a time."""
    from server.inventory.consumption_record import Consumption

    for at in range(0, len(emr_ids), 1000):
        part = chosen.where(Consumption.emr_id.in_(emr_ids[at : at + 1000]))  # type: ignore[attr-defined]
        yield from db.execute(part)


def late(call: Call, lots: Iterable[Lot]) -> None:
    """Lots moved on although they are recalled (goods in transit, late records): note it."""
    ids = {lot.id for lot in lots if lot.state == _L.RECALLED}
    if not ids:
        return
    running = (
        select(Recall)
        .join(RecalledLot, RecalledLot.recall_id == Recall.id)
        .where(RecalledLot.lot_id.in_(ids), Recall.state.in_(RUNNING))
        .distinct()
    )
    call.db.flush()
    for recall in call.db.scalars(running).all():
        notify(call, recall)
        list_patients(call, recall)
