"""The approval steps the customer keeps, on the page and at the server."""

from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from pytestqt.qtbot import QtBot

from client.admin.approval_step import Choice, steps
from client.core.settings import Settings
from client.core.view import PageView
from protos.admin import approval_step_pb2 as pb
from protos.common.list_pb2 import IdRequest
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.people import Clerk, faults_of, refused

SERVICE = "admin.ApprovalStepService."
RIGHTS = ("admin.approval.read", "admin.approval.write")
RECEIPT, APPROVE = "inventory.ReceiptService", "inventory.receipt.approve"
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def step(**values: object) -> pb.ApprovalStep:
    facts = {"kind": RECEIPT, "position": 1, "label": "主任", "permission": APPROVE, **values}
    return pb.ApprovalStep(**facts)  # type: ignore[arg-type]


def test_only_steps_that_can_be_taken_are_kept(someone: Callable[..., Clerk]) -> None:
    clerk = someone(*RIGHTS)
    made = clerk(SERVICE + "Create", step(from_amount=100_000))
    assert (made.document, made.approver) == ("入库单", "入库单：审批通过")
    wrong = {
        "kind": step(kind="inventory.ItemService"),
        "permission": step(position=2, permission="inventory.issue.approve"),
        "position": step(),
        "controlled": step(
            kind="finance.RefundService", permission="finance.refund.approve", controlled=True
        ),
    }
    for field, each in wrong.items():
        with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
            clerk(SERVICE + "Create", each)
        assert list(faults_of(error.value)) == [field]
    clerk(SERVICE + "Delete", IdRequest(id=made.id, version=made.version))
    clerk(SERVICE + "Create", step())


def test_a_step_is_set_on_the_page(
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    desk = desk_of(*RIGHTS)
    desk.log_in()
    view = PageView(steps, desk.program.connection.api, Settings("t", tmp_path))
    qtbot.addWidget(view)
    view.show()
    view.new_record()
    form = view.forms[-1]
    kind, permission = (form.body.boxes[name].editor for name in ("kind", "permission"))
    assert isinstance(kind, Choice)
    assert isinstance(permission, Choice)
    qtbot.waitUntil(lambda: min(kind.box.count(), permission.box.count()) > 5, timeout=SOON)
    form.body.load(step(label="财务", from_amount=100_000))
    assert (kind.box.currentText(), permission.box.currentText()) == ("入库单", "入库单：审批通过")
    with qtbot.waitSignal(form.saved, timeout=SOON):
        form.save()
    qtbot.waitUntil(lambda: view.model.count == 1, timeout=SOON)
    assert view.model.rows[0].from_amount == 100_000
