"""What treatments use: issued by itself from the doctor's personal store.

The state aimed at is what the medical record says now. Each call compares it, use by use, with
what was issued for the record so far and posts the difference: more is picked first expired first
out, less flows back into the lots it came from. So a call may be repeated, and amended records
need no special case.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, case, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from protos.inventory import box_pb2, stock_pb2, warehouse_pb2
from protos.inventory import consumption_pb2 as pb
from server.admin.person import Person
from server.core import numbering
from server.core.call import Call
from server.core.db import Model, Record
from server.core.numbering import shanghai_date
from server.dispatch.task import Task
from server.inventory import ledger
from server.inventory.box import Box
from server.inventory.item import Item
from server.inventory.ledger import Account, Balance, Entry, Move, Origin
from server.inventory.picking import Pick, blocked, queue, turn
from server.inventory.recall_trace import late
from server.inventory.trace import TraceCode, codes_at, place_names
from server.inventory.warehouse import Warehouse, personal_store
from server.inventory.written_back import write_back

_STATE = pb.Consumption
_LINE = pb.ConsumptionLine
_CODE = stock_pb2.Move
WAITING = "盘点中，盘点结束后自动出库"
_W = warehouse_pb2.Warehouse
_ON_BOARD = (box_pb2.Box.IN_USE, box_pb2.Box.OPENED)


class Consumption(Record):
    """What was issued for one medical record; ``emr_id`` is unique, ``revision`` counts changes."""

    __tablename__ = "inventory_consumption"

    number: Mapped[str] = mapped_column(String(20), unique=True)
    emr_id: Mapped[int] = mapped_column(unique=True)
    emr_version: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    task_id: Mapped[int] = mapped_column(index=True)
    task_no: Mapped[str] = mapped_column(String(30), default="")
    doctor_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey(Warehouse.id), index=True)
    occurred_at: Mapped[datetime] = mapped_column(index=True)
    posted_at: Mapped[datetime]
    quantity: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)
    amount: Mapped[int] = mapped_column(default=0)  # fen
    note: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[int] = mapped_column(default=_STATE.DONE)

    lines: Mapped[list["ConsumptionLine"]] = relationship(
        cascade="all, delete-orphan", order_by="ConsumptionLine.position"
    )


_SHORT = text("quantity > issued + dismissed")  # the work list: few lines of very many


class ConsumptionLine(Model):
    """One use: how much the record says, how much was issued net of what flowed back."""

    __tablename__ = "inventory_consumption_line"
    __table_args__ = (
        UniqueConstraint("consumption_id", "used_item_id", "emr_line_id"),
        Index("ix_inventory_consumption_line_short", "id", sqlite_where=_SHORT,
              postgresql_where=_SHORT),
    )  # fmt: skip

    consumption_id: Mapped[int] = mapped_column(ForeignKey(Consumption.id))
    position: Mapped[int]
    used_item_id: Mapped[int]  # as the record says
    item_id: Mapped[int | None] = mapped_column(ForeignKey(Item.id))  # empty: no such item
    emr_line_id: Mapped[int] = mapped_column(default=0)
    lot_id: Mapped[int] = mapped_column(default=0)  # scanned; 0: by turn
    trace_code: Mapped[str] = mapped_column(String(20), default="")  # scanned
    occurred_at: Mapped[datetime]
    quantity: Mapped[int] = mapped_column(default=0)
    issued: Mapped[int] = mapped_column(default=0)
    dismissed: Mapped[int] = mapped_column(default=0)  # units settled without an issue
    amount: Mapped[int] = mapped_column(default=0)  # fen
    lots: Mapped[str] = mapped_column(String(200), default="")
    places: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(80), default="")
    proposer_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))  # first of two hands
    proposed_from_id: Mapped[int] = mapped_column(default=0)  # the store he wants to issue from
    proposed_lot_id: Mapped[int] = mapped_column(default=0)

    item: Mapped[Item | None] = relationship(lazy="joined")

    @property
    def missing(self) -> int:
        """Units used that were neither issued nor settled."""
        return max(self.quantity - self.issued - self.dismissed, 0)

    @property
    def unit(self) -> str:
        """The smallest unit."""
        return self.item.base_unit if self.item else ""

    @property
    def state(self) -> "pb.ConsumptionLine.LineState.ValueType":
        """How far the line is."""
        if not self.quantity:
            return _LINE.REVERSED
        if self.missing:
            return _LINE.PARTIAL if self.issued else _LINE.EXCEPTION
        return _LINE.DISMISSED if self.dismissed else _LINE.ISSUED


@dataclass(frozen=True)
class Use:
    """So many smallest units of an item given to a patient.

    ``line_id`` tells apart several uses of one item; ``lot_id`` is the scanned lot, if any, and
    ``trace_code`` the scanned pack, which decides the lot.
    """

    item_id: int
    quantity: int
    occurred_at: datetime
    line_id: int = 0
    lot_id: int = 0
    trace_code: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one use: smallest units issued, units short, the lots (lot no., units)."""

    item_id: int
    line_id: int
    issued: int
    missing: int
    lots: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class ConsumptionResult:
    """The issue made of a record's uses; with anything missing it stands on the work list."""

    consumption_id: int
    number: str
    lines: tuple[Outcome, ...]

    @property
    def complete(self) -> bool:
        """Whether all that was used was issued."""
        return not any(line.missing for line in self.lines)


