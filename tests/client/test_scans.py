"""A scanner works in every form that has goods in its lines, wherever the focus is."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from client import areas
from client.core import scanning
from client.core.form import FormDialog
from client.core.page import Lines, Page
from client.core.scanning import ScanTarget
from client.core.view import PageView
from protos import facts
from server.core.registry import Registry
from server.services import SERVICES
from tests.client import sample
from tests.client.desk import SOON, Desk

PAGES = [page for area in areas.AREAS for page in areas.pages(area.name)]
GOODS = "inventory.ItemService"
CODE = "6901234567892"


def goods(page: Page, lines: Lines) -> str:
    """The column in which the user enters goods with a quantity; empty if there is none."""
    message = page.field_of(lines.field).message_type
    assert message is not None
    if "quantity" not in lines.columns or lines.fixed:
        return ""
    known = (facts.field_named(message, name) for name in lines.columns)
    found = (f.name for f in known if facts.of_field(f).ref == GOODS)
    return next((n for n in found if not facts.of_field(message.fields_by_name[n]).read_only), "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_where_goods_are_entered_they_can_be_scanned(page: Page) -> None:
    if not (page.offers("Create") or page.offers("Update")):
        return
    for lines in page.lines:
        if column := goods(page, lines):
            assert lines.scan == column, f"{page.title}: let a scan fill {column}"


def places(form: FormDialog) -> Iterator[QWidget]:
    """Where the focus may be: one field of each kind, then the lines."""
    kinds = set()
    for box in form.body.boxes.values():
        if box.enterable and box.editor is not None and box.editor.inner.isVisible():
            kind = (type(box.editor), facts.kind(box.field))
            if kind not in kinds:
                kinds.add(kind)
                yield box.editor.inner
    yield from (grid.view for grid in form.body.grids.values() if grid.view.isVisible())


def scan(code: str) -> None:
    """Press keys as a scanner does: each goes where the focus is by then."""
    for key in (*code, Qt.Key.Key_Return):
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, key)


def test_a_scan_arrives_whole_in_every_form_wherever_the_focus_is(
    desk_of: Callable[..., Desk], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "GAP", 5)  # a busy machine is slower than a scanner
    window = desk_of(*Registry(SERVICES).permissions()).log_in()
    forms = tried = 0
    for entry in window.entries:
        page = entry.page
        if not any(each.scan for each in page.lines) or not page.offers("Create"):
            continue
        view = window.open_page(entry)
        assert isinstance(view, PageView)
        view.new_record()
        (form,) = view.forms
        form.activateWindow()
        before, scans = form.collect(), sample.child(form, ScanTarget)
        got: list[str] = []
        scans.scanned.connect(got.append)
        for place in places(form):
            place.setFocus()
            qtbot.waitUntil(place.hasFocus, timeout=SOON)
            scan(CODE)
            assert got == [CODE], f"{page.title}, {place}: {got}"
            assert form.collect() == before, f"{page.title}: {place} kept some of the code"
            got.clear()
            tried += 1
        forms += 1
        form.load(form.record)
        form.done(0)
        window.close_tab(window.tabs.currentIndex())
    assert forms >= 8
    assert tried > 3 * forms
