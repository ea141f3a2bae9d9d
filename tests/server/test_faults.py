"""The network fails, peers misbehave, sessions end: nothing doubles and nobody else notices."""

import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from sqlalchemy import func, select, update

from crypto.sm2 import PrivateKey
from installers.demo.cable import Cable
from protos import facts
from protos.admin import department_pb2 as pb
from protos.common import session_pb2
from protos.common.list_pb2 import Empty, ListRequest
from server.admin.department import Department
from server.admin.login import LoginFailure, LoginSession
from server.core.pki import Pki
from server.core.run import Running
from tests.crypto.tls.world import until
from tests.people import Clerk, make_person_in, refused, text_of

CREATE = "admin.DepartmentService.Create"
LIST = "admin.DepartmentService.List"
LOST = grpc.StatusCode.UNAVAILABLE
DENIED = grpc.StatusCode.UNAUTHENTICATED
Someone = Callable[..., Clerk]


def station(code: str = "FZ700") -> pb.Department:
    return pb.Department(code=code, name="世纪大道分站", kind=pb.Department.STATION)


def count(server: Running, code: str = "FZ700") -> int:
    with server.worker.app.sessions.read() as db:
        chosen = select(func.count(Department.id)).where(Department.code == code)
        return db.scalar(chosen) or 0


@pytest.fixture
def clerk(someone: Someone) -> Clerk:
    return someone("admin.department.read", "admin.department.write")


@pytest.fixture
def cable(server: Running) -> Iterator[Cable]:
    made = Cable(server.port)
    yield made
    made.close()


@pytest.fixture
def far_clerk(server: Running, pki: Pki, cable: Cable) -> Iterator[Clerk]:
    """A clerk whose network the test can cut."""
    key = PrivateKey.generate()
    rights = ("admin.department.read", "admin.department.write")
    who = make_person_in(server.worker.app.sessions, pki, key, rights)
    with server.worker.app.sessions.read() as db:
        made = Clerk(cable.port, pki, who, key, who.certificate(db))
    made.log_in()
    yield made
    made.close()


# The network


def test_a_write_whose_answer_was_lost_is_not_done_again(
    far_clerk: Clerk, cable: Cable, server: Running
) -> None:
    request_id = str(uuid.uuid4())
    cable.mute = True
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(far_clerk, CREATE, station(), request_id=request_id)
        until(lambda: count(server) == 1)
        cable.cut()
        with refused(LOST):
            waiting.result(20)
    cable.mend()
    come_back(far_clerk)
    answer = far_clerk(CREATE, station(), request_id=request_id)
    assert answer.code == "FZ700"
    assert count(server) == 1
    again = far_clerk(CREATE, station(), request_id=request_id)
    assert again == answer


def test_a_write_that_never_arrived_is_done_by_the_retry(
    far_clerk: Clerk, cable: Cable, server: Running
) -> None:
    request_id = str(uuid.uuid4())
    cable.cut()
    with refused(LOST):
        far_clerk(CREATE, station(), request_id=request_id)
    assert count(server) == 0
    cable.mend()
    come_back(far_clerk)
    far_clerk(CREATE, station(), request_id=request_id)
    assert count(server) == 1


def come_back(clerk: Clerk) -> None:
    """A new connection wants a new login; the channel may still wait before it tries again."""
    clerk.session.Clear()
    grpc.channel_ready_future(clerk.channel).result(20)
    clerk.log_in()


def test_one_request_sent_eight_times_at_once_is_done_once(clerk: Clerk, server: Running) -> None:
    request_id = str(uuid.uuid4())
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(clerk, CREATE, station(), request_id=request_id) for _ in range(8)]
        answers = {each.result(30).SerializeToString() for each in sent}
    assert len(answers) == 1
    assert count(server) == 1


# Peers


@pytest.mark.parametrize(
    "hello",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\xff\xff" + b"\x01" * 400,
        b"\x16\x03\x03\x00\x05\x01\x00\x00\x01\x00",
        b"\x00" * 4096,
        b"\x15\x03\x03\x00\x02\x02\x28",
    ],
    ids=["http", "h2", "too long", "empty hello", "zeros", "alert"],
)
def test_a_malformed_hello_is_refused_and_others_go_on(
    clerk: Clerk, server: Running, hello: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 10) as sock:
        sock.sendall(hello)
        sock.settimeout(15)
        while drained(sock):
            pass
    until(lambda: server.front.half_open == 0)
    assert any("ended" in record.message for record in caplog.records)
    assert clerk(LIST, ListRequest()).rows


