"""Writes from the button to the answer: asked once, signed, sent once, refused in words."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from client.core import operations
from client.core.api import ApiError, StatusCode
from client.core.pin import PinDialog
from protos.admin import department_pb2, person_pb2
from protos.common import list_pb2
from server.admin.department import Department
from server.core.run import Running
from tests.client.desk import SOON, Desk

_DEPARTMENT = department_pb2.DESCRIPTOR.services_by_name["DepartmentService"].methods_by_name
_PERSON = person_pb2.DESCRIPTOR.services_by_name["PersonService"].methods_by_name
ADMIN = ("admin.department.read", "admin.department.write", "admin.person.read",
         "admin.person.grant", "admin.role.read")  # fmt: skip


def a_department(code: str = "A1") -> department_pb2.Department:
    return department_pb2.Department(
        code=code, name="东城分站", kind=department_pb2.Department.STATION
    )


def rows(server: Running, code: str) -> int:
    with server.worker.app.sessions.read() as db:
        return len(db.scalars(select(Department).where(Department.code == code)).all())


def press(window: QWidget, kind: type[QDialog], label: str, qtbot: QtBot) -> None:
    """Press a button of the dialog that is open."""
    qtbot.waitUntil(lambda: window.findChild(kind) is not None, timeout=2 * SOON)
    dialog = window.findChild(kind)
    assert isinstance(dialog, QDialog)
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == label)
    button.click()


def test_a_write_answers(desk: Desk, qtbot: QtBot) -> None:
    window, got = desk.log_in(), list[Any]()
    operations.run(window.api, window, _DEPARTMENT["Create"], a_department(), got.append)
    qtbot.waitUntil(lambda: bool(got), timeout=SOON)
    assert got[0].code == "A1"


def test_while_it_runs_nothing_can_be_pressed(desk: Desk, qtbot: QtBot) -> None:
    window, got = desk.log_in(), list[Any]()
    pressed: list[int] = []
    button = QPushButton("再按", window.start)
    button.clicked.connect(lambda: pressed.append(1))
    operations.run(window.api, window, _DEPARTMENT["Create"], a_department(), got.append)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert pressed == []
    qtbot.waitUntil(lambda: bool(got), timeout=SOON)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert pressed == [1]


def test_a_refusal_is_shown_with_every_fault(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    operations.run(window.api, window, _DEPARTMENT["Create"], a_department("abc"), pytest.fail)
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None, timeout=SOON)
    box = window.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "编码只能用数字和大写字母" in box.text() + box.informativeText()
    box.accept()


def test_a_form_gets_the_refusal_instead(desk: Desk, qtbot: QtBot) -> None:
    window, errors = desk.log_in(), list[ApiError]()
    operations.run(
        window.api, window, _DEPARTMENT["Create"], a_department("abc"), pytest.fail, errors.append
    )
    qtbot.waitUntil(lambda: bool(errors), timeout=SOON)
    assert errors[0].code is StatusCode.INVALID_ARGUMENT
    assert window.findChild(QMessageBox) is None


@pytest.mark.parametrize("answer", ["停用", "取消"])
def test_danger_is_asked_first_by_name(desk: Desk, qtbot: QtBot, answer: str) -> None:
    window, got = desk.log_in(), list[Any]()
    operations.run(window.api, window, _DEPARTMENT["Create"], a_department(), got.append)
    qtbot.waitUntil(lambda: bool(got), timeout=SOON)
    request = list_pb2.IdRequest(id=got[0].id, version=got[0].version)
    operations.run(
        window.api, window, _DEPARTMENT["Disable"], request, got.append, subject="东城分站"
    )
    box = window.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "“东城分站”" in box.text()
    press(window, QMessageBox, answer, qtbot)
    if answer == "停用":
        qtbot.waitUntil(lambda: len(got) == 2, timeout=SOON)
        assert got[1].state == department_pb2.Department.DISABLED
    else:
        assert len(got) == 1


def test_an_answer_lost_on_the_way_is_not_done_twice(
    desk: Desk, server: Running, qtbot: QtBot
) -> None:
    window, got = desk.log_in(), list[Any]()
    desk.cable.mute = True
    operations.run(window.api, window, _DEPARTMENT["Create"], a_department(), got.append)
    qtbot.waitUntil(lambda: rows(server, "A1") == 1, timeout=SOON)
    desk.cable.cut()
    desk.cable.mend()
    desk.unlock(window)  # a new connection wants a new login; the write then goes on by itself
    qtbot.waitUntil(lambda: bool(got), timeout=2 * SOON)
    assert got[0].code == "A1"
    assert rows(server, "A1") == 1


def test_without_network_a_retry_is_offered_and_works_once(
    desk: Desk, server: Running, qtbot: QtBot
) -> None:
    window, got = desk.log_in(), list[Any]()
    desk.cable.mute = True
    operations.run(window.api, window, _DEPARTMENT["Create"], a_department(), got.append)
    qtbot.waitUntil(lambda: rows(server, "A1") == 1, timeout=SOON)
    desk.cable.cut()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None, timeout=2 * SOON)
    desk.cable.mend()
    qtbot.waitUntil(lambda: window.api.is_online, timeout=2 * SOON)
    press(window, QMessageBox, "重试", qtbot)
    desk.unlock(window)
    qtbot.waitUntil(lambda: bool(got), timeout=2 * SOON)
    assert rows(server, "A1") == 1


def test_pressing_again_after_giving_up_repeats_the_same_write(
    desk: Desk, server: Running, qtbot: QtBot
) -> None:
    window, got = desk.log_in(), list[Any]()
    errors: list[ApiError] = []
    create = _DEPARTMENT["Create"]
    desk.cable.mute = True
    operations.run(window.api, window, create, a_department(), got.append, errors.append)
    qtbot.waitUntil(lambda: rows(server, "A1") == 1, timeout=SOON)
    desk.cable.cut()
    press(window, QMessageBox, "关闭", qtbot)
    assert errors[0].uncertain
    desk.cable.mend()
    qtbot.waitUntil(lambda: window.api.is_online, timeout=2 * SOON)
    operations.run(window.api, window, create, a_department(), got.append, errors.append)
    desk.unlock(window)
    qtbot.waitUntil(lambda: bool(got), timeout=2 * SOON)
    assert rows(server, "A1") == 1
    assert len(errors) == 1


def _grant(other: Desk) -> person_pb2.GrantRequest:
    return person_pb2.GrantRequest(id=other.who.id, version=1)


def test_a_signed_write_asks_for_the_pin_and_tells_the_tries_left(
    desk_of: Callable[..., Desk], qtbot: QtBot
) -> None:
    desk, other = desk_of(*ADMIN), desk_of()
    window, ended = desk.log_in(), list[Any]()
    request = _grant(other)
    operations.run(
        window.api, window, _PERSON["Grant"], request, ended.append, ended.append, subject="李四"
    )
    dialog = _pin_dialog(window, qtbot)
    desk.type_pin(dialog, "000000")
    qtbot.waitUntil(lambda: "还可以试 5 次" in dialog._message.text(), timeout=SOON)
    assert not ended
    desk.type_pin(dialog)
    qtbot.waitUntil(lambda: bool(ended), timeout=SOON)
    assert not isinstance(ended[0], ApiError), ended[0]
    assert ended[0].id == other.who.id


def test_what_was_entered_is_seen_beside_the_pin(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    request = person_pb2.GrantRequest(grants=[person_pb2.Grant(role_id=1)])
    operations.run(window.api, window, _PERSON["Grant"], request, pytest.fail, subject="李四")
    dialog = _pin_dialog(window, qtbot)
    details = dialog.findChild(QLabel, "details")
    assert details is not None
    assert details.text() == "角色：1行"
    dialog.reject()


def test_a_pile_takes_one_pin_and_answers_for_each(
    desk_of: Callable[..., Desk], qtbot: QtBot
) -> None:
    desk = desk_of(*ADMIN)
    others = [desk_of() for _ in range(3)]
    window, ended = desk.log_in(), list[list[str]]()
    requests = [_grant(other) for other in others]
    requests[1].version = 99
    operations.run_pile(
        window.api, window, _PERSON["Grant"], requests, ["甲", "乙", "丙"], ended.append
    )
    desk.type_pin(_pin_dialog(window, qtbot))
    qtbot.waitUntil(lambda: bool(ended), timeout=SOON)
    assert [bool(text) for text in ended[0]] == [False, True, False]


def test_cancelling_the_pin_does_nothing(desk_of: Callable[..., Desk], qtbot: QtBot) -> None:
    desk, other = desk_of(*ADMIN), desk_of()
    window = desk.log_in()
    request = _grant(other)
    operations.run(
        window.api,
        window,
        _PERSON["Grant"],
        request,
        pytest.fail,
        lambda error: pytest.fail(error.text),
    )
    _pin_dialog(window, qtbot).reject()
    qtbot.waitUntil(lambda: window.findChild(PinDialog) is None, timeout=SOON)


def _pin_dialog(window: QWidget, qtbot: QtBot) -> PinDialog:
    qtbot.waitUntil(lambda: window.findChild(PinDialog) is not None, timeout=SOON)
    dialog = window.findChild(PinDialog)
    assert isinstance(dialog, PinDialog)
    return dialog
