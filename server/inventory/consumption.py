"""What treatments use or lose: issued by itself from the doctor's personal store.

What the patient got goes to the patients' account, what broke or was left over to the losses'.

The state aimed at is what the medical record says now. Each call compares it, use by use, with
what was issued for the record so far and posts the difference: more is picked first expired first
out, less flows back into the lots it came from. So a call may be repeated, and amended records
need no special case. Where a stocktake holds the goods the use waits, and goes on when it ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from protos.inventory import consumption_pb2 as pb
from server.core.call import Call
from server.inventory import ledger
from server.inventory.consumption_record import Consumption, ConsumptionLine, waiting_for, waits
from server.inventory.consumption_stock import OUT, Issued, backward, forward, issued_for, sources
from server.inventory.item import Item
from server.inventory.ledger import Entry, Origin
from server.inventory.ledger_tables import Move
from server.inventory.numbers import stock_number
from server.inventory.recall_trace import late
from server.inventory.trace import TraceCode, place_names
from server.inventory.warehouse import Warehouse, personal_store
from server.inventory.written_back import write_back

_STATE = pb.Consumption


@dataclass(frozen=True)
class Use:
    """So many smallest units of an item given to a patient, or lost while treating him.

    ``line_id`` tells apart several uses of one item; ``lot_id`` is the scanned lot, if any, and
    ``trace_code`` the scanned pack, which decides the lot. ``reason`` (a code of ``loss_reason``)
    and ``note`` say why something was lost.
    """

    item_id: int
    quantity: int
    occurred_at: datetime
    line_id: int = 0
    lot_id: int = 0
    trace_code: str = ""
    lost: bool = False
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one use: smallest units issued, units short, the lots (lot no., units).

    ``waiting``: a stocktake holds the goods; it goes on when the stocktake ends.
    """

    item_id: int
    line_id: int
    issued: int
    missing: int
    lots: tuple[tuple[str, int], ...] = ()
    waiting: bool = False


@dataclass(frozen=True)
class ConsumptionResult:
    """The issue made of a record's uses; with anything missing it stands on the work list."""

    consumption_id: int
    number: str
    lines: tuple[Outcome, ...]

    @property
    def complete(self) -> bool:
        """Whether all that was used was issued, and no more."""
        return not any(line.missing or line.waiting for line in self.lines)


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
    _note_uses(call, consumption, lines)
    settle(call, consumption, second=second_operator_id)
    return result(call, consumption)


def _of(call: Call, emr_id: int) -> Consumption | None:
    chosen = select(Consumption).where(Consumption.emr_id == emr_id).with_for_update()
    return call.db.scalars(chosen).first()


def _begun(call: Call, doctor_id: int, task_id: int, emr_id: int, task_no: str) -> Consumption:
    store = personal_store(call, doctor_id)
    consumption = Consumption(
        number=stock_number(call, "ZD"), emr_id=emr_id, task_id=task_id,
        task_no=task_no, doctor_id=doctor_id, warehouse_id=store.id if store else None,
        occurred_at=call.now, posted_at=call.now, created_at=call.now, created_by=call.user.id,
        updated_at=call.now, updated_by=call.user.id, emr_version=0, revision=0,
    )  # fmt: skip
    call.db.add(consumption)
    return consumption


def _note_uses(call: Call, consumption: Consumption, uses: Sequence[Use]) -> None:
    """Write what the record says now to the lines; a use that vanished becomes none."""
    known = {_key(line): line for line in consumption.lines}
    for line in consumption.lines:
        line.quantity = 0
    for use in uses:
        if use.quantity <= 0:
            raise ValueError("a use has at least one unit")
        key = use.item_id, use.line_id, use.lost
        line = known[key] = known.get(key) or _line_of(call, consumption, use)
        line.quantity += use.quantity
        line.loss_reason, line.loss_note = use.reason, use.note
        lot_id = _scanned_lot(call, use)
        if (line.lot_id, line.trace_code) != (lot_id, use.trace_code):
            line.anew = True
            line.lot_id, line.trace_code = lot_id, use.trace_code
    if uses:
        consumption.occurred_at = min(use.occurred_at for use in uses)


def _key(line: ConsumptionLine) -> tuple[int, int, bool]:
    """What a use is found again by; an amendment from used to lost makes another one of it."""
    return line.used_item_id, line.emr_line_id, line.lost


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
        emr_line_id=use.line_id, lost=use.lost, lot_id=_scanned_lot(call, use),
        trace_code=use.trace_code, occurred_at=use.occurred_at, quantity=0,
        issued=0, dismissed=0, amount=0, anew=False, position=len(consumption.lines) + 1,
        note="" if item else "未对照的物资",
    )  # fmt: skip
    consumption.lines.append(line)
    return line


def settle(
    call: Call, consumption: Consumption, source: Warehouse | None = None, second: int = 0
) -> None:
    """Post the difference between what was used and what was issued.

    What is too much, and all of the lines to be issued anew, flows back first, so that it may be
    issued again. Missing units are looked for in the personal store, then in the boxes, the
    vehicle and the station of the task. Given a ``source`` they are looked for there only, and
    lines that wait for a stocktake go on waiting.
    """
    if source is None:
        for line in consumption.lines:
            line.waits_for = None
    by_record = source is None
    back = backward(call, consumption, _going(consumption))
    _post(call, consumption, back, second, by_record=True)
    for line in _going(consumption):
        line.anew = False
    _count(call, consumption)
    for place in [source.id] if source else sources(call, consumption):
        if any(line.short for line in consumption.lines):
            going = _going(consumption)
            supply(call, consumption, place, going, second=second, by_record=by_record)
    _sum_up(call, consumption)


