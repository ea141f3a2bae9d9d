"""What the automatic issue took, written to the line of the medical record that used it.

Lots and trace codes stand beside what the doctor signed, never in it: they are the server's.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from server.core.call import Call
from server.inventory.ledger_tables import Lot, Move
from server.inventory.trace import TraceCode, TraceStep

_MOST = 200  # characters of one field


def write_back(call: Call, emr_id: int, taken: Mapping[int, Sequence[tuple[Move, int]]]) -> None:
    """Write to each line of a record the lots, batches and codes of what stands issued for it.

    ``taken`` are movements with the units of them that have not flowed back, by the record's line.
    """
    from server.emr.tables import Treatment  # records refer to items

    chosen = select(Treatment).where(
        Treatment.id.in_(set(taken) - {0}), Treatment.case_record_id == emr_id
    )
    rows = call.db.scalars(chosen).all()
    if not rows:
        return
    moves = [move for there in taken.values() for move, left in there if left]
    lots, codes = _lots(call, moves), _codes(call, moves)
    for row in rows:
        there = [(move, left) for move, left in taken[row.id] if left]
        row.issued_lots = "、".join(f"{m.lot_no or '无批号'}×{n}" for m, n in there)[:_MOST]
        batches = dict.fromkeys(f"{lots[m.lot_id].received_on}入库" for m, _ in there)
        row.issued_batches = "、".join(batches)[:_MOST]
        known = dict.fromkeys(code for m, _ in there for code in codes.get(m.id, ()))
        row.issued_codes = "、".join(known)[:_MOST]


def _lots(call: Call, moves: Sequence[Move]) -> dict[int, Lot]:
    chosen = select(Lot).where(Lot.id.in_({move.lot_id for move in moves}))
    return {lot.id: lot for lot in call.db.scalars(chosen)}


def _codes(call: Call, moves: Sequence[Move]) -> dict[int, list[str]]:
    chosen = (
        select(TraceStep.move_id, TraceCode.code)
        .join(TraceCode, TraceCode.id == TraceStep.code_id)
        .where(TraceStep.move_id.in_([move.id for move in moves]))
        .order_by(TraceStep.id)
    )
    found: dict[int, list[str]] = {}
    for move_id, code in call.db.execute(chosen):
        found.setdefault(move_id, []).append(code)
    return found
