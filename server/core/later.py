"""Small updates that may wait a moment: written together, so that not each costs a transaction."""

import logging
import threading
from collections.abc import Hashable

from sqlalchemy import Update
from sqlalchemy.exc import DBAPIError

from server.core.db import Sessions

_SECONDS = 1.0

log = logging.getLogger(__name__)


class Later:
    """The newest update under each key, written within about a second."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self._writing = threading.Lock()  # what flush returns after is written
        self._waiting: dict[Hashable, Update] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="later", daemon=True)

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def put(self, key: Hashable, update: Update) -> None:
        """Have an update written, in place of an earlier one that still waits."""
        with self._lock:
            self._waiting[key] = update

    def stop(self) -> None:
        """Write what waits, then end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()

    def flush(self) -> None:
        """Write what waits now; what cannot be written is tried again."""
        with self._writing:
            with self._lock:
                taken, self._waiting = self._waiting, {}
            if taken:
                self._write(taken)

    def _write(self, taken: dict[Hashable, Update]) -> None:
        try:
            with self._sessions.write() as db:
                for key in sorted(taken, key=str):  # in one order everywhere: no deadlock
                    db.execute(taken[key])
        except DBAPIError:
            log.exception("%d updates could not be written; will try again", len(taken))
            with self._lock:
                self._waiting = taken | self._waiting

    def _run(self) -> None:
        while not self._stopping.wait(_SECONDS):
            self.flush()
