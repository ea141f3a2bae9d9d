"""Stock bills made with nothing but the keyboard, and with a scanner."""

from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from client.core.form import FormDialog
from client.core.page import Page
from client.core.view import PageView
from client.inventory.issue import issues
from client.inventory.receipt import receipts
from protos.inventory import issue_pb2, supplier_pb2
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.hands import Hands
from tests.inventory.test_pages import desk, opened, shot, show  # noqa: F401 - fixtures
from tests.inventory.world import World, day, named

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
CONTROL = Qt.KeyboardModifier.ControlModifier
SUPPLIER = "inventory.SupplierService.Create"
SHOW = Callable[[Page], PageView]


@pytest.fixture
def hands(qtbot: QtBot) -> Hands:
    return Hands(qtbot)


def new(view: PageView, hands: Hands, qtbot: QtBot) -> FormDialog:
    """The form that Ctrl+N opens."""
    view.activateWindow()
    view.table.setFocus()
    hands.until(view.isActiveWindow)
    hands.press(Qt.Key.Key_N, CONTROL)
    form = opened(view, qtbot)
    hands.until(form.isActiveWindow)
    return form


def saved(form: FormDialog, hands: Hands) -> FormDialog:
    """The form, once its record is the server's."""
    hands.until(lambda: form.is_stored or form.problems.isVisible())
    assert form.is_stored, _trouble(form)
    return form


@pytest.mark.requirement(2)
def test_a_receipt_is_made_without_the_mouse(
    world: World,
    show: SHOW,  # noqa: F811 - the fixture
    hands: Hands,
    qtbot: QtBot,
) -> None:
    world.keeper(SUPPLIER, supplier_pb2.Supplier(code="SHYY", name="上海医药"))
    form = new(show(receipts), hands, qtbot)
    hands.pick("zxk")  # the focus began here: kind and date are filled
    hands.field()
    hands.pick("shyy")
    for text in ("SH-7", "FP0001", "t", "", "", "", "期初", ""):
        hands.field(text)
    for lot in ("L1", "L2"):
        hands.pick("ysssxs")
        for text in (lot, "", "20280131", "盒", "20", "38", "", "", "", "", "", ""):
            hands.field(text)
    hands.enter()  # the empty row: on to the button
    hands.until(form.save_button.hasFocus)
    shot(form, "入库单_键盘")
    grid = form.body.grids["lines"]
    amount = [field.name for field in grid.model.fields].index("amount")
    assert [grid.model.index(row, amount).data() for row in (0, 1)] == ["760.00", "760.00"]
    assert "金额（元）合计 1,520.00" in grid.totals.text()  # before anything was saved
    hands.enter()
    record = saved(form, hands).record
    assert (record.amount, [line.amount for line in record.lines]) == (152000, [76000, 76000])
    assert (record.invoice_no, record.delivery_no, record.invoice_on) == ("FP0001", "SH-7", day(0))
    told = [(each.item_id, each.lot_no, each.unit, each.quantity) for each in record.lines]
    assert told == [(world.adrenaline, lot, "盒", 20) for lot in ("L1", "L2")]
    assert {(each.price, each.expires_on) for each in record.lines} == {(3800, "2028-01-31")}
    assert hands.waste <= 1.2, (hands.strokes, hands.data, hands.fields)


def test_an_issue_is_made_without_the_mouse(
    world: World,
    show: SHOW,  # noqa: F811 - the fixture
    hands: Hands,
    qtbot: QtBot,
) -> None:
    world.received(world.line("L1", 400, 20))
    form = new(show(issues), hands, qtbot)
    hands.pick("zxk")
    hands.pick("fzk")
    hands.field("补库")
    hands.field()  # it happens as it is posted
    hands.pick("ysssxs")
    for text in ("", "", "", "30"):
        hands.field(text)
    grid = form.body.grids["lines"]
    hands.until(lambda: "金额" in grid.totals.text())
    shot(form, "出库单_键盘")
    amount = [field.name for field in grid.model.fields].index("amount")
    assert grid.model.index(0, amount).data() == "114.00"  # 20 boxes of 10 cost 760 yuan
    assert grid.totals.text() == "共 1 行　数量合计 30　金额（元）合计 114.00"
    hands.press(Qt.Key.Key_F8)
    record = saved(form, hands).record
    assert world.keeper("inventory.IssueService.Submit", named(record)).amount == 11400
    assert (record.kind, record.source_id) == (issue_pb2.Issue.DIRECT, world.centre)
    assert [(line.item_id, line.quantity) for line in record.lines] == [(world.adrenaline, 30)]
    assert hands.waste <= 1.2, (hands.strokes, hands.data, hands.fields)


def test_twenty_lines_are_scanned_with_few_keys(
    world: World,
    show: SHOW,  # noqa: F811 - the fixture
    hands: Hands,
    qtbot: QtBot,
) -> None:
    items = [world.item(f"物品{n}", "1ml", 10, barcode=f"{6900000000000 + n}") for n in range(20)]
    world.keeper(SUPPLIER, supplier_pb2.Supplier(code="SHYY", name="上海医药"))
    form = new(show(receipts), hands, qtbot)
    hands.pick("zxk")
    hands.field()
    hands.pick("shyy")
    before = hands.strokes
    for number in range(20):
        hands.scan(f"(01)0{6900000000000 + number}(17)280131(10)B{number}")
        hands.until(partial(_holds, form, number + 1))
        hands.type("20")
        hands.enter()
        hands.type("38")
    hands.press(Qt.Key.Key_F8)
    assert hands.strokes - before <= 6 * 20 + 1
    record = saved(form, hands).record
    assert [line.item_id for line in record.lines] == items
    for number, line in enumerate(record.lines):
        assert (line.lot_no, line.expires_on) == (f"B{number}", "2028-01-31")
        assert (line.quantity, line.price) == (20, 3800)
    shot(form, "入库单_扫码")


def _holds(form: FormDialog, lines: int) -> bool:
    return len(form.body.grids["lines"].model.filled()) == lines


def _trouble(form: FormDialog) -> str:
    """What a form that was not saved complains of."""
    cells = [row.faults for row in form.body.grids["lines"].model.rows if row.faults]
    notes = [box.note.text() for box in form.body.boxes.values() if box.note.isVisible()]
    return f"{form.problems.text.text()} {notes} {cells}"
