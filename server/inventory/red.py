"""Red reversals (红冲): a posted bill booked by mistake, undone by its mirror image.

No goods move. What is undone must still lie where the bill brought it; what the bill took out of
our stores altogether comes back. A red reversal cannot be reversed itself.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.common.list_pb2 import IdRequest
from protos.inventory import (
    final_issue_pb2,
    issue_pb2,
    issue_return_pb2,
    loss_pb2,
    receipt_pb2,
    stock_pb2,
    supplier_return_pb2,
)
from protos.inventory import red_pb2 as pb
from server.core.call import Call
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.inventory import ledger, mirror
from server.inventory.backward import BackBill, BackLine, BackService, Source, link
from server.inventory.document import Bill
from server.inventory.final_issue import FinalIssue
from server.inventory.issue import Issue, IssueLine
from server.inventory.issue_return import IssueReturn
from server.inventory.ledger_tables import Account, Move
from server.inventory.loss import Loss
from server.inventory.numbers import LENGTH
from server.inventory.receipt import Receipt, ReceiptLine
from server.inventory.requisition import follow
from server.inventory.supplier_return import SupplierReturn
from server.inventory.warehouse import Warehouse, mine, scoped

_C, _K = stock_pb2.Move, pb.Red


class Red(BackBill):
    """The header; ``other_id`` is the store at the other end, if there is one."""

    __tablename__ = "inventory_red"

    kind: Mapped[int]
    original_no: Mapped[str] = mapped_column(String(LENGTH), index=True)
    other_id: Mapped[int | None] = mapped_column(ForeignKey(Warehouse.id), index=True)
    taken_from: Mapped[str] = mapped_column(String(40), default="")
    given_to: Mapped[str] = mapped_column(String(40), default="")
    reopened_issue_id: Mapped[int | None] = mapped_column(ForeignKey(Issue.id))
    reopened_receipt_id: Mapped[int | None] = mapped_column(ForeignKey(Receipt.id))

    lines: Mapped[list["RedLine"]] = relationship(
        cascade="all, delete-orphan", order_by="RedLine.position"
    )


class RedLine(BackLine):
    """A part of one movement of one lot, reversed."""

    __tablename__ = "inventory_red_line"

    red_id: Mapped[int] = mapped_column(ForeignKey(Red.id), index=True)


class Kind(NamedTuple):
    """A kind of bill that may be reversed: in which states, which movements, between what."""

    number: int
    bill: type[Any]
    posted: tuple[int, ...]
    codes: tuple[int, ...]
    store: Callable[[Any], int]  # the store whose stock changes
    other: Callable[[Any], int | None]  # the store at the other end
    shown: tuple[str, ...]  # the services that show it


def _none(_bill: Any) -> None:
    return None


_OF = receipt_pb2.Receipt, issue_pb2.Issue, loss_pb2.Loss
_RECEIPT, _ISSUE, _LOSS = _OF
KINDS = (
    Kind(_K.RECEIPT, Receipt, (_RECEIPT.POSTED,), (_C.PURCHASED, _C.OPENED, _C.RECEIVED_OTHER),
         lambda bill: bill.warehouse_id, _none, ("Receipt",)),
    Kind(_K.ISSUE, Issue, (_ISSUE.RECEIVED, _ISSUE.PARTLY_RECEIVED), (_C.TAKEN_ON,),
         lambda bill: bill.target_id, lambda bill: bill.source_id, ("Issue",)),
    Kind(_K.LOSS, Loss, (_LOSS.POSTED,), (_C.LOST,), lambda bill: bill.warehouse_id, _none,
         ("PersonalLoss", "StoreLoss", "LossRecord")),
    Kind(_K.FINAL_ISSUE, FinalIssue, (final_issue_pb2.FinalIssue.POSTED,),
         (_C.USED_UP, _C.GIVEN_OUT), lambda bill: bill.warehouse_id, _none, ("FinalIssue",)),
    Kind(_K.ISSUE_RETURN, IssueReturn, (issue_return_pb2.IssueReturn.POSTED,), (_C.RETURNED,),
         lambda bill: bill.source_id, lambda bill: bill.warehouse_id, ("IssueReturn",)),
    Kind(_K.SUPPLIER_RETURN, SupplierReturn, (supplier_return_pb2.SupplierReturn.POSTED,),
         (_C.RETURNED_TO_SUPPLIER,), lambda bill: bill.warehouse_id, _none, ("SupplierReturn",)),
)  # fmt: skip


COUNT_DIGITS = (4, 5, 6)  # behind the dash of a number


def spellings(number: str) -> list[str]:
    """What may be kept as a number, typed or scanned (bar codes leave the dash out)."""
    plain = number.strip().upper().replace("-", "")
    return [f"{plain[:-digits]}-{plain[-digits:]}" for digits in COUNT_DIGITS]


def original(call: Call, number: str) -> tuple[Kind, Bill]:
    """The posted bill of that number, of a store of the user's; raises Invalid."""
    for kind in KINDS:
        chosen = select(kind.bill).where(kind.bill.number.in_(spellings(number)))
        bill = call.db.scalars(chosen).first()
        if bill is None:
            continue
        if bill.state not in kind.posted:
            raise Invalid.at("original_no", f"{number}还没有入账，不用红冲；请直接撤回或作废")
        ends = [end for end in (kind.store(bill), kind.other(bill)) if end]
        if not call.db.scalars(mine(call).where(Warehouse.id.in_(ends)).limit(1)).first():
            raise Invalid.at("original_no", f"{number}不在您的管理范围内，请重新填写")
        return kind, bill
    raise Invalid.at(
        "original_no",
        "没有这张已入账的单据，请核对单号；红冲单、盘点单和销毁单不能红冲，"
        "补箱和换箱请在药箱申领单上红冲",
    )


