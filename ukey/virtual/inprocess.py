"""A reader that is a folder: the same tokens without any smart-card service.

The folder's file `inserted` names the card that is in, so that another process can put a card in
and pull it: `python -m ukey virtual insert`.  A count in it tells a swapped card from one that
stayed.
"""

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ukey.errors import CardError, NoCard, SessionLost
from ukey.key import VIRTUAL_ALLOWED, VIRTUAL_VARIABLE, Ukey
from ukey.virtual import NOTICE, require_allowed
from ukey.virtual.card import VirtualCard
from ukey.virtual.locked import FileLock
from ukey.watch import Event, Watch

NAME = "软件读卡器"
POLL_SECONDS = 0.1
WAIT_POLLS = 10
BUSY_SECONDS = 1.0  # as patient with other programs as over PC/SC


@dataclass(frozen=True)
class Inserted:
    """What is in the reader: the card's file, empty for none, and how often that changed."""

    card: str = ""
    count: int = 0


class InProcessReader:
    """The reader at a folder; safe to share between threads and between processes."""

    notice = NOTICE

    def __init__(self, directory: Path | str) -> None:
        require_allowed()
        self._directory = Path(directory).absolute()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._changed = threading.Condition()

    def insert(self, card: VirtualCard) -> None:
        """Put a card in, in place of the one that is there."""
        self._put(str(card.path))

    def remove(self) -> None:
        """Pull the card; nothing happens where there is none."""
        if self.inserted().card:
            self._put("")

    def readers(self) -> list[str]:
        """The reader's name while it holds a card."""
        return [NAME] if self.inserted().card else []

    def open(self) -> Ukey:
        """The inserted token, held exclusively; raises NoCard, CardError when others hold it."""
        inserted = self.inserted()
        if not inserted.card:
            raise NoCard
        return Ukey.on(_Connection(self, inserted), NAME)

    def watch(self, callback: Callable[[Event], None]) -> Watch:
        """Report insertions and removals on a thread of its own until stopped."""
        return Watch(lambda: _Presence(self), callback)

    def inserted(self) -> Inserted:
        """What is in the reader now."""
        try:
            return Inserted(**json.loads(self._file.read_text("utf-8")))
        except FileNotFoundError:
            return Inserted()

    def wait(self, seconds: float) -> None:
        """Wait for a change made in this process, or for the time to pass."""
        with self._changed:
            self._changed.wait(seconds)

    def wake(self) -> None:
        """End every `wait`."""
        with self._changed:
            self._changed.notify_all()

    @property
    def _file(self) -> Path:
        return self._directory / "inserted"

    def _put(self, card: str) -> None:
        with FileLock(self._directory / "lock") as lock:
            lock.acquire(timeout=5)
            count = self.inserted().count + 1
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps({"card": card, "count": count}), "utf-8")
            os.replace(new, self._file)
        self.wake()


def configured() -> InProcessReader:
    """The reader at the folder AMB_VIRTUAL_UKEY names; raises CardError where it names none."""
    place = os.environ.get(VIRTUAL_VARIABLE, "")
    if place in {"", VIRTUAL_ALLOWED}:
        raise CardError(0, f"请将环境变量 {VIRTUAL_VARIABLE} 设为软件读卡器的目录")
    return InProcessReader(place)


class _Connection:
    """The inserted card, held exclusively by a lock on its file."""

    def __init__(self, reader: InProcessReader, inserted: Inserted) -> None:
        self._reader = reader
        self._inserted = inserted
        self._lock = FileLock(Path(inserted.card + ".lock"))
        try:
            self._lock.acquire(BUSY_SECONDS)
        except TimeoutError:
            raise CardError(0, "UKEY 正被其他程序使用，请关闭该程序后重试") from None
        try:
            self._card = VirtualCard(inserted.card)
        except CardError:
            self._lock.release()
            raise

    def transmit(self, command: bytes) -> bytes:
        if self._reader.inserted() != self._inserted:
            self._lock.release()
        if not self._lock.held:
            raise SessionLost
        return self._card.transmit(command)

    def close(self) -> None:
        self._lock.release()


class _Presence:
    def __init__(self, reader: InProcessReader) -> None:
        self._reader = reader
        self._cancelled = threading.Event()

    def wait(self, known: Mapping[str, int] | None) -> dict[str, int]:
        for _ in range(WAIT_POLLS):
            now = self._now()
            if now != known or self._cancelled.is_set():
                break
            self._reader.wait(POLL_SECONDS)
        return now

    def cancel(self) -> None:
        self._cancelled.set()
        self._reader.wake()

    def close(self) -> None:
        """Nothing is held."""

    def _now(self) -> dict[str, int]:
        inserted = self._reader.inserted()
        return {NAME: inserted.count} if inserted.card else {}
