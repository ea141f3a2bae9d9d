"""Where look-ups find their hits: the records of a service, the codes of a dictionary."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from PySide6.QtCore import QObject

from client.core.api import Api, ApiError, Call
from client.core.pinyin import matches
from client.core.settings import Settings
from protos import facts
from protos.common import list_pb2, lookup_pb2

FIND = lookup_pb2.DESCRIPTOR.services_by_name["LookupService"].methods_by_name["Find"]
MOST_USED = 50  # records a user's own favourites are sent of


class Hit(NamedTuple):
    """One thing found: its key, what it is called, its code, and what tells it from others."""

    key: Any
    text: str
    code: str = ""
    detail: str = ""


class Source(Protocol):
    """Where hits come from."""

    title: str

    def find(self, text: str, limit: int, done: Callable[[list[Hit]], None]) -> None:
        """Call done with the hits; an earlier question still open is dropped."""

    def name(self, key: Any) -> str:
        """What a key is called; empty if unknown."""

    def used(self, key: Any) -> None:
        """Remember that the user chose it."""


class Usage:
    """How often this user chose what, so that the most used comes first."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._key = f"used.{name}"

    def add(self, key: Any) -> None:
        """Count one more choice."""
        counts = dict(self._settings.value(self._key, {}))
        counts[str(key)] = counts.get(str(key), 0) + 1
        kept = sorted(counts.items(), key=lambda pair: -pair[1])[:300]
        self._settings.set(self._key, dict(kept))

    def most(self) -> list[Any]:
        """The keys chosen most often, the most often first."""
        counts = self._settings.value(self._key, {})
        return sorted(counts, key=lambda key: -counts[key])[:MOST_USED]

    def sort(self, hits: list[Hit]) -> list[Hit]:
        """The hits, most used first, otherwise as they came."""
        counts = self._settings.value(self._key, {})
        return sorted(hits, key=lambda hit: -counts.get(str(hit.key), 0))


class Records(Source):
    """The records of a service, found by the server."""

    def __init__(self, api: Api, settings: Settings, service: str, owner: QObject) -> None:
        self.title = _service_label(service)
        self._api, self._service, self._owner = api, service, owner
        self._usage = Usage(settings, service)
        self._call: Call | None = None

    def find(self, text: str, limit: int, done: Callable[[list[Hit]], None]) -> None:
        """Ask the server; the answer to an earlier question never arrives."""
        if self._call:
            self._call.cancel()
        used = [int(key) for key in self._usage.most()]
        request = lookup_pb2.FindRequest(service=self._service, text=text, limit=limit, used=used)
        self._call = self._api.call(
            FIND, request, self._owner, lambda answer: done(self._hits(answer)), self._failed(done)
        )

    def name(self, key: Any) -> str:
        """The record's name, as far as the server told."""
        return self._api.names.text(self._service, key)

    def used(self, key: Any) -> None:
        """Count the choice."""
        self._usage.add(key)

    def _hits(self, answer: lookup_pb2.FindAnswer) -> list[Hit]:
        named = [list_pb2.RefName(service=self._service, id=h.id, text=h.text) for h in answer.hits]
        self._api.names.learn(named)
        return [Hit(h.id, h.text, h.code, h.detail) for h in answer.hits]

    def _failed(self, done: Callable[[list[Hit]], None]) -> Callable[[ApiError], None]:
        def failed(error: ApiError) -> None:
            self._api.tell(error)
            done([])

        return failed


class Codes(Source):
    """The codes of a dictionary, matched here."""

    def __init__(self, settings: Settings, name: str, title: str, codes: dict[str, str]) -> None:
        self.title = title
        self._codes = codes
        self._usage = Usage(settings, f"code.{name}")

    def find(self, text: str, limit: int, done: Callable[[list[Hit]], None]) -> None:
        """Match code, label or initials."""
        wanted = text.strip().lower()
        hits = [
            Hit(code, label, code)
            for code, label in self._codes.items()
            if code.lower().startswith(wanted) or matches(label, wanted)
        ]
        done(self._usage.sort(hits)[:limit])

    def name(self, key: Any) -> str:
        """The label of a code."""
        return self._codes.get(key, str(key))

    def used(self, key: Any) -> None:
        """Count the choice."""
        self._usage.add(key)


def _service_label(name: str) -> str:
    try:
        return facts.of_service(facts.service(name)).label or "记录"
    except KeyError:  # of an area this client did not load
        return "记录"
