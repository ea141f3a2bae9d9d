"""A server killed in the middle of writes loses nothing it acknowledged and doubles nothing."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from sqlalchemy import select

from crypto.sm2 import PrivateKey
from protos.admin import department_pb2 as pb
from server import config
from server.admin.department import Department
from server.core import keys
from server.core.db import Sessions
from server.core.pki import Pki
from server.core.run_files import COPY, log_certificate
from server.core.sealing import KEYRING
from server.core.verify import verify
from tests.people import Clerk, make_person_in

TIMES = 10 if os.environ.get("AMB_TEST_POSTGRES") else 50
WRITERS = 3


class Process:
    """A server in a process of its own."""

    def __init__(self, home: Path) -> None:
        command = [sys.executable, "-m", "server", "--home", str(home), "--port", "0", "serve"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self) -> None:
        """SIGKILL, at once."""
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class Writer(threading.Thread):
    """Posts departments until the server is gone; remembers what it sent and what was answered."""

    def __init__(self, clerk: Clerk, prefix: str, first_done: threading.Event) -> None:
        super().__init__()
        self._clerk = clerk
        self._prefix = prefix
        self._first_done = first_done
        self.sent: dict[str, pb.Department] = {}
        self.answered: dict[str, pb.Department] = {}

    def run(self) -> None:
        """Write."""
        for number in range(10_000):
            request_id = str(uuid.uuid4())
            made = pb.Department(
                code=f"{self._prefix}{number}", name="分站", kind=pb.Department.STATION
            )
            self.sent[request_id] = made
            try:
                answer = self._clerk("admin.DepartmentService.Create", made, request_id=request_id)
            except grpc.RpcError:
                return
            self.answered[request_id] = answer
            self._first_done.set()


@pytest.fixture
def sessions(home: Path) -> Iterator[Sessions]:
    KEYRING.open(keys.load(home / "keys"))
    opened = Sessions(config.load(home=home).database_url)
    yield opened
    opened.close()


@pytest.fixture
def clerk_at(sessions: Sessions, pki: Pki) -> Callable[[int], Clerk]:
    """Logs the same person in on a server at a port."""
    key = PrivateKey.generate()
    who = make_person_in(sessions, pki, key, ["admin.department.write", "admin.department.read"])
    with sessions.read() as db:
        certificate = who.certificate(db)

    def log_in(port: int) -> Clerk:
        clerk = Clerk(port, pki, who, key, certificate)
        clerk.log_in()
        return clerk

    return log_in


def test_killed_in_the_middle_of_writes(
    home: Path, sessions: Sessions, clerk_at: Callable[[int], Clerk]
) -> None:
    expected: set[str] = set()
    left: list[tuple[str, pb.Department]] = []
    for time in range(TIMES):
        process = Process(home)
        clerk = clerk_at(process.port)
        for request_id, made in left:  # what was under way at the last kill is sent again
            clerk("admin.DepartmentService.Create", made, request_id=request_id)
        first_done = threading.Event()
        writers = [Writer(clerk, f"K{time}W{n}N", first_done) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        assert first_done.wait(30)
        process.kill()
        for writer in writers:
            writer.join()
        clerk.close()
        left = [
            (request_id, made)
            for writer in writers
            for request_id, made in writer.sent.items()
            if request_id not in writer.answered
        ]
        expected |= {made.code for writer in writers for made in writer.sent.values()}
        _check(sessions, {m.code for w in writers for m in w.answered.values()}, expected)
    _finish(home, clerk_at, left)
    _check(sessions, expected, expected)
    settings = config.load(home=home)
    with sessions.read() as db:
        key = log_certificate(settings).public_key
        assert not verify(db, KEYRING.keys.audit, key, home / COPY).findings


def _finish(
    home: Path, clerk_at: Callable[[int], Clerk], left: list[tuple[str, pb.Department]]
) -> None:
    process = Process(home)
    clerk = clerk_at(process.port)
    for request_id, made in left:
        clerk("admin.DepartmentService.Create", made, request_id=request_id)
    clerk.close()
    process.kill()


def _check(sessions: Sessions, acknowledged: set[str], allowed: set[str]) -> None:
    """Everything acknowledged is there once; nothing is there that nobody sent."""
    with sessions.read() as db:
        chosen = select(Department.code).where(Department.code.startswith("K"))
        codes = list(db.scalars(chosen))
    assert len(codes) == len(set(codes))
    assert acknowledged <= set(codes) <= allowed
