"""Checks that the ledger is as it was written: by the seals of its postings and the audit log."""

import json
from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.core.audit import SEALED, AuditRow
from server.inventory import seal
from server.inventory.ledger_tables import Move, Posting

_BATCH = 2000


def broken(db: Session) -> list[str]:
    """One sentence for each posting whose movements are not what its seal says."""
    found = []
    for posting, moves in _postings(db):
        if seal.digest(posting, moves) != posting.seal:
            number = moves[0].number if moves else ""
            found.append(f"过账{posting.id}（单据{number}）的明细与封记不符，可能被改动")
    return found


def unlogged(db: Session) -> tuple[list[str], int]:
    """What postings and audit log differ in, and how many postings are older than the log.

    Demonstration data is posted before anything is logged; a system in use has no such postings.
    """
    kept = {row[0]: row[1] for row in db.execute(select(Posting.id, Posting.seal))}
    logged = dict(_logged(db))
    first = min(logged, default=max(kept, default=0) + 1)
    found = [
        f"日志记载的过账{number}不存在，或封记被改动"
        for number, sealed in logged.items()
        if kept.get(number) != sealed
    ]
    found += [
        f"过账{number}没有日志记载，不是本系统写入"
        for number in sorted(set(kept) - set(logged))
        if number > first
    ]
    return found, sum(number < first for number in kept)


def _postings(db: Session) -> Iterator[tuple[Posting, list[Move]]]:
    """Every posting with its movements in order, a batch at a time."""
    last = 0
    while batch := list(
        db.scalars(select(Posting).where(Posting.id > last).order_by(Posting.id).limit(_BATCH))
    ):
        last = batch[-1].id
        chosen = select(Move).where(Move.posting_id.between(batch[0].id, last))
        moves = db.scalars(chosen.order_by(Move.posting_id, Move.position))
        by_posting = {key: list(rows) for key, rows in groupby(moves, lambda m: m.posting_id)}
        for posting in batch:
            yield posting, by_posting.get(posting.id, [])


def _logged(db: Session) -> Iterator[tuple[int, str]]:
    """Number and seal of every posting the audit log names."""
    chosen = select(AuditRow.detail).where(AuditRow.detail.contains(f'"{SEALED}"'))
    for detail in db.scalars(chosen):
        for text in json.loads(detail).get(SEALED, ()):
            number, _, sealed = text.partition(" ")
            yield int(number), sealed
