"""Red reversals of everything but issues: receipts, losses, uses, returns; what stands against."""

from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from protos.admin import role_pb2
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import (
    count_pb2,
    issue_return_pb2,
    receipt_pb2,
    red_pb2,
    stock_pb2,
    supplier_pb2,
    supplier_return_pb2,
)
from protos.inventory.bill_pb2 import ReturnRequest
from server.inventory import months
from tests.inventory.test_backward import (
    BACK,
    RED,
    SUPPLIER,
    confirmed,
    moves,
    red_of,
    reversed_in_red,
)
from tests.inventory.test_count import COUNT, SHEET, begun, explained
from tests.inventory.world import ISSUE, RECEIPT, World, day, named
from tests.people import Clerk, faults_of, refused
from tests.people import text_of as told

PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
INVALID = grpc.StatusCode.INVALID_ARGUMENT
R, C = red_pb2.Red, stock_pb2.Move


def receipt(world: World, record: Any) -> Any:
    """A receipt as it is now."""
    return world.keeper(RECEIPT + "Get", IdRequest(id=record.id))


@pytest.mark.requirement(19)
@pytest.mark.invariant(7)
def test_a_wrong_opening_is_undone_in_part_then_whole_and_entered_anew(world: World) -> None:
    opened = world.received(world.line("L1", 30, 20), world.line("L2", 400, 10))
    part = reversed_in_red(world, opened.number, 50)
    assert (part.kind, part.taken_from, part.given_to) == (R.RECEIPT, "中心库", "期初")
    assert world.stock(world.centre) == {"L1": 150}, "50 of L1 and all of L2"
    assert receipt(world, opened).red == R.PARTIAL_RED
    asked = ListRequest(filters=[Filter(field="red", values=["PARTIAL_RED"])])
    assert [row.id for row in world.keeper(RECEIPT + "List", asked).rows] == [opened.id]
    rest = reversed_in_red(world, opened.number.replace("-", ""))  # as its bar code reads
    seen = receipt(world, opened)
    assert (seen.red, seen.state) == (R.RED_REVERSED, receipt_pb2.Receipt.POSTED)
    assert seen.links == f"红冲 {part.number}；红冲 {rest.number}"
    assert world.stock(world.centre) == {}
    (move,) = moves(world, rest.number)
    assert (move.code, move.source, move.target, move.quantity, move.amount) == (
        C.RECEIPT_REVERSED, "中心库", "期初", 150, 57000,
    )  # fmt: skip
    with refused(PRECONDITION) as error:
        red_of(world, opened.number)
    assert "已全部红冲" in told(error.value)
    with refused(INVALID) as error:
        red_of(world, rest.number)
    assert "红冲单" in faults_of(error.value)["original_no"], "a reversal is not reversed"
    anew = world.keeper(RED + "Reopen", named(rest))
    draft = receipt(world, IdRequest(id=anew.reopened_receipt_id))
    (line,) = draft.lines
    assert (line.lot_no, line.unit, line.quantity, line.price) == ("L1", "盒", 15, 3800)
    line.lot_no = "L1A"
    draft = world.keeper(RECEIPT + "Update", draft)
    draft = world.head(RECEIPT + "Approve", named(world.keeper(RECEIPT + "Submit", named(draft))))
    world.keeper(RECEIPT + "Post", named(draft))
    assert world.stock(world.centre) == {"L1A": 150}
    assert world.differences() == []


@pytest.mark.requirement(19)
def test_supervisor_and_finance_are_two_people_and_either_sends_back(
    world: World, someone: Any
) -> None:
    opened = world.received(world.line("L1", 30, 20))
    red = world.keeper(RED + "Submit", named(red_of(world, opened.number, 50)))
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        world.finance(RED + "Approve", named(red))  # the supervisor first
    both = someone("inventory.red.read", "inventory.red.approve", "inventory.red_finance.approve")
    red = both(RED + "Approve", named(red))
    assert red.state == R.SUBMITTED
    with refused(PRECONDITION) as error:
        both(RED + "Approve", named(red))
    assert "由另一位审批" in told(error.value)
    back = ReturnRequest(id=red.id, version=red.version, reason="附情况说明")
    red = world.finance(RED + "Reject", back)
    assert (red.state, red.returned_reason) == (R.DRAFT, "附情况说明")
    assert receipt(world, opened).red == R.EXTENT_UNSPECIFIED
    red = confirmed(world, world.keeper(RED + "Submit", named(red)))
    assert (red.state, red.approver_name, red.poster_name) == (R.POSTED, "郑会计", "郑会计")
    assert world.differences() == []


@pytest.mark.requirement(19)
def test_a_receipt_whose_goods_left_or_were_counted_is_not_reversed(
    world: World, someone: Any
) -> None:
    opened = world.received(world.line("L1", 300, 20))
    world.sent(world.wanting(30, world.centre, world.station))
    with refused(PRECONDITION) as error:
        world.keeper(RED + "Submit", named(red_of(world, opened.number)))
    assert "可用170支，需要200支" in told(error.value)
    assert "在途30支" in told(error.value)
    counted(world, someone("inventory.count.count"))
    with refused(PRECONDITION) as error:
        red_of(world, opened.number, 10)
    assert "盘点过" in told(error.value)


