"""Bills that take units out of a warehouse: their lines, lots by turn, reservations."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, inspect, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from server.core.call import Call
from server.core.errors import BusinessError
from server.core.numbering import shanghai_date
from server.inventory import picking
from server.inventory.document import BillLine, total
from server.inventory.ledger_tables import Balance, Lot, Move
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
    bill: Any,
    judge: Callable[[Sequence[Choice]], None] = lambda _: None,
    *,
    any_state: bool = False,
) -> None:
    """Give each line its lot, splitting lines that need several, reserve the units, sum them up.

    ``judge`` may refuse the choice. Raises as ``picking.allocate`` does.
    """
    lines, day = list(bill.lines), shanghai_date(call.now)
    choices = picking.allocate(call.db, place, lines, day, any_state=any_state)
    judge(choices)
    parts = [part for choice in choices for part in split(lines[choice.row], choice.picks)]
    for position, line in enumerate(parts, 1):
        line.position = position
    bill.lines[:] = parts
    bill.amount = total(parts, lambda line: line.amount)


def value(bill: Any, moves: Sequence[Move]) -> None:
    """Write to the lines and to the bill what their movements, in the same order, were worth."""
    for line, move in zip(bill.lines, moves, strict=True):
        line.amount = move.amount
    bill.amount = total(bill.lines, lambda line: line.amount)


def estimate(call: Call, place: int, lines: Sequence[TakenLine]) -> Iterator[tuple[int, str]]:
    """(fen, why it cannot leave) of each line as it stands now; nothing is locked or reserved."""
    wanted = {line.item_id for line in lines}
    there = select(Balance).where(Balance.warehouse_id == place, Balance.item_id.in_(wanted))
    balances = list(call.db.scalars(there))
    for balance in balances:
        call.db.expunge(balance)  # promises made here are never kept
    for line in lines:
        try:
            (choice,) = picking.choose(balances, [line], shanghai_date(call.now))
        except BusinessError as error:
            yield 0, str(error)
        else:
            yield sum(worth(pick) for pick in choice.picks), ""


def worth(pick: Pick) -> int:
    """The fen a pick takes along."""
    return pick.balance.value_of(pick.quantity)


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
        part.amount = worth(pick)
    return parts


def _copy(line: TakenLine) -> TakenLine:
    kind = type(line)
    names = [a.key for a in inspect(kind).column_attrs if a.key not in ("id", "lot_id")]
    return kind(item=line.item, **{name: getattr(line, name) for name in names})
