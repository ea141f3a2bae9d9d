"""Document numbers for people: a prefix, the Shanghai day, and a gapless count of that day."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from server.core.call import Call
from server.core.db import Model

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Counter(Model):
    """How far one series of numbers has come; its row lock orders the takers."""

    __tablename__ = "core_counter"

    series: Mapped[str] = mapped_column(String(60), unique=True)
    last: Mapped[int]


def take(call: Call, series: str) -> int:
    """The next number of a series, beginning with 1; given back if the call fails."""
    chosen = select(Counter).where(Counter.series == series).with_for_update()
    counter = call.db.scalars(chosen).first()
    if counter is None:
        counter = Counter(series=series, last=0)
        call.db.add(counter)
    counter.last += 1
    call.db.flush()
    return counter.last


def document_number(call: Call, prefix: str, digits: int = 4, org: str = "") -> str:
    """A number such as RK20261124-0007; with an organisation's code it has a series of its own."""
    series = f"{prefix}{org}{shanghai_day(call.now)}"
    return f"{series}-{take(call, series):0{digits}d}"


def shanghai_day(moment: datetime) -> str:
    """The day of a moment in Shanghai, yyyymmdd."""
    return moment.astimezone(SHANGHAI).strftime("%Y%m%d")


def shanghai_date(moment: datetime) -> date:
    """The centre's date at a moment."""
    return moment.astimezone(SHANGHAI).date()
