"""What was lost out of personal stores, line by line, and how much against what was used."""

from collections.abc import Sequence

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from protos.inventory import loss_record_pb2 as pb
from protos.inventory import stock_pb2, warehouse_pb2
from server.core.call import Call
from server.core.reading import ReadService
from server.core.view import View, whole
from server.inventory.ledger import Lot, Move
from server.inventory.personal_loss import LossLine, PersonalLoss
from server.inventory.warehouse import Warehouse, scoped

_CODE = stock_pb2.Move
FEW = 5  # lost and used together: fewer say nothing
HIGH, OUTLIER = 2, 4  # times the usual rate of the item
LEAST = 50  # per mille below which no rate is called high

_lines = (
    select(
        LossLine.id, PersonalLoss.number, PersonalLoss.business_on, PersonalLoss.warehouse_id,
        Warehouse.department_id, Warehouse.owner_id, LossLine.item_id, Lot.lot_no,
        LossLine.base_quantity.label("quantity"), LossLine.reason, LossLine.note, LossLine.amount,
        PersonalLoss.task_no, PersonalLoss.witness_id, PersonalLoss.approver_id,
        PersonalLoss.posted_at, PersonalLoss.state,
    )
    .join(PersonalLoss, PersonalLoss.id == LossLine.loss_id)
    .join(Warehouse, Warehouse.id == PersonalLoss.warehouse_id)
    .outerjoin(Lot, Lot.id == LossLine.lot_id)
    .subquery("loss_records")
)  # fmt: skip


class LossRecord(View):
    """A line of a loss with its header."""

    __table__ = _lines
    warehouse_id: InstrumentedAttribute[int]


def _units(*codes: int) -> ColumnElement[int]:
    return whole(func.coalesce(func.sum(Move.quantity).filter(Move.code.in_(codes)), 0))


_place = case((Move.code == _CODE.CONSUMPTION_REVERSED, Move.target_id), else_=Move.source_id)
_moved = (
    select(
        func.min(Move.id).label("id"), Move.period, _place.label("warehouse_id"), Move.item_id,
        _units(_CODE.LOST).label("lost"),
        (_units(_CODE.CONSUMED) - _units(_CODE.CONSUMPTION_REVERSED)).label("used"),
        whole(func.coalesce(func.sum(Move.amount).filter(Move.code == _CODE.LOST), 0))
        .label("amount"),
    )
    .where(Move.code.in_((_CODE.LOST, _CODE.CONSUMED, _CODE.CONSUMPTION_REVERSED)))
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
