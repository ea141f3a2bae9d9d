"""The ledger: nothing is changed, nothing goes negative, everything adds up to the fen."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from protos.inventory import stock_pb2
from server.core.numbering import shanghai_date
from server.inventory import ledger, picking
from server.inventory.issue import IssueLine
from server.inventory.item import Item, ItemUnit
from server.inventory.ledger import Entry, Origin, remaining, reversal
from server.inventory.ledger_tables import Account, Balance, Lot, Move, Posting
from server.inventory.reconcile import differences, folded
from server.inventory.refusals import Insufficient
from server.inventory.stock import band
from server.inventory.taking import split
from tests.inventory.world import World, call_of

JUNE = date(2026, 6, 30)
ITEM = Item(name="肾上腺素", spec="1ml", base_unit="支", control=1)
ITEM.describe()


def balance(quantity: int, expires: date | None = JUNE, amount: int = 0, **lot: object) -> Balance:
    """Units of a lot of its own in some warehouse."""
    facts = {"state": stock_pb2.Lot.NORMAL, "lot_no": "L", **lot}
    made = Lot(item_id=ITEM.id, item=ITEM, expires_on=expires, **facts)
    return Balance(
        lot_id=made.id, lot=made, item_id=ITEM.id, lot_no=made.lot_no, expires_on=expires,
        received_on=date(2026, 1, 1), quantity=quantity, reserved=0, amount=amount,
    )  # fmt: skip


def test_the_last_usable_day_is_usable() -> None:
    assert not picking.expired(JUNE, JUNE)
    assert picking.expired(JUNE, date(2026, 7, 1))
    assert not picking.expired(None, JUNE)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 6, 30, 15, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 16, 1, tzinfo=UTC), date(2026, 7, 1)),
    ],
)
def test_the_day_is_shanghais(moment: datetime, day: date) -> None:
    assert shanghai_date(moment) == day


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (-1, stock_pb2.Stock.EXPIRED),
        (0, stock_pb2.Stock.WITHIN_30),
        (30, stock_pb2.Stock.WITHIN_30),
        (31, stock_pb2.Stock.WITHIN_90),
        (180, stock_pb2.Stock.WITHIN_180),
        (181, stock_pb2.Stock.FRESH),
    ],
)
def test_bands_of_expiry(left: int, shown: int) -> None:
    assert band(date.fromordinal(JUNE.toordinal() + left), JUNE) == shown


def test_picking_takes_the_first_to_expire_and_skips_what_may_not_be_used() -> None:
    gone = balance(5, date(2026, 6, 29))
    held = balance(5, date(2026, 7, 1), state=stock_pb2.Lot.HOLD)
    late, early = balance(5, date(2027, 1, 1)), balance(5, date(2026, 8, 1))
    endless = balance(5, None)
    order = picking.queue([endless, late, gone, held, early], JUNE)
    assert order == [early, late, endless]
    assert picking.take_from(order, 7) == [(early, 5), (late, 2)]


def test_reserved_units_are_not_picked() -> None:
    some = balance(5)
    some.reserved = 4
    assert picking.take_from([some], 3) == [(some, 1)]


@pytest.mark.invariant(5)
def test_a_line_is_split_in_packs_where_they_come_out_even() -> None:
    first, second = balance(60, amount=600), balance(45, amount=450)
    item = Item(base_unit="支", units=[ItemUnit(name="盒", factor=10)])
    line = IssueLine(item=item, item_id=item.id, unit="盒", factor=10, quantity=10,
                     base_quantity=100)  # fmt: skip
    parts = split(line, [picking.Pick(first, 60), picking.Pick(second, 35)])
    assert [(p.quantity, p.unit, p.base_quantity) for p in parts] == [
        (6, "盒", 60),
        (35, "支", 35),
    ]
    assert [p.amount for p in parts] == [600, 350]


@pytest.mark.invariant(3)
def test_a_balance_never_goes_below_what_is_free() -> None:
    some = balance(5, amount=500)
    some.reserved = 2
    with pytest.raises(Insufficient, match="还差1支"):
        some.take(4)
    assert (some.quantity, some.amount) == (5, 500)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_value_leaves_with_the_last_piece(amount: int, parts: list[int]) -> None:
    some = balance(sum(parts), amount=amount)
    taken = [some.take(part) for part in parts]
    assert min(taken) >= 0
    assert sum(taken) == amount
    assert (some.quantity, some.amount) == (0, 0)


@pytest.mark.invariant(7)
def test_a_reversal_is_not_reversed() -> None:
    move = SimpleNamespace(reverses_id=7)
    with pytest.raises(Exception, match="INV-005"):
        reversal(move, 1, (1, 1), 302, "")  # type: ignore[arg-type]


def test_more_than_is_left_is_not_reversed() -> None:
    move = SimpleNamespace(reverses_id=None)
    with pytest.raises(Exception, match="INV-008"):
        reversal(move, 3, (2, 1), 302, "")  # type: ignore[arg-type]


@pytest.fixture
def moved(world: World) -> World:
    """One receipt on the books."""
    world.received(world.line("L1", 400, 20))
    return world


@pytest.mark.parametrize("kind", [Move, Posting])
@pytest.mark.invariant(6)
def test_the_database_refuses_to_change_the_ledger(moved: World, kind: type[Move]) -> None:
    for statement in (update(kind).values(id=1), delete(kind)):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            moved.server.worker.app.sessions.write() as db,
        ):
            db.execute(statement)


@pytest.mark.invariant(6)
def test_the_mapper_refuses_to_change_the_ledger(moved: World) -> None:
    def change(db: Session) -> None:
        db.scalars(select(Move)).one().quantity = 1
        db.flush()

    def remove(db: Session) -> None:
        db.delete(db.scalars(select(Move)).one())
        db.flush()

    for deed in (change, remove):
        with (
            pytest.raises(RuntimeError, match="append-only"),
            moved.server.worker.app.sessions.write() as db,
        ):
            deed(db)


def lose(world: World, *quantities: int, revision: int = 0) -> None:
    """Post losses of the only lot in the centre, as one action of one document."""
    with world.server.worker.app.sessions.write() as db:
        lot = db.scalars(select(Lot)).one()
        code, loss = stock_pb2.Move.LOST, Account.LOSS
        entries = [Entry(code, lot, world.centre, loss, quantity) for quantity in quantities]
        origin = Origin("test", 1, "post", "T1", revision)
        ledger.post(call_of(world.server, world.keeper, db), origin, entries)


@pytest.mark.invariant(4)
def test_the_same_action_is_posted_once(moved: World) -> None:
    lose(moved, 1, revision=1)
    with pytest.raises(IntegrityError):
        lose(moved, 1, revision=1)
    lose(moved, 1, revision=2)
    assert moved.stock(moved.centre) == {"L1": 198}
    assert moved.differences() == []


@pytest.mark.invariant(3)
def test_a_posting_is_whole_or_not_at_all(moved: World) -> None:
    with pytest.raises(Insufficient):
        lose(moved, 150, 51)
    assert moved.stock(moved.centre) == {"L1": 200}
    assert moved.differences() == []


@pytest.mark.invariant(1)
def test_every_movement_has_two_ends(moved: World) -> None:
    moved.sent(moved.wanting(30, moved.centre, moved.station))
    with moved.server.worker.app.sessions.read() as db:
        places = {key.place: both for key, both in folded(db).items()}
        assert places == {
            Account.OPENING: (-200, -76000), moved.centre: (170, 64600),
            Account.TRANSIT: (30, 11400),
        }  # fmt: skip
        (move,) = db.scalars(select(Move).where(Move.code == stock_pb2.Move.ISSUED))
        assert remaining(db, [move]) == {move.id: (30, 30 * 380)}


@pytest.mark.invariant(2)
def test_a_balance_that_does_not_add_up_is_named(moved: World) -> None:
    with moved.server.worker.app.sessions.write() as db:
        db.execute(update(Balance).values(quantity=199))
    with moved.server.worker.app.sessions.write() as db:
        (told,) = differences(db)
    assert "199" in told
    assert "200" in told
