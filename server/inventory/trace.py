"""Trace codes 药品追溯码: one code is one retail pack; its units are followed from place to place.

The units of a code add up to the pack over all places, patients and losses included. A scanned code
moves for certain; where nobody scanned, codes are taken in order and the step is marked as assumed.
A place never holds more units under codes than it holds of the lot.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from protos.facts import Fault
from protos.inventory import trace_code_pb2 as pb
from server.core.db import Model
from server.core.errors import BusinessError
from server.inventory.codes import Code
from server.inventory.item import Item
from server.inventory.ledger import Entry, Key
from server.inventory.ledger_tables import (
    ACCOUNT_NAMES,
    LAST_ACCOUNT,
    Account,
    Balance,
    Lot,
    Move,
    balanced,
)
from server.inventory.warehouse import Warehouse

_S = pb.TraceCode
_CODE = re.compile(r"\d{20}")
_GONE: dict[int, int] = {
    Account.PATIENT: _S.CONSUMED, Account.SUPPLIER: _S.RETURNED, Account.SCRAP: _S.SCRAPPED,
    Account.OPENING: _S.RETURNED,
}  # fmt: skip


class TraceCode(Model):
    """A code, the lot it is of, and how many smallest units the pack held and still holds."""

    __tablename__ = "inventory_trace_code"

    code: Mapped[str] = mapped_column(String(20), unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id), index=True)
    lot_no: Mapped[str] = mapped_column(String(40), index=True)
    received_on: Mapped[date] = mapped_column(index=True)
    units: Mapped[int]
    left: Mapped[int]  # in stores and in transit
    state: Mapped[int] = mapped_column(default=_S.IN_STOCK)


class TraceStock(Model):
    """Units of one code in one place, a warehouse or a virtual account."""

    __tablename__ = "inventory_trace_stock"
    __table_args__ = (
        UniqueConstraint("code_id", "place"),
        CheckConstraint("units >= 0", name="units_not_negative"),
    )

    code_id: Mapped[int] = mapped_column(ForeignKey(TraceCode.id))
    lot_id: Mapped[int] = mapped_column(index=True)
    place: Mapped[int]
    units: Mapped[int]


class TraceStep(Model):
    """Units of one code that went along with one movement."""

    __tablename__ = "inventory_trace_step"

    code_id: Mapped[int] = mapped_column(ForeignKey(TraceCode.id), index=True)
    move_id: Mapped[int] = mapped_column(ForeignKey(Move.id), index=True)
    units: Mapped[int]
    scanned: Mapped[bool]


# Scanning -------------------------------------------------------------------------------------


def parse(text: str | None) -> list[str]:
    """The codes in a text, in order; none in a line that has no such text yet."""
    return [part for part in re.split(r"[\s,，;；、]+", text or "") if part]


def code_faults(db: Session, row: int, codes: Sequence[str], packs: int) -> Iterator[Fault]:
    """Codes of a receipt line that are malformed, doubled, known, or do not fit the quantity.

    ``packs`` is how many codes the line should have.
    """
    path = f"lines[{row}].trace_codes"
    bad = [code for code in codes if not _CODE.fullmatch(code)]
    if bad:
        yield Fault(path, f"追溯码应是20位数字，请重扫：{bad[0]}")
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        yield Fault(path, f"同一个追溯码扫了两次，请删去一个：{twice[0]}")
    known = set(db.scalars(select(TraceCode.code).where(TraceCode.code.in_(codes))))
    here = sorted(known - set(gone_back(db, codes)))
    if here:
        yield Fault(path, f"追溯码{here[0]}已经入过库，请核对实物（{Code.DUPLICATE}）")
    if codes and not packs:
        yield Fault(path, f"扫了{len(codes)}个追溯码，与数量对不上，请每个包装扫一个")


def units_each(item: Item, quantity: int, count: int) -> int:
    """How many units each of so many codes stands for: a pack of the item or one unit; else 0."""
    each, rest = divmod(quantity, count)
    sizes = {1, *(pack.factor for pack in item.units)}
    return each if not rest and each in sizes else 0


def bring(db: Session, lot: Lot, codes: Sequence[str], quantity: int, account: int) -> None:
    """Enter the codes of a received lot; they come in with the movement that names them.

    A code that went back to where it came from may come again, in a lot of its own.
    """
    each = units_each(lot.item, quantity, len(codes))
    back = gone_back(db, codes)
    for known in back.values():
        _anew(db, known, lot, each, account)
    for code in (code for code in codes if code not in back):
        made = TraceCode(
            code=code, item_id=lot.item_id, lot_id=lot.id, lot_no=lot.lot_no,
            received_on=lot.received_on, units=each, left=0,
        )  # fmt: skip
        stock = TraceStock(code_id=made.id, lot_id=lot.id, place=int(account), units=each)
        db.add(made)
        db.flush()
        db.add(stock)


def _anew(db: Session, code: TraceCode, lot: Lot, each: int, account: int) -> None:
    """Let a returned code begin again in another lot."""
    code.item_id, code.lot_id, code.lot_no = lot.item_id, lot.id, lot.lot_no
    code.received_on, code.units, code.left = lot.received_on, each, 0
    chosen = select(TraceStock).where(TraceStock.code_id == code.id)
    lying = {stock.place: stock for stock in db.scalars(chosen)}
    for stock in lying.values():
        stock.lot_id, stock.units = lot.id, each if stock.place == account else 0
    if account not in lying:
        db.add(TraceStock(code_id=code.id, lot_id=lot.id, place=int(account), units=each))
    db.flush()


def gone_back(db: Session, codes: Collection[str]) -> dict[str, TraceCode]:
    """Those of the codes that went back whole to where they had come from."""
    at_origin = TraceStock.place.in_((Account.SUPPLIER, Account.OPENING))
    chosen = (
        select(TraceCode)
        .join(TraceStock, TraceStock.code_id == TraceCode.id)
        .where(TraceCode.code.in_(codes), at_origin, TraceStock.units == TraceCode.units)
    )
    return {code.code: code for code in db.scalars(chosen)}


def codes_at(db: Session, place: int, codes: Collection[str]) -> list[tuple[TraceCode, int]]:
    """Those of the codes of which units lie in a place, with the units."""
    chosen = (
        select(TraceCode, TraceStock.units)
        .join(TraceStock, TraceStock.code_id == TraceCode.id)
        .where(TraceCode.code.in_(codes), TraceStock.place == place, TraceStock.units > 0)
        .order_by(TraceCode.code)
    )
    return list(db.execute(chosen))


# Following ------------------------------------------------------------------------------------


def carry(
    db: Session, moves: Sequence[Move], entries: Sequence[Entry], balances: dict[Key, Balance]
) -> None:
    """Let codes go along with movements just made; raises BusinessError for a code not there."""
    lots = {move.lot_id for move in moves}
    db.flush()
    places = {place for move in moves for place in (move.source_id, move.target_id)}
    chosen = (
        select(TraceStock)
        .where(TraceStock.lot_id.in_(lots), TraceStock.place.in_(places))
        .order_by(TraceStock.code_id)
    )
    held = list(db.scalars(chosen.with_for_update()))
    if not held:
        _refuse_unknown(entries)
        return
    book = _Book(db, held)
    for move, entry in zip(moves, entries, strict=True):
        book.carry(move, entry, balances.get(Key(move.source_id, move.lot_id)))
    db.flush()


def _refuse_unknown(entries: Iterable[Entry]) -> None:
    for entry in entries:
        if entry.codes:
            raise BusinessError(f"没有入过库的追溯码：{entry.codes[0]}，请核对或不扫码")


class _Book:
    """The codes of some lots while movements carry them about."""

    def __init__(self, db: Session, held: Iterable[TraceStock]) -> None:
        self._db = db
        self._stock = {(stock.code_id, stock.place): stock for stock in held}
        ids = {code_id for code_id, _ in self._stock}
        chosen = select(TraceCode).where(TraceCode.id.in_(ids)).order_by(TraceCode.code)
        self._codes = {code.id: code for code in db.scalars(chosen)}

    def carry(self, move: Move, entry: Entry, balance: Balance | None) -> None:
        """Take what was scanned, what belongs to the movement by its past, and what must go."""
        wanted = move.quantity
        here = self._at(move.source_id, move.lot_id)
        for code in self._scanned(entry, here):
            wanted -= self._take(move, code, wanted, scanned=True)
        for code_id, units in self._past(move, entry):
            if code_id in self._codes:
                code = self._codes[code_id]
                wanted -= self._take(move, code, min(units, wanted), scanned=False)
        must = self._surplus(move, balance)
        for code in here:
            part = min(wanted, must)
            taken = self._take(move, code, part, scanned=False) if part > 0 else 0
            wanted, must = wanted - taken, must - taken

    def _at(self, place: int, lot_id: int) -> list[TraceCode]:
        """Codes with units in a place: opened packs first, then in order."""
        found = [
            self._codes[stock.code_id]
            for stock in self._stock.values()
            if stock.place == place and stock.units and stock.lot_id == lot_id
        ]
        return sorted(found, key=lambda code: (code.left == code.units, code.code))

    def _scanned(self, entry: Entry, here: Sequence[TraceCode]) -> list[TraceCode]:
        by_code = {code.code: code for code in here}
        for code in entry.codes:
            if code not in by_code:
                raise BusinessError(f"追溯码{code}不在发出的库里或不是这个批次，请核对实物")
        return [by_code[code] for code in entry.codes]

    def _past(self, move: Move, entry: Entry) -> list[tuple[int, int]]:
        """Codes that came to the source by this very line, or with the movement taken back."""
        if entry.reverses_id:
            return self._came(Move.id == entry.reverses_id, Move.reverses_id == entry.reverses_id)
        if move.source_id == Account.TRANSIT and entry.line_id:
            same = Move.line_id == entry.line_id
            return self._came(
                same & (Move.target_id == move.source_id), same & (Move.source_id == move.source_id)
            )
        return []

    def _came(self, there: object, back: object) -> list[tuple[int, int]]:
        found: dict[int, int] = {}
        for condition, sign in ((there, 1), (back, -1)):
            chosen = (
                select(TraceStep.code_id, func.sum(TraceStep.units))
                .join(Move, Move.id == TraceStep.move_id)
                .where(condition)  # type: ignore[arg-type]
                .group_by(TraceStep.code_id)
            )
            for code_id, units in self._db.execute(chosen):
                found[code_id] = found.get(code_id, 0) + sign * int(units)
        return [(code_id, units) for code_id, units in sorted(found.items()) if units > 0]

    def _surplus(self, move: Move, balance: Balance | None) -> int:
        """Units under codes in the source beyond what is left of the lot there."""
        if balance is None:
            return 0
        coded = sum(
            stock.units
            for stock in self._stock.values()
            if stock.place == move.source_id and stock.lot_id == move.lot_id
        )
        return max(coded - balance.quantity, 0)

    def _take(self, move: Move, code: TraceCode, units: int, *, scanned: bool) -> int:
        """Move up to so many units of a code; answers how many there were."""
        source = self._stock.get((code.id, move.source_id))
        part = min(units, source.units) if source is not None else 0
        if source is None or part <= 0:
            return 0
        target = self._stock.get((code.id, move.target_id))
        if target is None:
            target = TraceStock(code_id=code.id, lot_id=code.lot_id, place=move.target_id, units=0)
            self._stock[code.id, move.target_id] = target
            self._db.add(target)
        source.units -= part
        target.units += part
        code.left += part * (balanced(move.target_id) - balanced(move.source_id))
        code.state = _state(code, move.target_id)
        self._db.add(TraceStep(code_id=code.id, move_id=move.id, units=part, scanned=scanned))
        return part


def _state(code: TraceCode, target: int) -> int:
    if code.left == code.units:
        return _S.IN_STOCK
    return _S.OPENED if code.left else _GONE.get(target, _S.LOST)


# Questions ------------------------------------------------------------------------------------


def place_names(db: Session, places: Collection[int]) -> dict[int, str]:
    """What warehouses and virtual accounts are called; one query."""
    named = select(Warehouse.id, Warehouse.name).where(Warehouse.id.in_(places))
    names: dict[int, str] = {row[0]: row[1] for row in db.execute(named)}
    return names | {p: ACCOUNT_NAMES[Account(p)] for p in places if p <= LAST_ACCOUNT}


def gaps(db: Session) -> list[str]:
    """One sentence for each code whose units do not add up, or that lies where its lot does not."""
    sums = select(TraceStock.code_id, func.sum(TraceStock.units)).group_by(TraceStock.code_id)
    total = {row[0]: int(row[1]) for row in db.execute(sums)}
    found = [
        f"追溯码{code.code}：各处共{total.get(code.id, 0)}，应为{code.units}"
        for code in db.scalars(select(TraceCode))
        if total.get(code.id, 0) != code.units
    ]
    coded = select(TraceStock.place, TraceStock.lot_id, func.sum(TraceStock.units)).group_by(
        TraceStock.place, TraceStock.lot_id
    )
    kept = {(b.warehouse_id, b.lot_id): b.quantity for b in db.scalars(select(Balance))}
    for place, lot_id, units in db.execute(coded):
        if balanced(place) and int(units) > kept.get((place, lot_id), 0):
            found.append(f"仓库{place}批次{lot_id}：追溯码有{units}，结存没有这么多")
    return found
