"""Empty ampoules of controlled drugs: handed in by who used them, received by a second person."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from protos.common.list_pb2 import IdRequest
from protos.inventory import empties_pb2 as pb
from protos.inventory.bill_pb2 import ReturnRequest
from server.admin.person import Person
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Record
from server.core.duty import refuse_self
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.core.scope import within
from server.inventory.document import fill_names
from server.inventory.item import Item
from server.inventory.ledger_tables import Lot
from server.inventory.numbers import LENGTH, stock_number

PREFIX = "KA"
RECEIVE = "inventory.empties.receive"
SHOWING = (
    "inventory.EmptiesBalanceService", "inventory.RegisterService",
    "inventory.RegisterEntryService",
)  # fmt: skip


class EmptiesReturn(Record):
    """So many empty ampoules of one lot, used on one day by one person."""

    __tablename__ = "inventory_empties_return"

    number: Mapped[str] = mapped_column(String(LENGTH), unique=True)
    business_on: Mapped[date] = mapped_column(index=True)  # the day of use, in Shanghai
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id))
    quantity: Mapped[int] = mapped_column(default=0)
    broken: Mapped[int] = mapped_column(default=0)  # used, but no longer there to hand in
    task_no: Mapped[str] = mapped_column(String(30), default="")
    remark: Mapped[str] = mapped_column(String(80), default="")
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id), index=True)
    received_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[int] = mapped_column(default=pb.EmptiesReturn.HANDED_IN)

    lot: Mapped[Lot] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])

    @property
    def lot_no(self) -> str:
        """For print."""
        return self.lot.lot_no


def seen_by(
    call: Call,
    chosen: Select[Any],
    department: InstrumentedAttribute[Any],
    person: InstrumentedAttribute[Any],
) -> Select[Any]:
    """A user's own rows; to who receives empties those of the departments he looks after."""
    if call.user.may(RECEIVE):
        return within(call, chosen, department, person)
    return chosen.where(person == call.user.id)


class EmptiesService(CrudService[EmptiesReturn, pb.EmptiesReturn]):
    """Keeps what was handed in; two people stand for each record."""

    model = EmptiesReturn
    message = pb.EmptiesReturn
    page = pb.EmptiesReturnList
    searches = ("number", "task_no", "remark")
    display = "number"
    code = "number"

    def visible(self, call: Call) -> Select[EmptiesReturn]:
        """The user's own; to receivers those of their departments."""
        chosen = select(EmptiesReturn).join(Person, Person.id == EmptiesReturn.person_id)
        return seen_by(call, chosen, Person.department_id, EmptiesReturn.person_id)

    def start(self, call: Call, record: EmptiesReturn) -> None:
        """Who registers is who hands in."""
        record.person_id = call.user.id
        record.number = stock_number(call, PREFIX)

    def check(self, call: Call, record: EmptiesReturn) -> None:
        """Something of a controlled drug's lot, used no later than today."""
        item, lot = call.db.get(Item, record.item_id), call.db.get(Lot, record.lot_id)
        if item is None or not item.controlled:
            raise Invalid.at("item_id", "只登记麻醉和第一类精神药品的空安瓿，请重新选择")
        if lot is None or lot.item_id != item.id:
            raise Invalid.at("lot_id", f"这个批号不是{item.title}的，请重新选择")
        if record.business_on > shanghai_date(call.now):
            raise Invalid.at("business_on", "使用日期不能晚于今天")
        if not record.quantity and not record.broken:
            raise Invalid.at("quantity", "请填写交回的空安瓿数或碎失数")
        if record.broken and not record.remark:
            raise Invalid.at("remark", "有碎失的空安瓿，请在备注写明经过")
        record.lot = lot

    def complete(self, call: Call, messages: Sequence[pb.EmptiesReturn]) -> None:
        """Names for print."""
        fill_names(call, messages)

    def Update(self, call: Call, request: pb.EmptiesReturn) -> pb.EmptiesReturn:
        """Change what waits to be received; only who handed it in does."""
        self._own(call, request.id)
        return super().Update(call, request)

    def Void(self, call: Call, request: ReturnRequest) -> pb.EmptiesReturn:
        """Take back what was registered by mistake, for a reason."""
        self._own(call, request.id)
        return self._ended(call, request)

    def Receive(self, call: Call, request: IdRequest) -> pb.EmptiesReturn:
        """Take them in, counted; not by who hands them in."""
        record = self.load(call, request)
        refuse_self(call, record.person_id, what="接收")
        record.receiver_id, record.received_at = call.user.id, call.now
        return self._saved(call, record)

    def Refuse(self, call: Call, request: ReturnRequest) -> pb.EmptiesReturn:
        """Do not take them in, for a reason."""
        return self._ended(call, request)

    def Reopen(self, call: Call, request: ReturnRequest) -> pb.EmptiesReturn:
        """Let what was received by mistake wait again, for a reason."""
        record = self.load(call, request)
        refuse_self(call, record.person_id, what="撤销接收")
        record.receiver_id = record.received_at = None
        record.returned_reason = call.reason = request.reason
        return self._saved(call, record)

    def _own(self, call: Call, record_id: int) -> None:
        if self.find(call, record_id).person_id != call.user.id:
            raise BusinessError("只能修改自己交回的登记，请联系交回人；数量不符请按“不接收”")

    def _ended(self, call: Call, request: ReturnRequest) -> pb.EmptiesReturn:
        record = self.load(call, request)
        record.returned_reason = call.reason = request.reason
        return self._saved(call, record)

    def _saved(self, call: Call, record: EmptiesReturn) -> pb.EmptiesReturn:
        call.changed.update(SHOWING)
        return self.save(call, record)
