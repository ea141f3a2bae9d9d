"""Whether Chinese can be typed: the module Qt loaded, and the input method it must reach."""

import os
import sys
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QLibraryInfo
from PySide6.QtDBus import QDBusConnection
from PySide6.QtGui import QGuiApplication

from client.core.findings import Finding

_SUFFIX = "platforminputcontextplugin"
_FCITX5, _FCITX4 = "org.fcitx.Fcitx5", "org.fcitx.Fcitx-0"
_IBUS_PORTAL, _FCITX_PORTAL = "org.freedesktop.portal.IBus", "org.freedesktop.portal.Fcitx"
_IBUS = "org.freedesktop.IBus"
_NAMES = (_FCITX5, _FCITX4, _IBUS_PORTAL, _FCITX_PORTAL, _IBUS)
_START = "请启动输入法（如“Fcitx 5”），或注销后重新登录系统"


class Bus(NamedTuple):
    """What is seen of the input methods of this desktop."""

    names: frozenset[str]  # owned on the session bus
    ibus: bool  # an ibus daemon with a bus of its own runs

    @property
    def framework(self) -> str:
        """The input method that runs, as its user calls it; empty if none does."""
        if _FCITX5 in self.names:
            return "fcitx5"
        if _FCITX4 in self.names:
            return "fcitx4"
        return "ibus" if self.ibus or self.names & {_IBUS, _IBUS_PORTAL} else ""


def of_input_method() -> Finding:
    """Whether Chinese gets into the program, and if not, what to do; blocks for the bus."""
    if not sys.platform.startswith("linux"):
        return Finding("输入法", "使用系统的输入法", "good")
    return Finding("输入法", *_judged(_wanted(), plugins(), _bus(), wayland=_on_wayland()))


def _judged(wanted: str, there: Collection[str], bus: Bus, *, wayland: bool) -> tuple[str, str]:
    """(what to say, tone) for the module asked for, the modules there and what runs."""
    running = bus.framework
    if wayland and not wanted:
        if running:
            return f"{running} 正在运行，经 Wayland 输入", "good"
        return f"没有输入法在运行，打不了中文；{_START}", "bad"
    if not wanted or wanted in ("compose", "xim", "none"):
        return _nothing_asked(running)
    if wanted not in there:
        own = "、".join(sorted(there))
        return (
            f"桌面要求的输入模块 {wanted} 不在程序里（有：{own}），打不了中文；"
            "请信息科把环境变量 QT_IM_MODULE 设为 fcitx 或 ibus，再重新登录系统"
        ), "bad"
    if _reaches(wanted)(bus):
        return f"{running} 正在运行，经模块 {wanted} 输入", "good"
    if running:
        return (
            f"{running} 正在运行，但程序的模块 {wanted} 连不上它，打不了中文；"
            "请信息科安装 fcitx5，或改用 ibus"
        ), "bad"
    return f"输入法没有运行，打不了中文；{_START}", "bad"


def _nothing_asked(running: str) -> tuple[str, str]:
    if running:
        return (
            f"{running} 正在运行，但桌面没有让程序使用它；"
            f"请信息科把环境变量 QT_IM_MODULE 设为 {running.rstrip('45')}，再重新登录系统"
        ), "bad"
    return "桌面没有指定输入法，也没有输入法在运行；要打中文，请信息科安装并启用 fcitx5", "warn"


def _reaches(module: str) -> Callable[[Bus], bool]:
    """Whether a module finds its input method on the bus, by the ways of Qt's plugins."""
    if module == "ibus":
        portal = bool(os.environ.get("IBUS_USE_PORTAL")) or Path("/.flatpak-info").exists()
        return lambda bus: _IBUS_PORTAL in bus.names if portal else bus.ibus
    if module in ("fcitx", "fcitx5"):
        return lambda bus: bool(bus.names & {_FCITX_PORTAL, _FCITX5, _FCITX4})
    return lambda bus: bool(bus.framework)


def plugins() -> frozenset[str]:
    """The input modules in the program's own Qt."""
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))
    found = (folder / "platforminputcontexts").glob(f"*{_SUFFIX}*")
    names = (path.stem.removeprefix("lib").removesuffix(_SUFFIX) for path in found)
    return frozenset(names) - {"qtvirtualkeyboard"}


def _wanted() -> str:
    """The module Qt was asked for; empty if nobody asked."""
    asked = os.environ.get("QT_IM_MODULES") or os.environ.get("QT_IM_MODULE", "")
    known = plugins()
    names = asked.split(";")
    return next((name for name in names if name in known), names[0])


def _on_wayland() -> bool:
    return QGuiApplication.platformName().startswith("wayland")


def _bus() -> Bus:
    return Bus(_owned(), _ibus_runs())


def _owned() -> frozenset[str]:
    """Which of the names somebody owns on the session bus; none without such a bus.

    Where no bus is named, none is asked: the library would start one.
    """
    own = Path(f"/run/user/{os.getuid()}/bus")
    if not os.environ.get("DBUS_SESSION_BUS_ADDRESS") and not own.exists():
        return frozenset()
    name = f"amb-diagnosis-{threading.get_ident()}"  # a connection of this thread's own
    bus = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, name)
    try:
        names = bus.interface().registeredServiceNames().value() if bus.isConnected() else []
        return frozenset(names) & frozenset(_NAMES)
    finally:
        QDBusConnection.disconnectFromBus(name)


def _ibus_runs() -> bool:
    """Whether an ibus daemon of this user lives, by the address files it leaves."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for path in (config / "ibus" / "bus").glob("*"):
        for line in path.read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition("=")
            lives = value.isdigit() and Path(f"/proc/{value}").exists()
            if name == "IBUS_DAEMON_PID" and lives:
                return True
    return False
