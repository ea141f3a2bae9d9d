"""The pages of requisitions, recalls, boxes and differences, in a real client."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from client.core.page import Page
from client.core.pin import PinDialog
from client.core.settings import Settings
from client.core.view import PageView
from client.inventory import PAGES
from client.inventory.receipt import receipts
from client.inventory.requisition import (
    center_approvals,
    requisition_query,
    requisitions,
    station_approvals,
    sub_center_approvals,
)
from protos.common.list_pb2 import IdRequest
from protos.inventory import requisition_pb2
from server.core.run import Running
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.inventory.chain import ASK, CENTER, STATION, Chain
from tests.inventory.test_box import Boxes
from tests.inventory.test_empties import EMPTIES, Ward
from tests.inventory.test_invariants import use
from tests.inventory.test_pages import EVERYTHING, opened, shot
from tests.inventory.test_recall import started
from tests.inventory.test_role_item import bind
from tests.inventory.test_trace import code, codes
from tests.inventory.world import day
from tests.people import Clerk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Show = Callable[[Page], PageView]


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:  # noqa: F811 - the fixture
    return desk_of(*EVERYTHING, "admin.personal.view", name="赵站长")


@pytest.fixture
def show(desk: Desk, tmp_path: Path, qtbot: QtBot) -> Show:
    """Opens a page of the logged-in client."""
    desk.log_in()
    settings = Settings("t", tmp_path)

    def open_page(page: Page) -> PageView:
        made = PageView(page, desk.program.connection.api, settings)
        qtbot.addWidget(made)
        made.resize(1366, 640)
        made.show()
        qtbot.waitUntil(lambda: not made.model.is_loading, timeout=SOON)
        return made

    return open_page


def form_of(view: PageView, qtbot: QtBot) -> Any:
    """The form of the first row."""
    view.table.selectRow(0)
    view.open_chosen()
    return opened(view, qtbot)


@pytest.mark.look
def test_pages_of_requisitions_and_recalls_show_their_work(
    server: Running, someone: Callable[..., Clerk], show: Show, qtbot: QtBot
) -> None:
    chain = Chain(server, someone)
    chain.received(chain.line("T1", 90, 2, trace_codes=codes(1, 2)))
    use(chain, 3, emr_id=1)
    first = chain.asked(80)
    seen = chain.station_head("inventory.StationApprovalService.Get", IdRequest(id=first.id))
    chain.station_head(
        "inventory.StationApprovalService.Approve", IdRequest(id=seen.id, version=seen.version)
    )
    chain.asked(20, urgent=True)
    chain.asked(50, chain.sub_head, chain.sub)
    started(chain, drill=True)
    for title in (
        "物资申领单", "分站审批申领单", "分中心审批申领单", "审批申领单", "物资申领单查询",
        "一键召回物资", "召回通知与回执", "追溯码查询", "自动出库待处理差异",
    ):  # fmt: skip
        view = show(next(page for page in PAGES if page.title == title))
        assert view.model.rowCount(), title
        shot(view, title)
        form = form_of(view, qtbot)
        shot(form, f"{title}_form")
        form.done(0)


@pytest.mark.look
def test_pages_of_boxes_show_their_work(
    server: Running, someone: Callable[..., Clerk], show: Show, qtbot: QtBot
) -> None:
    boxes = Boxes(server, someone)
    boxes.used(2)
    boxes.platform("inventory.BoxPlatformService.SubmitBoxRequest", boxes.told(2, 3))
    for title in ("审批药箱申领单", "药箱申领单查询", "药箱", "药箱模板"):
        view = show(next(page for page in PAGES if page.title == title))
        assert view.model.rowCount() == 1, title
        shot(view, title)
        form = form_of(view, qtbot)
        shot(form, f"{title}_form")
        form.done(0)


@pytest.mark.look
@pytest.mark.requirement(13)
@pytest.mark.requirement(20)
def test_pages_of_empties_name_the_gap(
    server: Running, someone: Callable[..., Clerk], show: Show, qtbot: QtBot
) -> None:
    ward = Ward(server, someone)
    ward.used(3)
    ward.doctor(EMPTIES + "Create", ward.empties(2))
    for title, told in (
        ("空安瓿登记", "待接收"), ("空安瓿核对", "另有2支待接收，少1支"), ("麻精药品专册", "3"),
    ):  # fmt: skip
        page = next(page for page in PAGES if page.title == title)
        view = show(page)
        model = view.model
        cells = [str(model.index(0, at).data()) for at in range(model.columnCount())]
        assert any(told in cell for cell in cells), cells
        shot(view, title)
        if page.form:
            form = form_of(view, qtbot)
            shot(form, f"{title}_form")
            form.done(0)


@pytest.mark.requirement(15)
def test_an_approver_fills_in_lines_and_neither_adds_nor_takes_any(
    server: Running, someone: Callable[..., Clerk], show: Show, qtbot: QtBot
) -> None:
    chain = Chain(server, someone)
    first = chain.asked(80)
    form = form_of(show(station_approvals), qtbot)
    grid = form.body.grids["lines"]
    model = grid.model
    assert model.rowCount() == 1, "no empty row"
    grid.view.insert_line()
    grid.view.delete_lines()
    assert model.rowCount() == 1
    columns = [field.name for field in model.fields]
    for name, value in (("forwarded", 60), ("cut_reason", "先给六十")):
        assert model.setData(model.index(0, columns.index(name)), value)
    asked_at = model.index(0, columns.index("base_quantity"))
    assert not model.flags(asked_at) & Qt.ItemFlag.ItemIsEditable
    form.save()
    qtbot.waitUntil(lambda: form.record.cut == 20, timeout=SOON)
    assert chain.station_head(STATION + "Get", IdRequest(id=first.id)).lines[0].cut == 20
    asked = chain.doctor(ASK + "Get", IdRequest(id=first.id)).lines[0]
    assert (asked.cut, asked.cut_reason) == (0, ""), "no decision yet"


def filled(form: Any, **values: Any) -> None:
    """Values typed into the first line of a form."""
    model = form.body.grids["lines"].model
    columns = [field.name for field in model.fields]
    for name, value in values.items():
        assert model.setData(model.index(0, columns.index(name)), value), name


def signed(form: Any, desk: Desk, qtbot: QtBot) -> None:
    """The approval of what the form shows, with the PIN of the user's key."""
    form.do("Approve")
    qtbot.waitUntil(lambda: form.findChild(PinDialog) is not None, timeout=SOON)
    desk.type_pin(form.findChild(PinDialog))


