"""Recalls: what is locked, where it lies, whom it reached, and whether everything is accounted for.

A lot is locked by its state alone, so one statement stops it in every store at once. Whether the
quantities close is asked of two books that know nothing of each other: what came in and went out
stands in the ledger, what is there stands in the balances.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, case, func, insert, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from protos.inventory import issue_pb2, stock_pb2, warehouse_pb2
from protos.inventory import recall_pb2 as pb
from server.admin.department import Department
from server.admin.person import Person
from server.core.call import Call
from server.core.db import Model, Record
from server.core.errors import BusinessError, Invalid
from server.core.ids import new as new_id
from server.inventory import ledger
from server.inventory.codes import Code
from server.inventory.issue import Issue, IssueLine
from server.inventory.item import Item
from server.inventory.ledger import LAST_ACCOUNT, Account, Balance, Entry, Lot, Move, Origin
from server.inventory.lot import decide, stop
from server.inventory.numbers import LENGTH
from server.inventory.refusals import SameSecond
from server.inventory.trace import TraceCode
from server.inventory.warehouse import Keeper, Warehouse

PREFIX = "ZH"
_S, _N, _P = pb.Recall, pb.RecallNotice, pb.RecallPatient
_C, _L, _W = stock_pb2.Move, stock_pb2.Lot, warehouse_pb2.Warehouse
RUNNING = (_S.ACTIVE, _S.COLLECTING, _S.DISPOSING)
HOURS: dict[int, int] = {_S.GRADE_1: 24, _S.GRADE_2: 48, _S.GRADE_3: 72}  # to notify everybody
DAYS: dict[int, int] = {_S.GRADE_1: 1, _S.GRADE_2: 3, _S.GRADE_3: 7}  # to file; between reports


class Recall(Record):
    """The header."""

    __tablename__ = "inventory_recall"

    number: Mapped[str] = mapped_column(String(LENGTH), unique=True)
    grade: Mapped[int]
    origin: Mapped[int]
    notice_no: Mapped[str] = mapped_column(String(40), default="")
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_nos: Mapped[str] = mapped_column(String(200), default="")
    trace_code: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(String(200))
    quarantine_id: Mapped[int | None] = mapped_column(ForeignKey(Warehouse.id))
    drill: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    starter_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    filed_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    conclusion: Mapped[str] = mapped_column(String(80), default="")
    log: Mapped[str] = mapped_column(String(1000), default="")
    disposals: Mapped[int] = mapped_column(default=0)
    state: Mapped[int] = mapped_column(default=_S.DRAFT)

    recalled: Mapped[list["RecalledLot"]] = relationship(cascade="all, delete-orphan")
    item: Mapped[Item] = relationship(lazy="joined", innerjoin=True)


class RecalledLot(Model):
    """A lot of a recall, and the state it had before."""

    __tablename__ = "inventory_recall_lot"
    __table_args__ = (UniqueConstraint("recall_id", "lot_id"),)

    recall_id: Mapped[int] = mapped_column(ForeignKey(Recall.id))
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id), index=True)
    state_before: Mapped[int] = mapped_column(default=_L.NORMAL)

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)


class RecallNotice(Record):
    """What one holder was told of one lot, and what he answered."""

    __tablename__ = "inventory_recall_notice"
    __table_args__ = (UniqueConstraint("recall_id", "warehouse_id", "lot_id"),)

    number: Mapped[str] = mapped_column(String(LENGTH), index=True)
    recall_id: Mapped[int] = mapped_column(ForeignKey(Recall.id))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id), index=True)
    lot_no: Mapped[str] = mapped_column(String(40))
    drill: Mapped[bool] = mapped_column(default=False)
    book: Mapped[int] = mapped_column(default=0)
    transit: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    explanation: Mapped[str] = mapped_column(String(60), default="")
    sent_at: Mapped[datetime] = mapped_column(index=True)
    acknowledged_at: Mapped[datetime | None]
    acknowledger_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    collected_at: Mapped[datetime | None]
    state: Mapped[int] = mapped_column(default=_N.SENT, index=True)

    lot: Mapped[Lot] = relationship()
    recall: Mapped[Recall] = relationship()


class RecallPatient(Record):
    """A medical record that used a recalled lot; who the patient is, the record says."""

    __tablename__ = "inventory_recall_patient"
    __table_args__ = (UniqueConstraint("recall_id", "emr_id", "lot_id"),)

    number: Mapped[str] = mapped_column(String(LENGTH), index=True)
    recall_id: Mapped[int] = mapped_column(ForeignKey(Recall.id))
    emr_id: Mapped[int] = mapped_column(index=True)
    task_no: Mapped[str] = mapped_column(String(30), default="")
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id))
    lot_no: Mapped[str] = mapped_column(String(40))
    quantity: Mapped[int]
    used_at: Mapped[datetime]
    doctor_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    outcome: Mapped[str] = mapped_column(String(200), default="")
    contacted_at: Mapped[datetime | None]
    contacter_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    state: Mapped[int] = mapped_column(default=_P.OPEN)


def lots_meant(db: Session, recall: Recall) -> list[Lot]:
    """The lots a recall names by item and lot numbers or by one trace code; raises Invalid."""
    chosen = select(Lot)
    if recall.trace_code:
        code = select(TraceCode).where(TraceCode.code == recall.trace_code)
        traced = db.scalars(code).first()
        if traced is None:
            raise Invalid.at("trace_code", "没有这个追溯码的入库记录，请核对或改按批号召回")
        recall.item_id, recall.lot_nos = traced.item_id, traced.lot_no
    if not recall.item_id:
        raise Invalid.at("item_id", "请选择物资，或扫追溯码")
    chosen = chosen.where(Lot.item_id == recall.item_id)
    numbers = recall.lot_nos.replace("、", " ").replace(",", " ").replace("，", " ").split()
    if numbers:
        chosen = chosen.where(Lot.lot_no.in_(numbers))
    found = list(db.scalars(chosen.order_by(Lot.id)))
    unknown = sorted(set(numbers) - {lot.lot_no for lot in found})
    if unknown or not found:
        raise Invalid.at(
            "lot_nos", f"这种物资没有入过批号{unknown[0] if unknown else '的库'}，请核对"
        )
    return found


# Locking --------------------------------------------------------------------------------------


def lock_lots(call: Call, recall: Recall) -> None:
    """Stop the lots everywhere and give up what was promised of them; raises BusinessError."""
    ids = [each.lot_id for each in recall.recalled]
    other = (
        select(Recall.number)
        .join(RecalledLot, RecalledLot.recall_id == Recall.id)
        .where(RecalledLot.lot_id.in_(ids), Recall.id != recall.id)
        .where(Recall.state.in_(RUNNING), Recall.drill.is_(False))
    )
    if number := call.db.scalars(other).first():
        raise BusinessError(
            f"这个批号已在召回单{number}里召回，请在那张单上办理（{Code.DUPLICATE}）"
        )
    for each in recall.recalled:
        each.state_before = each.lot.state
    lots = [each.lot for each in recall.recalled]
    stop(call, lots, _L.RECALLED, f"召回{recall.number}：{recall.reason}")


def unlock_lots(call: Call, recall: Recall) -> None:
    """Let the lots be used as before."""
    for each in recall.recalled:
        decide(call, [each.lot], each.state_before, f"召回{recall.number}撤销")


# Finding --------------------------------------------------------------------------------------


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
    for key, (book, transit) in sums.items():
        notice = told.get(key)
        if notice is None:
            fresh.append(_told(call, recall, key[0], ids[key[1]], book, transit))
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
    call: Call, recall: Recall, warehouse_id: int, lot: Lot, book: int, transit: int
) -> dict[str, Any]:
    return {
        "number": recall.number, "recall_id": recall.id, "warehouse_id": warehouse_id,
        "item_id": lot.item_id, "lot_id": lot.id, "lot_no": lot.lot_no, "drill": recall.drill,
        "sent_at": call.now, "state": _N.SENT, "book": book, "transit": transit, "found": 0,
        "explanation": "",
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


# Collecting and disposing ---------------------------------------------------------------------


def quarantine_place(call: Call, recall: Recall) -> int:
    """Where the recall collects to: the store it names, else any quarantine; raises Invalid."""
    if recall.quarantine_id:
        return recall.quarantine_id
    chosen = select(Warehouse.id).where(
        Warehouse.kind == _W.QUARANTINE, Warehouse.state == _W.ACTIVE
    )
    found = call.db.scalars(chosen.order_by(Warehouse.id).limit(1)).first()
    if found is None:
        raise Invalid.at(
            "quarantine_id", "还没有隔离库，请先在“仓库”页面建立一个类型为隔离库的仓库"
        )
    return found


def collect(call: Call, notice: RecallNotice) -> None:
    """Take what the holder found into quarantine and write off what is missing."""
    key = ledger.Key(notice.warehouse_id, notice.lot_id)
    balance = ledger.lock(call.db, [key]).get(key)
    there = balance.quantity if balance else 0
    if there != notice.book:
        raise BusinessError(f"回执后账面从{notice.book}变成{there}，请持有人重新清点回执")
    why = f"召回{notice.number}"
    place = quarantine_place(call, notice.recall)
    entries = []
    if notice.found:
        entries.append(Entry(_C.QUARANTINED, notice.lot, notice.warehouse_id, place, notice.found,
                             notice.id, why))  # fmt: skip
    if there > notice.found:
        lost = there - notice.found
        entries.append(Entry(_C.LOST, notice.lot, notice.warehouse_id, Account.LOSS, lost,
                             notice.id, f"{why}差异：{notice.explanation}"[:80]))  # fmt: skip
    if entries:
        ledger.post(call, _origin(notice, "collect", notice.version), entries)


def _origin(notice: RecallNotice, action: str, revision: int) -> Origin:
    return Origin(
        "recall_notice", notice.id, action, notice.number, revision,
        second_operator_id=notice.acknowledger_id or 0,
    )  # fmt: skip


def dispose(call: Call, recall: Recall, request: pb.DisposeRequest) -> None:
    """Send everything in quarantine back to the supplier, or destroy it before two witnesses."""
    scrap = request.way == pb.DisposeRequest.SCRAP
    if scrap:
        _refuse_unwitnessed(call, request)
    code, target = (
        (_C.SCRAPPED, Account.SCRAP) if scrap else (_C.RETURNED_TO_SUPPLIER, Account.SUPPLIER)
    )
    ids = [each.lot_id for each in recall.recalled]
    entries = [
        Entry(code, lot_of(recall, h.lot_id), h.warehouse.id, target, h.quantity, recall.id,
              f"召回{recall.number}：{request.note}"[:80])
        for h in holdings(call.db, ids)
        if h.warehouse.kind == _W.QUARANTINE
    ]  # fmt: skip
    if not entries:
        raise BusinessError("隔离库里还没有这次召回的物资，请先收回")
    recall.disposals += 1
    second = request.witness_id or recall.starter_id or 0
    ledger.post(
        call,
        Origin("recall", recall.id, "dispose", recall.number, recall.disposals, second),
        entries,
    )


def _refuse_unwitnessed(call: Call, request: pb.DisposeRequest) -> None:
    if not request.witness_id or not request.second_witness_id:
        raise Invalid.at("witness_id", "销毁要有两位见证人，请填写")
    if len({request.witness_id, request.second_witness_id, call.user.id}) < 3:
        raise SameSecond("两位见证人和经办人要是三个不同的人")


def lot_of(recall: Recall, lot_id: int) -> Lot:
    """A lot of the recall by its id."""
    return next(each.lot for each in recall.recalled if each.lot_id == lot_id)


def bring_back(call: Call, recall: Recall) -> None:
    """Move what was collected back to its holders."""
    notices = select(RecallNotice.id).where(RecallNotice.recall_id == recall.id)
    chosen = select(Move).where(Move.line_id.in_(notices), Move.code == _C.QUARANTINED)
    moves = list(call.db.scalars(chosen.order_by(Move.id)))
    left = ledger.remaining(call.db, moves)
    why = f"召回{recall.number}撤销"
    entries = [
        ledger.reversal(move, left[move.id][0], left[move.id], _C.RELEASED, why)
        for move in moves
        if left[move.id][0]
    ]
    if entries:
        second = recall.starter_id or 0
        origin = Origin("recall", recall.id, "release", recall.number, second_operator_id=second)
        ledger.post(call, origin, entries)


# Accounting -----------------------------------------------------------------------------------


def accounts(db: Session, lots: Sequence[Lot]) -> list[pb.RecallLot]:
    """For each lot where everything that came in is now; two queries."""
    ids = [lot.id for lot in lots]
    moved = _moved(db, ids)
    there = _there(db, ids)
    found = []
    for lot in lots:
        row = pb.RecallLot(lot_no=lot.lot_no, received_on=lot.received_on.isoformat())
        for name, units in (moved[lot.id] | there[lot.id]).items():
            setattr(row, name, units)
        placed = row.quarantined + row.elsewhere + row.transit + row.returned + row.scrapped
        row.gap = row.received - placed - row.consumed - row.lost - row.other
        found.append(row)
    return found


def _moved(db: Session, ids: Collection[int]) -> dict[int, dict[str, int]]:
    """What came in and what left for good, by the ledger."""
    source = case((Move.source_id <= LAST_ACCOUNT, Move.source_id), else_=0)
    target = case((Move.target_id <= LAST_ACCOUNT, Move.target_id), else_=0)
    chosen = (
        select(Move.lot_id, source, target, func.sum(Move.quantity))
        .where(Move.lot_id.in_(ids))
        .where(or_(Move.source_id <= LAST_ACCOUNT, Move.target_id <= LAST_ACCOUNT))
        .group_by(Move.lot_id, source, target)
    )
    names = {
        Account.PATIENT: "consumed", Account.LOSS: "lost", Account.SCRAP: "scrapped",
        Account.COUNT: "other",
    }  # fmt: skip
    found: dict[int, dict[str, int]] = {lot: defaultdict(int) for lot in ids}
    for lot, came, went, units in db.execute(chosen):
        row, units = found[lot], int(units)
        if came in (Account.SUPPLIER, Account.OPENING):
            row["received"] += units
        elif came in names:
            row[names[Account(came)]] -= units
        if went in (Account.SUPPLIER, Account.OPENING):
            row["returned"] += units
        elif went in names:
            row[names[Account(went)]] += units
    return found


def _there(db: Session, ids: Collection[int]) -> dict[int, dict[str, int]]:
    """What lies in quarantine, elsewhere and in transit, by the balances."""
    chosen = (
        select(Balance.lot_id, Balance.warehouse_id, Warehouse.kind, Balance.quantity)
        .outerjoin(Warehouse, Warehouse.id == Balance.warehouse_id)
        .where(Balance.lot_id.in_(ids))
    )
    found: dict[int, dict[str, int]] = {lot: defaultdict(int) for lot in ids}
    for lot, place, kind, units in db.execute(chosen):
        name = "quarantined" if kind == _W.QUARANTINE else "elsewhere"
        found[lot]["transit" if place == Account.TRANSIT else name] += units
    return found


def refuse_unbalanced(call: Call, recall: Recall) -> None:
    """Refuse to close while units are about, or unaccounted for."""
    for row in accounts(call.db, [each.lot for each in recall.recalled]):
        if row.gap:
            text = (
                f"批号{row.lot_no}入库{row.received}，账上差{row.gap}，"
                f"请先查清台账（{Code.RECALL_UNBALANCED}）"
            )
            raise BusinessError(f"召回数量不平：{text}")
        about = row.elsewhere + row.transit
        if about:
            places = [
                f"{h.warehouse.name}{h.quantity or h.transit}"
                for h in holdings(call.db, [each.lot_id for each in recall.recalled])
                if h.warehouse.kind != _W.QUARANTINE
            ]
            raise BusinessError(
                f"召回数量不平：批号{row.lot_no}还有{about}没有收回（{'、'.join(places[:5])}），"
                f"请先收回入隔离（{Code.RECALL_UNBALANCED}）"
            )


# Time limits ----------------------------------------------------------------------------------


def deadlines(recall: Recall, now: datetime, *, told: bool) -> list[str]:
    """What is due and how long is left, in words; ``told``: every holder has answered."""
    if recall.started_at is None or recall.state not in RUNNING:
        return []
    days = timedelta(days=DAYS[recall.grade])
    found = []
    if not told:
        found.append(_left("回执", recall.started_at + timedelta(hours=HOURS[recall.grade]), now))
    if recall.filed_at is None:
        found.append(_left("计划备案", recall.started_at + days, now))
    found.append(_left("进展报告", (recall.reported_at or recall.started_at) + days, now))
    return found


def _left(what: str, due: datetime, now: datetime) -> str:
    late = now > due
    hours = int(abs(due - now).total_seconds() // 3600)
    span = f"{hours // 24}天{hours % 24}小时" if hours >= 24 else f"{hours}小时"
    return f"{what}已超{span}" if late else f"{what}还剩{span}"
