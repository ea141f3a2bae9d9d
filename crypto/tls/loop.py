"""One thread that waits for many sockets."""

import heapq
import itertools
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from crypto.tls.buffer import Buffer

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

_log = logging.getLogger(__name__)


class Timer:
    """A call that is due later, unless it is cancelled before."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Forget the call; harmless when it is done already."""
        self.call = None


class Loop:
    """Calls back when watched sockets are ready and timers due, all on its own thread.

    Only `call` and `stop` may be used from other threads. A hand-written loop because asyncio
    reads through memory buffers, which costs two more copies of every byte.
    """

    def __init__(self, name: str) -> None:
        self.buffer = Buffer()
        self._selector = selectors.DefaultSelector()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._calls: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._running = True
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.watch(self._wake_reader, READ, self._woken)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def call(self, function: Callable[..., None], *args: Any) -> None:
        """Run a function on the loop's thread soon; may be called from any thread."""
        self._calls.append((function, args))
        try:
            self._wake_writer.send(b"!")
        except BlockingIOError:
            pass  # it is being woken already
        except OSError:
            _log.debug("call after the loop was closed")

    def later(self, seconds: float, function: Callable[[], None]) -> Timer:
        """Run a function on this thread after some seconds."""
        timer = Timer(function)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._numbers), timer))
        return timer

    def watch(self, sock: socket.socket, events: int, ready: Callable[[int], None]) -> None:
        """Call `ready(events)` whenever the socket is; no events: forget the socket."""
        known = sock.fileno() in self._selector.get_map()
        if not events:
            if known:
                self._selector.unregister(sock)
        elif known:
            self._selector.modify(sock, events, ready)
        else:
            self._selector.register(sock, events, ready)

    def stop(self) -> None:
        """Run what was asked for so far, end the thread and close the loop."""
        self.call(self._finish)
        self._thread.join()
        self._selector.close()
        self._wake_reader.close()
        self._wake_writer.close()

    def _finish(self) -> None:
        self._running = False

    def _run(self) -> None:
        while self._running:
            for key, events in self._selector.select(self._wait()):
                self._guard(key.data, events)
            self._run_timers()
            while self._calls:
                function, args = self._calls.popleft()
                self._guard(function, *args)

    def _guard(self, function: Callable[..., None], *args: Any) -> None:
        try:
            function(*args)
        except Exception:  # one connection's fault must not end all others
            _log.exception("fault in %s", function)

    def _wait(self) -> float | None:
        if self._calls:
            return 0
        while self._timers and self._timers[0][2].call is None:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _run_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            timer = heapq.heappop(self._timers)[2]
            if timer.call is not None:
                self._guard(timer.call)

    def _woken(self, _events: int) -> None:
        self._wake_reader.recv(4096)
