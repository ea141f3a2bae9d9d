"""It fills in what it knows: the share of fields filled in new records, and grey until touched."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message_factory import GetMessageClass
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from client.core.form import FormDialog
from client.core.page import Page
from client.core.repeat import Repeats
from client.core.view import PageView
from protos import facts
from protos.facts import Kind
from server.core.registry import Registry
from server.services import SERVICES
from tests.client.desk import Desk

AGREED = {  # of the fields of a new record's header, filled at least; after one record was made
    "入库单": 0.4,
    "出库单": 0.6,
    "个人损耗": 0.25,
    "库存基础信息": 0.2,
    "收费日报维护": 0.4,
    "司机日报": 0.2,
    "人员信息": 0.15,
}


def made_once(page: Page) -> Any:
    """A record in which every remembered field holds something."""
    record = GetMessageClass(page.record)()
    for name in page.remembered:
        kind = facts.kind(page.field_of(name))
        setattr(record, name, 1 if kind in (Kind.REF, Kind.ENUM) else "x")
    return record


def filled(form: FormDialog) -> dict[str, bool]:
    """Of each field of the header whether it was filled, which must show."""
    told = {}
    for name, box in form.body.boxes.items():
        if box.enterable and box.editor is not None:
            told[name] = bool(box.editor.value())
            assert bool(box.editor.inner.property("filled")) == told[name], name
    return told


def test_new_records_of_the_main_pages_are_filled_as_agreed(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of(*Registry(SERVICES).permissions())
    window = desk.log_in()
    seen = {}
    for entry in window.entries:
        if entry.title not in AGREED:
            continue
        Repeats(entry.page, window.settings).remember(made_once(entry.page))
        view = window.open_page(entry)
        assert isinstance(view, PageView)
        view.new_record()
        told = filled(view.forms[0])
        seen[entry.title] = sum(told.values()) / len(told)
        assert not view.forms[0].is_dirty(), "what was filled in needs no saving"
        view.forms[0].done(0)
    short = {title: seen.get(title) for title, least in AGREED.items() if seen[title] < least}
    assert not short


def test_what_was_filled_in_is_grey_until_touched(
    desk_of: Callable[..., Desk],
    qtbot: QtBot,
) -> None:
    desk = desk_of("inventory.receipt.read", "inventory.receipt.write")
    view = desk.log_in().open_title("入库单")
    assert isinstance(view, PageView)
    view.new_record()
    form = view.forms[0]
    editor = form.body.boxes["business_on"].editor
    assert editor is not None
    plain = form.body.boxes["remark"].editor
    assert plain is not None
    grey = editor.inner.palette().color(editor.inner.foregroundRole())
    assert grey != plain.inner.palette().color(plain.inner.foregroundRole())
    form.activateWindow()
    editor.setFocus()
    qtbot.waitUntil(editor.inner.hasFocus)
    QTest.keyClicks(editor.inner, "t")
    assert editor.inner.property("filled") is False
    black = editor.inner.palette().color(editor.inner.foregroundRole())
    assert black == plain.inner.palette().color(plain.inner.foregroundRole())
    form.load(form.record)
    form.done(0)
