"""Faults at a workstation: the smart-card service dies, a key is pulled mid-pile, the net goes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from client.core import operations
from client.core.api import ApiError
from client.core.form import FormDialog
from client.core.main_window import MainWindow
from client.core.pin import PinDialog
from client.core.ukey import NoCard
from client.core.view import PageView
from protos.admin import person_pb2
from server.admin.department import Department
from server.admin.person import Person
from server.core.run import Running
from tests.client.desk import PIN, SOON, Desk
from ukey.gmt0017 import INS_SIGN_SM2
from ukey.virtual.attach import PcscWorkstation
from ukey.virtual.card import VirtualCard

GRANT = person_pb2.DESCRIPTOR.services_by_name["PersonService"].methods_by_name["Grant"]
MAY = ("admin.department.read", "admin.department.write", "admin.person.read",
       "admin.person.grant", "admin.role.read")  # fmt: skip
PILE = 5


class Trap(VirtualCard):
    """A key to which something happens just before its n-th signature, counted from arming."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(path)
        self._springs: dict[int, Callable[[], None]] = {}
        self._signed = 0

    def arm(self, springs: dict[int, Callable[[], None]]) -> None:
        self._springs, self._signed = springs, 0

    def transmit(self, command: bytes) -> bytes:
        if command[1] == INS_SIGN_SM2:
            self._signed += 1
            self._springs.get(self._signed, _nothing)()
        return super().transmit(command)


def _nothing() -> None:
    pass


def pulled() -> None:
    """The card's side of being pulled: its line to the reader breaks off."""
    raise EOFError


@pytest.fixture
def station(monkeypatch: pytest.MonkeyPatch) -> Iterator[PcscWorkstation]:
    """The machine's smart-card service; its absence is a fault of the set-up."""
    monkeypatch.setenv("AMB_VIRTUAL_UKEY", "allow")
    with PcscWorkstation() as made:
        yield made


@pytest.fixture
def desk(station: PcscWorkstation, desk_of: Callable[..., Desk]) -> Desk:
    """A workstation whose key goes through the smart-card service."""
    return desk_of(*MAY, station=station, card=Trap)


def trap(desk: Desk) -> Trap:
    assert isinstance(desk.card, Trap)
    return desk.card


def grant(who: Any) -> person_pb2.GrantRequest:
    return person_pb2.GrantRequest(id=who.id, version=1)


def version(server: Running, who: Any) -> int:
    with server.worker.app.sessions.read() as db:
        return db.get_one(Person, who.id).version


def departments(server: Running, code: str) -> int:
    with server.worker.app.sessions.read() as db:
        return db.query(Department).filter_by(code=code).count()


def shown(window: QWidget, kind: type[Any], qtbot: QtBot) -> Any:
    """The dialog of that kind, once it is there."""
    qtbot.waitUntil(lambda: window.findChild(kind) is not None, timeout=2 * SOON)
    return window.findChild(kind)


def press(dialog: QDialog, label: str) -> None:
    next(b for b in dialog.findChildren(QPushButton) if b.text() == label).click()


def typed_form(window: MainWindow, qtbot: QtBot) -> tuple[PageView, FormDialog]:
    """The departments' page with a search typed, and a form half filled in."""
    view = window.open_title("部门管理")
    assert isinstance(view, PageView)
    qtbot.waitUntil(lambda: not view.model.is_loading, timeout=SOON)
    view.new_record()
    qtbot.waitUntil(lambda: bool(view.forms), timeout=SOON)
    form = view.forms[-1]
    values = {"code": "F1", "name": "断电分站", "kind": 3}
    for name, value in values.items():
        editor = form.body.boxes[name].editor
        assert editor is not None
        editor.set_value(value)
        editor.changed.emit()
    return view, form


# --- the smart-card service -----------------------------------------------------------------------


def test_login_and_signature_go_through_the_service(
    desk: Desk, desk_of: Callable[..., Desk], server: Running, qtbot: QtBot
) -> None:
    other = desk_of()
    window, ended = desk.log_in(), list[Any]()
    operations.run(window.api, window, GRANT, grant(other.who), ended.append, ended.append)
    desk.type_pin(shown(window, PinDialog, qtbot))
    qtbot.waitUntil(lambda: bool(ended), timeout=SOON)
    assert not isinstance(ended[0], ApiError), ended[0]
    assert version(server, other.who) == 2


def test_the_service_killed_locks_and_everything_is_there_after_it(
    desk: Desk, station: PcscWorkstation, server: Running, qtbot: QtBot
) -> None:
    window = desk.log_in()
    view, form = typed_form(window, qtbot)
    station.daemon.kill()
    qtbot.waitUntil(lambda: window.is_locked, timeout=SOON)
    qtbot.waitUntil(lambda: desk.program.keys.state.text == "智能卡服务未运行", timeout=SOON)
    station.daemon.restart()
    qtbot.waitUntil(lambda: desk.program.keys.state.service, timeout=SOON)
    desk.unlock(window)
    assert window.tabs.currentWidget() is view
    assert form.isVisible()
    assert form.is_dirty()
    form.save()
    qtbot.waitUntil(lambda: form.note.text() == "已保存", timeout=SOON)
    assert departments(server, "F1") == 1


