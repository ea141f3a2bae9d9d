"""What was lost, line by line and from whatever bill, and how much against what was used."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, case, func, literal, null, select, union_all
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from protos.inventory import loss_pb2, stock_pb2, warehouse_pb2
from protos.inventory import loss_record_pb2 as pb
from server.core.call import Call
from server.core.reading import ReadService
from server.core.view import View, shanghai_date, whole
from server.inventory.consumption_record import Consumption, ConsumptionLine
from server.inventory.ledger_tables import Lot, Move
from server.inventory.loss import Loss, LossLine
from server.inventory.warehouse import Warehouse, scoped

_CODE, _R, _W = stock_pb2.Move, pb.LossRecord, warehouse_pb2.Warehouse
FEW = 5  # lost and used together: fewer say nothing
HIGH, OUTLIER = 2, 4  # times the usual rate of the item
LEAST = 50  # per mille below which no rate is called high


def _billed() -> Select[Any]:
    """Lines of loss bills, whatever their state; their ids are even, those of records odd."""
    line, kind = LossLine, case((Loss.personal, _R.PERSONAL), else_=_R.STORE)
    chosen: Select[Any] = select(
        (line.id * 2).label("id"), kind.label("kind"), Loss.number, Loss.business_on,
        Loss.warehouse_id, line.item_id, Lot.lot_no, line.base_quantity.label("quantity"),
        line.reason, line.note, line.amount, Loss.task_no, Loss.source_no, Loss.maker_id,
        Loss.witness_id, Loss.approver_id, Loss.posted_at, Loss.red, Loss.state,
    )  # fmt: skip
    return chosen.join(Loss, Loss.id == line.loss_id).outerjoin(Lot, Lot.id == line.lot_id)


def _recorded() -> Select[Any]:
    """What medical records say was lost, as far as it was issued."""
    line: Any = ConsumptionLine
    chosen: Select[Any] = select(
        (line.id * 2 + 1).label("id"), literal(_R.RECORD), Consumption.number,
        shanghai_date(line.occurred_at), Consumption.warehouse_id, line.item_id,
        line.lots, line.issued, line.loss_reason, line.loss_note, line.amount,
        Consumption.task_no, literal(""), Consumption.doctor_id, null(), null(),
        Consumption.posted_at, literal(0), literal(loss_pb2.Loss.POSTED),
    )  # fmt: skip
    lines = chosen.join(Consumption, Consumption.id == line.consumption_id)
    return lines.where(line.lost, line.issued > 0)


_all = union_all(_billed(), _recorded()).subquery("losses")
_lines = (
    select(*_all.c, Warehouse.department_id, Warehouse.owner_id)
    .join(Warehouse, Warehouse.id == _all.c.warehouse_id)
    .subquery("loss_records")
)


class LossRecord(View):
    """A line of a loss with its header."""

    __table__ = _lines
    warehouse_id: InstrumentedAttribute[int]


def _sum(of: Any, *codes: int) -> ColumnElement[int]:
    return whole(func.coalesce(func.sum(of).filter(Move.code.in_(codes)), 0))


def _net(of: Any, out: int, back: int) -> ColumnElement[int]:
    return _sum(of, out) - _sum(of, back)


_out = (_CODE.LOST, _CODE.CONSUMED, _CODE.ISSUED)
_back = (_CODE.LOSS_REVERSED, _CODE.CONSUMPTION_REVERSED, _CODE.REFUSED)
_place = case((Move.code.in_(_back), Move.target_id), else_=Move.source_id)
_moved = (
    select(
        func.min(Move.id).label("id"), Move.period, _place.label("warehouse_id"), Move.item_id,
        _net(Move.quantity, _CODE.LOST, _CODE.LOSS_REVERSED).label("lost"),
        _net(Move.quantity, _CODE.CONSUMED, _CODE.CONSUMPTION_REVERSED).label("used"),
        _net(Move.quantity, _CODE.ISSUED, _CODE.REFUSED).label("issued"),
        _net(Move.amount, _CODE.LOST, _CODE.LOSS_REVERSED).label("amount"),
    )
    .where(Move.code.in_((*_out, *_back)))
    .group_by(Move.period, _place, Move.item_id)
    .subquery("moved")
)  # fmt: skip
_at_patients = Warehouse.kind.in_((_W.PERSON, _W.VEHICLE, _W.BOX))
_used = _moved.c.used + case((_at_patients, 0), else_=_moved.c.issued)
_both = _moved.c.lost + _used
_rates = (
    select(
        _moved.c.id, _moved.c.period, _moved.c.warehouse_id, Warehouse.department_id,
        Warehouse.owner_id, _moved.c.item_id, _moved.c.lost, _used.label("used"),
        _moved.c.amount, case((_at_patients, 1), else_=0).label("serves"),
        whole(case((_both > 0, _moved.c.lost * 1000 // _both), else_=0)).label("rate"),
    )
    .join(Warehouse, Warehouse.id == _moved.c.warehouse_id)
    .where((_moved.c.lost > 0) | (_moved.c.used > 0))
    .subquery("loss_rates")
)  # fmt: skip


class LossRate(View):
    """Lost and used of one item out of one store in one month; the rate in per mille.

    Of a store that serves no patients, what it issued to others counts as used.
    """

    __table__ = _rates
    warehouse_id: InstrumentedAttribute[int]
    item_id: InstrumentedAttribute[int]
    lost: InstrumentedAttribute[int]
    used: InstrumentedAttribute[int]
    serves: InstrumentedAttribute[int]


def verdict(lost: int, used: int, rate: int, usual: int) -> "pb.LossRate.Verdict.ValueType":
    """Whether a rate (per mille) is out of the ordinary for its item."""
    if lost + used < FEW:
        return pb.LossRate.TOO_FEW
    if rate < LEAST:
        return pb.LossRate.USUAL
    if rate >= usual * OUTLIER:
        return pb.LossRate.OUTLIER
    return pb.LossRate.HIGH if rate >= usual * HIGH else pb.LossRate.USUAL


class LossRecordService(ReadService[LossRecord, pb.LossRecord]):
    """The lines."""

    model = LossRecord
    message = pb.LossRecord
    page = pb.LossRecordList
    searches = ("number", "lot_no", "task_no", "source_no")
    display = "number"

    def visible(self, call: Call) -> Select[LossRecord]:
        """Of the user's warehouses."""
        return scoped(call, select(LossRecord), LossRecord.warehouse_id)


