"""Stocktakes: blind, frozen or not, recounted, reviewed, posted as differences."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from sqlalchemy import update

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import consumption_pb2, count_pb2, item_pb2, stock_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from resources.print.inventory import count as form
from server.inventory.consumption import Use, consume
from server.inventory.ledger_tables import Balance
from tests.inventory.test_backward import moves, red_of
from tests.inventory.test_print import META, text_of
from tests.inventory.world import ISSUE, World, call_of, day, named
from tests.people import Clerk, faults_of, refused
from tests.people import text_of as told

COUNT, SHEET = "inventory.CountService.", "inventory.CountSheetService."
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
INVALID = grpc.StatusCode.INVALID_ARGUMENT
C = count_pb2.Count
WHY = count_pb2.CountLine


@pytest.fixture
def counters(someone: Callable[..., Clerk]) -> tuple[Clerk, Clerk]:
    """Two people who count and may do nothing else."""
    may = ("inventory.count.count",)
    return someone(*may, name="盘点甲"), someone(*may, name="盘点乙")


@pytest.fixture
def stocked(world: World) -> World:
    """200 of L1 and 100 of L2 in the centre."""
    world.received(world.line("L1", 400, 20), world.line("L2", 600, 10))
    return world


def plan(world: World, warehouse: int = 0, **values: Any) -> Any:
    """A stocktake of a warehouse, by default of the whole centre, hard and blind."""
    facts = {"scope": C.WHOLE, "freeze": C.HARD, "uncounted": C.KEEP, "blind": True, **values}
    draft = C(warehouse_id=warehouse or world.centre, business_on=day(0), **facts)
    return world.keeper(COUNT + "Create", draft)


def begun(world: World, warehouse: int = 0, **values: Any) -> Any:
    """One that has begun."""
    return world.keeper(COUNT + "Start", named(plan(world, warehouse, **values)))


def counted(clerk: Clerk, count_id: int, **found: int) -> Any:
    """A sheet on which so much was found of each lot, handed in."""
    sheet = clerk(SHEET + "Get", IdRequest(id=count_id))
    for line in sheet.lines:
        if line.lot_no in found:
            line.counted = found[line.lot_no]
    return clerk(SHEET + "Submit", named(clerk(SHEET + "Update", sheet)))


@pytest.mark.requirement(5)
def test_nothing_comes_into_a_frozen_store_and_counted_lots_are_passed_by(world: World) -> None:
    world.received(world.line("L1", 400, 20), world.line("L2", 600, 10))
    tubes = world.line("K1", 500, 2, item_id=world.cannula)
    whole = begun(world)
    with refused(PRECONDITION) as error:
        world.received(world.line("N1", 400, 5))
    assert "批号N1正在盘点，暂不可出入库" in told(error.value)
    assert whole.number in told(error.value)
    with refused(PRECONDITION) as error:
        world.approved(world.wanting(5, world.centre, world.station))
    assert "正在盘点" in told(error.value)
    world.keeper(COUNT + "Cancel", ReturnRequest(id=whole.id, version=whole.version, reason="改期"))
    world.received(world.line("N1", 500, 5), tubes)
    found = world.lots(world.centre)
    with world.server.worker.app.sessions.write() as db:  # as a sample of the first lot would
        db.execute(update(Balance).where(Balance.lot_id == found["L1"]).values(frozen=True))
    sent = world.approved(world.wanting(5, world.centre, world.station))
    assert [line.lot_no for line in sent.lines] == ["N1"], "the next lot that is not counted"
    with refused(PRECONDITION) as error:
        world.approved(world.wanting(5, world.centre, world.station, lot_id=found["L1"]))
    assert "批号L1正在盘点" in told(error.value)


@pytest.mark.requirement(5)
def test_a_count_of_one_item_lets_others_come(world: World) -> None:
    world.received(world.line("L1", 400, 20))
    begun(world, scope=C.BY_ITEM, items=[count_pb2.CountItem(item_id=world.adrenaline)])
    world.received(world.line("K1", 500, 2, item_id=world.cannula))
    with refused(PRECONDITION):
        world.received(world.line("N1", 400, 5))


def explained(world: World, count_id: int) -> Any:
    """The count in review, with a reason at each difference."""
    seen = world.keeper(COUNT + "Get", IdRequest(id=count_id))
    for line in seen.lines:
        if line.difference:
            line.reason = WHY.LOST
    return world.keeper(COUNT + "Update", seen)


def approved(world: World, count_id: int) -> Any:
    """The count posted."""
    return world.head(COUNT + "Approve", named(explained(world, count_id)))


@pytest.mark.requirement(5)
def test_a_blind_count_recounted_by_another_posts_only_differences(
    stocked: World, counters: tuple[Clerk, Clerk]
) -> None:
    first, second = counters
    count = begun(stocked)
    assert count.number.startswith("PD")
    after = counted(first, count.id, L1=190, L2=100)
    assert after.state == count_pb2.CountSheet.RECOUNT, "ten missing is beyond the tolerance"
    assert [line.lot_no for line in second(SHEET + "Get", IdRequest(id=count.id)).lines] == ["L1"]
    counted(second, count.id, L1=197)
    seen = stocked.keeper(COUNT + "Get", IdRequest(id=count.id))
    lines = {line.lot_no: line for line in seen.lines}
    assert seen.state == C.REVIEW
    assert (lines["L1"].book, lines["L1"].first_counted, lines["L1"].counted) == (200, 190, 197)
    assert (lines["L1"].difference, lines["L1"].amount, seen.amount) == (-3, -1140, -1140)
    assert lines["L2"].difference == 0
    with refused(INVALID) as error:
        stocked.head(COUNT + "Approve", named(seen))
    assert "差异原因" in told(error.value)
    done = approved(stocked, count.id)
    assert stocked.stock(stocked.centre) == {"L1": 197, "L2": 100}
    (move,) = moves(stocked, done.number)
    assert (move.code, move.source, move.target, move.quantity) == (
        stock_pb2.Move.COUNTED_LESS, "中心库", "盘点差异", 3,
    )  # fmt: skip
    assert stocked.differences() == []


@pytest.mark.requirement(5)
def test_a_blind_count_never_sends_the_books(stocked: World, counters: tuple[Clerk, Clerk]) -> None:
    """Neither the counters' sheet nor the planner's page carries them while it runs."""
    count = begun(stocked)
    sheet = counters[0](SHEET + "Get", IdRequest(id=count.id))
    assert not any(line.HasField("book") for line in sheet.lines)
    sheet.lines[0].counted = 5
    counters[0](SHEET + "Update", sheet)
    seen = stocked.keeper(COUNT + "Get", IdRequest(id=count.id))
    assert not any(line.HasField("book") or line.HasField("difference") for line in seen.lines)
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        counters[0](COUNT + "Get", IdRequest(id=count.id))
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        counters[0]("inventory.StockService.List", ListRequest())


@pytest.mark.requirement(5)
def test_counters_find_the_books_of_a_blind_count_nowhere(
    stocked: World, someone: Callable[..., Clerk]
) -> None:
    """Stock, expiry, ledger and card keep the figures, their sums, filters and order to others."""
    pages = ("stock.read", "ledger.read", "expiry.read", "count.count")
    counter = someone(*(f"inventory.{page}" for page in pages), name="盘点丙")
    stocked.received(stocked.line("L9", 60, 3, item_id=stocked.saline))
    count = begun(stocked, scope=C.BY_ITEM, freeze=C.SOFT,
                  items=[count_pb2.CountItem(item_id=stocked.adrenaline)])  # fmt: skip
    item = Filter(field="item_id", values=[str(stocked.adrenaline)])
    asked = ListRequest(totals=True, filters=[item])
    for page in ("StockService", "MoveService", "CardService"):
        answer = counter(f"inventory.{page}.List", asked)
        assert len(answer.rows) == answer.info.count == 2, page
        assert {row.veiled for row in answer.rows} == {"盲盘中，盘完可见"}, page
        figures = ("quantity", "reserved", "available", "amount", "came", "went", "balance",
                   "unit_quantity", "retail_amount")  # fmt: skip
        shown = {f.name for row in answer.rows for f, _ in row.ListFields()}
        assert not shown & set(figures), page
        assert not any(answer.info.totals.values()), page
    with refused(PRECONDITION) as error:
        counter("inventory.StockService.List", ListRequest(order_by="quantity"))
    assert "不能按数量" in told(error.value)
    more = Filter(field="quantity", op=Filter.BETWEEN, values=["1", ""])
    found = counter("inventory.StockService.List", ListRequest(filters=[more])).rows
    assert [(row.lot_no, row.quantity) for row in found] == [("L9", 90)], "what is not counted"
    (near,) = counter("inventory.ExpiryService.List", ListRequest()).rows
    assert (near.lot_no, near.quantity, near.veiled) == ("L9", 90, "")
    assert stocked.stock(stocked.centre)["L1"] == 200, "the keeper does not count"
    counted(counter, count.id, L1=200, L2=100)
    assert {row.quantity for row in counter("inventory.StockService.List", asked).rows} == {
        200,
        100,
    }


@pytest.mark.requirement(5)
def test_an_open_count_shows_the_books(stocked: World, counters: tuple[Clerk, Clerk]) -> None:
    count = begun(stocked, blind=False)
    sheet = counters[0](SHEET + "Get", IdRequest(id=count.id))
    assert [(line.lot_no, line.book) for line in sheet.lines] == [("L1", 200), ("L2", 100)]


@pytest.mark.requirement(5)
def test_the_first_counter_does_not_recount(stocked: World, counters: tuple[Clerk, Clerk]) -> None:
    count = begun(stocked)
    counted(counters[0], count.id, L1=190)
    with refused(PRECONDITION) as error:
        counted(counters[0], count.id, L1=190)
    assert "INV-007" in told(error.value)


@pytest.mark.requirement(5)
def test_who_counted_does_not_approve(stocked: World, someone: Callable[..., Clerk]) -> None:
    both = someone("inventory.count.count", "inventory.count.approve", "inventory.count.read")
    count = begun(stocked)
    counted(both, count.id, L1=200, L2=100)
    seen = stocked.keeper(COUNT + "Get", IdRequest(id=count.id))
    with refused(PRECONDITION):
        both(COUNT + "Approve", named(seen))
    stocked.head(COUNT + "Approve", named(seen))


@pytest.mark.requirement(5)
def test_a_hard_freeze_stops_what_moves_until_it_ends(
    stocked: World, counters: tuple[Clerk, Clerk]
) -> None:
    issue = stocked.approved(stocked.wanting(10, stocked.centre, stocked.station))
    count = begun(stocked)
    with refused(PRECONDITION) as error:
        stocked.keeper(ISSUE + "Post", named(issue))
    assert "INV-003" in told(error.value)
    counted(counters[0], count.id, L1=200, L2=100)
    approved(stocked, count.id)
    stocked.keeper(ISSUE + "Post", named(issue))
    assert stocked.differences() == []


@pytest.mark.requirement(5)
def test_what_doctors_use_while_their_store_is_frozen_is_issued_afterwards(
    world: World, counters: tuple[Clerk, Clerk]
) -> None:
    world.stocked_doctor(10)
    count = begun(world, world.own)
    use(world, 3)
    (row,) = world.doctor("inventory.ConsumptionService.List", ListRequest()).rows
    assert row.state == consumption_pb2.Consumption.PENDING
    assert "盘点" in row.note
    counted(counters[0], count.id, L1=10)
    approved(world, count.id)
    (row,) = world.doctor("inventory.ConsumptionService.List", ListRequest()).rows
    assert (row.state, row.missing) == (consumption_pb2.Consumption.DONE, 0)
    assert world.stock(world.own) == {"L1": 7}
    assert world.differences() == []


def use(world: World, quantity: int) -> None:
    """The doctor's record says so many were used."""
    uses = [Use(world.adrenaline, quantity, datetime.now(UTC))]
    with world.server.worker.app.sessions.write() as db:
        call = call_of(world.server, world.doctor, db)
        consume(call, doctor_id=call.user.id, task_id=1, emr_id=1, lines=uses)


