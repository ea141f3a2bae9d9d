"""The stock ledger: immutable movements between two places, and the balances they add up to.

Every movement has a source and a target; suppliers, patients, losses and goods in transit are
virtual accounts. A movement carries its value in fen: what leaves takes its share of the balance's
value rounded half up, and the last piece takes the rest, so values add up to the fen.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from protos.inventory import stock_pb2 as pb
from server.core.call import Call
from server.core.errors import BusinessError
from server.inventory import seal
from server.inventory.codes import Code
from server.inventory.ledger_tables import (
    ACCOUNT_NAMES,
    Account,
    Balance,
    Lot,
    Move,
    Posting,
    balanced,
)
from server.inventory.months import open_period
from server.inventory.refusals import LockedByCount, SameSecond
from server.inventory.warehouse import Warehouse


@dataclass(frozen=True)
class Origin:
    """The document action a posting comes from; ``revision`` counts repeated actions."""

    document: str
    document_id: int
    action: str
    number: str
    revision: int = 0
    second_operator_id: int = 0
    task_id: int = 0
    emr_id: int = 0
    occurred_at: datetime | None = None  # where a bill says so
    by_record: bool = False  # brought about by signing a medical record, not by anybody at a desk


@dataclass(frozen=True)
class Entry:
    """One movement to be posted; without an amount it takes its share of the source's value."""

    code: int
    lot: Lot
    source: int
    target: int
    quantity: int
    line_id: int = 0
    reason: str = ""
    amount: int | None = None
    occurred_at: datetime | None = None
    reverses_id: int | None = None
    codes: tuple[str, ...] = ()  # scanned trace codes
    unit: str = ""  # of the document's line, where it is not the smallest
    factor: int = 1

    @property
    def said(self) -> tuple[str, int, int]:
        """Unit, quantity and factor as the document says them; smallest units if uneven."""
        if self.unit and self.quantity % self.factor == 0:
            return self.unit, self.quantity // self.factor, self.factor
        return self.lot.base_unit, self.quantity, 1

    def retail(self, units: int) -> int:
        """What so many smallest units sell for, in fen, rounded half up."""
        lot = self.lot
        return (2 * lot.retail_price * units + lot.factor) // (2 * lot.factor)


class Key(NamedTuple):
    """What a balance is found by; locked in this order."""

    place: int
    lot_id: int


def post(call: Call, origin: Origin, entries: Sequence[Entry]) -> list[Move]:
    """Write the movements of one action and move the balances, all or none.

    Raises Insufficient when a place holds too little, LockedByCount where a stocktake freezes it,
    SameSecond when a controlled drug has no second person; a second posting of the same action
    breaks its unique key.
    """
    from server.inventory.count import refuse_frozen  # stocktakes hold the balances of this file
    from server.inventory.trace import carry  # codes follow the movements of this file

    _refuse_single_hand(call, origin, entries)
    _refuse_owning(call, entries)
    period = open_period(call.db, call.now)
    balances = _locked(call.db, entries)
    refuse_frozen(call.db, balances.values())
    posting = Posting(
        document=origin.document,
        document_id=origin.document_id,
        action=origin.action,
        revision=origin.revision,
        posted_at=call.now,
    )
    moves = [_move(call, origin, posting, n, e, balances) for n, e in enumerate(entries, 1)]
    for move in moves:
        move.period = period
    posting.seal = seal.digest(posting, moves)
    call.sealed.append(f"{posting.id} {posting.seal}")
    call.db.add(posting)
    call.db.add_all(moves)
    carry(call.db, moves, entries, balances)
    call.changed.update(SHOWING)
    return moves


SHOWING = (  # what people see stock in
    "inventory.StockService", "inventory.PersonalStockService", "inventory.PersonalStoreService",
    "inventory.MoveService", "inventory.ExpiryService", "inventory.QuarantineService",
    "inventory.LotService", "inventory.RegisterEntryService",
)  # fmt: skip


