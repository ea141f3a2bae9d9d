"""Record ids: 63-bit integers that grow with time, made before the row is written.

41 bits of milliseconds since 2025-01-01, 10 bits of node, 12 bits of a counter. Knowing the id
before the insert lets ciphertext be bound to its row and documents be built whole.
"""

import os
import threading
import time

_EPOCH_MS = 1_735_689_600_000
_lock = threading.Lock()
_last = 0
_node = os.getpid() & 0x3FF


def set_node(node: int) -> None:
    """Give this process its own range (0–1023); worker processes of one system must differ."""
    global _node  # noqa: PLW0603 - one number for the process, set once at its start
    if not 0 <= node <= 0x3FF:
        raise ValueError(f"a node number is 0–1023, not {node}")
    _node = node


def new() -> int:
    """An id greater than every one this process made before."""
    global _last  # noqa: PLW0603 - guarded by the lock
    with _lock:
        tick = max(((time.time_ns() // 1_000_000) - _EPOCH_MS) << 12, _last + 1)
        _last = tick
    return ((tick >> 12) << 22) | (_node << 12) | (tick & 0xFFF)
