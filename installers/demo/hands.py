"""The hands and eyes of a user at one workstation: types, clicks, waits, takes pictures."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from client.core.config import load
from client.core.main_window import MainWindow
from client.core.program import Program
from installers.demo.world import PIN, World
from ukey.virtual.card import VirtualCard
from ukey.virtual.inprocess import InProcessReader

SECONDS = 20.0
W = TypeVar("W", bound=QWidget)


class NotSeen(AssertionError):
    """What the user waited for did not happen in time."""


def wait(happened: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
    """Let the windows work until something happened; raises NotSeen."""
    deadline = time.monotonic() + seconds
    while not happened():
        left = deadline - time.monotonic()
        if left <= 0:
            raise NotSeen(f"没有等到：{what}")
        loop = QEventLoop()
        QTimer.singleShot(10, loop.quit)
        loop.exec()
    settle()


def settle() -> None:
    """Let what was asked for be done, deletions too."""
    for _ in range(3):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


class Desk:
    """One person's workstation: reader, real client, and what the person does there."""

    def __init__(
        self,
        world: World,
        shots: Path,
        area: str = "",
        *,
        tablet: bool = False,
        server: str = "",
        reader: str = "reader",
    ) -> None:
        self._shots = shots
        self.taken: list[Path] = []
        self.reader = InProcessReader(world.folder / reader)
        self.reader.remove()
        config = load(world.client_home, server)
        self.program = Program(config, area=area, tablet=tablet, tokens=self.reader)
        self.program.start()

    @property
    def window(self) -> MainWindow:
        """The main window; there is one after the login."""
        assert self.program.window is not None
        return self.program.window

    def insert(self, card: VirtualCard) -> None:
        """Put a UKEY in and wait until it is seen."""
        self.reader.insert(card)
        wait(lambda: self.program.keys.state.usable, "UKEY 插入后被识别")

    def pull(self) -> None:
        """Pull the UKEY out."""
        self.reader.remove()

    def type_pin(self, window: QWidget, pin: str = PIN) -> None:
        """Type a PIN and press Enter."""
        field = child(window, QLineEdit, "pin")
        field.clear()
        QTest.keyClicks(field, pin)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def log_in(self, card: VirtualCard) -> MainWindow:
        """Insert, type the PIN, and be in."""
        self.insert(card)
        assert self.program.login is not None
        self.type_pin(self.program.login)
        wait(lambda: self.program.window is not None, "登录成功")
        return self.window

    def shot(self, name: str, window: QWidget | None = None) -> Path:
        """A picture of a window as it is now."""
        settle()
        shown = window or self.program.window or self.program.login
        assert shown is not None
        path = self._shots / f"{name}.png"
        shown.grab().save(str(path))
        self.taken.append(path)
        return path

    def close(self) -> None:
        """Switch the workstation off."""
        self.program.close()
        self.reader.remove()
        settle()


def child(parent: QObject, kind: type[W], name: str = "") -> W:
    """The child widget of that kind and object name; raises NotSeen."""
    found = parent.findChild(kind, name) if name else parent.findChild(kind)
    if found is None:
        raise NotSeen(f"窗口里没有 {kind.__name__} {name}")
    return found


def press(button: QAbstractButton) -> None:
    """Click a button that is there and enabled."""
    if not button.isEnabled() or not button.isVisible():
        raise NotSeen(f"按钮“{button.text()}”不能按：{button.toolTip()}")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center() or QPoint())


def button(parent: QWidget, text: str) -> QAbstractButton:
    """The visible button with that text."""
    for each in parent.findChildren(QAbstractButton):
        if each.isVisible() and each.text().replace("&", "").split("(")[0].strip() == text:
            return each
    raise NotSeen(f"没有按钮“{text}”")


def dialogs(kind: type[W]) -> Sequence[W]:
    """The open top-level windows of a kind."""
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]
