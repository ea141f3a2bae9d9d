"""Invoices: each takes the next number of its segment exactly once, prints, and is kept."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos import facts
from protos.common.list_pb2 import Empty, IdRequest
from protos.finance import charge_pb2
from protos.finance import invoice_pb2 as pb
from protos.finance.price_pb2 import PriceItem as Terms
from server.admin.person import Person
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Model, Record
from server.core.duty import refuse_self
from server.core.errors import BusinessError, Invalid, NotFound
from server.core.sealing import Sealed
from server.finance import segment
from server.finance.bill import WAYS, Charge
from server.finance.reprint import approved_for, mark_printed
from server.finance.segment import Segment

_STATE = pb.Invoice
ROOM = 12  # items the form holds


class Invoice(Record):
    """One number, printed for one bill; ``copies`` counts the sheets that were printed of it."""

    __tablename__ = "finance_invoice"
    __table_args__ = (UniqueConstraint("bill_code", "number"),)

    number: Mapped[str] = mapped_column(String(12), index=True)
    bill_code: Mapped[str] = mapped_column(String(12))
    segment_id: Mapped[int] = mapped_column(ForeignKey(Segment.id), index=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey(Charge.id), index=True)
    charge_no: Mapped[str] = mapped_column(String(20))
    task_code: Mapped[str] = mapped_column(String(22))
    payer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    payer_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    sex: Mapped[str] = mapped_column(String(4), default="")
    payer_type: Mapped[int]
    service_on: Mapped[date]
    issued_at: Mapped[datetime] = mapped_column(index=True)
    money_on: Mapped[date] = mapped_column(index=True)
    amount: Mapped[int]  # fen
    reduction: Mapped[int] = mapped_column(default=0)
    cashier_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    cashier_name: Mapped[str] = mapped_column(String(30))
    copies: Mapped[int] = mapped_column(default=1)
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("finance_invoice.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("finance_invoice.id"))
    void_reason: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[int] = mapped_column(default=pb.Invoice.VALID)

    lines: Mapped[list["InvoiceLine"]] = relationship(
        cascade="all, delete-orphan", order_by="InvoiceLine.position"
    )
    parts: Mapped[list["InvoicePart"]] = relationship(
        cascade="all, delete-orphan", order_by="InvoicePart.position"
    )

    payer = Sealed("NAME")


class InvoiceLine(Model):
    """An item as printed."""

    __tablename__ = "finance_invoice_line"

    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    amount: Mapped[int]
    note: Mapped[str] = mapped_column(String(40), default="")


class InvoicePart(Model):
    """How it was paid, as printed."""

    __tablename__ = "finance_invoice_part"

    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id), index=True)
    position: Mapped[int]
    method: Mapped[int]
    amount: Mapped[int]


def printed_lines(charge: Charge) -> list[InvoiceLine]:
    """A line for each item, or for each fee group where the items outnumber the form's room."""
    if len(charge.lines) <= ROOM:
        rows = [(x.name, x.amount, _note(x.charged, x.unit)) for x in charge.lines]
    else:
        labels = facts.of_values(Terms.Group.DESCRIPTOR)
        rows = [(labels[g].label, fee, "") for g, fee in charge.fees.items() if fee]
    return [
        InvoiceLine(position=n, name=name, amount=amount, note=note)
        for n, (name, amount, note) in enumerate(rows, 1)
    ]


def _note(charged: int, unit: str) -> str:
    """How much of it: 9.6公里, 2×半小时."""
    whole, part = divmod(charged, 10)
    figure = f"{whole}.{part}" if part else str(whole)
    return f"{figure}{'×' if unit[:1] in '半0123456789' else ''}{unit}"


def printed_parts(charge: Charge) -> list[InvoicePart]:
    """What was paid by each way."""
    paid = [(way, getattr(charge, column)) for way, column in WAYS.items()]
    there = [(way, amount) for way, amount in paid if amount]
    return [
        InvoicePart(position=n, method=way, amount=amount)
        for n, (way, amount) in enumerate(there, 1)
    ]


def refuse_unready(charge: Charge) -> None:
    """Only a bill paid in full, that has no valid invoice, gets one."""
    if charge.state != charge_pb2.Charge.PAID:
        raise BusinessError("还没有收清，不能开票；请先收款")
    if charge.invoice_no:
        raise BusinessError(f"已开发票{charge.invoice_no}，要再打请申请重打")


def issue(call: Call, charge: Charge, place: Segment) -> Invoice:
    """An invoice of the bill with the segment's next number."""
    number = segment.advance(place)
    charge.invoice_no = number
    made = Invoice(
        number=number, bill_code=place.bill_code, segment_id=place.id, charge_id=charge.id,
        charge_no=charge.charge_no, task_code=charge.task_code, sex=charge.sex,
        payer_type=charge.payer_type, service_on=charge.service_on, issued_at=call.now,
        money_on=charge.money_on, amount=charge.paid, reduction=charge.reduction,
        cashier_id=call.user.id, cashier_name=call.user.name, copies=1, void_reason="",
        created_at=call.now, created_by=call.user.id, updated_at=call.now, state=_STATE.VALID,
    )  # fmt: skip
    made.payer = charge.patient_name or "无名氏"
    made.lines, made.parts = printed_lines(charge), printed_parts(charge)
    call.db.add(made)
    return made


