"""Taking posted bills back: red reversals, returns to the issuing store and to the supplier."""

from typing import Any

import grpc
import pytest

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import (
    issue_return_pb2,
    receipt_pb2,
    red_pb2,
    stock_pb2,
    supplier_pb2,
    supplier_return_pb2,
    warehouse_pb2,
)
from resources.print.inventory import backward
from tests.inventory.test_print import META, text_of
from tests.inventory.world import ISSUE, RECEIPT, World, day, named
from tests.people import faults_of, refused
from tests.people import text_of as told

RED = "inventory.RedService."
BACK = "inventory.IssueReturnService."
SUPPLIER = "inventory.SupplierReturnService."
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def red_of(world: World, number: str, quantity: int = 0) -> Any:
    """A draft reversal of a bill with its lines brought along, cut to a quantity if given."""
    draft = red_pb2.Red(
        original_no=number, business_on=day(0), reason="wrong_place", note="发错分站"
    )
    made = world.keeper(RED + "Create", draft)
    if quantity:
        made.lines[0].quantity = quantity
        made = world.keeper(RED + "Update", made)
    return made


def reversed_in_red(world: World, number: str, quantity: int = 0) -> Any:
    """A posted reversal."""
    return confirmed(world, world.keeper(RED + "Submit", named(red_of(world, number, quantity))))


def confirmed(world: World, red: Any) -> Any:
    """A submitted reversal approved by the supervisor and booked by finance."""
    return world.finance(RED + "Approve", named(world.head(RED + "Approve", named(red))))


def moves(world: World, number: str) -> list[stock_pb2.Move]:
    """The movements of a bill, as the ledger page shows them."""
    asked = ListRequest(filters=[Filter(field="number", values=[number])])
    return list(world.keeper("inventory.MoveService.List", asked).rows)


@pytest.mark.requirement(19)
def test_a_wrong_issue_is_reversed_in_red_as_its_mirror(world: World) -> None:
    issue = world.taken_on(10)
    red = reversed_in_red(world, issue.number)
    assert red.number.startswith("HC")
    assert world.stock(world.station) == {}
    assert world.stock(world.centre) == {"L1": 200, "L2": 100}
    (move,) = moves(world, red.number)
    assert (move.code, move.source, move.target, move.quantity, move.amount) == (
        stock_pb2.Move.REVERSED, "分站库", "中心库", 10, 3800,
    )  # fmt: skip
    original = world.keeper(ISSUE + "Get", IdRequest(id=issue.id))
    assert original.links == f"红冲 {red.number}", "both sides name each other"
    assert red.original_no == issue.number
    assert original.red == red_pb2.Red.RED_REVERSED
    assert original.lines == issue.lines, "the original stays as it was posted"
    assert world.differences() == []


@pytest.mark.requirement(19)
@pytest.mark.invariant(7)
def test_parts_are_reversed_until_nothing_is_left(world: World) -> None:
    issue = world.taken_on(10)
    part = reversed_in_red(world, issue.number, 4)
    assert world.stock(world.station) == {"L1": 6}
    rest = red_of(world, issue.number)
    assert (rest.lines[0].moved, rest.lines[0].left, rest.lines[0].quantity) == (10, 6, 6)
    rest.lines[0].quantity = 7
    with refused(INVALID) as error:
        world.keeper(RED + "Update", rest)
    assert "还可退6支" in faults_of(error.value)["lines[0].quantity"]
    reversed_in_red(world, issue.number)
    with refused(PRECONDITION) as error:
        red_of(world, issue.number)
    assert "已全部红冲" in told(error.value)
    assert world.stock(world.centre) == {"L1": 200, "L2": 100}
    assert part.lines[0].left == 6
    assert world.differences() == []


@pytest.mark.invariant(7)
def test_two_reversals_of_one_issue_never_take_more_than_it_moved(world: World) -> None:
    """The station got 20 in two issues; both drafts want all 10 of the first."""
    issue = world.taken_on(10)
    other = world.sent(world.wanting(10, world.centre, world.station))
    world.doctor(ISSUE + "Receive", named(other))
    drafts = [red_of(world, issue.number) for _ in range(2)]
    first, second = (world.keeper(RED + "Submit", named(draft)) for draft in drafts)
    confirmed(world, first)
    with refused(INVALID) as error:
        confirmed(world, second)
    assert "INV-008" in told(error.value)
    assert world.stock(world.station) == {"L1": 10}
    assert world.differences() == []


