"""What was posted by mistake is taken back from the very form that shows it."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from client.core.form import FormDialog
from client.core.main_window import MainWindow
from client.core.view import PageView
from protos.inventory import receipt_pb2, supplier_pb2
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.inventory.test_backward import confirmed
from tests.inventory.world import KEEPER, World, day, named

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def open_form(window: MainWindow, title: str, id: int, bot: QtBot) -> FormDialog:
    """The filled form of a record."""
    view = window.open_title(title)
    assert isinstance(view, PageView)
    view.open_id(id)
    bot.waitUntil(lambda: bool(view.forms) and view.forms[-1].body.isEnabled(), timeout=SOON)
    form: FormDialog = view.forms[-1]
    return form


def shot(form: FormDialog, name: str) -> None:
    """A picture for a person to look at, where the run asks for pictures."""
    if folder := os.environ.get("AMB_SHOTS"):
        form.grab().save(f"{folder}/mended_{name}.png")


def take_back(window: MainWindow, form: FormDialog, label: str, bot: QtBot, **values: Any) -> Any:
    """Press the button of the banner, fill in the rest, save and submit; the submitted record."""
    *_, button = (b for b in form.reason.findChildren(QPushButton) if b.text() == label)
    shot(form, label)
    button.click()
    view = window.tabs.currentWidget()
    assert isinstance(view, PageView)
    (opposite,) = view.forms
    for name, value in values.items():
        editor = opposite.body.boxes[name].editor
        assert editor is not None
        editor.set_value(value)
    opposite.save()
    bot.waitUntil(lambda: opposite.is_stored, timeout=SOON)
    opposite.do("Submit")
    bot.waitUntil(lambda: opposite.record.number != "", timeout=SOON)
    record = opposite.record
    opposite.done(0)
    form.done(0)
    return record


@pytest.mark.requirement(19)
def test_a_posted_receipt_and_a_received_issue_are_reversed_from_their_forms(
    world: World,
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    qtbot: QtBot,
) -> None:
    supplier = world.keeper(
        "inventory.SupplierService.Create",
        supplier_pb2.Supplier(code="S1", name="上海医药", license_until_on=day(400)),
    )
    bought = world.received(
        world.line("L9", 400, 3), kind=receipt_pb2.Receipt.PURCHASE, supplier_id=supplier.id
    )
    issue = world.taken_on(10)
    before = world.stock(world.centre)
    window = desk_of(*KEEPER, name="李同事").log_in()

    form = open_form(window, "入库单", bought.id, qtbot)
    assert form.record.state == receipt_pb2.Receipt.POSTED
    made = take_back(window, form, "新增入库退库单", qtbot, reason="wrong_goods")
    assert made.receipt_id == bought.id
    world.head("inventory.SupplierReturnService.Approve", named(made))
    assert world.stock(world.centre).get("L9", 0) == 0
    assert before["L9"] == 30

    form = open_form(window, "出库单", issue.id, qtbot)
    made = take_back(window, form, "新增红冲单", qtbot, reason="wrong_place")
    assert made.original_no == issue.number
    confirmed(world, made)
    assert world.stock(world.centre) == {"L1": 200, "L2": 100}
    assert world.stock(world.station) == {}
    assert world.differences() == []