def consume(
    call: Call,
    *,
    doctor_id: int,
    task_id: int,
    emr_id: int,
    lines: Sequence[Use],
    emr_version: int = 0,
    task_no: str = "",
    second_operator_id: int = 0,
) -> ConsumptionResult:
    """Bring what is issued for a medical record in line with all that it now says was used.

    Give every use of the record each time; only the difference to what was issued before is
    posted, so the same call again changes nothing, fewer units flow back into the lots they came
    from, and no lines at all reverse the whole. An ``emr_version`` older than the last one seen
    is ignored. Short stock, an unknown item or a missing store never raise: they become a work
    list entry. The second operator is who gave or checked what the doctor signed for.
    """
    consumption = _of(call, emr_id)
    if consumption is not None and emr_version and emr_version < consumption.emr_version:
        return result(call, consumption)
    if consumption is None:
        consumption = _begun(call, doctor_id, task_id, emr_id, task_no)
    consumption.emr_version = max(emr_version, consumption.emr_version)
    anew = _note_uses(call, consumption, lines)
    settle(call, consumption, anew=anew, second=second_operator_id)
    return result(call, consumption)


def _of(call: Call, emr_id: int) -> Consumption | None:
    chosen = select(Consumption).where(Consumption.emr_id == emr_id).with_for_update()
    return call.db.scalars(chosen).first()


def _begun(call: Call, doctor_id: int, task_id: int, emr_id: int, task_no: str) -> Consumption:
    store = personal_store(call, doctor_id)
    consumption = Consumption(
        number=numbering.document_number(call, "ZD"), emr_id=emr_id, task_id=task_id,
        task_no=task_no, doctor_id=doctor_id, warehouse_id=store.id if store else None,
        occurred_at=call.now, posted_at=call.now, created_at=call.now, created_by=call.user.id,
        updated_at=call.now, updated_by=call.user.id, emr_version=0, revision=0,
    )  # fmt: skip
    call.db.add(consumption)
    return consumption


def _note_uses(call: Call, consumption: Consumption, uses: Sequence[Use]) -> set[int]:
    """Write what the record says now to the lines; a use that vanished becomes none.

    Answers the ids of the lines that now name another lot and must be issued anew.
    """
    anew = set()
    known = {(line.used_item_id, line.emr_line_id): line for line in consumption.lines}
    for line in consumption.lines:
        line.quantity = 0
    for use in uses:
        if use.quantity <= 0:
            raise ValueError("a use has at least one unit")
        line = known.get((use.item_id, use.line_id)) or _line_of(call, consumption, use)
        known[use.item_id, use.line_id] = line
        line.quantity += use.quantity
        lot_id = _scanned_lot(call, use)
        if (line.lot_id, line.trace_code) != (lot_id, use.trace_code):
            anew.add(line.id)
            line.lot_id, line.trace_code = lot_id, use.trace_code
    if uses:
        consumption.occurred_at = min(use.occurred_at for use in uses)
    return anew


def _scanned_lot(call: Call, use: Use) -> int:
    """The lot of the scanned code; else the scanned lot."""
    if not use.trace_code:
        return use.lot_id
    known = select(TraceCode.lot_id).where(
        TraceCode.code == use.trace_code, TraceCode.item_id == use.item_id
    )
    return call.db.scalars(known).first() or use.lot_id


