"""Stocktakes: planned, counted blind, recounted by another person, reviewed, posted as differences.

The variance of a line is what was counted against the books at the moment of counting. Posting
moves that variance and nothing else, so what moved between counting and posting stays moved.
"""

import random
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from protos import facts
from protos.facts import Fault
from protos.inventory import count_pb2 as pb
from protos.inventory import stock_pb2
from server.admin.person import Person
from server.core.call import Call
from server.core.db import Model, Record
from server.core.errors import BusinessError, Invalid
from server.inventory import consumption, ledger
from server.inventory.category import Category
from server.inventory.item import Item
from server.inventory.ledger import Entry, Key, Origin
from server.inventory.ledger_tables import Account, Balance, Lot, Move
from server.inventory.numbers import LENGTH, stock_number
from server.inventory.refusals import LockedByCount, SameSecond, refuse
from server.inventory.warehouse import Warehouse

_C = pb.Count
_chance = random.SystemRandom()


class Count(Record):
    """The header of a stocktake of one warehouse."""

    __tablename__ = "inventory_count"

    number: Mapped[str | None] = mapped_column(String(LENGTH), unique=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    business_on: Mapped[date] = mapped_column(index=True)
    scope: Mapped[int]
    category_id: Mapped[int | None] = mapped_column(ForeignKey(Category.id))
    sample_size: Mapped[int] = mapped_column(default=0)
    with_empty: Mapped[bool] = mapped_column(default=False)
    freeze: Mapped[int]
    blind: Mapped[bool] = mapped_column(default=False)
    uncounted: Mapped[int]
    tolerance: Mapped[int] = mapped_column(default=0)
    tolerance_amount: Mapped[int] = mapped_column(default=0)  # fen; 0: not by amount
    supervisor_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    remark: Mapped[str] = mapped_column(String(200), default="")
    differing: Mapped[int] = mapped_column(default=0)
    amount: Mapped[int] = mapped_column(default=0)  # fen, signed
    incident_no: Mapped[str] = mapped_column(String(40), default="")
    maker_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    counter_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    recounter_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    started_at: Mapped[datetime | None]
    posted_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[int] = mapped_column(default=_C.PLANNED)

    items: Mapped[list["CountItem"]] = relationship(
        cascade="all, delete-orphan", order_by="CountItem.position"
    )
    lines: Mapped[list["CountLine"]] = relationship(
        cascade="all, delete-orphan", order_by="CountLine.position"
    )


class CountItem(Model):
    """An item to be counted, of a count by list."""

    __tablename__ = "inventory_count_item"

    count_id: Mapped[int] = mapped_column(ForeignKey(Count.id), index=True)
    position: Mapped[int]
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id))


class CountLine(Model):
    """One lot to be counted: the books at the moment of counting, and what was found."""

    __tablename__ = "inventory_count_line"

    count_id: Mapped[int] = mapped_column(ForeignKey(Count.id), index=True)
    position: Mapped[int]
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id), index=True)
    book: Mapped[int | None]
    first_counted: Mapped[int | None]  # before the recount
    counted: Mapped[int | None]
    recount: Mapped[bool] = mapped_column(default=False)  # to be counted by another person
    counted_at: Mapped[datetime | None]
    amount: Mapped[int] = mapped_column(default=0)  # fen, signed
    reason: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(60), default="")

    item: Mapped[Item] = relationship(lazy="joined", innerjoin=True)
    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)

    @property
    def difference(self) -> int | None:
        """Counted less booked; nothing where it was not counted."""
        if self.counted is None or self.book is None:
            return None
        return self.counted - self.book

    @property
    def lot_no(self) -> str:
        """The maker's lot number."""
        return self.lot.lot_no

    @property
    def expires_on(self) -> date | None:
        """The lot's last usable day."""
        return self.lot.expires_on

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
        """What is counted in."""
        return self.item.base_unit


# Rules ----------------------------------------------------------------------------------------


def plan_faults(count: Count) -> Iterator[Fault]:
    """What the scope asks for."""
    if count.scope == _C.BY_CATEGORY and not count.category_id:
        yield Fault("category_id", "按类别盘点要选择类别")
    if count.scope == _C.BY_ITEM and not count.items:
        yield Fault("items", "按物资清单盘点要至少列一种物资")
    if count.scope == _C.SAMPLE and not count.sample_size:
        yield Fault("sample_size", "随机抽盘要填写抽盘行数")


def beyond_tolerance(count: Count, line: CountLine) -> bool:
    """Whether a line's difference asks for a second count; of controlled drugs any does."""
    difference = abs(line.difference or 0)
    if line.item.controlled:
        return difference > 0
    dear = count.tolerance_amount and abs(line.amount) > count.tolerance_amount
    return difference > count.tolerance or bool(difference and dear)


