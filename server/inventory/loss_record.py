"""What was lost, line by line and from whatever bill, and how much against what was used."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, case, func, literal, null, select, union_all
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from protos.inventory import loss_record_pb2 as pb
from protos.inventory import stock_pb2, warehouse_pb2
from server.core.call import Call
from server.core.reading import ReadService
from server.core.view import View, shanghai_date, whole
from server.inventory.consumption_record import Consumption, ConsumptionLine
from server.inventory.ledger import Lot, Move
from server.inventory.personal_loss import LossLine, PersonalLoss
from server.inventory.warehouse import Warehouse, scoped

_CODE, _R = stock_pb2.Move, pb.LossRecord
FEW = 5  # lost and used together: fewer say nothing
HIGH, OUTLIER = 2, 4  # times the usual rate of the item
LEAST = 50  # per mille below which no rate is called high
_KINDS = 4  # ids of different kinds of records stay apart


def _billed(kind: int, bill: Any, line: Any, owner: Any, task: Any) -> Select[Any]:
    """Lines of one kind of loss bill, whatever its state."""
    chosen: Select[Any] = select(
        (line.id * _KINDS + kind).label("id"), literal(kind).label("kind"), bill.number,
        bill.business_on, bill.warehouse_id, line.item_id, Lot.lot_no,
        line.base_quantity.label("quantity"), line.reason, line.note, line.amount,
        task.label("task_no"), bill.maker_id, bill.witness_id, bill.approver_id,
        bill.posted_at, bill.state,
    )  # fmt: skip
    return chosen.join(bill, bill.id == owner).outerjoin(Lot, Lot.id == line.lot_id)


def _recorded() -> Select[Any]:
    """What medical records say was lost, as far as it was issued."""
    line = ConsumptionLine
    chosen: Any = select(
        (line.id * _KINDS + _R.RECORD).label("id"), literal(_R.RECORD), Consumption.number,
        shanghai_date(line.occurred_at), Consumption.warehouse_id, line.item_id,
        line.lots, line.issued, line.loss_reason, line.loss_note, line.amount,
        Consumption.task_no, Consumption.doctor_id, null(), null(),
        Consumption.posted_at, literal(_R.POSTED),
    )  # fmt: skip
    mine = chosen.join(Consumption, Consumption.id == line.consumption_id)
    return mine.where(line.lost, line.issued > 0)


_all = union_all(
    _billed(_R.PERSONAL, PersonalLoss, LossLine, LossLine.loss_id, PersonalLoss.task_no),
    _recorded(),
).subquery("losses")
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


_back = (_CODE.CONSUMPTION_REVERSED, _CODE.LOSS_REVERSED)
_place = case((Move.code.in_(_back), Move.target_id), else_=Move.source_id)
_moved = (
    select(
        func.min(Move.id).label("id"), Move.period, _place.label("warehouse_id"), Move.item_id,
        _net(Move.quantity, _CODE.LOST, _CODE.LOSS_REVERSED).label("lost"),
        _net(Move.quantity, _CODE.CONSUMED, _CODE.CONSUMPTION_REVERSED).label("used"),
        _net(Move.amount, _CODE.LOST, _CODE.LOSS_REVERSED).label("amount"),
    )
    .where(Move.code.in_((_CODE.LOST, _CODE.CONSUMED, *_back)))
    .group_by(Move.period, _place, Move.item_id)
    .subquery("moved")
)  # fmt: skip
_both = _moved.c.lost + _moved.c.used
_rates = (
    select(
        _moved.c.id, _moved.c.period, _moved.c.warehouse_id, Warehouse.department_id,
        Warehouse.owner_id, _moved.c.item_id, _moved.c.lost, _moved.c.used, _moved.c.amount,
        whole(case((_both > 0, _moved.c.lost * 1000 // _both), else_=0)).label("rate"),
    )
    .join(Warehouse, Warehouse.id == _moved.c.warehouse_id)
    .where(Warehouse.kind == warehouse_pb2.Warehouse.PERSON)
    .subquery("loss_rates")
)  # fmt: skip


class LossRate(View):
    """Lost and used of one item out of one store in one month; the rate in per mille."""

    __table__ = _rates
    warehouse_id: InstrumentedAttribute[int]
    item_id: InstrumentedAttribute[int]
    lost: InstrumentedAttribute[int]
    used: InstrumentedAttribute[int]


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
    searches = ("number", "lot_no", "task_no")
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

    def complete(self, call: Call, messages: Sequence[pb.LossRate]) -> None:
        """The usual rate of each item over all stores, and the verdict; one query."""
        items = {message.item_id for message in messages}
        sums = select(LossRate.item_id, func.sum(LossRate.lost), func.sum(LossRate.used))
        chosen = sums.where(LossRate.item_id.in_(items)).group_by(LossRate.item_id)
        found = {row[0]: (int(row[1]), int(row[2])) for row in call.db.execute(chosen)}
        for message in messages:
            lost, used = found[message.item_id]
            rest = lost + used - message.lost - message.used
            other = lost - message.lost  # the others are the measure, not the one looked at
            message.usual = other * 1000 // rest if rest else 0
            few = rest < FEW  # nothing to compare with
            message.verdict = (
                pb.LossRate.TOO_FEW
                if few
                else verdict(message.lost, message.used, message.rate, message.usual)
            )
