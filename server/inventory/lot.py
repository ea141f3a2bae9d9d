"""Lots stopped everywhere at once, let go again, destroyed with their last unit."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from protos.inventory import stock_pb2 as pb
from server.core.call import Call
from server.core.registry import descriptor_of
from server.inventory import ledger
from server.inventory.ledger import Balance, Lot

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
    for service, line in _reserving():
        _free(call, service, line, lot_ids, why)


def _reserving() -> list[tuple["BillService[Any, Any]", type[Any]]]:
    """Every kind of bill that lets lots go out into use, with its kind of line.

    What is to be destroyed stays so: it is on its way out of use already.
    """
    from server.inventory.final_issue import FinalIssueLine, FinalIssueService
    from server.inventory.issue import IssueLine
    from server.inventory.issue_return import IssueReturnLine, IssueReturnService
    from server.inventory.issue_service import IssueService
    from server.inventory.loss import LossLine, PersonalLossService, StoreLossService
    from server.inventory.red import RedLine, RedService
    from server.inventory.supplier_return import SupplierReturnLine, SupplierReturnService

    return [
        (IssueService(), IssueLine), (FinalIssueService(), FinalIssueLine),
        (PersonalLossService(), LossLine), (StoreLossService(), LossLine), (RedService(), RedLine),
        (SupplierReturnService(), SupplierReturnLine), (IssueReturnService(), IssueReturnLine),
    ]  # fmt: skip


def _free(
    call: Call,
    service: "BillService[Any, Any]",
    line: type[Any],
    lot_ids: Collection[int],
    why: str,
) -> None:
    model: Any = service.model
    (key,) = (c for c in line.__table__.columns if c.references(model.__table__.c.id))
    waiting = select(model).where(
        model.id.in_(select(key).where(line.lot_id.in_(lot_ids))),
        model.state.in_(_waiting(service)),
    )
    for bill in call.db.scalars(waiting.order_by(model.id).with_for_update()):
        service.release(call, bill)
        if line.__name__ == "IssueLine":  # another lot does as well
            for each in bill.lines:
                if each.lot_id in lot_ids:
                    each.lot_id, each.lot, each.trace_codes, each.reason = None, None, "", ""
        bill.state = service.state("DRAFT")
        bill.returned_reason = f"有批号停用，占用已释放，请核对后重新提交或作废：{why}"[:80]
        bill.updated_at, bill.updated_by = call.now, call.user.id
    call.changed.add(descriptor_of(type(service)).full_name)


def _waiting(service: "BillService[Any, Any]") -> list[int]:
    """The states in which such a bill holds what it reserved."""
    known = service.message.State.keys()
    return [service.state(name) for name in ("SUBMITTED", "APPROVED") if name in known]


def note_destroyed(call: Call, lots: Sequence[Lot]) -> None:
    """Mark the lots of which the last unit was destroyed; a recalled one stays recalled."""
    call.db.flush()
    ids = [lot.id for lot in lots]
    held = select(Balance.lot_id).where(Balance.lot_id.in_(ids), Balance.quantity > 0)
    about = set(call.db.scalars(held))
    gone = [lot for lot in lots if lot.id not in about and lot.state != _L.RECALLED]
    decide(call, gone, _L.SCRAPPED, "最后一批已销毁")
