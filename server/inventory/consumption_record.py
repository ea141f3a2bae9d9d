"""What was issued for a medical record by itself, use by use."""

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from protos.inventory import consumption_pb2 as pb
from server.admin.person import Person
from server.core.db import Model, Record
from server.inventory.among import AmongLines
from server.inventory.item import Item
from server.inventory.numbers import LENGTH
from server.inventory.warehouse import Warehouse

_STATE = pb.Consumption
_LINE = pb.ConsumptionLine


class Consumption(Record):
    """What was issued for one medical record; ``emr_id`` is unique, ``revision`` counts changes."""

    __tablename__ = "inventory_consumption"

    number: Mapped[str] = mapped_column(String(LENGTH), unique=True)
    emr_id: Mapped[int] = mapped_column(unique=True)
    emr_version: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    task_id: Mapped[int] = mapped_column(index=True)
    task_no: Mapped[str] = mapped_column(String(30), default="")
    doctor_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey(Warehouse.id), index=True)
    occurred_at: Mapped[datetime] = mapped_column(index=True)
    posted_at: Mapped[datetime]
    quantity: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)
    amount: Mapped[int] = mapped_column(default=0)  # fen
    note: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[int] = mapped_column(default=_STATE.DONE)

    lines: Mapped[list["ConsumptionLine"]] = relationship(
        cascade="all, delete-orphan", order_by="ConsumptionLine.position"
    )

    line_item_id = AmongLines(
        lambda: select(ConsumptionLine.consumption_id), lambda: ConsumptionLine.item_id,
        lambda: Consumption.id,
    )  # fmt: skip
    line_lots = AmongLines(
        lambda: select(ConsumptionLine.consumption_id), lambda: ConsumptionLine.lots,
        lambda: Consumption.id,
    )  # fmt: skip
    line_trace_code = AmongLines(
        lambda: select(ConsumptionLine.consumption_id), lambda: ConsumptionLine.trace_code,
        lambda: Consumption.id,
    )  # fmt: skip


# The work list: few lines of very many.
_OPEN = text("quantity > issued + dismissed OR waits_for IS NOT NULL")


class ConsumptionLine(Model):
    """One use: how much the record says, how much was issued net of what flowed back."""

    __tablename__ = "inventory_consumption_line"
    __table_args__ = (
        UniqueConstraint("consumption_id", "used_item_id", "emr_line_id", "lost"),
        Index("ix_inventory_consumption_line_open", "id", sqlite_where=_OPEN,
              postgresql_where=_OPEN),
    )  # fmt: skip

    consumption_id: Mapped[int] = mapped_column(ForeignKey(Consumption.id))
    position: Mapped[int]
    used_item_id: Mapped[int]  # as the record says
    item_id: Mapped[int | None] = mapped_column(ForeignKey(Item.id))  # empty: no such item
    emr_line_id: Mapped[int] = mapped_column(default=0)
    lost: Mapped[bool] = mapped_column(default=False)  # not given to the patient
    loss_reason: Mapped[str] = mapped_column(String(20), default="")
    loss_note: Mapped[str] = mapped_column(String(100), default="")
    lot_id: Mapped[int] = mapped_column(default=0)  # scanned; 0: by turn
    trace_code: Mapped[str] = mapped_column(String(20), default="")  # scanned
    occurred_at: Mapped[datetime]
    quantity: Mapped[int] = mapped_column(default=0)
    issued: Mapped[int] = mapped_column(default=0)
    dismissed: Mapped[int] = mapped_column(default=0)  # units settled without an issue
    amount: Mapped[int] = mapped_column(default=0)  # fen
    lots: Mapped[str] = mapped_column(String(200), default="")
    places: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(80), default="")
    waits_for: Mapped[int | None] = mapped_column(ForeignKey(Warehouse.id))  # being counted
    anew: Mapped[bool] = mapped_column(default=False)  # names another lot: to be issued again

    proposer_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))  # first of two hands
    proposed_from_id: Mapped[int] = mapped_column(default=0)  # the store he wants to issue from
    proposed_lot_id: Mapped[int] = mapped_column(default=0)

    item: Mapped[Item | None] = relationship(lazy="joined")

    @property
    def missing(self) -> int:
        """Units used that were neither issued nor settled."""
        return max(self.quantity - self.issued - self.dismissed, 0)

    @property
    def short(self) -> bool:
        """Whether no store could cover it, and no stocktake is to blame."""
        return bool(self.missing and not self.waits_for)

    @property
    def unit(self) -> str:
        """The smallest unit."""
        return self.item.base_unit if self.item else ""

    @property
    def state(self) -> "pb.ConsumptionLine.LineState.ValueType":
        """How far the line is."""
        if self.waits_for:
            return _LINE.PENDING
        if not self.quantity:
            return _LINE.REVERSED
        if self.missing:
            return _LINE.PARTIAL if self.issued else _LINE.EXCEPTION
        return _LINE.DISMISSED if self.dismissed else _LINE.ISSUED


def unsettled() -> ColumnElement[bool]:
    """The lines on the work list, in the words of its index."""
    line = ConsumptionLine
    return or_(line.quantity > line.issued + line.dismissed, line.waits_for.is_not(None))


def waiting_for(warehouse_id: int) -> Select[int]:
    """The ids of the issues with a line that waits for a stocktake of the warehouse."""
    line = ConsumptionLine
    return select(line.consumption_id).where(unsettled(), line.waits_for == warehouse_id)


def waits(db: Session, line_ids: list[int]) -> dict[int, str]:
    """Of those lines that wait for a stocktake, in words for what; one query."""
    chosen = (
        select(ConsumptionLine.id, Warehouse.name)
        .join(Warehouse, Warehouse.id == ConsumptionLine.waits_for)
        .where(ConsumptionLine.id.in_(line_ids))
    )
    return {row[0]: f"{row[1]}盘点中，盘点结束后自动出库" for row in db.execute(chosen)}
