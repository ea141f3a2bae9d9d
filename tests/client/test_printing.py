"""Printing through a real CUPS: queues, papers, what became of the job; previewing and saving."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from client.core import pages_area, printing
from client.core.findings import of_printers
from client.core.jobs import JobsDialog
from client.core.preview import PreviewDialog
from client.core.print_setup import SetupDialog
from client.core.printers import Preference, Printers
from client.core.printing import Options, Progress, State
from client.core.queues import Paper, PrintError, Queue, queues
from client.core.settings import Settings
from client.core.sheet import Drawn, Sheet, meta_of
from resources.print.core.overlay import Calibration, Place, draw_overlay
from tests.client.cupsd import A4, A5, Cups, Size
from tests.client.desk import SOON

OPTIONS = Options("收据", 2)
BILL = Size("Bill", 210, 148)


def pdf(pages: int = 1, width: float = 210, height: float = 297) -> bytes:
    """Pages with a word 30 mm from the left and 20 mm from the lower end, and a black box."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(width * mm, height * mm))
    for number in range(pages):
        canvas.drawString(30 * mm, 20 * mm, f"page{number + 1}")
        canvas.rect(50, 150, 200, 100, fill=1)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def found(cups: Cups, name: str) -> Queue:
    assert cups.root.exists()
    return next(queue for queue in queues() if queue.name == name)


def end_of(job: str) -> Progress:
    """How a job ends; each look asks the printing system."""
    for _ in range(2000):
        seen = printing.progress(job)
        if seen.over:
            return seen
    raise AssertionError(f"never over: {seen}")


def until(job: str, text: str) -> Progress:
    """The job's progress once it says so."""
    for _ in range(2000):
        seen = printing.progress(job)
        if text in seen.text:
            return seen
    raise AssertionError(f"never said: {seen}")


def place_of(sheet: bytes, word: str) -> tuple[float, float]:
    """Where a word stands on the paper, in mm from the left and the lower end."""
    page = pypdf.PdfReader(io.BytesIO(sheet)).pages[0]
    places: dict[str, tuple[float, float]] = {}

    def visit(text: str, _cm: object, tm: list[float], *_rest: object) -> None:
        places[text.strip()] = (tm[4] / mm, tm[5] / mm)

    page.extract_text(visitor_text=visit)
    return places[word]


def height_of(sheet: bytes) -> float:
    return float(pypdf.PdfReader(io.BytesIO(sheet)).pages[0].mediabox.height)


# Queues and papers


def test_queues_the_default_first_with_their_papers(cups: Cups) -> None:
    assert queues() == []
    cups.queue("Bill", BILL)
    cups.queue("Office", default=True)
    cups.queue("Strip", A4, free=True)
    cups.pause("Bill")
    office, bill, strip = queues()
    assert [office.name, bill.name, strip.name] == ["Office", "Bill", "Strip"]
    assert (office.default, office.stopped, bill.default) == (True, "", False)
    assert bill.stopped == "打印机已停用（已暂停）"
    assert office.media(210, 297).keyword == "iso_a4_210x297mm"
    assert office.media(210, 148).turned, "an A5 page lies across an A5 paper"
    assert not bill.media(210, 148).turned
    assert strip.media(241, 139.7).keyword == "custom_241x139.7mm_241x139.7mm"


def test_the_diagnosis_tells_of_printers_and_what_ails_them(cups: Cups) -> None:
    assert of_printers(queues()).tone == "muted"
    cups.queue("Office", default=True)
    assert of_printers(queues(), {"Office"}) == ("打印机", "Office，默认", "good")
    cups.pause("Office")
    paused = of_printers(queues())
    assert paused.text.startswith("Office，默认，打印机已停用（已暂停）；已停用的，请信息科")
    cups.resume("Office")
    cups.close_to_jobs("Office")
    closed = of_printers(queues(), {"Bill"})
    assert "Office，默认，不接收新任务；以前选用的“Bill”不在了" in closed.text
    assert {paused.tone, closed.tone} == {"warn"}


def test_no_printing_system_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CUPS_SERVER", str(tmp_path / "cups.sock"))
    with pytest.raises(PrintError, match="连接不上打印服务，请检查"):
        queues()
    with pytest.raises(PrintError, match="连接不上打印服务"):
        printing.submit(Queue("Office", papers=_papers()), pdf(), OPTIONS)


