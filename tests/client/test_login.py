"""Login at the window: UKEY over SM TLS, wrong PIN, removal, the same person's return."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from client.core.login import LockDialog
from client.core.main_window import MainWindow
from client.core.password import PasswordDialog
from tests.client.desk import PIN, SOON, Desk

PASSWORD, NEW, WEAK = "Kp7#winter-Lake", "Zt5#summer-Hill", "short"


def test_a_key_and_its_pin_open_the_main_window(desk: Desk) -> None:
    window = desk.log_in()
    session = window.api.session
    assert session is not None
    assert session.staff_no == desk.who.staff_no
    assert window.isVisible()
    assert desk.program.login is None


def test_the_login_window_tells_server_and_key(desk: Desk, qtbot: QtBot) -> None:
    login = desk.program.start()
    qtbot.waitUntil(lambda: login.gate.info is not None, timeout=SOON)
    qtbot.waitUntil(lambda: desk.who.name in login.gate.key.label.text(), timeout=SOON)
    assert str(desk.config.port) in login.gate.server.label.text()


def test_a_wrong_pin_tells_the_tries_left(desk: Desk, qtbot: QtBot) -> None:
    login = desk.program.start()
    qtbot.waitUntil(lambda: desk.program.keys.state.usable, timeout=SOON)
    said = login.gate.entry.message
    desk.type_pin(login, "000000")
    qtbot.waitUntil(lambda: "还可以试 5 次" in said.text(), timeout=SOON)
    assert desk.program.window is None
    desk.log_in()


def test_no_pin_asks_for_one(desk: Desk) -> None:
    login = desk.program.start()
    login.gate.entry.button.click()
    assert login.gate.entry.message.text() == "请输入 PIN"


def test_pulling_the_key_locks(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    desk.reader.remove()
    qtbot.waitUntil(lambda: window.is_locked, timeout=SOON)
    assert window.findChild(LockDialog) is not None


def test_the_same_key_unlocks_and_pages_stay(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    window.diagnose()
    pages = window.tabs.count()
    lock = _lock(desk, window, qtbot)
    desk.reader.insert(desk.card)
    qtbot.waitUntil(lambda: desk.program.keys.state.usable, timeout=SOON)
    desk.type_pin(lock)
    qtbot.waitUntil(lambda: not window.is_locked, timeout=SOON)
    assert window.tabs.count() == pages


def test_another_key_does_not_unlock(
    desk: Desk, desk_of: Callable[..., Desk], qtbot: QtBot
) -> None:
    other = desk_of()
    window = desk.log_in()
    lock = _lock(desk, window, qtbot)
    desk.reader.insert(other.card)
    qtbot.waitUntil(lambda: desk.program.keys.state.usable, timeout=SOON)
    desk.type_pin(lock)
    said = lock.gate.entry.message
    qtbot.waitUntil(lambda: "原来的 UKEY" in said.text(), timeout=SOON)
    assert window.is_locked


def test_escape_and_closing_do_not_open_the_lock(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    lock = _lock(desk, window, qtbot)
    lock.reject()
    lock.close()
    window.close()
    assert lock.isVisible()
    assert window.is_locked


def test_a_lock_by_hand_keeps_the_pages(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    window.diagnose()
    desk.program.keeper.lock("窗口已锁定")  # the server is told and forgets the session
    qtbot.waitUntil(lambda: window.is_locked, timeout=SOON)
    lock = window.findChild(LockDialog)
    assert lock is not None
    desk.type_pin(lock)
    qtbot.waitUntil(lambda: not window.is_locked, timeout=SOON)
    assert window.tabs.count() == 2


def test_without_server_the_same_key_still_unlocks(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    desk.cable.cut()
    lock = _lock(desk, window, qtbot)
    desk.reader.insert(desk.card)
    qtbot.waitUntil(lambda: desk.program.keys.state.usable, timeout=SOON)
    desk.type_pin(lock, "000000")
    said = lock.gate.entry.message
    qtbot.waitUntil(lambda: "还可以试" in said.text(), timeout=SOON)
    assert window.is_locked
    desk.type_pin(lock)
    qtbot.waitUntil(lambda: not window.is_locked, timeout=SOON)


def test_logging_out_leads_back_to_the_login_window(desk: Desk) -> None:
    window = desk.log_in()
    window.log_out()
    login = desk.program.login
    assert login is not None
    assert login.isVisible()
    assert desk.program.connection.api.session is None
    assert desk.log_in() is not window


def test_a_pin_leaves_no_trace_in_the_field(desk: Desk) -> None:
    login = desk.program.start()
    login.prefill("", PIN)
    login.gate.entry.button.click()
    field = login.findChild(QLineEdit, "pin")
    assert field is not None
    assert not field.text()


def _lock(desk: Desk, window: MainWindow, qtbot: QtBot) -> LockDialog:
    desk.reader.remove()
    qtbot.waitUntil(lambda: window.is_locked, timeout=SOON)
    lock = window.findChild(LockDialog)
    assert isinstance(lock, LockDialog)
    assert lock.findChildren(QLabel)
    return lock


def test_a_new_connection_asks_again_and_keeps_the_pages(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    window.diagnose()
    desk.cable.cut()
    qtbot.waitUntil(lambda: not window.api.is_online, timeout=SOON)
    desk.cable.mend()
    qtbot.waitUntil(lambda: window.api.is_online, timeout=2 * SOON)
    desk.program.keeper.refresh()
    desk.unlock(window)
    assert window.tabs.count() == 2
    assert window.api.session is not None


def test_a_password_opens_the_window_and_the_key_does_not_matter(desk: Desk, qtbot: QtBot) -> None:
    desk.set_password(PASSWORD)
    window = desk.log_in_by_password(PASSWORD)
    desk.reader.remove()
    qtbot.waitUntil(lambda: not desk.program.keys.state.present, timeout=SOON)
    assert not window.is_locked


def test_a_window_opened_by_password_unlocks_by_password(desk: Desk, qtbot: QtBot) -> None:
    desk.set_password(PASSWORD)
    window = desk.log_in_by_password(PASSWORD)
    desk.program.keeper.lock("窗口已锁定")
    lock = window.findChild(LockDialog)
    assert isinstance(lock, LockDialog)
    qtbot.keyClicks(lock.gate.entry.password, PASSWORD)
    qtbot.keyClick(lock.gate.entry.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.is_locked, timeout=SOON)


def test_a_password_that_is_due_must_be_changed_first(desk: Desk, qtbot: QtBot) -> None:
    desk.set_password(PASSWORD, must_change=True)
    window = desk.log_in_by_password(PASSWORD)
    dialog = window.findChild(PasswordDialog)
    assert isinstance(dialog, PasswordDialog)
    _type(dialog, qtbot, old_password=PASSWORD, new_password=NEW, again=PASSWORD)
    assert "不一样" in dialog.message.text()
    _type(dialog, qtbot, old_password=PASSWORD, new_password=WEAK, again=WEAK)
    qtbot.waitUntil(lambda: "至少" in dialog.message.text(), timeout=SOON)
    _type(dialog, qtbot, old_password=PASSWORD, new_password=NEW, again=NEW)
    qtbot.waitUntil(lambda: window.findChild(PasswordDialog) is None, timeout=SOON)
    window.log_out()
    desk.log_in_by_password(NEW)


def _type(dialog: PasswordDialog, qtbot: QtBot, **texts: str) -> None:
    for name, text in texts.items():
        field = dialog.findChild(QLineEdit, name)
        assert field is not None
        field.setText(text)
    qtbot.keyClick(dialog._again, Qt.Key.Key_Return)
