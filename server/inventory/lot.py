"""Lots stopped everywhere at once, let go again, destroyed with their last unit."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from protos.inventory import issue_pb2
from protos.inventory import stock_pb2 as pb
from server.core.call import Call
from server.inventory import ledger, picking
from server.inventory.issue import Issue, IssueLine
from server.inventory.ledger import Balance, Lot

_L = pb.Lot


def stop(call: Call, lots: Sequence[Lot], state: "pb.Lot.State.ValueType", why: str) -> None:
    """Let nobody use the lots from now on, in any store, and give up what was promised of them."""
    ids = [lot.id for lot in lots]
    ledger.lock_lots(call.db, ids)
    decide(call, lots, state, why)
    call.db.flush()
    _free_bills(call, ids, why)


def decide(call: Call, lots: Sequence[Lot], state: int, why: str) -> None:
    """Write a state to the lots, with who decided it when and why; tell the pages of stock."""
    for lot in lots:
        lot.state, lot.note = state, why[:80]
        lot.decider_id, lot.decided_at, lot.updated_at = call.user.id, call.now, call.now
    call.changed.update(ledger.SHOWING)


def _free_bills(call: Call, lot_ids: Collection[int], why: str) -> None:
    """Send issues that wait with these lots back to their makers, all reservations given up."""
    touched = select(IssueLine.issue_id).where(IssueLine.lot_id.in_(lot_ids))
    waiting = select(Issue).where(
        Issue.id.in_(touched),
        Issue.state.in_((issue_pb2.Issue.SUBMITTED, issue_pb2.Issue.APPROVED)),
    )
    for issue in call.db.scalars(waiting.order_by(Issue.id).with_for_update()):
        picking.release(call.db, issue.source_id, issue.lines)
        for line in issue.lines:
            if line.lot_id in lot_ids:
                line.lot_id, line.lot, line.trace_codes, line.reason = None, None, "", ""
        issue.state = issue_pb2.Issue.DRAFT
        issue.returned_reason = f"有批号停用（{why}），请重新提交以改配其他批次"[:80]
        issue.updated_at, issue.updated_by = call.now, call.user.id
    call.changed.add(issue_pb2.DESCRIPTOR.services_by_name["IssueService"].full_name)


def note_destroyed(call: Call, lots: Sequence[Lot]) -> None:
    """Mark the lots of which the last unit was destroyed; a recalled one stays recalled."""
    call.db.flush()
    ids = [lot.id for lot in lots]
    held = select(Balance.lot_id).where(Balance.lot_id.in_(ids), Balance.quantity > 0)
    about = set(call.db.scalars(held))
    gone = [lot for lot in lots if lot.id not in about and lot.state != _L.RECALLED]
    decide(call, gone, _L.SCRAPPED, "最后一批已销毁")
