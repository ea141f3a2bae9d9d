"""The encrypted local store: drafts, the outbox, and what must be at hand without a server."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crypto import sm4

_SCHEMA = """CREATE TABLE IF NOT EXISTS item (
    bucket TEXT NOT NULL, key TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (bucket, key)
) WITHOUT ROWID"""


class Store:
    """Key-value pairs in buckets; every value is sealed by SM4-GCM to its bucket and key.

    A value returned from `put` survives a crash of the program and of the machine (SQLite WAL,
    full sync).  The 16-byte key is the caller's; a value sealed under another key, or moved to
    another place, raises crypto.errors.InvalidCiphertext.  Use it from one thread.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        if len(key) != sm4.KEY_SIZE:
            raise ValueError(f"a store key has {sm4.KEY_SIZE} bytes, not {len(key)}")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._key = key
        self._db = sqlite3.connect(path, isolation_level=None)
        path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.execute(_SCHEMA)

    def put(self, bucket: str, key: str, value: bytes) -> None:
        """Keep a value, replacing the one before."""
        sealed = sm4.seal(self._key, value, _place(bucket, key))
        self._db.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?)", (bucket, key, sealed))

    def get(self, bucket: str, key: str) -> bytes | None:
        """The value kept, or None."""
        query = "SELECT sealed FROM item WHERE bucket = ? AND key = ?"
        row = self._db.execute(query, (bucket, key)).fetchone()
        return self._open(bucket, key, row[0]) if row else None

    def items(self, bucket: str) -> list[tuple[str, bytes]]:
        """Every (key, value) of a bucket, by key."""
        query = "SELECT key, sealed FROM item WHERE bucket = ? ORDER BY key"
        rows = self._db.execute(query, (bucket,)).fetchall()
        return [(key, self._open(bucket, key, sealed)) for key, sealed in rows]

    def delete(self, bucket: str, key: str) -> None:
        """Forget a value; no matter if there is none."""
        self._db.execute("DELETE FROM item WHERE bucket = ? AND key = ?", (bucket, key))

    @contextmanager
    def together(self) -> Iterator[None]:
        """Everything put and deleted inside stands or falls as one."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _open(self, bucket: str, key: str, sealed: bytes) -> bytes:
        return sm4.unseal(self._key, sealed, _place(bucket, key))


def _place(bucket: str, key: str) -> bytes:
    return f"{bucket}\0{key}".encode()
