"""The doctor's own store: what is in it, its list, and losses out of it."""

from collections.abc import Callable

import grpc
import pytest

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import loss_record_pb2, stock_pb2
from protos.inventory import personal_loss_pb2 as pb
from server.inventory.loss_record import verdict
from tests.inventory.test_invariants import lose, use
from tests.inventory.world import DOCTOR, World, day, named
from tests.people import Clerk, refused, text_of

OWN, STORE = "inventory.PersonalStockService.", "inventory.PersonalStoreService."
LOSS = "inventory.PersonalLossService."


def loss(world: World, quantity: int, **values: object) -> pb.PersonalLoss:
    """A loss of adrenaline, broken."""
    line = pb.LossLine(item_id=world.adrenaline, quantity=quantity, reason="broken")
    return pb.PersonalLoss(business_on=day(0), lines=[line], **values)  # type: ignore[arg-type]


@pytest.mark.requirement(13)
def test_a_doctor_sees_his_own_store_only(world: World, someone: Callable[..., Clerk]) -> None:
    world.stocked_doctor(10)
    rows = world.doctor(OWN + "List", ListRequest(order_by="expires_on")).rows
    assert [(r.item_name, r.lot_no, r.quantity, r.available, r.unit) for r in rows] == [
        ("盐酸肾上腺素注射液", "L1", 10, 10, "支")
    ]
    assert rows[0].band == stock_pb2.Stock.WITHIN_30
    colleague = someone(*DOCTOR, department_id=world.doctor.who.department_id)
    assert not colleague(OWN + "List", ListRequest()).rows
    assert not colleague(STORE + "List", ListRequest()).rows
    assert world.doctor(OWN + "List", ListRequest(text="ysssxs")).rows, "found by its initials"


@pytest.mark.requirement(13)
def test_the_store_is_one_document_to_print(world: World) -> None:
    world.stocked_doctor(10)
    store = world.doctor(STORE + "List", ListRequest()).rows[0]
    seen = world.doctor(STORE + "Get", IdRequest(id=store.id))
    assert (seen.owner_name, [line.lot_no for line in seen.lines]) == ("陈医生", ["L1"])


@pytest.mark.requirement(13)
def test_a_loss_is_taken_off_the_books_once_approved(world: World) -> None:
    world.stocked_doctor(10)
    made = world.doctor(LOSS + "Create", loss(world, 2))
    made = world.doctor(LOSS + "Submit", named(made))
    assert made.lines[0].lot_no == "L1"
    assert world.doctor(OWN + "List", ListRequest()).rows[0].available == 8
    done = world.head(LOSS + "Approve", named(made))
    assert (done.state, done.lines[0].amount) == (pb.PersonalLoss.POSTED, 2 * 380)
    assert world.doctor(OWN + "List", ListRequest()).rows[0].quantity == 8
    assert world.differences() == []


def test_more_than_there_is_cannot_be_lost(world: World) -> None:
    world.stocked_doctor(10)
    made = world.doctor(LOSS + "Create", loss(world, 11))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        world.doctor(LOSS + "Submit", named(made))
    assert "还差1支" in text_of(error.value)


def test_a_colleague_sees_no_losses_of_others(world: World, someone: Callable[..., Clerk]) -> None:
    world.stocked_doctor(10)
    world.doctor(LOSS + "Create", loss(world, 2))
    colleague = someone(*DOCTOR, department_id=world.doctor.who.department_id)
    assert not colleague(LOSS + "List", ListRequest()).rows


def test_without_a_store_there_is_nothing_to_lose(
    world: World, someone: Callable[..., Clerk]
) -> None:
    nurse = someone(*DOCTOR)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        nurse(LOSS + "Create", loss(world, 1))
    assert "个人药库" in text_of(error.value)


@pytest.mark.requirement(20)
def test_losses_are_found_by_person_item_and_reason(world: World) -> None:
    world.stocked_doctor(10)
    lose(world, 2)
    found = []
    for field, value in (
        ("owner_id", str(world.doctor.who.id)), ("item_id", str(world.adrenaline)),
        ("reason", "broken"), ("department_id", str(world.doctor.who.department_id)),
    ):  # fmt: skip
        asked = ListRequest(filters=[Filter(field=field, values=[value])], totals=True)
        answer = world.head("inventory.LossRecordService.List", asked)
        found += [(row.quantity, row.lot_no, row.amount) for row in answer.rows]
        assert answer.info.totals["quantity"] == 2
    assert found == [(2, "L1", 760)] * 4
    none = ListRequest(filters=[Filter(field="reason", values=["expired"])])
    assert not world.head("inventory.LossRecordService.List", none).rows


@pytest.mark.requirement(20)
def test_the_rate_is_lost_against_lost_and_used(world: World) -> None:
    world.stocked_doctor(20)
    use(world, 8, emr_id=1)
    use(world, 6, emr_id=1)
    lose(world, 2)
    (row,) = world.head("inventory.LossRateService.List", ListRequest()).rows
    assert (row.lost, row.used, row.rate) == (2, 6, 250)
    asked = ListRequest(filters=[Filter(field="rate", op=Filter.BETWEEN, values=["300", ""])])
    assert not world.head("inventory.LossRateService.List", asked).rows


@pytest.mark.parametrize(
    ("lost", "used", "rate", "usual", "expected"),
    [
        (1, 2, 333, 10, "TOO_FEW"),
        (1, 30, 32, 1, "USUAL"),  # below what is looked at
        (3, 27, 100, 80, "USUAL"),
        (3, 27, 100, 50, "HIGH"),
        (3, 27, 100, 25, "OUTLIER"),
    ],
)
def test_a_rate_is_judged_by_the_others(
    lost: int, used: int, rate: int, usual: int, expected: str
) -> None:
    assert verdict(lost, used, rate, usual) == loss_record_pb2.LossRate.Verdict.Value(expected)
