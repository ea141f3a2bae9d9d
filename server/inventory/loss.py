"""What broke, was left over or got lost: out of a doctor's own store, or of any other."""

from collections.abc import Sequence

from sqlalchemy import ForeignKey, Select, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.common.list_pb2 import IdRequest
from protos.inventory import loss_pb2 as pb
from protos.inventory import stock_pb2, warehouse_pb2
from server.admin.person import Person
from server.core.approval import is_first
from server.core.call import Call
from server.core.errors import BusinessError, Invalid
from server.inventory import controlled, ledger, picking, reasons, witness
from server.inventory.document import Bill, BillService, measure, posted
from server.inventory.ledger import Entry, Origin
from server.inventory.ledger_tables import Account
from server.inventory.numbers import LENGTH
from server.inventory.refusals import SameSecond
from server.inventory.taking import TakenLine, reserve, the_lot, value
from server.inventory.warehouse import Warehouse, mine, personal_store, scoped, usable

APPROVERS = ("inventory.loss.approve", "inventory.loss_review.approve")


class Loss(Bill):
    """The header of a loss."""

    __tablename__ = "inventory_loss"

    personal: Mapped[bool]  # out of the maker's own store
    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    task_no: Mapped[str] = mapped_column(String(30), default="", index=True)
    source_no: Mapped[str] = mapped_column(String(LENGTH), default="", index=True)
    witness_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    amount: Mapped[int] = mapped_column(default=0)  # fen

    lines: Mapped[list["LossLine"]] = relationship(
        cascade="all, delete-orphan", order_by="LossLine.position"
    )

    @property
    def controlled(self) -> bool:
        """Whether narcotics or first-class psychotropics are among it."""
        return any(line.item.controlled for line in self.lines)


class LossLine(TakenLine):
    """Units lost, in smallest units, and why."""

    __tablename__ = "inventory_loss_line"

    loss_id: Mapped[int] = mapped_column(ForeignKey(Loss.id), index=True)
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(60), default="")


def refuse_unwitnessed(loss: Loss) -> None:
    """The loss of a controlled drug has a witness who is not its maker."""
    if not loss.controlled:
        return
    if not loss.witness_id:
        raise Invalid.at("witness_id", "麻醉和第一类精神药品的损耗要填写见证人")
    if loss.witness_id == loss.maker_id:
        raise SameSecond("见证人不能是申报人本人")


def write_off(call: Call, loss: Loss) -> None:
    """Take what was lost off the books."""
    picking.release(call.db, loss.warehouse_id, loss.lines)
    moves = ledger.post(
        call,
        Origin("loss", loss.id, "post", loss.number or "", second_operator_id=loss.maker_id,
               occurred_at=loss.occurred_at),
        [
            Entry(stock_pb2.Move.LOST, the_lot(line), loss.warehouse_id, Account.LOSS,
                  line.base_quantity, line.id, reasons.said("loss_reason", line.reason, line.note),
                  unit=line.unit, factor=line.factor)
            for line in loss.lines
        ],
    )  # fmt: skip
    value(loss, moves)
    posted(call, loss)


class LossService(BillService[Loss, pb.Loss]):
    """What both kinds of losses share; the last approval posts."""

    model = Loss
    message = pb.Loss
    page = pb.LossList
    searches = ("number", "task_no", "source_no", "remark")
    personal: bool

    def start(self, call: Call, record: Loss) -> None:
        """Which kind it is."""
        super().start(call, record)
        record.personal = self.personal

    def check(self, call: Call, record: Loss) -> None:
        """The lines make sense; disabled and expired items may be lost too."""
        self.place(call, record)
        measure(call, record.lines, kept=True)
        for row, line in enumerate(record.lines):
            reasons.refuse_unknown("loss_reason", line.reason, f"lines[{row}].reason")
        refuse_unwitnessed(record)

    def place(self, call: Call, record: Loss) -> None:
        """Find or judge the store; raises."""
        raise NotImplementedError

    def prepare(self, call: Call, bill: Loss) -> None:
        """Reserve the lots that were lost."""
        reserve(call, bill.warehouse_id, bill, any_state=True)

    def release(self, call: Call, bill: Loss) -> None:
        """Give the reserved lots up."""
        picking.release(call.db, bill.warehouse_id, bill.lines)

    def Witness(self, call: Call, request: IdRequest) -> pb.Loss:
        """A witness confirms under his own login; not who made or carries it out."""
        record = self.load(call, request)
        witness.attest(call, record.id, (record.maker_id, record.submitter_id))
        return self.save(call, record)

    def complete(self, call: Call, messages: Sequence[pb.Loss]) -> None:
        """Names, and whether the witness has confirmed."""
        super().complete(call, messages)
        witness.fill(call, messages)

    def Approve(self, call: Call, request: IdRequest) -> pb.Loss:
        """Approve what somebody else lost; of controlled drugs a pharmacist is the first to."""
        loss = self.find(call, request.id)
        if is_first(call, loss):
            controlled.refuse_unqualified(call, loss.lines)
        if loss.witness_id == call.user.id:
            raise SameSecond("损耗的见证人和审批人")
        witness.refuse_unattested(call, loss.id, loss.lines, [loss.witness_id])
        return super().Approve(call, request)

    def settle(self, call: Call, bill: Loss) -> None:
        """Take what was lost off the books."""
        write_off(call, bill)


class PersonalLossService(LossService):
    """Losses out of the maker's own store."""

    prefix = "SY"
    personal = True

    def visible(self, call: Call) -> Select[Loss]:
        """The user's own losses and those he witnesses; to approvers those of their warehouses."""
        own = select(Loss).where(Loss.personal)
        if any(call.user.may(each) for each in APPROVERS):
            return scoped(call, own, Loss.warehouse_id)
        return own.where(or_(Loss.maker_id == call.user.id, Loss.witness_id == call.user.id))

    def start(self, call: Call, record: Loss) -> None:
        """A loss is of the user's own store."""
        super().start(call, record)
        self.place(call, record)

    def place(self, call: Call, record: Loss) -> None:
        """The maker's own store."""
        store = personal_store(call, record.maker_id)
        if store is None:
            raise BusinessError("您还没有个人药库，请联系库管员建立")
        record.warehouse_id = store.id


class StoreLossService(LossService):
    """Losses out of warehouses, vehicles, boxes and quarantines."""

    prefix = "BS"
    personal = False

    def visible(self, call: Call) -> Select[Loss]:
        """Of the user's warehouses; and those he witnesses."""
        stores = select(Loss).where(~Loss.personal)
        if call.user.departments is None:
            return stores
        return stores.where(or_(Loss.warehouse_id.in_(mine(call)), Loss.witness_id == call.user.id))

    def place(self, call: Call, record: Loss) -> None:
        """One of the user's stores, but no doctor's own."""
        if not record.warehouse_id:
            raise Invalid.at("warehouse_id", "请选择报损的仓库")
        store = usable(call, record.warehouse_id, "warehouse_id")
        if store.kind == warehouse_pb2.Warehouse.PERSON:
            text = "个人药库的损耗由本人在“个人损耗”页面申报，请另选仓库"
            raise Invalid.at("warehouse_id", text)
