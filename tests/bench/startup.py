"""How long the server takes to start, as it is and with three hundred services."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from server.services import SERVICES
from tests.bench.figures import Figure, most
from tests.bench.world import world

MANY = 300
ROUNDS = 3


def measure() -> Iterator[Figure]:
    """From the command to the first accepted connection."""
    with world() as made:
        for count, bar in ((len(SERVICES), None), (MANY, 3)):
            _start(made.home, count)
            spans = [_start(made.home, count) for _ in range(ROUNDS)]
            yield most(f"Start with {count} services", statistics.median(spans), "s", bar)


def _start(home: Path, count: int) -> float:
    command = [sys.executable, "-m", "tests.bench.many", str(home), str(count)]
    begin = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        port = process.stdout.readline()
        spent = time.perf_counter() - begin
        process.communicate()
    assert int(port)
    return spent
