"""Mirror images of movements: what every red reversal is made of, and what stands against one."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from protos.inventory import stock_pb2
from server.core.call import Call
from server.core.errors import BusinessError
from server.inventory import ledger
from server.inventory.codes import Code
from server.inventory.ledger import Entry, Key
from server.inventory.ledger_tables import LAST_ACCOUNT, Balance, Move, Posting

_C = stock_pb2.Move
# What a movement's mirror image is called in the ledger; of all others it is a plain reversal.
_CODES: dict[int, int] = {
    _C.PURCHASED: _C.RECEIPT_REVERSED, _C.OPENED: _C.RECEIPT_REVERSED,
    _C.RECEIVED_OTHER: _C.RECEIPT_REVERSED, _C.CONSUMED: _C.CONSUMPTION_REVERSED,
    _C.LOST: _C.LOSS_REVERSED, _C.USED_UP: _C.USE_REVERSED, _C.GIVEN_OUT: _C.USE_REVERSED,
}  # fmt: skip


def code_of(move: Move) -> int:
    """The business the mirror image of a movement is booked as."""
    return _CODES.get(move.code, _C.REVERSED)


def refuse_counted(call: Call, moves: Sequence[Move], *places: int) -> None:
    """Refuse lots that were counted at either end, or in those places, since they moved.

    A posted stocktake has settled the mistake already; reversing it would bring it back.
    """
    ends = {move.id: {move.source_id, move.target_id, *places} for move in moves}
    keys = {Key(p, m.lot_id) for m in moves for p in ends[m.id] if p > LAST_ACCOUNT}
    balances = ledger.lock(call.db, keys)
    for move in moves:
        if _counted_since(move, ends[move.id], balances):
            raise BusinessError(
                f"{move.lot.item_name} 批号{move.lot_no or '无'}在入账之后盘点过，"
                f"差异已由盘点调整，不能再红冲；请删去这一行（{Code.STATE}）"
            )


def _counted_since(move: Move, places: Iterable[int], balances: dict[Key, Balance]) -> bool:
    there = (balances.get(Key(place, move.lot_id)) for place in places)
    return any(b and b.counted_at and b.counted_at > move.posted_at for b in there)


def moves_of(call: Call, document: str, document_id: int, *actions: str) -> list[Move]:
    """The movements of some actions of one document, in the order they were posted."""
    chosen = select(Move).join(Posting).where(
        Posting.document == document, Posting.document_id == document_id,
        Posting.action.in_(actions),
    )  # fmt: skip
    return list(call.db.scalars(chosen.order_by(Move.id)))


def whole(call: Call, moves: Sequence[Move], reason: str) -> list[Entry]:
    """The mirror images of movements in full, the last first; refused if any was counted since."""
    refuse_counted(call, moves)
    left = ledger.remaining(call.db, moves)
    return [
        ledger.reversal(move, move.quantity, left[move.id], code_of(move), reason)
        for move in reversed(moves)
    ]
