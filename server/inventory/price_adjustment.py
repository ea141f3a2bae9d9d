"""New retail prices: what is in stock gains or loses on paper, no movement is touched (调价单)."""

from collections.abc import Sequence

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.facts import Fault
from protos.inventory import price_adjustment_pb2 as pb
from server.core.call import Call
from server.core.db import Model
from server.inventory.document import Bill, BillService, posted, total
from server.inventory.item import Item
from server.inventory.ledger_tables import Balance, Lot
from server.inventory.refusals import refuse


class PriceAdjustment(Bill):
    """The header."""

    __tablename__ = "inventory_price_adjustment"

    basis: Mapped[str] = mapped_column(String(80))
    gain: Mapped[int] = mapped_column(default=0)  # fen, signed

    lines: Mapped[list["PriceLine"]] = relationship(
        cascade="all, delete-orphan", order_by="PriceLine.position"
    )


class PriceLine(Model):
    """An item's new price for one smallest unit, and what that did to the stock's worth."""

    __tablename__ = "inventory_price_line"

    adjustment_id: Mapped[int] = mapped_column(ForeignKey(PriceAdjustment.id), index=True)
    position: Mapped[int]
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    old_price: Mapped[int] = mapped_column(default=0)  # fen
    new_price: Mapped[int]  # fen
    quantity: Mapped[int] = mapped_column(default=0)
    gain: Mapped[int] = mapped_column(default=0)  # fen, signed

    item: Mapped[Item] = relationship(lazy="joined", innerjoin=True)

    @property
    def item_name(self) -> str:
        """For print."""
        return self.item.name

    @property
    def spec(self) -> str:
        """For print."""
        return self.item.spec

    @property
    def base_unit(self) -> str:
        """What the price is for."""
        return self.item.base_unit


def take_stock(call: Call, lines: Sequence[PriceLine]) -> None:
    """Note the old price and all that is in stock of each item, and the gain; two queries."""
    ids = [line.item_id for line in lines]
    items = {item.id: item for item in call.db.scalars(select(Item).where(Item.id.in_(ids)))}
    sums = select(Balance.item_id, func.sum(Balance.quantity)).where(Balance.item_id.in_(ids))
    there = {row[0]: int(row[1]) for row in call.db.execute(sums.group_by(Balance.item_id))}
    refuse([*_faults(lines, items)])
    for line in lines:
        line.item = items[line.item_id]
        line.old_price = line.item.retail_price
        line.quantity = there.get(line.item_id, 0)
        line.gain = (line.new_price - line.old_price) * line.quantity


def _faults(lines: Sequence[PriceLine], items: dict[int, Item]) -> list[Fault]:
    found, seen = [], set()
    for row, line in enumerate(lines):
        item = items.get(line.item_id)
        if item is None:
            found.append(Fault(f"lines[{row}].item_id", "没有这种物资，请重新选择"))
        elif line.item_id in seen:
            found.append(Fault(f"lines[{row}].item_id", f"{item.title}填了两行，请删去一行"))
        elif line.new_price == item.retail_price:
            found.append(Fault(f"lines[{row}].new_price", f"{item.title}现在就是这个价，不用调"))
        seen.add(line.item_id)
    return found


class PriceAdjustmentService(BillService[PriceAdjustment, pb.PriceAdjustment]):
    """Keeps the adjustments; approving one puts its prices in force."""

    model = PriceAdjustment
    message = pb.PriceAdjustment
    page = pb.PriceAdjustmentList
    prefix = "TJ"
    side = ""
    searches = ("number", "basis", "remark")

    def check(self, call: Call, record: PriceAdjustment) -> None:
        """Each item once, with a price that is new; the gain as of now."""
        take_stock(call, record.lines)
        record.gain = total(record.lines, lambda line: line.gain)

    def settle(self, call: Call, bill: PriceAdjustment) -> None:
        """Put the prices in force, for the items and all their lots still in stock."""
        self.check(call, bill)
        for line in bill.lines:
            line.item.retail_price = line.new_price
        prices = {line.item_id: line.new_price for line in bill.lines}
        held = select(Balance.lot_id).where(Balance.quantity > 0)
        lots = select(Lot).where(Lot.item_id.in_(prices), Lot.id.in_(held))
        for lot in call.db.scalars(lots):
            lot.retail_price = prices[lot.item_id] * lot.factor
        posted(call, bill)
        call.changed.add("inventory.ItemService")