@pytest.mark.requirement(5)
@pytest.mark.parametrize("freeze", [C.SOFT, C.NONE])
def test_what_moves_between_counting_and_posting_stays_moved(
    stocked: World, counters: tuple[Clerk, Clerk], freeze: Any
) -> None:
    count = begun(stocked, freeze=freeze, tolerance=10)
    counted(counters[0], count.id, L1=195, L2=100)
    stocked.sent(stocked.wanting(20, stocked.centre, stocked.station))
    seen = stocked.keeper(COUNT + "Get", IdRequest(id=count.id))
    line = next(line for line in seen.lines if line.lot_no == "L1")
    assert (line.book, line.difference, line.moved_since) == (200, -5, -20)
    approved(stocked, count.id)
    assert stocked.stock(stocked.centre) == {"L1": 175, "L2": 100}
    assert stocked.differences() == []


@pytest.mark.requirement(5)
def test_each_line_is_compared_with_the_books_of_its_own_moment(
    stocked: World, counters: tuple[Clerk, Clerk]
) -> None:
    """L1 is counted before 20 leave and L2 after: neither differs."""
    count = begun(stocked, freeze=C.SOFT)
    sheet = counters[0](SHEET + "Get", IdRequest(id=count.id))
    sheet.lines[0].counted = 200
    sheet = counters[0](SHEET + "Update", sheet)
    stocked.sent(stocked.wanting(20, stocked.centre, stocked.station))
    sheet.lines[1].counted = 100
    sheet = counters[0](SHEET + "Update", sheet)
    done = counters[0](SHEET + "Submit", named(sheet))
    assert done.state == count_pb2.CountSheet.REVIEW
    seen = stocked.keeper(COUNT + "Get", IdRequest(id=count.id))
    assert [line.difference for line in seen.lines] == [0, 0]


