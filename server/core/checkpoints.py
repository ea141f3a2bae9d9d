"""Signed checkpoints of the audit log: each says how long a stream is and what its head is."""

import json
import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crypto import sm3
from crypto.sm2 import PrivateKey
from server.core.audit import AuditCheckpoint, AuditStream
from server.core.db import Sessions

EVERY_SECONDS = 60.0
log = logging.getLogger(__name__)


def statement(point: AuditCheckpoint) -> bytes:
    """The bytes a checkpoint's signature covers."""
    made = point.made_at.astimezone(UTC).isoformat(timespec="microseconds")
    values = [point.stream, point.size, point.head.hex(), made, point.previous.hex()]
    return b"AMB-CHECKPOINT-V1\0" + json.dumps(values).encode()


def digest(point: AuditCheckpoint) -> bytes:
    """What the next checkpoint of the stream points back to."""
    return sm3.digest(statement(point) + point.signature)


class Checkpoints:
    """Makes checkpoints of every stream, in the database and as lines of a file elsewhere."""

    def __init__(self, sessions: Sessions, key: PrivateKey, copy: Path) -> None:
        self._sessions = sessions
        self._key = key
        self._copy = copy
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)

    def start(self) -> None:
        """Make one every minute from now on."""
        self._copy.parent.mkdir(parents=True, exist_ok=True)
        self._thread.start()

    def stop(self) -> None:
        """Make a last one, then end."""
        self._stopping.set()
        self._thread.join()
        self.make()

    def make(self) -> list[AuditCheckpoint]:
        """Checkpoint each stream that grew; answers the new ones."""
        with self._sessions.write() as db:
            points = [p for s in db.scalars(select(AuditStream)) if (p := self._point(db, s))]
            db.add_all(points)
        with self._copy.open("a", encoding="utf-8") as file:
            for point in points:
                file.write(json.dumps(as_line(point)) + "\n")
        return points

    def _point(self, db: Session, stream: AuditStream) -> AuditCheckpoint | None:
        last = latest(db, stream.name)
        if stream.seq == (last.size if last else 0):
            return None
        point = AuditCheckpoint(
            stream=stream.name,
            size=stream.seq,
            head=stream.head,
            made_at=datetime.now(UTC),
            previous=digest(last) if last else bytes(32),
        )
        point.signature = self._key.sign(statement(point))
        return point

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                self.make()
            except (DBAPIError, OSError):
                log.exception("no checkpoint could be made; trying again in a minute")


def latest(db: Session, stream: str) -> AuditCheckpoint | None:
    """The last checkpoint of a stream."""
    chosen = select(AuditCheckpoint).where(AuditCheckpoint.stream == stream)
    return db.scalars(chosen.order_by(AuditCheckpoint.size.desc()).limit(1)).first()


def as_line(point: AuditCheckpoint) -> dict[str, object]:
    """A checkpoint as one JSON line of the copy."""
    return {
        "stream": point.stream,
        "size": point.size,
        "head": point.head.hex(),
        "made_at": point.made_at.isoformat(),
        "previous": point.previous.hex(),
        "signature": point.signature.hex(),
    }
