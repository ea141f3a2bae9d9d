"""It fills in what it knows: the share of fields filled in new records, and grey until touched."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message_factory import GetMessageClass
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from client.core import dates
from client.core.form import FormDialog
from client.core.page import Page
from client.core.repeat import Repeats
from client.core.view import PageView
from protos import facts
from protos.facts import Kind
from protos.inventory import warehouse_pb2
from server.core.registry import Registry
from server.core.run import Running
from server.inventory.warehouse import Warehouse
from server.services import SERVICES
from tests.client.desk import SOON, Desk
from tests.people import Who

AGREED = {  # of the fields of a new record's header, filled at least; after one record was made
    "入库单": 0.35,  # the invoice has three fields nobody can know
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
        if box.enterable and box.editor is not None and name not in SELDOM:
            told[name] = bool(box.editor.value())
            assert bool(box.editor.inner.property("filled")) == told[name], name
    return told


SELDOM = ("occurred_at",)  # left empty it says: as it is posted
OF_TODAY = re.compile(r"(business|day|from)_on")  # dates that say when something is done
NOT_TODAY = {("价目版本", "from_on")}  # prices are announced for a day to come
PLACES = ("inventory.WarehouseService", "admin.DepartmentService", "vehicles.VehicleService")
EACH_OTHER = {("出库单", "target_id"), ("出库单查询与入账", "target_id")}  # where goods go varies
MAKERS = ("acceptor_id", "cashier_id", "driver_id")  # the person who does what is entered


def known(page: Page) -> Iterator[tuple[str, str]]:
    """(field, how the client knows it) of what nobody should have to type into a new record."""
    for name in (name for row in page.form for name in row):
        field = page.field_of(name)
        fact, kind = facts.of_field(field), facts.kind(field)
        if fact.read_only:
            continue
        dated = kind is Kind.DATE and fact.required and OF_TODAY.fullmatch(name)
        if dated and (page.title, name) not in NOT_TODAY:
            yield name, "today"
        elif fact.ref in PLACES and fact.required and (page.title, name) not in EACH_OTHER:
            yield name, "last"
        elif fact.ref == "admin.PersonService" and name in MAKERS and page.title != "车辆":
            yield name, "me"


def mistaken(form: FormDialog, wanted: dict[str, str], user: int) -> Iterator[str]:
    """The fields that do not hold, in grey, what the client knows."""
    for name, how in wanted.items():
        editor = form.body.boxes[name].editor
        assert editor is not None
        right = {"today": dates.today().isoformat(), "last": 1, "me": user}[how]
        if editor.value() != right or not editor.inner.property("filled"):
            yield f"{form.page.title} {name}: {editor.value()} is not {right}"


def test_every_form_of_a_new_record_knows_the_day_the_place_and_the_user(
    desk_of: Callable[..., Desk],
) -> None:
    """And of the main pages the agreed share of fields is filled."""
    desk = desk_of(*Registry(SERVICES).permissions())
    window = desk.log_in()
    missing: list[str] = []
    shares, seen = {}, Counter[str]()
    for entry in window.entries:
        page = entry.page
        wanted = dict(known(page)) if page.offers("Create") else {}
        if not wanted and page.title not in AGREED:
            continue
        Repeats(page, window.settings).remember(made_once(page))
        view = window.open_page(entry)
        assert isinstance(view, PageView)
        view.new_record()
        (form,) = view.forms
        told = filled(form)
        shares[page.title] = sum(told.values()) / len(told)
        assert not form.is_dirty(), "what was filled in needs no saving"
        missing += mistaken(form, wanted, desk.who.id)
        seen.update(wanted.values())
        form.done(0)
        window.close_tab(window.tabs.currentIndex())
    assert not missing, "\n".join(missing)
    assert [title for title, least in AGREED.items() if shares[title] < least] == []
    assert seen["today"] >= 15, seen
    assert seen["last"] >= 12, seen
    assert seen["me"] == len(MAKERS), seen


def test_who_has_one_store_need_not_choose_it_even_the_first_time(
    desk_of: Callable[..., Desk], server: Running, qtbot: QtBot
) -> None:
    desk = desk_of("inventory.receipt.read", "inventory.receipt.write")
    store = put_store(server, desk.who)
    view = desk.log_in().open_title("入库单")
    assert isinstance(view, PageView)
    view.new_record()
    form = view.forms[0]
    editor = form.body.boxes["warehouse_id"].editor
    assert editor is not None
    qtbot.waitUntil(lambda: editor.value() == store, timeout=SOON)
    assert editor.inner.property("filled")
    assert not form.is_dirty()
    form.done(0)


def put_store(server: Running, who: Who) -> int:
    """The only store there is."""
    now = datetime.now(UTC)
    with server.worker.app.sessions.write() as db:
        store = Warehouse(
            code="ZXK", name="中心库", kind=warehouse_pb2.Warehouse.CENTER, codes=" zxk",
            department_id=who.department_id, state=warehouse_pb2.Warehouse.ACTIVE,
            created_at=now, updated_at=now,
        )  # fmt: skip
        db.add(store)
        return store.id


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
