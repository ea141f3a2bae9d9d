"""Verbs that choose among the lines of a record: the lines are shown, not their numbers typed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from client.core.asking import AskDialog
from client.core.form import FormDialog
from client.core.page import Page
from client.core.settings import Settings
from client.core.view import PageView
from client.inventory.backward import issue_returns
from client.inventory.issue import arrivals
from protos.common.list_pb2 import IdRequest
from protos.inventory import issue_pb2, issue_return_pb2, warehouse_pb2
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.finance.test_pages import with_dialog
from tests.inventory.test_backward import BACK
from tests.inventory.world import DOCTOR, ISSUE, KEEPER, World, day, named

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def fill(asked: AskDialog, grid: str, row: int, **entered: Any) -> None:
    """Enter values into a row of a question."""
    model = asked.body.grids[grid].model
    columns = [field.name for field in model.fields]
    for name, value in entered.items():
        assert model.setData(model.index(row, columns.index(name)), value)


def shown(asked: AskDialog, grid: str) -> list[list[str]]:
    """The cells of a question's lines."""
    model = asked.body.grids[grid].model
    return [
        [str(model.index(row, column).data() or "") for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def page(page: Page, desk: Desk, folder: Path, qtbot: QtBot) -> PageView:
    """A page of a logged-in client with the one record it lists chosen."""
    desk.log_in()
    view = PageView(page, desk.program.connection.api, Settings("t", folder))
    qtbot.addWidget(view)
    view.resize(1280, 640)
    view.show()
    qtbot.waitUntil(lambda: bool(view.model.rows), timeout=SOON)
    view.table.selectRow(0)
    return view


@pytest.mark.requirement(4)
def test_the_receiver_refuses_units_of_lines_shown_to_him(
    world: World,
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    world.received(world.line("L1", 400, 2), world.line("L2", 500, 10))
    sent = world.sent(world.wanting(30, world.centre, world.station))
    desk = desk_of(*DOCTOR, name="赵站长", department_id=world.doctor.who.department_id)
    view = page(arrivals, desk, tmp_path, qtbot)
    told: list[Any] = []

    def refuse(asked: AskDialog) -> None:
        told.append(shown(asked, "refusals"))
        asked.accept()  # nothing entered yet
        told.append(asked.isVisible())
        fill(asked, "refusals", 1, quantity=2)
        asked.accept()  # no reason yet
        told.append(dict(asked.body.grids["refusals"].model.rows[1].faults))
        if folder := os.environ.get("AMB_SHOTS"):
            asked.grab().save(str(Path(folder) / "inventory_部分入账.png"))
        fill(asked, "refusals", 1, reason="破损")
        asked.accept()

    with_dialog(AskDialog, refuse)
    view.do("ReceivePart")
    qtbot.waitUntil(lambda: len(told) == 3, timeout=SOON)
    cells, open_still, faults = told
    assert [row[:5] for row in cells] == [
        ["盐酸肾上腺素注射液", "1ml:1mg", "L1", "20", "支"],
        ["盐酸肾上腺素注射液", "1ml:1mg", "L2", "10", "支"],
    ]
    assert open_still
    assert faults == {"reason": "请填写拒收原因"}
    taken = issue_pb2.Issue.PARTLY_RECEIVED
    qtbot.waitUntil(lambda: view.model.rows[0].state == taken, timeout=SOON)
    lines = world.keeper(ISSUE + "Get", IdRequest(id=sent.id)).lines
    assert [(line.refused, line.refused_reason) for line in lines] == [(0, ""), (2, "破损")]
    assert world.differences() == []


@pytest.mark.requirement(18)
def test_the_keeper_marks_lines_that_may_not_be_used_again(
    world: World,
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    issue = world.taken_on(10)
    world.warehouse("GLK", "中心隔离库", warehouse_pb2.Warehouse.QUARANTINE, parent_id=world.centre)
    draft = issue_return_pb2.IssueReturn(issue_id=issue.id, business_on=day(0), reason="surplus")
    made = world.doctor(BACK + "Submit", named(world.doctor(BACK + "Create", draft)))
    desk = desk_of(*KEEPER, name="周库管")
    view = page(issue_returns, desk, tmp_path, qtbot)
    view.open_chosen()
    (form,) = view.forms
    assert isinstance(form, FormDialog)
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)

    def judge(asked: AskDialog) -> None:
        assert [row[2] for row in shown(asked, "unfit")] == ["L1"]
        fill(asked, "unfit", 0, reason="未冷藏")
        asked.accept()

    with_dialog(AskDialog, judge)
    form.do("Inspect")
    done = issue_return_pb2.IssueReturn.POSTED
    qtbot.waitUntil(lambda: form.record.state == done, timeout=SOON)
    assert "第1行未冷藏" in world.keeper(BACK + "Get", IdRequest(id=made.id)).remark