def value(line: CountLine, balance: Balance | None) -> int:
    """The fen of a line's difference: its share of the balance, or the lot's price."""
    units = line.difference or 0
    if balance is not None and balance.quantity and balance.amount:
        worth = balance.value_of(min(abs(units), balance.quantity))
        worth += line.lot.price * max(abs(units) - balance.quantity, 0) // line.lot.factor
    else:
        worth = line.lot.price * abs(units) // line.lot.factor
    return worth if units >= 0 else -worth


def take_down(line: CountLine, counted: int | None, balance: Balance | None, now: datetime) -> None:
    """Note what was counted, and what the books said at that moment."""
    line.counted = counted
    line.counted_at = now if counted is not None else None
    line.book = balance.quantity if balance else 0
    line.amount = value(line, balance)


def differing(lines: Sequence[CountLine]) -> list[CountLine]:
    """The lines counted otherwise than booked."""
    return [line for line in lines if line.difference]


def refuse_unexplained(count: Count) -> None:
    """Every difference has its reason; one of a controlled drug its incident report."""
    lines = differing(count.lines)
    refuse([
        Fault(f"lines[{line.position - 1}].reason", f"{line.item.title}有差异，请填写差异原因")
        for line in lines
        if not line.reason
    ])  # fmt: skip
    if any(line.item.controlled for line in lines) and not count.incident_no:
        raise BusinessError(
            "麻醉或第一类精神药品有差异，库管不能直接入账：请先登记事件报告并通知安全部门，再审批"
        )


def refuse_new_plan(kept: Any, asked: Any) -> None:
    """Once counted, a plan stays as it was."""
    for field in facts.fields(kept.DESCRIPTOR):
        terms = facts.of_field(field)
        if field.name == "lines" or not terms.label or terms.read_only:
            continue
        if getattr(kept, field.name) != getattr(asked, field.name):
            raise Invalid.at(field.name, "已经盘点，这里只能填写差异原因和说明，请改回原来的内容")


# What is counted ------------------------------------------------------------------------------


def chosen(call: Call, count: Count) -> list[Balance]:
    """The balances in the scope of a count."""
    held = select(Balance).where(Balance.warehouse_id == count.warehouse_id)
    if not count.with_empty:
        held = held.where(Balance.quantity > 0)
    balances = list(call.db.scalars(_narrowed(call, count, held)))
    if count.scope == _C.SAMPLE:
        balances = _chance.sample(balances, min(count.sample_size, len(balances)))
    return sorted(balances, key=lambda b: (b.lot.item.title, b.lot_no, b.lot_id))


def _narrowed(call: Call, count: Count, held: Select[Balance]) -> Select[Balance]:
    if count.scope == _C.BY_CATEGORY:
        path = call.db.get_one(Category, count.category_id).path
        below = select(Category.id).where(Category.path.startswith(path))
        return held.join(Item, Item.id == Balance.item_id).where(Item.category_id.in_(below))
    if count.scope == _C.BY_ITEM:
        return held.where(Balance.item_id.in_([each.item_id for each in count.items]))
    if count.scope == _C.CHANGED:
        moved = select(Move.id).where(
            Move.lot_id == Balance.lot_id,
            or_(Move.source_id == Balance.warehouse_id, Move.target_id == Balance.warehouse_id),
            Move.posted_at > Balance.counted_at,
        )
        return held.where(Balance.counted_at.is_(None) | moved.exists())
    return held


def begin(call: Call, count: Count) -> None:
    """Write the lines and hold their balances for this count; one open count has each (I-count)."""
    balances = chosen(call, count)
    if not balances:
        raise BusinessError("这个范围里没有库存，请放宽范围或勾选含零库存批次")
    locked = ledger.lock(call.db, {Key(b.warehouse_id, b.lot_id) for b in balances})
    for balance in locked.values():
        if balance.count_id:
            other = call.db.get_one(Count, balance.count_id)
            raise BusinessError(
                f"{balance.lot.item_name} 批号{balance.lot_no or '无'}"
                f"正在盘点单{other.number}里盘点，请等它结束，或缩小这次的范围"
            )
        balance.count_id, balance.frozen = count.id, count.freeze == _C.HARD
    count.number = count.number or stock_number(call, "PD")
    count.started_at = call.now
    count.lines[:] = [
        CountLine(position=n, item_id=b.item_id, item=b.lot.item, lot_id=b.lot_id, lot=b.lot,
                  recount=False, amount=0, reason=0, note="")
        for n, b in enumerate(balances, 1)
    ]  # fmt: skip


