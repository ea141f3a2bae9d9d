"""The doctor's tablet: written without a server, kept through a crash, sent exactly once."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QListWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from client.core.conflict import ConflictDialog
from client.core.pin import PinDialog
from client.core.preview import PreviewDialog
from client.core.program import Program
from client.emr import sections
from client.emr.tablet import TabletPage
from client.emr.touch import Chip
from crypto import pdf
from crypto.errors import InvalidSignature
from protos.common.list_pb2 import IdRequest
from protos.emr import case_record_pb2 as pb
from protos.inventory import stock_pb2
from server.admin.printout import Printout
from server.admin.seed_acting import acting
from server.core.run import Running
from server.emr.signing import SignedSheet
from server.emr.tables import CaseRecord
from server.inventory.consumption_record import Consumption
from server.inventory.ledger_tables import Lot
from server.inventory.lot import stop
from tests.client.conftest import desk_of  # noqa: F401
from tests.client.cupsd import A4, Cups
from tests.client.desk import Desk
from tests.emr.tablet_world import SOON, TASK, Hands, crew_desk, switch_on
from tests.people import Clerk

LOOK = Path("var/look")


@pytest.fixture
def desk(server: Running, desk_of: Callable[..., Desk]) -> Desk:  # noqa: F811
    """The doctor's tablet."""
    return crew_desk(server, desk_of)


def page_of(program: Program) -> TabletPage:
    """The tablet's page in the main window."""
    assert program.window is not None
    page = program.window.findChild(TabletPage)
    assert isinstance(page, TabletPage)
    return page


@pytest.fixture
def hands(desk: Desk) -> Hands:
    """The doctor, logged in, with the record open."""
    window = desk.log_in()
    window.resize(1180, 820)
    made = Hands(page_of(desk.program), desk)
    made.open()
    return made


def offline(desk: Desk, bot: QtBot) -> None:
    """Cut the network and wait until the window knows."""
    window = desk.program.window
    assert window is not None
    desk.cable.cut()
    bot.waitUntil(lambda: not window.api.is_online, timeout=SOON)


def online(desk: Desk, bot: QtBot) -> None:
    """Mend the network; the doctor unlocks, and everything is sent."""
    window = desk.program.window
    assert window is not None
    desk.cable.mend()
    bot.waitUntil(lambda: window.api.is_online, timeout=2 * SOON)
    desk.unlock(window)
    bot.waitUntil(lambda: not window.outbox.pending(), timeout=2 * SOON)


@pytest.mark.look
def test_every_step_looks_right(hands: Hands, desk: Desk, qtbot: QtBot) -> None:
    window = desk.program.window
    assert window is not None
    LOOK.mkdir(parents=True, exist_ok=True)
    hands.screen.go(sections.SUMMARY)
    qtbot.wait(200)
    assert window.grab().save(str(LOOK / "tablet-empty.png"))
    hands.fill()
    for step in range(len(sections.STEPS)):
        hands.screen.go(step)
        qtbot.waitExposed(window)
        qtbot.wait(200)  # a picture for a person: let layouts settle
        assert window.grab().save(str(LOOK / f"tablet-{step}.png"))
    hands.tap("record_back")
    qtbot.wait(200)
    assert window.grab().save(str(LOOK / "tablet-tasks.png"))


def records(server: Running) -> list[CaseRecord]:
    """Every record of the server."""
    with server.worker.app.sessions.read() as db:
        found = list(db.scalars(select(CaseRecord)))
        for each in found:  # load while the session lasts
            for name in ("vital_sets", "treatments", "exam_items", "scores", "diagnoses"):
                assert getattr(each, name) is not None
        return found


