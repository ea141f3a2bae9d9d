"""A store document on paper from its page: one key, the honest mark, the log."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from client.admin.printout import printouts
from client.core.batch import BatchDialog
from client.core.preview import PreviewDialog
from client.core.printers import Preference, Printers
from client.core.queues import queues
from client.core.settings import Settings
from client.core.view import PageView
from client.inventory.receipt import receipts
from crypto import sm3
from protos.admin import printout_pb2
from server.admin.printout import Printout
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.cupsd import A4, Cups
from tests.client.desk import SOON, Desk
from tests.inventory.world import RECEIPT, World, named

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
FORM = "inventory.receipt"


def shot(widget: QWidget, name: str) -> None:
    """A picture for a person to look at, where the run asks for pictures."""
    if folder := os.environ.get("AMB_SHOTS"):
        widget.grab().save(str(Path(folder) / f"print_{name}.png"))


def text(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:  # noqa: F811 - the fixture
    """A keeper's workstation."""
    return desk_of("inventory.receipt.read", "admin.printout.read", name="李库管")


@pytest.fixture
def view(world: World, desk: Desk, cups: Cups, tmp_path: Path, qtbot: QtBot) -> PageView:
    """The page of receipts with one of them, and a workstation that knows its printer."""
    cups.queue("Office", A4, default=True)
    made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 300, 2)))
    world.keeper(RECEIPT + "Submit", named(made))
    desk.log_in()
    settings = Settings("t", tmp_path)
    Printers(settings).prefer(FORM, Preference("Office", 2))
    page = PageView(receipts, desk.program.connection.api, settings)
    qtbot.addWidget(page)
    page.resize(1280, 640)
    page.show()
    qtbot.waitUntil(lambda: bool(page.model.rows), timeout=SOON)
    page.table.selectRow(0)
    return page


def next_preview(view: PageView, qtbot: QtBot) -> PreviewDialog:
    """The preview that has just come up, with its pages."""
    qtbot.waitUntil(lambda: bool(view.findChildren(PreviewDialog)), timeout=SOON)
    shown = view.findChildren(PreviewDialog)[-1]
    qtbot.waitUntil(lambda: bool(shown.choice.queues), timeout=SOON)
    return shown


def says(shown: PreviewDialog, words: str, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: words in shown.status.text(), timeout=SOON)


@pytest.mark.look
def test_one_key_prints_and_the_next_print_is_marked_explained_and_logged(
    view: PageView, cups: Cups, tmp_path: Path, qtbot: QtBot
) -> None:
    qtbot.keyClick(view.table, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    first = next_preview(view, qtbot)
    says(first, "已打印", qtbot)
    assert first.job is not None
    paper = cups.sheets(first.job.watch.job)
    assert "补打" not in text(paper)
    assert cups.options(first.job.watch.job).startswith("2 "), "as kept for this workstation"

    qtbot.waitUntil(lambda: first.drawn_for.history.printed == 1, timeout=SOON)
    assert "再打会标注“补打 第 1 次”" in first.banner.text.text()
    first.print_out()
    says(first, "再次打印要先写明原因", qtbot)
    first.reason.setCurrentText("丢失")
    shot(first, "入库单补打")
    shown = first.pdf
    first.print_out()
    qtbot.waitUntil(lambda: first.drawn_for.history.printed == 2, timeout=SOON)
    assert first.job is not None
    again = text(cups.sheets(first.job.watch.job))
    assert "补打 第 1 次" in again
    assert "打印人：李库管" in again
    first.reject()

    log = PageView(printouts, view.api, Settings("t", tmp_path))
    qtbot.addWidget(log)
    log.resize(1366, 500)
    log.show()
    qtbot.waitUntil(lambda: len(log.model.rows) == 2, timeout=SOON)
    second, one = log.model.rows
    assert (one.print_no, second.print_no) == (1, 2)
    assert (one.reason, second.reason) == ("", "丢失")
    assert (second.user_name, second.queue, second.copies) == ("李库管", "Office", 2)
    assert second.template == "inventory.receipt v2"
    assert second.digest == sm3.digest(shown).hex()
    assert second.state == printout_pb2.Printout.PRINTED
    shot(log, "打印记录")


def test_the_paper_is_chosen_and_kept_for_the_workstation(
    view: PageView, cups: Cups, qtbot: QtBot
) -> None:
    """The same document for the 241 mm continuous paper; A4 printers do not get it."""
    view.preview()
    shown = next_preview(view, qtbot)
    own = shown.pdf
    shown.choice.paper.setCurrentIndex(shown.choice.paper.findData("241x140"))
    qtbot.waitUntil(lambda: shown.pdf != own, timeout=SOON)
    (page, *_) = pypdf.PdfReader(io.BytesIO(shown.pdf)).pages
    assert [round(float(n) / 72 * 25.4) for n in page.mediabox[2:]] == [241, 140]
    shot(shown, "连续纸")
    shown.print_out()
    says(shown, "没有", qtbot)
    assert cups.printed() == []
    shown.keep_defaults()
    shown.reject()
    view.preview()
    qtbot.waitUntil(
        lambda: any(each.isVisible() for each in view.findChildren(PreviewDialog)), timeout=SOON
    )
    assert view.findChildren(PreviewDialog)[-1].choice.paper.currentData() == "241x140"


def test_two_workstations_do_not_print_the_same_first_sheet(
    view: PageView, cups: Cups, qtbot: QtBot
) -> None:
    view.preview()
    slow = next_preview(view, qtbot)
    view.print_out()
    qtbot.waitUntil(lambda: len(view.findChildren(PreviewDialog)) == 2, timeout=SOON)
    quick = view.findChildren(PreviewDialog)[-1]
    says(quick, "已打印", qtbot)
    slow.print_out()
    says(slow, "刚刚又打印过", qtbot)
    assert len(cups.printed()) == 1


def test_without_a_server_nothing_is_printed_unnoted(
    view: PageView, desk: Desk, cups: Cups, qtbot: QtBot
) -> None:
    view.preview()
    shown = next_preview(view, qtbot)
    desk.cable.cut()
    shown.print_out()
    says(shown, "没有打印：", qtbot)
    assert shown.status.property("tone") == "bad"
    assert cups.printed() == []
    qtbot.waitUntil(shown.go.isEnabled, timeout=SOON)


def test_a_result_that_could_not_be_noted_is_told(
    view: PageView, desk: Desk, cups: Cups, world: World, qtbot: QtBot
) -> None:
    cups.pause("Office")
    view.preview()
    shown = next_preview(view, qtbot)
    shown.print_out()
    says(shown, "打印机已停用", qtbot)
    desk.cable.cut()
    cups.resume("Office")
    says(shown, "已打印（结果没有登记到服务器：", qtbot)
    with world.server.worker.app.sessions.read() as db:
        assert db.query(Printout).one().state == printout_pb2.Printout.SENT, "counts as printed"


def test_what_is_not_saved_is_not_printed(view: PageView, cups: Cups, qtbot: QtBot) -> None:
    view.open_chosen()
    form = view.forms[-1]
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
    sheet = form.sheet()
    assert sheet.only_view == ""
    fresh = type(form)(receipts, view.api, Settings("u"), None, view)
    assert "先保存" in fresh.sheet().only_view
    fresh.done(0)
    form.done(0)
    assert cups.printed() == []


@pytest.fixture
def five(view: PageView, world: World, qtbot: QtBot) -> BatchDialog:
    """Five receipts chosen, and their batch."""
    for _ in range(4):
        made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 300, 2)))
        world.keeper(RECEIPT + "Submit", named(made))
    view.refresh()
    qtbot.waitUntil(lambda: len(view.model.rows) == 5, timeout=SOON)
    view.table.selectAll()
    view.print_out()
    (dialog,) = view.findChildren(BatchDialog)
    qtbot.waitUntil(dialog.go.isEnabled, timeout=SOON)
    return dialog


