"""The stock card with its running balance, and the special ledger of controlled drugs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from protos.common.list_pb2 import ListRequest
from protos.inventory import card_pb2 as pb
from protos.inventory import empties_pb2
from server.admin.person import Person
from server.core.call import Call
from server.core.errors import BusinessError
from server.core.mapping import timestamp
from server.core.reading import ReadService
from server.core.view import View, whole
from server.inventory.blind import BlindService, hidden_items, under_count
from server.inventory.empties import EmptiesReturn
from server.inventory.empties_balance import EmptiesBalance
from server.inventory.item import CONTROLLED, Item
from server.inventory.ledger import place_names
from server.inventory.ledger_tables import LAST_ACCOUNT, Balance, Move
from server.inventory.warehouse import scoped

LONGEST = 500  # lines of a register that are shown and printed, the newest


def _side(place: Any, other: Any, odd: int) -> Any:
    """The movements as one end sees them; ids of the two ends differ in the last bit."""
    came = Move.quantity if odd else literal(0)
    went = literal(0) if odd else Move.quantity
    return select(
        (Move.id * 2 + odd).label("id"), Move.posted_at, Move.occurred_at,
        place.label("warehouse_id"), other.label("other_id"), Move.item_id, Move.code, Move.number,
        Move.lot_no, came.label("came"), went.label("went"), Move.amount, Move.operator_id,
        Move.reason, Move.unit, Move.unit_quantity, Move.factor, Move.retail_price,
        Move.retail_amount,
    ).where(place > LAST_ACCOUNT)  # fmt: skip


_ends = union_all(
    _side(Move.target_id, Move.source_id, 1), _side(Move.source_id, Move.target_id, 0)
).subquery("ends")
_running = func.sum(_ends.c.came - _ends.c.went).over(
    partition_by=(_ends.c.warehouse_id, _ends.c.item_id), order_by=_ends.c.id
)
_card = select(*_ends.c, whole(_running).label("balance")).subquery("card")


class CardLine(View):
    """One end of a movement, and what lay there of the item after it."""

    __table__ = _card
    warehouse_id: InstrumentedAttribute[int]
    other_id: InstrumentedAttribute[int]
    item_id: InstrumentedAttribute[int]


class CardService(BlindService[CardLine, pb.CardLine]):
    """The stock card."""

    model = CardLine
    message = pb.CardLine
    page = pb.CardLineList
    searches = ("number", "lot_no")
    display = "number"
    figures = ("came", "went", "balance", "amount", "unit_quantity", "retail_amount")

    def hidden(self, call: Call) -> ColumnElement[bool]:
        """Lines whose balance tells what is just counted blind."""
        there = (Balance.warehouse_id == CardLine.warehouse_id, Balance.item_id == CardLine.item_id)
        return exists().where(*there, under_count(call))

    def covered(self, call: Call, messages: Sequence[Any]) -> set[int]:
        """Asked of the balances: one row of the card costs as much as the whole card."""
        hidden = hidden_items(call, {message.warehouse_id for message in messages})
        return {m.id for m in messages if (m.warehouse_id, m.item_id) in hidden}

    def visible(self, call: Call) -> Select[CardLine]:
        """Of the user's warehouses."""
        return scoped(call, select(CardLine), CardLine.warehouse_id)

    def List(self, call: Call, request: ListRequest) -> pb.CardLineList:
        """A card is of an item: without one there is none to show."""
        if not any(asked.field == "item_id" and asked.values for asked in request.filters):
            raise BusinessError("请先在查询条件里选择物资（最好也选择仓库），再按 F9 查看台账卡")
        return super().List(call, request)

    def complete(self, call: Call, messages: Sequence[pb.CardLine]) -> None:
        """What the other ends are called."""
        wanted = [message.id for message in messages]
        chosen = select(CardLine.id, CardLine.other_id).where(CardLine.id.in_(wanted))
        items = {message.item_id for message in messages}
        others = {
            row[0]: row[1] for row in call.db.execute(chosen.where(CardLine.item_id.in_(items)))
        }
        names = place_names(call.db, set(others.values()))
        for message in messages:
            message.other = names.get(others.get(message.id, 0), "")


