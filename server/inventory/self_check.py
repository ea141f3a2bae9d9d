"""The nightly job: expiry notices, and the proof that the books are what the ledger adds up to."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column
from sqlalchemy.types import Text

from protos.inventory import self_check_pb2 as pb
from server.core.db import Record, Sessions
from server.core.numbering import shanghai_date
from server.core.reading import ReadService
from server.inventory import expiry, integrity, record_check
from server.inventory.ledger_tables import Balance, Move
from server.inventory.reconcile import differences

SHOWN = 200  # differences written out in a report


class SelfCheck(Record):
    """What one run found."""

    __tablename__ = "inventory_self_check"

    ran_on: Mapped[date] = mapped_column(index=True)
    ran_at: Mapped[datetime]
    balances: Mapped[int]
    moves: Mapped[int]
    differing: Mapped[int]
    notices: Mapped[int]
    report: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[int]


def unbalanced(db: Session) -> list[str]:
    """Lots whose movements in and out do not cancel over all places (I1).

    Each movement has both ends, so only one with an end missing shows here.
    """
    lost = select(Move.number).where((Move.source_id == 0) | (Move.target_id == 0))
    return [f"单据{number}的流水缺少去向" for number in db.scalars(lost)]


def overreversed(db: Session) -> list[str]:
    """Movements of which more was reversed than they moved (I7)."""
    again = aliased(Move)  # takes a return back
    undone = select(func.coalesce(func.sum(again.quantity), 0)).where(again.reverses_id == Move.id)
    net = func.sum(Move.quantity - undone.correlate(Move).scalar_subquery())
    back = (
        select(Move.reverses_id.label("id"), net.label("units"))
        .where(Move.reverses_id.is_not(None))
        .group_by(Move.reverses_id)
        .subquery()
    )
    chosen = select(Move.number, Move.quantity, back.c.units).join(back, back.c.id == Move.id)
    found = db.execute(chosen.where(back.c.units > Move.quantity))
    return [f"单据{row[0]}的流水{row[1]}被冲回{row[2]}" for row in found]


class Findings(NamedTuple):
    """What was compared, and one sentence for each thing wrong."""

    balances: int
    moves: int
    wrong: list[str]


def inspect(db: Session) -> Findings:
    """Compare the books with the ledger; the session sees one moment throughout."""
    wrong = [
        *differences(db), *unbalanced(db), *overreversed(db), *integrity.broken(db),
        *record_check.gaps(db), *record_check.single_handed(db),
    ]  # fmt: skip
    balances = db.scalar(select(func.count(Balance.id))) or 0
    return Findings(balances, db.scalar(select(func.count(Move.id))) or 0, wrong)


def keep(db: Session, now: datetime, found: Findings) -> SelfCheck:
    """Tell what entered an expiry band, and put the report on file."""
    check = SelfCheck(
        ran_on=shanghai_date(now), ran_at=now, balances=found.balances, moves=found.moves,
        differing=len(found.wrong), notices=expiry.tell(db, now),
        report="\n".join(found.wrong[:SHOWN]), created_at=now, updated_at=now,
        state=pb.SelfCheck.DIFFERS if found.wrong else pb.SelfCheck.WHOLE,
    )  # fmt: skip
    db.add(check)
    db.flush()
    return check


def run(sessions: Sessions, now: datetime) -> SelfCheck:
    """The whole job: reading holds nobody up, only the report is written."""
    with sessions.snapshot() as db:
        found = inspect(db)
    with sessions.write() as db:
        return keep(db, now, found)


class SelfCheckService(ReadService[SelfCheck, pb.SelfCheck]):
    """The reports."""

    model = SelfCheck
    message = pb.SelfCheck
    page = pb.SelfCheckList
    searches = ("report",)
    display = "ran_on"