def _line_of(call: Call, consumption: Consumption, use: Use) -> ConsumptionLine:
    item = call.db.get(Item, use.item_id)
    line = ConsumptionLine(
        used_item_id=use.item_id, item_id=item.id if item else None, item=item,
        emr_line_id=use.line_id, lot_id=_scanned_lot(call, use), trace_code=use.trace_code,
        occurred_at=use.occurred_at, quantity=0,
        issued=0, dismissed=0, amount=0, position=len(consumption.lines) + 1,
        note="" if item else "未对照的物资",
    )  # fmt: skip
    consumption.lines.append(line)
    return line


def settle(
    call: Call,
    consumption: Consumption,
    source: Warehouse | None = None,
    anew: Collection[int] = (),
    second: int = 0,
) -> None:
    """Post the difference between what was used and what was issued.

    What is too much, and all of the lines ``anew``, flows back first, so that it may be issued
    again. Missing units are looked for in ``source``, by default in the personal store, then in
    the boxes, the vehicle and the station of the task.
    """
    if source is None and is_frozen(call, consumption):
        _sum_up(call, consumption)
        consumption.state, consumption.note = _STATE.EXCEPTION, WAITING
        return
    by_record = source is None
    _post(call, consumption, _backward(call, consumption, anew), second, by_record=True)
    _count(call, consumption)
    for place in [source.id] if source else sources(call, consumption):
        if any(line.missing for line in consumption.lines):
            supply(call, consumption, place, consumption.lines, second=second, by_record=by_record)
    _sum_up(call, consumption)


def is_frozen(call: Call, consumption: Consumption) -> bool:
    """Whether a stocktake has frozen something of it in the personal store."""
    wanted = [line.item_id for line in consumption.lines if line.item_id]
    frozen = select(Balance.id).where(
        Balance.warehouse_id == consumption.warehouse_id,
        Balance.item_id.in_(wanted),
        Balance.frozen,
    )
    return call.db.scalars(frozen.limit(1)).first() is not None


def resume(call: Call, warehouse_id: int) -> None:
    """Settle what waited for a stocktake of the warehouse to end."""
    waiting = select(Consumption).where(
        Consumption.warehouse_id == warehouse_id,
        Consumption.state == _STATE.EXCEPTION,
        Consumption.note == WAITING,
    )
    for consumption in call.db.scalars(waiting.order_by(Consumption.id).with_for_update()):
        settle(call, consumption, anew=[line.id for line in consumption.lines if line.lot_id])


def settle_line(
    call: Call,
    consumption: Consumption,
    line: ConsumptionLine,
    place: int,
    lot_id: int = 0,
    second: int = 0,
) -> None:
    """Look for what one line misses in one place, in a lot of choice first."""
    supply(call, consumption, place, [line], lot_id, second)
    _sum_up(call, consumption)


def propose(
    call: Call, consumption: Consumption, line: ConsumptionLine, place: int, lot_id: int
) -> None:
    """Note what the first of two hands wants to issue; nothing moves before the second."""
    line.proposer_id, line.proposed_from_id = call.user.id, place
    line.proposed_lot_id, line.note = lot_id, f"{call.user.name}已提请补出库，等另一人复核"
    _sum_up(call, consumption)


def match(call: Call, consumption: Consumption, line: ConsumptionLine, item: Item) -> None:
    """Say which item was meant; a controlled drug then waits for two hands."""
    line.item, line.item_id, line.note = item, item.id, f"对照为{item.title}"[:80]
    if item.controlled:
        _sum_up(call, consumption)
    else:
        settle(call, consumption)


def supply(
    call: Call,
    consumption: Consumption,
    place: int,
    lines: Sequence[ConsumptionLine],
    lot_id: int = 0,
    second: int = 0,
    *,
    by_record: bool = False,
) -> None:
    """Issue what is missing on those lines, as far as the place has it."""
    entries = _forward(call, lines, place, lot_id)
    _post(call, consumption, entries, second, by_record=by_record)
    _count(call, consumption)


