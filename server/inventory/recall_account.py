"""Whether every unit of a recall is accounted for, and what is due when.

Asked of two books that know nothing of each other: what came in and went out stands in the
ledger, what is there stands in the balances.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from protos.inventory import recall_pb2 as pb
from protos.inventory import stock_pb2, warehouse_pb2
from server.core.call import Call
from server.core.errors import BusinessError
from server.core.numbering import SHANGHAI
from server.inventory.codes import Code
from server.inventory.ledger_tables import LAST_ACCOUNT, Account, Balance, Lot, Move
from server.inventory.recall import RUNNING, Recall
from server.inventory.recall_trace import holdings
from server.inventory.warehouse import Warehouse

_S, _W, _C = pb.Recall, warehouse_pb2.Warehouse, stock_pb2.Move
HOURS: dict[int, int] = {_S.GRADE_1: 24, _S.GRADE_2: 48, _S.GRADE_3: 72}  # to notify everybody
DAYS: dict[int, int] = {_S.GRADE_1: 1, _S.GRADE_2: 3, _S.GRADE_3: 7}  # to file; between reports


def accounts(db: Session, lots: Sequence[Lot]) -> list[pb.RecallLot]:
    """For each lot where everything that came in is now; two queries."""
    ids = [lot.id for lot in lots]
    moved = _moved(db, ids)
    there = _there(db, ids)
    found = []
    for lot in lots:
        row = pb.RecallLot(lot_no=lot.lot_no, received_on=lot.received_on.isoformat())
        for name, units in (moved[lot.id] | there[lot.id]).items():
            setattr(row, name, units)
        placed = row.quarantined + row.elsewhere + row.transit + row.returned + row.scrapped
        row.gap = row.received - placed - row.consumed - row.lost - row.other
        found.append(row)
    return found


def _moved(db: Session, ids: Collection[int]) -> dict[int, dict[str, int]]:
    """What came in and what left for good, by the ledger."""
    source = case((Move.source_id <= LAST_ACCOUNT, Move.source_id), else_=0)
    target = case((Move.target_id <= LAST_ACCOUNT, Move.target_id), else_=0)
    undoes = case((Move.code.in_((_C.RECEIPT_REVERSED, _C.REVERSED)), 1), else_=0)
    chosen = (
        select(Move.lot_id, source, target, undoes, func.sum(Move.quantity))
        .where(Move.lot_id.in_(ids))
        .where(or_(Move.source_id <= LAST_ACCOUNT, Move.target_id <= LAST_ACCOUNT))
        .group_by(Move.lot_id, source, target, undoes)
    )
    names = {
        Account.PATIENT: "consumed", Account.LOSS: "lost", Account.SCRAP: "scrapped",
        Account.COUNT: "other", Account.OUTSIDE: "other",
    }  # fmt: skip
    found: dict[int, dict[str, int]] = {lot: defaultdict(int) for lot in ids}
    for lot, came, went, undone, units in db.execute(chosen):
        row, units = found[lot], int(units)
        if came in (Account.SUPPLIER, Account.OPENING):
            row["received"] += 0 if undone else units
            row["returned"] -= units if undone else 0
        elif came in names:
            row[names[Account(came)]] -= units
        if went in (Account.SUPPLIER, Account.OPENING):
            row["returned"] += 0 if undone else units
            row["received"] -= units if undone else 0
        elif went in names:
            row[names[Account(went)]] += units
    return found


def _there(db: Session, ids: Collection[int]) -> dict[int, dict[str, int]]:
    """What lies in quarantine, elsewhere and in transit, by the balances."""
    chosen = (
        select(Balance.lot_id, Balance.warehouse_id, Warehouse.kind, Balance.quantity)
        .outerjoin(Warehouse, Warehouse.id == Balance.warehouse_id)
        .where(Balance.lot_id.in_(ids))
    )
    found: dict[int, dict[str, int]] = {lot: defaultdict(int) for lot in ids}
    for lot, place, kind, units in db.execute(chosen):
        name = "quarantined" if kind == _W.QUARANTINE else "elsewhere"
        found[lot]["transit" if place == Account.TRANSIT else name] += units
    return found


def refuse_unbalanced(call: Call, recall: Recall) -> None:
    """Refuse to close while units are about, or unaccounted for."""
    for row in accounts(call.db, [each.lot for each in recall.recalled]):
        if row.gap:
            text = (
                f"批号{row.lot_no}入库{row.received}，账上差{row.gap}，"
                f"请先查清台账（{Code.RECALL_UNBALANCED}）"
            )
            raise BusinessError(f"召回数量不平：{text}")
        about = row.elsewhere + row.transit
        if about:
            places = [
                f"{h.warehouse.name}{h.quantity or h.transit}"
                for h in holdings(call.db, [each.lot_id for each in recall.recalled])
                if h.warehouse.kind != _W.QUARANTINE
            ]
            raise BusinessError(
                f"召回数量不平：批号{row.lot_no}还有{about}没有收回（{'、'.join(places[:5])}），"
                f"请先收回入隔离（{Code.RECALL_UNBALANCED}）"
            )


# Time limits ----------------------------------------------------------------------------------


def deadlines(recall: Recall, now: datetime, *, told: bool) -> list[str]:
    """What is due and how long is left, in words; ``told``: every holder has answered."""
    if recall.started_at is None or recall.state not in RUNNING:
        return []
    days = timedelta(days=DAYS[recall.grade])
    found = []
    if not told:
        found.append(left("回执", recall.started_at + timedelta(hours=HOURS[recall.grade]), now))
    if recall.filed_at is None:
        found.append(left("计划备案", recall.started_at + days, now))
    found.append(left("进展报告", (recall.reported_at or recall.started_at) + days, now))
    if recall.finish_on is not None:
        end = datetime.combine(recall.finish_on + timedelta(days=1), time(), SHANGHAI)
        found.append(left("完成召回", end, now))
    return found


def left(what: str, due: datetime, now: datetime) -> str:
    late = now > due
    hours = int(abs(due - now).total_seconds() // 3600)
    span = f"{hours // 24}天{hours % 24}小时" if hours >= 24 else f"{hours}小时"
    return f"{what}已超{span}" if late else f"{what}还剩{span}"
