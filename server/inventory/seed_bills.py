"""People at work in the days before the demo day, and the bills they make by the rules."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.admin.seed_acting import acting
from server.core.call import Call
from server.core.numbering import shanghai_date
from server.inventory.document import BillService, approve, submit
from server.inventory.item import Item
from server.inventory.ledger_tables import Balance
from server.inventory.receipt import ReceiptLine
from server.inventory.warehouse import Warehouse


class Days:
    """Keeper, head and nurse at work, so many days before the demo day."""

    def __init__(
        self, db: Session, now: datetime, people: dict[str, int], stores: dict[str, Warehouse]
    ) -> None:
        self.db, self.now, self.people, self.stores = db, now, people, stores
        self.items = {item.name: item for item in db.scalars(select(Item).order_by(Item.id.desc()))}

    def call(self, who: str, ago: int) -> Call:
        """Somebody at work so many days ago."""
        return acting(self.db, self.now - timedelta(days=ago), self.people[who])

    def named(self, start: str) -> Item:
        """The item whose name begins so."""
        return next(item for name, item in self.items.items() if name.startswith(start))

    def made(self, call: Call, service: BillService[Any, Any], bill: Any) -> Any:
        """A draft, checked."""
        bill.maker_id, bill.state = call.user.id, service.state("DRAFT")
        bill.created_at = bill.updated_at = call.now
        bill.business_on = shanghai_date(call.now)
        for position, line in enumerate(bill.lines, 1):
            line.position = position
        with self.db.no_autoflush:
            self.db.add(bill)
            service.check(call, bill)
        self.db.flush()
        return bill

    def submitted(self, call: Call, service: BillService[Any, Any], bill: Any) -> Any:
        """A bill that waits for approval."""
        self.made(call, service, bill)
        service.prepare(call, bill)
        submit(call, bill, service.prefix_of(bill))
        bill.state = service.state("SUBMITTED")
        self.db.flush()
        return bill

    def posted(
        self,
        maker: Call,
        head: Call,
        service: BillService[Any, Any],
        bill: Any,
        last: Call | None = None,
    ) -> Any:
        """A bill approved, which posts it; ``last`` has the last word, where it is another's."""
        self.submitted(maker, service, bill)
        approve(head, bill)
        service.settle(last or head, bill)
        bill.state = service.state("POSTED")
        self.db.flush()
        return bill


def largest(days: Days, store: Warehouse, start: str) -> Balance:
    """The lot of an item of which a store has most."""
    chosen = select(Balance).where(
        Balance.warehouse_id == store.id, Balance.item_id == days.named(start).id
    )
    return days.db.scalars(chosen.order_by(Balance.quantity.desc()).limit(1)).one()


def delivered(item: Item, lot_no: str, until: date, packs: int, price: int) -> ReceiptLine:
    return ReceiptLine(
        item_id=item.id, item=item, lot_no=lot_no, expires_on=until,
        produced_on=until - timedelta(days=730), unit="盒", quantity=packs, price=price,
    )  # fmt: skip
