"""A lock between processes that the system itself lifts when its holder dies."""

import os
import sys
import time
from pathlib import Path
from typing import Self

_PAUSE_SECONDS = 0.05


class FileLock:
    """An exclusive lock on a file, made if missing; two of them conflict in one process too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def acquire(self, timeout: float = 0) -> None:
        """Take the lock; raises TimeoutError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        while not _try(file):
            if time.monotonic() >= deadline:
                os.close(file)
                raise TimeoutError(self._path)
            time.sleep(_PAUSE_SECONDS)
        self._file = file

    @property
    def held(self) -> bool:
        """Whether this object has the lock."""
        return self._file >= 0

    def release(self) -> None:
        """Give the lock back; nothing happens where it is not held."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    def _try(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
