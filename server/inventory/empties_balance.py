"""Conservation of controlled ampoules: issued = empties + returned full + lost, by person and day.

What a person had and got, less what came back full or was registered as lost, was used; for each
ampoule used an empty one must have come back. Out of a box an ampoule is issued when it is used.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from protos.inventory import empties_pb2 as pb
from protos.inventory import stock_pb2, warehouse_pb2
from server.admin.person import Person
from server.core.call import Call
from server.core.reading import ReadService
from server.core.view import View, shanghai_date, whole
from server.inventory.consumption_record import Consumption
from server.inventory.empties import EmptiesReturn, seen_by
from server.inventory.item import CONTROLLED, Item
from server.inventory.ledger_tables import Move
from server.inventory.warehouse import Warehouse

_C, _E, _V = stock_pb2.Move, pb.EmptiesReturn, pb.EmptiesBalance
_SUMS = ("issued", "returned", "lost", "used", "empties", "broken", "pending")
_USE = (_C.CONSUMED, _C.CONSUMPTION_REVERSED)
_LOSS = (_C.LOST, _C.COUNTED_LESS)
_controlled = Move.item_id.in_(select(Item.id).where(Item.control.in_(sorted(CONTROLLED))))
_first = aliased(Move)  # what a movement reverses


def _part(number: int, key: Any, day: Any, person: Any, item: Any, **units: Any) -> Select[Any]:
    """One kind of event; four kinds share the ids, told apart by the last two bits."""
    sums = [units.get(name, literal(0)).label(name) for name in _SUMS]
    head = ((key * 4 + number).label("key"), day.label("business_on"), person.label("person_id"))
    return select(*head, item.label("item_id"), *sums)


def _owned(number: int, end: Any, other: int, **units: Any) -> Select[Any]:
    """Movements at one end of personal stores, but for what patients used.

    A loss taken back counts on the day of the loss.
    """
    was_loss = Move.code == _C.LOSS_REVERSED
    day = shanghai_date(case((was_loss, _first.occurred_at), else_=Move.occurred_at))
    owner = and_(Warehouse.id == end, Warehouse.kind == warehouse_pb2.Warehouse.PERSON)
    part = _part(number, Move.id, day, Warehouse.owner_id, Move.item_id, **units)
    ends = part.select_from(Move).join(Warehouse, owner)
    ends = ends.outerjoin(_first, _first.id == Move.reverses_id)
    return ends.where(_controlled, Move.code != other)


def _used() -> Select[Any]:
    """What records say was used, on the day of the use, also if the record was amended later."""
    back = Move.code == _C.CONSUMPTION_REVERSED
    place = case((back, Move.target_id), else_=Move.source_id)
    units = case((back, -Move.quantity), else_=Move.quantity)
    own = Warehouse.kind == warehouse_pb2.Warehouse.PERSON
    part = _part(
        2, Move.id, shanghai_date(func.coalesce(_first.occurred_at, Move.occurred_at)),
        case((own, Warehouse.owner_id), else_=Consumption.doctor_id), Move.item_id,
        used=units, issued=case((own, 0), else_=units),
    )  # fmt: skip
    return (
        part.select_from(Move)
        .join(Consumption, Consumption.emr_id == Move.emr_id)
        .outerjoin(_first, _first.id == Move.reverses_id)
        .outerjoin(Warehouse, Warehouse.id == place)
        .where(_controlled, Move.code.in_(_USE))
    )


def _handed_in() -> Select[Any]:
    there, waits = EmptiesReturn.state == _E.RECEIVED, EmptiesReturn.state == _E.HANDED_IN
    both = EmptiesReturn.quantity + EmptiesReturn.broken
    return _part(
        3, EmptiesReturn.id, EmptiesReturn.business_on, EmptiesReturn.person_id,
        EmptiesReturn.item_id, empties=case((there, EmptiesReturn.quantity), else_=0),
        broken=case((there, EmptiesReturn.broken), else_=0), pending=case((waits, both), else_=0),
    ).where(EmptiesReturn.state != _E.VOID)  # fmt: skip


_unlost = case((Move.code == _C.LOSS_REVERSED, Move.quantity), else_=0)
_went_lost = case((Move.code.in_(_LOSS), Move.quantity), else_=0)
_events = union_all(
    _owned(0, Move.target_id, _C.CONSUMPTION_REVERSED, issued=Move.quantity - _unlost,
           lost=-_unlost),
    _owned(1, Move.source_id, _C.CONSUMED, lost=_went_lost, returned=Move.quantity - _went_lost),
    _used(),
    _handed_in(),
).subquery("events")  # fmt: skip
_days = (
    select(
        func.min(_events.c.key).label("id"), _events.c.business_on, _events.c.person_id,
        _events.c.item_id, *(whole(func.sum(_events.c[name])).label(name) for name in _SUMS),
    )
    .group_by(_events.c.business_on, _events.c.person_id, _events.c.item_id)
    .subquery("days")
)  # fmt: skip
_net = _days.c.issued - _days.c.returned - _days.c.lost - _days.c.used
_closing = whole(
    func.sum(_net).over(
        partition_by=(_days.c.person_id, _days.c.item_id), order_by=_days.c.business_on
    )
)
_gap = _days.c.used - _days.c.empties - _days.c.broken
_verdict = case(
    (_gap == 0, _V.CLOSED), (_gap < 0, _V.SURPLUS), (_gap <= _days.c.pending, _V.WAITING),
    else_=_V.MISSING,
)  # fmt: skip
_balances = (
    select(
        *_days.c, Person.department_id, _closing.label("closing"),
        (_closing - _net).label("opening"), _gap.label("gap"), _verdict.label("verdict"),
    )
    .join(Person, Person.id == _days.c.person_id)
    .subquery("empties_balances")
)  # fmt: skip


class EmptiesBalance(View):
    """One person, day and drug."""

    __table__ = _balances
    person_id: InstrumentedAttribute[int]
    department_id: InstrumentedAttribute[int]
    item_id: InstrumentedAttribute[int]
    used: InstrumentedAttribute[int]
    empties: InstrumentedAttribute[int]
    broken: InstrumentedAttribute[int]


def in_words(row: pb.EmptiesBalance, unit: str) -> str:
    """What a row says, and what to do about a gap."""
    back = f"用去{row.used}{unit}，收回空安瓿{row.empties}{unit}"
    back += f"，碎失{row.broken}{unit}" if row.broken else ""
    waits = f"，另有{row.pending}{unit}待接收" if row.pending else ""
    if row.gap < 0:
        return f"{back}，多{-row.gap}{unit}：请核对病历用量和登记日期"
    if row.verdict == _V.WAITING:
        return f"{back}{waits}：请点清接收"
    if row.gap > 0:
        return f"{back}{waits}，少{row.gap - row.pending}{unit}：请补交，或登记碎失并写明经过"
    return f"{back}{waits}" if row.used else "当日没有使用"


class EmptiesBalanceService(ReadService[EmptiesBalance, pb.EmptiesBalance]):
    """The conservation, day by day."""

    model = EmptiesBalance
    message = pb.EmptiesBalance
    page = pb.EmptiesBalanceList
    display = "business_on"

    def visible(self, call: Call) -> Select[EmptiesBalance]:
        """The user's own; to receivers those of their departments."""
        chosen = select(EmptiesBalance)
        return seen_by(call, chosen, EmptiesBalance.department_id, EmptiesBalance.person_id)

    def complete(self, call: Call, messages: Sequence[pb.EmptiesBalance]) -> None:
        """Name the gap."""
        chosen = select(Item.id, Item.base_unit).where(Item.id.in_({m.item_id for m in messages}))
        units = {row[0]: row[1] for row in call.db.execute(chosen)}
        for message in messages:
            message.words = in_words(message, units.get(message.item_id, ""))
