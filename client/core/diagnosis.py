"""Which part is ill: server, key, printer, input method; and a bundle for support."""

import json
import logging
import os
import platform
import re
import shutil
import socket
import subprocess
import time
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QLibraryInfo, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from client import __version__
from client.core import style
from client.core.background import background
from client.core.login import Line
from client.core.queues import PrintError, Queue, queues
from client.core.session import Connection, Keeper
from client.core.settings import write_atomically
from client.core.ukey import KeyWorker
from crypto.tls import library_version
from protos.common import session_pb2

LOG = Path("log") / "client.log"
_LOG_SIZE, _LOG_FILES = 1_000_000, 3
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


def start_log(home: Path) -> None:
    """Write the program's log below home; it never holds field values, only names of calls."""
    path = home / LOG
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = RotatingFileHandler(
        path, maxBytes=_LOG_SIZE, backupCount=_LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if os.environ.get("AMB_DEBUG") else logging.INFO)


def of_printers(found: Sequence[Queue]) -> Finding:
    """The printers of this workstation, and which of them are stopped."""
    if not found:
        return Finding("打印机", "没有打印机；可以存为 PDF 文件", "warn")
    told = [
        "，".join(part for part in (q.name, "默认" if q.default else "", q.stopped) if part)
        for q in found
    ]
    ill = any(queue.stopped for queue in found)
    return Finding("打印机", "；".join(told), "warn" if ill else "good")


def of_input_method() -> Finding:
    """The way Chinese gets into the program: the plugin asked for, and those there are."""
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))
    there = sorted(
        path.stem.removeprefix("lib").removesuffix("platforminputcontextplugin")
        for path in (folder / "platforminputcontexts").glob("*.*")
    )
    wanted = os.environ.get("QT_IM_MODULE") or os.environ.get("XMODIFIERS", "") or "未指定"
    known = any(name and name in wanted for name in there)
    text = f"{wanted}；程序自带 {'、'.join(there) or '无'}"
    return Finding("输入法", text, "good" if known else "warn")


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
    return Finding("结论", "服务器、UKEY、打印机、输入法都正常", "good")


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


def bundle(findings: list[Finding], home: Path) -> bytes:
    """A zip of the findings and the program's log: no record, no draft, no name of a patient."""
    report = [finding._asdict() for finding in findings]
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(report, ensure_ascii=False, indent=1)
        archive.writestr("diagnosis.json", text)
        for path in sorted((home / LOG).parent.glob("client.log*")):
            archive.write(path, path.name)
    return made.getvalue()


class DiagnosisPage(QWidget):
    """The findings, a line to try the input method in, and the bundle."""

    title = "诊断"

    def __init__(
        self, connection: Connection, keys: KeyWorker, keeper: Keeper, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._connection, self._keys, self._keeper = connection, keys, keeper
        self._findings: dict[str, Finding] = {}
        self._lines: dict[str, Line] = {}
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(24, 20, 24, 20)
        heading = QLabel("诊断", self)
        heading.setProperty("role", "title")
        layout.addWidget(heading)
        layout.addWidget(self._card())
        layout.addLayout(self._buttons())
        layout.addStretch()
        area = QScrollArea(self)  # large letters want more than a small screen has
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        keys.state_changed.connect(self._key_changed)
        self.refresh()

    def refresh(self) -> None:
        """Look at everything again."""
        self._began = time.perf_counter()
        self._show(Finding("服务器", "正在询问…", "muted"))
        self._keeper.hello(self, self._answered, self._silent)
        self._show(Finding("打印机", "正在询问…", "muted"))
        background().run(queues, self, self._printers, self._no_printing)
        for finding in (
            of_key(self._keys),
            of_input_method(),
            of_screen(),
            of_versions(),
        ):
            self._show(finding)
        self._show(Finding("系统部件", "正在查看…", "muted"))
        background().run(of_system, self, self._show, self._unknown)

    def save_bundle(self, path: Path) -> None:
        """Write the bundle; raises OSError and leaves no partial file."""
        data = bundle(list(self._findings.values()), self._connection.config.home)
        write_atomically(path, data)

    def _key_changed(self) -> None:
        self._show(of_key(self._keys))

    def _printers(self, found: list[Queue]) -> None:
        self._show(of_printers(found))

    def _no_printing(self, error: Exception) -> None:
        self._show(Finding("打印机", str(error), "bad"))
        if not isinstance(error, PrintError):
            raise error

    def _answered(self, info: session_pb2.ServerInfo) -> None:
        self._show(of_server(info, (time.perf_counter() - self._began) * 1000))

    def _silent(self, error: Exception) -> None:
        self._show(Finding("服务器", f"{self._connection.config.server}：{error}", "bad"))

    def _unknown(self, error: Exception) -> None:
        self._show(Finding("系统部件", f"查不到：{error}", "warn"))

    def _show(self, finding: Finding) -> None:
        self._findings[finding.what] = finding
        self._say(finding)
        self._say(verdict(list(self._findings.values())))

    def _say(self, finding: Finding) -> None:
        sign = {"good": "check-circle", "bad": "x-circle", "warn": "warning-circle"}
        self._lines[finding.what].say(sign.get(finding.tone, "info"), finding.text, finding.tone)

    def _card(self) -> QFrame:
        card = QFrame(self)
        card.setProperty("role", "card")
        form = QFormLayout(card)
        form.setContentsMargins(16, 14, 16, 14)
        form.setHorizontalSpacing(20)
        for what in ("结论", *PARTS, "屏幕与字体", "版本", "系统部件"):
            self._lines[what] = Line(card)
            form.addRow(what, self._lines[what])
        trial = QLineEdit(card)
        trial.setPlaceholderText("在这里试打一行中文")
        form.addRow("试输入", trial)
        return card

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for text, slot in (("重新检查", self.refresh), ("保存诊断包…", self._save)):
            button = QPushButton(text, self)
            button.clicked.connect(lambda _, slot=slot: slot())
            row.addWidget(button)
        self._saved = QLabel("诊断包只含版本、状态和运行日志，不含病人资料。", self)
        self._saved.setProperty("role", "muted")
        row.addWidget(self._saved, 1)
        return row

    def _save(self) -> None:
        name = f"诊断包-{datetime.now().astimezone():%Y%m%d-%H%M}.zip"
        chosen, _ = QFileDialog.getSaveFileName(self, "保存诊断包", name, "压缩包 (*.zip)")
        if not chosen:
            return
        try:
            self.save_bundle(Path(chosen))
        except OSError as error:
            self._saved.setText(f"没有保存：{error.strerror}，请换一个位置再试")
        else:
            self._saved.setText(f"已保存到 {chosen}")