class RegisterService(ReadService[Item, pb.Register]):
    """The special ledger: each controlled drug with every movement of it."""

    model = Item
    message = pb.Register
    page = pb.RegisterList
    searches = ("codes", "code")
    display = "title"
    code = "code"

    def visible(self, call: Call) -> Select[Item]:
        """Narcotics and first-class psychotropics."""
        return select(Item).where(Item.control.in_(sorted(CONTROLLED)))

    def complete(self, call: Call, messages: Sequence[pb.Register]) -> None:
        """What there is of each; every movement where one is opened."""
        ids = [message.id for message in messages]
        sums = select(Balance.item_id, func.sum(Balance.quantity)).where(Balance.item_id.in_(ids))
        there = {row[0]: int(row[1]) for row in call.db.execute(sums.group_by(Balance.item_id))}
        back = empties_of(call, ids)
        for message in messages:
            message.on_hand = there.get(message.id, 0)
            message.used, message.empties, message.broken = back.get(message.id, (0, 0, 0))
            message.missing = message.used - message.empties - message.broken
            if call.method.name == "Get":
                message.lines.extend(registered(call, message.id))
                if len(message.lines) == LONGEST:
                    message.notice = f"这里只有最近{LONGEST}笔；全部登记见“麻精专册登记”页面"
                message.handed_in.extend(handed_in(call, message.id))


def empties_of(call: Call, item_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """Units used, empty ampoules received, and those that broke, by item."""
    of, chosen = EmptiesBalance, EmptiesBalance.item_id.in_(item_ids)
    sums = [func.sum(each) for each in (of.used, of.empties, of.broken)]
    rows = call.db.execute(select(of.item_id, *sums).where(chosen).group_by(of.item_id))
    return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows}


def handed_in(call: Call, item_id: int) -> list[pb.RegisterEmpties]:
    """The empty ampoules of an item that were received, the oldest of the newest first."""
    there = (EmptiesReturn.item_id == item_id,
             EmptiesReturn.state == empties_pb2.EmptiesReturn.RECEIVED)  # fmt: skip
    chosen = select(EmptiesReturn).where(*there).order_by(EmptiesReturn.received_at.desc())
    rows = list(call.db.scalars(chosen.limit(LONGEST)))[::-1]
    people = _people(call, {hand for row in rows for hand in (row.person_id, row.receiver_id or 0)})
    return [
        pb.RegisterEmpties(
            received_at=timestamp(row.received_at) if row.received_at else None,
            business_on=row.business_on.isoformat(), number=row.number, lot_no=row.lot_no,
            quantity=row.quantity, broken=row.broken, remark=row.remark,
            person_name=people.get(row.person_id, ""),
            receiver_name=people.get(row.receiver_id or 0, ""),
        )
        for row in rows
    ]  # fmt: skip


def _people(call: Call, ids: set[int]) -> dict[int, str]:
    named = select(Person.id, Person.name).where(Person.id.in_(ids))
    return {row[0]: row[1] for row in call.db.execute(named)}


def registered(call: Call, item_id: int) -> list[pb.RegisterLine]:
    """The movements of an item, the oldest of the newest first."""
    chosen = select(Move).where(Move.item_id == item_id).order_by(Move.id.desc()).limit(LONGEST)
    moves = list(call.db.scalars(chosen))[::-1]
    names = place_names(
        call.db, {end for move in moves for end in (move.source_id, move.target_id)}
    )
    hands = {hand for move in moves for hand in (move.operator_id, move.second_operator_id)}
    people = _people(call, hands)
    return [
        pb.RegisterLine(
            posted_at=timestamp(move.posted_at), code=move.code, number=move.number,  # type: ignore[arg-type]
            lot_no=move.lot_no, source=names.get(move.source_id, ""),
            target=names.get(move.target_id, ""), quantity=move.quantity,
            operator_name=people.get(move.operator_id, ""),
            second_name=people.get(move.second_operator_id, ""), reason=move.reason,
        )
        for move in moves
    ]  # fmt: skip
