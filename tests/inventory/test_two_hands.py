"""Two hands over controlled drugs: witnesses and second operators act under their own login."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from sqlalchemy import select

from protos.common.list_pb2 import ListRequest
from protos.inventory import consumption_pb2, disposal_pb2, item_pb2, loss_pb2, stock_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.run import Running
from server.inventory.ledger_tables import Move
from tests.inventory.test_consumption import Consume, use, used  # noqa: F401
from tests.inventory.test_exceptions import LIST, waiting
from tests.inventory.test_role_item import bind
from tests.inventory.world import ISSUE, World, day, named
from tests.people import Clerk, refused, text_of

DISPOSAL, LOSS = "inventory.DisposalService.", "inventory.PersonalLossService."
CONSUMPTION = "inventory.ConsumptionService."
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
WITNESS = (
    "inventory.witness.confirm", "inventory.personal_loss.read", "inventory.disposal.read",
)  # fmt: skip
D, L, X = disposal_pb2.Disposal, loss_pb2.Loss, consumption_pb2.ConsumptionLine


class Ward(World):
    """Two of ten ampoules of morphine with the doctor; a nurse and an officer who witness."""

    def __init__(self, server: Running, someone: Callable[..., Clerk]) -> None:
        def hire(*permissions: str, **values: Any) -> Clerk:
            return someone(*permissions, *WITNESS, **values)

        super().__init__(server, hire)
        self.nurse = someone(*WITNESS, name="赵护士")
        self.officer = someone(*WITNESS, "inventory.consumption.resolve", name="沈药师")
        self.morphine = self.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC)
        bind(self, self.doctor, self.morphine)
        pair = {"acceptor_id": self.keeper.who.id, "second_acceptor_id": self.head.who.id}
        self.received(self.line("M1", 400, 1, item_id=self.morphine), **pair)
        wanted = self.wanting(2, self.centre, self.own)
        wanted.lines[0].item_id = self.morphine
        self.doctor(ISSUE + "Receive", named(self.sent(wanted)))

    def last_hands(self, code: int) -> tuple[int, int]:
        """Operator and second operator of the newest movement of a kind."""
        with self.server.worker.app.sessions.read() as db:
            moves = db.scalars(select(Move).where(Move.code == code).order_by(Move.id.desc()))
            move = moves.first()
            assert move is not None
            return move.operator_id, move.second_operator_id


@pytest.fixture
def world(server: Running, someone: Callable[..., Clerk]) -> Ward:
    """The ward stands in for the stock world, also where fixtures of others ask for it."""
    return Ward(server, someone)


def said_no(clerk: Clerk, method: str, request: Any) -> str:
    """The sentence a call is refused with."""
    with refused(PRECONDITION) as error:
        clerk(method, request)
    return text_of(error.value)


@pytest.mark.requirement(13)
@pytest.mark.invariant(13)
def test_a_loss_waits_for_its_witness_s_own_confirmation(world: Ward) -> None:
    line = loss_pb2.LossLine(item_id=world.morphine, quantity=1, reason="broken")
    draft = L(business_on=day(0), lines=[line], witness_id=world.nurse.who.id)
    made = world.doctor(LOSS + "Submit", named(world.doctor(LOSS + "Create", draft)))
    text = said_no(world.head, LOSS + "Approve", named(made))
    assert "赵护士还没有确认" in text
    assert "见证确认" in text, "it says what to do"
    assert "INV-007" in said_no(world.doctor, LOSS + "Witness", named(made))
    (seen,) = world.nurse(LOSS + "List", ListRequest()).rows
    seen = world.nurse(LOSS + "Witness", named(seen))
    assert seen.attested == "赵护士"
    back = world.head(LOSS + "Reject", ReturnRequest(id=seen.id, version=seen.version, reason="改"))
    seen = world.doctor(LOSS + "Submit", named(back))
    assert "赵护士还没有确认" in said_no(world.head, LOSS + "Approve", named(seen)), (
        "witnessed anew"
    )
    seen = world.nurse(LOSS + "Witness", named(seen))
    done = world.head(LOSS + "Approve", named(seen))
    assert done.state == L.POSTED
    assert world.last_hands(stock_pb2.Move.LOST) == (world.head.who.id, world.doctor.who.id)


@pytest.mark.requirement(6)
@pytest.mark.invariant(13)
def test_a_destruction_waits_for_both_witnesses(world: Ward, someone: Callable[..., Clerk]) -> None:
    shut = world.quarantine()
    line = disposal_pb2.DisposalLine(item_id=world.morphine, quantity=1)
    draft = D(warehouse_id=world.centre, business_on=day(0), cause=D.SPOILED, lines=[line])
    made = world.keeper(DISPOSAL + "Submit", named(world.keeper(DISPOSAL + "Create", draft)))
    made = world.head(DISPOSAL + "Approve", named(made))
    medical = someone("inventory.disposal.read", "inventory.disposal_medical.approve")
    made = medical(DISPOSAL + "Approve", named(made))
    assert "INV-007" in said_no(world.keeper, DISPOSAL + "Witness", named(made))
    assert (world.stock(shut), world.stock(world.centre)) == ({}, {"M1": 8}), "promised there"
    made = world.nurse(DISPOSAL + "Witness", named(made))
    assert (world.stock(shut), world.stock(world.centre)) == ({"M1": 1}, {"M1": 7})
    assert world.last_hands(stock_pb2.Move.QUARANTINED) == (
        world.nurse.who.id, world.keeper.who.id,
    )  # fmt: skip
    burnt = disposal_pb2.ExecuteRequest(
        id=made.id, version=made.version, method=D.INCINERATED, place="危废处置中心",
        witness_id=world.nurse.who.id, second_witness_id=world.officer.who.id,
    )  # fmt: skip
    assert "沈药师还没有确认" in said_no(world.keeper, DISPOSAL + "Execute", burnt)
    made = world.officer(DISPOSAL + "Witness", named(made))
    assert "已经确认" in said_no(world.officer, DISPOSAL + "Witness", named(made))
    burnt.version = made.version
    done = world.keeper(DISPOSAL + "Execute", burnt)
    assert (done.state, done.attested) == (D.POSTED, "赵护士、沈药师")


@pytest.mark.requirement(14)
@pytest.mark.invariant(13)
def test_the_work_list_issues_narcotics_by_two_hands(world: Ward, used: Consume) -> None:  # noqa: F811
    used(use(world.morphine, 5))
    (row,) = waiting(world)
    assert row.missing == 3
    whole = world.head(CONSUMPTION + "List", ListRequest()).rows[0]
    at_once = consumption_pb2.ResolveRequest(
        id=whole.id, version=whole.version, warehouse_id=world.centre
    )
    assert "逐行提请和复核" in said_no(world.head, CONSUMPTION + "Resolve", at_once)
    assert "还没有人提请" in said_no(world.officer, LIST + "Confirm", named(row))
    choice = consumption_pb2.ResolveLineRequest(
        id=row.id, version=row.version, warehouse_id=world.centre
    )
    asked = world.head(LIST + "Resolve", choice)
    assert (asked.missing, asked.proposer_id) == (3, world.head.who.id)
    assert "另一人复核" in asked.note
    assert world.stock(world.centre) == {"M1": 8}, "nothing moves before the second hand"
    assert "INV-007" in said_no(world.head, LIST + "Confirm", named(asked))
    done = world.officer(LIST + "Confirm", named(asked))
    assert (done.state, done.missing, done.note) == (X.ISSUED, 0, "已双人补出库")
    assert world.last_hands(stock_pb2.Move.CONSUMED) == (world.officer.who.id, world.head.who.id)
    assert waiting(world) == []
    assert world.differences() == []
