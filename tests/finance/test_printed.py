"""A bill on paper: its printer, its number, its calibration, its log; through a real CUPS."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pytest
from google.protobuf.message import Message
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from reportlab.lib.units import mm

from client import areas
from client.core.api import Api
from client.core.calibrating import CalibrationDialog, NumberDialog
from client.core.form import FormDialog
from client.core.preview import PreviewDialog
from client.core.printers import Printers
from client.core.queues import PrintError, queues
from client.core.settings import Settings
from client.finance import paper
from client.finance.invoice import InvoiceView, invoices
from protos.admin import printout_pb2
from protos.common.list_pb2 import Empty, IdRequest
from protos.finance import invoice_pb2, reprint_pb2
from resources.print.core.overlay import Calibration
from resources.print.core.template import template_of
from resources.print.finance import invoice as form
from server.admin.printout import Printout
from server.core.run import Running
from server.finance.invoice import Invoice
from server.finance.reprint import Reprint
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.cupsd import Cups, Size
from tests.client.desk import SOON, Desk
from tests.finance import world
from tests.finance.test_invoice import ask_reprint, decide
from tests.finance.test_pages import EVERYTHING
from tests.people import Clerk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
PAPER = Size("Bill", 210, 148)
RPC = invoice_pb2.DESCRIPTOR.services_by_name["InvoiceService"].methods_by_name


class Till:
    """A cashier's workstation with one paid bill, its invoice issued and not yet printed."""

    def __init__(self, server: Running, desk: Desk, clerk: Clerk, folder: Path, bot: QtBot) -> None:
        self.server, self._bot = server, bot
        sessions = server.worker.app.sessions
        world.put_prices(sessions, desk.who)
        world.put_segment(sessions, desk.who.id)
        charge = world.settle(clerk, world.bill(clerk, world.put_task(sessions, clerk.who)))
        desk.log_in()
        self.api: Api = desk.program.connection.api
        self.settings = Settings("t", folder)
        self.printers = Printers(self.settings)
        self.owner = QWidget()
        bot.addWidget(self.owner)
        self.invoice = self.call("Issue", invoice_pb2.IssueRequest(charge_id=charge.id))

    def call(self, method: str, request: Message) -> Any:
        """The answer of an invoice RPC."""
        answers: list[Any] = []
        self.api.call(RPC[method], request, self.owner, answers.append)
        self._bot.waitUntil(lambda: bool(answers), timeout=SOON)
        return answers[0]

    def preview(self) -> PreviewDialog:
        """The invoice in the preview, printers known."""
        for old in self.owner.findChildren(PreviewDialog):
            old.reject()
            old.setParent(None)
        paper.print_invoice(self.invoice, self.api, self.settings, self.owner)
        self._bot.waitUntil(lambda: bool(self.owner.findChildren(PreviewDialog)), timeout=SOON)
        shown = self.owner.findChildren(PreviewDialog)[-1]
        self._bot.waitUntil(lambda: bool(shown.choice.queues) and shown.drawn == 1, timeout=SOON)
        return shown

    def log(self) -> list[Printout]:
        """The print log, the oldest first."""
        with self.server.worker.app.sessions.read() as db:
            return list(db.query(Printout).order_by(Printout.printed_at, Printout.id))

    def next_number(self) -> str:
        """What the next invoice would take."""
        return str(self.call("Next", Empty()).number)


@pytest.fixture
def till(
    server: Running,
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    someone: Callable[..., Clerk],
    cups: Cups,
    tmp_path: Path,
    qtbot: QtBot,
) -> Till:
    """A till whose bill printer knows the paper of invoices."""
    cups.queue("Bill", PAPER, policy="abort-job")
    desk = desk_of(*EVERYTHING, name="吴收费")
    made = Till(server, desk, someone(*world.CASHIER), tmp_path, qtbot)
    made.printers.mark_bill("Bill", bill=True)
    return made


def says(shown: PreviewDialog, text: str, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: text in shown.status.text(), timeout=SOON)


def shot(widget: QWidget, name: str) -> None:
    """A picture for a person to look at, where the run asks for pictures."""
    if folder := os.environ.get("AMB_SHOTS"):
        widget.grab().save(str(Path(folder) / f"print_{name}.png"))


def texts(sheet: bytes) -> dict[str, tuple[float, float]]:
    """Where each text begins, in mm from the left and upper edge."""
    page = pypdf.PdfReader(io.BytesIO(sheet)).pages[0]
    found: dict[str, tuple[float, float]] = {}

    def visit(text: str, _cm: object, tm: list[float], *_rest: object) -> None:
        if text.strip():
            found[text.strip()] = tm[4] / mm, (float(page.mediabox.height) - tm[5]) / mm

    page.extract_text(visitor_text=visit)
    return found