def sources(call: Call, consumption: Consumption) -> list[int]:
    """Where used goods are looked for, in turn: the doctor's store, boxes, vehicle, station."""
    plate = call.db.scalars(select(Task.plate).where(Task.id == consumption.task_id)).first()
    found = [consumption.warehouse_id]
    if plate:
        boxes = select(Box.warehouse_id).where(Box.plate == plate, Box.state.in_(_ON_BOARD))
        found += call.db.scalars(boxes.order_by(Box.id))
    active = select(Warehouse.id).where(Warehouse.state == _W.ACTIVE).order_by(Warehouse.id)
    if plate:
        found += call.db.scalars(
            active.where(Warehouse.kind == _W.VEHICLE, Warehouse.carrier_no == plate)
        )
    station = select(Person.department_id).where(Person.id == consumption.doctor_id)
    found += call.db.scalars(
        active.where(
            Warehouse.kind == _W.STATION, Warehouse.department_id == station.scalar_subquery()
        )
    )
    return [place for place in dict.fromkeys(found) if place]


def _post(
    call: Call,
    consumption: Consumption,
    entries: Sequence[Entry],
    second: int = 0,
    *,
    by_record: bool,
) -> None:
    if not entries:
        return
    consumption.revision += 1
    consumption.posted_at = call.now
    origin = Origin(
        "consumption", consumption.id, "consume", consumption.number, consumption.revision,
        second_operator_id=second, task_id=consumption.task_id, emr_id=consumption.emr_id,
        by_record=by_record,
    )  # fmt: skip
    ledger.post(call, origin, entries)
    call.db.flush()
    late(call, {entry.lot for entry in entries})


@dataclass(frozen=True)
class _Issued:
    """One movement to the patient, and the units and fen of it that have not flowed back."""

    move: Move
    quantity: int
    amount: int


def _issued(call: Call, consumption: Consumption) -> dict[int, list[_Issued]]:
    """What was issued for each line, the earliest first; two queries."""
    lines = [line.id for line in consumption.lines]
    chosen = select(Move).where(Move.line_id.in_(lines), Move.code == _CODE.CONSUMED)
    moves = list(call.db.scalars(chosen.order_by(Move.id)))
    left = ledger.remaining(call.db, moves)
    found: dict[int, list[_Issued]] = {line: [] for line in lines}
    for move in moves:
        found[move.line_id].append(_Issued(move, *left[move.id]))
    return found


def _backward(call: Call, consumption: Consumption, anew: Collection[int]) -> list[Entry]:
    """Reversals of what was issued beyond what was used, the latest movement first."""
    issued = _issued(call, consumption)
    reason = f"病历{consumption.emr_id}修改"
    entries = []
    for line in consumption.lines:
        surplus = line.issued if line.id in anew else line.issued - line.quantity
        for each in reversed(issued[line.id]):
            part = min(surplus, each.quantity)
            if part > 0:
                left = each.quantity, each.amount
                code = _CODE.CONSUMPTION_REVERSED
                entries.append(ledger.reversal(each.move, part, left, code, reason))
                surplus -= part
    return entries


def _forward(call: Call, lines: Sequence[ConsumptionLine], place: int, lot_id: int) -> list[Entry]:
    """Issues of what is missing, as far as the place has it."""
    short = [line for line in lines if line.missing and line.item_id]
    if not short:
        return []
    balances = ledger.lock_items(call.db, place, {line.item_id or 0 for line in short})
    day = shanghai_date(call.now)
    spent: dict[int, int] = {}
    entries = []
    for line in short:
        for pick in _picks(balances, line, spent, day, lot_id or line.lot_id):
            spent[pick.balance.lot_id] = spent.get(pick.balance.lot_id, 0) + pick.quantity
            entries.append(_issue(call, line, pick, place, day))
    return entries


def _picks(
    balances: Iterable[Balance],
    line: ConsumptionLine,
    spent: dict[int, int],
    day: date,
    lot_id: int,
) -> list[Pick]:
    """The scanned lot, usable lots by turn, then blocked ones by turn: what was used was used."""
    of_item = [b for b in balances if b.item_id == line.item_id]
    scanned = [b for b in of_item if b.lot_id == lot_id]
    good = [b for b in queue(of_item, day) if b not in scanned]
    rest = sorted((b for b in of_item if b not in scanned and b not in good), key=turn)
    picks, wanted = [], line.missing
    for balance in [*scanned, *good, *rest]:
        part = min(wanted, balance.available - spent.get(balance.lot_id, 0))
        if part > 0:
            picks.append(Pick(balance, part))
            wanted -= part
    return picks


