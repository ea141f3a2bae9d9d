"""Whole days of bills: the books balance after every step."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from protos.common.list_pb2 import ListRequest
from protos.inventory import issue_pb2, personal_loss_pb2
from server.inventory.consumption import Use, consume
from server.inventory.reconcile import folded
from tests.inventory.world import ISSUE, World, call_of, day, named
from tests.people import Clerk, text_of

LOSS = "inventory.PersonalLossService."


def use(world: World, quantity: int, emr_id: int) -> None:
    """Tell the stock that a record of the doctor says so many were used."""
    uses = [Use(world.adrenaline, quantity, datetime.now(UTC))] if quantity else []
    with world.server.worker.app.sessions.write() as db:
        call = call_of(world.server, world.doctor, db)
        consume(call, doctor_id=call.user.id, task_id=1, emr_id=emr_id, lines=uses)


def lose(world: World, quantity: int, witness: Clerk | None = None) -> None:
    """Let the doctor break some and the head approve it."""
    line = personal_loss_pb2.LossLine(item_id=world.adrenaline, quantity=quantity, reason="broken")
    draft = personal_loss_pb2.PersonalLoss(business_on=day(0), lines=[line])
    if witness is not None:
        draft.witness_id = witness.who.id
    made = world.doctor(LOSS + "Create", draft)
    made = world.doctor(LOSS + "Submit", named(made))
    if witness is not None:
        made = witness(LOSS + "Witness", named(made))
    world.head(LOSS + "Approve", named(made))


def totals(world: World) -> dict[int, int]:
    """Units in every place, virtual ones too."""
    found: dict[int, int] = {}
    with world.server.worker.app.sessions.read() as db:
        for key, (quantity, _) in folded(db).items():
            found[key.place] = found.get(key.place, 0) + quantity
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.invariant(1)
@pytest.mark.invariant(2)
@pytest.mark.invariant(3)
@pytest.mark.invariant(5)
def test_any_stream_of_bills_balances(world: World, seed: int) -> None:
    chance = random.Random(seed)

    def receive() -> None:
        lot = chance.choice(("L1", "L2"))
        world.received(world.line(lot, {"L1": 300, "L2": 500}[lot], chance.randint(1, 3)))

    def issue(source: int, target: int) -> Callable[[], Any]:
        def run() -> None:
            many, unit = chance.choice(((25, ""), (2, "盒")))  # a box may need two lots
            sent = world.sent(world.wanting(chance.randint(1, many), source, target, unit=unit))
            refused = chance.randint(0, 2)
            part = issue_pb2.ReceivePartRequest(id=sent.id, version=sent.version)
            if refused:
                part.refusals.add(row=1, quantity=1, reason="破损")
                world.doctor(ISSUE + "ReceivePart", part)
            else:
                world.doctor(ISSUE + "Receive", named(sent))

        return run

    steps: list[Callable[[], Any]] = [
        receive,
        issue(world.centre, world.station),
        issue(world.station, world.own),
        lambda: use(world, chance.randint(0, 12), emr_id=chance.randint(1, 3)),
        lambda: lose(world, chance.randint(1, 5)),
    ]
    refusals = []
    for _ in range(25):
        try:
            chance.choice(steps)()
        except grpc.RpcError as error:
            refusals.append(text_of(error))
        assert world.differences() == []
        assert world.unlike_documents() == []
    moves = world.keeper("inventory.MoveService.List", ListRequest(totals=True)).info.count
    assert all("库存不足" in text for text in refusals), refusals
    assert moves > 0
