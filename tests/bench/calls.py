"""What a call costs: lists and writes over SM TLS, beside grpcio's own TLS."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import grpc

from crypto import sm3
from protos import facts, signing
from protos.admin import department_pb2 as pb
from protos.common.list_pb2 import ListRequest
from server.admin.login import LoginSession
from tests.bench import serve
from tests.bench.figures import Figure, compared, milliseconds, most, per_second
from tests.bench.world import World, databases, world
from tests.people import Clerk

LIST = facts.service("admin.DepartmentService").methods_by_name["List"]
List = Callable[[ListRequest], Any]


def measure() -> Iterator[Figure]:
    """Lists and writes by one client, one worker, on each database."""
    with databases() as urls:
        for name, url in urls.items():
            with world(url) as made, ExitStack() as stack:
                server = stack.enter_context(serve.process(made.home, database=url))
                clerk = stack.enter_context(made.clerk(server.port))
                if name == "SQLite":
                    yield from _beside_grpcio(made, clerk)
                yield from _one_client(clerk, name)


def _one_client(clerk: Clerk, database: str) -> Iterator[Figure]:
    rows = listing(clerk.channel, clerk.session.id)
    rate = per_second(lambda: rows(ListRequest(limit=50)))
    yield Figure(f"List 50 rows, one client, {database}", rate, "calls/s", 300)
    spent = milliseconds(lambda: rows(ListRequest(limit=1000)))
    yield most(f"List 1,000 rows, {database}", spent, "ms", 25)
    numbers = itertools.count()

    def create() -> None:
        made = pb.Department(code=f"W{next(numbers)}", name="新分站", kind=pb.Department.STATION)
        clerk("admin.DepartmentService.Create", made)

    yield Figure(f"Create one record, audited, {database}", per_second(create), "calls/s", 100)
    yield most(f"Login with a key, {database}", milliseconds(clerk.log_in, 5), "ms", 1000)


def _beside_grpcio(made: World, clerk: Clerk) -> Iterator[Figure]:
    with grpcio(made) as theirs:
        ours = listing(clerk.channel, clerk.session.id)
        fifty = ListRequest(limit=50)
        assert ours(fifty).SerializeToString() == theirs(fifty).SerializeToString()
        sm, aes, ratio = compared(lambda: ours(fifty), lambda: theirs(fifty))
    yield Figure("List 50 rows over SM TLS", sm, "calls/s")
    yield Figure("List 50 rows over grpcio's TLS (P-256, AES)", aes, "calls/s")
    yield Figure("List 50 rows, SM TLS ÷ grpcio's TLS", ratio, "", 0.8)


def listing(channel: grpc.Channel, session: bytes) -> List:
    """The list of departments, as a client prepared once calls it."""
    method = channel.unary_unary(
        facts.method_path(LIST),
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=facts.answer_class(LIST).FromString,
    )
    return lambda request: method(request, metadata=((signing.SESSION, session),), timeout=30)


@contextmanager
def grpcio(made: World) -> Iterator[List]:
    """The same list served by the same handlers behind grpcio's own TLS."""
    token = _session(made)
    with serve.process(made.home, "grpcio") as server:
        roots = grpc.ssl_channel_credentials((made.home / "p256.crt").read_bytes())
        with grpc.secure_channel(f"localhost:{server.port}", roots) as channel:
            yield listing(channel, token)


def _session(made: World) -> bytes:
    """A session as a login by key leaves it, for a server that cannot tell an exporter."""
    who, _ = made.person()
    token = secrets.token_bytes(32)
    now = datetime.now(UTC)
    with made.sessions.write() as db:
        login = LoginSession(
            token=sm3.digest(token),
            person_id=who.id,
            workstation=sm3.digest(made.pki.certificate("workstation").der),
            exporter=serve.EXPORTER,
            certificate=who.certificate(db).der,
            address="",
            began_at=now,
            seen_at=now,
        )
        db.add(login)
    return token