@pytest.mark.look
def test_a_batch_is_printed_in_order_stopped_and_begun_again(
    five: BatchDialog, view: PageView, cups: Cups, qtbot: QtBot
) -> None:
    cups.pause("Office")
    five.start()
    qtbot.waitUntil(lambda: "打印机已停用" in five.status.text(), timeout=SOON)
    five.stop()
    cups.resume("Office")
    qtbot.waitUntil(lambda: "可以从第 2 份继续" in five.status.text(), timeout=SOON)
    assert five.first.value() == 2
    assert len(cups.printed()) == 1
    shot(five, "批量打印_停止")
    five.start()
    qtbot.waitUntil(lambda: "全部处理完" in five.status.text(), timeout=SOON)
    assert five.results() == ["已打印"] * 5
    numbers = sorted(row.number for row in view.model.rows)
    sheets = [text(cups.sheets(f"Office-{job}")) for job in sorted(cups.printed(), key=int)]
    assert [number for sheet in sheets for number in numbers if number in sheet] == numbers

    five.first.setValue(4)  # once more without a reason: signed documents are passed over
    five.start()
    qtbot.waitUntil(lambda: "全部处理完" in five.status.text(), timeout=SOON)
    assert five.results()[3:] == ["没有打印：已打印过，再打要写原因"] * 2
    five.first.setValue(5)
    five.reason.setText("对方再要一份")
    five.start()
    qtbot.waitUntil(lambda: five.results()[4] == "已打印", timeout=SOON)
    assert len(cups.printed()) == 6
    shot(five, "批量打印")


def test_a_batch_stops_where_the_printer_fails(five: BatchDialog, cups: Cups, qtbot: QtBot) -> None:
    cups.queue("Strict", A4, policy="abort-job")
    strict = next(queue for queue in queues() if queue.name == "Strict")
    five.queues.append(strict)
    five.printer.addItem("Strict", "Strict")
    five.printer.setCurrentIndex(five.printer.findData("Strict"))
    five.first.setValue(3)
    cups.switch_off()
    five.start()
    qtbot.waitUntil(lambda: "停在第 3 份：打印机报错" in five.status.text(), timeout=SOON)
    assert not five.running
    assert five.first.value() == 3
    cups.switch_on()
    five.start()
    qtbot.waitUntil(lambda: "全部处理完" in five.status.text(), timeout=SOON)
    assert five.results() == ["", "", "已打印", "已打印", "已打印"]
