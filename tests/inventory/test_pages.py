"""The stock pages, in a real client before a real server."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from client.core.form import FormDialog
from client.core.page import Page
from client.core.settings import Settings
from client.core.view import PageView
from client.inventory import PAGES
from client.inventory.backward import reds, supplier_returns
from client.inventory.count import sheets
from client.inventory.items import categories, items
from client.inventory.receipt import receipts
from protos import facts
from protos.inventory import receipt_pb2, supplier_pb2
from protos.inventory.category_pb2 import Category
from protos.inventory.count_pb2 import CountSheet
from protos.inventory.item_pb2 import Item
from protos.inventory.red_pb2 import Red
from protos.inventory.supplier_return_pb2 import SupplierReturn
from server.core.run import Running
from server.inventory.warehouse import Warehouse
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.inventory.test_count import begun
from tests.inventory.world import World, day, named

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
EVERYTHING = sorted(
    {facts.of_rpc(method).permission for page in PAGES for method in page.service.methods}
    | {"admin.department.read", "admin.person.read"}
)


EMPTY = ("个人损耗", "库存台账卡", "结账与收发存", "收发存明细")  # own ones, asked for, closed
ELSEWHERE = ("申领", "召回与追溯", "药箱")  # groups looked at in test_flow_pages.py


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:  # noqa: F811 - the fixture
    return desk_of(*EVERYTHING, name="李库管")


@pytest.fixture
def show(desk: Desk, tmp_path: Path, qtbot: QtBot) -> Callable[[Page], PageView]:
    """Opens a page of the logged-in client."""
    desk.log_in()
    settings = Settings("t", tmp_path)

    def open_page(page: Page) -> PageView:
        made = (page.view or PageView)(page, desk.program.connection.api, settings)
        qtbot.addWidget(made)
        made.resize(1280, 640)
        made.show()
        qtbot.waitUntil(lambda: not made.model.is_loading, timeout=SOON)
        return made

    return open_page


def shot(widget: QWidget, name: str) -> None:
    """A picture for a person to look at, where the run asks for pictures."""
    if folder := os.environ.get("AMB_SHOTS"):
        widget.grab().save(str(Path(folder) / f"inventory_{name}.png"))


def opened(view: PageView, qtbot: QtBot) -> FormDialog:
    """The form of a page, once it is filled."""
    qtbot.waitUntil(lambda: bool(view.forms), timeout=SOON)
    form = view.forms[-1]
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
    return form


@pytest.mark.demo
@pytest.mark.look
def test_every_page_shows_the_demo_and_its_form(
    server: Running, desk: Desk, show: Callable[[Page], PageView], qtbot: QtBot
) -> None:
    with server.worker.app.sessions.write() as db:
        store = db.scalars(select(Warehouse).where(Warehouse.code == "GR-YS001")).one()
        store.owner_id = desk.who.id  # the store becomes this user's own
    for page in PAGES:
        view = show(page)
        assert view.model.rowCount() or page.title in EMPTY or page.group in ELSEWHERE
        shot(view, page.title)
        if not page.form:
            continue
        if page.offers("Create"):
            view.new_record()
        else:
            view.table.selectRow(0)
            if not view.table.chosen():
                continue
            view.open_chosen()
        form = opened(view, qtbot)
        for row in page.form:
            for name in row:
                assert name in form.body.boxes, f"{page.title} lacks {name}"
        for lines in page.lines:
            assert lines.field in form.body.grids
        shot(form, f"{page.title}_form")


@pytest.mark.requirement(2)
def test_a_keeper_enters_and_submits_a_receipt(
    world: World, show: Callable[[Page], PageView], qtbot: QtBot
) -> None:
    view = show(receipts)
    view.new_record()
    form = opened(view, qtbot)
    form.start_new(world.draft(world.line("L1", 400, 20), world.line("L2", 500, 10)))
    form.save()
    qtbot.waitUntil(lambda: form.is_stored, timeout=SOON)
    shot(form, "入库单_saved")
    form.do("Submit")
    qtbot.waitUntil(lambda: _state(form) == receipt_pb2.Receipt.SUBMITTED, timeout=SOON)
    assert form.record.number.startswith("RK")
    assert not form.save_button.isVisible(), "what is submitted is not changed"
    qtbot.waitUntil(lambda: view.model.rowCount() == 1, timeout=SOON)
    shot(view, "入库单_list")


def _state(form: FormDialog) -> Any:
    return form.record.state


@pytest.mark.requirement(1)
@pytest.mark.requirement(11)
def test_a_new_item_takes_the_defaults_of_its_category(
    world: World, show: Callable[[Page], PageView], qtbot: QtBot
) -> None:
    strict = Category(
        code="DM", name="毒麻", expiry_managed=True, trace_required=True, control=Item.NARCOTIC
    )
    category = world.keeper("inventory.CategoryService.Create", strict).id
    view = show(items)
    view.new_record()
    form = opened(view, qtbot)
    boxes: dict[str, Any] = {name: box.editor for name, box in form.body.boxes.items()}
    assert boxes["chargeable"].value()
    boxes["category_id"].set_value(category)
    boxes["category_id"].changed.emit()
    qtbot.waitUntil(lambda: boxes["control"].value() == Item.NARCOTIC, timeout=SOON)
    assert boxes["trace_required"].value()
    assert not boxes["chargeable"].value()
    assert "毒麻" in form.note.text()


@pytest.mark.requirement(19)
def test_a_keeper_reverses_an_issue_by_naming_it(
    world: World, show: Callable[[Page], PageView], qtbot: QtBot
) -> None:
    issue = world.taken_on(10)
    view = show(reds)
    view.new_record()
    form = opened(view, qtbot)
    form.start_new(Red(original_no=issue.number, business_on=day(0), reason="wrong_place"))
    form.save()
    qtbot.waitUntil(lambda: form.is_stored, timeout=SOON)
    assert [(line.quantity, line.left) for line in form.record.lines] == [(10, 10)]
    form.body.grids["lines"].model.load([_cut(form.record.lines[0], 4)])
    form.do("Submit")
    qtbot.waitUntil(lambda: _state(form) == Red.SUBMITTED, timeout=SOON)
    assert [line.quantity for line in form.record.lines] == [4]
    shot(form, "红冲出库_submitted")


@pytest.mark.requirement(17)
def test_a_keeper_sends_a_receipt_back_by_naming_it(
    world: World, show: Callable[[Page], PageView], qtbot: QtBot
) -> None:
    supplier = world.keeper(
        "inventory.SupplierService.Create", supplier_pb2.Supplier(code="G1", name="某医药公司")
    )
    receipt = world.received(
        world.line("L1", 400, 20), kind=receipt_pb2.Receipt.PURCHASE, supplier_id=supplier.id
    )
    view = show(supplier_returns)
    view.new_record()
    form = opened(view, qtbot)
    form.start_new(SupplierReturn(receipt_id=receipt.id, business_on=day(0), reason="damaged"))
    form.save()
    qtbot.waitUntil(lambda: form.is_stored, timeout=SOON)
    assert [(line.quantity, line.left) for line in form.record.lines] == [(200, 200)]
    form.body.grids["lines"].model.load([_cut(form.record.lines[0], 50)])
    form.do("Submit")
    qtbot.waitUntil(lambda: _state(form) == SupplierReturn.SUBMITTED, timeout=SOON)
    world.head("inventory.SupplierReturnService.Approve", named(form.record))
    assert world.stock(world.centre) == {"L1": 150}
    shot(form, "入库退库_submitted")


@pytest.mark.requirement(11)
def test_a_category_is_kept_in_its_page(
    world: World, show: Callable[[Page], PageView], qtbot: QtBot
) -> None:
    """Made below another, renamed, and gone again; one in use stays, and the page says why."""
    view = show(categories)
    view.new_record()
    form = opened(view, qtbot)
    form.start_new(Category(code="YP01", name="急救药", parent_id=world.category))
    form.save()
    qtbot.waitUntil(lambda: form.is_stored, timeout=SOON)
    assert form.record.full_name == "药品 / 急救药"
    name = form.body.boxes["name"].editor
    assert name is not None
    name.set_value("急救药品")
    form.save()
    qtbot.waitUntil(lambda: form.record.full_name == "药品 / 急救药品", timeout=SOON)
    form.done(0)
    qtbot.waitUntil(lambda: view.model.rowCount() == 2, timeout=SOON)
    view.table.choose_ids({world.category})
    view.do("Delete")
    box = asked(view, qtbot)
    next(button for button in box.buttons() if button.text() == "删除").click()
    qtbot.waitUntil(lambda: "先移走再删除" in _boxes(view), timeout=SOON)


def asked(view: PageView, qtbot: QtBot) -> QMessageBox:
    """The question a dangerous verb asks first."""
    qtbot.waitUntil(lambda: view.findChild(QMessageBox) is not None, timeout=SOON)
    box = view.findChild(QMessageBox)
    assert box is not None
    return box


def _boxes(view: PageView) -> str:
    return "".join(box.text() for box in view.findChildren(QMessageBox))


def _cut(line: Any, quantity: int) -> Any:
    line.quantity = quantity
    return line


@pytest.mark.requirement(5)
def test_a_counter_fills_the_sheet_and_hands_it_in(
    world: World, show: Callable[[Page], PageView], qtbot: QtBot
) -> None:
    world.received(world.line("L1", 400, 20), world.line("L2", 600, 10))
    count = begun(world)
    view = show(sheets)
    qtbot.waitUntil(lambda: view.model.rowCount() == 1, timeout=SOON)
    view.table.selectRow(0)
    view.open_chosen()
    form = opened(view, qtbot)
    grid = form.body.grids["lines"].model
    columns = [field.name for field in grid.fields]
    assert not grid.may_edit(columns.index("item_id"))
    for row, found in enumerate((200, 100)):
        grid.setData(grid.index(row, columns.index("counted")), found)
        assert grid.index(row, columns.index("book")).data() == "", "blind"
    shot(form, "盘点录入_filled")
    form.do("Submit")
    qtbot.waitUntil(lambda: _state(form) == CountSheet.REVIEW, timeout=SOON)
    assert not form.save_button.isVisible()
    assert count.number in form.title.text()
