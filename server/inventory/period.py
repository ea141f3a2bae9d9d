"""Accounting months: closed in order, with opening + in − out = closing proved lot by lot."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, String, func, insert, literal, select, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from protos import facts
from protos.common.list_pb2 import Told
from protos.inventory import period_pb2 as pb
from server.admin.person import Person
from server.core import ids
from server.core.call import Call
from server.core.db import Model, Record
from server.core.errors import BusinessError, Invalid
from server.core.reading import ReadService
from server.core.view import whole
from server.inventory import ledger, months
from server.inventory.codes import Code
from server.inventory.document import fill_names
from server.inventory.item import Item
from server.inventory.ledger_tables import LAST_ACCOUNT, Account, Balance, Lot, Move
from server.inventory.months import following
from server.inventory.warehouse import scoped

Columns = Select[*tuple[Any, ...]]  # of traffic
_SUMMED = (
    "opening", "opening_amount", "received", "in_amount", "issued", "out_amount", "closing",
    "closing_amount",
)  # fmt: skip
_WORTHS = ("opening_amount", "in_amount", "out_amount", "closing_amount")


class Period(Record):
    """A closed month and its sums in fen."""

    __tablename__ = "inventory_period"

    period: Mapped[str] = mapped_column(String(6), unique=True)
    opening_amount: Mapped[int]
    in_amount: Mapped[int]
    out_amount: Mapped[int]
    closing_amount: Mapped[int]
    moves: Mapped[int]
    closer_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    closed_at: Mapped[datetime]


class PeriodLine(Model):
    """What opened, came, went and closed of one lot in one place (a warehouse, or in transit)."""

    __tablename__ = "inventory_period_line"
    __table_args__ = (Index("ix_inventory_period_line_place", "period", "warehouse_id"),)

    period: Mapped[str] = mapped_column(String(6))
    warehouse_id: Mapped[int]
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id))
    lot_no: Mapped[str] = mapped_column(String(40))
    opening: Mapped[int]
    opening_amount: Mapped[int]
    received: Mapped[int]
    in_amount: Mapped[int]
    issued: Mapped[int]
    out_amount: Mapped[int]
    closing: Mapped[int]
    closing_amount: Mapped[int]


def traffic(when: ColumnElement[bool]) -> list[Columns]:
    """What came to and went from each place that keeps a balance: both ends of each movement.

    Columns: place, lot, then units and fen that opened, came, went.
    """
    nothing = literal(0)
    return [
        select(
            end.label("place"), Move.lot_id.label("lot_id"), nothing.label("opening"),
            nothing.label("opening_amount"), *sums,
        ).where(when, (end > LAST_ACCOUNT) | (end == Account.TRANSIT))
        for end, sums in (
            (Move.target_id, (Move.quantity.label("received"), Move.amount.label("in_amount"),
                              nothing.label("issued"), nothing.label("out_amount"))),
            (Move.source_id, (nothing.label("received"), nothing.label("in_amount"),
                              Move.quantity.label("issued"), Move.amount.label("out_amount"))),
        )
    ]  # fmt: skip


def openings(before: str) -> Columns:
    """What closed the month before, in the columns of traffic; zeros are left out."""
    nothing = literal(0)
    line = PeriodLine
    return select(
        line.warehouse_id, line.lot_id, line.closing, line.closing_amount, nothing, nothing,
        nothing, nothing,
    ).where(line.period == before, (line.closing != 0) | (line.closing_amount != 0))  # fmt: skip


def keep_lines(db: Session, before: str, period: str) -> None:
    """Write the lines of a month in one statement; ids count up from a fresh one."""
    each = union_all(*traffic(Move.period == period), openings(before)).subquery()
    sums = {name: func.sum(each.c[name]) for name in _SUMMED if name in each.c}
    closing = sums["opening"] + sums["received"] - sums["issued"]
    worth = sums["opening_amount"] + sums["in_amount"] - sums["out_amount"]
    number = func.row_number().over(order_by=(each.c.place, each.c.lot_id))
    lines = (
        select(
            number + ids.new(), literal(period), each.c.place, Lot.item_id, each.c.lot_id,
            Lot.lot_no, *(whole(sums[name]) for name in sums), whole(closing), whole(worth),
        )
        .join(Lot, Lot.id == each.c.lot_id)
        .group_by(each.c.place, each.c.lot_id, Lot.item_id, Lot.lot_no)
    )  # fmt: skip
    columns = ["id", "period", "warehouse_id", "item_id", "lot_id", "lot_no", *sums, "closing",
               "closing_amount"]  # fmt: skip
    db.execute(insert(PeriodLine).from_select(columns, lines))


def untied(db: Session, period: str) -> list[str]:
    """Where a closing is not what lies there now less what moved since; one query."""
    since = [
        select(part.c.place, part.c.lot_id, part.c.issued - part.c.received,
               part.c.out_amount - part.c.in_amount)
        for part in (each.subquery() for each in traffic(Move.period > period))
    ]  # fmt: skip
    now = select(
        Balance.warehouse_id.label("place"), Balance.lot_id.label("lot_id"),
        Balance.quantity.label("units"), Balance.amount.label("worth"),
    )  # fmt: skip
    closed = select(
        PeriodLine.warehouse_id, PeriodLine.lot_id, -PeriodLine.closing, -PeriodLine.closing_amount
    ).where(PeriodLine.period == period)
    both = union_all(now, *since, closed).subquery()
    units, worth = func.sum(both.c.units), func.sum(both.c.worth)
    wrong = (
        select(both.c.place, both.c.lot_id, units, worth)
        .group_by(both.c.place, both.c.lot_id)
        .having((units != 0) | (worth != 0))
        .order_by(both.c.place, both.c.lot_id)
    )
    return [f"仓库{r[0]}批次{r[1]}差{r[2]}件{r[3]}分" for r in db.execute(wrong)]


def close(call: Call, period: str) -> Period:
    """Close a month: prove it, keep its lines, and let nothing more be booked into it."""
    db = call.db
    counter = months.lock_closed(db)
    refuse_out_of_turn(db, counter.last, period, call.now)
    keep_lines(db, str(counter.last), period)
    if wrong := untied(db, period):
        raise BusinessError(
            f"收发存不平，不能结账：{wrong[0]}等{len(wrong)}处。请先运行库存自检并告知信息科"
        )
    made = _period(call, period)
    db.add(made)
    counter.last = int(period)
    db.flush()
    return made


def refuse_out_of_turn(db: Session, closed: int, period: str, now: datetime) -> None:
    """Months are closed one after the other, none before it began.

    The running one may be closed early, as finance does before month's end: what is posted after
    that is booked into the next.
    """
    first = db.scalar(select(func.min(Move.period)))
    if first is None:
        raise BusinessError("还没有任何出入库记录，不用结账")
    wanted = following(str(closed)) if closed else first
    if period != wanted:
        raise Invalid.at("period", f"要按月依次结账，现在应结 {wanted}（{Code.PERIOD_CLOSED}）")
    if period > months.month(now):
        raise Invalid.at("period", f"不能结还没有到的月份（{Code.PERIOD_CLOSED}）")


def within(db: Session, period: str) -> dict[int, tuple[int, int]]:
    """Units and fen of each item that moved from one of our own places to another.

    They came and went at once: neither income nor outgo of the whole unit.
    """
    ours = [
        (end > LAST_ACCOUNT) | (end == Account.TRANSIT) for end in (Move.source_id, Move.target_id)
    ]
    chosen = (
        select(Move.item_id, func.sum(Move.quantity), func.sum(Move.amount))
        .where(Move.period == period, *ours)
        .group_by(Move.item_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in db.execute(chosen)}


def _period(call: Call, period: str) -> Period:
    """The sums of the lines just kept, without what only changed places."""
    sums = [func.sum(getattr(PeriodLine, name)) for name in _WORTHS]
    row = call.db.execute(select(*sums).where(PeriodLine.period == period)).one()
    worth = {name: int(value or 0) for name, value in zip(_WORTHS, row, strict=True)}
    inner = sum(fen for _, fen in within(call.db, period).values())
    worth["in_amount"] -= inner
    worth["out_amount"] -= inner
    moves = call.db.scalar(select(func.count(Move.id)).where(Move.period == period))
    return Period(
        period=period, moves=moves or 0, **worth,
        closer_id=call.user.id, closed_at=call.now, created_at=call.now,
        created_by=call.user.id, updated_at=call.now, updated_by=call.user.id,
    )  # fmt: skip


# Services -------------------------------------------------------------------------------------


class PeriodService(ReadService[Period, pb.Period]):
    """The closed months, and the closing."""

    model = Period
    message = pb.Period
    page = pb.PeriodList
    searches = ("period",)
    display = "period"

    def complete(self, call: Call, messages: Sequence[pb.Period]) -> None:
        """Names; the items where one month is opened."""
        fill_names(call, messages)
        if call.method.name == "Get":
            for message in messages:
                message.lines.extend(by_item(call.db, message.period))

    def Close(self, call: Call, request: pb.CloseRequest) -> Told:
        """Close a month for good."""
        made = close(call, request.period)
        for service in (PeriodService, PeriodLineService):
            call.changed.add(call.app.registry.name_of(service))
        worth = facts.decimal(made.closing_amount, 2)
        return Told(text=f"{made.period} 已结账：{made.moves} 笔流水，期末 {worth} 元，收发存相符")


def by_item(db: Session, period: str) -> list[pb.PeriodItem]:
    """What opened, came, went and closed of each item of the whole unit.

    What moved between two of our own places is neither income nor outgo.
    """
    inner = within(db, period)
    sums = [func.sum(getattr(PeriodLine, name)) for name in _SUMMED]
    chosen = (
        select(Item.id, Item.title, Item.base_unit, *sums)
        .join(Item, Item.id == PeriodLine.item_id)
        .where(PeriodLine.period == period)
        .group_by(Item.id, Item.title, Item.base_unit)
        .order_by(Item.title)
    )
    return [_item(*row, inner=inner.get(row[0], (0, 0))) for row in db.execute(chosen)]


def _item(item_id: int, name: str, unit: str, *sums: int, inner: tuple[int, int]) -> pb.PeriodItem:
    made = pb.PeriodItem(item_id=item_id, item_name=name, unit=unit)
    for field, value in zip(_SUMMED, sums, strict=True):
        setattr(made, field, int(value))
    units, fen = inner
    made.received, made.issued = made.received - units, made.issued - units
    made.in_amount, made.out_amount = made.in_amount - fen, made.out_amount - fen
    return made


class PeriodLineService(ReadService[PeriodLine, pb.PeriodLine]):
    """The lines of closed months."""

    model = PeriodLine
    message = pb.PeriodLine
    page = pb.PeriodLineList
    searches = ("lot_no",)
    display = "period"

    def visible(self, call: Call) -> Select[PeriodLine]:
        """Of the user's warehouses."""
        return scoped(call, select(PeriodLine), PeriodLine.warehouse_id)

    def complete(self, call: Call, messages: Sequence[pb.PeriodLine]) -> None:
        """What the places are called."""
        names = ledger.place_names(call.db, {message.warehouse_id for message in messages})
        for message in messages:
            message.place = names.get(message.warehouse_id, "")
            if message.warehouse_id <= LAST_ACCOUNT:
                message.warehouse_id = 0