@pytest.mark.requirement(12)
@pytest.mark.requirement(16)
def test_a_sub_centre_decides_in_its_page_and_the_query_tells_what_every_level_did(
    server: Running, someone: Callable[..., Clerk], desk: Desk, show: Show, qtbot: QtBot
) -> None:
    chain = Chain(server, someone)
    first = chain.asked(80, chain.station_head, chain.station)
    form = form_of(show(sub_center_approvals), qtbot)
    assert form.record.id == first.id
    filled(form, granted=0, forwarded=60, cut_reason="按周用量核减")
    signed(form, desk, qtbot)
    qtbot.waitUntil(lambda: form.record.approver_id == desk.who.id, timeout=3 * SOON)
    chain.decided(chain.head, CENTER, chain.child(first.id).id, 55, 0, "先发五十五")
    query = show(requisition_query)
    query.filters.restore({"level": ["SUB_CENTER"]})
    query.run()
    qtbot.waitUntil(lambda: [row.id for row in query.model.rows] == [first.id], timeout=SOON)
    form = form_of(query, qtbot)
    steps = form.body.grids["steps"].model
    columns = [field.name for field in steps.fields]
    shown = [columns.index(name) for name in ("level", "granted", "cut_reason")]
    told = [[steps.index(row, at).data() for at in shown] for row in range(2)]
    assert told == [["分中心", "", "上级核减：先发五十五"], ["中心", "55", "先发五十五"]]
    shot(form, "物资申领单查询_三级")