def counted(world: World, clerk: Clerk) -> None:
    """A stocktake of the centre that finds what the books say."""
    count = begun(world, world.centre, freeze=count_pb2.Count.SOFT, tolerance=5, blind=False)
    sheet = clerk(SHEET + "Get", IdRequest(id=count.id))
    for line in sheet.lines:
        line.counted = line.book
    clerk(SHEET + "Submit", named(clerk(SHEET + "Update", sheet)))
    world.head(COUNT + "Approve", named(explained(world, count.id)))


@pytest.fixture
def bought(world: World) -> receipt_pb2.Receipt:
    """200 of L1 bought on an invoice, each pack with its trace code."""
    supplier = world.keeper(
        "inventory.SupplierService.Create", supplier_pb2.Supplier(code="G1", name="某医药公司")
    ).id
    codes = " ".join(f"{8100 + n:020d}" for n in range(20))
    terms = {"kind": receipt_pb2.Receipt.PURCHASE, "supplier_id": supplier, "invoice_no": "FP1"}
    return world.received(world.line("L1", 400, 20, trace_codes=codes), **terms)


@pytest.mark.requirement(19)
def test_invoice_and_trace_codes_of_a_reversed_purchase_come_again(
    world: World, bought: receipt_pb2.Receipt
) -> None:
    red = reversed_in_red(world, bought.number)
    again = world.keeper(RED + "Reopen", named(red)).reopened_receipt_id
    draft = receipt(world, IdRequest(id=again))
    assert (draft.invoice_no, draft.lines[0].trace_codes) == ("FP1", bought.lines[0].trace_codes)
    draft = world.head(RECEIPT + "Approve", named(world.keeper(RECEIPT + "Submit", named(draft))))
    world.keeper(RECEIPT + "Post", named(draft))
    assert world.stock(world.centre) == {"L1": 200}
    assert world.differences() == []


@pytest.mark.requirement(17)
@pytest.mark.requirement(19)
@pytest.mark.invariant(7)
def test_a_return_booked_by_mistake_is_reversed_and_may_be_made_again(
    world: World, bought: receipt_pb2.Receipt
) -> None:
    draft = supplier_return_pb2.SupplierReturn(
        receipt_id=bought.id, business_on=day(0), reason="damaged"
    )
    for _ in range(2):
        made = world.keeper(SUPPLIER + "Submit", named(world.keeper(SUPPLIER + "Create", draft)))
        back = world.head(SUPPLIER + "Approve", named(made))
        assert (back.lines[0].quantity, world.stock(world.centre)) == (200, {})
        red = reversed_in_red(world, back.number)
        assert (red.kind, red.taken_from) == (R.SUPPLIER_RETURN, "供应商")
        assert world.stock(world.centre) == {"L1": 200}
    assert world.keeper(SUPPLIER + "Get", named(back)).red == R.RED_REVERSED
    assert world.differences() == []


@pytest.mark.requirement(18)
@pytest.mark.requirement(19)
def test_goods_sent_back_by_mistake_are_booked_to_the_lower_store_again(world: World) -> None:
    issue = world.taken_on(10)
    draft = issue_return_pb2.IssueReturn(issue_id=issue.id, business_on=day(0), reason="surplus")
    made = world.doctor(BACK + "Submit", named(world.doctor(BACK + "Create", draft)))
    back = world.keeper(BACK + "Approve", named(made))
    assert world.stock(world.station) == {}
    red = reversed_in_red(world, back.number, 4)
    assert (red.kind, red.taken_from, red.given_to) == (R.ISSUE_RETURN, "中心库", "分站库")
    assert world.stock(world.station) == {"L1": 4}
    assert world.doctor(BACK + "Get", named(back)).red == R.PARTIAL_RED
    assert red_of(world, issue.number).lines[0].left == 4, "what is there again may go again"
    assert world.differences() == []


@pytest.mark.requirement(19)
def test_a_closed_month_stays_closed_the_reversal_goes_into_the_open_one(world: World) -> None:
    opened = world.received(world.line("L1", 300, 20))
    with world.server.worker.app.sessions.write() as db:
        this_month = months.month(datetime.now(UTC))
        months.lock_closed(db).last = int(this_month)
    red = reversed_in_red(world, opened.number)
    (first,), (second,) = moves(world, opened.number), moves(world, red.number)
    assert (first.period, second.period > this_month) == (this_month, True)


def test_a_bill_of_strange_stores_is_not_reversed(world: World, someone: Any) -> None:
    opened = world.received(world.line("L1", 300, 20))
    stranger = someone("inventory.red.write", scope=role_pb2.Role.DEPARTMENT)
    with refused(INVALID) as error:
        stranger(RED + "Create", R(original_no=opened.number, business_on=day(0), reason="twice"))
    assert "管理范围" in faults_of(error.value)["original_no"]


def test_the_reason_is_one_of_the_list(world: World) -> None:
    issue = world.taken_on(10)
    with refused(INVALID) as error:
        world.keeper(RED + "Create", R(original_no=issue.number, business_on=day(0), reason="x"))
    assert "重复开单" in faults_of(error.value)["reason"]
    assert world.keeper(ISSUE + "Get", IdRequest(id=issue.id)).red == R.EXTENT_UNSPECIFIED