def press(shown: QWidget, label: str) -> None:
    next(b for b in shown.findChildren(QPushButton) if b.text() == label).click()


def numbered(shown: PreviewDialog, qtbot: QtBot) -> NumberDialog:
    qtbot.waitUntil(lambda: bool(shown.findChildren(NumberDialog)), timeout=SOON)
    return shown.findChildren(NumberDialog)[-1]


@pytest.mark.look
@pytest.mark.requirement(24)
def test_a_bill_over_its_form_lands_where_the_calibration_says(
    till: Till,
    cups: Cups,
    qtbot: QtBot,
) -> None:
    """On sheet one as on the paper of the model; another number on the paper stops it."""
    till.printers.calibrate(paper.FORM, "Bill", Calibration(dx=1.5, dy=-2, scale_x=1.004))
    shown = till.preview()
    shown.choice.over.setChecked(True)
    shown.print_out()
    ask = numbered(shown, qtbot)
    ask.typed.setText("00000002")
    shot(ask, "核对票号")
    ask.accept()
    assert ask.isVisible()
    assert "号码不一致" in ask.fault.text()
    shot(ask, "核对票号_不一致")
    ask.reject()
    says(shown, "没有打印：请先核对", qtbot)
    assert till.log() == []
    shown.print_out()
    ask = numbered(shown, qtbot)
    ask.typed.setText(till.invoice.number)
    ask.accept()
    says(shown, "已打印", qtbot)
    assert shown.job is not None
    found = texts(cups.sheets(shown.job.watch.job))
    assert "上海市医疗门诊收费票据" not in found, "the form is on the paper already"
    place = form.places()["number"]
    wanted = place.x * 1.004 + 1.5, place.y - 2
    assert found[till.invoice.number] == pytest.approx(wanted, abs=0.2)


@pytest.mark.look
@pytest.mark.requirement(25)
def test_a_printer_that_is_off_uses_up_no_number(
    till: Till,
    cups: Cups,
    qtbot: QtBot,
) -> None:
    following = till.next_number()
    cups.switch_off()
    shown = till.preview()
    shown.print_out()
    says(shown, "打印机没有回应", qtbot)
    shot(shown, "打印失败")
    assert cups.printed() == []
    qtbot.waitUntil(shown.go.isEnabled, timeout=SOON)
    cups.switch_on()
    shown.print_out()  # the same sheet on the same paper
    says(shown, "已打印", qtbot)
    assert [row.state for row in till.log()] == [
        printout_pb2.Printout.FAILED, printout_pb2.Printout.PRINTED,
    ]  # fmt: skip
    assert [row.print_no for row in till.log()] == [1, 1]
    assert till.next_number() == following
    with till.server.worker.app.sessions.read() as db:
        assert db.query(Invoice).count() == 1


@pytest.mark.look
@pytest.mark.requirement(25)
def test_a_bill_comes_out_once_and_again_only_with_leave(
    till: Till,
    cups: Cups,
    someone: Callable[..., Clerk],
    qtbot: QtBot,
) -> None:
    shown = till.preview()
    shown.print_out()
    says(shown, "已打印", qtbot)
    qtbot.waitUntil(lambda: shown.drawn_for.history.printed == 1, timeout=SOON)
    assert "请看打印出来的票面是否完好" in shown.banner.text.text()
    shot(shown, "票据打印后")
    press(shown, "打印正常")
    assert "已经打印过；要再打请先申请重打" in shown.banner.text.text()
    assert not shown.go.isEnabled()
    qtbot.waitUntil(lambda: shown.drawn == 1, timeout=SOON)
    assert "不作报销凭证" in "".join(texts(shown.pdf))
    shot(shown, "票据已打印")
    decide(someone(*world.HEAD), ask_reprint(someone(*world.CASHIER), till.invoice))
    till.invoice = till.call("Reprint", IdRequest(id=till.invoice.id, version=till.invoice.version))
    again = till.preview()
    again.print_out()
    says(again, "再次打印要先写明原因", qtbot)
    again.reason.setCurrentText("卡纸")
    shot(again, "补打")
    again.print_out()
    says(again, "已打印", qtbot)
    assert again.job is not None
    assert "补打 第1次" in "".join(texts(cups.sheets(again.job.watch.job)))
    first, second = till.log()
    assert (first.reason, second.reason) == ("", "卡纸")
    assert (first.print_no, second.print_no) == (1, 2)
    assert first.digest != second.digest
    assert second.template == f"finance.invoice v{form.VERSION}"
    qtbot.waitUntil(lambda: again.drawn_for.history.printed == 2, timeout=SOON)
    again.show_history()
    box = again.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "第 2 次" in box.text()
    assert "原因：卡纸" in box.text()
    shot(box, "经过")


