"""What comes back of a recall: taken into quarantine, returned or destroyed, or brought back."""

from sqlalchemy import select

from protos.inventory import recall_pb2 as pb
from protos.inventory import stock_pb2, warehouse_pb2
from server.core.call import Call
from server.core.errors import BusinessError, Invalid
from server.inventory import ledger
from server.inventory.ledger import Entry, Origin
from server.inventory.ledger_tables import Account, Lot, Move
from server.inventory.recall import Recall, RecallNotice
from server.inventory.recall_trace import holdings
from server.inventory.refusals import SameSecond
from server.inventory.warehouse import Warehouse

_C, _W = stock_pb2.Move, warehouse_pb2.Warehouse


def quarantine_place(call: Call, recall: Recall) -> int:
    """Where the recall collects to: the store it names, else any quarantine; raises Invalid."""
    if recall.quarantine_id:
        return recall.quarantine_id
    chosen = select(Warehouse.id).where(
        Warehouse.kind == _W.QUARANTINE, Warehouse.state == _W.ACTIVE
    )
    found = call.db.scalars(chosen.order_by(Warehouse.id).limit(1)).first()
    if found is None:
        raise Invalid.at(
            "quarantine_id", "还没有隔离库，请先在“仓库”页面建立一个类型为隔离库的仓库"
        )
    return found


def collect(call: Call, notice: RecallNotice) -> None:
    """Take what the holder found into quarantine and write off what is missing."""
    key = ledger.Key(notice.warehouse_id, notice.lot_id)
    balance = ledger.lock(call.db, [key]).get(key)
    there = balance.quantity if balance else 0
    if there != notice.book:
        raise BusinessError(f"回执后账面从{notice.book}变成{there}，请持有人重新清点回执")
    why = f"召回{notice.number}"
    place = quarantine_place(call, notice.recall)
    entries = []
    if notice.found:
        entries.append(Entry(_C.QUARANTINED, notice.lot, notice.warehouse_id, place, notice.found,
                             notice.id, why))  # fmt: skip
    if there > notice.found:
        lost = there - notice.found
        entries.append(Entry(_C.LOST, notice.lot, notice.warehouse_id, Account.LOSS, lost,
                             notice.id, f"{why}差异：{notice.explanation}"[:80]))  # fmt: skip
    if entries:
        ledger.post(call, _origin(notice, "collect", notice.version), entries)


def _origin(notice: RecallNotice, action: str, revision: int) -> Origin:
    return Origin(
        "recall_notice", notice.id, action, notice.number, revision,
        second_operator_id=notice.acknowledger_id or 0,
    )  # fmt: skip


def dispose(call: Call, recall: Recall, request: pb.DisposeRequest) -> None:
    """Send everything in quarantine back to the supplier, or destroy it before two witnesses."""
    scrap = request.way == pb.DisposeRequest.SCRAP
    if scrap:
        _refuse_unwitnessed(call, request)
    code, target = (
        (_C.SCRAPPED, Account.SCRAP) if scrap else (_C.RETURNED_TO_SUPPLIER, Account.SUPPLIER)
    )
    ids = [each.lot_id for each in recall.recalled]
    entries = [
        Entry(code, lot_of(recall, h.lot_id), h.warehouse.id, target, h.quantity, recall.id,
              f"召回{recall.number}：{request.note}"[:80])
        for h in holdings(call.db, ids)
        if h.warehouse.kind == _W.QUARANTINE
    ]  # fmt: skip
    if not entries:
        raise BusinessError("隔离库里还没有这次召回的物资，请先收回")
    recall.disposals += 1
    second = request.witness_id or recall.starter_id or 0
    ledger.post(
        call,
        Origin("recall", recall.id, "dispose", recall.number, recall.disposals, second),
        entries,
    )


def _refuse_unwitnessed(call: Call, request: pb.DisposeRequest) -> None:
    if not request.witness_id or not request.second_witness_id:
        raise Invalid.at("witness_id", "销毁要有两位见证人，请填写")
    if len({request.witness_id, request.second_witness_id, call.user.id}) < 3:
        raise SameSecond("两位见证人和经办人要是三个不同的人")


def lot_of(recall: Recall, lot_id: int) -> Lot:
    """A lot of the recall by its id."""
    return next(each.lot for each in recall.recalled if each.lot_id == lot_id)


def bring_back(call: Call, recall: Recall) -> None:
    """Move what was collected back to its holders."""
    notices = select(RecallNotice.id).where(RecallNotice.recall_id == recall.id)
    chosen = select(Move).where(Move.line_id.in_(notices), Move.code == _C.QUARANTINED)
    moves = list(call.db.scalars(chosen.order_by(Move.id)))
    left = ledger.remaining(call.db, moves)
    why = f"召回{recall.number}撤销"
    entries = [
        ledger.reversal(move, left[move.id][0], left[move.id], _C.RELEASED, why)
        for move in moves
        if left[move.id][0]
    ]
    if entries:
        second = recall.starter_id or 0
        origin = Origin("recall", recall.id, "release", recall.number, second_operator_id=second)
        ledger.post(call, origin, entries)