def _papers() -> tuple[Any, ...]:
    return (Paper("iso_a4_210x297mm", (210, 210), (297, 297)),)


# Jobs


@pytest.mark.requirement(25)
def test_a_file_is_printed_at_its_true_size_with_every_option_said(cups: Cups) -> None:
    cups.queue("Office")
    job = printing.submit(found(cups, "Office"), pdf(2), OPTIONS)
    assert end_of(job) == Progress(State.PRINTED, "已打印")
    sheet = cups.sheets(job)
    assert len(pypdf.PdfReader(io.BytesIO(sheet)).pages) == 2
    assert place_of(sheet, "page1") == pytest.approx((30, 20), abs=0.2)
    for option in ("media=iso_a4_210x297mm", "print-scaling=none", "sides=one-sided"):
        assert option in cups.options(job)
    assert cups.options(job).startswith("2 ")


def test_a_page_lying_across_its_paper_is_turned_not_cut(cups: Cups) -> None:
    cups.queue("Office", A4, A5)
    job = printing.submit(found(cups, "Office"), pdf(1, 210, 148), OPTIONS)
    assert end_of(job).state is State.PRINTED
    page = pypdf.PdfReader(io.BytesIO(cups.sheets(job))).pages[0]
    assert page.rotation % 180 == 90
    assert float(page.mediabox.width) / mm == pytest.approx(210, abs=0.5)


@pytest.mark.parametrize("points", [395, 396, 397])
def test_a_free_paper_is_whole_points_long(cups: Cups, points: int) -> None:
    cups.queue("Strip", A4, free=True)
    height = points / 72 * 25.4
    job = printing.submit(found(cups, "Strip"), pdf(1, 241, height), OPTIONS)
    assert end_of(job).state is State.PRINTED
    page = pypdf.PdfReader(io.BytesIO(cups.sheets(job))).pages[0]
    assert float(page.mediabox.height) == pytest.approx(points, abs=0.01)


@pytest.mark.parametrize("fed", [0, 9])
def test_a_form_over_drifting_paper_comes_out_as_it_was_drawn(cups: Cups, fed: int) -> None:
    """The filters of the printing system neither cut nor shift the first or the tenth sheet."""
    cups.queue("Strip", A4, free=True)
    known = Calibration(dx=1.3, dy=-0.7, scale_x=1.003, drift=0.37)
    drawn = draw_overlay({"no": Place(40, 20)}, [{"no": "00000001"}], "241x140", known, fed)
    job = printing.submit(found(cups, "Strip"), drawn, OPTIONS)
    assert end_of(job).state is State.PRINTED
    sheet = cups.sheets(job)
    heights = [
        float(pypdf.PdfReader(io.BytesIO(b)).pages[0].mediabox.height) for b in (drawn, sheet)
    ]
    assert heights[0] == pytest.approx(heights[1], abs=0.01)
    assert place_of(sheet, "00000001") == pytest.approx(place_of(drawn, "00000001"), abs=0.02)


@pytest.mark.requirement(25)
def test_an_unknown_paper_is_refused_before_anything_is_sent(cups: Cups) -> None:
    cups.queue("Office", A4)
    with pytest.raises(PrintError, match=r"没有 241×139.7 毫米的纸张，没有打印。.*现有：210×297"):
        printing.submit(found(cups, "Office"), pdf(1, 241, 139.7), OPTIONS)
    assert cups.printed() == []


def test_refusals_are_told_in_chinese(cups: Cups) -> None:
    cups.queue("Office")
    office = found(cups, "Office")
    cups.close_to_jobs("Office")
    with pytest.raises(PrintError, match="暂不接收任务"):
        printing.submit(office, pdf(), OPTIONS)
    with pytest.raises(PrintError, match="打印机不存在"):
        printing.submit(office._replace(name="Gone"), pdf(), OPTIONS)


def test_a_stopped_queue_lets_the_job_wait_and_says_so(cups: Cups) -> None:
    cups.queue("Office")
    cups.pause("Office")
    job = printing.submit(found(cups, "Office"), pdf(), OPTIONS)
    seen = printing.progress(job)
    assert seen.state is State.WAITING
    assert "打印机已停用（已暂停），任务在等待" in seen.text
    assert cups.printed() == []
    cups.resume("Office")
    assert end_of(job).state is State.PRINTED