@pytest.mark.requirement(5)
def test_one_lot_is_in_one_open_count(stocked: World) -> None:
    first = begun(stocked)
    second = plan(stocked, scope=C.BY_ITEM,
                  items=[count_pb2.CountItem(item_id=stocked.adrenaline)])  # fmt: skip
    with refused(PRECONDITION) as error:
        stocked.keeper(COUNT + "Start", named(second))
    assert first.number in told(error.value)
    given = ReturnRequest(id=first.id, version=first.version, reason="改期")
    stocked.keeper(COUNT + "Cancel", given)
    stocked.keeper(COUNT + "Start", named(second))


@pytest.mark.requirement(5)
@pytest.mark.parametrize(("policy", "left"), [(C.KEEP, 100), (C.ZERO, 0)])
def test_uncounted_lines_follow_the_plan(
    stocked: World, counters: tuple[Clerk, Clerk], policy: Any, left: int
) -> None:
    count = begun(stocked, uncounted=policy, tolerance=1000)
    counted(counters[0], count.id, L1=200)
    approved(stocked, count.id)
    assert stocked.stock(stocked.centre).get("L2", 0) == left


def test_a_surplus_comes_from_the_counting_account_at_the_lots_price(
    stocked: World, counters: tuple[Clerk, Clerk]
) -> None:
    count = begun(stocked, tolerance=10)
    counted(counters[0], count.id, L1=203, L2=100)
    done = approved(stocked, count.id)
    (move,) = moves(stocked, done.number)
    assert (move.code, move.source, move.quantity, move.amount) == (
        stock_pb2.Move.COUNTED_MORE, "盘点差异", 3, 1140,
    )  # fmt: skip
    assert stocked.differences() == []