@pytest.mark.requirement(138)
@pytest.mark.requirement(139)
@pytest.mark.requirement(140)
@pytest.mark.requirement(143)
@pytest.mark.requirement(144)
def test_written_and_signed_offline_it_arrives_once(
    hands: Hands, desk: Desk, server: Running, qtbot: QtBot
) -> None:
    offline(desk, qtbot)
    hands.fill()
    hands.sign()
    assert hands.screen.status.text() == "已签名，待上传"
    assert records(server) == []
    online(desk, qtbot)
    qtbot.waitUntil(lambda: hands.screen.status.text() == "已提交", timeout=SOON)
    (record,) = records(server)
    assert record.state == pb.CaseRecord.SUBMITTED
    assert record.signer_name == "陈医生"
    assert (record.receiver_signature or b"").startswith(b"\x89PNG")
    assert (record.chief_complaint, record.severity) == ("胸痛半小时", "urgent")
    assert record.present_illness.endswith("，伴大汗")
    assert {each.item: list(each.findings) for each in record.exam_items}["skin"] == ["pale"]
    assert [(each.scale, each.total) for each in record.scores] == [("GCS", 15), ("TI-SH2015", 10)]
    assert [each.code for each in record.diagnoses] == ["acs"]
    assert (record.handover_sbp, record.handover_diagnosis) == (150, "急性冠脉综合征")
    assert record.handover_treatment.startswith("心电监测；")
    assert [each.sbp for each in record.vital_sets] == [168, 150]
    assert [each.kind for each in record.treatments] == [1, 2, 2, 3]
    with server.worker.app.sessions.read() as db:
        chosen = select(Consumption).where(Consumption.emr_id == record.id)
        issued = db.scalars(chosen).one()
        assert issued.emr_id == record.id
        assert issued.quantity == 4
        assert db.scalar(select(func.count()).select_from(CaseRecord)) == 1


def test_what_was_typed_survives_a_crash(hands: Hands, desk: Desk, qtbot: QtBot) -> None:
    offline(desk, qtbot)
    hands.screen.go(sections.HISTORY)
    hands.type("chief_complaint", "胸痛半小时")
    hands.tap("allergy=NO_ALLERGY")
    qtbot.waitUntil(lambda: "已保存到本机" in hands.screen.kept.text(), timeout=30_000)
    kept = desk.program.store
    assert kept is not None
    desk.program.store = None  # the program dies: nothing is closed or kept any more
    desk.cable.mend()
    switch_on(desk)
    again = Hands(page_of_new(desk), desk)
    again.open()
    assert again.screen.copy.mine.chief_complaint == "胸痛半小时"
    assert again.find(QLineEdit, "chief_complaint.edit").text() == "胸痛半小时"
    assert again.find(Chip, "allergy=NO_ALLERGY").isChecked()
    kept.close()


def page_of_new(desk: Desk) -> TabletPage:
    """The tablet's page after a start and a login."""
    desk.log_in()
    return page_of(desk.program)


def test_what_was_signed_offline_is_sent_after_a_crash(
    hands: Hands, desk: Desk, server: Running, qtbot: QtBot
) -> None:
    offline(desk, qtbot)
    hands.fill()
    hands.sign()
    desk.cable.mend()
    switch_on(desk)
    page = page_of_new(desk)
    qtbot.waitUntil(lambda: page.state_of(TASK) == "已提交", timeout=2 * SOON)
    (record,) = records(server)
    assert record.state == pb.CaseRecord.SUBMITTED


def test_a_lost_answer_doubles_nothing(
    hands: Hands, desk: Desk, server: Running, qtbot: QtBot
) -> None:
    hands.fill()
    desk.cable.mute = True
    hands.tap("record_save")
    qtbot.waitUntil(lambda: len(records(server)) == 1, timeout=SOON)
    offline(desk, qtbot)
    online(desk, qtbot)
    qtbot.waitUntil(lambda: hands.screen.status.text() == "草稿，已接收", timeout=SOON)
    (record,) = records(server)
    assert record.revision == 0
    assert len(record.vital_sets) == 2


def test_work_goes_on_while_the_server_is_away(hands: Hands, desk: Desk, qtbot: QtBot) -> None:
    offline(desk, qtbot)
    hands.tap("record_back")
    qtbot.waitUntil(lambda: "离线" in hands.page.tasks.note.text(), timeout=SOON)
    assert len(hands.page.tasks.buttons) >= 1
    hands.tap(f"task_{TASK}")
    hands.pick("add_drug", "阿司匹林")
    assert len(hands.screen.copy.mine.treatments) == 1
    window = desk.program.window
    assert window is not None
    assert not window.is_locked


