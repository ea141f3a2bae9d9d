"""Bills that take units out of a warehouse: their lines, lots by turn, reservations."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, inspect
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from server.core.call import Call
from server.core.numbering import shanghai_date
from server.inventory import picking
from server.inventory.document import BillLine
from server.inventory.ledger import Lot
from server.inventory.picking import Choice, Pick


class TakenLine(BillLine):
    """Units of one lot; which, is known at the latest once the bill is submitted."""

    __abstract__ = True

    lot_id: Mapped[int | None] = mapped_column(ForeignKey(Lot.id), index=True)

    @declared_attr
    @classmethod
    def lot(cls) -> Mapped[Lot | None]:
        """What is taken."""
        return relationship(Lot, lazy="joined")

    @property
    def lot_no(self) -> str:
        """For print."""
        return self.lot.lot_no if self.lot else ""

    @property
    def expires_on(self) -> date | None:
        """For print."""
        return self.lot.expires_on if self.lot else None


def the_lot(line: TakenLine) -> Lot:
    """The lot of a line of a submitted bill."""
    assert line.lot is not None, "a submitted line has its lot"
    return line.lot


def reserve(
    call: Call,
    place: int,
    lines: list[Any],
    judge: Callable[[Sequence[Choice]], None],
    *,
    any_state: bool = False,
) -> None:
    """Give each line its lot, splitting lines that need several, and reserve the units.

    ``judge`` may refuse the choice. Raises as ``picking.allocate`` does.
    """
    choices = picking.allocate(call.db, place, lines, shanghai_date(call.now), any_state=any_state)
    judge(choices)
    parts = [part for choice in choices for part in split(lines[choice.row], choice.picks)]
    lines[:] = parts
    for position, line in enumerate(lines, 1):
        line.position = position


def split(line: TakenLine, picks: Sequence[Pick]) -> list[TakenLine]:
    """The line and copies of it, one for each pick, in packs where they come out even."""
    factor, unit = line.factor, line.unit
    parts = [line, *(_copy(line) for _ in picks[1:])]
    for part, pick in zip(parts, picks, strict=True):
        even = pick.quantity % factor == 0
        part.unit, part.factor = (unit, factor) if even else (line.item.base_unit, 1)
        part.quantity = pick.quantity // part.factor
        part.base_quantity = pick.quantity
        part.lot_id, part.lot = pick.balance.lot_id, pick.balance.lot
        part.amount = pick.balance.value_of(pick.quantity)
    return parts


def _copy(line: TakenLine) -> TakenLine:
    kind = type(line)
    names = [a.key for a in inspect(kind).column_attrs if a.key not in ("id", "lot_id")]
    return kind(item=line.item, **{name: getattr(line, name) for name in names})
