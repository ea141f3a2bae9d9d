"""Where used goods come from, lot by lot, and where they flow back to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from protos.inventory import box_pb2, stock_pb2, warehouse_pb2
from server.admin.person import Person
from server.core.call import Call
from server.core.numbering import shanghai_date
from server.dispatch.task import Task
from server.inventory import ledger, mirror, reasons
from server.inventory.box import Box
from server.inventory.consumption_record import Consumption, ConsumptionLine
from server.inventory.ledger import Entry, Key
from server.inventory.ledger_tables import Account, Balance, Move
from server.inventory.picking import Pick, blocked, queue, turn
from server.inventory.trace import codes_at
from server.inventory.warehouse import Warehouse

_CODE = stock_pb2.Move
_W = warehouse_pb2.Warehouse
OUT = (_CODE.CONSUMED, _CODE.LOST)  # what a record lets leave a store
_ON_BOARD = (box_pb2.Box.IN_USE, box_pb2.Box.OPENED)


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


@dataclass(frozen=True)
class Issued:
    """One movement to the patient or the losses: the units and fen that have not flowed back."""

    move: Move
    quantity: int
    amount: int


def issued_for(call: Call, consumption: Consumption) -> dict[int, list[Issued]]:
    """What was issued for each line, the earliest first; two queries."""
    lines = [line.id for line in consumption.lines]
    chosen = select(Move).where(
        Move.emr_id == consumption.emr_id, Move.line_id.in_(lines), Move.code.in_(OUT)
    )
    moves = list(call.db.scalars(chosen.order_by(Move.id)))
    left = ledger.remaining(call.db, moves)
    found: dict[int, list[Issued]] = {line: [] for line in lines}
    for move in moves:
        found[move.line_id].append(Issued(move, *left[move.id]))
    return found


def backward(call: Call, consumption: Consumption, lines: Sequence[ConsumptionLine]) -> list[Entry]:
    """Reversals of what was issued beyond what was used, the latest movement first.

    A line whose goods would flow back to where a stocktake holds them waits for its end.
    """
    issued = issued_for(call, consumption)
    parts = {line.id: list(_surplus(line, issued[line.id])) for line in lines}
    keys = {_home(each) for of_line in parts.values() for each, _ in of_line}
    frozen = {key for key, balance in ledger.lock(call.db, keys).items() if balance.frozen}
    reason = f"病历{consumption.emr_id}修改"
    entries = []
    for line in lines:
        held = [_home(each).place for each, _ in parts[line.id] if _home(each) in frozen]
        if held:
            line.waits_for = held[0]
            continue
        entries += [_reversal(each, part, reason) for each, part in parts[line.id]]
    return entries


def _surplus(line: ConsumptionLine, issued: Sequence[Issued]) -> Iterable[tuple[Issued, int]]:
    surplus = line.issued if line.anew else line.issued - line.quantity
    for each in reversed(issued):
        part = min(surplus, each.quantity)
        if part > 0:
            yield each, part
            surplus -= part


def _home(each: Issued) -> Key:
    return Key(each.move.source_id, each.move.lot_id)


def _reversal(each: Issued, part: int, reason: str) -> Entry:
    left = each.quantity, each.amount
    return ledger.reversal(each.move, part, left, mirror.code_of(each.move), reason)


def forward(
    call: Call, lines: Sequence[ConsumptionLine], place: int, lot_id: int = 0
) -> list[Entry]:
    """Issues of what is missing, as far as the place has it.

    A line whose turn comes to goods a stocktake holds waits for its end: nothing of it is issued
    from here, and no other place is asked.
    """
    short = [line for line in lines if line.missing and line.item_id]
    if not short:
        return []
    balances = ledger.lock_items(call.db, place, {line.item_id or 0 for line in short})
    day = shanghai_date(call.now)
    spent: dict[int, int] = {}
    entries = []
    for line in short:
        picks = _picks(balances, line, spent, day, lot_id or line.lot_id)
        if any(pick.balance.frozen for pick in picks):
            line.waits_for = place
            continue
        for pick in picks:
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
    code, account = (_CODE.LOST, Account.LOSS) if line.lost else (_CODE.CONSUMED, Account.PATIENT)
    said = reasons.said("loss_reason", line.loss_reason, line.loss_note) if line.lost else ""
    return Entry(
        code, pick.balance.lot, place, account, pick.quantity, line.id,
        " ".join(part for part in (said, why) if part)[:80], occurred_at=line.occurred_at,
        codes=codes,
    )  # fmt: skip
