"""重打发票审核: printing an invoice again is asked for by one person and allowed by another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from protos.common.list_pb2 import IdRequest
from protos.finance import invoice_pb2
from protos.finance import reprint_pb2 as pb
from server.admin.department import Department
from server.admin.person import Person
from server.core import approval
from server.core.approval import Outcome
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Record
from server.core.duty import refuse_other
from server.core.errors import BusinessError, Invalid
from server.core.scope import within
from server.core.sealing import Sealed

_STATE = pb.Reprint
OPEN = (_STATE.SUBMITTED, _STATE.APPROVED)


class Reprint(Record):
    """One request; an approved one allows one sheet."""

    __tablename__ = "finance_reprint"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("finance_invoice.id"), index=True)
    invoice_no: Mapped[str] = mapped_column(String(12), index=True)
    payer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    amount: Mapped[int]  # fen
    way: Mapped[int]
    reason: Mapped[int]
    detail: Mapped[str] = mapped_column(String(80), default="")
    requester_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey(Department.id), index=True)
    requested_at: Mapped[datetime] = mapped_column(index=True)
    copies: Mapped[int]
    new_no: Mapped[str] = mapped_column(String(12), default="")
    approver_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    comment: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
    printed_at: Mapped[datetime | None]
    state: Mapped[int] = mapped_column(default=pb.Reprint.SUBMITTED, index=True)

    payer = Sealed("NAME")

    @property
    def wants_new_number(self) -> bool:
        """Whether the old sheet is given up for a new number."""
        return self.way == _STATE.NEW_NUMBER


def approved_for(call: Call, invoice_id: int) -> Reprint:
    """The approved request that allows the sheet, locked; refused without one."""
    chosen = (
        select(Reprint)
        .where(Reprint.invoice_id == invoice_id, Reprint.state.in_(OPEN))
        .order_by(Reprint.state.desc())
        .with_for_update()
    )
    found = call.db.scalars(chosen).first()
    if found is None:
        raise BusinessError("没有批准的重打申请，请先在“重打发票审核”申请")
    if found.state != _STATE.APPROVED:
        raise BusinessError("重打申请还没有审核通过，请等另一位有权限的人员审核")
    return found


def mark_printed(call: Call, request: Reprint, new_no: str, copies: int) -> None:
    """The approval is used up."""
    request.state, request.printed_at, request.updated_at = _STATE.DONE, call.now, call.now
    request.new_no, request.copies, request.updated_by = new_no, copies, call.user.id


class ReprintService(CrudService[Reprint, pb.Reprint]):
    """Takes the requests and decides them."""

    model = Reprint
    message = pb.Reprint
    page = pb.ReprintList
    searches = ("invoice_no", "new_no", "detail")
    display = "invoice_no"

    def visible(self, call: Call) -> Select[Reprint]:
        """Requests of the user's departments, and the user's own."""
        return within(call, select(Reprint), Reprint.department_id, Reprint.requester_id)

    def makers(self, verb: str) -> Sequence[Any]:
        """Who asked."""
        return (Reprint.requester_id,)

    def start(self, call: Call, record: Reprint) -> None:
        """Take over what the invoice says; one open request for each."""
        invoices = call.app.registry.records("finance.InvoiceService")
        invoice = invoices.find(call, record.invoice_id, lock=True)
        if invoice.state != invoice_pb2.Invoice.VALID:
            raise Invalid.at("invoice_id", "这张发票已不是有效状态，不能重打")
        there = select(Reprint).where(
            Reprint.invoice_id == record.invoice_id, Reprint.state.in_(OPEN)
        )
        if call.db.scalars(there).first():
            raise Invalid.at("invoice_id", "这张发票已有重打申请在处理，请勿重复申请")
        record.invoice_no, record.amount, record.copies = (
            invoice.number, invoice.amount, invoice.copies,
        )  # fmt: skip
        record.payer = invoice.payer
        record.requester_id, record.requested_at = call.user.id, call.now
        record.department_id = call.user.department_id

    def check(self, call: Call, record: Reprint) -> None:
        """“Other” is explained."""
        if record.reason == _STATE.OTHER and not record.detail:
            raise Invalid.at("detail", "原因选“其他”时请说明情况")

    def Approve(self, call: Call, request: pb.DecideReprintRequest) -> pb.Reprint:
        """Allow one sheet; signed, and never by who asked."""
        record = self.load(call, request)
        outcome = approval.decide(call, record, record.requester_id, comment=request.comment)
        self._note(call, record, request.comment)
        return self.save(call, record, move=outcome is Outcome.APPROVED)

    def Withdraw(self, call: Call, request: IdRequest) -> pb.Reprint:
        """Who asked no longer needs the sheet."""
        record = self.load(call, request)
        refuse_other(call, record.requester_id)
        approval.refuse_if_decided(call, record)
        return self.save(call, record)

    def Reject(self, call: Call, request: pb.RejectReprintRequest) -> pb.Reprint:
        """Refuse the sheet."""
        record = self.load(call, request)
        approval.decide(call, record, record.requester_id, approved=False, comment=request.comment)
        self._note(call, record, request.comment)
        return self.save(call, record)

    def _note(self, call: Call, record: Reprint, comment: str) -> None:
        record.approver_id, record.decided_at = call.user.id, call.now
        record.comment = call.reason = comment
