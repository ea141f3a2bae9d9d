"""Paying a bill back: whole, asked for by one person, allowed by another, by the original ways."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from protos.common.list_pb2 import IdRequest
from protos.finance import charge_pb2
from protos.finance import refund_pb2 as pb
from server.admin.person import Person
from server.core import approval, numbering
from server.core.approval import Outcome
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Record
from server.core.duty import refuse_other
from server.core.errors import Invalid
from server.finance import payment
from server.finance.bill import Charge, count_money
from server.finance.invoice import cancel_valid, lock_charge

_BILL = charge_pb2.Charge


class Refund(Record):
    """One request; what it pays back are the red payments of the bill."""

    __tablename__ = "finance_refund"

    number: Mapped[str] = mapped_column(String(20), unique=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey(Charge.id), index=True)
    amount: Mapped[int]  # fen
    reason: Mapped[str] = mapped_column(String(80))
    requester_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    requested_at: Mapped[datetime] = mapped_column(index=True)
    approver_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]
    comment: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[int] = mapped_column(default=pb.Refund.SUBMITTED)


class RefundService(CrudService[Refund, pb.Refund]):
    """Takes the requests, and pays back what is approved."""

    model = Refund
    message = pb.Refund
    page = pb.RefundList
    searches = ("number", "reason")
    display = "number"
    code = "number"

    def visible(self, call: Call) -> Select[Refund]:
        """Refunds of bills in the user's scope, and the user's own."""
        if call.user.departments is None:
            return select(Refund)
        bills = select(Charge.id).where(Charge.station_id.in_(call.user.departments))
        ours = Refund.charge_id.in_(bills) | (Refund.requester_id == call.user.id)
        return select(Refund).where(ours)

    def makers(self, verb: str) -> Sequence[Any]:
        """Who asked."""
        return (Refund.requester_id,)

    def start(self, call: Call, record: Refund) -> None:
        """Number the request and hold the bill: it cannot be paid back twice."""
        charge = lock_charge(call, record.charge_id)
        if charge.state != _BILL.PAID or charge.paid <= 0:
            raise Invalid.at("charge_id", "只有已收的收费单可以退费")
        charge.state, charge.updated_at = _BILL.REFUNDING, call.now
        record.number = numbering.document_number(call, "TF")
        record.amount = charge.paid
        record.requester_id, record.requested_at = call.user.id, call.now
        call.changed.add("finance.ChargeService")

    def Approve(self, call: Call, request: IdRequest) -> pb.Refund:
        """Pay back; the money leaves the desk of who asked."""
        record = self.load(call, request)
        outcome = approval.decide(call, record, record.requester_id)
        record.approver_id, record.decided_at = call.user.id, call.now
        if outcome is Outcome.APPROVED:
            self._pay_back(call, record)
        return self.save(call, record, move=outcome is Outcome.APPROVED)

    def _pay_back(self, call: Call, record: Refund) -> None:
        charge = lock_charge(call, record.charge_id)
        day = payment.money_day(call, record.requester_id)
        charge.payments += payment.reverse(call, charge.payments, record.requester_id, day)
        count_money(charge)
        charge.state, charge.slot = _BILL.REFUNDED, None
        charge.reason = record.reason
        cancel_valid(call, charge)
        call.changed.update(("finance.ChargeService", "finance.PaymentService"))

    def Withdraw(self, call: Call, request: IdRequest) -> pb.Refund:
        """Who asked changes his mind; the bill is as it was."""
        record = self.load(call, request)
        refuse_other(call, record.requester_id)
        approval.refuse_if_decided(call, record)
        self._release(call, record)
        return self.save(call, record)

    def _release(self, call: Call, record: Refund) -> None:
        charge = lock_charge(call, record.charge_id)
        charge.state, charge.updated_at = _BILL.PAID, call.now
        call.changed.add("finance.ChargeService")

    def Reject(self, call: Call, request: pb.RejectRefundRequest) -> pb.Refund:
        """Keep the money; the bill is as it was."""
        record = self.load(call, request)
        approval.decide(call, record, record.requester_id, approved=False, comment=request.comment)
        record.approver_id, record.decided_at = call.user.id, call.now
        record.comment = call.reason = request.comment
        self._release(call, record)
        return self.save(call, record)
