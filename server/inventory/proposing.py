"""What a store is short of: the proposal a requisition begins with."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select

from protos.inventory import issue_pb2, requisition_pb2, stock_pb2, warehouse_pb2
from server.core.call import Call
from server.core.numbering import shanghai_date
from server.inventory.box import standard
from server.inventory.issue import Issue, IssueLine
from server.inventory.item import Item
from server.inventory.ledger_tables import Balance, Lot, Move
from server.inventory.picking import expired
from server.inventory.requisition import MOVING, Requisition, RequisitionLine, progress
from server.inventory.role_item import Limits, got_in_month, limits, requestable
from server.inventory.stock_level import most_of
from server.inventory.warehouse import Warehouse

DAYS = 28  # what left a store in so many days is what it should hold
_W, _C, _S = warehouse_pb2.Warehouse, stock_pb2.Move, requisition_pb2.Requisition
_PACKED = (_W.SUB_CENTER, _W.CENTER)  # stores that give whole packs


def targets(call: Call, warehouse: Warehouse) -> dict[int, int]:
    """What a store should hold of each item, never more than its owner's roles allow.

    A box by its template; others by the upper limit set for the store, else by what left it.
    """
    if warehouse.kind == _W.BOX:
        return standard(call.db, warehouse.id)
    found = used(call, warehouse) | most_of(call.db, warehouse.id)
    for item_id, limit in allowed(call, warehouse, found).items():
        if limit.most:
            found[item_id] = min(found[item_id], limit.most)
    return found


def allowed(call: Call, warehouse: Warehouse, item_ids: Collection[int]) -> dict[int, Limits]:
    """What the roles of a store's owner let him hold and get; nothing for a store of many."""
    if warehouse.kind != _W.PERSON or warehouse.owner_id is None:
        return {}
    return limits(call.db, warehouse.owner_id, item_ids, shanghai_date(call.now))


def used(call: Call, warehouse: Warehouse) -> dict[int, int]:
    """Units of each item that left a store lately, less what came back."""
    since = call.now - timedelta(days=DAYS)
    went = select(Move.item_id, func.sum(Move.quantity)).where(
        Move.source_id == warehouse.id, Move.posted_at >= since, Move.code != _C.QUARANTINED
    )
    back = select(Move.item_id, func.sum(Move.quantity)).where(
        Move.target_id == warehouse.id, Move.posted_at >= since,
        Move.code.in_((_C.CONSUMPTION_REVERSED, _C.LOSS_REVERSED, _C.REFUSED)),
    )  # fmt: skip
    found: dict[int, int] = defaultdict(int)
    for chosen, sign in ((went, 1), (back, -1)):
        for item_id, units in call.db.execute(chosen.group_by(Move.item_id)):
            found[item_id] += sign * int(units)
    return {item_id: units for item_id, units in found.items() if units > 0}


def usable_units(call: Call, warehouse_id: int, item_ids: Collection[int]) -> dict[int, int]:
    """Units of each item that may leave a store now."""
    chosen = (
        select(Balance.item_id, Balance.quantity - Balance.reserved, Lot.expires_on)
        .join(Lot, Lot.id == Balance.lot_id)
        .where(
            Balance.warehouse_id == warehouse_id, Balance.item_id.in_(list(item_ids)),
            Lot.state == stock_pb2.Lot.NORMAL, Balance.frozen.is_(False),
        )
    )  # fmt: skip
    found: dict[int, int] = defaultdict(int)
    day = shanghai_date(call.now)
    for item_id, units, expires_on in call.db.execute(chosen):
        if not expired(expires_on, day):
            found[item_id] += units
    return found


def coming(call: Call, warehouse_id: int) -> dict[int, int]:
    """Units of each item in transit to a store or asked for and not sent yet."""
    found: dict[int, int] = defaultdict(int)
    transit = (
        select(IssueLine.item_id, func.sum(IssueLine.base_quantity))
        .join(Issue, Issue.id == IssueLine.issue_id)
        .where(Issue.target_id == warehouse_id, Issue.state == issue_pb2.Issue.ISSUED)
        .group_by(IssueLine.item_id)
    )
    for item_id, units in call.db.execute(transit):
        found[item_id] += int(units)
    asked = (
        select(RequisitionLine)
        .join(Requisition, Requisition.id == RequisitionLine.requisition_id)
        .where(Requisition.warehouse_id == warehouse_id, Requisition.parent_id.is_(None))
        .where(Requisition.state.in_((_S.SUBMITTED, *MOVING)))
    )
    lines = list(call.db.scalars(asked))
    sent = progress(call.db, [line.id for line in lines])
    for line in lines:
        open_units = line.base_quantity - line.cut
        found[line.item_id] += open_units - (sent[line.id].issued if line.id in sent else 0)
    return found


def propose(call: Call, warehouse: Warehouse, source: Warehouse) -> list[RequisitionLine]:
    """max(0, target - on hand - coming) of each item the user may request.

    In whole packs from the centre down, and within what the roles of the store's owner allow.
    """
    wanted = targets(call, warehouse)
    held = usable_units(call, warehouse.id, wanted)
    underway = coming(call, warehouse.id)
    bounds = allowed(call, warehouse, wanted)
    lately = got_in_month(call, warehouse.id, bounds)
    mine = requestable(call.db, call.user.id, shanghai_date(call.now))
    lines = []
    for item in call.db.scalars(mine.where(Item.id.in_(wanted)).order_by(Item.code)):
        there, coming_in = held.get(item.id, 0), underway.get(item.id, 0)
        short, bound = wanted[item.id] - there - coming_in, bounds.get(item.id)
        most = bound.left(there, coming_in, lately.get(item.id, 0)) if bound else None
        factor, unit = _asked_in(item, packed=source.kind in _PACKED)
        if (count := packs(short, factor, most)) > 0:
            lines.append(_line(item, unit, factor, count))
        elif (units := packs(short, 1, most)) > 0:  # no whole pack may be asked for
            lines.append(_line(item, item.base_unit, 1, units))
    for at, line in enumerate(lines, 1):
        line.position = at
    return lines


def packs(short: int, factor: int, most: int | None) -> int:
    """Packs that cover a shortage, as many as fit into the most units that may be asked for."""
    count = -(-short // factor)
    return count if most is None else min(count, most // factor)


def _asked_in(item: Item, *, packed: bool) -> tuple[int, str]:
    pack = next((unit for unit in item.units if unit.factor > 1), None) if packed else None
    return (pack.factor, pack.name) if pack else (1, item.base_unit)


def _line(item: Item, unit: str, factor: int, count: int) -> RequisitionLine:
    return RequisitionLine(
        item_id=item.id, item=item, unit=unit, factor=factor,
        quantity=count, base_quantity=count * factor, reason="自动建议", position=0,
    )  # fmt: skip


def describe(call: Call, warehouse_id: int, lines: Collection[RequisitionLine]) -> None:
    """Note on each line what the asking store holds and should hold."""
    warehouse = call.db.get_one(Warehouse, warehouse_id)
    wanted = targets(call, warehouse)
    held = usable_units(call, warehouse_id, [line.item_id for line in lines])
    for line in lines:
        line.on_hand, line.target = held.get(line.item_id, 0), wanted.get(line.item_id, 0)