def lock_charge(call: Call, charge_id: int) -> Charge:
    """The bill, locked."""
    charge = call.db.get(Charge, charge_id, with_for_update=True)
    if charge is None:
        raise NotFound("收费单不存在")
    return charge


class InvoiceService(CrudService[Invoice, pb.Invoice]):
    """Issues, prints again, voids."""

    model = Invoice
    message = pb.Invoice
    page = pb.InvoiceList
    searches = ("number", "charge_no", "task_code", "cashier_name")
    display = "number"
    code = "number"
    details = ("charge_no",)

    def visible(self, call: Call) -> Select[Invoice]:
        """Invoices of bills in the user's scope, and the user's own."""
        if call.user.departments is None:
            return select(Invoice)
        bills = select(Charge.id).where(Charge.station_id.in_(call.user.departments))
        ours = Invoice.charge_id.in_(bills) | (Invoice.cashier_id == call.user.id)
        return select(Invoice).where(ours)

    def selectable(self, call: Call) -> Select[Invoice]:
        """Valid ones: what may be printed again."""
        return self.visible(call).where(Invoice.state == _STATE.VALID)

    def opened(self, call: Call, record_ids: Collection[int]) -> Collection[int]:
        """Who prints it knows the name on it."""
        if everything := super().opened(call, record_ids):
            return everything
        own = select(Invoice.id).where(Invoice.id.in_(record_ids))
        return list(call.db.scalars(own.where(Invoice.cashier_id == call.user.id)))

    def refuse_print(self, call: Call, record: Invoice, printed: int) -> None:
        """As many sheets as were issued or allowed, of a valid invoice."""
        if record.state != _STATE.VALID:
            raise BusinessError("这张发票已不是有效状态，不能打印")
        if printed >= record.copies:
            raise BusinessError("这张发票已经打印过；要再打请先申请重打")

    def Next(self, call: Call, request: Empty) -> pb.NextNumber:
        """The number the next invoice will take."""
        place = segment.current(call.db, call.user.id)
        return pb.NextNumber(bill_code=place.bill_code, number=place.next_text, left=place.left)

    def Issue(self, call: Call, request: pb.IssueRequest) -> pb.Invoice:
        """Take the next number for a paid bill; refused if the paper shows another."""
        charge = lock_charge(call, request.charge_id)
        call.app.registry.records("finance.ChargeService").find(call, charge.id)
        refuse_unready(charge)
        place = segment.current(call.db, call.user.id, lock=True)
        if request.expected_no and request.expected_no != place.next_text:
            text = f"系统的下一个号是{place.next_text}，与纸上的不同，请先核对票纸"
            raise Invalid.at("expected_no", text)
        made = issue(call, charge, place)
        _note_others(call)
        return self._to_print(call, made)

    def Reprint(self, call: Call, request: IdRequest) -> pb.Invoice:
        """Print again what was approved: the same number once more, or a new one for it."""
        invoice = self.load(call, request)
        allowed = approved_for(call, invoice.id)
        _note_others(call)
        if allowed.wants_new_number:
            fresh = self._replace(call, invoice)
            mark_printed(call, allowed, fresh.number, fresh.copies)
            return self._to_print(call, fresh)
        invoice.copies += 1
        mark_printed(call, allowed, "", invoice.copies)
        return self._to_print(call, invoice)

    def _to_print(self, call: Call, invoice: Invoice) -> pb.Invoice:
        """The answer with the payer's name whole, whoever prints: a masked one is no voucher."""
        answer = self.save(call, invoice)
        answer.payer = invoice.payer
        call.personal_reads.append(invoice.id)
        return answer

    def _replace(self, call: Call, invoice: Invoice) -> Invoice:
        charge = lock_charge(call, invoice.charge_id)
        place = segment.current(call.db, call.user.id, lock=True)
        fresh = issue(call, charge, place)
        fresh.replaces_id = invoice.id
        call.db.flush()
        invoice.replaced_by_id, invoice.state = fresh.id, _STATE.REPLACED
        self.touch(call, invoice)
        return fresh

    def Void(self, call: Call, request: pb.VoidInvoiceRequest) -> pb.Invoice:
        """Make a wrong sheet worthless; its number stays used. Not by who issued it."""
        invoice = self.load(call, request)
        refuse_self(call, invoice.cashier_id, what="作废")
        invoice.void_reason = call.reason = request.reason
        lock_charge(call, invoice.charge_id).invoice_no = ""
        _note_others(call)
        return self.save(call, invoice)


def cancel_valid(call: Call, charge: Charge) -> None:
    """After paying a bill back its invoice counts no more."""
    valid = select(Invoice).where(Invoice.charge_id == charge.id, Invoice.state == _STATE.VALID)
    for invoice in call.db.scalars(valid.with_for_update()):
        invoice.state, invoice.updated_at = _STATE.REFUNDED, call.now
        call.changed.add("finance.InvoiceService")


def _note_others(call: Call) -> None:
    call.changed.update(
        ("finance.ChargeService", "finance.SegmentService", "finance.ReprintService")
    )
