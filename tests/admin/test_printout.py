"""The print log over the wire: counted, explained, whole, and never changed."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest

from protos import facts
from protos.admin import printout_pb2 as pb
from protos.common.list_pb2 import Empty, Filter, IdRequest, ListRequest
from server.admin.printout import wants_reason
from server.core.run import Running
from tests.finance import world
from tests.finance.test_invoice import ask_reprint, decide, issue
from tests.people import Clerk, refused, text_of

Someone = Callable[..., Clerk]
LOG = "admin.PrintoutService."
DEPARTMENTS = "admin.DepartmentService"
DIGEST = "5a" * 32


def begin(clerk: Clerk, record_id: int, printed: int = 0, **values: Any) -> pb.Printout:
    request: dict[str, Any] = {
        "service": DEPARTMENTS, "record_id": record_id, "template": "admin.department v1",
        "number": "B1", "queue": "Office", "copies": 2, "digest": DIGEST, "printed": printed,
    }  # fmt: skip
    made: pb.Printout = clerk(LOG + "Begin", pb.BeginPrintRequest(**(request | values)))
    return made


def finish(clerk: Clerk, made: pb.Printout, state: int = pb.Printout.PRINTED) -> pb.Printout:
    request = pb.FinishPrintRequest(
        id=made.id, version=made.version, job="Office-7", result="已打印"
    )
    request.state = state  # type: ignore[assignment]
    done: pb.Printout = clerk(LOG + "Finish", request)
    return done


def history(clerk: Clerk, record_id: int, service: str = DEPARTMENTS) -> pb.PrintHistory:
    request = pb.PrintHistoryRequest(
        service=service, record_id=record_id, template="admin.department v2"
    )
    found: pb.PrintHistory = clerk(LOG + "History", request)
    return found


def test_a_print_is_noted_with_all_of_it(someone: Someone) -> None:
    clerk = someone("admin.department.read")
    made = finish(clerk, begin(clerk, clerk.who.department_id))
    auditor = someone("admin.printout.read")
    found = auditor(LOG + "List", ListRequest(filters=[Filter(field="number", values=["B1"])]))
    (row,) = found.rows
    assert (row.user_name, row.queue, row.copies, row.digest) == ("张三", "Office", 2, DIGEST)
    assert (row.template, row.document, row.print_no) == ("admin.department v1", "部门", 1)
    assert (row.job, row.state, row.result) == ("Office-7", pb.Printout.PRINTED, "已打印")
    assert row.workstation
    assert row.finished_at.seconds >= row.printed_at.seconds
    assert auditor(LOG + "Get", IdRequest(id=made.id)).staff_no == clerk.who.staff_no


def test_a_print_and_its_result_stand_in_the_audit_log(someone: Someone) -> None:
    clerk = someone("admin.department.read")
    begun = begin(clerk, clerk.who.department_id, reason="对方再要一份")
    finish(clerk, begun, pb.Printout.FAILED)
    auditor = someone("admin.audit.read", "admin.audit.verify")
    mine = Filter(field="staff_no", values=[clerk.who.staff_no])
    rows = auditor("admin.AuditService.List", ListRequest(filters=[mine])).rows
    told = {row.label: row for row in rows if row.record_id == begun.id}
    assert {"内容摘要（SM3）：" + DIGEST, "打印机：Office"} <= set(
        told["登记打印"].changes.splitlines()
    )
    assert told["登记打印"].reason == "对方再要一份"
    assert "状态：已送打印 → 没有打印" in told["登记打印结果"].changes
    assert not auditor("admin.AuditService.Verify", Empty()).findings


def test_prints_are_counted_unless_nothing_came_out(someone: Someone) -> None:
    clerk = someone("admin.department.read")
    place = clerk.who.department_id
    assert history(clerk, place).printed == 0
    finish(clerk, begin(clerk, place), pb.Printout.FAILED)
    assert history(clerk, place).printed == 0
    finish(clerk, begin(clerk, place), pb.Printout.UNSURE)
    begin(clerk, place, 1)  # the workstation died: paper may have come out
    found = history(clerk, place)
    assert found.printed == 2
    assert [row.print_no for row in found.rows] == [2, 1, 1]
    with refused(grpc.StatusCode.ABORTED) as error:
        begin(clerk, place, 1)
    assert "刚刚又打印过" in text_of(error.value)


def test_a_result_is_told_once_and_by_who_printed(someone: Someone) -> None:
    clerk, other = someone("admin.department.read"), someone("admin.department.read")
    made = begin(clerk, clerk.who.department_id)
    with refused(grpc.StatusCode.PERMISSION_DENIED) as error:
        finish(other, made)
    assert "本人" in text_of(error.value)
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        finish(clerk, made, pb.Printout.SENT)
    assert "结果" in text_of(error.value)
    done = finish(clerk, made)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        finish(clerk, done, pb.Printout.FAILED)
    assert "不能登记打印结果" in text_of(error.value)


def test_the_log_has_no_way_to_change_or_remove() -> None:
    names = {method.name for method in facts.service("admin.PrintoutService").methods}
    assert names == {"List", "Get", "History", "Begin", "Finish"}


def test_who_may_not_read_a_document_does_not_print_it(someone: Someone) -> None:
    clerk, stranger = someone("admin.department.read"), someone("admin.role.read")
    with refused(grpc.StatusCode.PERMISSION_DENIED) as error:
        begin(stranger, clerk.who.department_id)
    assert "没有权限打印" in text_of(error.value)
    with refused(grpc.StatusCode.PERMISSION_DENIED) as error:
        history(stranger, clerk.who.department_id)
    assert "没有权限打印" in text_of(error.value)
    with refused(grpc.StatusCode.NOT_FOUND) as error:
        begin(clerk, 4711)
    assert "不存在" in text_of(error.value)


@pytest.mark.parametrize(
    ("service", "printed", "wanted"),
    [
        ("finance.InvoiceService", 0, False),
        ("finance.InvoiceService", 1, True),  # a voucher
        ("inventory.ReceiptService", 1, True),  # signed
        ("inventory.PersonalStoreService", 3, False),  # a list
    ],
)
def test_vouchers_and_signed_documents_are_explained(
    service: str, printed: int, wanted: bool
) -> None:
    assert wants_reason(service, printed) is wanted


@pytest.mark.requirement(25)
def test_an_invoice_prints_as_often_as_it_was_allowed(server: Running, someone: Someone) -> None:
    clerk = someone(*world.CASHIER, "finance.invoice.read", name="钱收费")
    sessions = server.worker.app.sessions
    world.put_prices(sessions, clerk.who)
    world.put_segment(sessions, clerk.who.id)
    invoice = issue(
        clerk, world.settle(clerk, world.bill(clerk, world.put_task(sessions, clerk.who)))
    )
    of: Any = {"service": "finance.InvoiceService", "template": "finance.invoice v1"}
    finish(clerk, begin(clerk, invoice.id, **of), pb.Printout.FAILED)  # nothing came out
    finish(clerk, begin(clerk, invoice.id, **of))  # the same number, on the same paper
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        begin(clerk, invoice.id, 1, **of)
    assert "原因" in text_of(error.value)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        begin(clerk, invoice.id, 1, reason="卡纸", **of)
    assert "先申请重打" in text_of(error.value)
    decide(someone(*world.HEAD), ask_reprint(clerk, invoice))
    again = clerk(world.INVOICE + "Reprint", IdRequest(id=invoice.id, version=invoice.version))
    assert again.copies == 2
    assert finish(clerk, begin(clerk, invoice.id, 1, reason="卡纸", **of)).print_no == 2
