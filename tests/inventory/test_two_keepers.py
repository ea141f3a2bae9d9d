"""One draft open in two windows: line by line nothing is lost."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from client.core.conflict import ConflictDialog, Side
from client.core.form import FormDialog
from client.core.view import PageView
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.inventory.world import World

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def enter(form: FormDialog, row: int, name: str, value: object) -> None:
    """Put a value into a cell of the lines."""
    model = form.body.grids["lines"].model
    column = [field.name for field in model.fields].index(name)
    assert model.setData(model.index(row, column), value)


def opened(view: PageView, id: int, bot: QtBot) -> FormDialog:
    """One more form of a record, filled."""
    before = len(view.forms)
    view.open_id(id)
    bot.waitUntil(lambda: len(view.forms) > before, timeout=SOON)
    form: FormDialog = view.forms[-1]
    bot.waitUntil(form.body.isEnabled, timeout=SOON)
    return form


def add(form: FormDialog, row: int, item: int, lot_no: str, expires_on: str) -> None:
    """Put a line behind the others."""
    entered = {"item_id": item, "lot_no": lot_no, "quantity": 5, "expires_on": expires_on}
    for name, value in entered.items():
        enter(form, row, name, value)


@pytest.mark.requirement(2)
def test_the_lines_of_both_windows_are_kept_and_only_the_clashing_cell_is_asked(
    world: World,
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    qtbot: QtBot,
) -> None:
    desk = desk_of("inventory.receipt.read", "inventory.receipt.write", name="张同事")
    view = desk.log_in().open_title("入库单")
    assert isinstance(view, PageView)
    lines = [world.line(f"L{number}", 300, number) for number in (1, 2, 3, 4)]
    made: list[Any] = []
    view.api.call(view.page.method("Create"), world.draft(*lines), view, made.append)
    qtbot.waitUntil(lambda: bool(made), timeout=SOON)
    (draft,) = made
    mine, theirs = (opened(view, draft.id, qtbot) for _ in range(2))
    enter(mine, 0, "quantity", 11)
    enter(mine, 1, "price", 4100)
    mine.body.grids["lines"].model.remove({3})
    add(mine, 3, world.saline, "我加", lines[0].expires_on)

    enter(theirs, 1, "price", 4200)
    enter(theirs, 2, "lot_no", "L3改")
    add(theirs, 4, world.cannula, "他加", lines[0].expires_on)
    theirs.save()
    qtbot.waitUntil(lambda: theirs.record.version > draft.version, timeout=SOON)
    mine.save()
    qtbot.waitUntil(lambda: mine.findChild(ConflictDialog) is not None, timeout=SOON)
    dialog = mine.findChild(ConflictDialog)
    assert dialog is not None
    (asked,) = dialog._groups
    assert asked == f"lines[{draft.lines[1].id}].price"
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"38.00", "42.00", "41.00"} <= shown
    (where,) = (text for text in shown if text.startswith("明细第2行"))
    assert "肾上腺素" in where
    assert where.endswith("单价（元）")
    if folder := os.environ.get("AMB_SHOTS"):
        dialog.grab().save(f"{folder}/conflict_lines.png")
    dialog.choose(asked, Side.MINE)
    dialog.keep.click()
    mine.save()
    qtbot.waitUntil(lambda: mine.record.version > theirs.record.version, timeout=SOON)
    assert [(line.lot_no, line.quantity, line.price) for line in mine.record.lines] == [
        ("L1", 11, 3800),
        ("L2", 2, 4100),
        ("L3改", 3, 3800),
        ("我加", 5, 0),
        ("他加", 5, 0),
    ]
    for form in list(view.forms):
        form.done(0)
