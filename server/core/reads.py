"""Audit rows of reads of personal data: written in batches within a second, never skipped."""

import logging
import queue
import threading

from sqlalchemy.exc import DBAPIError

from server.core.audit import AuditRow, Log
from server.core.db import Sessions

_WAITING = 2000  # rows; a full queue makes the reader wait
_SECONDS = 0.5
_BATCH = 500

log = logging.getLogger(__name__)


class PersonalReads:
    """A bounded queue of audit rows and the thread that writes them."""

    def __init__(self, sessions: Sessions, chain: Log) -> None:
        self._sessions = sessions
        self._chain = chain
        self._rows: queue.Queue[AuditRow] = queue.Queue(_WAITING)
        self._writing = threading.Lock()  # what flush returns after is written
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="personal-reads", daemon=True)

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def put(self, row: AuditRow) -> None:
        """Have a row written; waits while the queue is full."""
        self._rows.put(row)

    def stop(self) -> None:
        """Write what is queued, then end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()

    def flush(self) -> None:
        """Write what is queued now."""
        with self._writing:
            while rows := self._taken():
                self._write(rows)

    def _run(self) -> None:
        while not self._stopping.wait(_SECONDS):
            self.flush()

    def _taken(self) -> list[AuditRow]:
        rows: list[AuditRow] = []
        while len(rows) < _BATCH:
            try:
                rows.append(self._rows.get_nowait())
            except queue.Empty:
                break
        return rows

    def _write(self, rows: list[AuditRow]) -> None:
        try:
            with self._sessions.write() as db:
                self._chain.append(db, rows)
        except DBAPIError:
            log.exception(
                "%d reads of personal data could not be logged; will try again", len(rows)
            )
            for row in rows:
                self._rows.put(_copy(row))
            self._stopping.wait(_SECONDS)


def _copy(row: AuditRow) -> AuditRow:
    names = [
        c.key for c in AuditRow.__table__.columns if c.key not in ("stream", "seq", "hash", "mac")
    ]
    return AuditRow(**{name: getattr(row, name) for name in names})
