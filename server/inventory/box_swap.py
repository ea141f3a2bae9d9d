"""Exchanging a box whole: the opened one goes to the store, a full one takes its place."""

from sqlalchemy import select

from protos.inventory import box_pb2 as pb
from protos.inventory import stock_pb2
from server.core.call import Call
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.inventory import ledger, picking
from server.inventory.box import Box, held, refuse_used
from server.inventory.box_request import BoxRequest, written_off
from server.inventory.codes import Code
from server.inventory.ledger import Balance, Entry, Key, Move, Origin, Posting
from server.inventory.red_issue import counted_since
from server.inventory.warehouse import Warehouse, scoped

_B, _C = pb.Box, stock_pb2.Move
_DOCUMENT, _SWAP, _RED = "box_request", "swap", "red"


def check(call: Call, request: BoxRequest) -> None:
    """Raises Invalid unless a full box of the same kind is chosen, and only to exchange."""
    if request.mode == pb.BoxRequest.SWAP:
        replacing(call, request)
    elif request.replacement_id:
        raise Invalid.at("replacement_id", "补箱不用换上别的药箱，请清空")


def replacing(call: Call, request: BoxRequest) -> Box:
    """The box that takes the place, locked; raises Invalid if it cannot."""
    chosen = scoped(call, select(Box).where(Box.id == request.replacement_id), Box.warehouse_id)
    box = call.db.scalars(chosen.with_for_update(of=Box)).first()
    if box is None:
        raise Invalid.at("replacement_id", "换箱要选换上的药箱：同模板的备用满箱")
    if fault := _unfit(call, request, box):
        raise Invalid.at("replacement_id", f"药箱{box.box_no}{fault}，请另选")
    return box


def _unfit(call: Call, request: BoxRequest, box: Box) -> str:
    if box.id == request.box_id:
        return "就是要换下的药箱"
    if box.state != _B.READY:
        return "不是备用满箱"
    if box.template_id != request.box.template_id:
        return "的模板不同"
    day = shanghai_date(call.now)
    there = (balance for of_item in held(call.db, box.warehouse_id).values() for balance in of_item)
    past = [b.lot.item_name for b in there if picking.blocked(b.lot, day)]
    return f"里有过期或停用的{past[0]}" if past else ""


def exchange(call: Call, request: BoxRequest, store: Warehouse) -> None:
    """Write off what is missing, take the rest to the store, put the full box on the vehicle."""
    old, new = request.box, replacing(call, request)
    entries = _emptied(call, request, store)
    if entries:
        origin = _origin(request, _SWAP, request.approver_id or 0)
        ledger.post(call, origin, entries)
    new.state, new.plate = _B.IN_USE, old.plate
    old.state, old.plate = _B.OPENED, ""
    request.seal_new, request.poster_id = new.seal_no, call.user.id


def _emptied(call: Call, request: BoxRequest, store: Warehouse) -> list[Entry]:
    box = request.box.warehouse_id
    lines = {line.item_id: line for line in request.lines}
    balances = ledger.lock_items(call.db, box, set(held(call.db, box)))
    entries: list[Entry] = []
    for line in lines.values():
        entries += written_off(line, [b for b in balances if b.item_id == line.item_id], {})
    lost = {entry.lot.id: entry.quantity for entry in entries}
    for balance in balances:
        rest = balance.quantity - lost.get(balance.lot_id, 0)
        if rest:
            line_id = lines[balance.item_id].id if balance.item_id in lines else 0
            entries.append(Entry(_C.SWAPPED, balance.lot, box, store.id, rest, line_id, "换箱退回"))
    return entries


def _origin(request: BoxRequest, action: str, second: int) -> Origin:
    return Origin(_DOCUMENT, request.id, action, request.number, second_operator_id=second)


def undo(call: Call, request: BoxRequest, reason: str) -> None:
    """Mirror every movement of an exchange and put both boxes back; raises if either moved on."""
    old, new = request.box, request.replacement
    assert new is not None  # an exchange that was carried out has one
    if old.state != _B.OPENED:
        raise BusinessError(f"药箱{old.box_no}已重新封签，不能再红冲换箱（{Code.STATE}）")
    if new.state != _B.IN_USE:
        raise BusinessError(f"药箱{new.box_no}已不在车上，不能再红冲换箱（{Code.STATE}）")
    refuse_used(call, new)
    entries = _mirrored(call, request, reason)
    if entries:
        ledger.post(call, _origin(request, _RED, request.poster_id or 0), entries)
    old.plate, new.state, new.plate = new.plate, _B.READY, ""


def _mirrored(call: Call, request: BoxRequest, reason: str) -> list[Entry]:
    of_swap = (Posting.document == _DOCUMENT, Posting.document_id == request.id)
    chosen = select(Move).join(Posting).where(*of_swap, Posting.action == _SWAP)
    moves = list(call.db.scalars(chosen.order_by(Move.id)))
    left = ledger.remaining(call.db, moves)
    ends = {Key(p, m.lot_id) for m in moves for p in (m.source_id, m.target_id)}
    _refuse_counted(moves, ledger.lock(call.db, ends))
    return [ledger.reversal(m, m.quantity, left[m.id], _C.REVERSED, reason) for m in moves]


def _refuse_counted(moves: list[Move], balances: dict[Key, Balance]) -> None:
    for move in moves:
        if counted_since(move, (move.source_id, move.target_id), balances):
            what = f"{move.lot.item_name} 批号{move.lot_no or '无'}"
            raise BusinessError(
                f"{what}在换箱之后盘点过，差异已由盘点调整，不能再红冲（{Code.STATE}）"
            )
