"""The months things are booked into: which is open, which was closed last."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.core.numbering import SHANGHAI, Counter

_CLOSED = "inventory.closed"  # the counter that names the month closed last


def month(moment: datetime) -> str:
    """The month of a moment in Shanghai, yyyymm."""
    return moment.astimezone(SHANGHAI).strftime("%Y%m")


def following(period: str) -> str:
    """The month after a month."""
    year, number = int(period[:4]), int(period[4:])
    return f"{year + number // 12}{number % 12 + 1:02d}"


def lock_closed(db: Session, *, shared: bool = False) -> Counter:
    """The row that says which month was closed last (0: none), locked to the end of the call.

    Who posts shares it, who closes has it alone: so nothing is booked into a month while it is
    being closed.
    """
    chosen = select(Counter).where(Counter.series == _CLOSED)
    counter = db.scalars(chosen.with_for_update(read=shared)).first()
    if counter is None:
        counter = Counter(series=_CLOSED, last=0)
        db.add(counter)
        db.flush()
    return counter


def open_period(db: Session, now: datetime) -> str:
    """The month something posted now is booked into: this one, or the one after the last closed."""
    closed = lock_closed(db, shared=True).last
    return max(month(now), following(str(closed))) if closed else month(now)


def open_since(db: Session) -> date:
    """The first day of the first month that is not closed; long ago if none ever was."""
    closed = db.scalar(select(Counter.last).where(Counter.series == _CLOSED))
    if not closed:
        return date.min
    after = following(str(closed))
    return date(int(after[:4]), int(after[4:]), 1)
