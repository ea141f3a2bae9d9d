"""Losses out of stores: the levels that approve them, the query, the rates, the way back."""

from typing import Any

import grpc
import pytest

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import issue_pb2, item_pb2, loss_pb2, loss_record_pb2, red_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from tests.inventory.test_backward import reversed_in_red
from tests.inventory.test_invariants import totals
from tests.inventory.world import ABOVE, ISSUE, PHARMACIST, World, day, named
from tests.people import faults_of, refused
from tests.people import text_of as told

LOSS = "inventory.StoreLossService."
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
INVALID = grpc.StatusCode.INVALID_ARGUMENT
L = loss_pb2.Loss


def broken(world: World, quantity: int, item: int = 0, **values: Any) -> L:
    """A loss at the centre, not yet sent."""
    line = loss_pb2.LossLine(
        item_id=item or world.adrenaline, quantity=quantity, reason="broken", note="到货碰碎"
    )
    return L(**{"warehouse_id": world.centre, "business_on": day(0), **values}, lines=[line])


def submitted(world: World, loss: L) -> L:
    return world.keeper(LOSS + "Submit", named(world.keeper(LOSS + "Create", loss)))


@pytest.mark.requirement(20)
def test_what_a_receiver_refused_as_broken_is_lost_at_the_centre(world: World) -> None:
    """The worked example: 60 sent, 58 taken on, the 2 refused are a loss of the centre."""
    world.received(world.line("L1", 400, 20), world.line("L2", 600, 10, price=3900))
    sent = world.sent(world.wanting(60, world.centre, world.station))
    part = issue_pb2.ReceivePartRequest(id=sent.id, version=sent.version)
    part.refusals.add(row=1, quantity=2, reason="破损")
    world.doctor(ISSUE + "ReceivePart", part)
    made = submitted(world, broken(world, 2, source_no=sent.number))
    assert made.number.startswith("BS")
    done = world.head(LOSS + "Approve", named(made))
    assert (done.state, done.amount, done.lines[0].lot_no) == (L.POSTED, 760, "L1")
    assert world.stock(world.centre) == {"L1": 140, "L2": 100}
    asked = ListRequest(filters=[Filter(field="source_no", values=[sent.number])])
    (row,) = world.head("inventory.LossRecordService.List", asked).rows
    assert (row.kind, row.quantity, row.reason, row.note) == (
        loss_record_pb2.LossRecord.STORE, 2, "broken", "到货碰碎",
    )  # fmt: skip
    rates = world.head("inventory.LossRateService.List", ListRequest()).rows
    assert [(r.warehouse_id, r.lost, r.used, r.rate) for r in rates] == [
        (world.centre, 2, 58, 33)
    ], "of a store that treats nobody, what it issued is what it used"
    red = reversed_in_red(world, done.number)
    assert (red.kind, red.taken_from, red.given_to) == (red_pb2.Red.LOSS, "损耗", "中心库")
    assert world.stock(world.centre) == {"L1": 142, "L2": 100}
    assert world.keeper(LOSS + "Get", IdRequest(id=done.id)).red == red_pb2.Red.RED_REVERSED
    assert not list(world.head("inventory.LossRateService.List", ListRequest()).rows)
    assert sum(totals(world).values()) == 0
    assert world.differences() == []


@pytest.mark.requirement(20)
def test_a_dear_loss_goes_to_the_level_above(world: World, someone: Any) -> None:
    world.received(world.line("L1", 400, 20))
    above = someone(*ABOVE, name="周分中心")
    made = submitted(world, broken(world, 60))
    waits = world.head(LOSS + "Approve", named(made))
    assert (waits.state, waits.amount) == (L.SUBMITTED, 22_800)
    assert world.stock(world.centre) == {"L1": 200}
    with refused(PRECONDITION):
        world.keeper(LOSS + "Withdraw", named(waits))
    back = ReturnRequest(id=waits.id, version=waits.version, reason="补照片")
    draft = above(LOSS + "Reject", back)
    assert (draft.state, draft.returned_reason) == (L.DRAFT, "补照片")
    made = world.keeper(LOSS + "Submit", named(draft))
    done = above(LOSS + "Approve", named(world.head(LOSS + "Approve", named(made))))
    assert (done.state, done.approver_name) == (L.POSTED, "周分中心")
    assert world.stock(world.centre) == {"L1": 140}
    assert world.differences() == []


@pytest.mark.requirement(20)
@pytest.mark.invariant(13)
def test_lost_narcotics_need_a_witness_and_the_pharmacist(world: World, someone: Any) -> None:
    morphine = world.item("盐酸吗啡注射液", "10mg", 5, control=item_pb2.Item.NARCOTIC)
    world.received(
        world.line("M1", 400, 4, item_id=morphine), acceptor_id=world.keeper.who.id,
        second_acceptor_id=world.head.who.id,
    )  # fmt: skip
    with refused(INVALID) as error:
        world.keeper(LOSS + "Create", broken(world, 1, morphine))
    assert "见证人" in faults_of(error.value)["witness_id"]
    made = submitted(world, broken(world, 1, morphine, witness_id=world.doctor.who.id))
    above = someone("inventory.loss.approve", "inventory.store_loss.read")
    with refused(grpc.StatusCode.PERMISSION_DENIED) as error:
        above(LOSS + "Approve", named(made))
    assert "药师" in told(error.value)
    pharmacist = someone(*PHARMACIST, name="许药师")
    with refused(PRECONDITION) as error:
        pharmacist(LOSS + "Approve", named(made))
    assert "陈医生还没有确认" in told(error.value)
    (seen,) = world.doctor(LOSS + "List", ListRequest()).rows
    seen = world.doctor(LOSS + "Witness", named(seen))
    done = pharmacist(LOSS + "Approve", named(seen))
    assert (done.state, done.poster_name, done.attested) == (L.POSTED, "许药师", "陈医生")
    assert world.stock(world.centre) == {"M1": 19}


def test_a_doctors_own_store_is_not_written_off_by_others(world: World) -> None:
    world.stocked_doctor(10)
    with refused(INVALID) as error:
        world.keeper(LOSS + "Create", broken(world, 1, warehouse_id=world.own))
    assert "本人" in told(error.value)