def test_nothing_can_be_signed_while_something_is_due(hands: Hands) -> None:
    hands.screen.go(sections.SUMMARY)
    assert not hands.find(QAbstractButton, "sign").isEnabled()
    first = hands.find(QAbstractButton, "due_0")
    assert "请" in first.text()
    assert hands.screen.bar.buttons[sections.HISTORY].property("due") is True
    assert hands.screen.cards[-1].fields["severity"].note.text() == "请填写病情分类"


def test_a_field_changed_on_both_sides_is_decided_by_the_doctor(
    hands: Hands, desk: Desk, server: Running, qtbot: QtBot, someone: Callable[..., Clerk]
) -> None:
    hands.screen.go(sections.HISTORY)
    hands.type("chief_complaint", "胸痛半小时")
    hands.tap("record_save")
    qtbot.waitUntil(lambda: hands.screen.status.text() == "草稿，已接收", timeout=SOON)
    offline(desk, qtbot)
    hands.type("chief_complaint", "胸痛一小时")
    hands.type("medication", "阿司匹林")
    hands.tap("record_save")
    office = someone("emr.case_record.read", "emr.case_record.write", "admin.personal.read",
                     "dispatch.task.read")  # fmt: skip
    change_at_the_office(office, server, "胸闷两小时")
    desk.cable.mend()
    window = desk.program.window
    assert window is not None
    desk.unlock(window)
    qtbot.waitUntil(lambda: hands.page.findChild(ConflictDialog) is not None, timeout=SOON)
    dialog = hands.find(ConflictDialog, "conflicts")
    window.grab()
    LOOK.mkdir(parents=True, exist_ok=True)
    dialog.grab().save(str(LOOK / "tablet-conflict.png"))
    dialog.choose_all(1)
    qtbot.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not hands.screen.copy.mine.conflicts, timeout=SOON)
    with server.worker.app.sessions.read() as db:
        record = db.scalars(select(CaseRecord)).one()
        assert record.chief_complaint == "胸痛一小时"
        assert record.medication == "阿司匹林"
        assert record.conflicts == []


def test_a_signature_that_met_a_conflict_is_made_anew(
    hands: Hands, desk: Desk, server: Running, qtbot: QtBot, someone: Callable[..., Clerk]
) -> None:
    hands.screen.go(sections.HISTORY)
    hands.type("chief_complaint", "胸痛半小时")
    hands.tap("record_save")
    qtbot.waitUntil(lambda: hands.screen.status.text() == "草稿，已接收", timeout=SOON)
    offline(desk, qtbot)
    hands.fill()
    hands.screen.go(sections.HISTORY)
    hands.type("chief_complaint", "胸痛一小时")
    hands.screen.go(sections.SUMMARY)
    hands.sign()
    office = someone("emr.case_record.read", "emr.case_record.write", "admin.personal.read",
                     "dispatch.task.read")  # fmt: skip
    change_at_the_office(office, server, "胸闷两小时")
    desk.cable.mend()
    window = desk.program.window
    assert window is not None
    desk.unlock(window)
    qtbot.waitUntil(lambda: hands.page.findChild(ConflictDialog) is not None, timeout=SOON)
    qtbot.waitUntil(lambda: hands.screen.copy.is_open, timeout=SOON)
    assert "重新签名" in hands.screen.copy.trouble
    dialog = hands.find(ConflictDialog, "conflicts")
    dialog.choose_all(0)
    qtbot.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: hands.screen.status.text() == "草稿，已接收", timeout=SOON)
    hands.sign()
    qtbot.waitUntil(lambda: hands.screen.status.text() == "已提交", timeout=SOON)
    (record,) = records(server)
    assert record.chief_complaint == "胸闷两小时"
    assert record.state == pb.CaseRecord.SUBMITTED


def change_at_the_office(office: Clerk, server: Running, complaint: str) -> None:
    """Somebody at a desk changes the chief complaint."""
    with server.worker.app.sessions.read() as db:
        id = db.scalars(select(CaseRecord.id)).one()
    record = office("emr.CaseRecordService.Get", IdRequest(id=id))
    assert record.chief_complaint == "胸痛半小时"
    record.chief_complaint = complaint
    office("emr.CaseRecordService.Update", record)


