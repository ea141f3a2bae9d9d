"""Which items the people of a role may request and hold, and how many (角色物资关系).

A person of several roles may what any of them may, up to the greatest of their limits. A role to
which nothing is bound is not limited at all.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, String, case, func, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from protos.common.list_pb2 import Told
from protos.inventory import issue_pb2, item_pb2, stock_pb2, warehouse_pb2
from protos.inventory import role_item_pb2 as pb
from server.admin.person import Grant
from server.admin.role import Role
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Record
from server.core.errors import BusinessError, Invalid
from server.core.numbering import SHANGHAI, shanghai_date
from server.core.reading import ReadService
from server.inventory.category import Category
from server.inventory.codes import Code
from server.inventory.item import Item
from server.inventory.ledger_tables import Balance, Move
from server.inventory.refusals import NotBound, NotRequestable, OverLimit
from server.inventory.warehouse import Warehouse

_BOUND = text(f"state = {pb.RoleItem.BOUND}")


class RoleItem(Record):
    """One binding; ended, it stays as history. Limits are smallest units, 0 for none."""

    __tablename__ = "inventory_role_item"
    __table_args__ = (
        Index(
            "uq_inventory_role_item_bound", "role_id", "item_id", unique=True,
            sqlite_where=_BOUND, postgresql_where=_BOUND,
        ),
    )  # fmt: skip

    role_id: Mapped[int] = mapped_column(ForeignKey(Role.id), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    can_request: Mapped[bool] = mapped_column(default=True)
    can_hold: Mapped[bool] = mapped_column(default=True)
    can_use: Mapped[bool] = mapped_column(default=False)
    most: Mapped[int] = mapped_column(default=0)
    least: Mapped[int] = mapped_column(default=0)
    per_request: Mapped[int] = mapped_column(default=0)
    per_month: Mapped[int] = mapped_column(default=0)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[int] = mapped_column(default=pb.RoleItem.BOUND)

    item: Mapped[Item] = relationship()


# Rules for others -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Limits:
    """What a person may request and hold of one item; 0 for no limit."""

    can_request: bool
    can_hold: bool
    most: int
    least: int
    per_request: int
    per_month: int

    def left(self, there: int, underway: int, lately: int) -> int | None:
        """How many units one more request may ask for; None for no limit.

        ``there`` lie in the store, ``underway`` are asked for or sent, ``lately`` came this month.
        """
        counted = (
            (self.most, there + underway),
            (self.per_request, 0),
            (self.per_month, lately + underway),
        )
        rest = [limit - units for limit, units in counted if limit]
        return max(0, min(rest)) if rest else None


def in_force(day: date) -> Any:
    """The condition that a binding holds on a day."""
    ends = or_(RoleItem.until_on.is_(None), RoleItem.until_on >= day)
    return (RoleItem.state == pb.RoleItem.BOUND) & (RoleItem.from_on <= day) & ends


def roles_of(day: date, person_id: int) -> Select[int]:
    """The ids of the roles a person holds on a day."""
    still = or_(Grant.until_on.is_(None), Grant.until_on >= day)
    return select(Grant.role_id).where(Grant.person_id == person_id, still)


def limits(db: Session, person_id: int, item_ids: Collection[int], day: date) -> dict[int, Limits]:
    """The limits of a person for those of the items that are bound to a role of his."""
    chosen = select(RoleItem).where(
        in_force(day),
        RoleItem.role_id.in_(roles_of(day, person_id)),
        RoleItem.item_id.in_(item_ids),
    )
    by_item: dict[int, list[RoleItem]] = {}
    for bound in db.scalars(chosen):
        by_item.setdefault(bound.item_id, []).append(bound)
    return {item_id: widest(bound) for item_id, bound in by_item.items()}


def widest(bound: Sequence[RoleItem]) -> Limits:
    """The union of several bindings of one item."""

    def greatest(name: str) -> int:
        values = [getattr(each, name) for each in bound]
        return 0 if 0 in values else max(values)

    return Limits(
        any(each.can_request for each in bound), any(each.can_hold for each in bound),
        greatest("most"), max(each.least for each in bound), greatest("per_request"),
        greatest("per_month"),
    )  # fmt: skip


def requestable(db: Session, person_id: int, day: date) -> Select[Item]:
    """The items in use a person may request."""
    active = select(Item).where(Item.state == item_pb2.Item.ACTIVE)
    mine = in_force(day) & RoleItem.role_id.in_(roles_of(day, person_id))
    if db.scalars(select(RoleItem.id).where(mine).limit(1)).first() is None:
        return active
    bound = select(RoleItem.item_id).where(mine, RoleItem.can_request)
    return active.where(Item.id.in_(bound))


def barred(db: Session, people: Collection[int], item_ids: Collection[int], day: date) -> set[int]:
    """Those of the items no role of these people uses; none while none of their roles says so."""
    roles = [role for person in people for role in db.scalars(roles_of(day, person))]
    uses = in_force(day) & RoleItem.role_id.in_(roles) & RoleItem.can_use
    known = set(db.scalars(select(RoleItem.item_id).where(uses)))
    return set(item_ids) - known if known else set()


def bound_items(db: Session, person_id: int, day: date) -> list[Item]:
    """What a person's roles let him hold, by name."""
    held = select(RoleItem.item_id).where(
        in_force(day), RoleItem.role_id.in_(roles_of(day, person_id)), RoleItem.can_hold
    )
    active = Item.state == item_pb2.Item.ACTIVE
    return list(db.scalars(select(Item).where(Item.id.in_(held), active).order_by(Item.title)))