@pytest.mark.requirement(25)
def test_a_spoiled_sheet_is_asked_to_be_replaced(till: Till, server: Running, qtbot: QtBot) -> None:
    shown = till.preview()
    shown.print_out()
    says(shown, "已打印", qtbot)
    qtbot.waitUntil(lambda: shown.drawn_for.history.printed == 1, timeout=SOON)
    press(shown, "打印失败")
    form = shown.findChild(FormDialog)
    assert isinstance(form, FormDialog)
    form.save()
    qtbot.waitUntil(lambda: form.record.id > 0, timeout=SOON)
    with server.worker.app.sessions.read() as db:
        asked = db.query(Reprint).one()
        assert (asked.invoice_id, asked.way) == (till.invoice.id, reprint_pb2.Reprint.NEW_NUMBER)


def test_a_waiting_bill_is_not_moved_to_a_printer_of_plain_paper(
    till: Till, cups: Cups, qtbot: QtBot
) -> None:
    cups.queue("Office", PAPER)
    cups.pause("Bill")
    shown = till.preview()
    shown.print_out()
    says(shown, "打印机已停用", qtbot)
    assert shown.job is not None
    (office,) = [queue for queue in queues() if queue.name == "Office"]
    with pytest.raises(PrintError, match="不是票据打印机"):
        shown.job.move(office)
    till.printers.mark_bill("Office", bill=True)
    shown.job.move(office)
    says(shown, "已打印", qtbot)
    qtbot.waitUntil(lambda: till.log()[0].state == printout_pb2.Printout.PRINTED, timeout=SOON)
    assert till.log()[0].queue == "Office"


@pytest.mark.look
def test_calibrating_from_the_preview(
    till: Till,
    cups: Cups,
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    shown = till.preview()
    shot(shown, "预览")
    shown.calibrate()
    dialog = shown.findChild(CalibrationDialog)
    assert isinstance(dialog, CalibrationDialog)
    dialog.print_ruler(1)
    qtbot.waitUntil(lambda: "标尺页：已打印" in dialog.note.text(), timeout=SOON)
    assert any("标尺页" in text for text in texts(cups.sheets(f"Bill-{cups.printed()[-1]}")))
    dialog.measured["left"].setValue(26.5)
    dialog.measured["right"].setValue(186.5)
    dialog.measured["top"].setValue(24)
    dialog.measured["bottom"].setValue(122)
    dialog.measured["last"].setValue(28.5)
    dialog.compute()
    shot(dialog, "套打校准")
    assert dialog.entered() == Calibration(-1.5, 1, 1, 1, 0.5)
    dialog.measured["right"].setValue(150)
    dialog.compute()
    assert "缩放" in dialog.note.text()
    dialog.accept()
    assert till.printers.calibration(paper.FORM, "Bill").drift == 0.5

    file = tmp_path / "校准.json"
    dialog.export(file)
    elsewhere = Settings("u", tmp_path / "elsewhere")
    other = CalibrationDialog(paper.FORM, form.PAPER, shown.choice.queues[0], elsewhere, shown.jobs)
    qtbot.addWidget(other)
    other.take_in(file)
    assert other.entered() == Calibration(-1.5, 1, 1, 1, 0.5)
    file.write_text('{"format": "?"}')
    other.take_in(file)
    assert "不是套打校准文件" in other.note.text()


def test_the_page_of_invoices_prints_what_is_still_due(till: Till, qtbot: QtBot) -> None:
    view = InvoiceView(invoices, till.api, till.settings)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: bool(view.model.rows), timeout=SOON)
    view.table.selectRow(0)
    view.preview()
    qtbot.waitUntil(lambda: bool(view.findChildren(PreviewDialog)), timeout=SOON)
    shown = view.findChildren(PreviewDialog)[-1]
    qtbot.waitUntil(shown.go.isEnabled, timeout=SOON)
    assert "不作报销凭证" not in "".join(texts(shown.pdf))
    shown.reject()


def test_every_printed_record_has_a_template_of_a_version() -> None:
    pages = [page for area in areas.AREAS for page in areas.pages(area.name) if page.print_form]
    names = {page.title: template_of(page.print_form) for page in pages if page.print_form}
    assert all(name.rpartition(" v")[2].isdigit() for name in names.values())
    assert names["急救病历"] != names["交接单"], "two forms of one record are counted apart"