def test_a_printer_that_is_off_is_no_success(cups: Cups) -> None:
    """Within five seconds the user knows; the usual queues try again, others give up."""
    cups.queue("Bill", A4, policy="abort-job")
    cups.queue("Office", A4, policy="retry-job")
    cups.queue("Strict", A4, policy="stop-printer")
    cups.switch_off()
    job = printing.submit(found(cups, "Bill"), pdf(), OPTIONS)
    failed = end_of(job)
    assert failed.state is State.FAILED
    assert "打印机没有回应，请检查电源和连线" in failed.text
    job = printing.submit(found(cups, "Strict"), pdf(), OPTIONS)
    assert until(job, "打印机已停用").state is State.WAITING
    job = printing.submit(found(cups, "Office"), pdf(), OPTIONS)
    seen = until(job, "还没有打印出来")
    assert seen.state is State.WAITING
    assert "打印机没有回应" in seen.text
    told = of_printers(queues())
    assert told.tone == "warn"
    for part in ("Office，打印机没有回应", "Strict，打印机已停用（已暂停；打印机没有回应"):
        assert part in told.text
    assert cups.printed() == []
    printing.cancel(job)
    assert end_of(job).state is State.FAILED


def test_a_waiting_job_is_moved_to_another_queue_of_its_paper(cups: Cups) -> None:
    for name, paper in (("Office", A4), ("Second", A4), ("Bill", BILL)):
        cups.queue(name, paper)
    cups.pause("Office")
    job = printing.submit(found(cups, "Office"), pdf(), OPTIONS)
    with pytest.raises(PrintError, match="没有 210×297"):
        printing.move(job, found(cups, "Bill"), pdf())
    printing.move(job, found(cups, "Second"), pdf())
    assert end_of(job).state is State.PRINTED
    with pytest.raises(PrintError):
        printing.cancel(job)


def test_a_job_nobody_remembers_is_no_success(cups: Cups) -> None:
    cups.queue("Office")
    assert printing.progress("Office-99999").state is State.UNKNOWN


# The dialog


Open = Callable[..., PreviewDialog]


