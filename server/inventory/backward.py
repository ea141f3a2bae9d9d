"""Bills that take movements of a posted bill back: returns both ways and red reversals.

Each line names one movement and takes back all or a part of it; what was taken back before, by
whatever kind of bill, counts against the movement (I7).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, TypeVar

from google.protobuf.message import Message
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from protos.inventory import bill_pb2
from server.core.call import Call
from server.core.errors import BusinessError, Invalid
from server.inventory import ledger, picking, reasons
from server.inventory.codes import Code
from server.inventory.document import Bill, BillService, fill_names, measure, posted, total
from server.inventory.ledger import Entry, Key, Origin
from server.inventory.ledger_tables import Move, balanced
from server.inventory.refusals import Insufficient, ReversedTooMuch
from server.inventory.taking import TakenLine, the_lot, value
from server.inventory.warehouse import Warehouse


class BackBill(Bill):
    """The header; ``warehouse_id`` is the store whose stock it changes."""

    __abstract__ = True

    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(60), default="")
    amount: Mapped[int] = mapped_column(default=0)  # fen

    @declared_attr
    @classmethod
    def warehouse_id(cls) -> Mapped[int]:
        """Where the goods lie, or come back to from outside."""
        return mapped_column(ForeignKey(Warehouse.id), index=True)


class BackLine(TakenLine):
    """So much of one movement, taken back."""

    __abstract__ = True

    move_id: Mapped[int] = mapped_column(ForeignKey(Move.id), index=True)
    fate: Mapped[int] = mapped_column(default=bill_pb2.BackLine.REUSABLE)

    @declared_attr
    @classmethod
    def move(cls) -> Mapped[Move]:
        """What is taken back."""
        return relationship(Move, lazy="joined", innerjoin=True)

    @property
    def place(self) -> int:
        """Where its goods lie: the warehouse or account the movement brought them to."""
        return self.move.target_id

    @property
    def moved(self) -> int:
        """How many units it moved."""
        return self.move.quantity


class Source(NamedTuple):
    """The posted bill something is taken back of: its movements, where the goods lie now."""

    bill: Any
    moves: Sequence[Move]
    place: int


B = TypeVar("B", bound=BackBill)
P = TypeVar("P", bound=Message)


def line_of(kind: type[BackLine], move: Move, quantity: int) -> BackLine:
    """A line that takes so many units of a movement back."""
    return kind(
        item_id=move.item_id, item=move.lot.item, lot_id=move.lot_id, lot=move.lot, move_id=move.id,
        move=move, quantity=quantity, base_quantity=quantity, unit=move.lot.item.base_unit,
        factor=1, amount=move.amount * quantity // move.quantity,
        fate=bill_pb2.BackLine.REUSABLE,
    )  # fmt: skip


class BackService(BillService[B, P]):
    """The verbs of every backward bill; subclasses name source, target and the code."""

    line: ClassVar[type[BackLine]]
    move_code: ClassVar[int]
    verb: ClassVar[str]  # what it does to the original: 红冲, 退库
    reasons: ClassVar[str] = "return_reason"

    # What a subclass says

    def source(self, call: Call, bill: B) -> Source:
        """The original, if something may be taken back of it; raises Invalid."""
        raise NotImplementedError

    def target(self, call: Call, bill: B, line: BackLine) -> int:
        """The place a line's goods go to."""
        raise NotImplementedError

    def there(self, call: Call, source: Source) -> Mapping[int, int]:
        """The units by lot that bound what is taken back where nothing is asked; none: all."""
        return {}

    def refuse_late(self, call: Call, bill: B) -> None:
        """What else stands against posting."""

    # What all do

    def check(self, call: Call, record: B) -> None:
        """The original may be taken back, and no line takes more than is left of it."""
        reasons.refuse_unknown(self.reasons, record.reason, "reason")
        source = self.source(call, record)
        record.warehouse_id = source.place
        if not record.lines:
            record.lines[:] = self._all(call, source)
        refuse_foreign(record.lines, source)
        measure(call, record.lines, kept=True)
        for position, line in enumerate(record.lines, 1):
            line.position = position
            line.amount = line.move.amount * line.quantity // line.move.quantity
        record.amount = total(record.lines, lambda line: line.amount)
        self.refuse_late(call, record)
        refuse_over(call, record.lines)

    def _all(self, call: Call, source: Source) -> list[BackLine]:
        left = ledger.remaining(call.db, source.moves)
        there = self.there(call, source)
        rest = [
            (move, min(left[move.id][0], there.get(move.lot_id, left[move.id][0])))
            for move in source.moves
        ]
        lines = [line_of(self.line, move, quantity) for move, quantity in rest if quantity]
        if not lines:
            raise BusinessError(f"这张单据已全部{self.verb}，没有可退的数量（{Code.RED_OVER}）")
        return lines

    def prepare(self, call: Call, bill: B) -> None:
        """Reserve the very lots where they lie; raises when they are there no more."""
        reserve_lots(call, bill.lines)

    def release(self, call: Call, bill: B) -> None:
        """Give the reserved lots up."""
        release_lots(call, bill.lines)

    def settle(self, call: Call, bill: B) -> None:
        """Take the goods back on the books and tell so on the original."""
        release_lots(call, bill.lines)
        refuse_over(call, bill.lines)
        self.refuse_late(call, bill)
        origin = Origin(
            self.model.__tablename__.removeprefix("inventory_"), bill.id, "post",
            bill.number or "", second_operator_id=bill.maker_id, occurred_at=bill.occurred_at,
        )  # fmt: skip
        moves = ledger.post(call, origin, self._entries(call, bill))
        value(bill, moves)
        posted(call, bill)
        link(self.source(call, bill).bill, f"{self.verb} {bill.number}")

    def code_of(self, line: BackLine) -> int:
        """The business a line is booked as."""
        return self.move_code

    def _entries(self, call: Call, bill: B) -> list[Entry]:
        why = reasons.said(self.reasons, bill.reason, bill.note)[:80]
        left = ledger.remaining(call.db, [line.move for line in bill.lines])
        return [
            Entry(
                self.code_of(line), the_lot(line), line.place, self.target(call, bill, line),
                line.base_quantity, line.id, why, _worth(line, left), reverses_id=line.move_id,
            )
            for line in bill.lines
        ]  # fmt: skip

    def complete(self, call: Call, messages: Sequence[Any]) -> None:
        """Names; and of each line how much is left of its movement."""
        fill_names(call, messages)
        wanted = {line.move_id for message in messages for line in message.lines}
        moves = list(call.db.scalars(select(Move).where(Move.id.in_(wanted))))
        left = ledger.remaining(call.db, moves)
        for message in messages:
            for line in message.lines:
                line.left = left[line.move_id][0]


