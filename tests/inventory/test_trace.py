"""Trace codes: scanned at receipt, followed to the patient and back."""

from collections.abc import Callable

import grpc
import pytest

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import receipt_pb2, supplier_pb2
from protos.inventory import trace_code_pb2 as pb
from server.core.run import Running
from tests.inventory.chain import Chain
from tests.inventory.test_consumption import (
    Consume,
    use,
    used,  # noqa: F401 - a fixture
)
from tests.inventory.world import ISSUE, RECEIPT, World, named
from tests.people import Clerk, faults_of, refused

TRACE = "inventory.TraceCodeService."
S = pb.TraceCode
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def code(number: int) -> str:
    """A code of 20 digits."""
    return f"8{number:019d}"


def codes(*numbers: int) -> str:
    """Codes as a scanner leaves them in the line."""
    return " ".join(map(code, numbers))


@pytest.fixture
def world(server: Running, someone: Callable[..., Clerk]) -> Chain:
    """A chain, with 2 boxes of 10 of lot T1 under codes 1 and 2 in the centre."""
    chain = Chain(server, someone)
    chain.received(chain.line("T1", 90, 2, trace_codes=codes(1, 2)))
    return chain


def seen(world: World, number: int) -> pb.TraceCode:
    """A code as its page opens it."""
    asked = ListRequest(filters=[Filter(field="code", values=[code(number)])])
    (row,) = world.keeper(TRACE + "List", asked).rows
    return world.keeper(TRACE + "Get", IdRequest(id=row.id))


@pytest.mark.requirement(2)
def test_codes_scanned_at_receipt_are_in_stock(world: World) -> None:
    first = seen(world, 1)
    assert (first.units, first.left, first.state) == (10, 10, S.IN_STOCK)
    assert (first.lot_no, first.whereabouts) == ("T1", "中心库×10")
    (step,) = first.steps
    assert (step.what, step.source, step.target, step.scanned) == (
        "期初入库", "期初", "中心库", True,
    )  # fmt: skip
    assert world.differences() == []


@pytest.mark.parametrize(
    ("scanned", "quantity", "why"),
    [
        ("12345", 1, "20位数字"),
        (codes(7, 7), 2, "扫了两次"),
        (codes(1), 1, "已经入过库"),
        (codes(7, 8, 9), 2, "对不上"),
    ],
)
def test_wrong_codes_are_told_at_their_line(
    world: World, scanned: str, quantity: int, why: str
) -> None:
    draft = world.draft(world.line("T2", 90, quantity, trace_codes=scanned))
    with refused(INVALID) as error:
        world.keeper(RECEIPT + "Create", draft)
    assert why in faults_of(error.value)["lines[0].trace_codes"]


def test_a_code_in_two_lines_is_told(world: World) -> None:
    lines = [world.line(lot, 90, 1, trace_codes=codes(7)) for lot in ("T2", "T3")]
    with refused(INVALID) as error:
        world.keeper(RECEIPT + "Create", world.draft(*lines))
    assert set(faults_of(error.value)) == {"lines[1].trace_codes"}


def test_every_single_unit_may_have_its_code(world: World) -> None:
    world.received(world.line("T4", 90, 3, unit="支", trace_codes=codes(41, 42, 43)))
    assert seen(world, 42).units == 1


def test_drugs_bought_without_codes_are_pointed_out(world: World) -> None:
    traced = world.item("阿托品", "1ml", 10, trace_required=True)
    line = world.line("A1", 700, 1, item_id=traced)
    supplier = world.keeper(
        "inventory.SupplierService.Create",
        supplier_pb2.Supplier(code="GYS1", name="供应商"),
    )
    draft = world.draft(line, kind=receipt_pb2.Receipt.PURCHASE, supplier_id=supplier.id)
    assert "没有采集追溯码" in world.keeper(RECEIPT + "Create", draft).notice


@pytest.mark.requirement(3)
def test_a_scanned_code_decides_the_lot_and_goes_along(world: World) -> None:
    wanted = world.wanting(10, world.centre, world.station, trace_codes=codes(2))
    sent = world.sent(wanted)
    assert sent.lines[0].lot_no == "T1"
    assert seen(world, 2).whereabouts == "在途×10"
    world.doctor(ISSUE + "Receive", named(sent))
    assert seen(world, 2).whereabouts == "分站库×10"
    assert seen(world, 1).whereabouts == "中心库×10"
    assert [step.scanned for step in seen(world, 2).steps] == [True, True, False]
    assert world.differences() == []


def test_codes_that_do_not_fit_an_issue_are_told(world: World) -> None:
    def fault(quantity: int, scanned: str) -> str:
        wanted = world.wanting(quantity, world.centre, world.station, trace_codes=scanned)
        with refused(INVALID) as error:
            world.keeper(ISSUE + "Create", wanted)
        return faults_of(error.value)["lines[0].trace_codes"]

    assert "不在发出的仓库" in fault(10, codes(99))
    assert "比数量多" in fault(10, codes(1, 2))


def test_where_nobody_scanned_opened_packs_go_first_and_steps_are_assumed(world: World) -> None:
    def issue(quantity: int) -> None:
        lots = world.keeper("inventory.LotService.List", ListRequest(text="T1")).rows
        wanted = world.wanting(quantity, world.centre, world.station, lot_id=lots[0].id)
        world.doctor(ISSUE + "Receive", named(world.sent(wanted)))

    issue(3)
    issue(4)
    assert seen(world, 1).whereabouts == "分站库×7、中心库×3"
    assert seen(world, 2).whereabouts == "中心库×10"
    assert not any(step.scanned for step in seen(world, 1).steps[1:])
    assert world.differences() == []


@pytest.mark.requirement(14)
def test_a_code_is_followed_to_the_patient_and_back(world: World, used: Consume) -> None:  # noqa: F811
    sent = world.sent(world.wanting(10, world.centre, world.own, trace_codes=codes(1)))
    world.doctor(ISSUE + "Receive", named(sent))
    answer = used(use(world.adrenaline, 3, trace_code=code(1)))
    assert answer.lines[0].lots == (("T1", 3),)
    opened = seen(world, 1)
    assert (opened.state, opened.left) == (S.OPENED, 7)
    assert opened.whereabouts == "陈医生个人药库×7、患者×3"
    assert (opened.steps[-1].what, opened.steps[-1].scanned) == ("自动出库", True)
    used(use(world.adrenaline, 1, trace_code=code(1)))
    assert seen(world, 1).left == 9
    used(use(world.adrenaline, 10, trace_code=code(1)))
    gone = seen(world, 1)
    assert (gone.state, gone.left) == (S.CONSUMED, 0)
    used()
    assert seen(world, 1).state == S.IN_STOCK
    assert world.differences() == []


def test_a_code_the_books_do_not_have_there_is_issued_all_the_same(
    world: World,
    used: Consume,  # noqa: F811
) -> None:
    sent = world.sent(world.wanting(5, world.centre, world.own))
    world.doctor(ISSUE + "Receive", named(sent))
    assert used(use(world.adrenaline, 2, trace_code=code(2))).complete
    assert world.differences() == []
