"""What a user arranged at one workstation is there at the next; machines keep their own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from client.core import preferences
from client.core.main_window import MainWindow
from client.core.settings import Settings, travels
from client.core.view import PageView
from server.admin.preference import Preference
from server.core.audit import AuditRow
from server.core.run import Running
from tests.client.desk import SOON, Desk

MAY = ("admin.department.read", "admin.department.write", "admin.person.read")
COLUMNS, SORT = "columns.admin.DepartmentService", "sort.admin.DepartmentService"


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:
    return desk_of(*MAY)


@pytest.fixture
def elsewhere(desk: Desk, desk_of: Callable[..., Desk]) -> Desk:
    """Another workstation to which the same person carries the same key."""
    other = desk_of()
    _use(other, desk)
    return other


def _use(other: Desk, owner: Desk) -> None:
    other.reader.remove()
    other.card, other.who = owner.card, owner.who
    other.reader.insert(other.card)


def page(window: MainWindow, title: str, qtbot: QtBot) -> PageView:
    view = window.open_title(title)
    assert isinstance(view, PageView)
    qtbot.waitUntil(lambda: not view.model.is_loading, timeout=SOON)
    return view


def leave(desk: Desk, window: MainWindow) -> None:
    window.log_out()
    assert desk.program.window is None


def shown(view: PageView) -> list[str]:
    return [view.model.fields[column].name for column in view.table.columns.visible()]


def arrange(window: MainWindow, view: PageView) -> None:
    """Hide, move, widen and sort columns; save a query; choose size and theme."""
    window._set_look("theme", "dark")
    window._set_look("percent", 115)
    names = [field.name for field in view.model.fields]
    header = view.table.horizontalHeader()
    view.table.columns.show_column(names.index("kind"), False)
    header.moveSection(header.visualIndex(names.index("name")), 0)
    header.resizeSection(names.index("name"), 333)
    header.setSortIndicator(names.index("code"), Qt.SortOrder.DescendingOrder)
    view.table.columns.save()
    view.filters.restore({"code": ["FZ"]})
    view.filters.queries.save("分站", view.filters.state())
    view.filters.queries.set_default("分站")
    window.memory.toggle(window.entries[0])


def test_what_was_arranged_here_is_there_after_login_elsewhere(
    desk: Desk, elsewhere: Desk, qtbot: QtBot
) -> None:
    window = desk.log_in()
    view = page(window, "部门管理", qtbot)
    arrange(window, view)
    wanted, favourites = shown(view), window.memory.favourites
    window.settings.set("printer.inventory.Receipt", "针式一号")
    leave(desk, window)
    there = elsewhere.log_in()
    qtbot.waitUntil(lambda: there.tabs.count() == 2, timeout=SOON)
    again = page(there, "部门管理", qtbot)
    names = [field.name for field in again.model.fields]
    assert shown(again) == wanted
    assert again.table.columnWidth(names.index("name")) == 333
    assert (again.model.request.order_by, again.model.request.descending) == ("code", True)
    assert again.filters.state() == {"code": ["FZ"]}
    assert there.settings.value("theme") == "dark"
    assert there.settings.value("percent") == 115
    assert [each.key for each in there.memory.favourites] == [each.key for each in favourites]
    assert there.settings.value("printer.inventory.Receipt") is None
    again.table.columns.reset()
    assert shown(again) == list(again.page.columns)
    leave(elsewhere, there)
    back = page(desk.log_in(), "部门管理", qtbot)
    assert shown(back) == list(back.page.columns)
    assert back.model.request.order_by == ""


def test_what_was_changed_without_a_server_is_sent_when_it_is_back(
    desk: Desk, elsewhere: Desk, qtbot: QtBot
) -> None:
    window = desk.log_in()
    desk.cable.cut()
    qtbot.waitUntil(lambda: not window.api.is_online, timeout=SOON)
    window.settings.set("theme", "dark")
    _sender(desk).send()
    assert "theme" in Settings(desk.who.staff_no, desk.config.home).unsent()
    desk.cable.mend()
    desk.unlock(window)
    qtbot.waitUntil(lambda: not window.settings.unsent(), timeout=2 * SOON)
    assert elsewhere.log_in().settings.value("theme") == "dark"


def test_for_each_key_the_newest_change_wins(desk: Desk, elsewhere: Desk, qtbot: QtBot) -> None:
    here = desk.log_in()
    there = elsewhere.log_in()
    here.settings.set("theme", "dark")
    here.settings.set("percent", 115)
    there.settings.set("percent", 130)  # later; the earlier change arrives after it
    for each in (elsewhere, desk):
        _sender(each).send()
        sent = partial(_all_sent, each)
        qtbot.waitUntil(sent, timeout=SOON)
    leave(elsewhere, there)
    again = elsewhere.log_in()
    assert (again.settings.value("percent"), again.settings.value("theme")) == (130, "dark")


def _sender(desk: Desk) -> preferences.Preferences:
    sender = desk.program.preferences
    assert sender is not None
    return sender


def _all_sent(desk: Desk) -> bool:
    assert desk.program.window is not None
    return not desk.program.window.settings.unsent()


def test_many_changes_are_one_call_and_leave_no_audit_row(
    desk: Desk, server: Running, qtbot: QtBot
) -> None:
    window = desk.log_in()
    before = _rows(server)
    calls: list[Any] = []
    original = window.api.call

    def counted(method: Any, *arguments: Any, **more: Any) -> Any:
        if method.name == "Write":
            calls.append(arguments[0])
        return original(method, *arguments, **more)

    window.api.call = counted  # type: ignore[method-assign]
    for width in range(50):
        window.settings.set("columns.x", width)
    qtbot.waitUntil(lambda: not window.settings.unsent(), timeout=SOON)
    assert len(calls) == 1
    assert _rows(server) == before
    with server.worker.app.sessions.read() as db:
        kept = db.scalars(select(Preference).where(Preference.person_id == desk.who.id)).all()
        assert {row.key: row.value for row in kept}["columns.x"] == "49"
        assert all(row.value_sealed != b"49" for row in kept)


def _rows(server: Running) -> int:
    with server.worker.app.sessions.read() as db:
        return db.scalar(select(func.count(AuditRow.id))) or 0


def test_a_query_shared_with_a_role_is_found_by_its_people_and_taken_back(
    desk: Desk, desk_of: Callable[..., Desk], server: Running, qtbot: QtBot
) -> None:
    colleague, stranger = desk_of(), desk_of(*MAY)
    _join(server, colleague, desk)
    window = desk.log_in()
    view = page(window, "部门管理", qtbot)
    view.filters.queries.save("停用的", {"state": ["DISABLED"]})
    queries = view.filters.queries
    queries.share(queries.own[0], queries.roles()[0])
    qtbot.waitUntil(lambda: len(queries.shared) == 1, timeout=SOON)
    theirs = page(colleague.log_in(), "部门管理", qtbot)
    menu = QMenu()
    theirs.filters.saved.fill(menu)
    title = next(a.text() for a in menu.actions() if "停用的" in a.text())
    assert desk.who.name in title
    theirs.filters.queries.set_default(theirs.filters.queries.shared[0].key)
    assert theirs.filters.queries.default is not None
    theirs.filters.use(theirs.filters.queries.default.state)
    assert theirs.filters.state() == {"state": ["DISABLED"]}
    assert page(stranger.log_in(), "部门管理", qtbot).filters.queries.shared == []
    shared = queries.shared[0].shared
    assert shared is not None
    queries.unshare(shared)
    qtbot.waitUntil(lambda: queries.shared == [], timeout=SOON)


def _join(server: Running, colleague: Desk, desk: Desk) -> None:
    """Give the colleague the role of the other."""
    from server.admin.person import Grant, Person  # here alone: the page shows no such act
    from server.admin.rights import RIGHTS

    with server.worker.app.sessions.write() as db:
        owner, joining = db.get_one(Person, desk.who.id), db.get_one(Person, colleague.who.id)
        grant = Grant(role_id=owner.grants[0].role_id)
        grant.seal(joining.id)
        joining.grants.append(grant)
    RIGHTS.forget()


def test_what_hangs_on_the_machine_stays_there(tmp_path: Path) -> None:
    settings = Settings("1001", tmp_path)
    for key in ("geometry", "split", "printer.finance.Invoice", "invoice.paper", "preview.zoom"):
        assert not travels(key)
        settings.set(key, 1)
    assert settings.unsent() == {}
    settings.set("columns.x", 1)
    assert set(Settings("1001", tmp_path).unsent()) == {"columns.x"}


def test_tabs_are_open_again_and_records_are_found_again(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    view = page(window, "部门管理", qtbot)
    page(window, "人员信息", qtbot)
    assert view.model.rows
    view.table.selectRow(0)
    record = view.model.rows[0]
    view.open_chosen()
    view.forms[0].done(0)
    window.tabs.tabBar().moveTab(2, 1)
    leave(desk, window)
    again = desk.log_in()
    qtbot.waitUntil(lambda: again.tabs.count() == 3, timeout=SOON)
    assert [again.tabs.tabText(at) for at in (1, 2)] == ["人员信息", "部门管理"]
    assert [id for _, id in again.memory.records] == [record.id]
    entry = again.memory.records[0][0]
    again.open_record(entry, record.id)
    opened = again.tabs.currentWidget()
    assert isinstance(opened, PageView)
    qtbot.waitUntil(lambda: bool(opened.forms), timeout=SOON)
    assert opened.forms[0].record.id == record.id
    opened.forms[0].done(0)


def test_a_saved_period_is_the_period_of_the_day_it_is_used(desk: Desk, qtbot: QtBot) -> None:
    from client.core.conditions import Days  # the one condition that knows periods
    from protos import facts
    from protos.admin import audit_pb2

    desk.log_in()
    days = Days(facts.field_named(audit_pb2.AuditEntry.DESCRIPTOR, "happened_at"))
    qtbot.addWidget(days)
    days.choose("本月")
    assert days.state() == ["本月"]
    asked = days.filter()
    days.restore([])
    days.restore(["本月"])
    assert days.filter() == asked
    days.ends[0].setText("2026-01-01")
    assert days.state()[0] == "2026-01-01"
