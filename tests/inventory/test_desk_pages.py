"""A keeper's day at the lists: drafts from what ends, notices, several issues taken on, a file."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import QItemSelectionModel
from pytestqt.qtbot import QtBot

from client.core import export
from client.core.asking import AskDialog
from client.core.form import FormDialog
from client.core.page import Page
from client.core.settings import Settings
from client.core.view import PageView
from client.inventory.expiry import ExpiryView, expiring
from client.inventory.issue import arrivals
from client.inventory.stock import consumptions
from protos.common.list_pb2 import Filter, ListRequest
from protos.inventory import disposal_pb2, expiry_pb2, issue_pb2, warehouse_pb2
from server.inventory import self_check
from server.inventory.warehouse import Warehouse
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.finance.test_pages import with_dialog
from tests.inventory.test_invariants import use
from tests.inventory.test_pages import shot
from tests.inventory.world import DOCTOR, KEEPER, World

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
ALL = sorted({*KEEPER, *DOCTOR})
Show = Callable[[Page], PageView]


@pytest.fixture
def show(desk_of: Callable[..., Desk], tmp_path: Path, qtbot: QtBot) -> Show:  # noqa: F811
    """Opens a page of a logged-in keeper's client, with its rows."""
    desk = desk_of(*ALL, "admin.person.read", name="周库管")
    desk.log_in()

    def opened(page: Page) -> PageView:
        kind = page.view or PageView
        view: PageView = kind(page, desk.program.connection.api, Settings("t", tmp_path))
        qtbot.addWidget(view)
        view.resize(1366, 640)
        view.show()
        qtbot.waitUntil(lambda: bool(view.model.rows), timeout=SOON)
        return view

    return opened


def choose(view: PageView, *places: int) -> None:
    """Tick those rows."""
    chosen = view.table.selectionModel()
    chosen.clearSelection()
    for at in places:
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        chosen.select(view.model.index(at, 0), flags)


def begun(view: PageView, name: str, qtbot: QtBot) -> FormDialog:
    """The form a button opens with a draft."""
    view.actions_of[name].trigger()
    form = view.forms[-1]
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
    return form


def kept(form: FormDialog, qtbot: QtBot) -> Any:
    """The record of a form, once saved."""
    form.save()
    qtbot.waitUntil(lambda: form.is_stored, timeout=SOON)
    return form.record


@pytest.mark.requirement(6)
def test_drafts_and_notices_begin_from_the_rows_of_what_ends(
    world: World, show: Show, qtbot: QtBot
) -> None:
    world.received(world.line("E", 700, 1), world.line("A", 700, 2), world.line("B", 700, 3))
    for lot, days in {"E": -1, "A": 20, "B": 60}.items():
        world.aged(lot, days)
    twin = world.warehouse("ZX2", "中心二库", warehouse_pb2.Warehouse.CENTER)
    self_check.run(world.server.worker.app.sessions, datetime.now(UTC))
    view = show(expiring)
    assert isinstance(view, ExpiryView)
    assert [row.lot_no for row in view.model.rows] == ["E", "A", "B"]

    choose(view, 0, 1)
    assert "已过期" in view.actions_of["Transfer"].toolTip()
    assert not view.actions_of["Transfer"].isEnabled()
    choose(view, 1, 2)
    assert "没有上级库" in view.actions_of["HandUp"].toolTip()
    shot(view, "过期物资_动作")
    form = begun(view, "Transfer", qtbot)
    target = form.body.boxes["target_id"].editor
    assert target is not None
    target.set_value(twin)
    lots = form.body.grids["lines"].model
    qtbot.waitUntil(lambda: str(lots.index(0, 1).data()).startswith("A"), timeout=SOON)
    shot(form, "过期物资_调拨")
    made = kept(form, qtbot)
    assert (made.kind, made.source_id) == (issue_pb2.Issue.TRANSFER, world.centre)
    assert [(line.quantity, line.reason) for line in made.lines] == [
        (20, "expiring"), (30, "expiring"),
    ]  # fmt: skip
    form.do("Submit")
    qtbot.waitUntil(lambda: bool(form.record.number), timeout=SOON)
    assert form.record.number.startswith("DB")
    assert [line.lot_no for line in form.record.lines] == ["A", "B"]
    form.done(0)

    view.refresh()
    qtbot.waitUntil(lambda: view.model.rows[1].available == 0, timeout=SOON)
    choose(view, 1)
    assert "已被别的单据占用" in view.actions_of["Scrap"].toolTip()
    choose(view, 0)
    form = begun(view, "Scrap", qtbot)
    made = kept(form, qtbot)
    assert made.cause == disposal_pb2.Disposal.EXPIRED
    assert [line.quantity for line in made.lines] == [10]
    form.done(0)

    def tell(asked: AskDialog) -> None:
        editor = asked.body.boxes["note"].editor
        assert editor is not None
        editor.set_value("先用这两批")
        asked.accept()

    choose(view, 1, 2)
    with_dialog(AskDialog, tell)
    view.do("Notify")

    def notices() -> list[expiry_pb2.ExpiryNotice]:
        rows = world.keeper("inventory.ExpiryNoticeService.List", ListRequest()).rows
        return [row for row in rows if row.note == "先用这两批"]

    qtbot.waitUntil(lambda: len(notices()) == 2, timeout=SOON)
    assert {notice.lot_no for notice in notices()} == {"A", "B"}
    assert len(world.keeper("inventory.ExpiryNoticeService.List", ListRequest()).rows) == 3


