"""Which lots leave: first expired first out, and the promises of bills not yet posted."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from protos.inventory import stock_pb2 as pb
from server.core.errors import Invalid
from server.inventory.item import Item
from server.inventory.ledger import Key, lock, lock_items
from server.inventory.ledger_tables import Balance, Lot
from server.inventory.refusals import Insufficient, LockedByCount, LotBlocked

_BLOCKED: dict[int, str] = {
    pb.Lot.HOLD: "已冻结",
    pb.Lot.RECALLED: "已召回",
    pb.Lot.QUARANTINE: "待检，尚未验收",
    pb.Lot.REJECTED: "验收不合格",
    pb.Lot.SCRAPPED: "已销毁",
}


class Pick(NamedTuple):
    """So many units out of one balance."""

    balance: Balance
    quantity: int


def expired(expires_on: date | None, today: date) -> bool:
    """Whether a lot is past its last usable day."""
    return expires_on is not None and expires_on < today


def blocked(lot: Lot, today: date) -> str:
    """Why a lot may not be used; empty if it may."""
    if expired(lot.expires_on, today):
        return f"有效期至{lot.expires_on:%Y-%m-%d}，已过期"
    return stopped(lot)


def stopped(lot: Lot) -> str:
    """Why nobody may use a lot, whatever the day; empty if somebody may."""
    return _BLOCKED.get(lot.state, "")


def turn(balance: Balance) -> tuple[date, date, str, int]:
    """What balances are ordered by: first expired first, then first received first."""
    return (
        balance.expires_on or date.max,
        balance.received_on,
        balance.lot_no,
        balance.lot_id,
    )


def queue(balances: Iterable[Balance], today: date) -> list[Balance]:
    """The balances that may be picked from, in the order they must be; none that is counted."""
    free = [b for b in balances if b.available > 0 and not b.frozen and not blocked(b.lot, today)]
    return sorted(free, key=turn)


def take_from(balances: Iterable[Balance], wanted: int) -> list[Pick]:
    """Units out of the balances in their order; less than wanted if there are no more."""
    picks = []
    for balance in balances:
        part = min(wanted, balance.available)
        if part > 0:
            picks.append(Pick(balance, part))
            wanted -= part
    return picks


class Wanting(Protocol):
    """A line of a bill that takes units out of a warehouse."""

    @property
    def item(self) -> Item:
        """What is wanted."""

    @property
    def item_id(self) -> int:
        """Its id."""

    @property
    def lot_id(self) -> int | None:
        """The lot asked for; none: by turn."""

    @property
    def base_quantity(self) -> int:
        """How many smallest units."""


class Choice(NamedTuple):
    """What a line gets."""

    row: int
    picks: list[Pick]
    skipped: bool  # another lot would have been first


def allocate(
    db: Session,
    place: int,
    lines: Sequence[Wanting],
    today: date,
    *,
    any_state: bool = False,
) -> list[Choice]:
    """Reserve units for each line, by its lot or first expired first out.

    Balances are locked. Raises as ``choose`` does.
    """
    balances = lock_items(db, place, {line.item_id for line in lines})
    return choose(balances, lines, today, any_state=any_state)


def choose(
    balances: Sequence[Balance], lines: Sequence[Wanting], today: date, *, any_state: bool = False
) -> list[Choice]:
    """Promise each line its units out of these balances.

    Raises Insufficient, LotBlocked and LockedByCount (unless any_state), Invalid for a lot of
    another item.
    """
    choices = []
    for row, line in enumerate(lines):
        of_item = [b for b in balances if b.item_id == line.item_id]
        order = sorted(of_item, key=turn) if any_state else queue(of_item, today)
        chosen = _of_lot(of_item, line, row, today, any_state) if line.lot_id else order
        picks = take_from(chosen, line.base_quantity)
        if not any_state:
            _refuse_counted(line, picks, of_item)
        _refuse_short(line, picks, chosen)
        skipped = bool(line.lot_id and order and order[0].lot_id != line.lot_id)
        for pick in picks:
            pick.balance.reserved += pick.quantity
        choices.append(Choice(row, picks, skipped))
    return choices


def _of_lot(
    balances: list[Balance], line: Wanting, row: int, today: date, any_state: bool
) -> list[Balance]:
    chosen = [b for b in balances if b.lot_id == line.lot_id]
    if not chosen:
        raise Invalid.at(f"lines[{row}].lot_id", "这个仓库没有这种物资的这个批次，请另选")
    why = blocked(chosen[0].lot, today)
    if why and not any_state:
        raise LotBlocked(f"{line.item.title} 批号{chosen[0].lot_no}", why)
    return chosen


def _refuse_counted(line: Wanting, picks: list[Pick], of_item: list[Balance]) -> None:
    """Say so where units are missing only because a stocktake holds them."""
    if any(pick.balance.frozen for pick in picks):
        raise LockedByCount(f"{line.item.title} 批号{picks[0].balance.lot_no or '无'}")
    short = line.base_quantity - sum(pick.quantity for pick in picks)
    held = [b for b in of_item if b.frozen and b.available > 0]
    if held and not line.lot_id and sum(b.available for b in held) >= short > 0:
        raise LockedByCount(f"{line.item.title} 批号{held[0].lot_no or '无'}")


def _refuse_short(line: Wanting, picks: list[Pick], chosen: list[Balance]) -> None:
    if sum(pick.quantity for pick in picks) < line.base_quantity:
        free = sum(b.available for b in chosen)
        raise Insufficient(line.item.title, free, line.base_quantity, line.item.base_unit)


def release(db: Session, place: int, lines: Iterable[Wanting]) -> None:
    """Give up what was reserved for lines that have their lot."""
    wanted: dict[Key, int] = {}
    for line in lines:
        key = Key(place, line.lot_id or 0)
        wanted[key] = wanted.get(key, 0) + line.base_quantity
    for key, balance in lock(db, wanted).items():
        balance.reserved -= wanted[key]
