"""The audit log: who did what, in the transaction of the deed, chained so that nothing can be
changed, removed or put in between without the verifier naming the row.

Each worker writes one stream. A record's hash covers the hash before it,
``h = SM3(00 ‖ stream ‖ seq ‖ h_prev ‖ record)``, and ``mac = HMAC-SM3(K[epoch], h)`` with a key
that moves on every 15 minutes. Checkpoints, signed with SM2, fix the length and head of each
stream; copies in a second place catch a cut tail.
"""

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import (
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    event,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from crypto import sm3
from server.core.call import Call
from server.core.db import Model, Record
from server.core.errors import BusinessError

_EPOCH = timedelta(minutes=15)
_RECENT_EPOCHS = 8
SEALED = "过账封记"  # in a detail: what `Call.sealed` held
_HIDDEN = ("_sealed", "_index", "password")


class AuditStream(Model):
    """The head of one chain; its row lock orders the writers."""

    __tablename__ = "audit_stream"

    name: Mapped[str] = mapped_column(String(40), unique=True)
    seq: Mapped[int]
    head: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditRow(Model):
    """One thing that happened. Append-only."""

    __tablename__ = "audit_row"
    __table_args__ = (
        UniqueConstraint("stream", "seq"),
        Index("ix_audit_row_happened_at_id", "happened_at", "id"),
    )

    stream: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int]
    happened_at: Mapped[datetime]
    user_id: Mapped[int] = mapped_column(index=True)
    staff_no: Mapped[str] = mapped_column(String(20))
    user_name: Mapped[str] = mapped_column(String(40))
    workstation: Mapped[str] = mapped_column(String(80))
    session_id: Mapped[int]
    action: Mapped[str] = mapped_column(String(120), index=True)
    label: Mapped[str] = mapped_column(String(80))
    record_kind: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column(index=True)
    result: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(500))
    detail: Mapped[str] = mapped_column(Text())
    signature_id: Mapped[int]  # CallSignature.id, 0 = not signed
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


class CallSignature(Model):
    """The signed bytes of a call, the signature and the certificate, verifiable years later."""

    __tablename__ = "audit_signature"

    text: Mapped[bytes] = mapped_column(LargeBinary())
    signature: Mapped[bytes] = mapped_column(LargeBinary(100))
    certificate: Mapped[bytes] = mapped_column(LargeBinary())
    signed_at: Mapped[datetime]


