"""Worker processes behind one front: all serve, a dead one is replaced, the log stays whole."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from sqlalchemy import select

from crypto.sm2 import PrivateKey
from protos.admin import department_pb2 as pb
from protos.common.list_pb2 import ListRequest
from server import config
from server.core import keys
from server.core.audit import AuditStream
from server.core.db import Sessions
from server.core.pki import Pki
from server.core.run import Cluster, start
from server.core.run_files import COPY, log_certificate
from server.core.sealing import KEYRING
from server.core.verify import Verdict, verify
from tests.crypto.tls.world import until
from tests.people import Clerk, make_person_in

CREATE = "admin.DepartmentService.Create"
LIST = "admin.DepartmentService.List"
LogIn = Callable[[], Clerk]


@pytest.fixture
def cluster(home: Path) -> Iterator[Cluster]:
    running = start(config.load(home=home, port=0, workers=2))
    assert isinstance(running, Cluster)
    yield running
    running.stop(grace=2)


@pytest.fixture
def sessions(home: Path) -> Iterator[Sessions]:
    KEYRING.open(keys.load(home / "keys"))
    opened = Sessions(config.load(home=home).database_url)
    yield opened
    opened.close()


@pytest.fixture
def log_in(cluster: Cluster, sessions: Sessions, pki: Pki) -> Iterator[LogIn]:
    """Logs a new person in on a connection of its own."""
    clerks: list[Clerk] = []

    def made() -> Clerk:
        key = PrivateKey.generate()
        rights = ("admin.department.read", "admin.department.write")
        who = make_person_in(sessions, pki, key, rights)
        with sessions.read() as db:
            clerk = Clerk(cluster.port, pki, who, key, who.certificate(db))
        clerks.append(clerk)
        clerk.log_in()
        return clerk

    yield made
    for clerk in clerks:
        clerk.close()


def written(sessions: Sessions) -> dict[str, int]:
    """How many audit rows each worker wrote."""
    with sessions.read() as db:
        return {stream.name: stream.seq for stream in db.scalars(select(AuditStream))}


def verdict(cluster: Cluster, sessions: Sessions) -> Verdict:
    settings = cluster.settings
    with sessions.read() as db:
        key = log_certificate(settings).public_key
        return verify(db, KEYRING.keys.audit, key, settings.home / COPY)


def test_both_workers_serve_and_a_killed_one_is_replaced(
    cluster: Cluster, sessions: Sessions, log_in: LogIn
) -> None:
    clerks = [log_in() for _ in range(4)]
    for number, clerk in enumerate(clerks):
        made = pb.Department(code=f"W{number}", name="分站", kind=pb.Department.STATION)
        clerk(CREATE, made)
    assert all(written(sessions)[f"n0-w{number}"] >= 2 for number in (0, 1))

    killed = cluster.workers[0].pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: cluster.workers[0].pid != killed and cluster.workers[0].is_alive())
    before = written(sessions)
    for clerk in clerks:
        if cut_off(clerk):
            clerk.session.Clear()
            clerk.log_in()
        assert {"W0", "W1", "W2", "W3"} <= {row.code for row in clerk(LIST, ListRequest()).rows}
    for _ in range(4):
        log_in()
    after = written(sessions)
    assert all(after[name] > before[name] for name in ("n0-w0", "n0-w1"))
    cluster.checkpoints.make()
    assert verdict(cluster, sessions).findings == []


def test_a_worker_that_cannot_start_is_tried_again(
    cluster: Cluster, home: Path, log_in: LogIn, caplog: pytest.LogCaptureFixture
) -> None:
    log_in()
    locked = home / "keys" / "keys.json"
    locked.rename(home / "away.json")
    killed = cluster.workers[1].pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: any("trying again" in line for line in caplog.messages), 30)
    assert log_in()(LIST, ListRequest()).rows, "the other worker serves meanwhile"
    (home / "away.json").rename(locked)
    until(lambda: cluster.workers[1].pid != killed and cluster.workers[1].is_alive(), 30)
    assert log_in()(LIST, ListRequest()).rows


def cut_off(clerk: Clerk) -> bool:
    """Whether the clerk's connection ended with the worker; a new one wants a new login."""
    try:
        clerk(LIST, ListRequest())
    except grpc.RpcError:
        grpc.channel_ready_future(clerk.channel).result(20)
        return True
    return False
