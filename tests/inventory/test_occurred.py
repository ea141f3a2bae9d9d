"""When something really happened: told on the bill, kept apart from when it was booked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from server.core.mapping import to_datetime
from server.inventory import months
from tests.inventory.test_backward import moves
from tests.inventory.test_red import counted
from tests.inventory.test_store_loss import LOSS, broken, submitted
from tests.inventory.world import RECEIPT, World, day, named
from tests.people import faults_of, refused
from tests.people import text_of as told

INVALID = grpc.StatusCode.INVALID_ARGUMENT
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION


def ago(minutes: int) -> Timestamp:
    """So many minutes before now."""
    stamp = Timestamp()
    stamp.FromDatetime(datetime.now(UTC) - timedelta(minutes=minutes))
    return stamp


@pytest.mark.requirement(20)
def test_a_loss_entered_late_keeps_the_time_it_happened(world: World) -> None:
    world.received(world.line("L1", 400, 20))
    then = ago(0)
    made = submitted(world, broken(world, 2, occurred_at=then))
    done = world.head(LOSS + "Approve", named(made))
    (move,) = moves(world, done.number)
    assert move.occurred_at == then
    assert to_datetime(move.posted_at) > to_datetime(then)
    assert move.period == months.month(datetime.now(UTC))


def test_neither_the_future_nor_a_closed_month_is_told(world: World) -> None:
    draft = world.draft(world.line("L1", 400, 20))
    for field, value in (("occurred_at", ago(-60)), ("business_on", day(1))):
        later = type(draft)()
        later.CopyFrom(draft)
        _set(later, field, value)
        with refused(INVALID) as error:
            world.keeper(RECEIPT + "Create", later)
        assert "不能晚于" in faults_of(error.value)[field]
    with world.server.worker.app.sessions.write() as db:
        months.lock_closed(db).last = int(months.month(datetime.now(UTC) - timedelta(days=32)))
    for field, value in (("occurred_at", ago(60 * 24 * 63)), ("business_on", day(-63))):
        early = type(draft)()
        early.CopyFrom(draft)
        _set(early, field, value)
        with refused(INVALID) as error:
            world.keeper(RECEIPT + "Create", early)
        assert "已结账" in faults_of(error.value)[field]
    assert world.keeper(RECEIPT + "Create", draft).id


def _set(bill: Any, field: str, value: Any) -> None:
    if isinstance(value, Timestamp):
        getattr(bill, field).CopyFrom(value)
    else:
        setattr(bill, field, value)


def test_what_happened_before_a_stocktake_is_not_booked_after_it(
    world: World, someone: Any
) -> None:
    world.received(world.line("L1", 400, 20))
    then = ago(0)
    counted(world, someone("inventory.count.count"))
    made = submitted(world, broken(world, 2, occurred_at=then))
    with refused(PRECONDITION) as error:
        world.head(LOSS + "Approve", named(made))
    assert "之后盘点过" in told(error.value)
    assert world.stock(world.centre) == {"L1": 200}
