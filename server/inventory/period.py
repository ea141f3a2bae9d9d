"""Accounting months: closed in order, with opening + in − out = closing proved lot by lot."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, Select, String, func, insert, select
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
from server.inventory import ledger
from server.inventory.document import fill_names
from server.inventory.item import Item
from server.inventory.ledger import LAST_ACCOUNT, Account, Balance, Key, Lot, Move
from server.inventory.warehouse import scoped

BATCH = 1000  # rows of one insert


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


class Sums(NamedTuple):
    """Units and fen that came and went."""

    received: int = 0
    in_amount: int = 0
    issued: int = 0
    out_amount: int = 0


def following(period: str) -> str:
    """The month after a month."""
    year, month = int(period[:4]), int(period[4:])
    return f"{year + month // 12}{month % 12 + 1:02d}"


def traffic(db: Session, when: ColumnElement[bool]) -> dict[Key, Sums]:
    """What came to and went from each lot in each place that keeps a balance."""
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for column, at in ((Move.target_id, 0), (Move.source_id, 2)):
        chosen = (
            select(column, Move.lot_id, func.sum(Move.quantity), func.sum(Move.amount))
            .where(when, (column > LAST_ACCOUNT) | (column == Account.TRANSIT))
            .group_by(column, Move.lot_id)
        )
        for place, lot_id, units, worth in db.execute(chosen):
            sums = found[Key(place, lot_id)]
            sums[at] += int(units)
            sums[at + 1] += int(worth)
    return {key: Sums(*sums) for key, sums in found.items()}


def openings(db: Session, before: str) -> dict[Key, tuple[int, int]]:
    """What closed the month before: units and fen; zeros are left out."""
    chosen = select(
        PeriodLine.warehouse_id, PeriodLine.lot_id, PeriodLine.closing, PeriodLine.closing_amount
    ).where(PeriodLine.period == before)
    return {Key(r[0], r[1]): (r[2], r[3]) for r in db.execute(chosen) if r[2] or r[3]}


def untied(db: Session, closing: dict[Key, tuple[int, int]], period: str) -> list[str]:
    """Where a closing is not what lies there now less what moved since."""
    later = traffic(db, Move.period > period)
    kept = select(Balance.warehouse_id, Balance.lot_id, Balance.quantity, Balance.amount)
    now = {Key(r[0], r[1]): (r[2], r[3]) for r in db.execute(kept)}
    wrong = []
    for key in sorted(set(closing) | set(now)):
        units, worth = now.get(key, (0, 0))
        since = later.get(key, Sums())
        then = units - since.received + since.issued, worth - since.in_amount + since.out_amount
        if closing.get(key, (0, 0)) != then:
            wrong.append(f"仓库{key.place}批次{key.lot_id}：期末{closing.get(key)}，应为{then}")
    return wrong


def close(call: Call, period: str) -> Period:
    """Close a month: prove it, keep its lines, and let nothing more be booked into it."""
    db = call.db
    counter = ledger.lock_closed(db)
    refuse_out_of_turn(db, counter.last, period, call.now)
    before = str(counter.last)
    lines = list(_lines(openings(db, before), traffic(db, Move.period == period)))
    closing = {key: (o[0] + s.received - s.issued, o[1] + s.in_amount - s.out_amount)
               for key, o, s in lines}  # fmt: skip
    if wrong := untied(db, closing, period):
        raise BusinessError(
            f"收发存不平，不能结账：{wrong[0]}等{len(wrong)}处。请先运行库存自检并告知信息科"
        )
    made = _period(call, period, lines, closing)
    db.add(made)
    _keep(db, period, lines, closing)
    counter.last = int(period)
    db.flush()
    return made


def refuse_out_of_turn(db: Session, closed: int, period: str, now: datetime) -> None:
    """Months are closed one after the other, none before it began."""
    first = db.scalar(select(func.min(Move.period)))
    if first is None:
        raise BusinessError("还没有任何出入库记录，不用结账")
    wanted = following(str(closed)) if closed else first
    if period != wanted:
        raise Invalid.at("period", f"要按月依次结账，现在应结 {wanted}（INV-009）")
    if period > ledger.month(now):
        raise Invalid.at("period", "不能结还没有到的月份（INV-009）")


Line = tuple[Key, tuple[int, int], Sums]


def _lines(opened: dict[Key, tuple[int, int]], moved: dict[Key, Sums]) -> Iterator[Line]:
    for key in sorted(set(opened) | set(moved)):
        yield key, opened.get(key, (0, 0)), moved.get(key, Sums())


def _period(
    call: Call, period: str, lines: Sequence[Line], closing: dict[Key, tuple[int, int]]
) -> Period:
    moves = call.db.scalar(select(func.count(Move.id)).where(Move.period == period))
    return Period(
        period=period, moves=moves or 0,
        opening_amount=sum(opened[1] for _, opened, _ in lines),
        in_amount=sum(sums.in_amount for *_, sums in lines),
        out_amount=sum(sums.out_amount for *_, sums in lines),
        closing_amount=sum(worth for _, worth in closing.values()),
        closer_id=call.user.id, closed_at=call.now, created_at=call.now,
        created_by=call.user.id, updated_at=call.now, updated_by=call.user.id,
    )  # fmt: skip


def _keep(
    db: Session, period: str, lines: Sequence[Line], closing: dict[Key, tuple[int, int]]
) -> None:
    lots = {row[0]: (row[1], row[2]) for row in db.execute(select(Lot.id, Lot.item_id, Lot.lot_no))}
    rows = [
        {
            "id": ids.new(), "period": period, "warehouse_id": key.place, "lot_id": key.lot_id,
            "item_id": lots[key.lot_id][0], "lot_no": lots[key.lot_id][1],
            "opening": opened[0], "opening_amount": opened[1], **sums._asdict(),
            "closing": closing[key][0], "closing_amount": closing[key][1],
        }
        for key, opened, sums in lines
    ]  # fmt: skip
    for at in range(0, len(rows), BATCH):
        db.execute(insert(PeriodLine), rows[at : at + BATCH])


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


_SUMMED = (
    "opening", "opening_amount", "received", "in_amount", "issued", "out_amount", "closing",
    "closing_amount",
)  # fmt: skip


def by_item(db: Session, period: str) -> list[pb.PeriodItem]:
    """What opened, came, went and closed of each item over all places.

    What moved between two of our own places came and went at once and cancels out of neither sum.
    """
    sums = [func.sum(getattr(PeriodLine, name)) for name in _SUMMED]
    chosen = (
        select(Item.id, Item.title, Item.base_unit, *sums)
        .join(Item, Item.id == PeriodLine.item_id)
        .where(PeriodLine.period == period)
        .group_by(Item.id, Item.title, Item.base_unit)
        .order_by(Item.title)
    )
    return [_item(*row) for row in db.execute(chosen)]


def _item(item_id: int, name: str, unit: str, *sums: int) -> pb.PeriodItem:
    made = pb.PeriodItem(item_id=item_id, item_name=name, unit=unit)
    for field, value in zip(_SUMMED, sums, strict=True):
        setattr(made, field, int(value))
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