def moves_of(call: Call, kind: Kind, bill: Bill) -> list[Move]:
    """What a bill moved that may be reversed."""
    chosen = select(Move).where(Move.number == bill.number, Move.code.in_(kind.codes))
    return list(call.db.scalars(chosen.order_by(Move.id)))


def note_extent(call: Call, bill: Bill, moves: Sequence[Move]) -> None:
    """Say on the original whether anything is left of it."""
    left = ledger.remaining(call.db, moves)
    rest = any(units for units, _ in left.values())
    bill.red = _K.PARTIAL_RED if rest else _K.RED_REVERSED


class RedService(BackService[Red, pb.Red]):
    """Keeps the red reversals; the supervisor approves, then finance, which posts."""

    model = Red
    message = pb.Red
    page = pb.RedList
    line = RedLine
    prefix = "HC"
    verb = "红冲"
    reasons = "red_reason"
    searches = ("number", "original_no", "note", "remark")

    def visible(self, call: Call) -> Select[Red]:
        """Reversals at the user's warehouses."""
        return scoped(call, select(Red), Red.warehouse_id, Red.other_id)

    def source(self, call: Call, bill: Red) -> Source:
        """The original, once it is posted."""
        kind, found = original(call, bill.original_no)
        bill.original_no = found.number or ""
        moves = moves_of(call, kind, found)
        bill.kind, bill.other_id = kind.number, kind.other(found)
        ends = {moves[0].target_id, self._back_to(bill, moves[0])}
        names = ledger.place_names(call.db, ends)
        bill.taken_from = names[moves[0].target_id]
        bill.given_to = names[self._back_to(bill, moves[0])]
        return Source(found, moves, kind.store(found))

    @staticmethod
    def _back_to(bill: Red, move: Move) -> int:
        """Where a movement came from; what came out of transit goes to the sender."""
        if move.source_id != Account.TRANSIT:
            return move.source_id
        assert bill.other_id is not None  # an issue has a sender
        return bill.other_id

    def target(self, call: Call, bill: Red, line: BackLine) -> int:
        """Back to where it came from."""
        return self._back_to(bill, line.move)

    def code_of(self, line: BackLine) -> int:
        """By what is reversed."""
        return mirror.code_of(line.move)

    def refuse_late(self, call: Call, bill: Red) -> None:
        """A stocktake since then stands against it."""
        others = [bill.other_id] if bill.other_id else []
        mirror.refuse_counted(call, [line.move for line in bill.lines], *others)

    def settle(self, call: Call, bill: Red) -> None:
        """Book the mirror image; the requisition an issue served is served no more."""
        super().settle(call, bill)
        kind, found = original(call, bill.original_no)
        note_extent(call, found, moves_of(call, kind, found))
        link(bill, f"冲销 {bill.original_no}")
        if isinstance(found, Issue):
            follow(call, found)
        call.changed.update(f"inventory.{service}Service" for service in kind.shown)

    def Reopen(self, call: Call, request: IdRequest) -> pb.Red:
        """Make a draft of what was reversed, to be corrected and posted anew."""
        red = self.load(call, request)
        if red.reopened_issue_id or red.reopened_receipt_id:
            raise BusinessError("已经重开过，请打开那张暂存的单据修改")
        _, found = original(call, red.original_no)
        if isinstance(found, Issue):
            red.reopened_issue_id = _kept(call, reopened_issue(call, red, found), "IssueService")
        elif isinstance(found, Receipt):
            made = reopened_receipt(call, red, found)
            red.reopened_receipt_id = _kept(call, made, "ReceiptService")
        else:
            raise BusinessError("只有出库单和入库单可以重开，其他单据请重新填写一张")
        return self.save(call, red)


