"""The tables of the stock ledger: lots, balances, postings and the movements they are made of.

Every movement has a source and a target; suppliers, patients, losses and goods in transit are
virtual accounts.
"""

from datetime import date, datetime
from enum import IntEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos import facts
from protos.inventory import stock_pb2 as pb
from server.admin.person import Person
from server.core.db import Model, Record
from server.inventory.append_only import forbid_changes
from server.inventory.item import Item
from server.inventory.numbers import LENGTH
from server.inventory.refusals import Insufficient
from server.inventory.supplier import Supplier


class Account(IntEnum):
    """Places that are no warehouse; their numbers lie below every record id."""

    SUPPLIER = 1
    PATIENT = 2
    LOSS = 3
    SCRAP = 4
    COUNT = 5
    OPENING = 6
    TRANSIT = 7
    OUTSIDE = 8


ACCOUNT_NAMES = {
    Account.SUPPLIER: "供应商", Account.PATIENT: "患者", Account.LOSS: "损耗",
    Account.SCRAP: "销毁", Account.COUNT: "盘点差异", Account.OPENING: "期初",
    Account.TRANSIT: "在途", Account.OUTSIDE: "外部单位",
}  # fmt: skip
LAST_ACCOUNT = 99
_STATE = pb.Lot.DESCRIPTOR.fields_by_name["state"]


def balanced(place: int) -> bool:
    """Whether a balance is kept for the place: every warehouse, and goods in transit."""
    return place > LAST_ACCOUNT or place == Account.TRANSIT


class Lot(Record):
    """A maker's lot as received once at one price: lot and receipt batch in one key.

    ``note`` says why it was held, released, accepted or rejected.
    """

    __tablename__ = "inventory_lot"

    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_no: Mapped[str] = mapped_column(String(40), index=True)
    title: Mapped[str] = mapped_column(String(80))
    produced_on: Mapped[date | None]
    expires_on: Mapped[date | None]  # the last usable day
    received_on: Mapped[date]
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey(Supplier.id))
    receipt_line_id: Mapped[int] = mapped_column(default=0)
    price: Mapped[int] = mapped_column(default=0)  # fen for `factor` smallest units
    retail_price: Mapped[int] = mapped_column(default=0)
    factor: Mapped[int] = mapped_column(default=1)
    state: Mapped[int] = mapped_column(default=pb.Lot.NORMAL, index=True)
    note: Mapped[str] = mapped_column(String(80), default="")
    decider_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]

    item: Mapped[Item] = relationship(lazy="joined", innerjoin=True)

    @property
    def item_name(self) -> str:
        """What it is a lot of."""
        return self.item.title

    @property
    def base_unit(self) -> str:
        """What it is counted in."""
        return self.item.base_unit

    @property
    def manufacturer(self) -> str:
        """Who made it."""
        return self.item.manufacturer

    @property
    def stopped(self) -> str:
        """What lookups say of a lot that may not be used."""
        return "" if self.state == pb.Lot.NORMAL else facts.value_label(_STATE, self.state)

    @property
    def scan_code(self) -> str:
        """What its label carries: the item's own bar code, else its code."""
        return self.item.barcode or self.item.code


