"""What signed medical records used against what left the stock for patients, every night."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, aliased

from protos.emr import case_record_pb2
from protos.inventory import stock_pb2
from server.admin.department import Department
from server.core.view import shanghai_date
from server.inventory.consumption_record import Consumption, ConsumptionLine, unsettled
from server.inventory.item import CONTROLLED, Item
from server.inventory.ledger_tables import Move

_C = stock_pb2.Move
_E = case_record_pb2
_GIVEN = (_E.Treatment.DRUG, _E.Treatment.CONSUMABLE)  # what is lost goes elsewhere
_SIGNED = (_E.CaseRecord.SUBMITTED, _E.CaseRecord.REVIEWED, _E.CaseRecord.ARCHIVED)


class Key(NamedTuple):
    """Where used and issued units must be the same: item, day of use in Shanghai, station."""

    item_id: int
    day: str
    station_id: int


def gaps(db: Session) -> list[str]:
    """One sentence for each item, day and station where records and patient movements differ."""
    used, moved = _sums(db, _used()), _sums(db, _moved())
    keys = sorted(key for key in set(used) | set(moved) if used.get(key, 0) != moved.get(key, 0))
    return list(_named(db, keys, used, moved, _waiting(db)))


def single_handed(db: Session) -> list[str]:
    """One sentence for each use of a controlled drug behind which one person stands alone (I13)."""
    chosen = (
        select(Move.number, Item.title)
        .join(Item, Item.id == Move.item_id)
        .where(Item.control.in_(sorted(CONTROLLED)), Move.code == _C.CONSUMED)
        .where(Move.second_operator_id.in_((0, Move.operator_id)))
        .order_by(Move.id)
    )
    return [
        f"自动出库{row[0]}的{row[1]}只有一人经手：请在病历里补写执行人和核对人"
        for row in db.execute(chosen)
    ]


def _used() -> "Select[Any, Any, Any, Any]":
    """Units the signed records say were used, as the items they were matched to.

    What the work list settled as never used is not counted.
    """
    from server.emr.tables import CaseRecord, Treatment  # records refer to items

    line = ConsumptionLine
    item = func.coalesce(line.item_id, Treatment.item_id)
    units = Treatment.quantity - func.coalesce(line.dismissed, 0)
    key = (item, shanghai_date(Treatment.done_at), CaseRecord.station_id)
    return (
        select(*key, func.sum(units))
        .select_from(Treatment)
        .join(CaseRecord, CaseRecord.id == Treatment.case_record_id)
        .outerjoin(Consumption, Consumption.emr_id == CaseRecord.id)
        .outerjoin(
            line,
            (line.consumption_id == Consumption.id)
            & (line.emr_line_id == Treatment.id)
            & line.lost.is_(False),
        )
        .where(Treatment.kind.in_(_GIVEN), CaseRecord.state.in_(_SIGNED))
        .group_by(*key)
    )


def _moved() -> "Select[Any, Any, Any, Any]":
    """Units that left for the patients of these records, net, on the day of the use."""
    from server.emr.tables import CaseRecord  # records refer to items

    first = aliased(Move)  # what a movement reverses
    day = shanghai_date(func.coalesce(first.occurred_at, Move.occurred_at))
    key = (Move.item_id, day, CaseRecord.station_id)
    units = case((Move.code == _C.CONSUMED, Move.quantity), else_=-Move.quantity)
    return (
        select(*key, func.sum(units))
        .select_from(Move)
        .join(CaseRecord, CaseRecord.id == Move.emr_id)
        .outerjoin(first, first.id == Move.reverses_id)
        .where(Move.code.in_((_C.CONSUMED, _C.CONSUMPTION_REVERSED)))
        .where(CaseRecord.state.in_(_SIGNED))
        .group_by(*key)
    )


def _sums(db: Session, chosen: "Select[Any, Any, Any, Any]") -> dict[Key, int]:
    return {
        Key(item or 0, str(day), station): int(units)
        for item, day, station, units in db.execute(chosen)
        if units
    }


def _waiting(db: Session) -> dict[int, list[str]]:
    """The numbers of the automatic issues that are short of an item."""
    line = ConsumptionLine
    chosen = (
        select(line.item_id, Consumption.number)
        .join(Consumption, Consumption.id == line.consumption_id)
        .where(unsettled())
        .order_by(Consumption.number)
    )
    found: dict[int, list[str]] = {}
    for item_id, number in db.execute(chosen):
        found.setdefault(item_id or 0, []).append(number)
    return found


def _named(
    db: Session,
    keys: list[Key],
    used: dict[Key, int],
    moved: dict[Key, int],
    waiting: dict[int, list[str]],
) -> Iterator[str]:
    titles = select(Item.id, Item.title).where(Item.id.in_({key.item_id for key in keys}))
    items = {row[0]: row[1] for row in db.execute(titles)}
    names = select(Department.id, Department.name).where(
        Department.id.in_({key.station_id for key in keys})
    )
    stations = {row[0]: row[1] for row in db.execute(names)}
    for key in keys:
        said, left = used.get(key, 0), moved.get(key, 0)
        text = (
            f"{stations.get(key.station_id, '')}{key.day}{items.get(key.item_id, '未对照物资')}："
            f"病历用{said}，出库{left}，差{said - left}"
        )
        short = "、".join(waiting.get(key.item_id, ())[:5]) if said > left else ""
        yield f"{text}（待处理差异{short}）" if short else text
