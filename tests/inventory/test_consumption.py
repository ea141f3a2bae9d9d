"""Automatic issue: what medical records say was used leaves the doctor's store, once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from sqlalchemy import case, func, select, update

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import consumption_pb2 as pb
from protos.inventory import stock_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from server.inventory.consumption import ConsumptionResult, Use, consume
from server.inventory.consumption_record import ConsumptionLine
from server.inventory.ledger_tables import Balance, Lot, Move
from tests.inventory.world import KEEPER, TODAY, World, call_of
from tests.people import Clerk, refused, text_of

AUTO = "inventory.ConsumptionService."
EMR, TASK = 7001, 5001
Consume = Callable[..., ConsumptionResult]


@pytest.fixture
def used(world: World) -> Consume:
    """Issues what a record of the doctor says was used, as the records' own service does."""

    def run(*lines: Use, emr_id: int = EMR, **values: int) -> ConsumptionResult:
        with world.server.worker.app.sessions.write() as db:
            call = call_of(world.server, world.doctor, db)
            return consume(
                call, doctor_id=call.user.id, task_id=TASK, emr_id=emr_id, task_no="T-1",
                lines=lines, **values,
            )  # fmt: skip

    return run


def use(item_id: int, quantity: int, **values: Any) -> Use:
    """Something used just now."""
    return Use(item_id, quantity, datetime.now(UTC), **values)


def own(world: World) -> int:
    """Units of adrenaline in the doctor's store."""
    rows = world.doctor("inventory.PersonalStockService.List", ListRequest()).rows
    return sum(row.quantity for row in rows if row.item_id == world.adrenaline)


@pytest.mark.requirement(14)
def test_what_was_used_leaves_the_store_and_shows_on_the_page(world: World, used: Consume) -> None:
    world.stocked_doctor(10)
    answer = used(use(world.adrenaline, 2))
    assert answer.complete
    assert answer.lines[0].lots == (("L1", 2),)
    assert own(world) == 8
    asked = ListRequest(filters=[Filter(field="task_no", values=["T-1"])], totals=True)
    (row,) = world.doctor(AUTO + "List", asked).rows
    assert (row.number, row.state, row.quantity, row.amount) == (
        answer.number, pb.Consumption.DONE, 2, 760,
    )  # fmt: skip
    line = world.doctor(AUTO + "Get", IdRequest(id=row.id)).lines[0]
    assert (line.lots, line.unit, line.state) == ("L1×2", "支", pb.ConsumptionLine.ISSUED)
    assert world.differences() == []


@pytest.mark.requirement(14)
@pytest.mark.invariant(12)
def test_the_same_record_again_changes_nothing(world: World, used: Consume) -> None:
    world.stocked_doctor(10)
    answers = {used(use(world.adrenaline, 2)) for _ in range(5)}
    assert len(answers) == 1
    assert own(world) == 8


@pytest.mark.requirement(14)
def test_an_amended_record_posts_only_the_difference(world: World, used: Consume) -> None:
    world.stocked_doctor(10)
    for quantity, left in ((2, 8), (1, 9), (4, 6), (3, 7)):
        used(use(world.adrenaline, quantity))
        assert own(world) == left
    used()
    assert own(world) == 10
    (row,) = world.doctor(AUTO + "List", ListRequest()).rows
    assert (row.state, row.amount) == (pb.Consumption.REVERSED, 0)
    assert world.differences() == []


@pytest.mark.invariant(12)
@pytest.mark.parametrize("order", [(1, 2, 3, 4), (4, 3, 2, 1), (2, 4, 1, 4, 3), (3, 3, 1, 4, 2)])
def test_versions_in_any_order_and_twice_leave_what_the_last_one_says(
    world: World, used: Consume, order: tuple[int, ...]
) -> None:
    """Line by line: what left for it less what came back is what the newest version says."""
    world.stocked_doctor(20)
    said = {1: {1: 2}, 2: {1: 5, 2: 1}, 3: {2: 4}, 4: {1: 3, 2: 2, 3: 1}}
    for version in order:
        lines = [use(world.adrenaline, n, line_id=line) for line, n in said[version].items()]
        used(*lines, emr_version=version)
    assert net(world) == said[4]
    assert own(world) == 14
    assert world.differences() == []


def net(world: World) -> dict[int, int]:
    """Units that left for the patient and did not come back, by the record's line."""
    code = stock_pb2.Move
    units = case((Move.code == code.CONSUMED, Move.quantity), else_=-Move.quantity)
    chosen = (
        select(ConsumptionLine.emr_line_id, func.sum(units))
        .join(Move, Move.line_id == ConsumptionLine.id)
        .where(Move.code.in_((code.CONSUMED, code.CONSUMPTION_REVERSED)))
        .group_by(ConsumptionLine.emr_line_id)
    )
    with world.server.worker.app.sessions.read() as db:
        return {row[0]: int(row[1]) for row in db.execute(chosen) if row[1]}


@pytest.mark.invariant(12)
def test_uses_of_one_item_are_told_apart_by_their_line(world: World, used: Consume) -> None:
    world.stocked_doctor(10)
    used(use(world.adrenaline, 1, line_id=1), use(world.adrenaline, 2, line_id=2))
    answer = used(use(world.adrenaline, 2, line_id=2))
    assert [(line.line_id, line.issued) for line in answer.lines] == [(2, 2)]
    assert own(world) == 8