def test_while_the_service_is_away_the_pin_is_not_asked_in_vain(
    desk: Desk, station: PcscWorkstation, qtbot: QtBot
) -> None:
    login = desk.program.start()
    qtbot.waitUntil(lambda: desk.program.keys.state.usable, timeout=SOON)
    station.daemon.kill()
    qtbot.waitUntil(lambda: not desk.program.keys.state.service, timeout=SOON)
    assert "智能卡服务未运行" in login.gate.key.label.text()
    errors: list[Exception] = []
    desk.program.keeper.log_in(PIN, lambda _: None, errors.append)
    qtbot.waitUntil(lambda: bool(errors), timeout=SOON)
    assert isinstance(errors[0], NoCard)
    station.daemon.restart()
    desk.reader.insert(desk.card)
    desk.log_in()


# --- a key pulled while it signs a pile -----------------------------------------------------------


def test_a_key_pulled_in_a_pile_stops_there_and_says_so(
    desk: Desk, desk_of: Callable[..., Desk], server: Running, qtbot: QtBot
) -> None:
    people = [desk_of().who for _ in range(PILE)]
    window, ended = desk.log_in(), list[list[str]]()
    _pile(desk, window, people, ended, {3: pulled}, qtbot)
    qtbot.waitUntil(lambda: bool(ended), timeout=2 * SOON)
    qtbot.waitUntil(lambda: window.is_locked, timeout=SOON)
    texts = ended[0]
    assert all("UKEY" in text for text in texts[2:]), texts
    # The second may be on its way when the lock ends the session: it is told as it was.
    assert [version(server, who) == 2 for who in people] == [text == "" for text in texts]
    assert texts[0] == ""


def _pile(
    desk: Desk,
    window: MainWindow,
    people: list[Any],
    ended: list[list[str]],
    springs: dict[int, Callable[[], None]],
    qtbot: QtBot,
) -> None:
    requests = [grant(who) for who in people]
    names = [who.staff_no for who in people]
    operations.run_pile(window.api, window, GRANT, requests, names, ended.append)
    trap(desk).arm(springs)
    desk.type_pin(shown(window, PinDialog, qtbot))


# --- the network ----------------------------------------------------------------------------------


def test_a_form_saved_into_a_broken_network_says_so_and_makes_one_record(
    desk: Desk, server: Running, qtbot: QtBot
) -> None:
    window = desk.log_in()
    _, form = typed_form(window, qtbot)
    desk.cable.mute = True
    form.save()
    qtbot.waitUntil(lambda: departments(server, "F1") == 1, timeout=SOON)
    desk.cable.cut()
    box = shown(form, QMessageBox, qtbot)
    assert "请检查网络后重试" in box.text()
    assert "重试不会重复办理" in box.informativeText()
    assert window.status.labels["server"].text().startswith("未连接")
    desk.cable.mend()
    qtbot.waitUntil(lambda: window.api.is_online, timeout=2 * SOON)
    press(box, "重试")
    desk.unlock(window)
    qtbot.waitUntil(lambda: form.note.text() == "已保存", timeout=2 * SOON)
    assert departments(server, "F1") == 1
    assert not form.is_dirty()


def test_a_signed_call_is_resent_after_a_new_login_and_done_once(
    desk: Desk, desk_of: Callable[..., Desk], server: Running, qtbot: QtBot
) -> None:
    other = desk_of()
    window, ended = desk.log_in(), list[Any]()
    trap(desk).arm({1: lambda: setattr(desk.cable, "mute", True)})
    operations.run(window.api, window, GRANT, grant(other.who), ended.append, ended.append)
    desk.type_pin(shown(window, PinDialog, qtbot))
    qtbot.waitUntil(lambda: version(server, other.who) == 2, timeout=SOON)
    desk.cable.cut()
    box = shown(window, QMessageBox, qtbot)
    desk.cable.mend()
    qtbot.waitUntil(lambda: window.api.is_online, timeout=2 * SOON)
    press(box, "重试")
    desk.unlock(window)
    qtbot.waitUntil(lambda: bool(ended), timeout=2 * SOON)
    assert not isinstance(ended[0], ApiError), ended[0]
    assert version(server, other.who) == 2


def test_a_signed_call_that_never_arrived_is_signed_anew(
    desk: Desk, desk_of: Callable[..., Desk], server: Running, qtbot: QtBot
) -> None:
    other = desk_of()
    window, ended = desk.log_in(), list[Any]()
    trap(desk).arm({1: desk.cable.cut})
    operations.run(window.api, window, GRANT, grant(other.who), ended.append, ended.append)
    desk.type_pin(shown(window, PinDialog, qtbot))
    box = shown(window, QMessageBox, qtbot)
    desk.cable.mend()
    qtbot.waitUntil(lambda: window.api.is_online, timeout=2 * SOON)
    press(box, "重试")
    desk.unlock(window)
    qtbot.waitUntil(lambda: bool(ended), timeout=2 * SOON)
    assert "请重新签名" in ended[0].text
    assert version(server, other.who) == 1
    qtbot.waitUntil(lambda: window.findChild(PinDialog) is None, timeout=SOON)
    operations.run(window.api, window, GRANT, grant(other.who), ended.append, ended.append)
    desk.type_pin(shown(window, PinDialog, qtbot))
    qtbot.waitUntil(lambda: len(ended) == 2, timeout=SOON)
    assert version(server, other.who) == 2
