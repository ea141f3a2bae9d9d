"""How much of an item a store should hold (库存上下限), beside what it does hold."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, case, func, literal, select
from sqlalchemy.orm import Mapped, Session, column_property, mapped_column

from protos.common.list_pb2 import Told
from protos.inventory import stock_level_pb2 as pb
from protos.inventory import warehouse_pb2
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Record
from server.core.errors import Invalid
from server.inventory.blind import hidden_items
from server.inventory.item import Item
from server.inventory.ledger_tables import Balance
from server.inventory.warehouse import Warehouse, mine, scoped, usable

_L = pb.StockLevel


class StockLevel(Record):
    """The levels of one item in one store, in smallest units; 0 where nothing was set."""

    __tablename__ = "inventory_stock_level"
    __table_args__ = (UniqueConstraint("warehouse_id", "item_id"),)

    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id))
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    least: Mapped[int] = mapped_column(default=0)
    reorder: Mapped[int] = mapped_column(default=0)
    most: Mapped[int]
    standard: Mapped[int] = mapped_column(default=0)
    place: Mapped[str] = mapped_column(String(20), default="")
    lead_days: Mapped[int] = mapped_column(default=0)
    period_days: Mapped[int] = mapped_column(default=0)


# Rules ----------------------------------------------------------------------------------------


def alarm(level: Any, on_hand: int) -> int:
    """What is to be said of so many units on hand; the lower limit counts before reordering."""
    if on_hand < level.least:
        return _L.BELOW_LEAST
    if on_hand < level.reorder:
        return _L.REORDER
    return _L.ABOVE_MOST if on_hand > level.most else _L.ENOUGH


def most_of(db: Session, warehouse_id: int) -> dict[int, int]:
    """The upper limit of each item that has one in a store."""
    chosen = select(StockLevel.item_id, StockLevel.most)
    rows = db.execute(chosen.where(StockLevel.warehouse_id == warehouse_id))
    return {row[0]: row[1] for row in rows}


def refuse_crossed(least: int, reorder: int, most: int, standard: int) -> None:
    """Limits must stand in their order; raises Invalid."""
    for name, value, label in (
        ("least", least, "下限"), ("reorder", reorder, "补货点"),
        ("standard", standard, "标准配置"),
    ):  # fmt: skip
        if value > most:
            raise Invalid.at(name, f"{label}不能大于上限{most}")
    if reorder and reorder < least:
        raise Invalid.at("reorder", f"补货点不能小于下限{least}")


_HELD = (
    select(func.coalesce(func.sum(Balance.quantity), 0))
    .where(Balance.warehouse_id == StockLevel.warehouse_id, Balance.item_id == StockLevel.item_id)
    .correlate(StockLevel)
    .scalar_subquery()
)
StockLevel.alarm = column_property(  # the rule of ``alarm``, to filter by
    case(
        (StockLevel.least > _HELD, literal(_L.BELOW_LEAST)),
        (StockLevel.reorder > _HELD, literal(_L.REORDER)),
        (StockLevel.most < _HELD, literal(_L.ABOVE_MOST)),
        else_=literal(_L.ENOUGH),
    )
)


# Service --------------------------------------------------------------------------------------


class StockLevelService(CrudService[StockLevel, pb.StockLevel]):
    """Keeps the levels of the user's warehouses."""

    model = StockLevel
    message = pb.StockLevel
    page = pb.StockLevelList
    searches = ("place",)
    display = "place"

    def visible(self, call: Call) -> Select[StockLevel]:
        """Of the user's warehouses."""
        return scoped(call, select(StockLevel), StockLevel.warehouse_id)

    def complete(self, call: Call, messages: Sequence[pb.StockLevel]) -> None:
        """Names, what is on hand, what is missing; two queries."""
        named = select(Item.id, Item.title, Item.base_unit)
        ids = {message.item_id for message in messages}
        items = {row[0]: row for row in call.db.execute(named.where(Item.id.in_(ids)))}
        held = _held(call.db, {message.warehouse_id for message in messages}, ids)
        for message in messages:
            _, message.item_name, message.unit = items[message.item_id]
            message.on_hand = held.get((message.warehouse_id, message.item_id), 0)
            message.gap = max(message.most - message.on_hand, 0)
            message.alarm = alarm(message, message.on_hand)  # type: ignore[assignment]
        hidden = hidden_items(call, {message.warehouse_id for message in messages})
        for message in messages:
            if (message.warehouse_id, message.item_id) in hidden:
                for name in ("on_hand", "gap", "alarm"):
                    message.ClearField(name)

    def check(self, call: Call, record: StockLevel) -> None:
        """One row for store and item, in a store of the user's, limits in order."""
        usable(call, record.warehouse_id, "warehouse_id")
        twin = select(StockLevel.id).where(
            StockLevel.id != record.id, StockLevel.warehouse_id == record.warehouse_id,
            StockLevel.item_id == record.item_id,
        )  # fmt: skip
        if call.db.scalars(twin).first():
            raise Invalid.at("item_id", "这个仓库已有这种物资的定额，请修改原来的一条")
        refuse_crossed(record.least, record.reorder, record.most, record.standard)

    def SetForKind(self, call: Call, request: pb.SetForKindRequest) -> Told:
        """Write the levels for each of the user's active stores of a kind without any."""
        refuse_crossed(request.least, request.reorder, request.most, request.standard)
        known = select(StockLevel.warehouse_id).where(StockLevel.item_id == request.item_id)
        stores = mine(call, working=True).where(
            Warehouse.kind == request.kind, Warehouse.state == warehouse_pb2.Warehouse.ACTIVE,
            Warehouse.id.not_in(known),
        )  # fmt: skip
        new = [
            StockLevel(
                warehouse_id=store, item_id=request.item_id, least=request.least,
                reorder=request.reorder, most=request.most, standard=request.standard,
                created_at=call.now, created_by=call.user.id, updated_at=call.now,
                updated_by=call.user.id,
            )
            for store in call.db.scalars(stores)
        ]  # fmt: skip
        call.db.add_all(new)
        self.note_change(call)
        return Told(text=f"已为{len(new)}个仓库设定，已有定额的仓库不变")


def _held(
    db: Session, warehouses: Collection[int], items: Collection[int]
) -> dict[tuple[int, int], int]:
    """Units on hand by store and item."""
    chosen = (
        select(Balance.warehouse_id, Balance.item_id, func.sum(Balance.quantity))
        .where(Balance.warehouse_id.in_(warehouses), Balance.item_id.in_(items))
        .group_by(Balance.warehouse_id, Balance.item_id)
    )
    return {(row[0], row[1]): int(row[2]) for row in db.execute(chosen)}
