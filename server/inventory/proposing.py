"""What a store is short of: the proposal a requisition begins with."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select

from protos.inventory import issue_pb2, item_pb2, requisition_pb2, stock_pb2, warehouse_pb2
from server.core.call import Call
from server.inventory.box import standard
from server.inventory.issue import Issue, IssueLine
from server.inventory.item import Item
from server.inventory.ledger import Balance, Lot, Move, today
from server.inventory.picking import expired
from server.inventory.requisition import MOVING, Requisition, RequisitionLine, progress
from server.inventory.role_item import Limits, got_in_month, limits
from server.inventory.stock_level import most_of
from server.inventory.warehouse import Warehouse

DAYS = 28  # what left a store in so many days is what it should hold
_W, _C, _S = warehouse_pb2.Warehouse, stock_pb2.Move, requisition_pb2.Requisition
_PACKED = (_W.SUB_CENTER, _W.CENTER)  # stores that give whole packs


def targets(call: Call, warehouse: Warehouse) -> dict[int, int]:
    """What a store should hold of each item, never more than its holder's roles allow.

    A box by its template; others by the upper limit set for the store, else by what left it.
    """
    if warehouse.kind == _W.BOX:
        return standard(call.db, warehouse.id)
    found = _used(call, warehouse) | most_of(call.db, warehouse.id)
    allowed = _allowed(call, warehouse, found)
    return {
        item_id: min(units, allowed[item_id].most or units) if item_id in allowed else units
        for item_id, units in found.items()
    }


def _allowed(call: Call, warehouse: Warehouse, items: Collection[int]) -> dict[int, Limits]:
    """What binds the holder of a personal store."""
    if warehouse.kind != _W.PERSON or warehouse.owner_id is None:
        return {}
    return limits(call.db, warehouse.owner_id, items, today(call.now))


def _used(call: Call, warehouse: Warehouse) -> dict[int, int]:
    """What left a store lately, less what came back."""
    since = call.now - timedelta(days=DAYS)
    went = select(Move.item_id, func.sum(Move.quantity)).where(
        Move.source_id == warehouse.id, Move.posted_at >= since, Move.code != _C.QUARANTINED
    )
    back = select(Move.item_id, func.sum(Move.quantity)).where(
        Move.target_id == warehouse.id, Move.posted_at >= since,
        Move.code.in_((_C.CONSUMPTION_REVERSED, _C.REFUSED)),
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
            Lot.state == stock_pb2.Lot.NORMAL,
        )
    )  # fmt: skip
    found: dict[int, int] = defaultdict(int)
    day = today(call.now)
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
    """max(0, target - on hand - coming) of each item, in whole packs from the centre down.

    Never more than the holder's roles allow at once and for the rest of the month.
    """
    wanted = targets(call, warehouse)
    held = usable_units(call, warehouse.id, wanted)
    underway = coming(call, warehouse.id)
    rest = _rest(call, warehouse, wanted, underway)
    items = call.db.scalars(
        select(Item)
        .where(Item.id.in_(wanted), Item.state == item_pb2.Item.ACTIVE)
        .order_by(Item.code)
    )
    lines = []
    for item in items:
        short = wanted[item.id] - held.get(item.id, 0) - underway.get(item.id, 0)
        short = min(short, rest.get(item.id, short))
        if short > 0:
            lines.append(_line(item, short, packed=source.kind in _PACKED))
    for at, line in enumerate(lines, 1):
        line.position = at
    return lines


def _rest(
    call: Call, warehouse: Warehouse, items: Collection[int], underway: dict[int, int]
) -> dict[int, int]:
    """Units of limited items a person may still ask for, beside what is on its way."""
    allowed = _allowed(call, warehouse, items)
    lately = got_in_month(call, warehouse.id, list(allowed))
    found: dict[int, int] = {}
    for item_id, limit in allowed.items():
        caps = [limit.per_request] if limit.per_request else []
        got = lately.get(item_id, 0) + underway.get(item_id, 0)
        caps += [limit.per_month - got] if limit.per_month else []
        if not limit.can_request:
            caps = [0]
        if caps:
            found[item_id] = max(min(caps), 0)
    return found


def _line(item: Item, short: int, *, packed: bool) -> RequisitionLine:
    pack = next((unit for unit in item.units if unit.factor > 1), None) if packed else None
    factor = pack.factor if pack else 1
    count = -(-short // factor)
    return RequisitionLine(
        item_id=item.id, item=item, unit=pack.name if pack else item.base_unit, factor=factor,
        quantity=count, base_quantity=count * factor, reason="自动建议", position=0,
    )  # fmt: skip


def describe(call: Call, warehouse_id: int, lines: Collection[RequisitionLine]) -> None:
    """Note on each line what the asking store holds and should hold."""
    warehouse = call.db.get_one(Warehouse, warehouse_id)
    wanted = targets(call, warehouse)
    held = usable_units(call, warehouse_id, [line.item_id for line in lines])
    for line in lines:
        line.on_hand, line.target = held.get(line.item_id, 0), wanted.get(line.item_id, 0)
