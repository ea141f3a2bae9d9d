"""What a verb asks: nothing typed is lost by Esc, by a lock, by leaving, or by a refusal."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from client.core.api import Api
from client.core.asking import AskDialog
from client.core.drafts import BUCKET
from client.core.main_window import MainWindow
from client.core.settings import Settings
from client.core.view import PageView
from protos.vehicles import vehicle_pb2
from server.core.run import Running
from server.vehicles.vehicle import Vehicle
from tests.client import sample
from tests.client.desk import SOON, Desk
from tests.client.test_faults import press, shown
from tests.client.test_form import api, compose, settings
from tests.people import Clerk
from tests.vehicles.fleet import VEHICLE, Fleet

__all__ = ["api", "settings"]  # fixtures of the form's tests
MAY = ("vehicles.vehicle.read", "vehicles.vehicle.write")
WHY = "发动机异响，等待检修"


def page_of(window: MainWindow, qtbot: QtBot) -> PageView:
    """The vehicles, with the only one chosen."""
    view = window.open_title("车辆")
    assert isinstance(view, PageView)
    qtbot.waitUntil(lambda: len(view.model.rows) == 1, timeout=SOON)
    view.table.selectRow(0)
    return view


def asked(view: PageView, act: Callable[[AskDialog], None]) -> None:
    """Press 停用 and do something in the dialog that comes."""
    failed: list[BaseException] = []

    def at_once() -> None:
        try:
            dialog = QApplication.activeModalWidget()
            assert isinstance(dialog, AskDialog)
            act(dialog)
        except BaseException as error:
            failed.append(error)
            for each in view.findChildren(AskDialog):
                each.done(0)

    QTimer.singleShot(0, at_once)
    view.do("Stop")
    if failed:
        raise failed[0]


def question(text: str, seen: list[str]) -> None:
    """Press a button of the question that is about to come."""

    def click() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.append(box.text())
        next(button for button in box.buttons() if text in button.text()).click()

    QTimer.singleShot(0, click)


def reason(dialog: AskDialog) -> Any:
    editor = dialog.body.boxes["reason"].editor
    assert editor is not None
    return editor


def told(view: PageView) -> str:
    """What the boxes over a page say."""
    return "".join(box.text() for box in view.findChildren(QMessageBox))


def test_a_reason_outlives_esc_a_lock_the_way_out_and_a_refusal(
    desk_of: Callable[..., Desk], someone: Callable[..., Clerk], qtbot: QtBot, server: Running
) -> None:
    fleet = Fleet(someone)
    desk = desk_of(*MAY)
    window = desk.log_in()
    view = page_of(window, qtbot)
    store = desk.program.store
    seen: list[str] = []
    assert store is not None

    def type_and_be_driven_away(dialog: AskDialog) -> None:
        assert not dialog.is_dirty()
        compose(reason(dialog).inner, WHY)
        question("继续填写", seen)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert dialog.isVisible()
        question("继续填写", seen)
        dialog.close()
        assert dialog.isVisible()
        qtbot.waitUntil(lambda: bool(store.items(BUCKET)), timeout=SOON)
        desk.reader.remove()
        qtbot.waitUntil(lambda: window.is_locked, timeout=SOON)
        desk.unlock(window)
        assert dialog.isVisible()
        assert reason(dialog).value() == WHY
        desk.reader.remove()
        qtbot.waitUntil(lambda: window.is_locked, timeout=SOON)
        window.log_out()

    asked(view, type_and_be_driven_away)
    assert seen == ["“停用”填写的内容还没有提交。"] * 2

    desk.reader.insert(desk.card)
    view = page_of(desk.log_in(), qtbot)
    # Another clerk is faster: the server refuses, and the reason is still there.
    move = vehicle_pb2.MoveRequest(id=fleet.vehicle.id, version=fleet.vehicle.version, reason="换")
    moved = fleet.keeper(VEHICLE + "Reserve", move)
    view.model.rows[0].version = moved.version - 1

    def take_back_and_send(dialog: AskDialog) -> None:
        assert dialog.offer.isVisible()
        assert not dialog.is_dirty()
        dialog.offer._buttons[0].click()
        assert reason(dialog).value() == WHY
        dialog.accept()

    asked(view, take_back_and_send)
    press(shown(view, QMessageBox, qtbot), "停用")
    qtbot.waitUntil(lambda: "被他人修改" in told(view), timeout=SOON)
    press(shown(view, QMessageBox, qtbot), "知道了")
    view.refresh()
    qtbot.waitUntil(lambda: view.model.rows[0].version == moved.version, timeout=SOON)
    view.table.selectRow(0)
    asked(view, take_back_and_send)
    press(shown(view, QMessageBox, qtbot), "停用")
    qtbot.waitUntil(lambda: not _kept(desk), timeout=SOON)
    with server.worker.app.sessions.read() as db:
        assert db.get_one(Vehicle, fleet.vehicle.id).state == vehicle_pb2.Vehicle.STOPPED


def test_what_is_given_up_leaves_no_draft(api: Api, settings: Settings, qtbot: QtBot) -> None:
    request = sample.pb.ReturnRequest(id=1, version=2)
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = AskDialog(request, "退回", api, settings, parent)
    dialog.show()
    dialog.reject()  # nothing typed: nothing asked
    assert not dialog.isVisible()
    dialog.show()
    compose(reason(dialog).inner, "数量不符")
    dialog._keep_draft()
    store = settings.store
    assert store is not None
    assert len(store.items(BUCKET)) == 1
    question("放弃填写", [])
    dialog.reject()
    assert not dialog.isVisible()
    assert not store.items(BUCKET)


def _kept(desk: Desk) -> list[Any]:
    store = desk.program.store
    assert store is not None
    return store.items(BUCKET)
