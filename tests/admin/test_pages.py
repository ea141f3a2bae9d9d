"""The administrators' pages over the real server: a hand on the mouse, a key in the reader."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select, text

from client import admin
from client.admin.audit import AuditView, VerdictDialog
from client.admin.department import DepartmentView
from client.admin.grant import GrantDialog
from client.admin.permission import HoldersDialog
from client.admin.permission_tree import PermissionTree
from client.core.form import FormDialog
from client.core.page import Page
from client.core.pin import PinDialog
from client.core.settings import Settings
from client.core.view import PageView
from protos.admin import person_pb2, role_pb2
from server.admin.department import Department
from server.admin.person import Grant, Person
from server.admin.role import Role
from server.core.run import Running
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import PIN, SOON, Desk
from tests.people import Clerk, a_department

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
BY_TITLE = {page.title: page for page in admin.PAGES}
EVERYTHING = (
    "admin.person.read", "admin.person.write", "admin.person.grant", "admin.person.key",
    "admin.department.read", "admin.department.write", "admin.role.read", "admin.role.write",
    "admin.permission.read", "admin.approval.read", "admin.approval.write", "admin.deputy.read",
    "admin.deputy.write", "admin.login.read", "admin.audit.read", "admin.audit.verify",
    "admin.printout.read",
)  # fmt: skip
D = TypeVar("D", bound=QWidget)
Show = Callable[[str], PageView]


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:  # noqa: F811 - the fixture
    return desk_of(*EVERYTHING)


@pytest.fixture
def show(desk: Desk, tmp_path: Path, qtbot: QtBot) -> Show:
    """Opens a page by its title."""
    desk.log_in()

    def open_page(title: str) -> PageView:
        page: Page = BY_TITLE[title]
        kind = page.view or PageView
        made: PageView = kind(page, desk.program.connection.api, Settings("t", tmp_path))
        qtbot.addWidget(made)
        made.resize(1200, 640)
        made.show()
        qtbot.waitUntil(lambda: not made.model.is_loading, timeout=SOON)
        return made

    return open_page


def choose(view: PageView, qtbot: QtBot, **values: object) -> None:
    """Select the row with these values."""

    def found() -> set[int]:
        rows: list[Any] = list(view.model.rows)
        return {r.id for r in rows if all(getattr(r, n) == v for n, v in values.items())}

    qtbot.waitUntil(lambda: bool(found()), timeout=SOON)
    view.table.choose_ids(found())


def dialog_of(kind: type[D], owner: QWidget, qtbot: QtBot) -> D:
    """The dialog of that kind, when it is there."""
    qtbot.waitUntil(lambda: owner.findChild(kind) is not None, timeout=SOON)
    made = owner.findChild(kind)
    assert isinstance(made, kind)
    return made


def opened(view: PageView, qtbot: QtBot) -> FormDialog:
    view.open_chosen()
    qtbot.waitUntil(view.forms[-1].body.isEnabled, timeout=SOON)
    return view.forms[-1]


@pytest.mark.parametrize("title", BY_TITLE)
def test_every_page_shows_its_list(show: Show, title: str) -> None:
    view = show(title)
    assert view.stack.currentIndex() == 0 or "还没有记录" in view.notice.text()


@pytest.mark.requirement(78)
def test_a_person_is_entered_with_licences(show: Show, qtbot: QtBot, server: Running) -> None:
    view = show("人员信息")
    view.new_record()
    form = view.forms[-1]
    entered = {
        "staff_no": "YS900", "name": "林医生", "kind": person_pb2.Person.DOCTOR,
        "id_card": "11010519491231002X", "phone": "13812345678", "post": "急救医师",
    }  # fmt: skip
    message = form.collect()
    for name, value in entered.items():
        setattr(message, name, value)
    with server.worker.app.sessions.read() as db:
        message.department_id = db.scalars(select(Person.department_id)).first()
    kind = person_pb2.Licence.DOCTOR_PRACTICE
    message.licences.add(kind=kind, number="1103", expires_on="2028-01-31")
    form.body.load(message)
    with qtbot.waitSignal(form.saved, timeout=SOON):
        form.save()
    assert form.record.phone == "138****5678"
    assert form.record.sex == person_pb2.Person.FEMALE
    assert form.record.due_on == "2028-01-31"


@pytest.mark.requirement(81)
def test_a_role_is_made_by_ticking_permissions(show: Show, qtbot: QtBot) -> None:
    view = show("角色管理")
    view.new_record()
    form = view.forms[-1]
    tree = form.body.boxes["permissions"].editor
    assert isinstance(tree, PermissionTree)
    qtbot.waitUntil(lambda: tree.tree.topLevelItemCount() > 0, timeout=SOON)
    message = form.collect()
    message.code, message.name = "clerk", "登记员"
    message.kind, message.scope = role_pb2.Role.BUSINESS, role_pb2.Role.DEPARTMENT
    form.body.load(message)
    qtbot.keyClicks(tree.search, "bm")
    tree._leaves["admin.department.read"].setCheckState(0, Qt.CheckState.Checked)
    assert not tree._leaves["admin.department.read"].isHidden()
    assert tree._leaves["admin.role.read"].isHidden()
    assert tree.count.text() == "已选 1 项"
    assert form.is_dirty()
    with qtbot.waitSignal(form.saved, timeout=SOON):
        form.save()
    assert list(form.record.permissions) == ["admin.department.read"]


@pytest.mark.requirement(80)
def test_who_holds_a_permission_is_a_click_away(show: Show, qtbot: QtBot, desk: Desk) -> None:
    view = show("权限管理")
    choose(view, qtbot, code="admin.role.write")
    view.actions_of["Holders"].trigger()
    dialog = dialog_of(HoldersDialog, view, qtbot)
    assert "共 1 人" in dialog.summary.text()
    item = dialog.tree.topLevelItem(0)
    assert item is not None
    assert item.text(0) == desk.who.staff_no


@pytest.mark.requirement(78)
def test_roles_are_granted_with_a_signature(
    show: Show, qtbot: QtBot, someone: Callable[..., Clerk], server: Running, desk: Desk
) -> None:
    target = someone(name="刘培训")
    view = show("人员信息")
    choose(view, qtbot, staff_no=target.who.staff_no)
    view.actions_of["Grant"].trigger()
    dialog = dialog_of(GrantDialog, view, qtbot)
    items = {item.text(0): item for item in dialog._items()}
    wanted = items[f"角色{desk.who.staff_no}"]
    wanted.setText(3, "20991231")
    assert wanted.checkState(0) == Qt.CheckState.Checked
    dialog.accept()
    pin = dialog_of(PinDialog, view, qtbot)
    field = pin.findChild(QLineEdit, "pin") or pin.findChild(QLineEdit)
    assert field is not None
    qtbot.keyClicks(field, PIN)
    qtbot.keyClick(field, Qt.Key.Key_Return)

    def granted() -> bool:
        with server.worker.app.sessions.read() as db:
            chosen = select(Grant.until_on, Role.name).join(Role, Role.id == Grant.role_id)
            rows = db.execute(chosen.where(Grant.person_id == target.who.id)).all()
        return [str(day) for day, name in rows if name == wanted_name] == ["2099-12-31"]

    wanted_name = f"角色{desk.who.staff_no}"
    qtbot.waitUntil(granted, timeout=SOON)


def test_a_date_that_cannot_be_read_keeps_the_dialog_open(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    person = person_pb2.Person(id=1, name="刘", staff_no="1")
    person.grants.add(role_id=5, until_on="2026-12-31")
    role = role_pb2.Role(id=5, name="登记员", state=role_pb2.Role.ACTIVE)
    dialog = GrantDialog(person, [role], owner)
    dialog._items()[0].setText(3, "下周")
    dialog.accept()
    assert dialog.result() != QDialog.DialogCode.Accepted
    assert dialog.fault.text().startswith("登记员的有效期")


@pytest.mark.requirement(83)
def test_the_log_is_verified_and_the_changed_row_named(
    show: Show, qtbot: QtBot, server: Running
) -> None:
    view = show("日志查询")
    assert isinstance(view, AuditView)
    qtbot.mouseClick(view.verify_button, Qt.MouseButton.LeftButton)
    dialog = dialog_of(VerdictDialog, view, qtbot)
    assert "日志完整" in dialog.summary.text()
    dialog.reject()
    qtbot.waitUntil(lambda: view.findChild(VerdictDialog) is None, timeout=SOON)
    with server.worker.app.sessions.write() as db:
        db.execute(text("UPDATE audit_row SET reason = 'x' WHERE seq = 1"))
    qtbot.mouseClick(view.verify_button, Qt.MouseButton.LeftButton)
    dialog = dialog_of(VerdictDialog, view, qtbot)
    assert "不完整" in dialog.summary.text()
    assert "第 1 条" in dialog.findings.item(0).text()


@pytest.mark.requirement(83)
def test_an_entry_of_the_log_opens_whole_and_cannot_be_changed(show: Show, qtbot: QtBot) -> None:
    view = show("日志查询")
    choose(view, qtbot, seq=1)
    form = opened(view, qtbot)
    assert form.why_read_only() == "这里只能查看"
    assert form.body.boxes["result"].display.text() == "成功"
    assert not form.save_button.isVisible()


@pytest.mark.requirement(82)
def test_a_department_is_made(show: Show, qtbot: QtBot) -> None:
    view = show("部门管理")
    view.new_record()
    form = view.forms[-1]
    message = form.collect()
    message.code, message.name, message.kind = "FZ888", "虹桥分站", 3
    form.body.load(message)
    with qtbot.waitSignal(form.saved, timeout=SOON):
        form.save()
    qtbot.waitUntil(lambda: "FZ888" in {row.code for row in view.model.rows}, timeout=SOON)


@pytest.mark.requirement(82)
def test_the_tree_asks_for_what_is_below(show: Show, qtbot: QtBot, server: Running) -> None:
    with server.worker.app.sessions.write() as db:
        above = a_department(db, datetime.now(UTC))
        below = a_department(db, datetime.now(UTC))
        child = db.get_one(Department, below)
        child.parent_id, child.path = above, f"/{above}/{below}/"
    view = show("部门管理")
    assert isinstance(view, DepartmentView)
    qtbot.waitUntil(lambda: above in view.tree.nodes, timeout=SOON)
    assert view.tree.nodes[below].parent() is view.tree.nodes[above]
    view.tree.setCurrentItem(view.tree.nodes[above])
    qtbot.waitUntil(lambda: [row.id for row in view.model.rows] == [below], timeout=SOON)
    view.new_record()
    assert view.forms[-1].collect().parent_id == above