def refuse_frozen(db: Session, balances: Collection[Balance]) -> None:
    """Refuse lots that came after a hard stocktake began and fall within its scope."""
    later = [balance for balance in balances if not balance.count_id]
    places = {balance.warehouse_id for balance in later}
    held = select(Balance.count_id).where(Balance.warehouse_id.in_(places), Balance.count_id != 0)
    hard = select(Count).where(Count.id.in_(held), Count.freeze == _C.HARD)
    for count in db.scalars(hard):
        for balance in later:
            if balance.warehouse_id == count.warehouse_id and _covers(db, count, balance.lot.item):
                what = f"{balance.lot.item_name} 批号{balance.lot_no or '无'}"
                raise LockedByCount(what, count.number or "")


def _covers(db: Session, count: Count, item: Item) -> bool:
    """Whether every lot of an item is within the scope of a count, even one that comes later."""
    if count.scope == _C.BY_CATEGORY:
        path = db.get_one(Category, count.category_id).path
        return db.get_one(Category, item.category_id).path.startswith(path)
    if count.scope == _C.BY_ITEM:
        return any(each.item_id == item.id for each in count.items)
    return count.scope == _C.WHOLE


def books(call: Call, count: Count) -> dict[int, int]:
    """The units on the books now, by lot."""
    chosen = select(Balance.lot_id, Balance.quantity).where(
        Balance.warehouse_id == count.warehouse_id,
        Balance.lot_id.in_([line.lot_id for line in count.lines]),
    )
    return {row[0]: row[1] for row in call.db.execute(chosen)}


def held(call: Call, count: Count) -> dict[int, Balance]:
    """The balances of a count's lines by lot, locked."""
    keys = {Key(count.warehouse_id, line.lot_id) for line in count.lines}
    return {key.lot_id: balance for key, balance in ledger.lock(call.db, keys).items()}


def let_go(call: Call, count: Count) -> None:
    """Free the balances, and settle what waited for them."""
    for balance in call.db.scalars(
        select(Balance).where(Balance.count_id == count.id).with_for_update(of=Balance)
    ):
        balance.count_id, balance.frozen = 0, False
    call.db.flush()
    consumption.resume(call, count.warehouse_id)


def sum_up(count: Count) -> None:
    """Write the sums of the differences to the header."""
    lines = differing(count.lines)
    count.differing, count.amount = len(lines), sum(line.amount for line in lines)


def post(call: Call, count: Count) -> None:
    """Bring the differences on the books, mark what was counted, and free it."""
    balances = held(call, count)
    for balance in balances.values():
        balance.frozen = False
    entries = [_entry(count, line) for line in differing(count.lines)]
    if entries:
        origin = Origin(
            "count", count.id, "post", count.number or "",
            second_operator_id=count.counter_id or 0,
        )  # fmt: skip
        ledger.post(call, origin, entries)
    for line in count.lines:
        if line.counted is not None and line.lot_id in balances:
            balances[line.lot_id].counted_at = call.now
    count.posted_at = call.now
    let_go(call, count)


def _entry(count: Count, line: CountLine) -> Entry:
    units = line.difference or 0
    label = facts.value_label(pb.CountLine.DESCRIPTOR.fields_by_name["reason"], line.reason)
    reason = f"{label} {line.note}".strip()
    code = stock_pb2.Move
    if units > 0:
        return Entry(code.COUNTED_MORE, line.lot, Account.COUNT, count.warehouse_id, units,
                     line.id, reason, line.amount)  # fmt: skip
    return Entry(code.COUNTED_LESS, line.lot, count.warehouse_id, Account.COUNT, -units,
                 line.id, reason)  # fmt: skip


# The sheet ------------------------------------------------------------------------------------


def ask_again(lines: Sequence[CountLine]) -> None:
    """Put lines up for a recount; the first result is kept beside it."""
    for line in lines:
        line.recount = True
        line.first_counted, line.counted, line.counted_at = line.counted, None, None


def refuse_same_counter(call: Call, count: Count) -> None:
    """A recount is another person's."""
    if count.state == _C.RECOUNT and call.user.id == count.counter_id:
        raise SameSecond("复盘不能由初盘人做")


def fill_gaps(call: Call, count: Count, balances: dict[int, Balance]) -> None:
    """Lines nobody counted: as booked, or zero, as the plan says."""
    if count.uncounted != _C.ZERO:
        return
    for line in count.lines:
        if line.counted is None:
            take_down(line, 0, balances.get(line.lot_id), call.now)


def refuse_empty(count: Count, lines: Sequence[CountLine]) -> None:
    """Refuse a sheet on which nothing stands, and a recount with gaps."""
    if count.state == _C.RECOUNT and any(line.counted is None for line in lines):
        raise BusinessError("复盘的每一行都要填写盘点数，确实没有请填 0")
    if all(line.counted is None for line in lines):
        raise Invalid.at("lines", "还没有填写任何盘点数，请先盘点")