def _refuse_single_hand(call: Call, origin: Origin, entries: Iterable[Entry]) -> None:
    if origin.by_record or origin.second_operator_id not in (0, call.user.id):
        return  # a medical record is signed on its own; else two people stand behind it
    for entry in entries:
        if entry.lot.item.controlled:
            raise SameSecond(f"{entry.lot.item_name}是麻醉或第一类精神药品，须双人办理")


def _refuse_owning(call: Call, entries: Iterable[Entry]) -> None:
    """Whatever the way, a controlled drug comes only to a person whose roles hold it.

    What flows back where it was, or is found there, is not refused: it is there.
    """
    from server.inventory.role_item import refuse_owning  # whose limits look into balances

    for entry in entries:
        if entry.lot.item.controlled and entry.code not in _BACK_WHERE_IT_WAS:
            refuse_owning(call, [entry.target], entry.lot.item)


_BACK_WHERE_IT_WAS = (
    pb.Move.CONSUMPTION_REVERSED, pb.Move.COUNTED_MORE, pb.Move.RELEASED, pb.Move.REVERSED,
)  # fmt: skip


def _move(
    call: Call,
    origin: Origin,
    posting: Posting,
    position: int,
    entry: Entry,
    balances: dict[Key, Balance],
) -> Move:
    source = balances.get(Key(entry.source, entry.lot.id))
    target = balances.get(Key(entry.target, entry.lot.id))
    for balance in (source, target):
        if balance is not None and balance.frozen:
            raise LockedByCount(f"{balance.lot.item_name} 批号{balance.lot_no or '无'}")
        if balance is not None:
            _refuse_counted(balance, origin.occurred_at)
    amount = source.take(entry.quantity, entry.amount) if source else entry.amount or 0
    if target:
        target.put(entry.quantity, amount)
    unit, unit_quantity, factor = entry.said
    return Move(
        posting_id=posting.id, position=position, code=entry.code, number=origin.number,
        unit=unit, unit_quantity=unit_quantity, factor=factor,
        retail_price=entry.retail(factor), retail_amount=entry.retail(entry.quantity),
        item_id=entry.lot.item_id, lot_id=entry.lot.id, lot_no=entry.lot.lot_no,
        source_id=int(entry.source), target_id=int(entry.target),
        quantity=entry.quantity, amount=amount,
        occurred_at=entry.occurred_at or origin.occurred_at or call.now,
        posted_at=call.now,
        line_id=entry.line_id, reason=entry.reason, reverses_id=entry.reverses_id,
        task_id=origin.task_id, emr_id=origin.emr_id, operator_id=call.user.id,
        second_operator_id=origin.second_operator_id,
    )  # fmt: skip


def _refuse_counted(balance: Balance, occurred_at: datetime | None) -> None:
    """What happened before a stocktake was seen by it, and must not be booked once more."""
    if occurred_at and balance.counted_at and balance.counted_at > occurred_at:
        raise BusinessError(
            f"{balance.lot.item_name} 批号{balance.lot_no or '无'}在发生时间之后盘点过，"
            "差异已由盘点调整；请改发生时间，或不再补单"
        )


def _locked(db: Session, entries: Iterable[Entry]) -> dict[Key, Balance]:
    """The balances of both ends of all entries, locked in key order; missing ones are made."""
    lots = {}
    for entry in entries:
        for place in (entry.source, entry.target):
            if balanced(place):
                lots[Key(int(place), entry.lot.id)] = entry.lot
    found = lock(db, lots)
    for key in sorted(set(lots) - set(found)):
        found[key] = _empty(key, lots[key])
        db.add(found[key])
    return found


def _empty(key: Key, lot: Lot) -> Balance:
    return Balance(
        warehouse_id=key.place, item_id=lot.item_id, lot_id=lot.id, lot=lot, lot_no=lot.lot_no,
        expires_on=lot.expires_on, received_on=lot.received_on, quantity=0, reserved=0, amount=0,
        count_id=0, frozen=False,
    )  # fmt: skip


