"""Stock card, register of controlled drugs, and the closing of months."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import (
    count_pb2,
    disposal_pb2,
    issue_return_pb2,
    item_pb2,
    period_pb2,
    stock_pb2,
)
from resources.print.inventory import period as form
from server.admin.person import Person
from server.core.numbering import Counter
from server.inventory.consumption import Use, consume
from server.inventory.ledger_tables import Balance, Move
from server.inventory.months import following, month, open_period
from tests.inventory.test_backward import BACK, reversed_in_red
from tests.inventory.test_count import COUNT, begun, counted, explained
from tests.inventory.test_expiry import DISPOSAL, executed
from tests.inventory.test_expiry import approved as disposed
from tests.inventory.test_invariants import lose
from tests.inventory.test_print import META, text_of
from tests.inventory.test_role_item import bind
from tests.inventory.test_two_hands import WITNESS
from tests.inventory.world import ISSUE, World, call_of, day, named
from tests.people import Clerk, refused
from tests.people import text_of as told

CARD, PERIOD = "inventory.CardService.", "inventory.PeriodService."
NOW = month(datetime.now(UTC))


def carded(world: World, place: int) -> list[tuple[int, int, int, str]]:
    """The card of adrenaline in a warehouse, the oldest line first."""
    asked = ListRequest(
        filters=[
            Filter(field="item_id", values=[str(world.adrenaline)]),
            Filter(field="warehouse_id", values=[str(place)]),
        ]
    )
    rows = world.keeper(CARD + "List", asked).rows
    return [(row.came, row.went, row.balance, row.other) for row in rows][::-1]


def test_the_card_runs_a_balance_line_by_line(world: World) -> None:
    world.taken_on(10)
    assert carded(world, world.centre) == [
        (200, 0, 200, "期初"), (100, 0, 300, "期初"), (0, 10, 290, "在途"),
    ]  # fmt: skip
    assert carded(world, world.station) == [(10, 0, 10, "在途")]


def test_a_card_is_of_an_item(world: World) -> None:
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        world.keeper(CARD + "List", ListRequest())
    assert "选择物资" in told(error.value)


@pytest.mark.invariant(13)
def test_the_register_shows_both_hands_of_every_movement(world: World) -> None:
    morphine = world.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC)
    pair = {"acceptor_id": world.keeper.who.id, "second_acceptor_id": world.head.who.id}
    world.received(world.line("M1", 400, 1, item_id=morphine), **pair)
    wanted = world.wanting(4, world.centre, world.station)
    wanted.lines[0].item_id = morphine
    world.doctor(ISSUE + "Receive", named(world.sent(wanted)))
    (row,) = world.keeper("inventory.RegisterService.List", ListRequest()).rows
    assert row.on_hand == 10
    seen = world.keeper("inventory.RegisterService.Get", IdRequest(id=row.id))
    hands = [(line.operator_name, line.second_name) for line in seen.lines]
    assert hands == [("李库管", "王主任"), ("李库管", "王主任"), ("陈医生", "李库管")]
    text = text_of(form.draw_register(seen, META), "register")
    for part in ("专册", "M1", "分站库", "王主任", "10支"):
        assert part in text, part


@pytest.mark.invariant(13)
def test_two_people_stand_behind_every_movement_of_a_controlled_drug(
    world: World, someone: Callable[..., Clerk]
) -> None:
    """Received, issued, taken on, reversed, brought back, broken, miscounted, destroyed."""
    one, two = (someone("inventory.count.count", *WITNESS) for _ in range(2))
    morphine = world.adrenaline = world.item(
        "盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC
    )
    bind(world, world.doctor, morphine)
    pair = {"acceptor_id": world.keeper.who.id, "second_acceptor_id": world.head.who.id}
    world.received(world.line("M1", 400, 3), **pair)
    first, second = (
        world.doctor(ISSUE + "Receive", named(world.sent(world.wanting(9, world.centre, place))))
        for place in (world.own, world.own)
    )
    reversed_in_red(world, first.number, 2)
    back = issue_return_pb2.IssueReturn(issue_id=second.id, business_on=day(0), reason="surplus")
    made = world.doctor(BACK + "Submit", named(world.doctor(BACK + "Create", back)))
    world.keeper(BACK + "Approve", named(made))
    lose(world, 1, witness=one)
    count = begun(world)
    for clerk in (one, two):
        counted(clerk, count.id, M1=22)
    seen = explained(world, count.id)
    report = count_pb2.ReportRequest(id=seen.id, version=seen.version, incident_no="SJ-1")
    world.head(COUNT + "Approve", named(world.head(COUNT + "Report", report)))
    world.quarantine()
    line = disposal_pb2.DisposalLine(item_id=morphine, quantity=2)
    made = disposed(world, lines=[line])
    medical = someone("inventory.disposal.read", "inventory.disposal_medical.approve")
    made = medical(DISPOSAL + "Approve", named(made))
    for witness in (one, two):
        made = witness(DISPOSAL + "Witness", named(made))
    executed(world, made, one.who.id, two.who.id)
    assert not_by_two(world) == []
    assert world.differences() == []


def not_by_two(world: World) -> list[int]:
    """The codes of movements that do not name two different people; all codes must occur."""
    code = stock_pb2.Move
    with world.server.worker.app.sessions.read() as db:
        people = set(db.scalars(select(Person.id)))
        rows = list(db.execute(select(Move.code, Move.operator_id, Move.second_operator_id)))
    assert {row[0] for row in rows} >= {
        code.OPENED, code.ISSUED, code.TAKEN_ON, code.REVERSED, code.RETURNED, code.LOST,
        code.COUNTED_LESS, code.SCRAPPED,
    }  # fmt: skip
    return [code for code, *pair in rows if len({*pair} & people) != 2]


def close(world: World, period: str) -> str:
    """Close a month; answers what it says."""
    return str(world.keeper(PERIOD + "Close", period_pb2.CloseRequest(period=period)).text)


def test_a_month_closes_with_opening_plus_in_less_out(world: World) -> None:
    world.taken_on(10)
    assert "收发存相符" in close(world, NOW)
    (row,) = world.keeper(PERIOD + "List", ListRequest()).rows
    seen = world.keeper(PERIOD + "Get", IdRequest(id=row.id))
    (line,) = seen.lines
    assert (line.opening, line.received, line.issued, line.closing) == (
        0,
        300,
        0,
        300,
    )  # to the station
    assert (row.in_amount, row.out_amount) == (114000, 0)
    assert line.closing_amount == row.closing_amount == 114000
    lines = world.keeper("inventory.PeriodLineService.List", ListRequest(totals=True))
    for each in lines.rows:
        assert each.opening + each.received - each.issued == each.closing
    assert lines.info.totals["closing_amount"] == 114000
    text = text_of(form.draw_report(seen, META), "period")
    for part in ("收发存月报", "盐酸肾上腺素注射液", "1,140.00", "300"):
        assert part in text, part


@pytest.mark.invariant(10)
def test_what_is_posted_after_the_close_goes_into_the_next_month(world: World) -> None:
    """And the next month opens with what the last one closed with."""
    world.taken_on(10)
    close(world, NOW)
    world.received(world.line("L3", 500, 1))
    after = following(NOW)
    with world.server.worker.app.sessions.read() as db:
        last = db.scalars(select(Move).order_by(Move.id.desc())).first()
        assert last is not None
        assert (last.period, month(last.posted_at)) == (after, NOW)
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        close(world, after)
    assert "INV-009" in told(error.value)
    with refused(grpc.StatusCode.INVALID_ARGUMENT):
        close(world, NOW)


@pytest.mark.invariant(10)
def test_a_late_record_is_booked_into_the_open_month_with_its_own_time(world: World) -> None:
    """Used last month on a tablet without a network, told after the month was closed."""
    world.stocked_doctor(10)
    close(world, NOW)
    when = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    with world.server.worker.app.sessions.write() as db:
        call = call_of(world.server, world.doctor, db)
        uses = [Use(world.adrenaline, 2, when)]
        consume(call, doctor_id=call.user.id, task_id=1, emr_id=1, lines=uses)
    with world.server.worker.app.sessions.read() as db:
        chosen = select(Move).where(Move.code == stock_pb2.Move.CONSUMED)
        move = db.scalars(chosen).one()
        assert (move.period, move.occurred_at) == (following(NOW), when)
        assert month(move.posted_at) == NOW


@pytest.mark.invariant(10)
@pytest.mark.parametrize(
    ("closed", "now", "open_"),
    [(0, "202612", "202612"), (202612, "202612", "202701"), (202611, "202612", "202612"),
     (202612, "202702", "202702"), (202701, "202612", "202702")],
)  # fmt: skip
def test_what_is_posted_goes_into_this_month_or_the_one_after_the_last_closed(
    db: Session, closed: int, now: str, open_: str
) -> None:
    db.add(Counter(series="inventory.closed", last=closed))
    moment = datetime(int(now[:4]), int(now[4:]), 15, tzinfo=UTC)
    assert open_period(db, moment) == open_


def test_months_follow_each_other_through_the_year() -> None:
    assert [following(month) for month in ("202601", "202611", "202612")] == [
        "202602", "202612", "202701",
    ]  # fmt: skip


@pytest.fixture
def last_month(world: World) -> World:
    """A centre whose books were kept last month already."""
    world.taken_on(10)
    year, number = int(NOW[:4]), int(NOW[4:])
    before = f"{year - (number == 1)}{(number - 2) % 12 + 1:02d}"
    with world.server.worker.app.sessions.write() as db:
        closed = db.scalars(select(Counter).where(Counter.series == "inventory.closed")).one()
        closed.last = int(before)
    return world


def test_books_that_do_not_tie_are_not_closed(last_month: World) -> None:
    with last_month.server.worker.app.sessions.write() as db:
        balance = db.scalars(select(Balance).where(Balance.quantity == 10)).one()
        balance.quantity = 11
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        close(last_month, NOW)
    assert "收发存不平" in told(error.value)
    assert not last_month.keeper(PERIOD + "List", ListRequest()).rows
