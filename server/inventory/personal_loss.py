"""What broke, was left over or got lost out of a doctor's own store."""

from collections.abc import Sequence

from sqlalchemy import ForeignKey, Select, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.common.list_pb2 import IdRequest
from protos.inventory import personal_loss_pb2 as pb
from protos.inventory import stock_pb2
from server.admin.person import Person
from server.core.call import Call
from server.core.errors import BusinessError, Invalid
from server.inventory import controlled, ledger, picking, reasons, witness
from server.inventory.document import Bill, BillService, measure, posted
from server.inventory.ledger import Account, Entry, Origin
from server.inventory.refusals import SameSecond
from server.inventory.taking import TakenLine, reserve, the_lot
from server.inventory.warehouse import Warehouse, personal_store, scoped

APPROVE = "inventory.loss.approve"


class PersonalLoss(Bill):
    """The header of a loss."""

    __tablename__ = "inventory_personal_loss"

    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    task_no: Mapped[str] = mapped_column(String(30), default="")
    witness_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))

    lines: Mapped[list["LossLine"]] = relationship(
        cascade="all, delete-orphan", order_by="LossLine.position"
    )


class LossLine(TakenLine):
    """Units lost, in smallest units, and why."""

    __tablename__ = "inventory_personal_loss_line"

    loss_id: Mapped[int] = mapped_column(ForeignKey(PersonalLoss.id), index=True)
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(60), default="")


def refuse_unwitnessed(loss: PersonalLoss) -> None:
    """The loss of a controlled drug has a witness who is not its maker."""
    if not any(line.item.controlled for line in loss.lines):
        return
    if not loss.witness_id:
        raise Invalid.at("witness_id", "麻醉和第一类精神药品的损耗要填写见证人")
    if loss.witness_id == loss.maker_id:
        raise SameSecond("见证人不能是申报人本人")


def write_off(call: Call, loss: PersonalLoss) -> None:
    """Take what was lost off the books."""
    picking.release(call.db, loss.warehouse_id, loss.lines)
    moves = ledger.post(
        call,
        Origin("personal_loss", loss.id, "post", loss.number or "",
               second_operator_id=loss.maker_id),
        [
            Entry(stock_pb2.Move.LOST, the_lot(line), loss.warehouse_id, Account.LOSS,
                  line.base_quantity, line.id, reasons.said("loss_reason", line.reason, line.note))
            for line in loss.lines
        ],
    )  # fmt: skip
    for line, move in zip(loss.lines, moves, strict=True):
        line.amount = move.amount
    posted(call, loss)


class PersonalLossService(BillService[PersonalLoss, pb.PersonalLoss]):
    """Keeps the losses; approving one posts it."""

    model = PersonalLoss
    message = pb.PersonalLoss
    page = pb.PersonalLossList
    prefix = "SY"
    searches = ("number", "task_no", "remark")

    def visible(self, call: Call) -> Select[PersonalLoss]:
        """The user's own losses and those he witnesses; to approvers those of their warehouses."""
        if call.user.may(APPROVE):
            return scoped(call, select(PersonalLoss), PersonalLoss.warehouse_id)
        own = or_(PersonalLoss.maker_id == call.user.id, PersonalLoss.witness_id == call.user.id)
        return select(PersonalLoss).where(own)

    def start(self, call: Call, record: PersonalLoss) -> None:
        """A loss is of the user's own store."""
        super().start(call, record)
        store = personal_store(call, call.user.id)
        if store is None:
            raise BusinessError("您还没有个人药库，请联系库管员建立")
        record.warehouse_id = store.id

    def check(self, call: Call, record: PersonalLoss) -> None:
        """The lines make sense; disabled and expired items may be lost too."""
        measure(call, record.lines, kept=True)
        for row, line in enumerate(record.lines):
            reasons.refuse_unknown("loss_reason", line.reason, f"lines[{row}].reason")
        refuse_unwitnessed(record)

    def prepare(self, call: Call, bill: PersonalLoss) -> None:
        """Reserve the lots that were lost."""
        lines = list(bill.lines)
        reserve(call, bill.warehouse_id, lines, lambda _: None, any_state=True)
        bill.lines[:] = lines

    def release(self, call: Call, bill: PersonalLoss) -> None:
        """Give the reserved lots up."""
        picking.release(call.db, bill.warehouse_id, bill.lines)

    def Witness(self, call: Call, request: IdRequest) -> pb.PersonalLoss:
        """A witness confirms under his own login; not who made or carries it out."""
        record = self.load(call, request)
        witness.attest(call, record.id, (record.maker_id, record.submitter_id))
        return self.save(call, record)

    def complete(self, call: Call, messages: Sequence[pb.PersonalLoss]) -> None:
        """Names, and whether the witness has confirmed."""
        super().complete(call, messages)
        witness.fill(call, messages)

    def Approve(self, call: Call, request: IdRequest) -> pb.PersonalLoss:
        """Approve what somebody else lost; controlled drugs are a pharmacist's to approve."""
        loss = self.find(call, request.id)
        controlled.refuse_unqualified(call, loss.lines)
        if loss.witness_id == call.user.id:
            raise SameSecond("损耗的见证人和审批人")
        witness.refuse_unattested(call, loss.id, loss.lines, [loss.witness_id])
        return super().Approve(call, request)

    def settle(self, call: Call, bill: PersonalLoss) -> None:
        """Take what was lost off the books."""
        write_off(call, bill)