def refuse_owning(call: Call, places: Iterable[int], item: Item) -> None:
    """Refuse a controlled drug to the store of a person whose roles do not hold it."""
    chosen = select(Warehouse).where(
        Warehouse.id.in_(places), Warehouse.kind == warehouse_pb2.Warehouse.PERSON
    )
    for store in call.db.scalars(chosen):
        limit = limits(call.db, store.owner_id or 0, [item.id], shanghai_date(call.now))
        if item.id not in limit or not limit[item.id].can_hold:
            raise BusinessError(
                f"{store.name}的持有人没有持有{item.title}的角色，麻精药品不能进这个药库，"
                f"请先在“角色物资”页面绑定（{Code.NOT_BOUND}）"
            )


def refuse_unbinding(call: Call, bound: RoleItem) -> None:
    """Refuse to take a controlled drug from a role whose people still have some."""
    if not bound.item.controlled:
        return
    people = select(Grant.person_id).where(Grant.role_id == bound.role_id)
    chosen = (
        select(Warehouse.name)
        .join(Balance, Balance.warehouse_id == Warehouse.id)
        .where(Warehouse.owner_id.in_(people), Balance.item_id == bound.item_id)
        .where(Balance.quantity > 0)
    )
    names = sorted(set(call.db.scalars(chosen)))
    if names:
        raise BusinessError(
            f"{'、'.join(names)}里还有{bound.item.title}，请先退库再解绑（{Code.NOT_BOUND}）"
        )


def refuse_requesting(call: Call, lines: Sequence[Any]) -> None:
    """Refuse lines of items the user may not request."""
    mine = requestable(call.db, call.user.id, shanghai_date(call.now)).with_only_columns(Item.id)
    allowed = set(call.db.scalars(mine.where(Item.id.in_({line.item_id for line in lines}))))
    barred = [(row, x.item.title) for row, x in enumerate(lines) if x.item_id not in allowed]
    if barred:
        raise NotRequestable(barred)


def refuse_holding(call: Call, store: Warehouse, lines: Sequence[Any]) -> None:
    """Refuse to give a person more than he may hold, or a controlled drug he may not.

    ``lines`` are what he is to get, beside what lies in his store and is on its way there.
    """
    if store.kind != warehouse_pb2.Warehouse.PERSON or store.owner_id is None:
        return
    day, wanted = shanghai_date(call.now), units_by_item(lines)
    allowed = limits(call.db, store.owner_id, wanted, day)
    there = on_hand(call.db, store.id, wanted)
    lately = got_in_month(call, store.id, wanted)
    items = {line.item_id: line.item for line in lines}
    for row, line in enumerate(lines):
        item, limit = items[line.item_id], allowed.get(line.item_id)
        if item.controlled and (limit is None or not limit.can_hold):
            raise NotBound(f"lines[{row}].item_id", item.title)
        units = wanted[line.item_id]
        total, month = units + there.get(line.item_id, 0), units + lately.get(line.item_id, 0)
        if limit is not None:
            path, unit = f"lines[{row}].quantity", item.base_unit
            refuse_over(path, item.title, "持有", limit.most, total, unit)
            refuse_over(path, item.title, "每次领", limit.per_request, units, unit)
            refuse_over(path, item.title, "每月领", limit.per_month, month, unit)


def refuse_over(path: str, what: str, verb: str, most: int, units: int, unit: str) -> None:
    """Refuse more units than a limit, where there is one."""
    if most and units > most:
        raise OverLimit(path, what, verb, most, units, unit)


def got_in_month(call: Call, warehouse_id: int, item_ids: Collection[int]) -> dict[int, int]:
    """The units of each item a store took on this month, less what it sent back."""
    codes = stock_pb2.Move
    start = shanghai_date(call.now).replace(day=1)
    since = datetime(start.year, start.month, 1, tzinfo=SHANGHAI)
    back = (codes.RETURNED, codes.REVERSED)
    signed = case((Move.code.in_(back), -Move.quantity), else_=Move.quantity)
    came = (Move.target_id == warehouse_id) & (Move.code == codes.TAKEN_ON)
    went = (Move.source_id == warehouse_id) & Move.code.in_(back)
    chosen = (
        select(Move.item_id, func.sum(signed))
        .where(came | went, Move.item_id.in_(item_ids), Move.posted_at >= since)
        .group_by(Move.item_id)
    )
    return {row[0]: int(row[1]) for row in call.db.execute(chosen)}


