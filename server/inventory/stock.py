"""Stock as people look at it: by warehouse, by lot, the own store, the ledger."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from google.protobuf.message import Message
from sqlalchemy import Select, case, exists, or_, select
from sqlalchemy.orm import column_property
from sqlalchemy.sql.elements import ColumnElement

from protos.common.list_pb2 import Empty, Filter
from protos.inventory import stock_pb2 as pb
from protos.inventory import warehouse_pb2
from server.admin.department import Department
from server.core.call import Call
from server.core.numbering import shanghai_date
from server.core.reading import ReadService
from server.dispatch.task import CrewMember, Task
from server.inventory.blind import BlindService, cover, under_count
from server.inventory.document import fill_names
from server.inventory.item import Item
from server.inventory.ledger import place_names
from server.inventory.ledger_tables import LAST_ACCOUNT, Balance, Lot, Move
from server.inventory.picking import expired
from server.inventory.quarantine import set_apart
from server.inventory.warehouse import Warehouse, scoped

Balance.codes = column_property(  # what a text is looked for in
    select(Item.codes).where(Item.id == Balance.item_id).correlate_except(Item).scalar_subquery(),
    deferred=True,
)
P = TypeVar("P", bound=Message)
WARN = 180  # days before its end from which a lot is watched, unless its item says otherwise
FIGURES = ("quantity", "reserved", "blocked", "available", "amount")
BANDS = ((30, pb.Stock.WITHIN_30), (90, pb.Stock.WITHIN_90), (180, pb.Stock.WITHIN_180))


def band(expires_on: date | None, day: date, warn: int = WARN) -> "pb.Stock.Band.ValueType":
    """How near a lot's end is, seen from a day; ``warn``: days before it from which one looks."""
    if expires_on is None:
        return pb.Stock.UNLIMITED
    if expired(expires_on, day):
        return pb.Stock.EXPIRED
    left = (expires_on - day).days
    if left > (warn or WARN):
        return pb.Stock.FRESH
    return next((b for days, b in BANDS if left <= days), pb.Stock.WARNED)


_USES = {  # what weighs most stands first
    pb.Lot.RECALLED: pb.Stock.RECALLED,
    pb.Lot.HOLD: pb.Stock.HELD,
    pb.Lot.REJECTED: pb.Stock.REJECTED,
    pb.Lot.QUARANTINE: pb.Stock.TO_INSPECT,
    pb.Lot.SCRAPPED: pb.Stock.DESTROYED,
}


def use_of(day: date) -> ColumnElement[int]:
    """Whether what lies there may be used on a day: SQL over balance, lot and warehouse."""
    reasons = [(Lot.state == state, use) for state, use in _USES.items()]
    reasons += [
        (Lot.expires_on < day, pb.Stock.PAST),
        (Warehouse.kind == warehouse_pb2.Warehouse.QUARANTINE, pb.Stock.SET_APART),
        (Balance.frozen.is_(True), pb.Stock.COUNTING),
    ]
    return case(*reasons, else_=pb.Stock.USABLE)


def uses(*columns: Any) -> Select[Any]:
    """A query over balances, joined with what ``use_of`` looks at."""
    joined = select(*columns).join_from(Balance, Lot, Lot.id == Balance.lot_id)
    return joined.join(Warehouse, Warehouse.id == Balance.warehouse_id)


def in_use(values: Sequence[str], day: date) -> ColumnElement[bool]:
    """Balances whose use is one of those named."""
    wanted = [pb.Stock.Use.Value(name) for name in values]
    return Balance.id.in_(uses(Balance.id).where(use_of(day).in_(wanted)))


def _divide(call: Call, stocks: Sequence[Any], day: date) -> None:
    """Say of each balance whether it may be used, and how many units then; one query."""
    ids = [stock.id for stock in stocks]
    chosen = uses(Balance.id, use_of(day)).where(Balance.id.in_(ids))
    found = {row[0]: row[1] for row in call.db.execute(chosen)}
    for stock in stocks:
        stock.use = found[stock.id]
        free = stock.quantity - stock.reserved
        usable = stock.use == pb.Stock.USABLE
        stock.available, stock.blocked = (free, 0) if usable else (0, free)


