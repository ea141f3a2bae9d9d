"""Price lists by version: drafted, approved by a second person, never edited once in force."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from protos.common.list_pb2 import IdRequest
from protos.facts import Fault
from protos.finance import price_pb2 as pb
from server.admin.person import Person
from server.core.call import Call
from server.core.codes import codes
from server.core.crud import CrudService
from server.core.db import Model, Record
from server.core.duty import refuse_other, refuse_self
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.core.reading import ReadService
from server.inventory.item import Item


class PriceList(Record):
    """One version: in force from a day, to a day or to the next version."""

    __tablename__ = "finance_price_list"

    name: Mapped[str] = mapped_column(String(40))
    doc_no: Mapped[str] = mapped_column(String(40))
    from_on: Mapped[date] = mapped_column(index=True)
    until_on: Mapped[date | None]
    state: Mapped[int] = mapped_column(default=pb.PriceList.DRAFT)
    maker_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    submitter_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    approved_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(String(80), default="")

    items: Mapped[list["PriceItem"]] = relationship(
        cascade="all, delete-orphan", order_by="PriceItem.position", back_populates="price_list"
    )


class PriceItem(Model):
    """One thing charged for. Prices are fen, all quantities tenths of what is counted."""

    __tablename__ = "finance_price_item"
    __table_args__ = (UniqueConstraint("list_id", "code"),)

    list_id: Mapped[int] = mapped_column(ForeignKey(PriceList.id))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(40))
    spec: Mapped[str] = mapped_column(String(40), default="")
    group: Mapped[int]
    basis: Mapped[int]
    unit: Mapped[str] = mapped_column(String(10))
    price: Mapped[int]  # fen for one unit
    per: Mapped[int]  # what one unit holds
    step: Mapped[int]
    rounding: Mapped[int]
    free: Mapped[int] = mapped_column(default=0)
    upto: Mapped[int] = mapped_column(default=0)  # 0: no end
    least: Mapped[int] = mapped_column(default=0)
    cap: Mapped[int] = mapped_column(default=0)  # fen a run; 0: none
    automatic: Mapped[bool] = mapped_column(default=False)
    item_id: Mapped[int | None] = mapped_column(ForeignKey(Item.id), index=True)
    measure: Mapped[str] = mapped_column(String(20), default="")
    national_code: Mapped[str] = mapped_column(String(32), default="")
    wuqi_code: Mapped[str] = mapped_column(String(32), default="")
    codes: Mapped[str] = mapped_column(String(400), default="")

    price_list: Mapped[PriceList] = relationship(back_populates="items")


IN_FORCE = (pb.PriceList.ACTIVE, pb.PriceList.RETIRED)  # a retired version holds for its days


def in_force(db: Session, day: date) -> PriceList:
    """The version that prices a service of that Shanghai day; BusinessError if there is none."""
    chosen = (
        select(PriceList)
        .where(PriceList.state.in_(IN_FORCE), PriceList.from_on <= day)
        .where(PriceList.until_on.is_(None) | (PriceList.until_on >= day))
        .order_by(PriceList.from_on.desc(), PriceList.approved_at.desc())
    )
    found = db.scalars(chosen.limit(1)).first()
    if found is None:
        raise BusinessError(f"{day}没有生效的价目，请财务先审核一个价目版本")
    return found


def list_faults(price_list: PriceList) -> Iterator[Fault]:
    """An end before the beginning, an item twice, a tier that ends before it begins."""
    if price_list.until_on is not None and price_list.until_on < price_list.from_on:
        yield Fault("until_on", "失效日期不能早于生效日期")
    seen: dict[str, int] = {}
    things: dict[int, int] = {}
    for row, item in enumerate(price_list.items):
        if item.code in seen:
            yield Fault(f"items[{row}].code", f"编码与第{seen[item.code] + 1}行重复，请改编码")
        seen.setdefault(item.code, row)
        if item.item_id and item.item_id in things:
            first = things[item.item_id] + 1
            yield Fault(f"items[{row}].item_id", f"第{first}行已对应这种物资，请只留一行")
        things.setdefault(item.item_id or 0, row)
        if item.upto and item.upto <= (item.free or 0):
            yield Fault(f"items[{row}].upto", "计至必须大于免收量，或填0不限")


def refuse_backdating(price_list: PriceList, today: date, first: bool) -> None:
    """A version takes effect today or later: what was charged stays as it was charged.

    The very first version may begin in the past.
    """
    if price_list.from_on < today and not first:
        raise BusinessError(f"生效日期{price_list.from_on}已过，请退回改为{today}或以后")


class PriceListService(CrudService[PriceList, pb.PriceList]):
    """Keeps the versions."""

    model = PriceList
    message = pb.PriceList
    page = pb.PriceListList
    searches = ("name", "doc_no")

    def makers(self, verb: str) -> Sequence[Any]:
        """Who made and who submitted it."""
        return (PriceList.maker_id, PriceList.submitter_id)

    def start(self, call: Call, record: PriceList) -> None:
        """The user is the maker."""
        record.maker_id = call.user.id

    def check(self, call: Call, record: PriceList) -> None:
        """A sound list; lookup codes follow the names."""
        if faults := list(list_faults(record)):
            raise Invalid(*faults)
        for item in record.items:
            item.codes = codes(item.name, item.code)

    def Copy(self, call: Call, request: pb.CopyPriceRequest) -> pb.PriceList:
        """A draft with the same items under a new name."""
        old = self.load(call, request)
        fresh: pb.PriceList = self.mapping.to_message(old)  # type: ignore[assignment]
        fresh.name, fresh.doc_no, fresh.from_on = request.name, request.doc_no, request.from_on
        fresh.until_on = ""
        for item in fresh.items:
            item.id = 0
        return self.Create(call, fresh)

    def Submit(self, call: Call, request: IdRequest) -> pb.PriceList:
        """Hand a draft over for approval."""
        price_list = self.load(call, request)
        self.check(call, price_list)
        price_list.submitter_id = call.user.id
        price_list.returned_reason = ""
        return self.save(call, price_list)

    def Withdraw(self, call: Call, request: IdRequest) -> pb.PriceList:
        """Take a version back to go on with it."""
        price_list = self.load(call, request)
        refuse_other(call, price_list.maker_id, price_list.submitter_id)
        return self.save(call, price_list)

    def Approve(self, call: Call, request: IdRequest) -> pb.PriceList:
        """Put a version in force from its day on."""
        price_list = self.load(call, request)
        refuse_self(call, price_list.maker_id)
        refuse_self(call, price_list.submitter_id or 0)
        others = select(PriceList).where(PriceList.state.in_(IN_FORCE))
        rivals = list(call.db.scalars(others))
        refuse_backdating(price_list, shanghai_date(call.now), first=not rivals)
        if any(rival.from_on == price_list.from_on for rival in rivals):
            raise BusinessError(f"已有{price_list.from_on}生效的版本，请退回改生效日期")
        price_list.approver_id, price_list.approved_at = call.user.id, call.now
        return self.save(call, price_list)

    def Reject(self, call: Call, request: pb.RejectPriceRequest) -> pb.PriceList:
        """Send a version back to its maker."""
        price_list = self.load(call, request)
        price_list.returned_reason = call.reason = request.reason
        return self.save(call, price_list)

    def Retire(self, call: Call, request: pb.RejectPriceRequest) -> pb.PriceList:
        """End a version with today."""
        price_list = self.load(call, request)
        today = shanghai_date(call.now)
        price_list.until_on = min(price_list.until_on or today, today)
        price_list.returned_reason = call.reason = request.reason
        return self.save(call, price_list)


class PriceItemService(ReadService[PriceItem, pb.PriceItem]):
    """Shows the items; lookups offer those in force today."""

    model = PriceItem
    message = pb.PriceItem
    page = pb.PriceItemList
    searches = ("codes", "code")
    code = "code"
    details = ("spec", "unit")

    def selectable(self, call: Call) -> Select[PriceItem]:
        """The items of today's version."""
        return select(PriceItem).where(
            PriceItem.list_id == in_force(call.db, shanghai_date(call.now)).id
        )
