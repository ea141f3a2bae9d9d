"""Locking the lots of a recall: stopped everywhere at once, promises given up."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from protos.inventory import stock_pb2
from server.core.call import Call
from server.core.errors import BusinessError
from server.core.registry import descriptor_of
from server.inventory import ledger
from server.inventory.codes import Code
from server.inventory.document import BillService
from server.inventory.issue import IssueLine
from server.inventory.issue_service import IssueService
from server.inventory.recall import RUNNING, Recall, RecalledLot

_L = stock_pb2.Lot


def lock_lots(call: Call, recall: Recall) -> None:
    """Stop the lots everywhere and give up what was promised of them; raises BusinessError."""
    ids = [each.lot_id for each in recall.recalled]
    other = (
        select(Recall.number)
        .join(RecalledLot, RecalledLot.recall_id == Recall.id)
        .where(RecalledLot.lot_id.in_(ids), Recall.id != recall.id)
        .where(Recall.state.in_(RUNNING), Recall.drill.is_(False))
    )
    if number := call.db.scalars(other).first():
        raise BusinessError(
            f"这个批号已在召回单{number}里召回，请在那张单上办理（{Code.DUPLICATE}）"
        )
    ledger.lock_lots(call.db, ids)
    for each in recall.recalled:
        each.state_before, each.lot.state = each.lot.state, _L.RECALLED
    call.db.flush()
    _free_bills(call, ids)


def _free_bills(call: Call, lot_ids: Collection[int]) -> None:
    """Send bills that wait with these lots back to their makers, all reservations given up."""
    for service, line in _reserving():
        _free(call, service, line, lot_ids)


def _reserving() -> list[tuple[BillService[Any, Any], type[Any]]]:
    """Every kind of bill that lets lots go out into use, with its kind of line.

    What is to be destroyed stays so: it is on its way out of use already.
    """
    from server.inventory.final_issue import FinalIssueLine, FinalIssueService
    from server.inventory.issue_return import IssueReturnLine, IssueReturnService
    from server.inventory.loss import LossLine, PersonalLossService, StoreLossService
    from server.inventory.red import RedLine, RedService
    from server.inventory.supplier_return import SupplierReturnLine, SupplierReturnService

    return [
        (IssueService(), IssueLine), (FinalIssueService(), FinalIssueLine),
        (PersonalLossService(), LossLine), (StoreLossService(), LossLine), (RedService(), RedLine),
        (SupplierReturnService(), SupplierReturnLine), (IssueReturnService(), IssueReturnLine),
    ]  # fmt: skip


def _free(
    call: Call, service: BillService[Any, Any], line: type[Any], lot_ids: Collection[int]
) -> None:
    model: Any = service.model
    (key,) = (c for c in line.__table__.columns if c.references(model.__table__.c.id))
    waiting = select(model).where(
        model.id.in_(select(key).where(line.lot_id.in_(lot_ids))),
        model.state.in_(_waiting(service)),
    )
    for bill in call.db.scalars(waiting.order_by(model.id).with_for_update()):
        service.release(call, bill)
        if line is IssueLine:  # another lot does as well
            for each in bill.lines:
                if each.lot_id in lot_ids:
                    each.lot_id, each.lot, each.trace_codes, each.reason = None, None, "", ""
        bill.state = service.state("DRAFT")
        bill.returned_reason = "有批号被召回，占用已释放，请核对后重新提交或作废"
        bill.updated_at, bill.updated_by = call.now, call.user.id
    call.changed.add(descriptor_of(type(service)).full_name)


def _waiting(service: BillService[Any, Any]) -> list[int]:
    """The states in which such a bill holds what it reserved."""
    known = service.message.State.keys()
    return [service.state(name) for name in ("SUBMITTED", "APPROVED") if name in known]


def unlock_lots(recall: Recall) -> None:
    """Let the lots be used as before."""
    for each in recall.recalled:
        each.lot.state = each.state_before
