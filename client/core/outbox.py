"""The offline outbox: writes kept safe and sent in order, each exactly once, when they can be."""

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import QObject, QTimer, Signal

from client.core.api import Api, ApiError, StatusCode, new_request_id
from client.core.store import Store
from protos import facts

BUCKET = "outbox"
AGAIN = 4000  # ms until the next try while the server is away
PATIENCE = 3  # tries of a call the server fails in, before a person has to decide
WAITING, SENDING, REFUSED = "waiting", "sending", "refused"
_SERVER_FAILED = {StatusCode.INTERNAL, StatusCode.UNKNOWN, StatusCode.RESOURCE_EXHAUSTED}


@dataclass(frozen=True)
class Entry:
    """One kept write; the request id makes its repetition harmless."""

    id: str  # the request id
    number: int  # the order
    path: str  # /package.Service/Method
    request_base64: str
    state: str = WAITING
    group: str = ""  # later entries of a group wait behind a refused one
    subject: str = ""  # what people call it
    error: str = ""  # why it was refused

    @property
    def method(self) -> MethodDescriptor:
        """The RPC; KeyError if its contract is not imported or no longer has it."""
        service, name = self.path.strip("/").split("/")
        return facts.service(service).methods_by_name[name]

    @property
    def request(self) -> Message:
        """The request as it was written."""
        message: Message = facts.request_class(self.method)()
        message.ParseFromString(base64.b64decode(self.request_base64))
        return message


class Outbox(QObject):
    """Writes waiting for the server, oldest first, in an encrypted store that outlives a crash.

    An entry leaves the store only after the server's answer arrived; a crash in between repeats
    the call under the same request id, which the server answers without doing it again.
    """

    changed = Signal()
    sent = Signal(str, object)  # id, answer
    rejected = Signal(str, object)  # id, ApiError: kept until retry, rewrite or discard

    def __init__(self, api: Api, store: Store) -> None:
        super().__init__(api)
        self._api, self._store = api, store
        self._entries = [_read(value) for _, value in store.items(BUCKET)]
        self._sending = ""
        self._failures = 0
        self._stopped = False
        self._again = QTimer(self, singleShot=True, interval=AGAIN)
        self._again.timeout.connect(self.drain)
        api.online.connect(self._online)
        api.session_changed.connect(self._session)

    def add(
        self,
        method: MethodDescriptor,
        request: Message,
        *,
        group: str = "",
        subject: str = "",
        request_id: str = "",
    ) -> str:
        """Keep a write, send it as soon as possible, and return its id.

        When this returns, the write is on the disk.  A signed RPC is refused with ValueError: its
        signature needs a nonce of the server, and a person at the key.
        """
        if facts.of_rpc(method).signed:
            raise ValueError(f"{facts.method_path(method)} must be signed and cannot wait")
        last = max((entry.number for entry in self._entries), default=0)
        entry = Entry(
            id=request_id or new_request_id(),
            number=last + 1,
            path=facts.method_path(method),
            request_base64=base64.b64encode(_bytes(request)).decode(),
            group=group,
            subject=subject or facts.of_rpc(method).label,
        )
        self._entries.append(entry)
        self._keep(entry)
        QTimer.singleShot(0, self, self.drain)
        return entry.id

    def pending(self) -> list[Entry]:
        """What has not been sent yet, oldest first; the one under way says so."""
        waiting = [entry for entry in self._entries if entry.state == WAITING]
        return [replace(e, state=SENDING) if e.id == self._sending else e for e in waiting]

    def refused(self) -> list[Entry]:
        """What the server refused and a person has to decide about."""
        return [entry for entry in self._entries if entry.state == REFUSED]

    def drain(self) -> None:
        """Send what can be sent now; does nothing while a call is under way or nobody is in."""
        if self._sending or self._stopped or self._api.session is None:
            return
        entry = next(self._sendable(), None)
        if entry is None:
            return
        self._sending = entry.id
        self.changed.emit()
        session = self._api.session
        self._api.call(
            entry.method,
            entry.request,
            self,
            lambda answer: self._done(entry, answer),
            lambda error: self._failed(entry, error, session),
            request_id=entry.id,
        )

    def retry(self, id: str) -> None:
        """Send a refused write again as it is."""
        self._replace(replace(self._find(id), state=WAITING, error=""))
        self.drain()

    def rewrite(self, id: str, request: Message) -> str:
        """Send another request in a refused one's place; returns the new id."""
        old = self._find(id)
        text = base64.b64encode(_bytes(request)).decode()
        new = replace(old, id=new_request_id(), request_base64=text, state=WAITING, error="")
        self._replace(new)
        self.drain()
        return new.id

    def discard(self, id: str) -> None:
        """Give up a refused write."""
        self._forget(self._find(id))
        self.drain()

    def stop(self) -> None:
        """Send nothing more; what waits is kept for the next start."""
        self._stopped = True
        self._again.stop()
        self._api.online.disconnect(self._online)
        self._api.session_changed.disconnect(self._session)
        self.setParent(None)

    def _sendable(self) -> Iterator[Entry]:
        blocked = {entry.group for entry in self.refused() if entry.group}
        return (e for e in self._entries if e.state == WAITING and e.group not in blocked)

    def _done(self, entry: Entry, answer: Any) -> None:
        if self._stopped:  # it stays in the store, and the next start gets the same answer
            return
        self._sending = ""
        self._failures = 0
        self._forget(entry)
        self.sent.emit(entry.id, answer)
        self.drain()

    def _failed(self, entry: Entry, error: ApiError, session: object) -> None:
        if self._stopped:
            return
        self._sending = ""
        if self._may_pass(error):
            self.changed.emit()
            if not error.unauthenticated:
                self._again.start()
            elif session is not self._api.session:  # else the next login sends
                self.drain()
            return
        self._failures = 0
        self._replace(replace(entry, state=REFUSED, error=error.text))
        self.rejected.emit(entry.id, error)
        self.drain()

    def _may_pass(self, error: ApiError) -> bool:
        """Whether the same call may succeed later without anybody's decision."""
        if error.code in _SERVER_FAILED:
            self._failures += 1
            return self._failures < PATIENCE
        return error.uncertain or error.unauthenticated

    def _find(self, id: str) -> Entry:
        return next(entry for entry in self.refused() if entry.id == id)

    def _replace(self, entry: Entry) -> None:
        place = [each.number for each in self._entries].index(entry.number)
        self._entries[place] = entry
        self._keep(entry)

    def _keep(self, entry: Entry) -> None:
        self._store.put(BUCKET, _key(entry), json.dumps(asdict(entry)).encode())
        self.changed.emit()

    def _forget(self, entry: Entry) -> None:
        self._entries = [each for each in self._entries if each.number != entry.number]
        self._store.delete(BUCKET, _key(entry))
        self.changed.emit()

    def _online(self, ready: bool) -> None:
        if ready:
            self.drain()

    def _session(self, session: object) -> None:
        if session is not None:
            self.drain()


def of(api: Api) -> Outbox:
    """The outbox of whoever is logged in; LookupError if nobody is."""
    found = api.findChild(Outbox)
    if found is None:
        raise LookupError("nobody is logged in")
    return found


def _key(entry: Entry) -> str:
    return f"{entry.number:012d}"


def _read(value: bytes) -> Entry:
    return Entry(**json.loads(value))


def _bytes(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)
