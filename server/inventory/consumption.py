"""What treatments use: issued by itself from the doctor's personal store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.core.call import Call


@dataclass(frozen=True)
class Use:
    """So many smallest units of an item given to a patient.

    ``line_id`` tells apart several uses of one item; ``lot_id`` is the scanned lot, if any.
    """

    item_id: int
    quantity: int
    occurred_at: datetime
    line_id: int = 0
    lot_id: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of one use: smallest units issued, units short, the lots (lot no., units)."""

    item_id: int
    line_id: int
    issued: int
    missing: int
    lots: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class ConsumptionResult:
    """The issue made of a record's uses; with anything missing it stands on the work list."""

    consumption_id: int
    number: str
    lines: tuple[Outcome, ...]

    @property
    def complete(self) -> bool:
        """Whether all that was used was issued."""
        return not any(line.missing for line in self.lines)


def consume(
    call: Call,
    *,
    doctor_id: int,
    task_id: int,
    emr_id: int,
    lines: Sequence[Use],
    emr_version: int = 0,
    task_no: str = "",
) -> ConsumptionResult:
    """Bring what is issued for a medical record in line with all that it now says was used.

    Give every use of the record each time; only the difference to what was issued before is
    posted, so the same call again changes nothing, fewer units flow back into the lots they came
    from, and no lines at all reverse the whole. An ``emr_version`` older than the last one seen
    is ignored. Short stock, an unknown item or a missing store never raise: they become a work
    list entry.
    """
    raise NotImplementedError
