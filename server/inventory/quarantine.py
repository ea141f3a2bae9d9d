"""The quarantine store of a warehouse: where lots lie that nobody may use.

Goods come in by isolating them or as received for inspection, and leave by release, disposal or
return to the supplier; every other bill is refused.
"""

from sqlalchemy import select

from protos.inventory import stock_pb2, warehouse_pb2
from server.core import ids
from server.core.call import Call
from server.core.errors import BusinessError, Invalid
from server.inventory import ledger
from server.inventory.ledger import Entry, Key, Origin
from server.inventory.ledger_tables import Balance
from server.inventory.numbers import stock_number
from server.inventory.refusals import Insufficient
from server.inventory.warehouse import Warehouse, usable

_K = warehouse_pb2.Warehouse


def quarantine_of(call: Call, warehouse: Warehouse) -> Warehouse:
    """The active quarantine store of a warehouse or of the nearest one above it."""
    place: Warehouse | None = warehouse
    while place is not None:
        chosen = select(Warehouse).where(
            Warehouse.parent_id == place.id,
            Warehouse.kind == _K.QUARANTINE,
            Warehouse.state == _K.ACTIVE,
        )
        if found := call.db.scalars(chosen.order_by(Warehouse.id)).first():
            return found
        place = call.db.get(Warehouse, place.parent_id) if place.parent_id else None
    raise BusinessError(f"{warehouse.name}和它的上级库都没有隔离库，请先在“仓库”页面建立一个隔离库")


def refuse_quarantine(warehouse: Warehouse, path: str) -> None:
    """Ordinary bills neither take from a quarantine store nor bring anything there."""
    if warehouse.kind == _K.QUARANTINE:
        raise Invalid.at(
            path,
            f"{warehouse.name}是隔离库，不能按普通单据出入：移入请用“移入隔离”，"
            "移出请用“解除隔离”、报废或退供应商；请另选仓库",
        )


def issuing(call: Call, warehouse_id: int, path: str = "warehouse_id") -> Warehouse:
    """The user's warehouse that ordinary bills take goods from; raises Invalid."""
    source = usable(call, warehouse_id, path)
    refuse_quarantine(source, path)
    return source


def set_apart(call: Call, balance: Balance, reason: str) -> None:
    """Put what is free of a lot into the quarantine store of its warehouse."""
    here = call.db.get_one(Warehouse, balance.warehouse_id)
    if here.kind == _K.QUARANTINE:
        raise Invalid.at("id", f"{here.name}已是隔离库，不用再移入")
    shut = quarantine_of(call, here)
    move_all(call, balance, shut.id, stock_pb2.Move.QUARANTINED, reason)


def move_all(call: Call, balance: Balance, target: int, code: int, reason: str) -> None:
    """Move every free unit of a balance to another place, under a number of its own."""
    key = Key(balance.warehouse_id, balance.lot_id)
    found = ledger.lock(call.db, {key})[key]
    if not found.available:
        raise Insufficient(f"{found.lot.item_name} 批号{found.lot_no or '无'}", 0, 1,
                           found.lot.item.base_unit)  # fmt: skip
    call.reason = reason
    origin = Origin("quarantine", ids.new(), "move", stock_number(call, "GL"))
    entry = Entry(code, found.lot, key.place, target, found.available, reason=reason)
    ledger.post(call, origin, [entry])
