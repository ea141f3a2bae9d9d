"""Refresh does not throw me to the top: same row, same scroll, and what is edited stays edited."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QLineEdit
from pytestqt.qtbot import QtBot

from client.core.main_window import MainWindow
from client.core.todo import TodoWatch
from client.core.view import PageView
from client.inventory.receipt import receipts
from server.core.run import Running
from tests.client.desk import SOON, Desk
from tests.inventory.world import HEAD, KEEPER, RECEIPT, World
from tests.people import Clerk

BILLS = 40


@pytest.fixture
def world(server: Running, someone: Callable[..., Clerk]) -> World:
    return World(server, someone)


@pytest.fixture
def window(world: World, desk_of: Callable[..., Desk]) -> MainWindow:
    assert world is not None
    return desk_of(*KEEPER, *HEAD, name="赵审核").log_in()


def drafts(world: World, count: int) -> list[Any]:
    return [
        world.keeper(
            RECEIPT + "Create", world.draft(world.line(f"L{n}", 300, 1), remark=f"第{n}单")
        )
        for n in range(count)
    ]


def page(window: MainWindow, count: int, qtbot: QtBot) -> PageView:
    """The list, low enough that it scrolls both ways."""
    window.resize(640, 420)
    view = window.open_title(receipts.title)
    assert isinstance(view, PageView)
    qtbot.waitUntil(lambda: view.model.count == count and not view.model.is_loading, timeout=SOON)
    return view


def look(window: MainWindow) -> None:
    watch = window.findChild(TodoWatch)
    assert watch is not None
    watch.look()


def place(view: PageView) -> tuple[Any, ...]:
    """Where the user is: current record, chosen records, first record seen, both scroll bars."""
    table = view.table
    rows = view.model.rows
    top = rows[table.rowAt(0)].id
    current = rows[table.currentIndex().row()].id
    chosen = [row.id for row in table.chosen()]
    offset = table.rowViewportPosition(table.rowAt(0))
    return current, chosen, top, offset, table.horizontalScrollBar().value()


def go_somewhere(view: PageView) -> None:
    table = view.table
    table.selectRow(22)
    table.setCurrentIndex(view.model.index(22, 3))
    height = table.verticalHeader().defaultSectionSize()
    table.verticalScrollBar().setValue(18 * height + 7)
    table.horizontalScrollBar().setValue(40)


def test_a_list_changed_by_others_is_fetched_again_and_keeps_the_place(
    window: MainWindow, world: World, qtbot: QtBot
) -> None:
    made = drafts(world, BILLS)
    view = page(window, BILLS, qtbot)
    look(window)
    go_somewhere(view)
    before = place(view)
    assert before[4] == 40
    seen = view.model.rows[22]
    other = next(each for each in made if each.id == seen.id)
    other.remark = "别人改了"
    world.keeper(RECEIPT + "Update", other)
    drafts(world, 3)  # new ones come in above
    qtbot.waitUntil(lambda: _looked(window, view, BILLS + 3), timeout=SOON)
    qtbot.waitUntil(lambda: not view.model.is_loading, timeout=SOON)
    assert place(view) == before
    assert view.table.chosen()[0].version == seen.version + 1


def _looked(window: MainWindow, view: PageView, count: int) -> bool:
    look(window)
    return view.model.count == count


def test_a_refresh_by_key_keeps_the_place_too(
    window: MainWindow, world: World, qtbot: QtBot
) -> None:
    drafts(world, BILLS)
    view = page(window, BILLS, qtbot)
    go_somewhere(view)
    before = place(view)
    with qtbot.waitSignal(view.model.modelReset, timeout=SOON):
        view.refresh()
    assert place(view) == before


def test_a_cell_being_edited_survives_the_update_of_the_list_below(
    window: MainWindow, world: World, qtbot: QtBot
) -> None:
    made = drafts(world, 3)
    view = page(window, 3, qtbot)
    look(window)
    view.new_record()
    form = view.forms[0]
    grid = form.body.grids["lines"]
    column = next(n for n, f in enumerate(grid.model.fields) if f.name == "lot_no")
    index = grid.model.index(0, column)
    grid.view.setCurrentIndex(index)
    grid.view.edit(index)
    editor = grid.view.findChild(QLineEdit)
    assert editor is not None
    qtbot.keyClicks(editor, "AB12")
    made[0].remark = "别人改了"
    world.keeper(RECEIPT + "Update", made[0])
    changed = {made[0].id: made[0].version + 1}
    qtbot.waitUntil(lambda: _has(window, view, changed), timeout=SOON)
    assert grid.view.state() is QAbstractItemView.State.EditingState
    assert editor.text() == "AB12"
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    form.body.commit()
    assert form.collect().lines[0].lot_no == "AB12"
    form._drop_draft()
    form.load(form.record)
    form.done(0)


def _has(window: MainWindow, view: PageView, wanted: dict[int, int]) -> bool:
    look(window)
    return wanted.items() <= {row.id: row.version for row in view.model.rows}.items()
