"""Checks that balances are what the ledger adds up to; differences are told, never healed."""

from collections import defaultdict
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select, union_all
from sqlalchemy.orm import Session

from protos import facts
from protos.inventory import (
    box_pb2,
    count_pb2,
    disposal_pb2,
    final_issue_pb2,
    issue_pb2,
    issue_return_pb2,
    loss_pb2,
    recall_pb2,
    receipt_pb2,
    red_pb2,
    requisition_pb2,
    supplier_return_pb2,
)
from server.inventory import consumption, requisition, trace
from server.inventory.backward import BackLine
from server.inventory.box import Box
from server.inventory.box_request import BoxRequest
from server.inventory.count import Count
from server.inventory.disposal import Disposal, DisposalLine
from server.inventory.document import BillService
from server.inventory.final_issue import FinalIssue, FinalIssueLine, FinalIssueService
from server.inventory.issue import Issue, IssueLine
from server.inventory.issue_return import IssueReturn, IssueReturnLine, IssueReturnService
from server.inventory.issue_service import IssueService
from server.inventory.ledger import Key
from server.inventory.ledger_tables import Balance, Move, balanced
from server.inventory.loss import Loss, LossLine, PersonalLossService, StoreLossService
from server.inventory.recall import Recall, RecallNotice
from server.inventory.receipt import Receipt
from server.inventory.red import Red, RedLine, RedService
from server.inventory.requisition import Requisition
from server.inventory.supplier_return import (
    SupplierReturn,
    SupplierReturnLine,
    SupplierReturnService,
)

_R, _I, _L = receipt_pb2.Receipt, issue_pb2.Issue, loss_pb2.Loss
_OVER = frozenset({
    "POSTED", "VOID", "RECEIVED", "PARTLY_RECEIVED", "CANCELLED", "DONE", "CLOSED", "REJECTED",
    "REVERSED", "REVOKED", "COLLECTED", "ENDED",
})  # fmt: skip


class Kept(NamedTuple):
    """A kind of bill: which warehouses it names, and what it reserves in which states."""

    bill: type[Any]
    message: type[Any]
    places: tuple[Any, ...]
    line: type[Any] | None = None  # reserves in the first of the places
    owner: Any = None  # the line's column that names the bill
    reserving: tuple[str, ...] = ("SUBMITTED",)
    services: tuple[type[BillService[Any, Any]], ...] = ()  # of bills that give up stopped lots

    @property
    def held(self) -> ColumnElement[bool]:
        """Of the bills, those that have something reserved."""
        states = [self.message.State.Value(name) for name in self.reserving]
        found: ColumnElement[bool] = self.bill.state.in_(states)
        return found


_BOX = select(Box.warehouse_id).where(Box.id == BoxRequest.box_id).scalar_subquery()
BILLS: list[Kept] = [
    Kept(Receipt, _R, (Receipt.warehouse_id,)),
    Kept(Issue, _I, (Issue.source_id, Issue.target_id), IssueLine, IssueLine.issue_id,
         ("SUBMITTED", "APPROVED"), (IssueService,)),
    Kept(Loss, _L, (Loss.warehouse_id,), LossLine, LossLine.loss_id,
         services=(PersonalLossService, StoreLossService)),
    Kept(FinalIssue, final_issue_pb2.FinalIssue, (FinalIssue.warehouse_id,), FinalIssueLine,
         FinalIssueLine.final_issue_id, ("SUBMITTED", "APPROVED"), (FinalIssueService,)),
    Kept(Red, red_pb2.Red, (Red.warehouse_id, Red.other_id), RedLine, RedLine.red_id,
         services=(RedService,)),
    Kept(IssueReturn, issue_return_pb2.IssueReturn,
         (IssueReturn.warehouse_id, IssueReturn.source_id),
         IssueReturnLine, IssueReturnLine.return_id, services=(IssueReturnService,)),
    Kept(SupplierReturn, supplier_return_pb2.SupplierReturn, (SupplierReturn.warehouse_id,),
         SupplierReturnLine, SupplierReturnLine.return_id, services=(SupplierReturnService,)),
    Kept(Disposal, disposal_pb2.Disposal,  # what is to be destroyed is on its way out of use
         (func.coalesce(Disposal.shut_id, Disposal.warehouse_id), Disposal.warehouse_id),
         DisposalLine, DisposalLine.disposal_id,
         ("SUBMITTED", "APPROVED")),
    Kept(Count, count_pb2.Count, (Count.warehouse_id,)),
    Kept(Requisition, requisition_pb2.Requisition,
         (Requisition.warehouse_id, Requisition.source_id)),
    Kept(BoxRequest, box_pb2.BoxRequest, (BoxRequest.source_id, _BOX)),
    Kept(Recall, recall_pb2.Recall, (Recall.quarantine_id,)),
    Kept(RecallNotice, recall_pb2.RecallNotice, (RecallNotice.warehouse_id,)),
]  # fmt: skip