@pytest.mark.requirement(19)
def test_goods_the_receiver_no_longer_holds_are_not_reversed(world: World) -> None:
    issue = world.taken_on(10)
    own = world.sent(world.wanting(7, world.station, world.own))
    world.doctor(ISSUE + "Receive", named(own))
    red = red_of(world, issue.number)
    with refused(PRECONDITION) as error:
        world.keeper(RED + "Submit", named(red))
    assert "在途7支" in told(error.value)
    assert own.number in told(error.value)
    assert "可用3支" in told(error.value)
    assert world.stock(world.station) == {"L1": 3}


@pytest.mark.requirement(19)
def test_what_was_reversed_is_reopened_as_a_draft(world: World) -> None:
    issue = world.taken_on(10)
    red = reversed_in_red(world, issue.number, 4)
    again = world.keeper(RED + "Reopen", named(red))
    draft = world.keeper(ISSUE + "Get", IdRequest(id=again.reopened_issue_id))
    assert [(line.item_id, line.quantity) for line in draft.lines] == [(world.adrenaline, 4)]
    draft = world.keeper(ISSUE + "Submit", named(draft))
    assert draft.number.startswith("CK")
    with refused(PRECONDITION):
        world.keeper(RED + "Reopen", named(again))


def test_its_maker_does_not_approve_a_reversal(world: World, someone: Any) -> None:
    issue = world.taken_on(10)
    both = someone("inventory.red.write", "inventory.red.approve")
    draft = red_pb2.Red(original_no=issue.number, business_on=day(0), reason="twice")
    made = both(RED + "Submit", named(both(RED + "Create", draft)))
    with refused(PRECONDITION):
        both(RED + "Approve", named(made))


def test_an_issue_on_its_way_is_not_reversed(world: World) -> None:
    world.received(world.line("L1", 30, 20))
    sent = world.sent(world.wanting(10, world.centre, world.station))
    with refused(INVALID) as error:
        red_of(world, sent.number)
    assert "还没有入账" in faults_of(error.value)["original_no"]


@pytest.mark.requirement(19)
def test_a_reversal_prints_in_red_with_minus_signs(world: World) -> None:
    issue = world.taken_on(10)
    red = reversed_in_red(world, issue.number)
    pdf = backward.draw_red(red, META)
    text = text_of(pdf, "red_issue")
    for part in ("红字", "红冲单", red.number, issue.number, "-10", "-38.00", "发错分站"):
        assert part in text, part


@pytest.mark.requirement(18)
def test_a_lower_store_sends_goods_back_to_the_issuing_store(world: World) -> None:
    issue = world.taken_on(10)
    draft = issue_return_pb2.IssueReturn(
        issue_id=issue.id, business_on=day(0), reason="surplus", note="多领"
    )
    made = world.doctor(BACK + "Create", draft)
    made.lines[0].quantity = 4
    made = world.doctor(BACK + "Update", made)
    made = world.doctor(BACK + "Submit", named(made))
    assert world.stock(world.station) == {"L1": 10}, "still there, but promised"
    done = world.keeper(BACK + "Approve", named(made))
    assert world.stock(world.station) == {"L1": 6}
    assert world.stock(world.centre) == {"L1": 194, "L2": 100}
    assert done.number.startswith("CT")
    with refused(INVALID):
        red_of(world, issue.number, 7)
    text = text_of(backward.draw_issue_return(done, META), "issue_return")
    for part in ("出库退库单", done.number, issue.number, "分站库", "中心库", "多领"):
        assert part in text, part
    assert world.differences() == []


@pytest.mark.requirement(18)
def test_what_may_not_be_used_again_goes_into_quarantine(world: World) -> None:
    issue = world.taken_on(10)
    draft = issue_return_pb2.IssueReturn(
        issue_id=issue.id, business_on=day(0), reason="surplus", note="多领"
    )
    made = world.doctor(BACK + "Submit", named(world.doctor(BACK + "Create", draft)))
    verdict = issue_return_pb2.InspectRequest(id=made.id, version=made.version)
    verdict.unfit.add(row=1, reason="未冷藏")
    with refused(PRECONDITION) as error:
        world.keeper(BACK + "Inspect", verdict)
    assert "隔离库" in told(error.value)
    shut = world.warehouse(
        "GLK", "中心隔离库", warehouse_pb2.Warehouse.QUARANTINE, parent_id=world.centre
    )
    done = world.keeper(BACK + "Inspect", verdict)
    assert world.stock(shut) == {"L1": 10}
    assert "未冷藏" in done.remark
    assert world.differences() == []


