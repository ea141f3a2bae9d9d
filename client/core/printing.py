"""Printing a PDF through CUPS: queues, jobs, and what really became of them.

The functions block and belong on a background thread; only PrintWatch lives in the GUI.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from client.core.background import background
from client.core.settings import Settings

POLL = 1000  # ms between two looks at a job
PATIENCE = 20  # s a command of the printing system may take


class PrintError(Exception):
    """The printing system refused; the text says why and what to do."""


class Queue(NamedTuple):
    """A printer as CUPS knows it."""

    name: str
    default: bool
    stopped: str  # why it does not print now; empty if it does


class State(Enum):
    """What became of a job."""

    WAITING = "等待打印"
    PRINTING = "正在打印"
    PRINTED = "已打印"
    FAILED = "打印失败"
    UNKNOWN = "结果不明"


class Progress(NamedTuple):
    """A job's state and what to tell the user."""

    state: State
    text: str

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in (State.PRINTED, State.FAILED, State.UNKNOWN)


def _run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        raise PrintError("本机没有安装打印系统（CUPS），请联系管理员")
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        found = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, env=environment, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PrintError("打印系统没有回应，请检查打印服务") from error
    if found.returncode:
        raise PrintError(_reason(found.stderr))
    return found.stdout


def _reason(text: str) -> str:
    known = {
        "does not exist": "打印机不存在，请重新选择打印机",
        "not accepting": "打印机暂不接收任务，请联系管理员",
        "Scheduler is not running": "打印服务没有运行，请联系管理员",
        "No destinations": "没有可用的打印机",
        "onnect": "连接不上打印服务，请联系管理员",
    }
    for mark, meaning in known.items():
        if mark.lower() in text.lower():
            return meaning
    return f"打印系统拒绝了任务：{text.strip()[:120]}"


def queues() -> list[Queue]:
    """The printers of this workstation, the default first; PrintError without a printing system."""
    try:
        text = _run("lpstat", "-p", "-d")
    except PrintError as error:
        if str(error) == "没有可用的打印机":
            return []
        raise
    default = re.search(r"^system default destination: (\S+)", text, re.MULTILINE)
    name = default[1] if default else ""
    found = [
        Queue(match[1], match[1] == name, _stopped(match[2]))
        for match in re.finditer(r"^printer (\S+) ((?:.*)(?:\n\s+.*)*)", text, re.MULTILINE)
    ]
    return sorted(found, key=lambda queue: (not queue.default, queue.name))


def _stopped(text: str) -> str:
    if not text.startswith("disabled"):
        return ""
    reason = text.partition("\n")[2].strip()
    return f"打印机已停用（{reason}）" if reason else "打印机已停用"


def submit(queue: str, path: Path, title: str, copies: int = 1) -> str:
    """Hand a PDF to a queue at its true size; answers the job's name; PrintError if refused."""
    text = _run(
        "lp", "-d", queue, "-n", str(copies), "-t", title,
        "-o", "print-scaling=none", "--", str(path),
    )  # fmt: skip
    found = re.search(r"request id is (\S+)", text)
    if not found:
        raise PrintError("打印系统没有给出任务号，请检查打印队列")
    return found[1]


def progress(job: str) -> Progress:
    """What became of a job so far."""
    queue = job.rpartition("-")[0]
    open_jobs = _run("lpstat", "-W", "not-completed", "-o", queue)
    if _block(open_jobs, job) is not None:
        return _under_way(job, queue)
    block = _block(_run("lpstat", "-l", "-W", "completed", "-o", queue), job)
    if block is None:
        return Progress(State.UNKNOWN, "打印系统没有保留结果，请核对纸张后再确认")
    if "job-completed-successfully" in block:
        return Progress(State.PRINTED, "已打印")
    if "cancel" in block:
        return Progress(State.FAILED, "任务被取消，没有打印完；请检查纸张尺寸和打印机设置")
    if "abort" in block or "error" in block:
        return Progress(State.FAILED, "打印机报错，没有打印完；请检查打印机后重试")
    return Progress(State.UNKNOWN, "打印系统没有说明结果，请核对纸张后再确认")


def _under_way(job: str, queue: str) -> Progress:
    printer = _run("lpstat", "-p", queue)
    if "disabled" in printer:
        return Progress(State.WAITING, "打印机已停用，任务在等待；请恢复打印机或换一台")
    if f"now printing {job}" in printer:
        return Progress(State.PRINTING, "正在打印")
    return Progress(State.WAITING, "排队等待打印")


def _block(text: str, job: str) -> str | None:
    """The lines lpstat writes about a job, or None."""
    found = re.search(rf"^{re.escape(job)}\s.*(?:\n\s+.*)*", text, re.MULTILINE)
    return found[0] if found else None


def remembered(settings: Settings, form: str) -> str:
    """The queue this form was last printed on here; empty if never."""
    return str(settings.value(f"printer.{form}", ""))


def remember(settings: Settings, form: str, queue: str) -> None:
    """Print this form on that queue from now on."""
    settings.set(f"printer.{form}", queue)


def choose(known: Sequence[Queue], wanted: str) -> Queue | None:
    """The remembered queue if it is still there, else the default, else the only one."""
    by_name = {queue.name: queue for queue in known}
    if wanted in by_name:
        return by_name[wanted]
    return known[0] if known and (known[0].default or len(known) == 1) else None


class PrintWatch(QObject):
    """Submits a PDF and follows the job until it is over; `told` comes at every change."""

    told = Signal(object)  # Progress

    def __init__(self, queue: str, path: Path, title: str, copies: int, parent: QObject) -> None:
        super().__init__(parent)
        self.job = ""
        self._path = path
        self._last: Progress | None = None
        self._timer = QTimer(self, singleShot=True, interval=POLL)
        self._timer.timeout.connect(self._look)
        background().run(
            lambda: submit(queue, path, title, copies), self, self._submitted, self._failed
        )

    def _submitted(self, job: str) -> None:
        self.job = job
        self._look()

    def _look(self) -> None:
        background().run(lambda: progress(self.job), self, self._looked, self._failed)

    def _looked(self, found: Progress) -> None:
        if found != self._last:
            self._last = found
            self.told.emit(found)
        if not found.over:
            self._timer.start()

    def _failed(self, error: Exception) -> None:
        self.told.emit(Progress(State.FAILED, str(error)))
        if not isinstance(error, PrintError):
            raise error