@pytest.mark.requirement(6)
def test_what_ends_soon_goes_up_to_the_store_above(world: World, show: Show, qtbot: QtBot) -> None:
    world.taken_on(10)
    with world.server.worker.app.sessions.write() as db:
        db.get_one(Warehouse, world.station).parent_id = world.centre
    view = show(expiring)
    (at,) = [n for n, row in enumerate(view.model.rows) if row.warehouse_id == world.station]
    choose(view, at)
    form = begun(view, "HandUp", qtbot)
    made = kept(form, qtbot)
    assert (made.kind, made.source_id, made.target_id, made.remark) == (
        issue_pb2.Issue.DIRECT,
        world.station, world.centre, "近效期退回上级",
    )  # fmt: skip
    form.do("Submit")
    qtbot.waitUntil(lambda: bool(form.record.number), timeout=SOON)
    form.done(0)


@pytest.mark.requirement(4)
def test_several_issues_are_taken_on_at_once_and_the_list_becomes_a_file(
    world: World, show: Show, tmp_path: Path, qtbot: QtBot
) -> None:
    world.received(world.line("L1", 400, 20))
    for units in (10, 20, 30):
        world.sent(world.wanting(units, world.centre, world.station))
    view = show(arrivals)
    choose(view, 0, 1)
    view.do("Receive")
    taken = issue_pb2.Issue.RECEIVED
    qtbot.waitUntil(lambda: [row.state for row in view.model.rows].count(taken) == 2, timeout=SOON)
    assert world.stock(world.station) == {"L1": 50}
    path = tmp_path / "出库单.xlsx"
    dialog = export.start(view, path)
    qtbot.waitUntil(path.exists, timeout=SOON)
    dialog.done(0)
    rows = list(load_workbook(path).worksheets[0].iter_rows(values_only=True))
    heads = list(rows[0])
    found = [dict(zip(heads, row, strict=True)) for row in rows[1:4]]
    assert [(row["单据号"], row["状态"], row["接收仓库"]) for row in found] == [
        (issue.number, "已入账" if issue.state == taken else "已出库待入账", "分站库")
        for issue in view.model.rows
    ]
    assert [row["金额（元）"] for row in found] == [issue.amount / 100 for issue in view.model.rows]


@pytest.mark.requirement(14)
def test_automatic_issues_are_found_by_what_they_issued(world: World) -> None:
    world.stocked_doctor(10)
    use(world, 2, emr_id=1)
    for field, op, value, count in (
        ("line_item_id", Filter.EQ, world.adrenaline, 1),
        ("line_item_id", Filter.EQ, world.saline, 0),
        ("line_lots", Filter.CONTAINS, "L1", 1), ("line_lots", Filter.CONTAINS, "L2", 0),
        ("line_trace_code", Filter.STARTS, "8", 0),
    ):  # fmt: skip
        assert field in consumptions.filters
        asked = ListRequest(filters=[Filter(field=field, op=op, values=[str(value)])])
        rows = world.doctor("inventory.ConsumptionService.List", asked).rows
        assert len(rows) == count, (field, value)
