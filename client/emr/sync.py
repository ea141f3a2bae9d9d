"""Between tablet and server: what was typed goes through the outbox, what is new comes back.

One write of a record is under way at a time.  It carries what the server last said and what the
tablet has, so that the server can merge field by field; typing goes on meanwhile, and what was
typed since goes with the next write.
"""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from client.core import outbox as outboxes
from client.core.api import Api, ApiError, new_request_id
from client.core.store import Store
from client.emr.copies import Copies, Copy
from protos import facts
from protos.common import list_pb2
from protos.emr import case_record_pb2 as pb
from resources.emr import rules

SERVICE = pb.DESCRIPTOR.services_by_name["CaseRecordService"]
RPC = SERVICE.methods_by_name


class Sync(QObject):
    """Sends the copies of this tablet and takes over the answers."""

    changed = Signal(str)  # the key of a copy that is no longer as it was shown
    clashed = Signal(str)  # the key of a copy with conflicts to decide
    refused = Signal(str, str)  # key, why

    def __init__(self, api: Api, store: Store, copies: Copies, parent: QObject) -> None:
        super().__init__(parent)
        self._api, self._store, self._copies = api, store, copies
        self._outbox = outboxes.of(api)
        self._outbox.sent.connect(self._sent)
        self._outbox.rejected.connect(self._rejected)
        self._forget_answered()

    def save(self, copy: Copy) -> bool:
        """Queue what was typed since the last write; answers whether there was something to."""
        if copy.entry or not copy.is_open or not copy.is_dirty or self.faults(copy):
            return False
        request = pb.SyncRequest(mine=copy.mine)
        if copy.base.id:
            request.base.CopyFrom(copy.base)
        with self._store.together():
            copy.entry, copy.sent = new_request_id(), pb.CaseRecord()
            copy.sent.CopyFrom(copy.mine)
            self._copies.keep(copy)
            self._outbox.add(
                RPC["Sync"], request, group=copy.key, subject=_subject(copy), request_id=copy.entry
            )
        self.changed.emit(copy.key)
        return True

    def submit(self, copy: Copy, signature: bytes, acknowledged: Iterable[str]) -> None:
        """Queue a record signed here; it goes behind the write of its content."""
        request = pb.OfflineSubmitRequest(
            client_key=copy.mine.client_key, signature=signature, acknowledged=acknowledged
        )
        self.save(copy)
        with self._store.together():
            copy.submit = new_request_id()
            self._copies.keep(copy)
            self._outbox.add(
                RPC["SubmitOffline"],
                request,
                group=copy.key,
                subject=f"{_subject(copy)} 签名提交",
                request_id=copy.submit,
            )
        self.changed.emit(copy.key)

    def faults(self, copy: Copy) -> list[facts.Fault]:
        """What the server would refuse even as a draft."""
        return [*facts.faults(copy.mine), *rules.form_faults(copy.mine)]

    def fetch(self, task_ids: Iterable[int]) -> None:
        """Look for records of these tasks that are newer than the copies here."""
        wanted = list_pb2.Filter(field="task_id", values=[str(id) for id in task_ids])
        if not wanted.values or not self._api.is_online or not self._api.can(RPC["List"]):
            return
        request = list_pb2.ListRequest(filters=[wanted], limit=200)
        self._api.call(RPC["List"], request, self, self._listed, _ignore)

    def take(self, copy: Copy, record: pb.CaseRecord) -> None:
        """The server answered a call about this record."""
        self._copies.answered(copy, record)
        self.changed.emit(copy.key)

    def _forget_answered(self) -> None:
        """Writes that left the outbox while nobody listened: the server tells when asked anew."""
        waiting = {each.id for each in (*self._outbox.pending(), *self._outbox.refused())}
        for copy in self._copies.all():
            if copy.entry and copy.entry not in waiting:
                copy.entry, copy.sent = "", None
            if copy.submit and copy.submit not in waiting:
                copy.submit = ""
            self._copies.keep(copy)

    def _listed(self, answer: pb.CaseRecordList) -> None:
        for row in answer.rows:
            known = next((c for c in self._copies.all() if c.base.id == row.id), None)
            if known is None or known.base.version != row.version:
                request = list_pb2.IdRequest(id=row.id)
                self._api.call(RPC["Get"], request, self, self._got, _ignore)

    def _got(self, record: pb.CaseRecord) -> None:
        copy = self._copies.adopt(record)
        if copy is not None:
            self.changed.emit(copy.key)

    def _sent(self, entry: str, answer: object) -> None:
        copy = self._copies.sent_as(entry)
        if copy is None:
            return
        if isinstance(answer, pb.SyncAnswer):
            self.take(copy, answer.record)
            if answer.record.conflicts:
                self.clashed.emit(copy.key)
        elif isinstance(answer, pb.CaseRecord):
            copy.submit = ""
            self.take(copy, answer)

    def _rejected(self, entry: str, error: ApiError) -> None:
        """The copy still has everything, so the refused write itself is given up."""
        copy = self._copies.sent_as(entry)
        if copy is None:
            return
        if entry == copy.entry:
            copy.entry, copy.sent = "", None
        else:
            copy.submit = ""
        copy.trouble = _why(copy, error)
        self._copies.keep(copy)
        self._outbox.discard(entry)
        self.changed.emit(copy.key)
        self.refused.emit(copy.key, copy.trouble)


def _why(copy: Copy, error: ApiError) -> str:
    """What the doctor reads; a signature that met somebody else's changes has to be made anew."""
    if copy.mine.conflicts:
        return "签名之后发现别人也改了这份病历。请处理冲突，再重新签名。"
    return "；".join(dict.fromkeys([error.text, *(each.text for each in error.faults)]))


def _subject(copy: Copy) -> str:
    return f"病历 {copy.mine.name or '无名氏'} {copy.mine.serial_no}".strip()


def _ignore(_: ApiError) -> None:
    """What could not be fetched now is asked for again with the next refresh."""
