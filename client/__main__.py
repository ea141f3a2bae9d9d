"""python -m client [area] [--tablet] [--server HOST:PORT] [--home DIR]: the desktop client."""

import argparse
import logging
import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from client import __version__, areas
from client.core import faults, key_tap
from client.core import settings as places
from client.core.client_log import start_log
from client.core.config import ConfigError, load
from client.core.login import LoginWindow
from client.core.program import Program
from crypto import selftest
from crypto.errors import CryptoError

SLOW = 0.1  # s an event may take before a debug log names it
CHECK_MS = 30_000  # the server has to answer a check within this
log = logging.getLogger("client")


class Application(QApplication):
    """The application; with AMB_DEBUG it logs every event that keeps the window busy."""

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        began = time.perf_counter()
        answer = super().notify(receiver, event)
        took = time.perf_counter() - began
        if took > SLOW:
            kind = QEvent.Type(event.type()).name if event else ""
            log.debug("%s took %.0f ms in %r", kind, took * 1000, receiver)
        return answer


def main(arguments: list[str] | None = None) -> int:
    """Run the client until its last window closes; returns the exit code."""
    asked = _parser().parse_args(arguments)
    home = Path(asked.home) if asked.home else places.home()
    choose_input_method()
    make = Application if os.environ.get("AMB_DEBUG") else QApplication
    app = make(sys.argv[:1])
    key_tap.listen(app)
    app.setApplicationName("amb")
    start_log(home)
    faults.install()
    try:
        selftest.run()
        config = load(home, asked.server)
    except (ConfigError, CryptoError) as error:
        return _refuse(str(error))
    program = Program(config, area=asked.area, tablet=asked.tablet)
    try:
        login = program.start(asked.staff, asked.pin)
        if asked.check:
            _check(app, login)
        return app.exec()
    finally:
        program.close()  # the channel before the application: its threads call into it


def choose_input_method() -> None:
    """Let fcitx type through Qt's ibus plugin: the wheel has no plugin of its own for fcitx.

    Must run before the application is made.  On Wayland nothing is touched.
    """
    asked = os.environ.get("QT_IM_MODULE", "") or os.environ.get("XMODIFIERS", "")
    wayland = bool(os.environ.get("WAYLAND_DISPLAY"))
    if sys.platform == "linux" and "fcitx" in asked and not wayland:
        os.environ["QT_IM_MODULE"] = "ibus"
        os.environ.setdefault("IBUS_USE_PORTAL", "1")


def _check(app: QApplication, login: LoginWindow) -> None:
    """Import every page, then end: with 0 once the server answered, with 3 if it never does."""
    from resources.print.core.fonts import check_fonts

    check_fonts()
    for area in areas.AREAS:
        areas.pages(area.name)
    look = QTimer(login, interval=20)
    look.timeout.connect(lambda: app.exit(0) if login.gate.info is not None else None)
    look.start()
    QTimer.singleShot(CHECK_MS, login, lambda: app.exit(3))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m client", description="院前急救信息系统客户端")
    names = [area.name for area in areas.AREAS]
    parser.add_argument(
        "area",
        nargs="?",
        default="",
        choices=["", *names],
        metavar="area",
        help="只显示一个子系统：" + "、".join(names),
    )
    parser.add_argument("--tablet", action="store_true", help="触摸屏版式")
    parser.add_argument("--server", default="", help="服务器地址，主机:端口")
    parser.add_argument("--home", default="", help="客户端目录（证书、设置、草稿）")
    parser.add_argument("--staff", default="", help="预填工号（演示）")
    parser.add_argument("--pin", default="", help="预填 PIN（演示）")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _refuse(text: str) -> int:
    log.error("%s", text)
    if QGuiApplication.platformName() == "offscreen":
        print(text, file=sys.stderr)
    else:
        box = QMessageBox(QMessageBox.Icon.Critical, "不能启动", text)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.exec()
    return 2


if __name__ == "__main__":
    sys.exit(main())
