"""Lots stopped everywhere at once, let go again, destroyed with their last unit."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from protos.inventory import stock_pb2 as pb
from server.core.call import Call
from server.core.registry import descriptor_of
from server.inventory import ledger
from server.inventory.ledger_tables import Balance, Lot

if TYPE_CHECKING:  # bills stand above the lots they hold
    from server.inventory.document import BillService

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
    """Send bills that wait with these lots back to their makers, all reservations given up."""
    from server.inventory.reconcile import BILLS  # knows every kind of bill above the lots

    for kept in BILLS:
        if kept.services:
            touched = select(kept.owner).where(kept.line.lot_id.in_(lot_ids))  # type: ignore[union-attr]
            chosen = select(kept.bill).where(kept.held, kept.bill.id.in_(touched))
            for bill in call.db.scalars(chosen.order_by(kept.bill.id).with_for_update()):
                _send_back(call, kept.services[0](), bill, lot_ids, why)
            call.changed.update(descriptor_of(each).full_name for each in kept.services)


def _send_back(
    call: Call, service: "BillService[Any, Any]", bill: Any, lot_ids: Collection[int], why: str
) -> None:
    from server.inventory.choosing import ChosenLine  # whose lots are chosen by turn

    service.release(call, bill)
    for line in bill.lines:
        if isinstance(line, ChosenLine) and line.lot_id in lot_ids:  # another lot does as well
            line.lot_id, line.lot, line.trace_codes = None, None, ""
            line.reason = line.reason_note = ""
    bill.state = service.state("DRAFT")
    bill.returned_reason = f"有批号停用，占用已释放，请核对后重新提交或作废：{why}"[:80]
    bill.updated_at, bill.updated_by = call.now, call.user.id


def note_destroyed(call: Call, lots: Sequence[Lot]) -> None:
    """Mark the lots of which the last unit was destroyed; a recalled one stays recalled."""
    call.db.flush()
    ids = [lot.id for lot in lots]
    held = select(Balance.lot_id).where(Balance.lot_id.in_(ids), Balance.quantity > 0)
    about = set(call.db.scalars(held))
    gone = [lot for lot in lots if lot.id not in about and lot.state != _L.RECALLED]
    decide(call, gone, _L.SCRAPPED, "最后一批已销毁")