class AuditCheckpoint(Model):
    """A signed statement how long a stream is and what its head is."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = (Index("ix_audit_checkpoint_stream_size", "stream", "size"),)

    stream: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    head: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[datetime]
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary(100))


COVERED = (
    "id", "happened_at", "user_id", "staff_no", "user_name", "workstation", "session_id", "action",
    "label", "record_kind", "record_id", "result", "reason", "detail", "signature_id",
)  # fmt: skip
_SORTED = sorted((name, number) for number, name in enumerate(COVERED))
_CANONICAL = "{" + ",".join(f'"{name}":%s' for name, _ in _SORTED) + "}"
_TAKE = tuple(number for _, number in _SORTED)
_HAPPENED_AT = COVERED.index("happened_at")


def encode(row: AuditRow) -> bytes:
    """The bytes of a row that its hash covers: see `encode_values`."""
    return encode_values([getattr(row, name) for name in COVERED])


def encode_values(values: Sequence[Any]) -> bytes:
    """Canonical JSON of values in the order of COVERED: names sorted, times in UTC microseconds.

    Written out by hand because it runs for each of millions of rows.
    """
    texts = [encode_basestring(v) if type(v) is str else v for v in values]
    moment = values[_HAPPENED_AT].astimezone(UTC).isoformat(timespec="microseconds")
    texts[_HAPPENED_AT] = f'"{moment}"'
    return (_CANONICAL % tuple([texts[number] for number in _TAKE])).encode()


def chain_hash(stream: str, seq: int, previous: bytes, encoded: bytes) -> bytes:
    """The hash of a row, given the hash before it."""
    name = stream.encode()
    head = b"\0" + len(name).to_bytes(2, "big") + name + seq.to_bytes(8, "big")
    return sm3.digest(head + previous + encoded)


class EpochKeys:
    """The MAC keys of the epochs: each made from the one before, none leading back.

    The newest few are kept, for calls that began before the hour struck are logged after it.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._epoch, self._key = -1, seed
        self._recent: dict[int, bytes] = {}
        self._turn = threading.Lock()  # streams of one process share the walk from the seed

    def at(self, moment: datetime) -> bytes:
        """The key of the epoch a moment falls in."""
        epoch = max((moment - _GENESIS) // _EPOCH, 0)
        with self._turn:
            return self._recent.get(epoch) or self._made(epoch)

    def _made(self, epoch: int) -> bytes:
        if epoch < self._epoch:
            self._epoch, self._key = -1, self._seed
        while self._epoch < epoch:
            self._key = sm3.hmac(self._key, b"AMB-AUDIT-NEXT")
            self._epoch += 1
        self._recent[epoch] = self._key
        if len(self._recent) > _RECENT_EPOCHS:
            del self._recent[min(self._recent)]
        return self._key


_GENESIS = datetime(2026, 1, 1, tzinfo=UTC)
epoch_keys = lru_cache(maxsize=4)(EpochKeys)  # the walk from the seed grows by 35,000 steps a year


@dataclass(frozen=True)
class Change:
    """What a flush did to one record."""

    kind: str
    record_id: int
    verb: str  # 新增 修改 删除
    detail: dict[str, Any]


class Log:
    """Writes one worker's stream."""

    def __init__(self, stream: str, seed: bytes) -> None:
        self.stream = stream
        self._epochs = epoch_keys(seed)

    def open(self, db: Session) -> None:
        """Make the stream if it is new."""
        if db.execute(_HEAD, {"stream": self.stream}).first() is None:
            db.add(AuditStream(name=self.stream, seq=0, head=bytes(32)))

    def append(self, db: Session, rows: Iterable[AuditRow]) -> None:
        """Chain the rows to the stream, in the transaction of db, as its last writes."""
        rows = list(rows)
        if not rows:
            return
        db.flush()
        seq, previous = db.execute(_HEAD, {"stream": self.stream}).one()
        for row in rows:
            seq += 1
            row.stream, row.seq = self.stream, seq
            row.hash = chain_hash(self.stream, seq, previous, encode(row))
            row.mac = sm3.hmac(self._epochs.at(row.happened_at), row.hash)
            previous = row.hash
        # past the ORM, which would look every row over once more
        db.execute(insert(_ROWS), [{name: getattr(row, name) for name in _NAMES} for row in rows])
        moved = {"stream": self.stream, "seq": seq, "head": previous}
        db.connection().execute(_MOVE, moved)


_ROWS, _STREAM = (Model.metadata.tables[name] for name in ("audit_row", "audit_stream"))
_NAMES = _ROWS.columns.keys()
_HEAD = (
    select(_STREAM.c.seq, _STREAM.c.head)
    .where(_STREAM.c.name == bindparam("stream"))
    .with_for_update()
)
_MOVE = (
    update(_STREAM)
    .where(_STREAM.c.name == bindparam("stream"))
    .values(seq=bindparam("seq"), head=bindparam("head"))
)


def rows_of(call: Call, changes: list[Change], result: str = "OK") -> Iterator[AuditRow]:
    """The audit rows of a finished call: one for itself, one for each changed record."""
    signature = _keep_signature(call)
    first = changes[0] if changes else None
    row = _row(call, first, call.rpc.label or call.method.name, result, signature)
    if call.sealed:
        row.detail = _json({**json.loads(row.detail), SEALED: call.sealed})
    yield row
    for change in changes[1:]:
        yield _row(call, change, change.verb, result, 0)


def refusal_of(call: Call, error: BusinessError | str) -> AuditRow:
    """The audit row of a refused call."""
    code = error.code.name if isinstance(error, BusinessError) else "INTERNAL"
    row = _row(call, None, call.rpc.label or call.method.name, code, 0)
    row.reason = str(error)[:500]
    return row


def reading_of(call: Call) -> AuditRow:
    """The audit row of a read: one that is logged, or showed personal data unmasked."""
    label = call.rpc.label or call.method.name
    shown = f"查看个人信息：{label}" if call.personal_reads else label
    row = _row(call, None, shown, "OK", 0)
    row.record_kind = call.method.containing_service.full_name
    row.record_id = call.personal_reads[0] if len(call.personal_reads) == 1 else 0
    row.detail = _json({"记录": call.personal_reads})
    return row


def _row(call: Call, change: Change | None, label: str, result: str, signature: int) -> AuditRow:
    user = call.user
    detail = {"变更": change.verb, **change.detail} if change else {}
    if change is None and call.about is not None:
        detail = dict(call.about.detail)
    kind = change.kind if change else call.about.kind if call.about else ""
    return AuditRow(
        happened_at=call.now,
        user_id=user.id,
        staff_no=user.staff_no,
        user_name=user.name,
        workstation=call.workstation,
        session_id=user.session_id,
        action=call.method.full_name,
        label=label,
        record_kind=kind,
        record_id=change.record_id if change else 0,
        result=result,
        reason=call.reason[:500],
        detail=_json(detail),
        signature_id=signature,
    )


def _keep_signature(call: Call) -> int:
    if call.signed is None:
        return 0
    kept = CallSignature(
        text=call.signed.text,
        signature=call.signed.signature,
        certificate=call.signed.certificate,
        signed_at=call.now,
    )
    call.db.add(kept)
    return kept.id


def watch(db: Session) -> list[Change]:
    """A list that fills with what each flush of this session does to audited records."""
    changes: list[Change] = []
    seen: dict[tuple[str, int, str], Change] = {}

    def note(session: Session, *_: Any) -> None:
        for record, verb in _touched(session):
            key = (record.__tablename__, record.id, verb)
            detail = _differences(record)
            if key in seen:
                _merge(seen[key].detail, detail)
            elif verb != "修改" or detail or _is_saved(record):
                seen[key] = Change(record.__tablename__, record.id, verb, detail)
                changes.append(seen[key])

    event.listen(db, "before_flush", note)
    return changes


def _touched(session: Session) -> Iterator[tuple[Record, str]]:
    for records, verb in (
        (session.new, "新增"),
        (session.dirty, "修改"),
        (session.deleted, "删除"),
    ):
        for record in sorted(records, key=lambda r: getattr(r, "id", 0)):
            if isinstance(record, Record):
                yield record, verb


def _differences(record: Record) -> dict[str, Any]:
    """What the flush will change of a record and its lines, old and new value of each column."""
    found = _changed_columns(record)
    state = inspect(record)
    assert state is not None
    for relation in state.mapper.relationships:
        if relation.cascade.delete_orphan and (lines := _changed_lines(record, relation.key)):
            found[relation.key] = lines
    return found


def _changed_columns(row: Model) -> dict[str, Any]:
    state = inspect(row)
    assert state is not None
    found = {}
    for column in state.mapper.column_attrs:
        history = state.attrs[column.key].history
        if column.key in _PLUMBING or not (history.added or history.deleted):
            continue
        old = history.deleted[0] if history.deleted else None
        new = history.added[0] if history.added else None
        if old != new:
            found[column.key] = (
                "***" if column.key.endswith(_HIDDEN) else [_plain(old), _plain(new)]
            )
    return found


def _changed_lines(record: Record, name: str) -> dict[str, Any]:
    state = inspect(record)
    assert state is not None
    history = state.attrs[name].history
    changed = [(line.id, _changed_columns(line)) for line in history.unchanged or ()]
    found = {
        "新增": [_values(line) for line in history.added or ()],
        "删除": [_values(line) for line in history.deleted or ()],
        "修改": [{"id": id, **columns} for id, columns in changed if columns],
    }
    return {verb: lines for verb, lines in found.items() if lines}


def _values(line: Model) -> dict[str, Any]:
    state = inspect(line)
    assert state is not None
    return {
        column.key: "***" if column.key.endswith(_HIDDEN) else _plain(value)
        for column in state.mapper.column_attrs
        if (value := state.dict.get(column.key)) is not None
    }


def _is_saved(record: Record) -> bool:
    """Whether a record was saved although none of its own columns changed: its lines did."""
    state = inspect(record)
    assert state is not None
    return bool(state.attrs["updated_at"].history.has_changes())


def _merge(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    """Add what a later flush of the same call changed, keeping the values from before the call."""
    for name, change in later.items():
        if name in earlier and isinstance(change, list):
            earlier[name] = [earlier[name][0], change[1]]
        else:
            earlier[name] = change


_PLUMBING = frozenset({"id", "version", "created_at", "created_by", "updated_at", "updated_by"})


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"{len(value)}字节"
    return value if isinstance(value, (int, str, bool, list, dict, type(None))) else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
