"""Measures the product, prints a table and writes var/bench.json.

``python -m tests.bench`` runs every part, ``python -m tests.bench calls tls`` those named. Figures
are medians of several rounds in one run; bars are for a quiet machine with two cores.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from crypto.sm2 import PrivateKey
from tests.bench import (
    audit,
    calls,
    client,
    inventory,
    load,
    lookups,
    memory,
    pages,
    startup,
    tls,
)
from tests.bench.figures import Figure, per_second

OUT = Path("var/bench.json")


def sm2() -> Iterator[Figure]:
    """Signatures a second in one thread."""
    key = PrivateKey.generate()
    signature = key.sign(b"message")
    yield Figure("SM2 sign, one thread", per_second(lambda: key.sign(b"message")), "1/s", 1500)
    check = per_second(lambda: key.public_key.verify(b"message", signature))
    yield Figure("SM2 verify, one thread", check, "1/s", 1500)


PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "sm2": sm2,
    "tls": tls.measure,
    "calls": calls.measure,
    "audit": audit.measure,
    "startup": startup.measure,
    "pages": pages.measure,
    "memory": memory.measure,
    "lookups": lookups.measure,
    "client": client.measure,
    "inventory": inventory.measure,
    "load": load.measure,
}


def main(names: Sequence[str]) -> int:
    """Measure, print and write; 1 if a bar is missed, 2 if there is no such part."""
    if unknown := set(names) - set(PARTS):
        print(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        return 2
    figures: list[Figure] = []
    for name in names or PARTS:
        begin = time.perf_counter()
        for figure in PARTS[name]():
            figures.append(figure)
            _show(figure)
        print(f"  — {name}: {time.perf_counter() - begin:.0f} s", flush=True)
    _write(figures)
    return int(any(figure.ok is False for figure in figures))


def _write(figures: Sequence[Figure]) -> None:
    OUT.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        {"name": f.name, "value": round(f.value, 3), "unit": f.unit, "bar": f.bar, "ok": f.ok}
        for f in figures
    ]
    OUT.write_text(json.dumps(lines, ensure_ascii=False, indent=1), "utf-8")


def _show(figure: Figure) -> None:
    sign = {None: " ", True: "✓", False: "✗"}[figure.ok]
    limit = "" if figure.bar is None else f"{'≥' if figure.least else '≤'} {figure.bar:,g}"
    print(f"{sign} {figure.name:<58}{figure.value:>12,.2f} {figure.unit:<9}{limit}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
