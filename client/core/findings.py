"""What the diagnosis finds: how server, key, printers, screen and system stand, in words.

What asks other programs blocks and belongs on a background thread; each function says so.
"""

import os
import platform
import re
import shutil
import socket
import subprocess
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication

from client import __version__
from client.core import style
from client.core.queues import Queue
from client.core.ukey import KeyWorker
from crypto.tls import library_version
from protos.common import session_pb2

PARTS = ("服务器", "UKEY", "打印机", "输入法")
_PATIENCE = 5.0  # s a program has to tell its version
_PROGRAMS = {
    "pcscd": ("pcscd", "--version"),
    "fcitx5": ("fcitx5", "--version"),
    "ibus": ("ibus", "version"),
}
_CLOCK_OFF = 120.0  # s between the clocks that is worth a word
_PACKAGES = ("grpcio", "protobuf", "PySide6-Essentials", "cryptography", "reportlab", "pyscard")


class Finding(NamedTuple):
    """One line of the diagnosis."""

    what: str
    text: str
    tone: str  # good, warn, bad, muted


def of_printers(found: Sequence[Queue], chosen: Collection[str] = ()) -> Finding:
    """The printers of this workstation, what ails them, and chosen ones that are gone."""
    if not found and not chosen:
        return Finding("打印机", "没有打印机；可以存为 PDF 文件", "muted")
    gone = sorted(set(chosen) - {queue.name for queue in found})
    told = [_told(queue) for queue in found]
    told += [f"以前选用的“{name}”不在了，请在“打印”窗口里重选打印机" for name in gone]
    if any(queue.stopped for queue in found):
        told.append("已停用的，请信息科在系统的打印机设置里启用")
    ill = gone or any(queue.stopped or queue.trouble for queue in found)
    return Finding("打印机", "；".join(told), "warn" if ill else "good")


def _told(queue: Queue) -> str:
    parts = (queue.name, "默认" if queue.default else "", queue.stopped or queue.trouble)
    return "，".join(part for part in parts if part)


def of_screen() -> Finding:
    """The screen and the size of the letters."""
    screen = QGuiApplication.primaryScreen()
    size, ratio = screen.size(), screen.devicePixelRatio()
    family = style.font().family()
    known = family in style.FAMILIES
    text = f"{size.width()}×{size.height()}，缩放 {ratio:g}，字体 {family} {style.look().percent}%"
    return Finding("屏幕与字体", text, "good" if known else "warn")


def of_versions() -> Finding:
    """What is installed."""
    parts = [f"客户端 {__version__}", f"Python {platform.python_version()}", f"Qt {qVersion()}"]
    for package in _PACKAGES:
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            parts.append(f"{package} 未安装")
    return Finding("版本", "，".join([*parts, platform.platform()]), "muted")


def of_system() -> Finding:
    """The parts of the system the program leans on; it runs some of them, so not in the GUI."""
    parts = [library_version(), " ".join(platform.libc_ver()) or "glibc 不明", f"CUPS {_cups()}"]
    for label, command in _PROGRAMS.items():
        parts.append(f"{label} {_asked(*command)}")
    return Finding("系统部件", "，".join(parts), "muted")


def _cups() -> str:
    """The version the print service tells of itself over HTTP, as CUPS does in every answer."""
    server = os.environ.get("CUPS_SERVER", "")
    path = server if server.startswith("/") else "/run/cups/cups.sock"
    for family, address in ((socket.AF_UNIX, path), (socket.AF_INET, ("127.0.0.1", 631))):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as link:
                link.settimeout(_PATIENCE)
                link.connect(address)
                link.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                told = re.search(rb"CUPS/([\d.]+)", link.recv(4096))
        except OSError:
            continue
        return told[1].decode() if told else "已运行"
    return "未运行"


def _asked(program: str, *arguments: str) -> str:
    """The version a program tells of itself; 未安装 if there is none."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        return "未安装"
    try:
        told = subprocess.run(
            [found, *arguments], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "没有回应"
    number = re.search(r"\d+(?:\.\d+)+", told.stdout + told.stderr)
    return number[0] if number else "已安装"


def verdict(findings: list[Finding]) -> Finding:
    """Which of server, key, printer and input method is ill, in one line."""
    ill = [f.what for f in findings if f.what in PARTS and f.tone == "bad"]
    doubtful = [f.what for f in findings if f.what in PARTS and f.tone == "warn"]
    if ill:
        return Finding("结论", f"有故障：{'、'.join(ill)}。请照下面的说明处理，或联系信息科", "bad")
    if doubtful:
        return Finding("结论", f"请留意：{'、'.join(doubtful)}；其余正常", "warn")
    return Finding("结论", "服务器、UKEY、打印机、输入法都没有发现问题", "good")


def of_key(keys: KeyWorker) -> Finding:
    """The UKEY as seen now."""
    state = keys.state
    return Finding("UKEY", state.text, "good" if state.usable else "warn")


def of_server(info: session_pb2.ServerInfo, milliseconds: float) -> Finding:
    """A server that answered."""
    off = abs(info.time.ToDatetime(UTC) - datetime.now(UTC)).total_seconds()
    text = f"{info.name}，版本 {info.version}，往返 {milliseconds:.0f} 毫秒"
    if off > _CLOCK_OFF:
        return Finding("服务器", f"{text}；本机时间相差 {off:.0f} 秒，请校准", "warn")
    return Finding("服务器", text, "good")