class Balance(Model):
    """What lies in one place of one lot; dates are the lot's, for the order of picking."""

    __tablename__ = "inventory_balance"
    __table_args__ = (
        UniqueConstraint("warehouse_id", "lot_id"),
        Index("ix_inventory_balance_item", "warehouse_id", "item_id", "expires_on"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        CheckConstraint("reserved >= 0 AND reserved <= quantity", name="reserved_within"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
    )

    warehouse_id: Mapped[int]  # or Account.TRANSIT
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id), index=True)
    lot_no: Mapped[str] = mapped_column(String(40))
    expires_on: Mapped[date | None]
    received_on: Mapped[date]
    quantity: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    amount: Mapped[int] = mapped_column(default=0)  # fen
    count_id: Mapped[int] = mapped_column(default=0, index=True)  # the stocktake under way
    frozen: Mapped[bool] = mapped_column(default=False)  # by that stocktake
    counted_at: Mapped[datetime | None]  # last, by a stocktake and nothing else

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)

    @property
    def band(self) -> int:
        """How near the end is depends on the day asked about: services fill it in."""
        return pb.Stock.BAND_UNSPECIFIED

    @property
    def use(self) -> int:
        """Whether it may be used depends on lot, place and day: services fill it in."""
        return pb.Stock.USE_UNSPECIFIED

    @property
    def available(self) -> int:
        """What may leave: on hand and not promised."""
        return self.quantity - self.reserved

    def value_of(self, quantity: int) -> int:
        """The fen so many units take along; the last ones take all that is left."""
        if quantity >= self.quantity:
            return self.amount
        return (2 * self.amount * quantity + self.quantity) // (2 * self.quantity)

    def take(self, quantity: int, amount: int | None = None) -> int:
        """Let units leave and answer their value; raises Insufficient rather than go negative."""
        if quantity > self.available:
            what = f"{self.lot.item_name} 批号{self.lot_no or '无'}"
            raise Insufficient(what, self.available, quantity, self.lot.item.base_unit)
        value = self.value_of(quantity) if amount is None else amount
        self.quantity -= quantity
        self.amount -= value
        return value

    def put(self, quantity: int, amount: int) -> None:
        """Let units arrive."""
        self.quantity += quantity
        self.amount += amount


class Posting(Model):
    """One action of one document on the stock; the unique key makes it happen once."""

    __tablename__ = "inventory_posting"
    __table_args__ = (UniqueConstraint("document", "document_id", "action", "revision"),)

    document: Mapped[str] = mapped_column(String(30))
    document_id: Mapped[int]
    action: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int] = mapped_column(default=0)
    posted_at: Mapped[datetime]
    seal: Mapped[str] = mapped_column(String(64))  # see seal.py


class Move(Model):
    """One movement. Append-only, by the mapper here and by triggers in the database."""

    __tablename__ = "inventory_move"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("source_id <> target_id", name="moves"),
        CheckConstraint("unit_quantity * factor = quantity", name="unit_exact"),
        # All a recall asks of a lot stands in the index: no row of the ledger is read for it.
        Index(
            "ix_inventory_move_lot", "lot_id", "code", "source_id", "target_id", "emr_id",
            "quantity", "occurred_at",
        ),
    )  # fmt: skip

    posting_id: Mapped[int] = mapped_column(ForeignKey(Posting.id), index=True)
    position: Mapped[int]
    code: Mapped[int]
    number: Mapped[str] = mapped_column(String(LENGTH), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id))
    lot_no: Mapped[str] = mapped_column(String(40))
    source_id: Mapped[int] = mapped_column(index=True)
    target_id: Mapped[int] = mapped_column(index=True)
    quantity: Mapped[int]
    amount: Mapped[int]  # fen
    unit: Mapped[str] = mapped_column(String(8))  # as the document says it
    unit_quantity: Mapped[int]
    factor: Mapped[int]  # smallest units in one of them
    retail_price: Mapped[int]  # fen for one of them, as the lot had it then
    retail_amount: Mapped[int]  # fen
    occurred_at: Mapped[datetime] = mapped_column(index=True)
    posted_at: Mapped[datetime] = mapped_column(index=True)
    period: Mapped[str] = mapped_column(String(6), index=True)  # yyyymm it is booked into
    line_id: Mapped[int] = mapped_column(default=0, index=True)
    reason: Mapped[str] = mapped_column(String(80), default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("inventory_move.id"), index=True)
    task_id: Mapped[int] = mapped_column(default=0)
    emr_id: Mapped[int] = mapped_column(default=0, index=True)
    operator_id: Mapped[int]
    second_operator_id: Mapped[int] = mapped_column(default=0)

    lot: Mapped[Lot] = relationship()
    posting: Mapped[Posting] = relationship()


for _kind in (Posting, Move):
    forbid_changes(_kind)
