"""The record pages of the desk, in a real client before a real server."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from client.core import export
from client.core.page import Page
from client.core.preview import PreviewDialog
from client.core.settings import Settings
from client.core.view import PageView
from client.dispatch.task import tasks
from client.emr.desk import amendments, handovers, records
from protos import facts
from protos.emr import amendment_pb2
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.emr.test_print import text
from tests.emr.world import AMENDMENT, Crew

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
PAGES = (tasks, records, handovers, amendments)
EVERYTHING = sorted(
    {facts.of_rpc(method).permission for page in PAGES for method in page.service.methods}
    | {"admin.personal.view"}
)


@pytest.fixture
def show(
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    tmp_path: Path,
    qtbot: QtBot,
) -> Callable[[Page], PageView]:
    """Opens a page of a quality clerk's client."""
    desk = desk_of(*EVERYTHING, name="质控员")
    desk.log_in()

    def open_page(page: Page) -> PageView:
        made = PageView(page, desk.program.connection.api, Settings("t", tmp_path))
        qtbot.addWidget(made)
        made.resize(1360, 700)
        made.show()
        qtbot.waitUntil(lambda: not made.model.is_loading, timeout=SOON)
        return made

    return open_page


def shot(widget: QWidget, name: str) -> None:
    """A picture for a person to look at, where the run asks for pictures."""
    if folder := os.environ.get("AMB_SHOTS"):
        widget.grab().save(str(Path(folder) / f"emr_{name}.png"))


def previewed(view: PageView, qtbot: QtBot) -> PreviewDialog:
    """The preview of the first row's sheet, drawn."""
    view.table.selectRow(0)
    view.preview()
    qtbot.waitUntil(lambda: view.findChild(PreviewDialog) is not None, timeout=SOON)
    preview = view.findChild(PreviewDialog)
    assert isinstance(preview, PreviewDialog)
    qtbot.waitUntil(lambda: preview.drawn == len(preview.labels), timeout=SOON)
    return preview


@pytest.mark.look
def test_every_page_shows_its_rows_and_opens_its_form(
    crew: Crew, show: Callable[[Page], PageView], qtbot: QtBot
) -> None:
    signed = crew.signed()
    request = amendment_pb2.Amendment(record_id=signed.id, reason="漏记既往史")
    crew.doctor(AMENDMENT + "Create", request)
    for page in PAGES:
        view = show(page)
        assert view.model.rowCount()
        shot(view, page.title)
        if not page.form:
            continue
        view.table.selectRow(0)
        view.open_chosen()
        qtbot.waitUntil(partial(bool, view.forms), timeout=SOON)
        form = view.forms[-1]
        qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
        assert {lines.field for lines in page.lines} <= set(form.body.grids)
        shot(form, f"{page.title}_form")


@pytest.mark.requirement(153)
def test_records_are_listed_exported_and_printed(
    crew: Crew, show: Callable[[Page], PageView], qtbot: QtBot, tmp_path: Path
) -> None:
    signed = crew.signed()
    view = show(records)
    assert view.model.rowCount() == 1
    dialog = export.start(view, tmp_path / "records.csv")
    qtbot.waitUntil(dialog.path.exists, timeout=SOON)
    written = dialog.path.read_text("utf-8-sig")
    assert signed.record_no in written
    assert "胸痛伴出汗半小时" in written
    dialog.close()
    preview = previewed(view, qtbot)
    found = text(preview.pdf)
    assert "院前急救病历" in found
    assert signed.record_no in found
    assert "打印人：质控员" in found
    preview.close()


def test_the_handover_sheet_is_printed_from_its_own_page(
    crew: Crew, show: Callable[[Page], PageView], qtbot: QtBot
) -> None:
    crew.signed()
    preview = previewed(show(handovers), qtbot)
    assert "院前急救交接记录" in text(preview.pdf)
    preview.close()