@pytest.mark.requirement(153)
def test_the_signed_sheet_verifies_and_is_archived(
    hands: Hands, server: Running, qtbot: QtBot
) -> None:
    hands.fill()
    hands.sign()
    qtbot.waitUntil(lambda: hands.screen.status.text() == "已提交", timeout=SOON)
    hands.tap("sign_pdf")
    qtbot.waitUntil(lambda: hands.page.findChild(PinDialog) is not None, timeout=SOON)
    hands.type_pin()
    qtbot.waitUntil(lambda: hands.page.findChild(PreviewDialog) is not None, timeout=SOON)
    preview = hands.page.findChild(PreviewDialog)
    assert isinstance(preview, PreviewDialog)
    (signature,) = pdf.verify(preview.pdf, server.worker.app.trust)
    assert signature.certificate.subject_serial == "YS001"
    spoiled = preview.pdf[:900] + bytes([preview.pdf[900] ^ 1]) + preview.pdf[901:]
    with pytest.raises(InvalidSignature):
        pdf.verify(spoiled, server.worker.app.trust)
    qtbot.waitUntil(lambda: preview.drawn == len(preview.labels), timeout=SOON)
    preview.grab().save(str(LOOK / "tablet-sheet.png"))
    preview.close()
    (record,) = records(server)
    assert record.pdf_archived_at is not None
    with server.worker.app.sessions.read() as db:
        assert db.scalars(select(SignedSheet)).one().pdf == preview.pdf


@pytest.mark.requirement(143)
def test_the_handover_sheet_is_shown_printed_and_logged(
    hands: Hands, server: Running, cups: Cups, qtbot: QtBot
) -> None:
    cups.queue("Handover", A4, default=True)
    hands.fill()
    hands.tap("record_save")
    qtbot.waitUntil(lambda: hands.screen.status.text() == "草稿，已接收", timeout=SOON)
    hands.tap("print_handover")
    qtbot.waitUntil(lambda: hands.page.findChild(PreviewDialog) is not None, timeout=SOON)
    preview = hands.page.findChild(PreviewDialog)
    assert isinstance(preview, PreviewDialog)
    assert preview.pdf.startswith(b"%PDF")
    qtbot.waitUntil(lambda: preview.drawn == len(preview.labels), timeout=SOON)
    preview.grab().save(str(LOOK / "tablet-handover.png"))
    qtbot.waitUntil(preview.go.isEnabled, timeout=SOON)
    preview.print_out()
    qtbot.waitUntil(lambda: preview.status.text() == "已打印", timeout=SOON)
    preview.close()
    with server.worker.app.sessions.read() as db:
        row = db.query(Printout).one()
        assert (row.template, row.print_no) == ("emr.handover v1", 1)


@pytest.mark.requirement(21)
def test_a_recalled_lot_is_on_the_stop_list_at_the_next_sync(
    hands: Hands, desk: Desk, server: Running, qtbot: QtBot
) -> None:
    hands.open()
    hands.screen.go(sections.TREATMENT)
    shown = hands.find(QLabel, "stop_list")
    stock = hands.page.shelf.stock()
    lot = next(each for each in stock if each.item_name.startswith("硝酸甘油注射液"))
    assert lot.lot_no not in shown.text()
    with server.worker.app.sessions.write() as db:
        call = acting(db, datetime.now(UTC), desk.who.id)
        stop(call, [db.get_one(Lot, lot.lot_id)], stock_pb2.Lot.RECALLED, "抽检不合格")
    hands.page.refresh()
    qtbot.waitUntil(lambda: lot.lot_no in shown.text(), timeout=SOON)
    assert f"批号{lot.lot_no} 召回 {lot.quantity}支" in shown.text()
    hands.screen.treatments.pick_item(pb.Treatment.DRUG)
    offered = hands.find(QListWidget, "pick_list")
    rows = [offered.item(at).text() for at in range(offered.count())]
    (row,) = [text for text in rows if text.startswith("硝酸甘油注射液")]
    assert "可用 0 支" in row
    assert "召回" in row
