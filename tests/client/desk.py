"""One workstation: reader, key, program; and the hands of a clerk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from client.core.config import Config
from client.core.login import LockDialog
from client.core.main_window import MainWindow
from client.core.program import Program
from crypto.sm2 import PublicKey
from crypto.tls import TlsFiles
from installers.demo.cable import Cable
from protos.common import session_pb2 as pb
from server.admin import password as passwords
from server.admin.person import Person
from server.core.pki import Pki
from server.core.run import Running
from tests.people import Who, make_person_in
from tests.ukey.conftest import Events
from ukey.virtual.attach import InProcessWorkstation, Workstation
from ukey.virtual.card import VirtualCard
from ukey.watch import Event

PIN, ADMIN_PIN = "135790", "24681357"
SOON = 30_000  # ms: a bound for a busy machine; what is waited for comes at once


def make_card(path: Path, kind: type[VirtualCard] = VirtualCard) -> VirtualCard:
    """A fresh software key with PIN set and nothing in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return kind.create(path, "测试 UKEY", path.stem, PIN, ADMIN_PIN)


class Desk:
    """A person at a workstation with a key of their own."""

    def __init__(
        self,
        server: Running,
        pki: Pki,
        folder: Path,
        qtbot: QtBot,
        permissions: Iterable[str],
        values: dict[str, Any],
        station: Workstation | None = None,
        card: type[VirtualCard] = VirtualCard,
    ) -> None:
        self._server, self._pki, self._bot = server, pki, qtbot
        self.reader: Workstation = station or InProcessWorkstation(folder / "reader")
        self.card = make_card(folder / "key.json", card)
        self.who = self._enrol(permissions, values)
        self.cable = Cable(server.port)
        files = _files(pki)
        self.config = Config(folder / "home", "127.0.0.1", self.cable.port, "localhost", files)
        self.program = Program(self.config, tokens=self.reader.tokens)

    def _enrol(self, permissions: Iterable[str], values: dict[str, Any]) -> Who:
        """Make the key inside the card, and the person it belongs to."""
        with Events(self.reader.tokens) as events:
            self.reader.insert(self.card)
            events.expect(Event.INSERTED)
        with self.reader.tokens.open() as key:
            key.verify_pin(PIN)
            inside = _Inside(PublicKey.from_point(key.generate()))
            sessions = self._server.worker.app.sessions
            who = make_person_in(sessions, self._pki, inside, permissions, **values)  # type: ignore[arg-type]
            with sessions.read() as db:
                key.import_certificate(who.certificate(db).der)
        return who

    def log_in(self, pin: str = PIN) -> MainWindow:
        """Type the PIN and wait for the main window."""
        if self.program.login is None:
            self.program.start()
        assert self.program.login is not None
        self._bot.waitUntil(lambda: self.program.keys.state.usable, timeout=SOON)
        self.type_pin(self.program.login, pin)
        self._bot.waitUntil(lambda: self.program.window is not None, timeout=SOON)
        assert self.program.window is not None
        return self.program.window

    def set_password(self, password: str, *, must_change: bool = False) -> None:
        """Give the person a password, as an administrator would."""
        with self._server.worker.app.sessions.write() as db:
            person = db.get_one(Person, self.who.id)
            new = passwords.derive(person.password_history, password)
            passwords.put(person, new, datetime.now(UTC))
            person.must_change_password = must_change

    def log_in_by_password(self, password: str) -> MainWindow:
        """Choose the password way, type, and wait for the main window."""
        login = self.program.login or self.program.start()
        self._bot.waitUntil(lambda: login.gate.info is not None, timeout=SOON)
        login.gate.switch.click()
        self._bot.keyClicks(login.gate.entry.staff_no, self.who.staff_no)
        self._bot.keyClick(login.gate.entry.staff_no, Qt.Key.Key_Return)
        self._bot.keyClicks(login.gate.entry.password, password)
        self._bot.keyClick(login.gate.entry.password, Qt.Key.Key_Return)
        self._bot.waitUntil(lambda: self.program.window is not None, timeout=SOON)
        assert self.program.window is not None
        return self.program.window

    def unlock(self, window: MainWindow) -> None:
        """Put the key in if it is not, and type the PIN at the lock."""
        self._bot.waitUntil(lambda: window.is_locked, timeout=SOON)
        if not self.program.keys.state.present:
            self.reader.insert(self.card)
        self._bot.waitUntil(lambda: self.program.keys.state.usable, timeout=SOON)
        lock = window.findChild(LockDialog)
        assert isinstance(lock, LockDialog)
        self._bot.waitUntil(lambda: lock.gate.info is not None, timeout=SOON)
        self.type_pin(lock)
        self._bot.waitUntil(lambda: self._open(window, lock), timeout=SOON)

    def _open(self, window: MainWindow, lock: LockDialog) -> None:
        """Fail with what the lock says, for whoever reads of a failure."""
        assert not window.is_locked, _said(lock)

    def type_pin(self, window: QWidget, pin: str = PIN) -> None:
        """Type a PIN into a window's PIN field and press Enter."""
        field = window.findChild(QLineEdit, "pin")
        assert field is not None
        self._bot.keyClicks(field, pin)
        self._bot.keyClick(field, Qt.Key.Key_Return)

    def close(self) -> None:
        """Switch the workstation off."""
        self.program.close()
        self.cable.close()


@dataclass(frozen=True)
class _Inside:
    """The key of a card, as far as a certificate needs it."""

    public_key: PublicKey


def an_ended_one(session: pb.Session | None) -> pb.Session:
    """The same user's session under an id the server does not know."""
    made = pb.Session()
    made.CopyFrom(session or pb.Session())
    made.id = bytes(32)
    return made


def _said(lock: LockDialog) -> str:
    if not isValid(lock):
        return "another lock came after this one"
    gate = lock.gate
    return f"{gate.entry.message.text()!r} {gate.server.label.text()!r} {gate.key.label.text()!r}"


def _files(pki: Pki) -> TlsFiles:
    return TlsFiles(
        certificate=pki.folder / "workstation.crt",
        private_key=pki.folder / "workstation.key",
        roots=pki.folder / "ca.crt",
        crl=pki.folder / "ca.crl",
    )