def test_a_dear_difference_is_recounted_though_few(
    stocked: World, counters: tuple[Clerk, Clerk]
) -> None:
    count = begun(stocked, tolerance=10, tolerance_amount=300)
    after = counted(counters[0], count.id, L1=199, L2=100)
    assert after.state == count_pb2.CountSheet.RECOUNT


@pytest.mark.requirement(5)
def test_a_missing_controlled_drug_needs_an_incident_report(
    world: World, counters: tuple[Clerk, Clerk]
) -> None:
    morphine = world.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC)
    pair = {"acceptor_id": world.keeper.who.id, "second_acceptor_id": world.head.who.id}
    world.received(world.line("M1", 400, 1, item_id=morphine), **pair)
    count = begun(world, tolerance=1000)
    counted(counters[0], count.id, M1=9)
    counted(counters[1], count.id, M1=9)
    seen = explained(world, count.id)
    with refused(PRECONDITION) as error:
        world.head(COUNT + "Approve", named(seen))
    assert "事件报告" in told(error.value)
    report = count_pb2.ReportRequest(id=seen.id, version=seen.version, incident_no="SJ-1")
    seen = world.head(COUNT + "Report", report)
    world.head(COUNT + "Approve", named(seen))
    assert world.stock(world.centre) == {"M1": 9}


