"""The records on this tablet: what was typed, what the server last said, what is under way."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from client.core import conflict
from client.core.store import Store
from client.emr.stamps import fresh_key
from protos import facts
from protos.dispatch import task_pb2
from protos.emr.case_record_pb2 import CaseRecord
from resources.emr.content import content
from resources.emr.prefill import prefill

BUCKET = "emr.copies"
OPEN = (CaseRecord.STATE_UNSPECIFIED, CaseRecord.DRAFT, CaseRecord.RETURNED)


@dataclass
class Copy:
    """One record as this tablet has it."""

    key: str  # the record's client_key
    task_code: str
    mine: CaseRecord
    base: CaseRecord = field(default_factory=CaseRecord)  # as last read; empty: never
    sent: CaseRecord | None = None  # as it lies in the outbox
    entry: str = ""  # its id there
    submit: str = ""  # the id of its offline submission in the outbox
    trouble: str = ""  # why the server refused it

    @property
    def is_open(self) -> bool:
        """Whether it may still be changed."""
        return self.mine.state in OPEN and not self.submit

    @property
    def is_dirty(self) -> bool:
        """Whether something was typed that the server does not have."""
        return bool(conflict.differing(self.base, self.mine))

    def status(self) -> tuple[str, str]:
        """How far it is, for people, and its tone."""
        if self.mine.conflicts:
            return f"有 {len(self.mine.conflicts)} 处冲突待处理", "bad"
        if self.trouble:
            return "被退回，请修改", "bad"
        if self.submit:
            return "已签名，待上传", "warn"
        if self.entry:
            return "待上传", "warn"
        if not self.is_open:
            return _state(self.mine), "good"
        return ("未上传的修改", "warn") if self.is_dirty else ("草稿，已接收", "info")

    def to_json(self) -> bytes:
        """As it is kept."""
        texts = {
            "key": self.key,
            "task_code": self.task_code,
            "mine": _text(self.mine),
            "base": _text(self.base),
            "sent": _text(self.sent) if self.sent is not None else None,
            "entry": self.entry,
            "submit": self.submit,
            "trouble": self.trouble,
        }
        return json.dumps(texts).encode()

    @classmethod
    def from_json(cls, value: bytes) -> "Copy":
        """From what was kept."""
        texts = json.loads(value)
        for name in ("mine", "base", "sent"):
            if texts[name] is not None:
                texts[name] = CaseRecord.FromString(base64.b64decode(texts[name]))
        return cls(**texts)


class Copies:
    """Every record on this tablet, in the encrypted store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._copies = {k: Copy.from_json(v) for k, v in store.items(BUCKET)}

    def all(self) -> Iterable[Copy]:
        """Every copy, the oldest first."""
        return list(self._copies.values())

    def of_task(self, task_code: str) -> Copy | None:
        """The record of a task, if one was begun or fetched."""
        found = (copy for copy in self._copies.values() if copy.task_code == task_code)
        return next(found, None)

    def sent_as(self, entry: str) -> Copy | None:
        """The record an outbox entry carries."""
        found = (each for each in self._copies.values() if entry in (each.entry, each.submit))
        return next(found, None)

    def keep(self, copy: Copy) -> None:
        """Store a copy; it survives a crash from now on."""
        self._copies[copy.key] = copy
        self._store.put(BUCKET, copy.key, copy.to_json())

    def begin(self, task: task_pb2.Task) -> Copy:
        """A fresh record of a task, with what the dispatch knows filled in."""
        record = prefill(task)
        record.client_key = fresh_key()
        for name in ("task_code", "serial_no", "plate", "vehicle_code"):
            setattr(record, name, getattr(task, name))  # for the eye; the server sets its own
        record.original_event_type = task.event.event_type  # which kinds may be chosen
        copy = Copy(record.client_key, task.task_code, record)
        self.keep(copy)
        return copy

    def adopt(self, record: CaseRecord) -> Copy | None:
        """Take over a record of the server unless something of ours is under way in it."""
        copy = self._known(record)
        if copy is None:
            copy = Copy(record.client_key or fresh_key(), record.task_code, CaseRecord())
        elif copy.entry or copy.submit or _differs(copy, record):
            return None
        copy.base.CopyFrom(record)
        copy.mine.CopyFrom(record)
        self.keep(copy)
        return copy

    def answered(self, copy: Copy, record: CaseRecord) -> None:
        """The server has merged what was sent; what was typed since stays on top."""
        if copy.sent is not None:
            fresh = conflict.merge(copy.sent, record, copy.mine, {})
        else:
            fresh = record
        copy.base.CopyFrom(record)
        copy.mine.CopyFrom(fresh)
        copy.sent, copy.entry, copy.trouble = None, "", ""
        self.keep(copy)

    def _known(self, record: CaseRecord) -> Copy | None:
        for copy in self._copies.values():
            if copy.key == record.client_key or (record.id and copy.mine.id == record.id):
                return copy
        return self.of_task(record.task_code)


def _differs(copy: Copy, record: CaseRecord) -> bool:
    """Whether the tablet has words that the record lacks."""
    return copy.is_dirty and content(copy.mine) != content(record)


def _state(record: CaseRecord) -> str:
    return facts.value_label(facts.field_named(CaseRecord.DESCRIPTOR, "state"), record.state)


def _text(record: CaseRecord) -> str:
    return base64.b64encode(record.SerializeToString(deterministic=True)).decode()
