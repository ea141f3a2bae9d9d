"""Lots: which there are, and who stops one, lets it go again or accepts it for use."""

from collections.abc import Sequence

from sqlalchemy import Select, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from protos.common.list_pb2 import Filter
from protos.inventory import receipt_pb2
from protos.inventory import stock_pb2 as pb
from server.core.call import Call
from server.core.crud import CrudService
from server.core.errors import Invalid
from server.core.numbering import shanghai_date
from server.inventory.blind import under_count
from server.inventory.ledger_tables import LAST_ACCOUNT, Balance, Lot
from server.inventory.lot import decide, stop
from server.inventory.receipt import ReceiptLine
from server.inventory.warehouse import scoped

_L, _I = pb.Lot, pb.InspectLotRequest
_VERDICT = {  # of an acceptance: the lot's new state, what the receipt's line says
    _I.PASSED: (_L.NORMAL, receipt_pb2.ReceiptLine.PASSED),
    _I.FAILED: (_L.REJECTED, receipt_pb2.ReceiptLine.FAILED),
}


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
        """How many units lie in all stores, unless counted blind; which normal have run out."""
        ids = [message.id for message in messages]
        day = shanghai_date(call.now).isoformat()
        lying = (
            select(Balance.lot_id, func.sum(Balance.quantity))
            .where(Balance.lot_id.in_(ids))
            .group_by(Balance.lot_id)
        )
        held = {row[0]: int(row[1]) for row in call.db.execute(lying)}
        veiled = select(Balance.lot_id).where(Balance.lot_id.in_(ids), under_count(call))
        blind = set(call.db.scalars(veiled))
        for message in messages:
            if message.id not in blind:
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
