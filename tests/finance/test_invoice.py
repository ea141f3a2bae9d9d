"""Invoices: numbers without a gap, prints again only when another person signed for it."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from protos import signing
from protos.common import approval_pb2
from protos.common.list_pb2 import Empty, Filter, IdRequest, ListRequest
from protos.finance import charge_pb2, invoice_pb2, reprint_pb2, segment_pb2
from server.core.run import Running
from server.finance.segment import Segment, advance, overlap
from tests.finance import world
from tests.finance.world import CASHIER, CHARGE, HEAD, INVOICE, REPRINT, SEGMENT, bill, settle
from tests.people import Clerk, faults_of, refused, text_of

Someone = Callable[..., Clerk]
IN_USE, RETURNED = segment_pb2.Segment.IN_USE, segment_pb2.Segment.RETURNED


def segment(first: int, last: int, next_no: int = 0, state: int = IN_USE) -> Segment:
    made = Segment(
        bill_code="31060120", first_no=first, last_no=last, next_no=next_no or first, digits=8,
        state=state,
    )  # fmt: skip
    made.describe()
    return made


def test_the_last_number_ends_a_segment() -> None:
    short = segment(9, 10)
    assert [advance(short), advance(short)] == ["00000009", "00000010"]
    assert (short.state, short.left, short.used) == (segment_pb2.Segment.USED_UP, 0, 2)


def test_segments_do_not_overlap_but_what_was_given_back_is_free() -> None:
    other = segment(1, 100, next_no=37)
    assert overlap(segment(100, 120), [other]) is other
    assert overlap(segment(101, 120), [other]) is None
    other.state = RETURNED
    assert overlap(segment(37, 60), [other]) is None
    assert overlap(segment(36, 60), [other]) is other


def paid(server: Running, clerk: Clerk, number: int = 1) -> Any:
    task = world.put_task(server.worker.app.sessions, clerk.who, number=number)
    return settle(clerk, bill(clerk, task))


def issue(clerk: Clerk, charge: Any, expected: str = "") -> Any:
    return clerk(
        INVOICE + "Issue", invoice_pb2.IssueRequest(charge_id=charge.id, expected_no=expected)
    )


@pytest.fixture
def clerk(server: Running, someone: Someone) -> Clerk:
    """A cashier with prices and a segment of his own."""
    made = someone(*CASHIER, name="吴收费")
    world.put_prices(server.worker.app.sessions, made.who)
    world.put_segment(server.worker.app.sessions, made.who.id)
    return made


def test_a_paid_bill_gets_the_next_number(server: Running, clerk: Clerk) -> None:
    charge = paid(server, clerk)
    assert clerk(INVOICE + "Next", Empty()).number == "00000001"
    made = issue(clerk, charge, "00000001")
    assert (made.number, made.payer, made.amount, made.copies) == ("00000001", "张三丰", 12720, 1)
    assert [(line.name, line.amount) for line in made.lines] == [
        ("救护车使用费", 3000), ("公里收费", 6720), ("院前急救费", 3000),
    ]  # fmt: skip
    assert clerk(CHARGE + "Get", IdRequest(id=charge.id)).invoice_no == "00000001"
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        issue(clerk, charge)
    assert "已开发票" in text_of(error.value)
    assert clerk(INVOICE + "Next", Empty()).number == "00000002"


def test_paper_with_another_number_stops_the_print(server: Running, clerk: Clerk) -> None:
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        issue(clerk, paid(server, clerk), "00000002")
    assert "expected_no" in faults_of(error.value)
    assert clerk(INVOICE + "Next", Empty()).number == "00000001"


def test_an_unpaid_bill_gets_no_invoice(server: Running, clerk: Clerk) -> None:
    task = world.put_task(server.worker.app.sessions, clerk.who)
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        issue(clerk, bill(clerk, task))


def test_without_a_segment_nothing_is_printed(server: Running, someone: Someone) -> None:
    poor = someone(*CASHIER)
    world.put_prices(server.worker.app.sessions, poor.who)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        issue(poor, paid(server, poor))
    assert "领用" in text_of(error.value)


def test_ten_cashiers_at_once_take_every_number_once(server: Running, someone: Someone) -> None:
    sessions = server.worker.app.sessions
    clerks = [someone(*CASHIER) for _ in range(10)]
    world.put_prices(sessions, clerks[0].who)
    world.put_segment(sessions)
    charges = [
        [paid(server, clerk, 10 * n + k) for k in range(3)] for n, clerk in enumerate(clerks)
    ]

    def work(clerk: Clerk, own: list[Any]) -> list[str]:
        numbers = []
        for charge in own:
            with pytest.raises(grpc.RpcError):  # refused after the lock: its number is given back
                issue(clerk, charge, "99999999")
            numbers.append(issue(clerk, charge).number)
        return numbers

    with ThreadPoolExecutor(10) as pool:
        taken = [n for some in pool.map(work, clerks, charges) for n in some]
    assert sorted(taken) == [f"{n:08d}" for n in range(1, 31)]


def test_a_segment_is_handed_out_used_and_given_back(someone: Someone) -> None:
    head = someone(*HEAD)
    ask = segment_pb2.Segment(bill_code="31060120", first_no=1, last_no=100, digits=8)
    made = head(SEGMENT + "Create", ask)
    assert (made.title, made.left) == ("31060120 00000001-00000100", 100)
    ask.first_no = 100
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        head(SEGMENT + "Create", ask)
    assert "重叠" in text_of(error.value)
    made = head(SEGMENT + "Enable", IdRequest(id=made.id, version=made.version))
    second = head(
        SEGMENT + "Create",
        segment_pb2.Segment(bill_code="31060120", first_no=101, last_no=200, digits=8),
    )
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        head(SEGMENT + "Enable", IdRequest(id=second.id, version=second.version))
    back = segment_pb2.ReturnSegmentRequest(id=made.id, version=made.version, from_no=40)
    with refused(grpc.StatusCode.INVALID_ARGUMENT):
        head(SEGMENT + "Return", back)
    back.from_no = 1
    assert head(SEGMENT + "Return", back).left == 0


# Printing again -------------------------------------------------------------------------


def ask_reprint(clerk: Clerk, invoice: Any, way: Any = reprint_pb2.Reprint.SAME_NUMBER) -> Any:
    return clerk(
        REPRINT + "Create",
        reprint_pb2.Reprint(invoice_id=invoice.id, way=way, reason=reprint_pb2.Reprint.JAM),
    )


def reprint(clerk: Clerk, invoice: Any) -> Any:
    now = clerk(INVOICE + "Get", IdRequest(id=invoice.id))
    return clerk(INVOICE + "Reprint", IdRequest(id=now.id, version=now.version))


def decide(clerk: Clerk, asked: Any, **values: Any) -> Any:
    request = reprint_pb2.DecideReprintRequest(id=asked.id, version=asked.version, **values)
    return clerk(REPRINT + "Approve", request)


@pytest.mark.requirement(25)
def test_a_reprint_needs_an_approved_request(
    server: Running, clerk: Clerk, someone: Someone
) -> None:
    invoice = issue(clerk, paid(server, clerk))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        reprint(clerk, invoice)
    assert "没有批准的重打申请" in text_of(error.value)
    asked = ask_reprint(clerk, invoice)
    assert (asked.invoice_no, asked.amount, asked.copies) == ("00000001", 12720, 1)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        reprint(clerk, invoice)
    assert "还没有审核通过" in text_of(error.value)
    head = someone(*HEAD, name="郑会计")
    waiting = Filter(field="state", op=Filter.EQ, values=["SUBMITTED"])
    listed = head(REPRINT + "List", ListRequest(filters=[waiting], totals=True))
    assert [row.id for row in listed.rows] == [asked.id]
    todo = head("common.ApprovalService.Todo", Empty()).todos
    assert ("finance.ReprintService", 1) in [(t.service, t.count) for t in todo]
    approved = decide(head, asked, comment="核对属实")
    assert approved.state == reprint_pb2.Reprint.APPROVED
    again = reprint(clerk, invoice)
    assert (again.number, again.copies) == ("00000001", 2)
    done = clerk(REPRINT + "Get", IdRequest(id=asked.id))
    assert (done.state, done.copies) == (reprint_pb2.Reprint.DONE, 2)
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        reprint(clerk, invoice)  # one sheet for each approval


@pytest.mark.requirement(25)
def test_nobody_approves_his_own_reprint(server: Running, someone: Someone) -> None:
    both = someone(*CASHIER, *HEAD)
    world.put_prices(server.worker.app.sessions, both.who)
    world.put_segment(server.worker.app.sessions, both.who.id)
    asked = ask_reprint(both, issue(both, paid(server, both)))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        decide(both, asked)
    assert "自己" in text_of(error.value)


@pytest.mark.requirement(25)
def test_an_approval_without_a_signature_is_refused(
    server: Running, clerk: Clerk, someone: Someone
) -> None:
    asked = ask_reprint(clerk, issue(clerk, paid(server, clerk)))
    head = someone(*HEAD)
    request = reprint_pb2.DecideReprintRequest(id=asked.id, version=asked.version)
    method = reprint_pb2.DESCRIPTOR.services_by_name["ReprintService"].methods_by_name["Approve"]
    with refused(grpc.StatusCode.PERMISSION_DENIED) as error:
        head.raw(method, request, [(signing.REQUEST, str(uuid.uuid4()))])
    assert "签名" in text_of(error.value)
    decide(head, asked)
    history = approval_pb2.HistoryRequest(service="finance.ReprintService", id=asked.id)
    told = head("common.ApprovalService.History", history).decisions
    assert [(d.person, d.approved) for d in told] == [(head.who.name, True)]


@pytest.mark.requirement(25)
def test_a_refused_reprint_prints_nothing_and_may_be_asked_again(
    server: Running, clerk: Clerk, someone: Someone
) -> None:
    invoice = issue(clerk, paid(server, clerk))
    asked = ask_reprint(clerk, invoice)
    with refused(grpc.StatusCode.INVALID_ARGUMENT):
        ask_reprint(clerk, invoice)
    no = reprint_pb2.RejectReprintRequest(id=asked.id, version=asked.version, comment="原票可用")
    assert someone(*HEAD)(REPRINT + "Reject", no).state == reprint_pb2.Reprint.REJECTED
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        reprint(clerk, invoice)
    assert ask_reprint(clerk, invoice).state == reprint_pb2.Reprint.SUBMITTED


@pytest.mark.requirement(25)
def test_a_spoiled_sheet_gets_a_new_number_and_the_old_is_void(
    server: Running, clerk: Clerk, someone: Someone
) -> None:
    charge = paid(server, clerk)
    old = issue(clerk, charge)
    asked = ask_reprint(clerk, old, reprint_pb2.Reprint.NEW_NUMBER)
    decide(someone(*HEAD), asked)
    fresh = reprint(clerk, old)
    assert (fresh.number, fresh.copies, fresh.replaces_id) == ("00000002", 1, old.id)
    gone = clerk(INVOICE + "Get", IdRequest(id=old.id))
    assert (gone.state, gone.replaced_by_id) == (invoice_pb2.Invoice.REPLACED, fresh.id)
    assert clerk(CHARGE + "Get", IdRequest(id=charge.id)).invoice_no == "00000002"
    assert clerk(REPRINT + "Get", IdRequest(id=asked.id)).new_no == "00000002"


def test_a_void_invoice_frees_the_bill_for_another(
    server: Running, clerk: Clerk, someone: Someone
) -> None:
    charge = paid(server, clerk)
    old = issue(clerk, charge)
    request = invoice_pb2.VoidInvoiceRequest(id=old.id, version=old.version, reason="抬头错")
    assert someone(*HEAD)(INVOICE + "Void", request).state == invoice_pb2.Invoice.VOID
    assert issue(clerk, charge).number == "00000002"
    assert clerk(CHARGE + "Get", IdRequest(id=charge.id)).state == charge_pb2.Charge.PAID
