"""A real client in a process of its own that types without end, until it is killed.

python -m tests.client.typist FOLDER PORT PKI EVENT AFTER SEED: logs in with the key of FOLDER,
opens a new vehicle and types into its fifty fields, a key every tick.  After each key it notes the
tick and the whole form in FOLDER/journal.  After AFTER ticks the EVENT happens: "key" pulls the
key, "session" meets a session the server has ended, anything else is somebody else's doing.
"""

import base64
import os
import random
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from client.core.config import Config
from client.core.form import FormDialog
from client.core.main_window import MainWindow
from client.core.program import Program
from client.core.view import PageView
from crypto.tls import TlsFiles
from ukey.virtual.attach import InProcessWorkstation
from ukey.virtual.card import VirtualCard

TICK = 20  # ms; a busy machine makes ticks longer, never shorter
PIN = "135790"
PAGE = "车辆"
MARKS = ("started", "event", "locked")  # lines of the journal that are no state of the form
STATIONS: list[InProcessWorkstation] = []  # of this process
KEYS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"


class Typist:
    """Types at random, and writes down what stands in the form after each key."""

    def __init__(self, folder: Path, window: MainWindow, event: str, after: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._window, self._event, self._after = window, event, after
        self._journal = os.open(folder / "journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._ticks = 0
        view = window.open_title(PAGE)
        assert isinstance(view, PageView)
        self._view = view
        view.new_record()
        self._form: FormDialog = view.forms[-1]
        boxes = self._form.body.boxes.values()
        editors = [box.editor for box in boxes if box.enterable and box.editor is not None]
        self._lines = [e.inner for e in editors if isinstance(e.inner, QLineEdit)]
        assert len(editors) >= 40, len(editors)
        self._timer = QTimer(window, interval=TICK)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        self.note("started")

    def tick(self) -> None:
        """One key, unless the window is locked; the event when its time has come."""
        self._ticks += 1
        if self._ticks == self._after:
            self._happen()
        if self._window.is_locked:
            self.note("locked")
            return
        line = self._random.choice(self._lines)
        if self._random.random() < 0.05:
            QTest.keyClick(line, Qt.Key.Key_Backspace)
        else:
            QTest.keyClicks(line, self._random.choice(KEYS))
        self.note(base64.b64encode(self._form.collect().SerializeToString()).decode())

    def note(self, text: str) -> None:
        """One line of the journal; it is the kernel's when this returns."""
        os.write(self._journal, f"{self._ticks} {text}\n".encode())

    def _happen(self) -> None:
        self.note("event")
        if self._event == "key":
            STATIONS[0].remove()
        elif self._event == "session":
            self._view.refresh()


def program_in(folder: Path, port: int, pki: Path) -> Program:
    """The client of a workstation whose key, inserted, and home are in a folder."""
    files = TlsFiles(
        certificate=pki / "workstation.crt", private_key=pki / "workstation.key",
        roots=pki / "ca.crt", crl=pki / "ca.crl",
    )  # fmt: skip
    config = Config(folder / "home", "127.0.0.1", port, "localhost", files)
    station = InProcessWorkstation(folder / "typist")
    program = Program(config, tokens=station.tokens)
    station.insert(VirtualCard(folder / "key.json"))
    STATIONS.append(station)
    return program


def main(folder: Path, port: int, pki: Path, event: str, after: int, seed: int) -> int:
    """Log in and type until killed."""
    app = QApplication([])
    program = program_in(folder, port, pki)
    typists: list[Any] = []
    program.opened.connect(
        lambda window: typists.append(Typist(folder, window, event, after, seed))
    )
    login = program.start()

    def enter() -> None:
        if not program.keys.state.usable:
            QTimer.singleShot(TICK, enter)
            return
        field = login.findChild(QLineEdit, "pin")
        assert isinstance(field, QLineEdit)
        QTest.keyClicks(field, PIN)
        QTest.keyClick(field, Qt.Key.Key_Return)

    enter()
    return int(app.exec())


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _, _where, _port, _pki, _event, _after, _seed = sys.argv
    sys.exit(main(Path(_where), int(_port), Path(_pki), _event, int(_after), int(_seed)))
