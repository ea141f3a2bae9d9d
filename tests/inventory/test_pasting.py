"""Five hundred lines from a spreadsheet into a receipt, three of them bad, and back again."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from client.core.form import FormDialog
from client.core.page import Page
from client.core.view import PageView
from client.inventory.receipt import receipts
from protos.common.list_pb2 import ListRequest
from tests.client.conftest import desk_of
from tests.client.desk import SOON
from tests.client.hands import Hands
from tests.inventory.test_pages import desk, opened, shot, show
from tests.inventory.world import World

__all__ = ["desk", "desk_of", "show"]
ROWS = 500
HEAD = "物资\t批号\t有效期至\t数量\t单价（元）"
NAMES = ("盐酸肾上腺素注射液 1ml:1mg", "静脉留置针 22G")
GOODS, LOT, EXPIRES, QUANTITY = 0, 1, 3, 5  # columns of the grid
CONTROL = Qt.KeyboardModifier.ControlModifier


def sheet(*, bad: bool) -> str:
    """The rows as a spreadsheet puts them on the clipboard."""
    rows = [
        [NAMES[n % 2], f"L{n}", f"2028/{n % 12 + 1}/{n % 28 + 1}", f"{n + 1:,}", f"{n / 100:.2f}"]
        for n in range(ROWS)
    ]
    if bad:
        rows[17][0], rows[250][2], rows[499][3] = "没有的东西", "2028/13/1", "十五"
    return "\n".join([HEAD, *("\t".join(row) for row in rows)]) + "\n"


def marked(form: FormDialog) -> list[tuple[int, str]]:
    """Cells shown in red: row and field."""
    rows = form.body.grids["lines"].model.rows
    return [(at, name) for at, row in enumerate(rows) for name in row.faults]


def looking(form: FormDialog) -> bool:
    """Whether a pasted name is still being looked up."""
    rows = form.body.grids["lines"].model.rows
    return any("正在查找…" in row.faults.values() for row in rows)


def paste(form: FormDialog, text: str, qtbot: QtBot) -> None:
    """Put a text on the clipboard and press Ctrl+V in the grid."""
    view = form.body.grids["lines"].view
    form.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus, timeout=SOON)
    QGuiApplication.clipboard().setText(text)
    Hands(qtbot).press(Qt.Key.Key_V, CONTROL)
    qtbot.waitUntil(lambda: not looking(form), timeout=SOON)


def test_bad_cells_stay_red_and_nothing_is_saved_until_all_are_right(
    world: World,
    show: Callable[[Page], PageView],
    qtbot: QtBot,
) -> None:
    view = show(receipts)
    view.new_record()
    form = opened(view, qtbot)
    form.start_new(world.draft())
    grid = form.body.grids["lines"]
    grid.view.put(grid.model.index(0, 0))
    paste(form, sheet(bad=True), qtbot)
    assert marked(form) == [(17, "item_id"), (250, "expires_on"), (499, "quantity")]
    form.save()
    shot(form, "入库单_粘贴")
    assert "有 3 处需要改正" in form.problems.text.text()
    assert not form.is_stored
    assert not world.keeper("inventory.ReceiptService.List", ListRequest()).rows
    _mend(form, world)
    assert not marked(form)
    form.save()
    qtbot.waitUntil(lambda: form.is_stored, timeout=SOON)
    lines = form.record.lines
    assert [line.quantity for line in lines] == [n + 1 for n in range(ROWS)]
    assert [line.price for line in lines] == list(range(ROWS))
    assert {line.item_id for line in lines} == {world.adrenaline, world.cannula}
    _copied_back(form, qtbot)


def _mend(form: FormDialog, world: World) -> None:
    model = form.body.grids["lines"].model
    model.setData(model.index(17, GOODS), world.cannula)
    model.setData(model.index(250, EXPIRES), "2028-11-27")
    model.setData(model.index(499, QUANTITY), ROWS)


def _copied_back(form: FormDialog, qtbot: QtBot) -> None:
    """The saved lines copied with their header give the same lines when pasted anew."""
    view = form.body.grids["lines"].view
    before = [(x.item_id, x.lot_no, x.expires_on, x.quantity, x.price) for x in form.record.lines]
    view.selectAll()
    view.copy(True)
    text = QGuiApplication.clipboard().text()
    form.start_new()
    paste(form, text, qtbot)
    after = form.collect().lines
    assert not marked(form)
    assert [(x.item_id, x.lot_no, x.expires_on, x.quantity, x.price) for x in after] == before
    form.load(form.record)
