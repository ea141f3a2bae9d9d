"""两百个生僻字姓名: typed into a form, saved, found, printed, exported, and read back all equal."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
import pytest
from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from client.core import export
from client.core.pages import PDFIUM
from client.core.settings import Settings
from client.core.view import PageView
from client.finance.charge import ChargeForm, ChargeView, charges
from protos.finance import charge_pb2, invoice_pb2
from resources.print.core.fonts import MISSING, drawable
from resources.print.finance import invoice as form
from server.core.run import Running
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.finance import world
from tests.finance.test_pages import EVERYTHING
from tests.finance.test_print import META
from tests.people import Clerk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
NAMES = (Path(__file__).parents[1] / "rare_names.txt").read_text("utf-8").split()
EACH = 10  # names a record: a bill for each name would take a minute
LOTS = ["、".join(NAMES[at : at + EACH]) for at in range(0, len(NAMES), EACH)]
BLOCKS = {
    "扩展A": (0x3400, 0x4DBF), "基本区新增": (0x9FA6, 0x9FFF), "扩展B": (0x20000, 0x2A6DF),
    "扩展C": (0x2A700, 0x2B73F), "扩展D": (0x2B740, 0x2B81F), "扩展E": (0x2B820, 0x2CEAF),
}  # fmt: skip


def test_the_list_has_names_of_every_block() -> None:
    found = Counter(
        block for name in NAMES for c in name for block, (low, high) in BLOCKS.items()
        if low <= ord(c) <= high
    )  # fmt: skip
    assert len(set(NAMES)) == len(NAMES) == 200
    assert all(found[block] >= 10 for block in BLOCKS), found


@pytest.mark.parametrize("block", BLOCKS)
def test_paper_has_every_character_of_a_block(block: str) -> None:
    low, high = BLOCKS[block]
    known = "".join(c for c in map(chr, range(low, high + 1)) if c.isprintable())
    assert [c for c in known if drawable(c) == MISSING] == []


def type_name(editor: Any, text: str) -> None:
    """As an input method does: the whole word at once."""
    editor.line.setFocus()
    editor.line.clear()
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(editor.line, event)


def save(view: PageView, task_id: int, name: str, qtbot: QtBot) -> charge_pb2.Charge:
    """A bill of the task with that patient, as the cashier makes it."""
    view.new_record()
    made = view.forms[-1]
    assert isinstance(made, ChargeForm)
    qtbot.waitUntil(made.body.isEnabled, timeout=SOON)
    task = made.body.boxes["task_id"].editor
    assert task is not None
    task.set_value(task_id)
    task.changed.emit()
    qtbot.waitUntil(lambda: made.record.due > 0, timeout=SOON)
    editor: Any = made.body.boxes["patient_name"].editor
    type_name(editor, name)
    assert editor.line.text() == name
    qtbot.keyClick(made, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: made.record.id > 0, timeout=SOON)
    saved: charge_pb2.Charge = made.record
    made.done(0)
    return saved


def found(view: PageView, name: str, qtbot: QtBot) -> list[str]:
    """What the list shows of the patients of that name."""
    view.filters.conditions["patient_name"].restore([name])
    view.run()
    qtbot.waitUntil(lambda: not view.model.is_loading, timeout=SOON)
    return shown(view)


def shown(view: PageView) -> list[str]:
    column = [field.name for field in view.model.fields].index("patient_name")
    return [view.model.index(row, column).data() for row in range(len(view.model.rows))]


def in_text_layers(pdf: bytes) -> list[str]:
    """The text of a sheet as two readers find it, without breaks."""
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        other = "".join(page.get_textpage().get_text_range() for page in document)
        document.close()
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return ["".join(each.split()) for each in (text, other)]


def exported(view: PageView, path: Path, qtbot: QtBot) -> list[str]:
    dialog = export.start(view, path)
    path = dialog.path
    qtbot.waitUntil(path.exists, timeout=SOON)
    dialog.reject()
    if path.suffix == ".csv":
        lines: list[Any] = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    else:
        lines = list(load_workbook(path).worksheets[0].iter_rows(values_only=True))
    at = list(lines[0]).index("患者")
    return [str(row[at]) for row in lines[1:]]


@pytest.mark.requirement(24)
def test_rare_names_are_typed_saved_found_printed_exported_and_read_back(
    server: Running,
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    someone: Callable[..., Clerk],
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    desk = desk_of(*EVERYTHING, "admin.personal.view", name="吴收费")
    sessions = server.worker.app.sessions
    world.put_prices(sessions, desk.who)
    task = world.put_task(sessions, desk.who, treated=len(LOTS))
    desk.log_in()
    view = ChargeView(charges, desk.program.connection.api, Settings("t", tmp_path))
    qtbot.addWidget(view)
    view.show()
    bills = [save(view, task, name, qtbot) for name in LOTS]
    for name in LOTS:
        assert found(view, name, qtbot) == [name]
    assert found(view, LOTS[0][:-1], qtbot) == []

    view.model.query([], "")
    qtbot.waitUntil(lambda: view.model.count == len(LOTS), timeout=SOON)
    qtbot.waitUntil(lambda: not view.model.is_loading, timeout=SOON)
    assert sorted(shown(view)) == sorted(LOTS)
    for suffix in (".csv", ".xlsx"):
        assert sorted(exported(view, tmp_path / f"名单{suffix}", qtbot)) == sorted(LOTS)

    clerk = someone(*world.CASHIER, "admin.personal.view")
    world.put_segment(sessions, clerk.who.id)
    for bill, name in zip(bills, LOTS, strict=True):
        paid = world.settle(clerk, bill)
        request = invoice_pb2.IssueRequest(charge_id=paid.id)
        invoice = clerk(world.INVOICE + "Issue", request)
        for text in in_text_layers(form.draw(invoice, META)):
            assert name in text