def drained(sock: socket.socket) -> bytes:
    """What the server still says; empty when it hung up."""
    try:
        return sock.recv(4096)
    except ConnectionResetError:
        return b""


def test_a_hundred_silent_peers_stop_nobody(
    clerk: Clerk, someone: Someone, server: Running
) -> None:
    address = ("127.0.0.1", server.port)
    silent = [socket.create_connection(address) for _ in range(100)]
    for sock in silent[:50]:
        sock.sendall(b"\x16\x03\x01")
    until(lambda: server.front.half_open == 100)
    assert clerk(LIST, ListRequest()).rows
    assert someone("admin.department.read")(LIST, ListRequest()).rows
    for sock in silent:
        sock.close()
    until(lambda: server.front.half_open == 0)


def test_two_hundred_logins_begun_at_once_leave_nothing_behind(
    clerk: Clerk, server: Running
) -> None:
    method = facts.service("common.SessionService").methods_by_name["BeginLogin"]
    begin = clerk.channel.unary_unary(
        facts.method_path(method),
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=session_pb2.Challenge.FromString,
    )
    before = sessions_kept(server)
    under_way = [begin.future(session_pb2.BeginLoginRequest(), timeout=30) for _ in range(200)]
    transactions = {each.result().transaction for each in under_way}
    assert len(transactions) == 200
    assert sessions_kept(server) == before
    assert clerk(LIST, ListRequest()).rows


def sessions_kept(server: Running) -> int:
    with server.worker.app.sessions.read() as db:
        return db.scalar(select(func.count(LoginSession.id))) or 0


def test_an_unknown_rpc_is_refused_and_the_server_goes_on(clerk: Clerk) -> None:
    call = clerk.channel.unary_unary(
        "/admin.DepartmentService/Explode", request_serializer=None, response_deserializer=None
    )
    with refused(grpc.StatusCode.UNIMPLEMENTED):
        call(b"", timeout=10)
    assert clerk(LIST, ListRequest()).rows


# Sessions


def age(server: Running, clerk: Clerk, **values: datetime) -> None:
    """Make the clerk's session older than it is."""
    mine = update(LoginSession).where(LoginSession.person_id == clerk.who.id)
    with server.worker.app.sessions.write() as db:
        db.execute(mine.values(**values))


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def test_an_idle_session_ends(clerk: Clerk, server: Running) -> None:
    age(server, clerk, seen_at=ago(server.settings.idle_seconds - 20))
    assert clerk(LIST, ListRequest()).rows
    server.worker.app.later.flush()
    age(server, clerk, seen_at=ago(server.settings.idle_seconds + 1))
    with refused(DENIED) as error:
        clerk(LIST, ListRequest())
    assert "长时间没有操作" in text_of(error.value)


def test_work_keeps_a_session_alive(clerk: Clerk, server: Running) -> None:
    age(server, clerk, seen_at=ago(60))
    clerk(LIST, ListRequest())
    server.worker.app.later.flush()
    with server.worker.app.sessions.read() as db:
        chosen = select(LoginSession.seen_at).where(LoginSession.person_id == clerk.who.id)
        assert db.scalars(chosen).one() > ago(10)


def test_a_read_waits_for_no_writer(clerk: Clerk, server: Running) -> None:
    age(server, clerk, seen_at=ago(60))  # so that the session is due to be noted as seen
    with server.worker.app.sessions.write() as db:
        db.execute(update(LoginFailure).values(account="T1"))
        assert clerk(LIST, ListRequest()).rows


def test_a_session_ends_with_the_shift_however_busy(clerk: Clerk, server: Running) -> None:
    age(server, clerk, began_at=ago(server.settings.absolute_seconds + 1))
    with refused(DENIED) as error:
        clerk(LIST, ListRequest())
    assert "已到时限" in text_of(error.value)


def test_a_session_ended_elsewhere_is_over_in_the_middle_of_work(
    clerk: Clerk, server: Running
) -> None:
    errors: list[grpc.RpcError] = []
    working = threading.Event()

    def work() -> None:
        try:
            while True:
                clerk(LIST, ListRequest())
                working.set()
        except grpc.RpcError as error:
            errors.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    assert working.wait(20)
    age(server, clerk, ended_at=datetime.now(UTC))
    worker.join(20)
    assert not worker.is_alive()
    assert text_of(errors[0]) == "登录已失效，请重新登录"


def test_a_session_id_is_nothing_without_its_connection(clerk: Clerk, far_clerk: Clerk) -> None:
    far_clerk.session.id = clerk.session.id
    with refused(DENIED) as error:
        far_clerk("common.SessionService.Refresh", Empty())
    assert "UKEY" in text_of(error.value)
