"""Measures the product and prints a table; writes var/bench.json.

Medians of several rounds in one run. Bars are for a quiet machine with two cores.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from crypto.sm2 import PrivateKey
from protos.admin import department_pb2 as pb
from protos.common.list_pb2 import ListRequest
from server import config
from server.admin.department import Department
from server.core import keys, schema
from server.core.pki import Pki
from server.core.run import Running
from server.core.run_files import COPY, log_certificate
from server.core.sealing import KEYRING
from server.core.verify import verify
from tests.bench import inventory, tls
from tests.people import Clerk, make_person_in

ROUNDS = 5
SECONDS = 1.0
OUT = Path("var/bench.json")


@dataclass
class Figure:
    """One measured value; bar None = shown only."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    least: bool = True  # the bar is a minimum

    @property
    def ok(self) -> bool | None:
        """Whether the bar holds."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.least else self.value <= self.bar


def per_second(work: Callable[[], object]) -> float:
    """How often work runs in a second: the median of several rounds."""
    rates = []
    work()
    for _ in range(ROUNDS):
        begin, count = time.perf_counter(), 0
        while (spent := time.perf_counter() - begin) < SECONDS:
            work()
            count += 1
        rates.append(count / spent)
    return statistics.median(rates)


def milliseconds(work: Callable[[], object]) -> float:
    """How long work takes, the median of several runs."""
    work()
    spans = []
    for _ in range(ROUNDS * 2):
        begin = time.perf_counter()
        work()
        spans.append((time.perf_counter() - begin) * 1000)
    return statistics.median(spans)


@contextmanager
def a_server() -> Iterator[tuple[Running, Clerk]]:
    """A server with a thousand departments, and a clerk who may list and write them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "server"
        keys.create(home / "keys")
        KEYRING.open(keys.load(home / "keys"))
        pki = Pki(home / "pki")
        pki.create()
        settings = config.load(home=home, port=0, log_level="ERROR")
        schema.upgrade(settings.database_url)
        running = Running(settings)
        running.start()
        _fill(running)
        clerk = _clerk(running, pki)
        try:
            yield running, clerk
        finally:
            clerk.close()
            running.stop(1)


def _fill(running: Running) -> None:
    now = datetime.now(UTC)
    with running.worker.app.sessions.write() as db:
        for number in range(1000):
            node = Department(
                code=f"B{number}",
                name=f"第{number}分站",
                kind=pb.Department.STATION,
                created_at=now,
                updated_at=now,
            )
            node.path = f"/{node.id}/"
            db.add(node)


def _clerk(running: Running, pki: Pki) -> Clerk:
    key = PrivateKey.generate()
    sessions = running.worker.app.sessions
    permissions = ["admin.department.read", "admin.department.write"]
    who = make_person_in(sessions, pki, key, permissions)
    with sessions.read() as db:
        certificate = who.certificate(db)
    clerk = Clerk(running.port, pki, who, key, certificate)
    clerk.log_in()
    return clerk


def calls() -> Iterator[Figure]:
    """Lists, writes and the log, one client over SM TLS."""
    with a_server() as (running, clerk):
        rows = "admin.DepartmentService.List"
        rate = per_second(lambda: clerk(rows, ListRequest(limit=50)))
        yield Figure("List 50 rows, one client", rate, "calls/s", 300)
        spent = milliseconds(lambda: clerk(rows, ListRequest(limit=1000)))
        yield Figure("List 1,000 rows", spent, "ms", 25, least=False)
        numbers = iter(range(1_000_000))

        def create() -> None:
            code = f"W{next(numbers)}"
            made = pb.Department(code=code, name="新分站", kind=pb.Department.STATION)
            clerk("admin.DepartmentService.Create", made)

        yield Figure("Create one record, SQLite", per_second(create), "calls/s", 100)
        yield _log_in(clerk)
        yield _verify(running)


def _log_in(clerk: Clerk) -> Figure:
    return Figure("Login with a key", milliseconds(clerk.log_in), "ms", 1000, least=False)


def _verify(running: Running) -> Figure:
    app = running.worker.app
    key = log_certificate(running.settings).public_key
    with app.sessions.read() as db:
        begin = time.perf_counter()
        verdict = verify(db, app.keys.audit, key, running.settings.home / COPY)
        spent = time.perf_counter() - begin
    assert not verdict.findings
    return Figure("Audit verify, for 100,000 rows", spent / verdict.rows * 100_000, "s", 5, False)


def sm2() -> Iterator[Figure]:
    """Signatures a second in one thread."""
    key = PrivateKey.generate()
    signature = key.sign(b"message")
    yield Figure("SM2 sign", per_second(lambda: key.sign(b"message")), "1/s", 1500)
    check = per_second(lambda: key.public_key.verify(b"message", signature))
    yield Figure("SM2 verify", check, "1/s", 1500)


def main() -> int:
    """Measure, print and write; 1 if a bar is missed."""
    figures: list[Figure] = []
    for part in (sm2, _tls, calls, _inventory):
        for figure in part():
            figures.append(figure)
            _show(figure)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    lines = [{**asdict(f), "ok": f.ok} for f in figures]
    OUT.write_text(json.dumps(lines, ensure_ascii=False, indent=1), "utf-8")
    return int(any(figure.ok is False for figure in figures))


def _tls() -> Iterator[Figure]:
    for line in tls.measure():
        yield Figure(str(line["name"]), float(line["value"]), str(line["unit"]))


def _inventory() -> Iterator[Figure]:
    with a_server() as (running, _):
        for name, value, unit, bar in inventory.measure(running):
            yield Figure(name, value, unit, bar, least=False)


def _show(figure: Figure) -> None:
    sign = {None: " ", True: "✓", False: "✗"}[figure.ok]
    limit = "" if figure.bar is None else f"{'≥' if figure.least else '≤'} {figure.bar:g}"
    print(f"{sign} {figure.name:<52}{figure.value:>12.2f} {figure.unit:<10}{limit}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
