"""What holds for every page of the client: it names what the contract has, and it opens."""

from collections.abc import Callable
from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from client import areas
from client.core import icons
from client.core.form import FormDialog
from client.core.page import Page
from client.core.view import PageView
from protos import facts
from server.core.registry import Registry
from server.services import SERVICES
from tests.client.desk import Desk

PAGES = [page for area in areas.AREAS for page in areas.pages(area.name)]
EACH = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)


@EACH
def test_a_page_names_only_what_the_contract_has(page: Page) -> None:
    fields = {field.name: field for field in facts.fields(page.record)}
    shown = {name for row in page.form for name in row}
    named = {*page.columns, *page.filters, *shown, *page.widgets, *page.sticky}
    assert named <= set(fields)
    assert all(facts.of_field(fields[name]).label for name in named)
    assert all(facts.of_field(fields[name]).filter for name in page.filters)
    assert all(facts.of_rpc(page.method(name)).label for name in (*page.actions, *page.tools))


@EACH
def test_a_form_holds_every_required_field(page: Page) -> None:
    if not page.form or not page.offers("Create"):
        return
    shown = {name for row in page.form for name in row} | {lines.field for lines in page.lines}
    required = {
        field.name
        for field in facts.fields(page.record)
        if facts.of_field(field).required and not facts.of_field(field).read_only
    }
    assert required <= shown


@EACH
def test_line_columns_are_the_lines_own(page: Page) -> None:
    for lines in page.lines:
        message = page.field_of(lines.field).message_type
        assert message is not None
        fields = {field.name: field for field in facts.fields(message)}
        assert set(lines.columns) <= set(fields)
        assert all(facts.of_field(fields[name]).label for name in lines.columns)
        required = {name for name, f in fields.items() if facts.of_field(f).required}
        assert required <= set(lines.columns)


@EACH
@pytest.mark.usefixtures("qapp")
def test_a_page_and_its_area_have_icons_of_the_set(page: Page) -> None:
    named = [page.icon, *(area.icon for area in areas.AREAS)]
    assert [name for name in named if name and not icons.exists(name)] == []


def test_titles_are_told_apart() -> None:
    titles = [page.title for page in PAGES]
    assert len(titles) == len(set(titles))


def _is_loaded(view: PageView) -> bool:
    return not view.busy.isVisible()


def test_every_page_and_every_form_opens(desk_of: Callable[..., Desk], qtbot: QtBot) -> None:
    desk = desk_of(*Registry(SERVICES).permissions())
    window = desk.log_in()
    assert {entry.page.title for entry in window.entries} == {page.title for page in PAGES}
    for entry in window.entries:
        view = window.open_page(entry)
        if not isinstance(view, PageView):
            continue
        qtbot.waitUntil(partial(_is_loaded, view), timeout=30_000)
        assert not view.retry.isVisible(), f"{entry.title}：{view.notice.text()}"
        if view.page.offers("Create") and view.page.form:
            view.new_record()
            assert isinstance(view.forms[0], FormDialog)
            view.forms[0].done(0)