@pytest.fixture
def bought(world: World) -> receipt_pb2.Receipt:
    """200 of L1 bought of a supplier."""
    supplier = world.keeper(
        "inventory.SupplierService.Create", supplier_pb2.Supplier(code="G1", name="某医药公司")
    ).id
    terms = {"kind": receipt_pb2.Receipt.PURCHASE, "supplier_id": supplier}
    return world.received(world.line("L1", 400, 20), **terms)


@pytest.mark.requirement(17)
def test_a_receipt_is_sent_back_to_its_supplier(world: World, bought: receipt_pb2.Receipt) -> None:
    draft = supplier_return_pb2.SupplierReturn(
        receipt_id=bought.id, business_on=day(0), reason="damaged", red_invoice_no="HF001"
    )
    made = world.keeper(SUPPLIER + "Create", draft)
    made.lines[0].quantity = 50
    made = world.keeper(SUPPLIER + "Update", made)
    made = world.keeper(SUPPLIER + "Submit", named(made))
    done = world.head(SUPPLIER + "Approve", named(made))
    assert (done.supplier_name, done.amount) == ("某医药公司", 19000)
    assert world.stock(world.centre) == {"L1": 150}
    assert world.keeper(RECEIPT + "Get", IdRequest(id=bought.id)).links == f"退库 {done.number}"
    again = world.keeper(SUPPLIER + "Create", draft)
    assert again.lines[0].quantity == 150
    text = text_of(backward.draw_supplier_return(done, META), "supplier_return")
    for part in ("入库退库单", "某医药公司", "HF001", "50", "190.00"):
        assert part in text, part
    assert world.differences() == []


def test_what_left_the_store_is_not_sent_back(world: World, bought: receipt_pb2.Receipt) -> None:
    world.sent(world.wanting(30, world.centre, world.station))
    draft = supplier_return_pb2.SupplierReturn(
        receipt_id=bought.id, business_on=day(0), reason="recall"
    )
    made = world.keeper(SUPPLIER + "Create", draft)
    with refused(PRECONDITION) as error:
        world.keeper(SUPPLIER + "Submit", named(made))
    assert "可用170支，需要200支" in told(error.value)


@pytest.mark.requirement(17)
@pytest.mark.requirement(21)
def test_a_stopped_lot_goes_back_to_its_supplier_out_of_quarantine(
    world: World, bought: receipt_pb2.Receipt
) -> None:
    shut = world.warehouse(
        "GLK", "中心隔离库", warehouse_pb2.Warehouse.QUARANTINE, parent_id=world.centre
    )
    sent = world.sent(world.wanting(30, world.centre, world.station))
    world.doctor(ISSUE + "Receive", named(sent))
    (lot,) = world.keeper("inventory.LotService.List", ListRequest()).rows
    hold = stock_pb2.HoldRequest(id=lot.id, version=lot.version, reason="厂家通知停用")
    world.keeper("inventory.LotService.Hold", hold)
    for row in world.keeper("inventory.StockService.List", ListRequest()).rows:
        if row.warehouse_id == world.centre:
            away = stock_pb2.QuarantineRequest(id=row.id, reason="停用待退")
            world.keeper("inventory.StockService.Quarantine", away)
    assert (world.stock(world.centre), world.stock(shut)) == ({}, {"L1": 170})
    draft = supplier_return_pb2.SupplierReturn(
        receipt_id=bought.id, business_on=day(0), reason="quality", warehouse_id=world.station
    )
    with refused(INVALID) as error:
        world.keeper(SUPPLIER + "Create", draft)
    assert "隔离库" in told(error.value)
    draft.warehouse_id = shut
    made = world.keeper(SUPPLIER + "Create", draft)
    assert [line.quantity for line in made.lines] == [170], "what lies in quarantine"
    made = world.keeper(SUPPLIER + "Submit", named(made))
    done = world.head(SUPPLIER + "Approve", named(made))
    assert done.amount == 170 * 380
    assert (world.stock(shut), world.stock(world.station)) == ({}, {"L1": 30})
    (last,) = moves(world, done.number)
    assert (last.code, last.source) == (stock_pb2.Move.RETURNED_TO_SUPPLIER, "中心隔离库")
    assert world.differences() == []


def test_an_opening_has_no_supplier_to_return_to(world: World) -> None:
    opened = world.received(world.line("L1", 400, 20))
    draft = supplier_return_pb2.SupplierReturn(
        receipt_id=opened.id, business_on=day(0), reason="other"
    )
    with refused(INVALID) as error:
        world.keeper(SUPPLIER + "Create", draft)
    assert "期初" in told(error.value)