def _going(consumption: Consumption) -> list[ConsumptionLine]:
    """The lines no stocktake stands in the way of."""
    return [line for line in consumption.lines if not line.waits_for]


def resume(call: Call, warehouse_id: int) -> None:
    """Settle what waited for a stocktake of the warehouse to end."""
    waiting = select(Consumption).where(Consumption.id.in_(waiting_for(warehouse_id)))
    for consumption in call.db.scalars(waiting.order_by(Consumption.id).with_for_update()):
        settle(call, consumption)


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
    entries = forward(call, lines, place, lot_id)
    _post(call, consumption, entries, second, by_record=by_record)
    _count(call, consumption)


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


def _count(call: Call, consumption: Consumption) -> None:
    """Write to the lines what is issued net of what flowed back."""
    issued = issued_for(call, consumption)
    used = {each.move.source_id for there in issued.values() for each in there if each.quantity}
    names = place_names(call.db, used)
    for line in consumption.lines:
        there = issued[line.id]
        places = dict.fromkeys(names[x.move.source_id] for x in there if x.quantity)
        line.places = "、".join(places)[:200]
        line.issued = sum(each.quantity for each in there)
        line.amount = sum(each.amount for each in there)
        line.lots = "、".join(f"{lot or '无批号'}×{n}" for lot, n in _lots(there))[:200]
    taken: dict[int, list[tuple[Move, int]]] = {}
    for line in consumption.lines:  # a use that was amended to a loss has two of them
        taken.setdefault(line.emr_line_id, []).extend(
            (each.move, each.quantity) for each in issued[line.id]
        )
    write_back(call, consumption.emr_id, taken)


def _sum_up(call: Call, consumption: Consumption) -> None:
    """Write the sums and the state to the header."""
    consumption.quantity = sum(line.quantity for line in consumption.lines)
    consumption.missing = sum(line.missing for line in consumption.lines)
    consumption.amount = sum(line.amount for line in consumption.lines)
    call.db.flush()
    consumption.note, consumption.state = _why(call, consumption), _state(consumption)
    consumption.updated_at, consumption.updated_by = call.now, call.user.id
    for name in ("ConsumptionService", "ConsumptionExceptionService"):
        call.changed.add(pb.DESCRIPTOR.services_by_name[name].full_name)
    call.db.flush()


def _state(consumption: Consumption) -> int:
    if any(line.short for line in consumption.lines):
        return _STATE.EXCEPTION
    if any(line.waits_for for line in consumption.lines):
        return _STATE.PENDING
    return _STATE.DONE if consumption.quantity else _STATE.REVERSED


def _why(call: Call, consumption: Consumption) -> str:
    short = [line for line in consumption.lines if line.short]
    held = [line.id for line in consumption.lines if line.waits_for]
    said = list(dict.fromkeys(waits(call.db, held).values())) if held else []
    if short and not consumption.warehouse_id:
        said.append("医生没有个人药库")
    elif short:
        names = (line.item.name if line.item else "未对照物资" for line in short)
        said.append(f"库存不足：{'、'.join(names)}")
    return "；".join(said)[:200]


def _lots(issued: Iterable[Issued]) -> tuple[tuple[str, int], ...]:
    """Lot numbers with the units that stayed issued."""
    found: dict[str, int] = {}
    for each in issued:
        found[each.move.lot_no] = found.get(each.move.lot_no, 0) + each.quantity
    return tuple((lot_no, quantity) for lot_no, quantity in found.items() if quantity)


def result(call: Call, consumption: Consumption) -> ConsumptionResult:
    """What stands issued for the record now."""
    issued = issued_for(call, consumption)
    outcomes = (
        Outcome(line.used_item_id, line.emr_line_id, line.issued, line.missing,
                _lots(issued[line.id]), bool(line.waits_for))
        for line in consumption.lines
        if line.quantity or line.waits_for
    )  # fmt: skip
    return ConsumptionResult(consumption.id, consumption.number, tuple(outcomes))


def gaps(db: Session) -> list[str]:
    """One sentence for each use whose issued units are not what left by the ledger, net (I12)."""
    units = func.sum(case((Move.code.in_(OUT), Move.quantity), else_=-Move.quantity))
    of_records = select(Move.line_id, units.label("net")).where(Move.emr_id != 0)
    moved = of_records.group_by(Move.line_id).subquery()
    line, there = ConsumptionLine, func.coalesce(moved.c.net, 0)
    wrong = (
        select(Consumption.number, line.position, line.issued, there)
        .join(Consumption, Consumption.id == line.consumption_id)
        .outerjoin(moved, moved.c.line_id == line.id)
        .where(line.issued != there)
    )
    return [f"自动出库{row[0]}第{row[1]}行记{row[2]}，流水净{row[3]}" for row in db.execute(wrong)]