def _worth(line: BackLine, left: dict[int, tuple[int, int]]) -> int | None:
    """What comes back from outside brings its own value; from a store its share of what is there.

    ``left`` is brought up to date, so that the last part takes the rest.
    """
    units, fen = left[line.move_id]
    part = fen if line.base_quantity == units else fen * line.base_quantity // units
    left[line.move_id] = units - line.base_quantity, fen - part
    return None if balanced(line.place) else part


def link(original: Any, text: str) -> None:
    """Tell on the original what took it back."""
    original.links = "；".join(part for part in (original.links, text) if part)[:200]


def refuse_foreign(lines: Sequence[BackLine], source: Source) -> None:
    """Refuse lines that do not come from the original."""
    moves = {move.id: move for move in source.moves}
    for row, line in enumerate(lines):
        if line.move_id not in moves:
            raise Invalid.at(
                f"lines[{row}].quantity", "这一行不是原单带出的；请删去，或清空明细重新带出"
            )
        move = line.move = moves[line.move_id]
        line.item_id, line.lot_id, line.lot = move.item_id, move.lot_id, move.lot
        line.unit, line.factor = "", 1


def refuse_over(call: Call, lines: Sequence[BackLine]) -> None:
    """Refuse to take back more than is left of a movement."""
    left = ledger.remaining(call.db, [line.move for line in lines])
    wanted: dict[int, int] = {}
    for row, line in enumerate(lines):
        wanted[line.move_id] = wanted.get(line.move_id, 0) + line.base_quantity
        if wanted[line.move_id] > left[line.move_id][0]:
            raise ReversedTooMuch(row, line.item.title, left[line.move_id][0], line.item.base_unit)


def release_lots(call: Call, lines: Sequence[BackLine]) -> None:
    """Give up what was reserved for the lines, each where its goods lie."""
    for place in sorted({line.place for line in lines if balanced(line.place)}):
        picking.release(call.db, place, [line for line in lines if line.place == place])


def reserve_lots(call: Call, lines: Sequence[BackLine]) -> None:
    """Reserve each line's own lot where it lies; says where missing goods went."""
    within = [line for line in lines if balanced(line.place)]
    balances = ledger.lock(call.db, {_key(line) for line in within})
    for line in within:
        balance = balances.get(_key(line))
        free = balance.available if balance else 0
        if balance is None or free < line.base_quantity:
            what = f"{line.item.title} 批号{line.lot_no or '无'}"
            gone = "、".join(where_it_went(call, line.place, line))
            raise Insufficient(
                f"{what}（已去向：{gone}）" if gone else what, free, line.base_quantity,
                line.item.base_unit,
            )  # fmt: skip
        balance.reserved += line.base_quantity


def _key(line: BackLine) -> Key:
    return Key(line.place, line.lot_id or 0)


def where_it_went(call: Call, place: int, line: BackLine) -> Iterator[str]:
    """The places a lot left for, with units and bills, the last first."""
    chosen = (
        select(Move)
        .where(Move.source_id == place, Move.lot_id == line.lot_id, Move.id > line.move_id)
        .order_by(Move.id.desc())
        .limit(5)
    )
    for move in call.db.scalars(chosen):
        name = ledger.place_name(call.db, move.target_id)
        yield f"{name}{move.quantity}{line.item.base_unit}（{move.number}）"