@pytest.mark.requirement(10)
def test_the_centre_decides_in_its_page(
    server: Running, someone: Callable[..., Clerk], desk: Desk, show: Show, qtbot: QtBot
) -> None:
    chain = Chain(server, someone)
    first = chain.asked(60, chain.sub_head, chain.sub)
    form = form_of(show(center_approvals), qtbot)
    assert (form.record.lines[0].base_quantity, form.record.lines[0].available) == (60, 300)
    filled(form, granted=55, cut_reason="先发五十五")
    shot(form, "审批申领单_填写")
    signed(form, desk, qtbot)
    qtbot.waitUntil(lambda: form.record.approver_id == desk.who.id, timeout=3 * SOON)
    seen = chain.keeper(ASK + "Get", IdRequest(id=first.id))
    assert (seen.state, seen.granted, seen.cut) == (requisition_pb2.Requisition.APPROVED, 55, 5)


@pytest.mark.requirement(9)
def test_a_new_requisition_is_proposed_in_its_form(
    server: Running, someone: Callable[..., Clerk], show: Show, qtbot: QtBot
) -> None:
    chain = Chain(server, someone)
    sent = chain.sent(chain.wanting(10, chain.centre, chain.own))
    chain.doctor("inventory.IssueService.Receive", IdRequest(id=sent.id, version=sent.version))
    use(chain, 7, emr_id=1)
    view = show(requisitions)
    view.new_record()
    form = opened(view, qtbot)
    form.start_new(requisition_pb2.Requisition(warehouse_id=chain.own, business_on=day(0)))
    form.save()
    qtbot.waitUntil(lambda: form.is_stored, timeout=SOON)
    assert [(line.quantity, line.target) for line in form.record.lines] == [(4, 7)]
    form.do("Submit")
    waiting = requisition_pb2.Requisition.SUBMITTED
    qtbot.waitUntil(lambda: form.record.state == waiting, timeout=SOON)


@pytest.mark.requirement(7)
@pytest.mark.requirement(9)
def test_a_line_of_a_requisition_finds_only_what_the_role_may_request(
    server: Running, someone: Callable[..., Clerk], desk: Desk, show: Show, qtbot: QtBot
) -> None:
    chain = Chain(server, someone)
    bound, _ = (chain.item(name, "1ml", 10, barcode=name) for name in ("690001", "690002"))
    bind(chain, desk, bound)
    view = show(requisitions)
    view.new_record()
    form = opened(view, qtbot)
    form.start_new(requisition_pb2.Requisition(warehouse_id=chain.own, business_on=day(0)))
    grid = form.body.grids["lines"]
    grid.scan("690002")
    qtbot.waitUntil(lambda: "没有找到条码 690002" in form.note.text(), timeout=SOON)
    grid.scan("690001")
    qtbot.waitUntil(lambda: "已扫入" in form.note.text(), timeout=SOON)
    assert [row.message.item_id for row in grid.model.filled()] == [bound]


@pytest.mark.requirement(2)
def test_scanned_trace_codes_gather_in_their_line(
    server: Running, someone: Callable[..., Clerk], show: Show, qtbot: QtBot
) -> None:
    chain = Chain(server, someone)
    view = show(receipts)
    view.new_record()
    form = opened(view, qtbot)
    form.start_new(chain.draft(chain.line("T9", 400, 2)))
    grid = form.body.grids["lines"]
    for number in (5, 6, 6):
        grid.scan(code(number))
    assert "已有追溯码" in form.note.text()
    form.save()
    qtbot.waitUntil(lambda: form.is_stored, timeout=SOON)
    assert form.record.lines[0].trace_codes == codes(5, 6)