@pytest.mark.requirement(5)
def test_a_review_is_sent_back_for_another_count(
    stocked: World, counters: tuple[Clerk, Clerk]
) -> None:
    count = begun(stocked, tolerance=10)
    counted(counters[0], count.id, L1=195, L2=100)
    seen = stocked.keeper(COUNT + "Get", IdRequest(id=count.id))
    reason = ReturnRequest(id=seen.id, version=seen.version, reason="请再点一遍")
    again = stocked.head(COUNT + "Reject", reason)
    assert again.state == C.RECOUNT
    counted(counters[1], count.id, L1=200)
    approved(stocked, count.id)
    assert stocked.stock(stocked.centre) == {"L1": 200, "L2": 100}


def test_only_what_moved_since_the_last_count_is_counted_again(
    stocked: World, counters: tuple[Clerk, Clerk]
) -> None:
    count = begun(stocked)
    counted(counters[0], count.id, L1=200, L2=100)
    approved(stocked, count.id)
    stocked.sent(stocked.wanting(1, stocked.centre, stocked.station))
    again = begun(stocked, scope=C.CHANGED)
    assert [line.lot_no for line in again.lines] == ["L1"]


def test_a_plan_stays_as_it_was_once_counted(stocked: World, counters: tuple[Clerk, Clerk]) -> None:
    count = begun(stocked)
    counted(counters[0], count.id, L1=200, L2=100)
    seen = stocked.keeper(COUNT + "Get", IdRequest(id=count.id))
    seen.tolerance = 1000
    with refused(INVALID) as error:
        stocked.keeper(COUNT + "Update", seen)
    assert "tolerance" in faults_of(error.value)


@pytest.mark.requirement(19)
def test_what_was_counted_since_is_not_reversed(
    world: World, counters: tuple[Clerk, Clerk]
) -> None:
    issue = world.taken_on(10)
    count = begun(world, world.station)
    counted(counters[0], count.id, L1=10)
    approved(world, count.id)
    with refused(PRECONDITION) as error:
        red_of(world, issue.number)
    assert "盘点过" in told(error.value)


@pytest.mark.requirement(5)
def test_sheet_and_differences_print(stocked: World, counters: tuple[Clerk, Clerk]) -> None:
    count = begun(stocked, tolerance=10)
    sheet = counters[0](SHEET + "Get", IdRequest(id=count.id))
    blank = text_of(form.draw_sheet(sheet, META), "count_sheet")
    assert "盲盘" in blank
    assert "实盘数" in blank
    assert "账面" not in blank
    assert "200" not in blank.replace(day(400).replace("-", "."), "")
    counted(counters[0], count.id, L1=197, L2=100)
    done = approved(stocked, count.id)
    text = text_of(form.draw_differences(done, META), "count_differences")
    for part in ("盘点差异表", "200", "197", "-3", "-11.40", "丢失", "盘点甲"):
        assert part in text, part


def test_the_list_of_counts_is_found_by_warehouse(stocked: World) -> None:
    begun(stocked)
    asked = ListRequest(filters=[Filter(field="warehouse_id", values=[str(stocked.centre)])])
    assert len(stocked.keeper(COUNT + "List", asked).rows) == 1
