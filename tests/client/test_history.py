"""Who changed what and when stands beside every form; opinions are one key away."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from client.core.asking import AskDialog
from client.core.history import HistoryPanel, since_return
from client.core.settings import Settings
from client.core.view import PageView
from client.inventory.receipt import receipts
from protos.admin import person_pb2
from protos.common.approval_pb2 import HistoryAnswer, HistoryRequest
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.run import Running
from tests.client import sample
from tests.client.desk import SOON, Desk
from tests.inventory.world import HEAD, RECEIPT, World, named
from tests.people import Clerk, refused

WHY = "数量与实物不符，请核对后重报"
HISTORY = "common.ApprovalService.History"


@pytest.fixture
def world(server: Running, someone: Callable[..., Clerk]) -> World:
    return World(server, someone)


def returned(world: World) -> Any:
    """A receipt sent back once, mended and handed in again."""
    draft = world.draft(world.line("L1", 300, 5), world.line("L2", 500, 3))
    sent = world.keeper(RECEIPT + "Submit", named(world.keeper(RECEIPT + "Create", draft)))
    back = ReturnRequest(id=sent.id, version=sent.version, reason=WHY)
    record = world.head(RECEIPT + "Reject", back)
    record.lines[0].quantity, record.remark = 4, "已核对"
    return world.keeper(RECEIPT + "Submit", named(world.keeper(RECEIPT + "Update", record)))


def history(clerk: Clerk, service: str, id: int) -> HistoryAnswer:
    answer: HistoryAnswer = clerk(HISTORY, HistoryRequest(service=service, id=id))
    return answer


def told(answer: HistoryAnswer) -> dict[str, list[tuple[str, str, str]]]:
    return {
        change.label: [(f.label, f.old, f.new) for f in change.fields] for change in answer.changes
    }


def test_each_deed_tells_who_when_and_from_what_to_what(world: World) -> None:
    record = returned(world)
    answer = history(world.head, "inventory.ReceiptService", record.id)
    labels = [(change.person, change.label) for change in answer.changes]
    assert labels == [
        ("李库管", "提交"), ("李库管", "修改入库单"), ("王主任", "退回"), ("李库管", "提交"),
        ("李库管", "新增入库单"),
    ]  # fmt: skip
    changed = {label: (old, new) for label, old, new in told(answer)["修改入库单"]}
    assert changed["备注"] == ("期初", "已核对")
    assert changed["明细"] == ("", "改 数量 5 → 4")
    made = {label: new for label, _, new in told(answer)["新增入库单"]}
    assert made["入库仓库"] == "中心库"
    assert "物资 盐酸肾上腺素注射液" in made["明细"]
    state = next(each for each in told(answer)["退回"] if each[0] == "状态")
    assert state == ("状态", "待审", "暂存")
    back = answer.changes[2]
    assert (back.rejected, back.reason, back.step) == (True, WHY, "审批")
    assert since_return(answer.changes).endswith("之后改了：明细、备注。")


def test_reading_it_needs_no_more_than_reading_the_record(
    world: World, someone: Callable[..., Clerk]
) -> None:
    record = returned(world)
    reader, stranger = someone("inventory.receipt.read"), someone("inventory.item.read")
    assert history(reader, "inventory.ReceiptService", record.id).changes
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        history(stranger, "inventory.ReceiptService", record.id)


def test_personal_values_are_no_plainer_than_in_the_record(someone: Callable[..., Clerk]) -> None:
    officer = someone("admin.person.read", "admin.person.write", "admin.personal.view",
                      "admin.department.read")  # fmt: skip
    made = officer("admin.PersonService.Create", person_pb2.Person(
        staff_no="H1001", name="钱秋月", phone="13912345678",
        department_id=officer.who.department_id, kind=person_pb2.Person.ADMINISTRATION,
    ))  # fmt: skip
    made.phone = "13987654321"
    officer("admin.PersonService.Update", made)
    for clerk in (officer, someone("admin.person.read")):
        text = str(history(clerk, "admin.PersonService", made.id))
        assert "13912345678" not in text
        assert "13987654321" not in text
    changes = history(officer, "admin.PersonService", made.id).changes
    assert [(f.label, f.new) for f in changes[0].fields] == [("手机", "（已改，保密）")]


def test_the_panel_stands_beside_the_form_and_filters_by_field(
    world: World, desk_of: Callable[..., Desk], qtbot: QtBot
) -> None:
    record = returned(world)
    view = desk_of(*HEAD).log_in().open_title(receipts.title)
    assert isinstance(view, PageView)
    view.open_id(record.id)
    qtbot.waitUntil(lambda: bool(view.forms), timeout=SOON)
    form = view.forms[0]
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
    form.activateWindow()
    qtbot.keyClick(form, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(form.history.changes) == 5, timeout=SOON)
    assert form.history.isVisible()
    assert WHY in form.history.note.text()
    assert _tops(form.history) == 5
    at = form.history.field.findData("remark")
    form.history.field.setCurrentIndex(at)
    form.history.field.activated.emit(at)
    assert _tops(form.history) == 2  # entered, and changed
    form.toggle_history()
    assert not form.history.isVisible()
    form.done(0)


def _tops(panel: HistoryPanel) -> int:
    return panel.tree.topLevelItemCount()


def test_a_frequent_opinion_is_one_key_and_the_user_s_own_come_first(
    qapp: QApplication, tmp_path: Any, qtbot: QtBot
) -> None:
    assert qapp is not None
    settings = Settings("t", tmp_path)
    parent = QWidget()
    qtbot.addWidget(parent)
    for expected in ("数量与实物不符，请核对后重报", "冷链记录缺失"):
        request = sample.pb.ReturnRequest(id=1, version=2)
        dialog = AskDialog(request, "退回", sample.offline_api(), settings, parent)
        dialog.show()
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow, timeout=SOON)
        assert dialog.opinions is not None
        assert "同意" not in dialog.opinions.texts
        qtbot.keyClick(dialog, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
        editor = dialog.body.boxes["reason"].editor
        assert editor is not None
        assert editor.value() == expected
        editor.set_value("冷链记录缺失")
        dialog.accept()
        assert dialog.request.reason == "冷链记录缺失"