def describe(call: Call, stocks: Sequence[Any]) -> None:
    """Fill what the balance itself does not hold; two queries."""
    wanted = {stock.item_id for stock in stocks}
    items = {item.id: item for item in call.db.scalars(select(Item).where(Item.id.in_(wanted)))}
    day = shanghai_date(call.now)
    _divide(call, stocks, day)
    for stock in stocks:
        item = items[stock.item_id]
        stock.item_name, stock.spec, stock.unit = item.name, item.spec, item.base_unit
        until = date.fromisoformat(stock.expires_on) if stock.expires_on else None
        stock.band = band(until, day, item.warn_days)


def _present() -> Select[Balance]:
    return select(Balance).where(Balance.quantity > 0, Balance.warehouse_id > LAST_ACCOUNT)


def _own(call: Call) -> Select[int]:
    return select(Warehouse.id).where(
        Warehouse.owner_id == call.user.id, Warehouse.kind == warehouse_pb2.Warehouse.PERSON
    )


class StockService(BlindService[Balance, pb.Stock]):
    """What lies in the user's warehouses."""

    model = Balance
    message = pb.Stock
    page = pb.StockList
    searches = ("codes", "lot_no")
    display = "lot_no"
    figures = FIGURES

    def hidden(self, call: Call) -> ColumnElement[bool]:
        """What is just counted blind."""
        return under_count(call)

    def visible(self, call: Call) -> Select[Balance]:
        """What is there at all, in the user's warehouses."""
        return scoped(call, _present(), Balance.warehouse_id)

    def condition(self, call: Call, asked: Filter) -> ColumnElement[bool]:
        """Whether it may be used is no column."""
        if asked.field == "use":
            return in_use(asked.values, shanghai_date(call.now))
        return super().condition(call, asked)

    def Quarantine(self, call: Call, request: pb.QuarantineRequest) -> Empty:
        """Put what is free of a lot where nobody may use it."""
        set_apart(call, self.find(call, request.id), request.reason)
        return Empty()

    def complete(self, call: Call, messages: Sequence[pb.Stock]) -> None:
        """Names, unit, free and blocked units, how near the end is."""
        describe(call, messages)


class PersonalStockService(StockService):
    """What lies in the user's own store."""

    def visible(self, call: Call) -> Select[Balance]:
        """The own store only."""
        return _present().where(Balance.warehouse_id.in_(_own(call)))

    def complete(self, call: Call, messages: Sequence[pb.Stock]) -> None:
        """As everywhere; and what the roles of the crew do not use."""
        from server.inventory.role_item import barred  # whose rules look into stock

        super().complete(call, messages)
        items = {message.item_id for message in messages}
        off = barred(call.db, crew_of(call), items, shanghai_date(call.now))
        for message in messages:
            message.barred = message.item_id in off


def crew_of(call: Call) -> set[int]:
    """The user, and who is on a task with him that is under way."""
    mine = select(CrewMember.task_id).where(CrewMember.person_id == call.user.id)
    lately = call.now - timedelta(days=1)
    running = select(Task.id).where(
        Task.id.in_(mine), Task.assigned_at > lately, Task.handed_over_at.is_(None)
    )
    crew = select(CrewMember.person_id).where(CrewMember.task_id.in_(running))
    return {call.user.id, *call.db.scalars(crew)}


class PersonalStoreService(ReadService[Warehouse, pb.PersonalStore]):
    """The user's own store as one document."""

    model = Warehouse
    message = pb.PersonalStore
    page = pb.PersonalStoreList
    searches = ("codes", "code")
    code = "code"

    def visible(self, call: Call) -> Select[Warehouse]:
        """The own store only."""
        return select(Warehouse).where(Warehouse.id.in_(_own(call)))

    def complete(self, call: Call, messages: Sequence[pb.PersonalStore]) -> None:
        """Names; and, by expiry, what lies in the store."""
        fill_names(call, messages)
        for message in messages:  # a person has one store
            self._fill(call, message)

    def _fill(self, call: Call, store: pb.PersonalStore) -> None:
        place = call.db.get_one(Warehouse, store.id)
        store.department_name = call.db.get_one(Department, place.department_id).name
        mapping = StockService().mapping
        order = (Balance.expires_on.asc().nulls_last(), Balance.item_id, Balance.lot_id)
        held = call.db.scalars(_present().where(Balance.warehouse_id == store.id).order_by(*order))
        store.MergeFrom(pb.PersonalStore(lines=[mapping.to_message(b) for b in held]))  # type: ignore[misc]
        describe(call, store.lines)
        compare(call, store)
        veil(call, store.lines)
        store.lines.extend(missing(call, store))