@pytest.fixture
def opened(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> Open:
    """Opens a preview of two pages, and waits until pages and printers are there."""
    assert qapp is not None

    def make(**values: Any) -> PreviewDialog:
        content = values.pop("pdf", None) or pdf(2)
        sheet = Sheet(title="收据", form="bill", draw=lambda _: content, **values)
        drawn = Drawn(sheet, content, meta_of(None, 0))
        made = PreviewDialog(drawn, None, Settings("t", tmp_path))
        qtbot.addWidget(made)
        made.show()
        qtbot.waitUntil(
            lambda: made.drawn == len(made.labels) and not made.status.text().startswith("正在"),
            timeout=SOON,
        )
        return made

    return make


def says(dialog: PreviewDialog, text: str, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: text in dialog.status.text(), timeout=SOON)


def test_pages_are_drawn_in_their_colours(cups: Cups, opened: Open) -> None:
    cups.queue("Office")
    shown = opened()
    image = shown.labels[0].pixmap().toImage()
    assert image.width() == pytest.approx(595 * pages_area.DPI, abs=2)
    assert image.pixelColor(10, 10).name() == "#ffffff"
    assert image.pixelColor(100, image.height() - 250).name() == "#000000"


@pytest.mark.requirement(25)
def test_a_print_is_followed_until_paper_came_out(cups: Cups, opened: Open, qtbot: QtBot) -> None:
    cups.queue("Office", default=True)
    cups.queue("Other")
    cups.pause("Office")
    shown = opened()
    assert shown.choice.printer.currentData() == "Office"
    shown.print_out()
    says(shown, "打印机已停用", qtbot)
    assert not shown.go.isEnabled()
    assert shown.banner.isVisible()
    assert cups.printed() == []
    cups.resume("Office")
    says(shown, "已打印", qtbot)
    assert shown.job is not None
    assert place_of(cups.sheets(shown.job.watch.job), "page1") == pytest.approx((30, 20), abs=0.2)
    assert shown.go.isEnabled()


def test_a_printer_switched_off_is_told_and_the_job_taken_back(
    cups: Cups, opened: Open, qtbot: QtBot
) -> None:
    cups.queue("Office", policy="retry-job")
    cups.switch_off()
    shown = opened()
    shown.print_out()
    says(shown, "还没有打印出来（打印机没有回应", qtbot)
    press(shown, "取消任务")
    says(shown, "任务被取消", qtbot)
    assert shown.status.property("tone") == "bad"
    assert cups.printed() == []


def test_a_wrong_paper_is_told_before_sending(cups: Cups, opened: Open, qtbot: QtBot) -> None:
    cups.queue("Office", A4)
    shown = opened(pdf=pdf(1, 241, 139.7))
    shown.print_out()
    says(shown, "没有 241×139.7 毫米的纸张", qtbot)
    assert shown.job is None
    assert shown.go.isEnabled()


def test_a_waiting_job_is_printed_by_another_printer(
    cups: Cups, opened: Open, qtbot: QtBot
) -> None:
    cups.queue("Office", default=True)
    cups.queue("Second")
    cups.pause("Office")
    shown = opened()
    shown.print_out()
    says(shown, "打印机已停用", qtbot)
    press(shown, "换一台打印机")
    listed = shown.findChild(JobsDialog)
    assert isinstance(listed, JobsDialog)
    qtbot.waitUntil(listed.move_button.isEnabled, timeout=SOON)
    listed.target.setCurrentIndex(listed.target.findData("Second"))
    listed.move_chosen()
    says(shown, "已打印", qtbot)
    assert shown.job is not None
    assert shown.job.queue == "Second"
    first = listed.tree.findItems("收据", Qt.MatchFlag.MatchExactly)[0]
    assert first.text(1) == "Second"
    assert first.text(2) == "已打印"
    assert not listed.cancel_button.isEnabled()


def test_the_printing_system_gone_under_a_job_is_no_success(
    cups: Cups, opened: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cups.queue("Office")
    cups.pause("Office")
    shown = opened()
    shown.print_out()
    says(shown, "打印机已停用", qtbot)
    monkeypatch.setenv("CUPS_SERVER", str(tmp_path / "gone.sock"))
    says(shown, "请核对纸张后再确认", qtbot)
    assert shown.status.property("tone") == "warn"


def press(shown: QObject, text: str) -> None:
    button = next(b for b in shown.findChildren(QPushButton) if b.text() == text)
    button.click()


def test_printer_copies_and_ways_of_a_form_are_kept_for_the_workstation(
    cups: Cups, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    for name in ("Office", "Second"):
        cups.queue(name)
    shown = opened()
    shown.choice.printer.setCurrentIndex(shown.choice.printer.findData("Second"))
    shown.choice.copies.setCurrentIndex(2)
    shown.keep_defaults()
    printers = Printers(Settings("somebody else", tmp_path))
    assert printers.preference("bill") == Preference("Second", 3)
    again = opened()
    assert again.choice.made() == Preference("Second", 3)
    again.at_once = True
    again.print_out()
    says(again, "已打印", qtbot)
    assert again.job is not None
    assert cups.options(again.job.watch.job).startswith("3 ")


def test_bills_go_to_bill_printers_only(cups: Cups, opened: Open, qtbot: QtBot) -> None:
    for name in ("Bill", "Office"):
        cups.queue(name)
    shown = opened(bill=True)
    assert "没有指定票据打印机" in shown.status.text()
    assert not shown.go.isEnabled()
    shown.set_up()
    setup = shown.findChild(SetupDialog)
    assert isinstance(setup, SetupDialog)
    qtbot.waitUntil(lambda: setup.tree.topLevelItemCount() == 2, timeout=SOON)
    setup.tick("Bill", bill=True)
    setup.accept()
    qtbot.waitUntil(shown.go.isEnabled, timeout=SOON)
    assert [shown.choice.printer.itemData(at) for at in range(shown.choice.printer.count())] == [
        "Bill"
    ]
    with pytest.raises(PrintError, match="不是票据打印机"):
        shown.choice.printers.refuse("Office", bill=True)
    plain = opened()
    assert plain.choice.printer.itemData(0) == "Office", "others do not begin with the bill printer"
    assert plain.choice.printer.itemText(1) == "Bill（票据）"


def test_without_a_printer_the_pdf_can_be_saved(
    cups: Cups, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    assert cups.printed() == []
    shown = opened()
    assert shown.status.text() == "没有可用的打印机，可以存为 PDF"
    assert not shown.go.isEnabled()
    shown.save(tmp_path / "存.pdf")
    says(shown, "已存为", qtbot)
    assert (tmp_path / "存.pdf").read_bytes() == shown.pdf
    shown.save(tmp_path / "没有" / ("长" * 200) / "存.pdf")
    says(shown, "没有写出", qtbot)