def test_the_scanned_lot_is_the_one_that_leaves(world: World, used: Consume) -> None:
    world.received(world.line("L1", 30, 1), world.line("L2", 400, 1))
    sent = world.sent(world.wanting(20, world.centre, world.own))
    world.doctor("inventory.IssueService.Receive", IdRequest(id=sent.id, version=sent.version))
    lots = {line.lot_no: line.lot_id for line in sent.lines}
    for scanned in ("L2", "L1", "L2", "L2"):
        answer = used(use(world.adrenaline, 3, lot_id=lots[scanned]))
        assert answer.lines[0].lots == ((scanned, 3),)
    assert used(use(world.adrenaline, 12, lot_id=lots["L2"])).lines[0].lots == (
        ("L2", 10), ("L1", 2),
    )  # fmt: skip
    assert own(world) == 8
    assert world.differences() == []


@pytest.mark.requirement(14)
def test_short_stock_goes_to_the_work_list_and_is_resolved(world: World, used: Consume) -> None:
    world.stocked_doctor(2)
    answer = used(use(world.adrenaline, 5))
    assert (answer.lines[0].issued, answer.lines[0].missing) == (2, 3)
    waiting = ListRequest(filters=[Filter(field="state", values=["EXCEPTION"])])
    (row,) = world.head(AUTO + "List", waiting).rows
    assert "库存不足" in row.note
    choice = pb.ResolveRequest(id=row.id, version=row.version, warehouse_id=world.station)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        world.head(AUTO + "Resolve", choice)
    assert "分站库的盐酸肾上腺素注射液 1ml:1mg可用0支，需要3支" in text_of(error.value)
    choice.warehouse_id = world.centre
    done = world.head(AUTO + "Resolve", choice)
    assert (done.state, done.missing, done.lines[0].issued) == (pb.Consumption.DONE, 0, 5)
    assert world.stock(world.centre) == {"L1": 195, "L2": 100}
    used(use(world.adrenaline, 1))
    assert world.stock(world.centre) == {"L1": 198, "L2": 100}, (
        "back where it came from, last first"
    )
    assert own(world) == 1
    assert world.differences() == []


def test_racing_records_never_take_more_than_there_is(world: World, used: Consume) -> None:
    """Ten doctors' records at once each used 2 of 10 left: five get them, five wait."""
    world.stocked_doctor(11)
    used(use(world.adrenaline, 1), emr_id=1)

    def run(emr_id: int) -> bool:
        return used(use(world.adrenaline, 2), emr_id=emr_id).complete

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(run, range(100, 110)))
    assert sum(answers) == 5
    assert own(world) == 0
    waiting = ListRequest(filters=[Filter(field="state", values=["EXCEPTION"])], totals=True)
    info = world.head(AUTO + "List", waiting).info
    assert (info.count, info.totals["missing"]) == (5, 10)
    assert world.differences() == []


def test_a_difference_is_settled_for_a_reason(world: World, used: Consume) -> None:
    world.stocked_doctor(2)
    answer = used(use(world.adrenaline, 3), use(999, 1))
    assert [line.missing for line in answer.lines] == [1, 1]
    row = world.head(AUTO + "Get", IdRequest(id=answer.consumption_id))
    reason = ReturnRequest(id=row.id, version=row.version, reason="病历多记一支")
    done = world.head(AUTO + "Dismiss", reason)
    assert done.state == pb.Consumption.DONE
    assert done.lines[0].note == "核销：病历多记一支"
    assert used(use(world.adrenaline, 3), use(999, 1)).complete, "settled stays settled"


def test_a_doctor_without_a_store_is_an_exception_too(world: World, used: Consume) -> None:
    from server.inventory.warehouse import Warehouse

    with world.server.worker.app.sessions.write() as db:
        db.execute(update(Warehouse).where(Warehouse.id == world.own).values(state=2))
    assert not used(use(world.adrenaline, 1)).complete
    (row,) = world.head(AUTO + "List", ListRequest()).rows
    assert row.note == "医生没有个人药库"


def test_what_was_used_expired_is_issued_and_pointed_out(world: World, used: Consume) -> None:
    world.stocked_doctor(10)
    yesterday = TODAY - timedelta(days=1)
    with world.server.worker.app.sessions.write() as db:
        db.execute(update(Lot).values(expires_on=yesterday))
        db.execute(update(Balance).values(expires_on=yesterday))
    answer = used(use(world.adrenaline, 1))
    assert answer.complete
    line = world.doctor(AUTO + "Get", IdRequest(id=answer.consumption_id)).lines[0]
    assert "已过期" in line.note


def test_blocked_lots_too_leave_first_expired_first(world: World, used: Consume) -> None:
    world.received(world.line("L1", 30, 1))
    world.received(world.line("L2", 400, 1))
    sent = world.sent(world.wanting(20, world.centre, world.own))
    world.doctor("inventory.IssueService.Receive", IdRequest(id=sent.id, version=sent.version))
    world.aged("L1", -1)  # the lot that came first has ended last
    world.aged("L2", -5)
    assert used(use(world.adrenaline, 3)).lines[0].lots == (("L2", 3),)


def test_resolving_needs_its_permission(
    world: World, used: Consume, someone: Callable[..., Clerk]
) -> None:
    world.stocked_doctor(2)
    answer = used(use(world.adrenaline, 5))
    choice = pb.ResolveRequest(id=answer.consumption_id, version=1, warehouse_id=world.centre)
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        someone(*KEEPER)(AUTO + "Resolve", choice)
