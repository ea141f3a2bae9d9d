"""Checks that balances are what the ledger adds up to; differences are told, never healed."""

from collections import defaultdict

from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import Session

from protos.inventory import issue_pb2, personal_loss_pb2, receipt_pb2
from server.inventory import consumption, requisition, trace
from server.inventory.issue import Issue, IssueLine
from server.inventory.ledger import Balance, Key, Move, balanced
from server.inventory.personal_loss import LossLine, PersonalLoss
from server.inventory.receipt import Receipt

_R, _I, _L = receipt_pb2.Receipt, issue_pb2.Issue, personal_loss_pb2.PersonalLoss
_HELD = (_I.SUBMITTED, _I.APPROVED)


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
    issues = (
        select(Issue.source_id, IssueLine.lot_id, IssueLine.base_quantity)
        .join(IssueLine, IssueLine.issue_id == Issue.id)
        .where(Issue.state.in_(_HELD))
    )
    losses = (
        select(PersonalLoss.warehouse_id, LossLine.lot_id, LossLine.base_quantity)
        .join(LossLine, LossLine.loss_id == PersonalLoss.id)
        .where(PersonalLoss.state == _L.SUBMITTED)
    )
    for chosen in (issues, losses):
        for place, lot_id, quantity in db.execute(chosen):
            found[Key(place, lot_id or 0)] += quantity
    return found


def awaited(db: Session, warehouse_id: int) -> bool:
    """Whether a bill that is not over names the warehouse."""
    receipts = select(Receipt.id).where(
        Receipt.warehouse_id == warehouse_id,
        Receipt.state.not_in((_R.POSTED, _R.VOID)),
    )
    issues = select(Issue.id).where(
        or_(Issue.source_id == warehouse_id, Issue.target_id == warehouse_id),
        Issue.state.not_in((_I.RECEIVED, _I.PARTLY_RECEIVED, _I.VOID)),
    )
    losses = select(PersonalLoss.id).where(
        PersonalLoss.warehouse_id == warehouse_id,
        PersonalLoss.state.not_in((_L.POSTED, _L.VOID)),
    )
    return any(db.scalars(chosen.limit(1)).first() for chosen in (receipts, issues, losses))


def differences(db: Session) -> list[str]:
    """One sentence for each balance that is not what movements and open bills say."""
    db.flush()
    ledger = {k: v for k, v in folded(db).items() if balanced(k.place)}
    open_bills = promised(db)
    kept = {Key(b.warehouse_id, b.lot_id): b for b in db.scalars(select(Balance))}
    found = []
    for key in sorted(set(ledger) | set(kept) | set(open_bills)):
        balance = kept.get(key)
        there = (balance.quantity, balance.amount, balance.reserved) if balance else (0, 0, 0)
        should = (*ledger.get(key, (0, 0)), open_bills.get(key, 0))
        if there != should:
            found.append(f"仓库{key.place}批次{key.lot_id}：结存{there}，台账{should}")
    return found + consumption.gaps(db) + trace.gaps(db) + requisition.gaps(db)