def lock(db: Session, keys: Collection[Key]) -> dict[Key, Balance]:
    """The balances of those keys, locked in key order, as they are now."""
    pair = tuple_(Balance.warehouse_id, Balance.lot_id)
    wanted = sorted((key.place, key.lot_id) for key in keys)
    return {Key(b.warehouse_id, b.lot_id): b for b in _lock(db, pair.in_(wanted))}


def lock_items(db: Session, place: int, item_ids: Collection[int]) -> list[Balance]:
    """Every balance of those items in one place, locked in key order, as they are now."""
    items = Balance.item_id.in_(sorted(item_ids))
    return list(_lock(db, (Balance.warehouse_id == place) & items))


def lock_lots(db: Session, lot_ids: Collection[int]) -> None:
    """Lock every balance of those lots, in key order, without reading them."""
    db.flush()
    chosen = select(Balance.id).where(Balance.lot_id.in_(sorted(lot_ids)))
    order = (Balance.warehouse_id, Balance.lot_id)
    db.execute(chosen.order_by(*order).with_for_update(of=Balance)).all()


def _lock(db: Session, condition: Any) -> Iterator[Balance]:
    db.flush()  # what this transaction did already must be in what is read
    chosen = (
        select(Balance)
        .where(condition)
        .order_by(Balance.warehouse_id, Balance.lot_id)
        .with_for_update(of=Balance)
        .execution_options(populate_existing=True)
    )
    yield from db.scalars(chosen)


# Questions ------------------------------------------------------------------------------------


def place_names(db: Session, places: Collection[int]) -> dict[int, str]:
    """What warehouses and virtual accounts are called; one query."""
    named = select(Warehouse.id, Warehouse.name).where(Warehouse.id.in_(places))
    names = {row[0]: row[1] for row in db.execute(named)}
    return names | {int(account): ACCOUNT_NAMES[account] for account in Account}


def place_name(db: Session, place: int) -> str:
    """What a warehouse or a virtual account is called."""
    return place_names(db, [place]).get(place, "")


def moved(db: Session, item_id: int) -> bool:
    """Whether the item was ever in a movement."""
    return db.scalars(select(Move.id).where(Move.item_id == item_id).limit(1)).first() is not None


def holds(db: Session, warehouse_id: int) -> bool:
    """Whether anything lies in a warehouse."""
    some = (Balance.warehouse_id == warehouse_id) & (Balance.quantity > 0)
    return db.scalars(select(Balance.id).where(some).limit(1)).first() is not None


def remaining(db: Session, moves: Sequence[Move]) -> dict[int, tuple[int, int]]:
    """For each movement the quantity and value not yet taken back.

    What was taken back by a return that was itself reversed is there again.
    """
    left = {move.id: (move.quantity, move.amount) for move in moves}
    backs = list(db.scalars(select(Move).where(Move.reverses_id.in_(left))))
    stands = {back.id: (back.quantity, back.amount) for back in backs}
    for again in db.scalars(select(Move).where(Move.reverses_id.in_(stands))):
        _less(stands, again, again.quantity, again.amount)
    for back in backs:
        _less(left, back, *stands[back.id])
    return left


def _less(left: dict[int, tuple[int, int]], back: Move, units: int, fen: int) -> None:
    """Take so much off the movement another one reverses."""
    assert back.reverses_id is not None
    quantity, amount = left[back.reverses_id]
    left[back.reverses_id] = quantity - units, amount - fen


def reversal(move: Move, quantity: int, left: tuple[int, int], code: int, reason: str) -> Entry:
    """The mirror of a movement or a part of it; refused beyond what is not yet reversed."""
    if move.reverses_id:
        raise BusinessError(f"冲回的记录不能再冲回，请另开单据（{Code.STATE}）")
    if quantity > left[0]:
        raise BusinessError(f"冲回数量超限：还可冲回{left[0]}，要冲回{quantity}（{Code.RED_OVER}）")
    amount = left[1] if quantity == left[0] else left[1] * quantity // left[0]
    return Entry(
        code, move.lot, move.target_id, move.source_id, quantity,
        move.line_id, reason, amount, reverses_id=move.id,
    )  # fmt: skip
