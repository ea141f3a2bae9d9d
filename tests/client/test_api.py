"""The bridge to the server: order, owners, names, refusals and change notices."""

from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from client.core.api import Api, ApiError, StatusCode
from protos import facts
from protos.admin import department_pb2, person_pb2
from protos.common import list_pb2
from tests.client.desk import SOON, Desk, an_ended_one

DEPARTMENT = "admin.DepartmentService"
_METHODS = department_pb2.DESCRIPTOR.services_by_name["DepartmentService"].methods_by_name


def ask(api: Api, qtbot: QtBot, method: str, request: Any, **how: Any) -> Any:
    """Call and wait for the answer or the error."""
    got: list[Any] = []
    api.call(_METHODS[method], request, api, got.append, got.append, **how)
    qtbot.waitUntil(lambda: bool(got), timeout=SOON)
    return got[0]


def a_department(code: str) -> department_pb2.Department:
    return department_pb2.Department(
        code=code, name="东城分站", kind=department_pb2.Department.STATION
    )


def test_nothing_is_called_before_the_call_returns(desk: Desk, qtbot: QtBot) -> None:
    api = desk.log_in().api
    order: list[str] = []
    api.call(_METHODS["List"], list_pb2.ListRequest(), api, lambda _: order.append("answer"))
    order.append("returned")
    qtbot.waitUntil(lambda: len(order) == 2, timeout=SOON)
    assert order == ["returned", "answer"]


def test_an_answer_for_a_destroyed_owner_is_dropped(desk: Desk, qtbot: QtBot) -> None:
    api = desk.log_in().api
    got: list[str] = []
    owner = QObject()
    api.call(_METHODS["List"], list_pb2.ListRequest(), owner, lambda _: got.append("gone"))
    shiboken6.delete(owner)  # at once: a deferred deletion may come after the answer
    for _ in range(3):
        ask(api, qtbot, "List", list_pb2.ListRequest())
    assert got == []


def test_a_cancelled_call_answers_nothing(desk: Desk, qtbot: QtBot) -> None:
    api = desk.log_in().api
    got: list[str] = []
    call = api.call(_METHODS["List"], list_pb2.ListRequest(), api, lambda _: got.append("no"))
    call.cancel()
    ask(api, qtbot, "List", list_pb2.ListRequest())
    assert got == []


def test_an_answer_that_is_here_already_can_still_be_cancelled(desk: Desk, qtbot: QtBot) -> None:
    api = desk.log_in().api
    got: list[str] = []
    call = api.call(_METHODS["List"], list_pb2.ListRequest(), api, lambda _: got.append("no"))
    while not call.finished():  # gRPC's threads finish it; the GUI thread hears later
        pass
    call.cancel()
    ask(api, qtbot, "List", list_pb2.ListRequest())
    assert got == []


def test_a_refusal_carries_text_and_faults(desk: Desk, qtbot: QtBot) -> None:
    error = ask(desk.log_in().api, qtbot, "Create", a_department("abc"))
    assert isinstance(error, ApiError)
    assert error.code is StatusCode.INVALID_ARGUMENT
    assert [(f.path, f.text) for f in error.faults] == [("code", "编码只能用数字和大写字母")]


def test_a_missing_permission_is_refused_in_chinese(desk_of: Any, qtbot: QtBot) -> None:
    api = desk_of("admin.department.read").log_in().api
    error = ask(api, qtbot, "Create", a_department("A1"))
    assert error.code is StatusCode.PERMISSION_DENIED
    assert "没有权限" in error.text


def test_can_follows_the_permissions(desk_of: Any) -> None:
    api = desk_of("admin.department.read").log_in().api
    assert api.can(_METHODS["List"])
    assert not api.can(_METHODS["Create"])
    assert api.may("admin.department.read")


def test_a_write_tells_whose_records_changed(desk: Desk, qtbot: QtBot) -> None:
    api = desk.log_in().api
    with qtbot.waitSignal(api.changed, timeout=SOON) as told:
        ask(api, qtbot, "Create", a_department("A1"))
    assert DEPARTMENT in told.args[0]


def test_a_read_tells_of_no_change(desk: Desk, qtbot: QtBot) -> None:
    api = desk.log_in().api
    with qtbot.assertNotEmitted(api.changed):
        ask(api, qtbot, "List", list_pb2.ListRequest())


def test_the_same_request_id_is_done_once(desk: Desk, qtbot: QtBot) -> None:
    api = desk.log_in().api
    first = ask(api, qtbot, "Create", a_department("A1"), request_id="one")
    again = ask(api, qtbot, "Create", a_department("A1"), request_id="one")
    assert first == again


def test_names_are_learnt_and_fetched(desk: Desk, qtbot: QtBot) -> None:
    api = desk.log_in().api
    made = ask(api, qtbot, "Create", a_department("A1"))
    done: list[bool] = []
    api.names.fetch(DEPARTMENT, [made.id], api, lambda: done.append(True))
    qtbot.waitUntil(lambda: bool(done), timeout=SOON)
    assert api.names.text(DEPARTMENT, made.id) == "东城分站"
    assert api.names.text(DEPARTMENT, 1) == ""


def test_an_unreachable_server_is_told_in_words(desk: Desk, qtbot: QtBot) -> None:
    api = desk.log_in().api
    desk.cable.cut()
    qtbot.waitUntil(lambda: not api.is_online, timeout=SOON)
    error = ask(api, qtbot, "List", list_pb2.ListRequest())
    assert error.offline
    assert error.uncertain
    assert "连接" in error.text


def test_without_a_handler_an_error_is_signalled(desk_of: Any, qtbot: QtBot) -> None:
    window = desk_of().log_in()
    window.api.error.disconnect(window.show_error)
    with qtbot.waitSignal(window.api.error, timeout=SOON) as told:
        window.api.call(_METHODS["List"], list_pb2.ListRequest(), window, pytest.fail)
    assert told.args[0].code is StatusCode.PERMISSION_DENIED


def test_a_closed_connection_calls_nobody(desk: Desk) -> None:
    api = desk.log_in().api
    desk.close()
    call = api.call(
        _METHODS["List"],
        list_pb2.ListRequest(),
        api,
        pytest.fail,
        lambda error: pytest.fail(error.text),
    )
    assert call.finished()


def test_a_late_refusal_of_an_earlier_session_locks_nothing(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    good = window.api.session
    window.api.session = an_ended_one(good)
    got: list[Any] = []
    window.api.call(_METHODS["List"], list_pb2.ListRequest(), window, got.append, got.append)
    window.api.session = good
    qtbot.waitUntil(lambda: bool(got), timeout=SOON)
    assert got[0].unauthenticated
    assert not window.is_locked
    window.api.session = an_ended_one(good)
    assert ask(window.api, qtbot, "List", list_pb2.ListRequest()).unauthenticated
    assert window.is_locked


def test_every_read_is_known_as_one() -> None:
    methods = person_pb2.DESCRIPTOR.services_by_name["PersonService"].methods_by_name
    assert facts.is_read(methods["List"])
    assert not facts.is_read(methods["Grant"])
