"""Five hundred people at work: calls at a fixed rate whatever becomes of the earlier ones.

A few processes hold the connections, each with a session of its own, logged in by an SM2 key over
SM TLS. A call's time counts from the moment it was due, so a server that falls behind shows.
AMB_BENCH_USERS, AMB_BENCH_SECONDS and AMB_BENCH_RATE change the size.
"""

import json
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import grpc

from crypto.cert import Certificate
from crypto.sm2 import PrivateKey
from protos import facts, signing
from protos.admin import department_pb2 as pb
from protos.common.list_pb2 import ListRequest
from server.core.pki import Pki
from tests.bench import serve
from tests.bench.figures import Figure, most, setting
from tests.bench.world import World, databases, world
from tests.people import Clerk, Who

USERS = setting("USERS", 500)
SECONDS = setting("SECONDS", 60)
RATE = setting("RATE", 100)  # calls per second, all users together
PROCESSES = 2
WRITE_EVERY = 5  # every fifth call writes
_RPC = facts.service("admin.DepartmentService").methods_by_name
_PATIENCE = 30.0


def measure() -> Iterator[Figure]:
    """Errors and times of calls under load, on each database."""
    with databases() as urls:
        for name, url in urls.items():
            with world(url) as made, serve.process(made.home, database=url) as server:
                spans, errors = _under_load(made, server.port)
                yield from _figures(name, spans, errors)


def _figures(database: str, spans: Sequence[float], errors: Sequence[str]) -> Iterator[Figure]:
    for text in sorted(set(errors)):
        print(f"    {errors.count(text)} × {text}", file=sys.stderr)
    named = f"{USERS} users, {RATE} calls/s, {SECONDS} s, {database}"
    yield most(f"{named}: errors", len(errors), "calls", 0)
    cuts = statistics.quantiles(spans, n=100)
    for percent, bar in ((50, None), (95, None), (99, 300)):
        yield most(f"{named}: p{percent}", cuts[percent - 1], "ms", bar)


def _under_load(made: World, port: int) -> tuple[list[float], list[str]]:
    people = [_person(made) for _ in range(USERS)]
    with ExitStack() as stack:
        crews = [
            stack.enter_context(_crew(made, port, people[n::PROCESSES], n))
            for n in range(PROCESSES)
        ]
        for crew in crews:
            _expect(crew, "ready")
        for crew in crews:
            assert crew.stdin
            crew.stdin.write("go\n")
            crew.stdin.flush()
        found = [json.loads(crew.communicate()[0]) for crew in crews]
    spans = [span for one in found for span in one["spans"]]
    errors = [text for one in found for text in one["errors"]]
    return spans, errors


def _person(made: World) -> dict[str, Any]:
    """A new person as the other process needs it: key as PEM, certificate as hex of its DER."""
    who, key = made.person()
    with made.sessions.read() as db:
        certificate = who.certificate(db).der.hex()
    return {"who": vars(who), "key": key.to_pem().decode(), "certificate": certificate}


def _crew(
    made: World, port: int, people: list[dict[str, Any]], number: int
) -> "subprocess.Popen[str]":
    file = made.home / f"people{number}.json"
    file.write_text(json.dumps(people), "utf-8")
    command = [sys.executable, "-m", "tests.bench.load", str(made.home), str(port), str(number)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _expect(crew: "subprocess.Popen[str]", word: str) -> None:
    assert crew.stdout
    if crew.stdout.readline().strip() != word:
        raise RuntimeError("the users could not log in")


# in the other processes


class Crew:
    """Some of the users, logged in, and what became of their calls."""

    def __init__(self, clerks: Sequence[Clerk], number: int) -> None:
        self._lists = [partial(_method(clerk, "List"), ListRequest(limit=50)) for clerk in clerks]
        self._creates = [_method(clerk, "Create") for clerk in clerks]
        self._sessions = [clerk.session.id for clerk in clerks]
        self._number = number
        self._lock = threading.Lock()
        self._open = threading.Semaphore(0)
        self.spans: list[float] = []
        self.errors: list[str] = []

    def work(self, rate: float, seconds: float) -> None:
        """Call in turn, one call each 1/rate seconds, then wait for what is under way."""
        begin, count = time.perf_counter(), int(rate * seconds)
        pause = threading.Event()
        for turn in range(count):
            due = begin + turn / rate
            pause.wait(max(0.0, due - time.perf_counter()))
            call = self._begin(turn)
            call.add_done_callback(partial(self._ended, due))
        for _ in range(count):
            self._open.acquire()

    def _begin(self, turn: int) -> Any:
        user = turn % len(self._sessions)
        metadata: list[tuple[str, str | bytes]] = [(signing.SESSION, self._sessions[user])]
        if turn % WRITE_EVERY:
            return self._lists[user](metadata=metadata, timeout=_PATIENCE)
        name = f"L{self._number}{turn:06d}"
        made = pb.Department(code=name, name="新分站", kind=pb.Department.STATION)
        metadata.append((signing.REQUEST, name))
        return self._creates[user](made, metadata=metadata, timeout=_PATIENCE)

    def _ended(self, due: float, call: Any) -> None:
        spent = (time.perf_counter() - due) * 1000
        with self._lock:
            self.spans.append(spent)
            if call.code() is not grpc.StatusCode.OK:
                self.errors.append(f"{call.code().name}: {call.details()}")
        self._open.release()


def _method(clerk: Clerk, name: str) -> Any:
    method = _RPC[name]
    return clerk.channel.unary_unary(
        facts.method_path(method),
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=facts.answer_class(method).FromString,
    ).future


def main(home: Path, port: int, number: int) -> None:
    """Log the crew in, work when told, print what became of it."""
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    people = json.loads((home / f"people{number}.json").read_text("utf-8"))
    with ExitStack() as stack:
        clerks = [stack.enter_context(closing(_clerk(home, port, person))) for person in people]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Clerk.log_in, clerks))
        print("ready", flush=True)
        sys.stdin.readline()
        crew = Crew(clerks, number)
        crew.work(RATE / PROCESSES, SECONDS)
        print(json.dumps({"spans": crew.spans, "errors": crew.errors}), flush=True)


def _clerk(home: Path, port: int, person: dict[str, Any]) -> Clerk:
    key = PrivateKey.from_pem(person["key"].encode())
    certificate = Certificate.from_der(bytes.fromhex(person["certificate"]))
    return Clerk(port, Pki(home / "pki"), Who(**person["who"]), key, certificate)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