def _kept(call: Call, draft: Bill, service: str) -> int:
    call.db.add(draft)
    call.db.flush()
    call.changed.add(f"inventory.{service}")
    return draft.id


def _drafted(call: Call, red: Red) -> dict[str, Any]:
    """What every reopened draft begins with."""
    return {
        "business_on": shanghai_date(call.now), "remark": f"红冲{red.number}后重开",
        "maker_id": call.user.id, "created_at": call.now, "created_by": call.user.id,
        "updated_at": call.now,
    }  # fmt: skip


def reopened_issue(call: Call, red: Red, issue: Issue) -> Issue:
    """A draft issue of the reversed units for the same requisition, lots by turn again."""
    serves = {line.id: line.requisition_line_id for line in issue.lines}
    return Issue(
        kind=issue.kind, source_id=issue.source_id, target_id=issue.target_id,
        requisition_id=issue.requisition_id, state=_ISSUE.DRAFT, **_drafted(call, red),
        lines=[
            IssueLine(
                item_id=line.item_id, quantity=line.base_quantity, unit=line.item.base_unit,
                base_quantity=line.base_quantity, position=line.position,
                requisition_line_id=serves.get(line.move.line_id, 0),
            )
            for line in red.lines
        ],
    )  # fmt: skip


def reopened_receipt(call: Call, red: Red, receipt: Receipt) -> Receipt:
    """A draft receipt of the reversed lots, with all that was entered of them."""
    entered = {line.id: line for line in receipt.lines}
    return Receipt(
        kind=receipt.kind, warehouse_id=receipt.warehouse_id, supplier_id=receipt.supplier_id,
        invoice_no=receipt.invoice_no, invoice_on=receipt.invoice_on,
        delivery_no=receipt.delivery_no, acceptor_id=receipt.acceptor_id,
        second_acceptor_id=receipt.second_acceptor_id, state=_RECEIPT.DRAFT,
        **_drafted(call, red),
        lines=[_received_again(entered[line.move.line_id], line) for line in red.lines],
    )  # fmt: skip


def _received_again(entered: ReceiptLine, line: RedLine) -> ReceiptLine:
    even = line.base_quantity % entered.factor == 0
    factor = entered.factor if even else 1
    share = entered.factor // factor  # prices are for one of the line's units
    whole = line.base_quantity == entered.base_quantity
    return ReceiptLine(
        item_id=line.item_id, position=line.position, lot_no=entered.lot_no,
        produced_on=entered.produced_on, expires_on=entered.expires_on, factor=factor,
        unit=entered.unit if even else line.item.base_unit,
        quantity=line.base_quantity // factor, base_quantity=line.base_quantity,
        price=entered.price // share, retail_price=entered.retail_price // share,
        amount=line.base_quantity // factor * (entered.price // share),
        trace_codes=entered.trace_codes if whole else "",
    )  # fmt: skip