class LossRateService(ReadService[LossRate, pb.LossRate]):
    """The rates."""

    model = LossRate
    message = pb.LossRate
    page = pb.LossRateList
    searches = ("period",)
    display = "period"

    def visible(self, call: Call) -> Select[LossRate]:
        """Of the user's warehouses."""
        return scoped(call, select(LossRate), LossRate.warehouse_id)

    def _serving(self, call: Call, messages: Sequence[pb.LossRate]) -> set[int]:
        """Those of stores that patients are treated from."""
        stores = {message.warehouse_id for message in messages}
        chosen = select(Warehouse.id).where(Warehouse.id.in_(stores), _at_patients)
        found = set(call.db.scalars(chosen))
        return {message.id for message in messages if message.warehouse_id in found}

    def complete(self, call: Call, messages: Sequence[pb.LossRate]) -> None:
        """The usual rate of each item over all stores of the sort, and the verdict."""
        items = {message.item_id for message in messages}
        sort = (LossRate.item_id, LossRate.serves)
        sums = select(*sort, func.sum(LossRate.lost), func.sum(LossRate.used))
        chosen = sums.where(LossRate.item_id.in_(items)).group_by(*sort)
        found = {row[:2]: (int(row[2]), int(row[3])) for row in call.db.execute(chosen)}
        serving = self._serving(call, messages)
        for message in messages:
            lost, used = found[message.item_id, int(message.id in serving)]
            rest = lost + used - message.lost - message.used
            other = lost - message.lost  # the others are the measure, not the one looked at
            message.usual = other * 1000 // rest if rest else 0
            few = rest < FEW  # nothing to compare with
            message.verdict = (
                pb.LossRate.TOO_FEW
                if few
                else verdict(message.lost, message.used, message.rate, message.usual)
            )
