"""Drafts of forms: what was typed survives a crash, a pulled key or the end of the session."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from google.protobuf.message import Message
from PySide6.QtCore import QObject, QTimer, Signal

from client.core import entry
from client.core.banner import Banner
from client.core.store import Store

BUCKET = "drafts"
WITHIN = 1500  # ms from a change to the stored draft
LIFE = timedelta(days=7)
_NONE: Mapping[str, str] = MappingProxyType({})


class Draft(NamedTuple):
    """What was typed, the record it was typed over, and when; texts not readable yet, by path."""

    mine: Message
    base: Message
    at: datetime
    unread: Mapping[str, str]


def sweep(store: Store) -> None:
    """Forget every draft nobody came back for within seven days."""
    for key, sealed in store.items(BUCKET):
        if _too_old(_at(json.loads(sealed))):
            store.delete(BUCKET, key)


def _at(texts: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(texts["at"])


def _too_old(at: datetime) -> bool:
    return datetime.now(UTC) - at > LIFE


def offer(
    banner: Banner, draft: Draft, restore: Callable[[], object], drop: Callable[[], object]
) -> None:
    """Ask over a form what to do with its draft."""
    when = entry.clock_text(draft.at)
    banner.say(f"发现 {when} 没有保存的内容。", 恢复=restore, 丢弃=drop)


class Drafts(QObject):
    """The draft of one form, keyed by page and record; nothing is kept without a store.

    A change is stored within 1.5 s of its first key, not of its last.
    """

    due = Signal()  # the owner now calls keep()

    def __init__(self, store: Store | None, page: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._page = store, page
        self._timer = QTimer(self, singleShot=True, interval=WITHIN)
        self._timer.timeout.connect(self.due)

    def touch(self) -> None:
        """Something was typed."""
        if self._store is not None and not self._timer.isActive():
            self._timer.start()

    def keep(
        self,
        id: int,
        mine: Message,
        base: Message,
        unread: Mapping[str, str] = _NONE,
    ) -> None:
        """Store what was typed over a record (id 0: a new one), unread texts by path beside it."""
        self._timer.stop()  # what it waited for is kept now
        if self._store is None:
            return
        texts = {
            "at": datetime.now(UTC).isoformat(),
            "mine": base64.b64encode(mine.SerializeToString()).decode(),
            "base": base64.b64encode(base.SerializeToString()).decode(),
            "unread": dict(unread),
        }
        self._store.put(BUCKET, self._key(id), json.dumps(texts).encode())

    def find(self, id: int, message: Message) -> "Draft | None":
        """The draft of a record, if one younger than seven days stands; message gives the type."""
        sealed = self._store.get(BUCKET, self._key(id)) if self._store is not None else None
        if sealed is None:
            return None
        texts = json.loads(sealed)
        at = _at(texts)
        if _too_old(at):
            self.drop(id)
            return None
        kind = type(message)
        mine, base = (kind.FromString(base64.b64decode(texts[name])) for name in ("mine", "base"))
        return Draft(mine, base, at, texts.get("unread", {}))

    def drop(self, id: int) -> None:
        """Forget the draft: it was saved, or given up."""
        self._timer.stop()
        if self._store is not None:
            self._store.delete(BUCKET, self._key(id))

    def _key(self, id: int) -> str:
        return f"{self._page}/{id}"
