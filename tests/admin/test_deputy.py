"""Deputies: who may arrange them, what they may do, and that both names are kept."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import grpc
import pytest

from protos.admin import deputy_pb2 as pb
from protos.admin import role_pb2
from protos.common.approval_pb2 import HistoryRequest
from protos.common.list_pb2 import ListRequest
from protos.inventory import receipt_pb2
from server.admin.deputy import LONGEST, Deputy, faults
from server.core.numbering import SHANGHAI
from server.core.run import Running
from tests.inventory.world import RECEIPT, World, named
from tests.people import Clerk, faults_of, refused, text_of

DEPUTY = "admin.DeputyService."
RIGHTS = ("admin.deputy.read", "admin.deputy.write")
TODAY = date(2026, 11, 24)
Someone = Callable[..., Clerk]


def today() -> date:
    return datetime.now(UTC).astimezone(SHANGHAI).date()


def appointment(deputy: Clerk, principal: Clerk | None = None, days: int = 3) -> pb.Deputy:
    return pb.Deputy(
        principal_id=principal.who.id if principal else 0,
        deputy_id=deputy.who.id,
        from_on=today().isoformat(),
        until_on=(today() + timedelta(days=days)).isoformat(),
        reason="年休假",
    )


@pytest.mark.parametrize(
    ("change", "field", "text"),
    [
        ({"deputy_id": 7}, "deputy_id", "不能是本人"),
        ({"from_on": TODAY - timedelta(days=1)}, "from_on", "不能早于今天"),
        ({"until_on": TODAY - timedelta(days=1)}, "until_on", "不能早于开始日期"),
        ({"until_on": TODAY + LONGEST}, "until_on", "最多代理"),
    ],
)
def test_an_appointment_must_make_sense(change: dict[str, object], field: str, text: str) -> None:
    values = {"principal_id": 7, "deputy_id": 8, "from_on": TODAY, "until_on": TODAY}
    (fault,) = faults(Deputy(**values | change), TODAY)
    assert fault.path == field
    assert text in fault.text


def test_a_whole_appointment_has_no_fault() -> None:
    last = TODAY + LONGEST - timedelta(days=1)
    assert (
        list(faults(Deputy(principal_id=7, deputy_id=8, from_on=TODAY, until_on=last), TODAY)) == []
    )


def test_a_deputy_approves_in_the_principal_s_place_until_it_is_taken_back(
    server: Running, someone: Someone
) -> None:
    world = World(server, someone)
    head = someone("inventory.receipt.read", "inventory.receipt.approve", *RIGHTS, name="王主任")
    deputy = someone(name="张代理", scope=role_pb2.Role.SELF)
    made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 400, 1)))
    made = world.keeper(RECEIPT + "Submit", named(made))
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        deputy(RECEIPT + "Approve", named(made))
    arranged = head(DEPUTY + "Create", appointment(deputy))
    assert arranged.number.startswith("DL")
    assert arranged.principal_id == head.who.id
    approved = deputy(RECEIPT + "Approve", named(made))
    assert approved.state == receipt_pb2.Receipt.APPROVED
    asked = HistoryRequest(service="inventory.ReceiptService", id=made.id)
    (decision,) = head("common.ApprovalService.History", asked).decisions
    assert (decision.person, decision.principal) == ("张代理", "王主任")
    end = pb.DeputyEndRequest(id=arranged.id, version=arranged.version, reason="提前回来")
    assert head(DEPUTY + "End", end).state == pb.Deputy.ENDED
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        deputy("inventory.ReceiptService.List", ListRequest())


def test_a_deputy_gets_approvals_and_no_other_right(server: Running, someone: Someone) -> None:
    world = World(server, someone)
    head = someone("inventory.receipt.approve", "inventory.receipt.write", *RIGHTS)
    deputy = someone()
    head(DEPUTY + "Create", appointment(deputy))
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        deputy(RECEIPT + "Create", world.draft(world.line("L1", 400, 1)))


def test_one_arranges_for_oneself_or_for_one_s_department(someone: Someone) -> None:
    head = someone(*RIGHTS, scope=role_pb2.Role.DEPARTMENT)
    colleague = someone(department_id=head.who.department_id)
    stranger, deputy = someone(), someone()
    arranged = head(DEPUTY + "Create", appointment(deputy, colleague))
    assert arranged.principal_id == colleague.who.id
    with refused(grpc.StatusCode.PERMISSION_DENIED) as error:
        head(DEPUTY + "Create", appointment(deputy, stranger))
    assert "管理范围" in text_of(error.value)


def test_each_sees_the_appointments_that_concern_him(someone: Someone) -> None:
    head = someone(*RIGHTS, scope=role_pb2.Role.SELF)
    deputy = someone("admin.deputy.read", scope=role_pb2.Role.SELF)
    other = someone("admin.deputy.read", scope=role_pb2.Role.SELF)
    head(DEPUTY + "Create", appointment(deputy))
    assert len(head(DEPUTY + "List", ListRequest()).rows) == 1
    assert len(deputy(DEPUTY + "List", ListRequest()).rows) == 1
    assert len(other(DEPUTY + "List", ListRequest()).rows) == 0


def test_the_same_pair_is_not_arranged_twice(someone: Someone) -> None:
    head, deputy = someone(*RIGHTS), someone()
    head(DEPUTY + "Create", appointment(deputy))
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        head(DEPUTY + "Create", appointment(deputy, days=1))
    assert "请先收回" in faults_of(error.value)["deputy_id"]
