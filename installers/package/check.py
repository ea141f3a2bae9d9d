"""Do the built packages run?  Server and client are started from dist/, with nothing of .venv."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crypto.chain import Trust
from installers.package import verify

CLIENT_FILES = ("ca.crt", "ca.crl", "workstation.crt", "workstation.key")
_START_SECONDS = 60


class CheckFailed(Exception):
    """A program of the package did not do what it should."""


def check(client: Path, server: Path, trust: Trust) -> None:
    """Verify and run both packages; prints times, raises CheckFailed."""
    for folder in (client, server):
        if verify.report(folder, trust):
            raise CheckFailed(f"{folder} 与清单不符")
    with tempfile.TemporaryDirectory(prefix="amb-check-") as name:
        _run_all(client, server, Path(name))


def _run_all(client: Path, server: Path, home: Path) -> None:
    run("amb-client --version", client / "amb-client", "--version")
    run("amb-crypto selftest", client / "amb-crypto", "selftest")
    run("amb-ukey --help", client / "amb-ukey", "--help")
    run("amb-server init", server / "amb-server", "--home", str(home / "server"), "init")
    for workers in (1, 2):
        port = free_port()
        with serving(server, home / "server", port, workers):
            workstation(home / "server" / "pki", home / "client", port)
            arguments = ("--home", str(home / "client"), "--check")
            run(f"登录窗口（{workers} 个工作进程）", client / "amb-client", *arguments)
    run("verify-audit", server / "amb-server", "--home", str(home / "server"), "verify-audit")


def run(what: str, *command: str | Path) -> str:
    """Run a program to its end and print how long it took; answers its output."""
    began = time.perf_counter()
    done = subprocess.run(
        command, env=bare(), capture_output=True, text=True, timeout=_START_SECONDS, check=False
    )
    if done.returncode:
        told = (done.stderr or done.stdout).strip()
        raise CheckFailed(f"{what} 以 {done.returncode} 结束：\n{told}")
    print(f"  {what}：{time.perf_counter() - began:.2f} 秒")
    return done.stdout


@contextmanager
def serving(server: Path, home: Path, port: int, workers: int) -> Iterator[None]:
    """The server while the block runs; it has to end by itself on SIGTERM."""
    places = ["--home", str(home), "--port", str(port), "--workers", str(workers)]
    began = time.perf_counter()
    with (home / "check.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [server / "amb-server", *places, "serve"],
            env=bare(),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                log.seek(0)
                raise CheckFailed(f"服务没有启动：\n{log.read()}")
            print(f"  服务启动：{time.perf_counter() - began:.2f} 秒")
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_START_SECONDS)
            process.stdout.close()
    if process.returncode:
        raise CheckFailed(f"服务以 {process.returncode} 结束")


def workstation(pki: Path, home: Path, port: int) -> None:
    """A client's home for this server."""
    (home / "pki").mkdir(parents=True, exist_ok=True)
    for name in CLIENT_FILES:
        shutil.copy(pki / name, home / "pki" / name)
    lines = ["[client]", f"server = 127.0.0.1:{port}", "server_name = localhost", ""]
    (home / "client.ini").write_text("\n".join(lines), "utf-8")


def bare() -> dict[str, str]:
    """An environment that leads to no Python but the package's own, and to no screen."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    return {**kept, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
