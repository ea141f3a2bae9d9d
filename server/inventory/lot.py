"""Lots: which there are, and who stops one, lets it go again or accepts it for use."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from protos.common.list_pb2 import Filter
from protos.inventory import issue_pb2, receipt_pb2
from protos.inventory import stock_pb2 as pb
from server.core.call import Call
from server.core.crud import CrudService
from server.core.errors import Invalid
from server.core.numbering import shanghai_date
from server.inventory import ledger, picking
from server.inventory.issue import Issue, IssueLine
from server.inventory.ledger import LAST_ACCOUNT, Balance, Lot
from server.inventory.receipt import ReceiptLine
from server.inventory.warehouse import scoped

_L, _I = pb.Lot, pb.InspectLotRequest
_VERDICT = {  # of an acceptance: the lot's new state, what the receipt's line says
    _I.PASSED: (_L.NORMAL, receipt_pb2.ReceiptLine.PASSED),
    _I.FAILED: (_L.REJECTED, receipt_pb2.ReceiptLine.FAILED),
}


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


class LotService(CrudService[Lot, pb.Lot]):
    """Shows the lots, for lines that name one too; stops and accepts them."""

    model = Lot
    message = pb.Lot
    page = pb.LotList
    searches = ("lot_no",)
    display = "title"
    code = "lot_no"
    details = ("item_name", "stopped")

    def selectable(self, call: Call) -> Select[Lot]:
        """Lots of which the user's warehouses hold something."""
        held = select(Balance).where(Balance.quantity > 0, Balance.warehouse_id > LAST_ACCOUNT)
        there = scoped(call, held, Balance.warehouse_id).with_only_columns(Balance.lot_id)
        return select(Lot).where(Lot.id.in_(there))

    def condition(self, call: Call, asked: Filter) -> ColumnElement[bool]:
        """A normal lot past its last day is shown as expired."""
        if asked.field != "state":
            return super().condition(call, asked)
        wanted = [_L.State.Value(name) for name in asked.values]
        day = shanghai_date(call.now)
        state = case(
            ((Lot.state == _L.NORMAL) & (Lot.expires_on < day), _L.EXPIRED), else_=Lot.state
        )
        return state.in_(wanted)

    def complete(self, call: Call, messages: Sequence[pb.Lot]) -> None:
        """How many units lie in all stores, one query; and which normal lots have run out."""
        ids = [message.id for message in messages]
        day = shanghai_date(call.now).isoformat()
        lying = (
            select(Balance.lot_id, func.sum(Balance.quantity))
            .where(Balance.lot_id.in_(ids))
            .group_by(Balance.lot_id)
        )
        held = {row[0]: int(row[1]) for row in call.db.execute(lying)}
        for message in messages:
            message.on_hand = held.get(message.id, 0)
            if message.state == _L.NORMAL and "" < message.expires_on < day:
                message.state = _L.EXPIRED

    def Hold(self, call: Call, request: pb.HoldRequest) -> pb.Lot:
        """Stop a lot for a reason."""
        lot = self.load(call, request)
        call.reason = request.reason
        stop(call, self._meant(call, lot, request), _L.HOLD, f"冻结：{request.reason}")
        return self.save(call, lot)

    def Release(self, call: Call, request: pb.HoldRequest) -> pb.Lot:
        """Let a lot be used again, for a reason."""
        lot = self.load(call, request)
        call.reason = request.reason
        decide(call, self._meant(call, lot, request), _L.NORMAL, f"解冻：{request.reason}")
        return self.save(call, lot)

    def _meant(self, call: Call, lot: Lot, request: pb.HoldRequest) -> list[Lot]:
        """The lot; and the other receipts of the maker's lot that stand as it does."""
        if request.only_this or not lot.lot_no:
            return [lot]
        same = (Lot.item_id == lot.item_id, Lot.lot_no == lot.lot_no, Lot.state == lot.state)
        chosen = select(Lot).where(*same).order_by(Lot.id).with_for_update(of=Lot)
        return list(call.db.scalars(chosen))

    def Inspect(self, call: Call, request: pb.InspectLotRequest) -> pb.Lot:
        """Accept a lot for use, or reject it: then it stays blocked until it leaves."""
        lot = self.load(call, request)
        if request.conclusion == _I.FAILED and not request.note:
            raise Invalid.at("note", "验收不合格要写明原因，退货和销毁时要用")
        state, verdict = _VERDICT[request.conclusion]
        call.reason = request.note
        said = "验收合格" if state == _L.NORMAL else "验收不合格"
        decide(call, [lot], state, f"{said}：{request.note}" if request.note else said)
        line = call.db.get(ReceiptLine, lot.receipt_line_id)
        if line is not None:
            line.conclusion = verdict
        return self.save(call, lot)
