"""Recalls: the tables, and which lots a recall means.

A lot is locked by its state alone, so one statement stops it in every store at once
(recall_lock); where it lies and whom it reached is found and told (recall_trace); what comes back
is collected and disposed of (recall_return) until every unit is accounted for (recall_account).
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from protos.inventory import recall_pb2 as pb
from protos.inventory import stock_pb2
from resources import gs1
from server.admin.person import Person
from server.core.db import Model, Record
from server.core.errors import Invalid
from server.inventory.item import Item, ItemUnit
from server.inventory.ledger_tables import Lot
from server.inventory.numbers import LENGTH
from server.inventory.supplier import Supplier
from server.inventory.trace import TraceCode
from server.inventory.warehouse import Warehouse

PREFIX = "ZH"
_S, _N, _P = pb.Recall, pb.RecallNotice, pb.RecallPatient
_L = stock_pb2.Lot
RUNNING = (_S.ACTIVE, _S.COLLECTING, _S.DISPOSING)


class Recall(Record):
    """The header."""

    __tablename__ = "inventory_recall"

    number: Mapped[str] = mapped_column(String(LENGTH), unique=True)
    grade: Mapped[int]
    origin: Mapped[int]
    notice_no: Mapped[str] = mapped_column(String(40), default="")
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_nos: Mapped[str] = mapped_column(String(200), default="")
    trace_code: Mapped[str] = mapped_column(String(20), default="")
    udi: Mapped[str] = mapped_column(String(80), default="")
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey(Supplier.id))
    received_from_on: Mapped[date | None]
    received_until_on: Mapped[date | None]
    finish_on: Mapped[date | None]  # the last day to be through, as the notice says
    reason: Mapped[str] = mapped_column(String(200))
    quarantine_id: Mapped[int | None] = mapped_column(ForeignKey(Warehouse.id))
    drill: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    starter_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    filed_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    conclusion: Mapped[str] = mapped_column(String(80), default="")
    log: Mapped[str] = mapped_column(String(1000), default="")
    disposals: Mapped[int] = mapped_column(default=0)
    state: Mapped[int] = mapped_column(default=_S.DRAFT)

    recalled: Mapped[list["RecalledLot"]] = relationship(cascade="all, delete-orphan")
    item: Mapped[Item] = relationship(lazy="joined", innerjoin=True)


class RecalledLot(Model):
    """A lot of a recall, and the state it had before."""

    __tablename__ = "inventory_recall_lot"
    __table_args__ = (UniqueConstraint("recall_id", "lot_id"),)

    recall_id: Mapped[int] = mapped_column(ForeignKey(Recall.id))
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id), index=True)
    state_before: Mapped[int] = mapped_column(default=_L.NORMAL)

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)


class RecallNotice(Record):
    """What one holder was told of one lot, and what he answered."""

    __tablename__ = "inventory_recall_notice"
    __table_args__ = (UniqueConstraint("recall_id", "warehouse_id", "lot_id"),)

    number: Mapped[str] = mapped_column(String(LENGTH), index=True)
    recall_id: Mapped[int] = mapped_column(ForeignKey(Recall.id))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id), index=True)
    lot_no: Mapped[str] = mapped_column(String(40))
    return_no: Mapped[str] = mapped_column(
        String(LENGTH + 8), default=""
    )  # of the holder's return order
    drill: Mapped[bool] = mapped_column(default=False)
    book: Mapped[int] = mapped_column(default=0)
    transit: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    explanation: Mapped[str] = mapped_column(String(60), default="")
    sent_at: Mapped[datetime] = mapped_column(index=True)
    acknowledged_at: Mapped[datetime | None]
    acknowledger_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    collected_at: Mapped[datetime | None]
    state: Mapped[int] = mapped_column(default=_N.SENT, index=True)

    lot: Mapped[Lot] = relationship()
    recall: Mapped[Recall] = relationship()


class RecallPatient(Record):
    """A medical record that used a recalled lot; who the patient is, the record says."""

    __tablename__ = "inventory_recall_patient"
    __table_args__ = (UniqueConstraint("recall_id", "emr_id", "lot_id"),)

    number: Mapped[str] = mapped_column(String(LENGTH), index=True)
    recall_id: Mapped[int] = mapped_column(ForeignKey(Recall.id))
    emr_id: Mapped[int] = mapped_column(index=True)
    task_no: Mapped[str] = mapped_column(String(30), default="")
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id))
    lot_no: Mapped[str] = mapped_column(String(40))
    quantity: Mapped[int]
    used_at: Mapped[datetime]
    doctor_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    outcome: Mapped[str] = mapped_column(String(200), default="")
    contacted_at: Mapped[datetime | None]
    contacter_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    state: Mapped[int] = mapped_column(default=_P.OPEN)


def lots_meant(db: Session, recall: Recall) -> list[Lot]:
    """The lots a recall names, by whichever of its four ways; raises Invalid.

    Item and lot numbers; a trace code; a scanned UDI; a supplier and the days it delivered on.
    """
    _read_codes(db, recall)
    chosen = select(Lot)
    if recall.supplier_id:
        chosen = _delivered(chosen, recall)
    elif recall.received_from_on or recall.received_until_on:
        raise Invalid.at("supplier_id", "按入库日期召回要填写供应商")
    elif not recall.item_id:
        raise Invalid.at("item_id", "请选择物资，或扫追溯码、UDI，或填写供应商和入库日期")
    if recall.item_id:
        chosen = chosen.where(Lot.item_id == recall.item_id)
    numbers = recall.lot_nos.replace("、", " ").replace(",", " ").replace("，", " ").split()
    if numbers:
        chosen = chosen.where(Lot.lot_no.in_(numbers))
    found = list(db.scalars(chosen.order_by(Lot.id)))
    _refuse_unknown(recall, found, numbers)
    return found


def _read_codes(db: Session, recall: Recall) -> None:
    """Let a trace code or a UDI say which item and lot are meant."""
    if recall.trace_code:
        code = select(TraceCode).where(TraceCode.code == recall.trace_code)
        traced = db.scalars(code).first()
        if traced is None:
            raise Invalid.at("trace_code", "没有这个追溯码的入库记录，请核对或改按批号召回")
        recall.item_id, recall.lot_nos = traced.item_id, traced.lot_no
    elif recall.udi:
        label = gs1.read(recall.udi)
        packs = select(ItemUnit.item_id).where(ItemUnit.barcode == label.code)
        of = select(Item).where(or_(Item.barcode == label.code, Item.id.in_(packs)))
        item = db.scalars(of).first()
        if item is None:
            raise Invalid.at("udi", f"没有条码是{label.code[:20]}的物资，请核对或改按批号召回")
        recall.item_id, recall.lot_nos = item.id, label.lot_no


def _delivered(chosen: Select[Lot], recall: Recall) -> Select[Lot]:
    """Only what the supplier delivered in the days."""
    first, last = recall.received_from_on, recall.received_until_on
    if first is None or last is None or first > last:
        raise Invalid.at("received_from_on", "按供应商召回要填写入库日期的起止，起不能晚于止")
    return chosen.where(
        Lot.supplier_id == recall.supplier_id, Lot.received_on >= first, Lot.received_on <= last
    )


def _refuse_unknown(recall: Recall, found: Sequence[Lot], numbers: Sequence[str]) -> None:
    unknown = sorted(set(numbers) - {lot.lot_no for lot in found})
    if unknown:
        raise Invalid.at("lot_nos", f"这种物资没有入过批号{unknown[0]}，请核对")
    if not found:
        path, what = (
            ("supplier_id", "这个供应商在这段时间没有入过库") if recall.supplier_id
            else ("lot_nos", "这种物资没有入过批号的库")
        )  # fmt: skip
        raise Invalid.at(path, f"{what}，请核对")
    titles = sorted({lot.item.title for lot in found})
    if len(titles) > 1:
        raise Invalid.at(
            "item_id",
            f"这段时间入过{len(titles)}种物资：{'、'.join(titles[:8])}。"
            "一张召回单召回一种，请选择物资",
        )
    recall.item_id = found[0].item_id
