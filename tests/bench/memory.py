"""Whether the server's memory stays flat: a hundred thousand calls, reads, writes and refusals.

AMB_BENCH_CALLS changes the number.
"""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc

from protos.admin import department_pb2 as pb
from protos.common.list_pb2 import IdRequest, ListRequest
from tests.bench import serve
from tests.bench.figures import Figure, most, setting
from tests.bench.world import world
from tests.people import Clerk

CALLS = setting("CALLS", 100_000)
WARM = CALLS // 10  # calls that fill caches and pools before memory is looked at
AT_ONCE = 4
WRITE_EVERY, REFUSE_EVERY, LOG_IN_EVERY = 50, 70, 1000


def measure() -> Iterator[Figure]:
    """The growth of the server's memory."""
    with (
        world() as made,
        serve.process(made.home) as server,
        made.clerk(server.port) as clerk,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        worker = Worker(clerk)
        list(pool.map(worker.call, range(WARM)))
        before = server.memory()
        for first in range(0, CALLS, 1000):
            list(pool.map(worker.call, range(first, min(first + 1000, CALLS))))
        grown = server.memory() - before
    yield most(f"Server memory after {CALLS:,} calls: growth", grown, "MiB", 20)
    yield Figure("Server memory before", before, "MiB")


class Worker:
    """Makes one call after another."""

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        page = clerk("admin.DepartmentService.List", ListRequest(limit=50))
        self._ids = itertools.cycle([row.id for row in page.rows])
        self._codes = itertools.count()

    def call(self, number: int) -> None:
        """A list or a record; now and then a write, a refusal, a wrong login."""
        if number % LOG_IN_EVERY == LOG_IN_EVERY - 1:
            self._clerk("common.SessionService.Refresh", pb.Department())
        elif number % WRITE_EVERY == 0:
            self._create(f"M{next(self._codes)}")
        elif number % REFUSE_EVERY == 0:
            self._refused()
        elif number % 2:
            self._clerk("admin.DepartmentService.List", ListRequest(limit=20))
        else:
            self._clerk("admin.DepartmentService.Get", IdRequest(id=next(self._ids)))

    def _create(self, code: str) -> None:
        made = pb.Department(code=code, name="新分站", kind=pb.Department.STATION)
        self._clerk("admin.DepartmentService.Create", made)

    def _refused(self) -> None:
        try:
            self._create("M0")
        except grpc.RpcError:
            return
        raise AssertionError("a second department of one code was taken")
