"""Printing: queues, submitted files, what became of the job; previewing and saving."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from reportlab.pdfgen.canvas import Canvas

from client.core import preview, printing
from client.core.preview import PreviewDialog
from client.core.printing import PrintError, State
from client.core.settings import Settings

QUEUES = """printer Bill disabled since Tue 24 Nov 2026 -
\tPaper out
printer Office is idle.  enabled since Tue 24 Nov 2026
system default destination: Office
"""
OPEN = "Office-7                root          1024   Tue 24 Nov 2026\n"
DONE = """Office-6                root          1024   Tue 24 Nov 2026
\tAlerts: job-completed-successfully
\tqueued for Office
Office-7                root          1024   Tue 24 Nov 2026
\tStatus: {status}
\tAlerts: {alerts}
\tqueued for Office
"""


@pytest.fixture
def cups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts a printing system on the path whose commands answer what a test says."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def make(submitted: str = "", **answers: str) -> Path:
        for name, text in {"queues": QUEUES, "open": "", "done": "", **answers}.items():
            (folder / name).write_text(text)
        lpstat = (
            f'#!/bin/sh\ncase "$*" in\n"-p -d") cat {folder}/queues;;\n'
            f'"-W not-completed"*) cat {folder}/open;;\n"-l -W"*) cat {folder}/done;;\n'
            f'*) grep -A1 "printer $2 " {folder}/queues;;\nesac\n'
        )
        lp = f'#!/bin/sh\necho "$@" > {folder}/seen\nfor last; do :; done\n'
        lp += f'cp "$last" {folder}/paper\n'
        lp += submitted or "echo 'request id is Office-7 (1 file(s))'\n"
        for name, script in (("lpstat", lpstat), ("lp", lp)):
            path = folder / name
            path.write_text(script)
            path.chmod(0o755)
        return folder

    return make


def pdf(path: Path, pages: int = 2) -> bytes:
    canvas = Canvas(str(path), pagesize=(595, 842))
    for number in range(pages):
        canvas.drawString(72, 700, f"page {number + 1}")
        canvas.rect(50, 50, 200, 100, fill=1)
        canvas.showPage()
    canvas.save()
    return path.read_bytes()


def test_queues_the_default_first_and_the_stopped_marked(cups: Callable[..., Path]) -> None:
    cups()
    found = printing.queues()
    assert [queue.name for queue in found] == ["Office", "Bill"]
    assert found[0].stopped == ""
    assert "Paper out" in found[1].stopped


def test_no_printing_system_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PrintError, match="没有安装打印系统"):
        printing.queues()


def test_a_file_is_sent_at_its_true_size(cups: Callable[..., Path], tmp_path: Path) -> None:
    folder = cups()
    content = pdf(tmp_path / "a.pdf")
    assert printing.submit("Office", tmp_path / "a.pdf", "收据", 2) == "Office-7"
    assert "-d Office -n 2 -t 收据 -o print-scaling=none --" in (folder / "seen").read_text()
    assert (folder / "paper").read_bytes() == content


def test_a_refusal_is_told_in_chinese(cups: Callable[..., Path], tmp_path: Path) -> None:
    cups(submitted="echo 'lp: The printer or class does not exist.' >&2; exit 1\n")
    pdf(tmp_path / "a.pdf")
    with pytest.raises(PrintError, match="打印机不存在"):
        printing.submit("Office", tmp_path / "a.pdf", "收据")


@pytest.mark.parametrize(
    ("status", "alerts", "state"),
    [
        ("", "job-completed-successfully", State.PRINTED),
        ("cannot print with supplied options", "job-canceled-by-user", State.FAILED),
        ("filter failed", "aborted-by-system", State.FAILED),
        ("", "none", State.UNKNOWN),
    ],
)
def test_only_a_completed_job_counts_as_printed(
    cups: Callable[..., Path], status: str, alerts: str, state: State
) -> None:
    cups(done=DONE.format(status=status, alerts=alerts))
    assert printing.progress("Office-7").state is state


def test_a_job_in_the_queue_is_waiting_or_printing(cups: Callable[..., Path]) -> None:
    cups(open=OPEN)
    assert printing.progress("Office-7").state is State.WAITING
    cups(open=OPEN, queues=QUEUES.replace("Office is idle.", "Office now printing Office-7."))
    assert printing.progress("Office-7").state is State.PRINTING
    cups(open=OPEN, queues=QUEUES.replace("Office is idle.  enabled", "Office disabled"))
    assert "已停用" in printing.progress("Office-7").text


def test_a_history_that_is_not_kept_is_no_success(cups: Callable[..., Path]) -> None:
    cups()
    assert printing.progress("Office-7").state is State.UNKNOWN


@pytest.fixture
def dialog(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> Callable[[], PreviewDialog]:
    assert qapp is not None

    def make() -> PreviewDialog:
        content = pdf(tmp_path / "a.pdf")
        made = PreviewDialog(content, "收据", "bill", Settings("t", tmp_path))
        qtbot.addWidget(made)
        made.show()
        qtbot.waitUntil(lambda: made.drawn == 2 and not made.status.text().startswith("正在查找"))
        return made

    return make


def test_pages_are_drawn_in_their_colours(
    cups: Callable[..., Path], dialog: Callable[[], PreviewDialog]
) -> None:
    cups()
    shown = dialog()
    image = shown.labels[0].pixmap().toImage()
    assert image.width() == pytest.approx(595 * preview.DPI, abs=2)
    assert image.pixelColor(10, 10).name() == "#ffffff"
    assert image.pixelColor(100, image.height() - 100).name() == "#000000"


def test_a_print_is_followed_until_paper_came_out(
    cups: Callable[..., Path], dialog: Callable[[], PreviewDialog], qtbot: QtBot
) -> None:
    folder = cups(open=OPEN)
    shown = dialog()
    assert shown.printer.currentData() == "Office"
    shown.print_out()
    qtbot.waitUntil(lambda: shown.status.text() == "排队等待打印")
    assert not shown.go.isEnabled()
    (folder / "done").write_text(DONE.format(status="", alerts="job-completed-successfully"))
    (folder / "open").write_text("")
    qtbot.waitUntil(lambda: shown.status.text() == "已打印")
    assert (folder / "paper").read_bytes() == shown.pdf
    sent = (folder / "seen").read_text().split()[-1]
    assert not os.path.exists(sent)


def test_the_printer_of_a_form_is_remembered(
    cups: Callable[..., Path], dialog: Callable[[], PreviewDialog], tmp_path: Path
) -> None:
    cups()
    printing.remember(Settings("t", tmp_path), "bill", "Bill")
    assert dialog().printer.currentData() == "Bill"


def test_without_a_printer_the_pdf_can_be_saved(
    cups: Callable[..., Path], dialog: Callable[[], PreviewDialog], qtbot: QtBot, tmp_path: Path
) -> None:
    cups(queues="no system default destination\n")
    shown = dialog()
    assert shown.status.text() == "没有可用的打印机，可以存为 PDF"
    assert not shown.go.isEnabled()
    shown.save(tmp_path / "存.pdf")
    qtbot.waitUntil(lambda: shown.status.text().startswith("已存为"))
    assert (tmp_path / "存.pdf").read_bytes() == shown.pdf
    shown.save(tmp_path / "没有" / ("长" * 200) / "存.pdf")
    qtbot.waitUntil(lambda: "没有写出" in shown.status.text())
