"""A pcscd of our own with the virtual reader in it, for machines without a running service.

A machine has room for one pcscd only.  Whoever holds the lock file may run it; a pcscd left behind
by a holder that died is taken over.  vpcd listens on every interface: for test machines only.
"""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from ukey.errors import CardError
from ukey.virtual import require_allowed
from ukey.virtual.locked import FileLock
from ukey.virtual.slot import Slot

PCSCD = "pcscd"
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SOCKET = Path("/run/pcscd/pcscd.comm")
READER = "AMB Virtual"
START_SECONDS = 10.0
STOP_SECONDS = 10.0
LOCK_SECONDS = 180.0
# below the range the system itself hands out
PORTS = range(20000, 32000, 2)
_PAUSE_SECONDS = 0.02


class PcscDaemon:
    """The one pcscd of the machine, with two virtual slots; raises CardError with the reason."""

    def __init__(self, home: Path | None = None) -> None:
        require_allowed()
        self._home = home or Path(tempfile.gettempdir()) / f"amb-pcscd-{os.getuid()}"
        # pcscd parses every file in its configuration folder: nothing else may lie there
        self._config = self._home / "config"
        self._record = self._home / "running.json"
        self._lock = FileLock(self._home / "lock")
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Wait for our turn and have a pcscd that answers; one left over is taken over."""
        if missing := missing_parts():
            raise CardError(0, f"未安装 {missing}，无法启动虚拟读卡器：请先运行安装脚本")
        self._take_turn()
        try:
            if not self._take_over():
                self._launch()
        except BaseException:
            self._end(signal.SIGKILL)
            self._lock.release()
            raise

    def stop(self) -> None:
        """End pcscd and let others have their turn."""
        self._end(signal.SIGTERM)
        self._record.unlink(missing_ok=True)
        self._lock.release()

    def kill(self) -> None:
        """End pcscd as a crash would, keeping our turn; `restart` brings it back."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again after `kill`, at the same ports."""
        self._launch(self._port)

    def slot(self, number: int = 0) -> Slot:
        """Slot 0 or 1 of the virtual reader."""
        return Slot("127.0.0.1", self._port + number)

    def _take_turn(self) -> None:
        try:
            self._lock.acquire(LOCK_SECONDS)
        except TimeoutError:
            raise CardError(0, "另一程序正占用虚拟读卡器，请稍后再试") from None

    def _take_over(self) -> bool:
        """Whether a pcscd of ours still runs and is now this object's."""
        try:
            record = json.loads(self._record.read_text("utf-8"))
            command = Path(f"/proc/{record['pid']}/cmdline").read_bytes()
        except (OSError, ValueError, KeyError):
            return False
        if str(self._config).encode() not in command.split(b"\0"):
            return False
        self._pid, self._port = record["pid"], record["port"]
        if _answers():
            return True
        self._end(signal.SIGKILL)
        return False

    def _launch(self, port: int = 0) -> None:
        if _answers():
            raise CardError(0, "本机已有 pcscd 服务在运行，请先停止该服务")
        self._port = port or _free_ports()
        self._write_config()
        with (self._home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [PCSCD, "--foreground", "--info", "--config", str(self._config)],
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us, who then end it in order
            )
        self._pid = self._process.pid
        self._record.write_text(json.dumps({"pid": self._pid, "port": self._port}), "utf-8")
        if not _until(self._ready, START_SECONDS):
            raise CardError(0, f"pcscd 未能启动，日志见 {self._home / 'log'}")

    def _write_config(self) -> None:
        shutil.rmtree(self._config, ignore_errors=True)
        self._config.mkdir(parents=True)
        # a host name in place of /dev/null would make vpcd connect out, which aborts pcscd
        text = (
            f'FRIENDLYNAME "{READER}"\nDEVICENAME /dev/null:{self._port:#x}\n'
            f"LIBPATH {DRIVER}\nCHANNELID {self._port:#x}\n"
        )
        (self._config / "vpcd").write_text(text, "utf-8")

    def _ready(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise CardError(0, f"pcscd 启动后退出，日志见 {self._home / 'log'}")
        return _answers() and _listens(self._port)

    def _end(self, how: signal.Signals) -> None:
        """Signal our pcscd and wait for its end, harder where it does not listen."""
        if not self._pid:
            return
        try:
            handle = os.pidfd_open(self._pid)
        except ProcessLookupError:
            handle = -1
        if handle >= 0:
            with os.fdopen(handle) as process:
                _signal(process.fileno(), how)
                if not select.select([process], [], [], STOP_SECONDS)[0]:
                    _signal(process.fileno(), signal.SIGKILL)
        if self._process is not None:
            self._process.wait(STOP_SECONDS)
        self._process, self._pid = None, 0


def missing_parts() -> str:
    """Names of the packages that are not installed, empty when all are."""
    missing = [] if shutil.which(PCSCD) else ["pcscd"]
    if not DRIVER.exists():
        missing.append("vsmartcard-vpcd")
    return "、".join(missing)


def _signal(process: int, how: signal.Signals) -> None:
    try:
        signal.pidfd_send_signal(process, how)
    except ProcessLookupError:
        return  # ended by itself meanwhile


def _answers() -> bool:
    """Whether any pcscd answers; its socket file alone may be left from a dead one."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(SOCKET)) == 0


def _listens(port: int) -> bool:
    """Whether both slots have a listener, found without connecting: that would be a card."""
    listening = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    ports = {line.split()[1].split(":")[1] for line in listening if line.split()[3] == "0A"}
    return {f"{port:04X}", f"{port + 1:04X}"} <= ports


def _free_ports() -> int:
    """The first of two neighbouring free TCP ports."""
    offset = os.getpid() % len(PORTS)  # so that parallel runs look in different places
    for port in (*PORTS[offset:], *PORTS[:offset]):
        if _free(port) and _free(port + 1):
            return port
    raise CardError(0, "没有空闲的 TCP 端口")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
        return True


def _until(true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True