def units_by_item(lines: Sequence[Any]) -> dict[int, int]:
    """The smallest units of each item on the lines together."""
    found: dict[int, int] = {}
    for line in lines:
        found[line.item_id] = found.get(line.item_id, 0) + line.base_quantity
    return found


def on_hand(db: Session, warehouse_id: int, item_ids: Collection[int]) -> dict[int, int]:
    """The units of each item in a warehouse and on the way into it."""
    from server.inventory.issue import Issue, IssueLine  # issues ask for these rules

    held = select(Balance.item_id, func.sum(Balance.quantity)).where(
        Balance.warehouse_id == warehouse_id, Balance.item_id.in_(item_ids)
    )
    coming = (
        select(IssueLine.item_id, func.sum(IssueLine.base_quantity))
        .join(Issue, Issue.id == IssueLine.issue_id)
        .where(
            Issue.target_id == warehouse_id,
            Issue.state.in_((issue_pb2.Issue.SUBMITTED, issue_pb2.Issue.APPROVED,
                             issue_pb2.Issue.ISSUED)),
            IssueLine.item_id.in_(item_ids),
        )
    )  # fmt: skip
    found: dict[int, int] = {}
    for chosen in (held.group_by(Balance.item_id), coming.group_by(IssueLine.item_id)):
        for item_id, units in db.execute(chosen):
            found[item_id] = found.get(item_id, 0) + int(units)
    return found


# Services -------------------------------------------------------------------------------------


class RoleItemService(CrudService[RoleItem, pb.RoleItem]):
    """Keeps the bindings."""

    model = RoleItem
    message = pb.RoleItem
    page = pb.RoleItemList
    searches = ("reason",)
    display = "reason"

    def complete(self, call: Call, messages: Sequence[pb.RoleItem]) -> None:
        """What the items are called."""
        ids = {message.item_id for message in messages}
        named = select(Item.id, Item.title).where(Item.id.in_(ids))
        titles = {row[0]: row[1] for row in call.db.execute(named)}
        for message in messages:
            message.item_name = titles.get(message.item_id, "")

    def check(self, call: Call, record: RoleItem) -> None:
        """One binding of role and item at a time, with limits that fit together."""
        twin = select(RoleItem).where(
            RoleItem.id != record.id, RoleItem.role_id == record.role_id,
            RoleItem.item_id == record.item_id, RoleItem.state == pb.RoleItem.BOUND,
        )  # fmt: skip
        if call.db.scalars(twin).first():
            raise Invalid.at(
                "item_id", f"这个角色已经绑定了这种物资，请修改原来的定额（{Code.DUPLICATE}）"
            )
        if record.most and record.least > record.most:
            raise Invalid.at("least", "持有下限不能大于上限")

    def Unbind(self, call: Call, request: pb.UnbindRequest) -> pb.RoleItem:
        """End a binding today."""
        bound = self.load(call, request)
        refuse_unbinding(call, bound)
        bound.until_on, bound.reason = shanghai_date(call.now), request.reason
        call.reason = request.reason
        return self.save(call, bound)

    def BindCategory(self, call: Call, request: pb.BindCategoryRequest) -> Told:
        """Bind every item of a category that is not bound yet."""
        category = call.db.get(Category, request.category_id)
        if category is None or call.db.get(Role, request.role_id) is None:
            raise Invalid.at("category_id", "角色或类别不存在，请重新选择")
        below = select(Category.id).where(Category.path.startswith(category.path))
        known = select(RoleItem.item_id).where(
            RoleItem.role_id == request.role_id, RoleItem.state == pb.RoleItem.BOUND
        )
        chosen = select(Item.id).where(
            Item.category_id.in_(below), Item.state == item_pb2.Item.ACTIVE, Item.id.not_in(known)
        )
        new = [_bound(call, request, item_id) for item_id in call.db.scalars(chosen)]
        call.db.add_all(new)
        self.note_change(call)
        return Told(text=f"已绑定{len(new)}种物资")


def _bound(call: Call, request: pb.BindCategoryRequest, item_id: int) -> RoleItem:
    return RoleItem(
        role_id=request.role_id, item_id=item_id, can_request=True, can_hold=True,
        can_use=True, most=request.most, per_request=request.per_request,
        from_on=shanghai_date(call.now),
        created_at=call.now, created_by=call.user.id, updated_at=call.now,
        updated_by=call.user.id,
    )  # fmt: skip


class BoundItemService(ReadService[Item, item_pb2.Item]):
    """What the user's roles may request."""

    contract = pb.DESCRIPTOR
    model = Item
    message = item_pb2.Item
    page = item_pb2.ItemList
    searches = ("codes", "barcode", "code")
    display = "title"
    code = "code"
    details = ("base_unit", "manufacturer")

    def visible(self, call: Call) -> Select[Item]:
        """Items bound to a role of the user; every item, if nothing is."""
        return requestable(call.db, call.user.id, shanghai_date(call.now))
