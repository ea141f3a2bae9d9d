"""A small centre for stock tests: keeper, head, doctor, three warehouses, a few items."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from protos.admin import role_pb2
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import (
    category_pb2,
    consumption_pb2,
    issue_pb2,
    item_pb2,
    receipt_pb2,
    stock_pb2,
    warehouse_pb2,
)
from server.core.call import Call, User
from server.core.numbering import shanghai_date
from server.core.run import Running
from server.inventory.ledger_tables import Balance, Lot
from server.inventory.reconcile import differences
from tests.inventory.documents import faults, unlike_documents
from tests.people import Clerk

KEEPER = tuple(
    f"inventory.{each}"
    for each in (
        "item.read", "item.write", "category.read", "category.write", "supplier.read",
        "supplier.write", "warehouse.read", "warehouse.write", "receipt.read", "receipt.write",
        "receipt.post", "issue.read", "issue.write", "issue.post", "issue.receive", "stock.read",
        "ledger.read", "red.read", "red.write", "store_loss.read", "store_loss.write",
        "final_issue.read", "final_issue.write", "final_issue.post", "supplier_return.read",
        "supplier_return.write", "issue_return.read", "issue_return.receive", "count.read",
        "count.write", "expiry.read", "expiry.quarantine", "expiry.release", "expiry.acknowledge",
        "expiry.notify",
        "disposal.read", "disposal.write", "disposal.execute", "self_check.read",
        "role_item.read", "role_item.write", "register.read", "period.read", "period.close",
        "price_adjustment.read", "price_adjustment.write", "stock_level.read",
        "stock_level.write", "lot.hold", "lot.release", "lot.inspect",
    )
)  # fmt: skip
HEAD = (
    "inventory.receipt.read", "inventory.receipt.approve", "inventory.issue.read",
    "inventory.issue.approve", "inventory.personal_loss.read", "inventory.loss.approve",
    "inventory.consumption.read", "inventory.consumption.resolve", "inventory.red.read",
    "inventory.red.approve", "inventory.store_loss.read", "inventory.final_issue.read",
    "inventory.final_issue.approve", "inventory.supplier_return.read",
    "inventory.supplier_return.approve", "inventory.count.read", "inventory.count.approve",
    "inventory.count.incident", "inventory.disposal.read", "inventory.disposal.approve",
    "inventory.loss_record.read", "inventory.price_adjustment.read",
    "inventory.price_adjustment.approve", "inventory.controlled.approve",
)  # fmt: skip
FINANCE = (
    "inventory.red.read",
    "inventory.red_finance.approve",
    "inventory.disposal.read",
    "inventory.disposal_finance.approve",
)
ABOVE = (
    "inventory.personal_loss.read",
    "inventory.store_loss.read",
    "inventory.loss_review.approve",
)
PHARMACIST = (
    "inventory.personal_loss.read",
    "inventory.store_loss.read",
    "inventory.loss.approve",
    "inventory.controlled.approve",
)
DOCTOR = (
    "inventory.issue.read", "inventory.issue.receive", "inventory.personal.read",
    "inventory.personal_loss.read", "inventory.personal_loss.write", "inventory.consumption.read",
    "inventory.issue_return.read", "inventory.issue_return.write", "inventory.store_loss.read",
    "inventory.witness.confirm",
)  # fmt: skip
ITEM, WAREHOUSE = "inventory.ItemService.", "inventory.WarehouseService."
RECEIPT, ISSUE = "inventory.ReceiptService.", "inventory.IssueService."
TODAY = shanghai_date(datetime.now(UTC))


def day(days: int) -> str:
    """A wire date so many days from today in Shanghai."""
    return (TODAY + timedelta(days=days)).isoformat()


def named(record: Any) -> IdRequest:
    """The version of a record just answered."""
    return IdRequest(id=record.id, version=record.version)


class World:
    """The people and things; methods do whole bills over the wire."""

    def __init__(self, server: Running, someone: Callable[..., Clerk]) -> None:
        self.server = server
        self.keeper = someone(*KEEPER, name="李库管")
        self.head = someone(*HEAD, name="王主任")
        self.finance = someone(*FINANCE, name="郑会计")
        self.doctor = someone(*DOCTOR, name="陈医生", scope=role_pb2.Role.DEPARTMENT)
        self.category = self.keeper(
            "inventory.CategoryService.Create", category_pb2.Category(code="YP", name="药品")
        ).id
        self.adrenaline = self.item("盐酸肾上腺素注射液", "1ml:1mg", 10)
        self.cannula = self.item("静脉留置针", "22G", 50, kind=item_pb2.Item.CONSUMABLE)
        self.saline = self.item("0.9%氯化钠注射液", "250ml", 30)
        self.centre = self.warehouse("ZXK", "中心库", warehouse_pb2.Warehouse.CENTER)
        self.station = self.warehouse(
            "FZK", "分站库", warehouse_pb2.Warehouse.STATION, self.doctor.who.department_id
        )
        self.own = self.warehouse(
            "GRK", "陈医生个人药库", warehouse_pb2.Warehouse.PERSON,
            self.doctor.who.department_id, owner_id=self.doctor.who.id,
        )  # fmt: skip

    def item(self, name: str, spec: str, factor: int, **values: Any) -> int:
        """An item counted in 支, ten or so to a 盒."""
        facts = {
            "kind": item_pb2.Item.DRUG, "control": item_pb2.Item.ORDINARY,
            "storage": item_pb2.Item.ROOM, "lot_managed": True, "expiry_managed": True,
            "category_id": self.category, **values,
        }  # fmt: skip
        item = item_pb2.Item(
            name=name, spec=spec, base_unit="支",
            units=[item_pb2.ItemUnit(name="盒", factor=factor)], **facts,
        )  # fmt: skip
        return int(self.keeper(ITEM + "Create", item).id)

    def warehouse(self, code: str, name: str, kind: Any, department: int = 0, **values: Any) -> int:
        """A warehouse of a department, by default the keeper's."""
        department = department or self.keeper.who.department_id
        place = warehouse_pb2.Warehouse(
            code=code, name=name, kind=kind, department_id=department, **values
        )
        return int(self.keeper(WAREHOUSE + "Create", place).id)

    def quarantine(self) -> int:
        """The quarantine store of the centre."""
        kind = warehouse_pb2.Warehouse.QUARANTINE
        return self.warehouse("GLK", "中心隔离库", kind, parent_id=self.centre)

    def line(self, lot_no: str, days: int, boxes: int, **values: Any) -> receipt_pb2.ReceiptLine:
        """Boxes of adrenaline at 38.00 in a lot that ends in so many days."""
        facts = {"item_id": self.adrenaline, "unit": "盒", "price": 3800, **values}
        return receipt_pb2.ReceiptLine(lot_no=lot_no, expires_on=day(days), quantity=boxes, **facts)

    def draft(self, *lines: receipt_pb2.ReceiptLine, **values: Any) -> receipt_pb2.Receipt:
        """A receipt into the centre, not yet sent."""
        facts = {"warehouse_id": self.centre, "remark": "期初", **values}
        facts.setdefault("kind", receipt_pb2.Receipt.OPENING)
        return receipt_pb2.Receipt(business_on=day(0), lines=lines, **facts)

    def received(self, *lines: receipt_pb2.ReceiptLine, **values: Any) -> receipt_pb2.Receipt:
        """A receipt taken all the way to the ledger."""
        made = self.keeper(RECEIPT + "Create", self.draft(*lines, **values))
        made = self.keeper(RECEIPT + "Submit", named(made))
        made = self.head(RECEIPT + "Approve", named(made))
        return self.keeper(RECEIPT + "Post", named(made))

    def wanting(self, quantity: int, source: int, target: int, **values: Any) -> issue_pb2.Issue:
        """An issue of adrenaline, not yet sent."""
        line = issue_pb2.IssueLine(item_id=self.adrenaline, quantity=quantity, **values)
        return issue_pb2.Issue(
            kind=issue_pb2.Issue.DIRECT, source_id=source, target_id=target, business_on=day(0),
            lines=[line],
        )  # fmt: skip

    def approved(self, issue: issue_pb2.Issue) -> issue_pb2.Issue:
        """An issue made, submitted and approved."""
        made = self.keeper(ISSUE + "Create", issue)
        made = self.keeper(ISSUE + "Submit", named(made))
        return self.head(ISSUE + "Approve", named(made))

    def sent(self, issue: issue_pb2.Issue) -> issue_pb2.Issue:
        """An issue in transit."""
        return self.keeper(ISSUE + "Post", named(self.approved(issue)))

    def stocked_doctor(self, quantity: int = 10) -> None:
        """Adrenaline in the doctor's own store, by way of the centre."""
        self.received(self.line("L1", 30, 20), self.line("L2", 400, 10))
        issue = self.sent(self.wanting(quantity, self.centre, self.own))
        self.doctor(ISSUE + "Receive", named(issue))

    def taken_on(self, quantity: int = 10) -> issue_pb2.Issue:
        """An issue to the station, taken on there; 200 of L1 and 100 of L2 came before."""
        self.received(self.line("L1", 30, 20), self.line("L2", 400, 10))
        sent = self.sent(self.wanting(quantity, self.centre, self.station))
        return self.doctor(ISSUE + "Receive", named(sent))

    def stock(self, warehouse: int) -> dict[str, int]:
        """Units by lot number in a warehouse, as the stock page shows them."""
        asked = ListRequest(
            filters=[Filter(field="warehouse_id", values=[str(warehouse)])],
            order_by="expires_on",
        )
        rows: list[stock_pb2.Stock] = self.keeper("inventory.StockService.List", asked).rows
        return {row.lot_no: row.quantity for row in rows}

    def aged(self, lot_no: str, days: int) -> None:
        """Let a lot end so many days from today, as time would."""
        with self.server.worker.app.sessions.write() as db:
            until = TODAY + timedelta(days=days)
            for kind in (Lot, Balance):
                db.execute(update(kind).where(kind.lot_no == lot_no).values(expires_on=until))

    def lots(self, warehouse: int) -> dict[str, int]:
        """Ids of the lots in a warehouse by lot number."""
        with self.server.worker.app.sessions.read() as db:
            held = select(Balance).where(Balance.warehouse_id == warehouse)
            return {balance.lot_no: balance.lot_id for balance in db.scalars(held)}

    def differences(self) -> list[str]:
        """What balances, ledger, goods in transit and lines differ in."""
        with self.server.worker.app.sessions.write() as db:
            return [*differences(db), *faults(db)]

    def unlike_documents(self) -> list[str]:
        """Of which items another quantity lies about than the documents say."""
        with self.server.worker.app.sessions.read() as db:
            return unlike_documents(db)


def call_of(server: Running, clerk: Clerk, db: Session) -> Call:
    """A call as an area's own service would make it for a clerk, to use another's rules."""
    who = clerk.who
    user = User(who.id, who.staff_no, who.name, who.department_id, frozenset())
    service = consumption_pb2.DESCRIPTOR.services_by_name["ConsumptionService"]
    return Call(server.worker.app, db, user, service.methods_by_name["List"], datetime.now(UTC))
