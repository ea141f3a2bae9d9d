"""Watching for tokens: a thread that outlives every restart of the smart-card service.

A workstation locks when its token goes.  The service going means that nobody can say whether the
token is still there, so it counts as the token going.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Protocol

from ukey.errors import CardError

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.2


class Event(Enum):
    """What a watcher reports; every INSERTED is followed by its own REMOVED before the next."""

    INSERTED = "inserted"
    REMOVED = "removed"
    SERVICE_GONE = "service gone"
    SERVICE_BACK = "service back"


class Presence(Protocol):
    """One session with whatever knows the readers."""

    def wait(self, known: Mapping[str, int] | None) -> dict[str, int]:
        """Readers with a usable card, each with its count of insertions and removals.

        Answers at once where `known` is None, else when the truth differs from `known` or after
        about a second.  Raises CardError when the service is gone.
        """
        ...

    def cancel(self) -> None:
        """Make a `wait` in another thread answer soon."""
        ...

    def close(self) -> None:
        """Give the session back."""
        ...


class Watch:
    """A running watcher; `callback` is called on the watcher's own thread, never after `stop`.

    A token that is already there is reported as INSERTED, a missing service as SERVICE_GONE.
    """

    def __init__(self, connect: Callable[[], Presence], callback: Callable[[Event], None]) -> None:
        self._connect = connect
        self._callback = callback
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._presence: Presence | None = None
        self._seen: dict[str, int] = {}
        self._alive = True
        self._thread = threading.Thread(target=self._run, name="ukey-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watcher and wait for its thread, except when called from a callback."""
        self._stopping.set()
        with self._lock:
            if self._presence is not None:
                self._presence.cancel()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow(self._connect())
            except CardError as error:
                self._service_gone(error)
            self._stopping.wait(RETRY_SECONDS)

    def _follow(self, presence: Presence) -> None:
        """Report changes until the service goes or the watcher is stopped."""
        with self._lock:
            self._presence = presence
        try:
            known: dict[str, int] | None = None
            while not self._stopping.is_set():
                known = presence.wait(known)
                self._service_back()
                self._changed(known)
        finally:
            with self._lock:
                self._presence = None
            presence.close()

    def _changed(self, now: dict[str, int]) -> None:
        before, self._seen = self._seen, dict(now)
        for reader, count in before.items():
            if now.get(reader) != count:
                self._emit(Event.REMOVED)
        for reader, count in now.items():
            if before.get(reader) != count:
                self._emit(Event.INSERTED)

    def _service_gone(self, error: CardError) -> None:
        self._changed({})
        if self._alive:
            self._alive = False
            log.warning("smart-card service gone: %s", error)
            self._emit(Event.SERVICE_GONE)

    def _service_back(self) -> None:
        if not self._alive:
            self._alive = True
            self._emit(Event.SERVICE_BACK)

    def _emit(self, event: Event) -> None:
        if self._stopping.is_set():
            return
        try:
            self._callback(event)
        except Exception:
            # a watcher that dies of its listener would leave the workstation unlocked for ever
            log.exception("the listener failed on %s", event)