def _quota(limit: Any) -> str:
    return f"{limit.least}–{limit.most or '不限'}"


def missing(call: Call, store: pb.PersonalStore) -> list[pb.Stock]:
    """A line with nothing for each item the holder's roles bind of which the store has none."""
    from server.inventory.role_item import bound_items, limits  # whose rules look into stock

    day, there = shanghai_date(call.now), {line.item_id for line in store.lines}
    items = [item for item in bound_items(call.db, store.owner_id, day) if item.id not in there]
    allowed = limits(call.db, store.owner_id, [item.id for item in items], day)
    found = []
    for item in items:
        least = allowed[item.id].least
        found.append(
            pb.Stock(
                warehouse_id=store.id, item_id=item.id, item_name=item.name, spec=item.spec,
                unit=item.base_unit, quantity=0, reserved=0, available=0, amount=0,
                quota=_quota(allowed[item.id]), short_or_over=f"缺{least}" if least else "无",
            )
        )  # fmt: skip
    return found


def veil(call: Call, stocks: Sequence[pb.Stock]) -> None:
    """Take the figures out of lines the user is to count blind."""
    ids = [stock.id for stock in stocks]
    chosen = select(Balance.id).where(Balance.id.in_(ids), under_count(call))
    covered = set(call.db.scalars(chosen))
    for stock in stocks:
        if stock.id in covered:
            cover(stock, (*FIGURES, "quota", "short_or_over"))


def compare(call: Call, store: pb.PersonalStore) -> None:
    """Write beside the first lot of each item what its holder's roles ask for."""
    from server.inventory.role_item import limits  # whose rules look into stock

    held: dict[int, int] = {}
    for line in store.lines:
        held[line.item_id] = held.get(line.item_id, 0) + line.quantity
    allowed = limits(call.db, store.owner_id, held, shanghai_date(call.now))
    for line in store.lines:
        limit = allowed.pop(line.item_id, None)
        if limit is None:
            continue
        there = held[line.item_id]
        line.quota = _quota(limit)
        if there < limit.least:
            line.short_or_over = f"缺{limit.least - there}"
        elif limit.most and there > limit.most:
            line.short_or_over = f"超{there - limit.most}"


class MoveService(BlindService[Move, pb.Move]):
    """The ledger."""

    model = Move
    message = pb.Move
    page = pb.MoveList
    searches = ("number", "lot_no")
    display = "number"
    code = "number"
    figures = ("quantity", "amount", "unit_quantity", "retail_amount")

    def hidden(self, call: Call) -> ColumnElement[bool]:
        """Movements that add up to what is just counted blind."""
        ends = (Move.source_id, Move.target_id)
        there = (Balance.lot_id == Move.lot_id) & or_(*(Balance.warehouse_id == at for at in ends))
        return exists().where(there, under_count(call))

    def visible(self, call: Call) -> Select[Move]:
        """Movements out of or into the user's warehouses."""
        return scoped(call, select(Move), Move.source_id, Move.target_id)

    def complete(self, call: Call, messages: Sequence[pb.Move]) -> None:
        """What the two places are called; one query."""
        ids = [message.id for message in messages]
        chosen = select(Move.id, Move.source_id, Move.target_id).where(Move.id.in_(ids))
        ends = {row[0]: (row[1], row[2]) for row in call.db.execute(chosen)}
        places = {place for pair in ends.values() for place in pair}
        names = place_names(call.db, places)
        for message in messages:
            source, target = ends[message.id]
            message.source, message.target = names.get(source, ""), names.get(target, "")
