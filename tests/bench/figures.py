"""What is measured, and how: medians of several rounds in one run."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5
SECONDS = 1.0


@dataclass(frozen=True)
class Figure:
    """One measured value and its bar; bar None = shown only."""

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


def most(name: str, value: float, unit: str, bar: float | None = None) -> Figure:
    """A figure that may not exceed its bar."""
    return Figure(name, value, unit, bar, least=False)


def setting(name: str, usual: int) -> int:
    """A number of the run, from the environment variable AMB_BENCH_<NAME>."""
    return int(os.environ.get(f"AMB_BENCH_{name}", usual))


def rate(work: Callable[[], object], seconds: float = SECONDS) -> float:
    """How often work runs in a second, in one round."""
    begin, count = time.perf_counter(), 0
    while (spent := time.perf_counter() - begin) < seconds:
        work()
        count += 1
    return count / spent


def per_second(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """How often work runs in a second, the median of several rounds."""
    work()
    return statistics.median(rate(work) for _ in range(rounds))


def milliseconds(work: Callable[[], object], rounds: int = 2 * ROUNDS) -> float:
    """How long work takes, the median of several runs."""
    work()
    return statistics.median(_span(work) for _ in range(rounds)) * 1000


def _span(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def compared(
    one: Callable[[], object],
    other: Callable[[], object],
    rounds: int = 3 * ROUNDS,
    seconds: float = 0.4,
) -> tuple[float, float, float]:
    """Rates of both and of their ratio, medians over rounds in turns.

    In turns, so that other work on the machine hits both alike; the ratio is of neighbours.
    """
    pairs = [(rate(one, seconds), rate(other, seconds)) for _ in range(rounds)]
    ratio = statistics.median(a / b for a, b in pairs)
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return ours, theirs, ratio