def folded(db: Session) -> dict[Key, tuple[int, int]]:
    """Quantity and value in every place, virtual ones too, as the movements add up to."""
    came = select(Move.target_id.label("place"), Move.lot_id, Move.quantity, Move.amount)
    went = select(Move.source_id.label("place"), Move.lot_id, -Move.quantity, -Move.amount)
    both = union_all(came, went).subquery()
    sums = func.sum(both.c.quantity), func.sum(both.c.amount)
    rows = db.execute(
        select(both.c.place, both.c.lot_id, *sums).group_by(both.c.place, both.c.lot_id)
    )
    return {Key(row[0], row[1]): (int(row[2]), int(row[3])) for row in rows}


def promised(db: Session) -> dict[Key, int]:
    """Units of every lot that bills not yet posted have reserved."""
    found: dict[Key, int] = defaultdict(int)
    for kept in BILLS:
        if kept.line is None:
            continue
        # Reserves where its movements ended; a return to the supplier where its header says.
        back = issubclass(kept.line, BackLine) and kept.line is not SupplierReturnLine
        place = Move.target_id if back else kept.places[0]
        chosen = (
            select(place, kept.line.lot_id, kept.line.base_quantity)
            .join_from(kept.bill, kept.line, kept.owner == kept.bill.id)
            .where(kept.held)
        )
        if back:
            chosen = chosen.join(Move, Move.id == kept.line.move_id)
        for at, lot_id, quantity in db.execute(chosen):
            if balanced(at):
                found[Key(at, lot_id or 0)] += quantity
    return found


def awaited(db: Session, warehouse_id: int) -> list[str]:
    """The kinds of bills that are not over and name the warehouse, with how many of each."""
    return [
        f"{_label(kept)}{count}张" for kept in BILLS if (count := _open(db, kept, warehouse_id))
    ]


def _open(db: Session, kept: Kept, warehouse_id: int) -> int:
    named = or_(*(place == warehouse_id for place in kept.places))
    chosen = select(func.count(kept.bill.id)).where(
        named, kept.bill.state.not_in(_over(kept.message))
    )
    return db.scalar(chosen) or 0


def _label(kept: Kept) -> str:
    service = facts.service(f"{kept.message.DESCRIPTOR.full_name}Service")
    return facts.of_service(service).label


def _over(message: type[Any]) -> list[int]:
    return [number for name, number in message.State.items() if name in _OVER]


def differences(db: Session) -> list[str]:
    """One sentence for each balance that is not what movements and open bills say."""
    db.flush()
    ledger = {k: v for k, v in folded(db).items() if balanced(k.place)}
    open_bills = promised(db)
    columns = (Balance.quantity, Balance.amount, Balance.reserved)
    rows = db.execute(select(Balance.warehouse_id, Balance.lot_id, *columns))
    kept = {Key(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}
    found = []
    for key in sorted(set(ledger) | set(kept) | set(open_bills)):
        there = kept.get(key, (0, 0, 0))
        should = (*ledger.get(key, (0, 0)), open_bills.get(key, 0))
        if there != should:
            found.append(f"仓库{key.place}批次{key.lot_id}：结存{there}，台账{should}")
    return found + consumption.gaps(db) + trace.gaps(db) + requisition.gaps(db)
