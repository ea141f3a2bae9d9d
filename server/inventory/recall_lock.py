"""Locking the lots of a recall: stopped everywhere at once, promises given up."""

from sqlalchemy import select

from protos.inventory import stock_pb2
from server.core.call import Call
from server.core.errors import BusinessError
from server.inventory.codes import Code
from server.inventory.lot import decide, stop
from server.inventory.recall import RUNNING, Recall, RecalledLot


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
    for each in recall.recalled:
        each.state_before = each.lot.state
    lots = [each.lot for each in recall.recalled]
    stop(call, lots, stock_pb2.Lot.RECALLED, f"召回{recall.number}：{recall.reason}")


def unlock_lots(call: Call, recall: Recall) -> None:
    """Let the lots be used as before."""
    for each in recall.recalled:
        decide(call, [each.lot], each.state_before, f"召回{recall.number}撤销")
