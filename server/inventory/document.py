"""What all stock bills share: header, lines with units, and the way from draft to approved."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

from google.protobuf.message import Message
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from protos import facts
from protos.common.list_pb2 import IdRequest
from protos.facts import Fault
from protos.inventory import item_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from server.admin.person import Person
from server.core.approval import Outcome, decide, refuse_if_decided
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Model, Record
from server.core.duty import refuse_other, refuse_self
from server.core.errors import BusinessError, Forbidden, Invalid
from server.core.mapping import to_datetime
from server.core.numbering import shanghai_date
from server.inventory import witness
from server.inventory.codes import Code
from server.inventory.item import Item
from server.inventory.months import open_since
from server.inventory.numbers import LENGTH, stock_number
from server.inventory.refusals import refuse
from server.inventory.warehouse import Warehouse, refuse_stranger


class Bill(Record):
    """The header of a bill; it gets its number when it is first submitted."""

    __abstract__ = True

    number: Mapped[str | None] = mapped_column(String(LENGTH), unique=True)
    business_on: Mapped[date] = mapped_column(index=True)
    # When it really happened; none: as it was posted.
    occurred_at: Mapped[datetime | None] = mapped_column(index=True)
    remark: Mapped[str] = mapped_column(String(200), default="")
    maker_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    submitter_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    poster_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    posted_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(String(80), default="")
    links: Mapped[str] = mapped_column(String(200), default="")  # bills that took it back
    red: Mapped[int] = mapped_column(default=0)  # how much was reversed in red
    state: Mapped[int] = mapped_column(default=1)

    lines: Any  # list of the bill's own kind of line, in the order of position


class BillLine(Model):
    """A line: so much of an item in one of its units, and that in smallest units."""

    __abstract__ = True

    position: Mapped[int]
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    unit: Mapped[str] = mapped_column(String(8), default="")
    factor: Mapped[int] = mapped_column(default=1)
    quantity: Mapped[int]
    base_quantity: Mapped[int]
    amount: Mapped[int] = mapped_column(default=0)  # fen

    @declared_attr
    @classmethod
    def item(cls) -> Mapped[Item]:
        """What moves."""
        return relationship(Item, lazy="joined", innerjoin=True)

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
        """For print."""
        return self.item.base_unit


def measure(call: Call, lines: Sequence[BillLine], *, kept: bool = False) -> None:
    """Find each line's item and count its quantity in smallest units; raises Invalid.

    With ``kept`` only what the store holds already is moved, so a disabled item may still leave.
    """
    chosen = select(Item).where(Item.id.in_([line.item_id for line in lines]))
    items = {item.id: item for item in call.db.scalars(chosen)}
    refuse([fault for row, line in enumerate(lines) for fault in _measured(row, line, items, kept)])


def _measured(row: int, line: BillLine, items: dict[int, Item], kept: bool) -> Iterator[Fault]:
    item = items.get(line.item_id)
    if item is None:
        yield Fault(f"lines[{row}].item_id", "没有这种物资，请重新选择")
        return
    line.item = item
    if item.state != item_pb2.Item.ACTIVE and not kept:
        yield Fault(f"lines[{row}].item_id", f"{item.title}已停用，请改选或先启用")
    line.factor = item.factor(line.unit or "")
    if not line.factor:
        units = "、".join([item.base_unit, *(pack.name for pack in item.units)])
        yield Fault(
            f"lines[{row}].unit", f"{item.title}没有单位“{line.unit}”，可用：{units}（{Code.UNIT}）"
        )
    line.unit = line.unit or item.base_unit
    line.base_quantity = line.quantity * line.factor
    if not kept and line.factor and line.base_quantity % item.least_step:
        yield Fault(
            f"lines[{row}].quantity",
            f"{item.title}整包装出入，{line.base_quantity}{item.base_unit}不是"
            f"{item.least_step}{item.base_unit}的整倍数，请改数量或单位（{Code.UNIT}）",
        )


def storage_faults(lines: Sequence[BillLine], place: Warehouse) -> Iterator[Fault]:
    """Items a warehouse cannot keep as cold as they must be."""
    lacking: dict[int, str] = {
        item_pb2.Item.COLD: "" if place.cold else "须2-8℃冷藏，这个仓库没有冷藏条件",
        item_pb2.Item.COOL: "" if place.cool else "须阴凉（不超过20℃）保存，这个仓库没有阴凉条件",
    }
    for row, line in enumerate(lines):
        if why := lacking.get(line.item.storage):
            text = f"{line.item.title}{why}；请另选仓库，或在“仓库”页登记条件"
            yield Fault(f"lines[{row}].item_id", text)


B = TypeVar("B", bound=Bill)
P = TypeVar("P", bound=Message)


class BillService(CrudService[B, P]):
    """The verbs of every bill up to its approval; subclasses say what posting does."""

    prefix: ClassVar[str]
    side: ClassVar[str] = "warehouse_id"  # the store whose bill it is; empty: its maker's alone
    searches: ClassVar[Sequence[str]] = ("number", "remark")
    display = "number"
    code = "number"

    def prepare(self, call: Call, bill: B) -> None:
        """What submitting needs beside a good bill: reservations."""

    def release(self, call: Call, bill: B) -> None:
        """Undo prepare."""

    def handed_in(self, call: Call, bill: B) -> None:
        """What follows once a submitted bill has its number."""

    def settle(self, call: Call, bill: B) -> None:
        """What the last approval brings about, where it does: posting."""

    def prefix_of(self, bill: B) -> str:
        """What its number begins with."""
        return self.prefix

    def makers(self, verb: str) -> Sequence[Any]:
        """Who made and who submitted it."""
        return (self.model.maker_id, self.model.submitter_id)

    def start(self, call: Call, record: B) -> None:
        """The user is the maker."""
        record.maker_id = call.user.id

    def complete(self, call: Call, messages: Sequence[P]) -> None:
        """Fill each field x_name from the field x_id."""
        fill_names(call, messages)

    def Create(self, call: Call, request: P) -> P:
        """Begin a draft."""
        refuse_dates(call, request)
        return super().Create(call, request)

    def Update(self, call: Call, request: P) -> P:
        """Change a draft."""
        refuse_dates(call, request)
        return super().Update(call, request)

    def refuse_change(self, call: Call, record: B) -> None:
        """Only its maker changes a draft, so that no approver has a hand in it."""
        if record.maker_id != call.user.id:
            raise BusinessError("只能修改自己制的单据，请联系制单人")

    def Submit(self, call: Call, request: IdRequest) -> P:
        """Check once more, number and hand over for approval."""
        bill = self.load(call, request)
        self.check(call, bill)
        self.prepare(call, bill)
        submit(call, bill, self.prefix_of(bill))
        witness.forget(call, bill.id)
        self.handed_in(call, bill)
        return self.save(call, bill)

    def Withdraw(self, call: Call, request: IdRequest) -> P:
        """Take a bill back before it is approved."""
        bill = self.load(call, request)
        refuse_other(call, bill.maker_id, bill.submitter_id)
        refuse_if_decided(call, bill)
        self.release(call, bill)
        return self.save(call, bill)

    def Approve(self, call: Call, request: IdRequest) -> P:
        """Approve what somebody else made and submitted."""
        bill = self.load(call, request)
        refuse_self(call, bill.submitter_id or 0)
        if decide(call, bill, bill.maker_id) is Outcome.PENDING:
            return self.save(call, bill, move=False)
        approve(call, bill)
        self.settle(call, bill)
        return self.save(call, bill)

    def Reject(self, call: Call, request: ReturnRequest) -> P:
        """Send a bill back to its maker."""
        bill = self.load(call, request)
        decide(call, bill, bill.maker_id, approved=False, comment=request.reason)
        self.release(call, bill)
        bill.returned_reason = call.reason = request.reason
        return self.save(call, bill)

    def Void(self, call: Call, request: ReturnRequest) -> P:
        """Give up a bill that was not posted; its number stays used.

        Its maker may, and who works with the store it is of; not the other side.
        """
        bill = self.load(call, request)
        if call.user.id not in (bill.maker_id, bill.submitter_id):
            self.refuse_other_side(call, bill, "作废")
        if bill.state != self.state("DRAFT"):
            self.release(call, bill)
        bill.returned_reason = call.reason = request.reason
        return self.save(call, bill)

    def refuse_other_side(self, call: Call, bill: B, what: str) -> None:
        """Only who acts for the store whose bill it is goes on."""
        if not self.side:
            raise Forbidden(f"只有制单人能{what}这张单据，请联系制单人")
        store = call.db.get_one(Warehouse, getattr(bill, self.side))
        refuse_stranger(call, store, what=f"{what}它的单据")


def refuse_dates(call: Call, bill: Any) -> None:
    """Refuse a time to come, and one in a month that is closed; raises Invalid.

    ``bill`` is a message. What a month's closing overtakes later is booked into the open one.
    """
    now = call.now
    first = min(open_since(call.db), shanghai_date(now))  # today may always be told
    if bill.business_on:
        day = date.fromisoformat(bill.business_on)
        _refuse_date("business_on", "业务日期", day, shanghai_date(now), first)
    if "occurred_at" in bill.DESCRIPTOR.fields_by_name and bill.HasField("occurred_at"):
        moment = to_datetime(bill.occurred_at)
        if moment > now:
            raise Invalid.at("occurred_at", "发生时间不能晚于现在，请核对")
        _refuse_date("occurred_at", "发生时间", shanghai_date(moment), shanghai_date(now), first)


def _refuse_date(path: str, label: str, day: date, today: date, first: date) -> None:
    if day > today:
        raise Invalid.at(path, f"{label}不能晚于今天，请核对")
    if day < first:
        text = f"{label}所在的月份已结账，最早填{first}（{Code.PERIOD_CLOSED}）"
        raise Invalid.at(path, text)


def submit(call: Call, bill: Bill, prefix: str) -> None:
    """Number a bill and note who submits it."""
    bill.number = bill.number or stock_number(call, prefix)
    bill.submitter_id, bill.submitted_at = call.user.id, call.now
    bill.returned_reason = ""


def approve(call: Call, bill: Bill) -> None:
    """Note who approves; refused to the maker and the submitter."""
    refuse_self(call, bill.maker_id)
    refuse_self(call, bill.submitter_id or 0)
    bill.approver_id, bill.approved_at = call.user.id, call.now


def posted(call: Call, bill: Bill) -> None:
    """Note who posts."""
    bill.poster_id, bill.posted_at = call.user.id, call.now


def total(lines: Sequence[Any], of: Callable[[Any], int]) -> int:
    """The sum over lines."""
    return sum(of(line) for line in lines)


def fill_names(call: Call, messages: Sequence[Any]) -> None:
    """Fill each field x_name of the messages from its field x_id, one query for each service."""
    if not messages:
        return
    pairs = _named(messages[0])
    wanted: dict[str, set[int]] = {}
    for _, ref, service in pairs:
        wanted.setdefault(service, set()).update({getattr(m, ref) for m in messages} - {0})
    found = call.app.registry.ref_names(call, wanted)
    texts = {(name.service, name.id): name.text for name in found}
    for message in messages:
        for field, ref, service in pairs:
            setattr(message, field, texts.get((service, getattr(message, ref)), ""))


def _named(message: Message) -> list[tuple[str, str, str]]:
    fields = {field.name: field for field in facts.fields(message.DESCRIPTOR)}
    found = []
    for name in fields:
        ref = fields.get(f"{name.removesuffix('_name')}_id")
        if name.endswith("_name") and ref is not None:
            found.append((name, ref.name, facts.of_field(ref).ref))
    return found
