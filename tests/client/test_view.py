"""Pages over the wire: the real server, real SM TLS, a clerk's hands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from client.core import export
from client.core.conflict import ConflictDialog, Side
from client.core.form import FormDialog
from client.core.page import Page
from client.core.piles import Result
from client.core.settings import Settings
from client.core.view import PageView
from protos.admin import department_pb2 as pb
from tests.client import sample
from tests.client.desk import Desk
from tests.people import Clerk

MAY = ("admin.department.read", "admin.department.write")
SERVICE = pb.DESCRIPTOR.services_by_name["DepartmentService"]
PAGE = Page(
    title="部门",
    service=SERVICE,
    columns=["code", "name", "kind", "parent_id", "phone", "state"],
    filters=["code", "name", "kind", "state"],
    form=[["code", "name"], ["kind", "parent_id"], ["phone", "address"], ["state"]],
    actions=["Disable", "Enable"],
    sticky=["kind"],
)


@pytest.fixture
def clerk(someone: Callable[..., Clerk]) -> Clerk:
    return someone(*MAY)


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:
    return desk_of(*MAY)


@pytest.fixture
def view(desk: Desk, tmp_path: Path, qtbot: QtBot) -> PageView:
    desk.log_in()
    api = desk.program.connection.api
    made = PageView(PAGE, api, Settings("t", tmp_path))
    qtbot.addWidget(made)
    made.resize(1100, 600)
    made.show()
    qtbot.waitUntil(lambda: not made.model.is_loading)
    return made


def add(clerk: Clerk, count: int) -> list[Any]:
    return [
        clerk(
            "admin.DepartmentService.Create",
            pb.Department(code=f"Z{n:03}", name=f"长宁{n}站", kind=pb.Department.STATION),
        )
        for n in range(count)
    ]


def opened(view: PageView, qtbot: QtBot) -> FormDialog:
    qtbot.waitUntil(lambda: bool(view.forms))
    form = view.forms[-1]
    form.activateWindow()
    qtbot.waitUntil(form.body.isEnabled)
    return form


def editor(form: FormDialog, name: str) -> Any:
    found = form.body.boxes[name].editor
    assert found is not None
    return found


def codes(view: PageView) -> set[str]:
    return {row.code for row in view.model.rows}


def test_a_record_is_made_by_keyboard_and_appears_in_the_list(view: PageView, qtbot: QtBot) -> None:
    view.new_record()
    form = opened(view, qtbot)
    qtbot.waitUntil(editor(form, "code").inner.hasFocus)
    qtbot.keyClicks(editor(form, "code").inner, "Q1")
    qtbot.keyClick(editor(form, "code").inner, Qt.Key.Key_Return)
    qtbot.waitUntil(editor(form, "name").inner.hasFocus)
    qtbot.keyClicks(editor(form, "name").inner, "Qingpu")
    qtbot.keyClick(editor(form, "name").inner, Qt.Key.Key_Return)
    qtbot.keyClicks(editor(form, "kind").inner, "3")
    form.save()
    qtbot.waitUntil(lambda: form.is_stored)
    assert form.note.text() == "已保存"
    qtbot.waitUntil(lambda: "Q1" in codes(view))
    form.save_and_new()
    qtbot.waitUntil(lambda: not form.is_stored)
    assert editor(form, "kind").value() == pb.Department.STATION
    assert editor(form, "code").value() is None
    form.done(0)


def test_another_clerk_s_change_is_merged_or_asked(
    view: PageView, clerk: Clerk, qtbot: QtBot
) -> None:
    (made,) = add(clerk, 1)
    view.refresh()
    qtbot.waitUntil(lambda: made.code in codes(view))
    view.table.choose_ids({made.id})
    view.open_chosen()
    form = opened(view, qtbot)
    theirs = pb.Department()
    theirs.CopyFrom(made)
    theirs.name, theirs.address = "他改的", "长宁路1号"
    clerk("admin.DepartmentService.Update", theirs)
    editor(form, "name").set_value("我改的")
    editor(form, "phone").set_value("021-120")
    form.save()
    qtbot.waitUntil(lambda: form.findChild(ConflictDialog) is not None)
    dialog = sample.child(form, ConflictDialog)
    assert set(dialog._groups) == {"name"}
    dialog.choose("name", Side.MINE)
    dialog.keep.click()
    form.save()
    qtbot.waitUntil(lambda: form.record.version == 3)
    assert (form.record.name, form.record.address, form.record.phone) == (
        "我改的", "长宁路1号", "021-120",
    )  # fmt: skip
    form.done(0)


def test_the_server_s_refusal_stands_in_the_form(
    view: PageView, clerk: Clerk, qtbot: QtBot
) -> None:
    add(clerk, 1)
    view.new_record()
    form = opened(view, qtbot)
    editor(form, "code").set_value("Z000")
    editor(form, "name").set_value("又一个")
    editor(form, "kind").set_value(pb.Department.STATION)
    form.save()
    qtbot.waitUntil(
        lambda: not form.problems.isHidden() or bool(form.body.boxes["code"].note.text())
    )
    assert not form.is_stored
    assert form.is_dirty()
    form.load(form.record)
    form.done(0)


def test_a_lookup_finds_by_initials_and_by_code(view: PageView, clerk: Clerk, qtbot: QtBot) -> None:
    made = add(clerk, 2)
    view.new_record()
    form = opened(view, qtbot)
    line = editor(form, "parent_id").line
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClicks(line, "cn1")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: line.key == made[1].id)
    assert line.text() == "长宁1站"
    form.load(form.record)
    form.done(0)


def test_a_pile_goes_on_after_a_refusal_and_tells_each(
    view: PageView, clerk: Clerk, qtbot: QtBot
) -> None:
    made = add(clerk, 3)
    view.refresh()
    qtbot.waitUntil(lambda: {each.code for each in made} <= codes(view))
    stale = pb.Department()
    stale.CopyFrom(made[1])
    stale.phone = "1"
    ids = {each.id for each in made}
    view.table.choose_ids(ids)
    clerk("admin.DepartmentService.Update", stale)
    view.do("Disable")
    box = sample.child(view, QMessageBox)
    next(button for button in box.buttons() if button.text() == "停用").click()
    qtbot.waitUntil(lambda: view.findChild(Result) is not None)
    result = sample.child(view, Result)
    assert result.summary.text() == "2 条已停用，1 条没有完成，仍然选中。"
    result.accept()
    qtbot.waitUntil(
        lambda: (
            {row.code for row in view.model.rows if row.state == pb.Department.DISABLED}
            >= {made[0].code, made[2].code}
        )
    )


def test_a_filter_is_the_server_s_and_an_export_holds_all_it_finds(
    view: PageView, clerk: Clerk, qtbot: QtBot, tmp_path: Path
) -> None:
    add(clerk, 12)
    view.filters.restore({"code": ["Z01"]})
    view.run()
    qtbot.waitUntil(lambda: codes(view) == {"Z010", "Z011"})
    dialog = export.start(view, tmp_path / "部门.xlsx")
    qtbot.waitUntil(lambda: dialog.text.text().startswith("导出完成"))
    rows = list(load_workbook(tmp_path / "部门.xlsx")["部门"].iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["编码", "Z011", "Z010"]
    dialog.reject()


def test_sorting_and_searching_are_the_server_s(view: PageView, clerk: Clerk, qtbot: QtBot) -> None:
    add(clerk, 5)
    view.filters.text.setText("cn")
    view.run()
    qtbot.waitUntil(lambda: len(view.model.rows) == 5)
    view.table.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    qtbot.waitUntil(lambda: [row.code for row in view.model.rows][:1] == ["Z000"])
    assert QApplication.activeModalWidget() is None