def _issue(call: Call, line: ConsumptionLine, pick: Pick, place: int, day: date) -> Entry:
    why = blocked(pick.balance.lot, day)
    there = codes_at(call.db, place, [line.trace_code]) if line.trace_code else []
    codes = tuple(code.code for code, _ in there if code.lot_id == pick.balance.lot_id)
    if why:
        line.note = f"批号{pick.balance.lot_no}{why}，请质控核查"[:80]
    return Entry(
        _CODE.CONSUMED, pick.balance.lot, place, Account.PATIENT, pick.quantity, line.id,
        why, occurred_at=line.occurred_at, codes=codes,
    )  # fmt: skip


def _count(call: Call, consumption: Consumption) -> None:
    """Write to the lines what is issued net of what flowed back."""
    issued = _issued(call, consumption)
    used = {each.move.source_id for there in issued.values() for each in there if each.quantity}
    names = place_names(call.db, used)
    for line in consumption.lines:
        there = issued[line.id]
        places = dict.fromkeys(names[x.move.source_id] for x in there if x.quantity)
        line.places = "、".join(places)[:200]
        line.issued = sum(each.quantity for each in there)
        line.amount = sum(each.amount for each in there)
        line.lots = "、".join(f"{lot or '无批号'}×{n}" for lot, n in _lots(there))[:200]
    taken = {
        line.emr_line_id: [(each.move, each.quantity) for each in issued[line.id]]
        for line in consumption.lines
    }
    write_back(call, consumption.emr_id, taken)


def _sum_up(call: Call, consumption: Consumption) -> None:
    """Write the sums and the state to the header."""
    consumption.quantity = sum(line.quantity for line in consumption.lines)
    consumption.missing = sum(line.missing for line in consumption.lines)
    consumption.amount = sum(line.amount for line in consumption.lines)
    consumption.note = _why(consumption)
    consumption.state = _state(consumption)
    consumption.updated_at, consumption.updated_by = call.now, call.user.id
    for name in ("ConsumptionService", "ConsumptionExceptionService"):
        call.changed.add(pb.DESCRIPTOR.services_by_name[name].full_name)
    call.db.flush()


def _state(consumption: Consumption) -> int:
    if consumption.missing:
        return _STATE.EXCEPTION
    return _STATE.DONE if consumption.quantity else _STATE.REVERSED


def _why(consumption: Consumption) -> str:
    if not consumption.warehouse_id and consumption.missing:
        return "医生没有个人药库"
    short = [
        line.item.name if line.item else "未对照物资" for line in consumption.lines if line.missing
    ]
    return f"库存不足：{'、'.join(short)}"[:200] if short else ""


def _lots(issued: Iterable[_Issued]) -> tuple[tuple[str, int], ...]:
    """Lot numbers with the units that stayed issued."""
    found: dict[str, int] = {}
    for each in issued:
        found[each.move.lot_no] = found.get(each.move.lot_no, 0) + each.quantity
    return tuple((lot_no, quantity) for lot_no, quantity in found.items() if quantity)


def result(call: Call, consumption: Consumption) -> ConsumptionResult:
    """What stands issued for the record now."""
    issued = _issued(call, consumption)
    outcomes = (
        Outcome(line.used_item_id, line.emr_line_id, line.issued, line.missing,
                _lots(issued[line.id]))
        for line in consumption.lines
        if line.quantity
    )  # fmt: skip
    return ConsumptionResult(consumption.id, consumption.number, tuple(outcomes))


def gaps(db: Session) -> list[str]:
    """One sentence for each use whose issued units are not what the ledger says was used."""
    net = func.sum(case((Move.code == _CODE.CONSUMED, Move.quantity), else_=-Move.quantity))
    codes = (_CODE.CONSUMED, _CODE.CONSUMPTION_REVERSED)
    chosen = select(Move.line_id, net).where(Move.code.in_(codes)).group_by(Move.line_id)
    moved = {row[0]: int(row[1]) for row in db.execute(chosen)}
    return [
        f"自动出库第{line.position}行（{line.consumption_id}）：已出库{line.issued}，"
        f"台账{moved.get(line.id, 0)}"
        for line in db.scalars(select(ConsumptionLine))
        if line.issued != moved.get(line.id, 0)
    ]
