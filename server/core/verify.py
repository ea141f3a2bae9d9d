"""The verifier of the audit log: finds the rows that were changed, removed or put in."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto import sm3
from crypto.errors import InvalidSignature
from crypto.sm2 import PublicKey
from server.core.audit import (
    COVERED,
    AuditCheckpoint,
    AuditRow,
    AuditStream,
    EpochKeys,
    chain_hash,
    encode_values,
)
from server.core.checkpoints import digest, statement

_BATCH = 2000


@dataclass(frozen=True)
class Finding:
    """One thing wrong: which stream, which row, and what, in Chinese."""

    stream: str
    seq: int
    text: str
    row_id: int = 0

    def __str__(self) -> str:
        named = f"（记录号 {self.row_id}）" if self.row_id else ""
        return f"日志流 {self.stream} 第 {self.seq} 条{named}：{self.text}"


@dataclass(frozen=True)
class Verdict:
    """What the verifier read and what it found; no findings means the log is whole."""

    rows: int
    checkpoints: int
    findings: list[Finding]


def verify(db: Session, seed: bytes, log_key: PublicKey, copy: Path | None = None) -> Verdict:
    """Check every stream against its chain, its keys, its checkpoints and their copy."""
    rows, points = 0, 0
    findings: list[Finding] = []
    copied = _copied(copy)
    for stream in db.scalars(select(AuditStream).order_by(AuditStream.name)):
        reader = _Stream(db, stream, seed)
        findings += reader.check_rows()
        findings += reader.check_points(log_key, copied.get(stream.name, []))
        rows += reader.rows
        points += reader.points
    known = set(db.scalars(select(AuditStream.name)))
    findings += [
        Finding(name, lines[-1][0], "整个日志流被删除")
        for name, lines in copied.items()
        if name not in known
    ]
    strays = select(AuditRow).where(AuditRow.stream.not_in(known)).limit(1)
    findings += [Finding(r.stream, r.seq, "不属于任何日志流", r.id) for r in db.scalars(strays)]
    return Verdict(rows, points, findings)


class _Stream:
    def __init__(self, db: Session, stream: AuditStream, seed: bytes) -> None:
        self._db = db
        self._stream = stream
        self._epochs = EpochKeys(seed)
        self.rows = 0  # read
        self.size = 0  # the number of the newest row
        self.points = 0
        self._heads: dict[int, bytes] = {0: bytes(32)}
        self._wanted = set(
            db.scalars(select(AuditCheckpoint.size).where(AuditCheckpoint.stream == stream.name))
        )

    def check_rows(self) -> Iterator[Finding]:
        """Every broken row by itself; one that follows a lost link is judged by its MAC alone."""
        name, previous = self._stream.name, bytes(32)
        kept = previous
        for row in self._rows():
            seq, kept, mac, *values = row
            row_id, happened_at = values[:2]
            if seq != self.size + 1:
                yield Finding(name, self.size + 1, f"缺失（下一条现存的是第 {seq} 条）")
                previous = b""
            whole = not previous or kept == chain_hash(name, seq, previous, encode_values(values))
            genuine = sm3.equal(mac, sm3.hmac(self._epochs.at(happened_at), kept))
            if not whole:
                yield Finding(name, seq, "内容被改动", row_id)
            elif not genuine:
                yield Finding(name, seq, "校验码不符，不是本系统写入", row_id)
            self.rows, self.size, previous = self.rows + 1, seq, kept if genuine else b""
            if seq in self._wanted:
                self._heads[seq] = kept
        if (self._stream.seq, self._stream.head) != (self.size, kept):
            yield Finding(name, self.size + 1, f"末尾缺失，应有 {self._stream.seq} 条")

    def check_points(self, log_key: PublicKey, copied: list[tuple[int, str]]) -> Iterator[Finding]:
        """Every checkpoint that is not signed, not linked, or not what the rows say."""
        name, previous = self._stream.name, bytes(32)
        chosen = select(AuditCheckpoint).where(AuditCheckpoint.stream == name)
        kept = {}
        for point in self._db.scalars(chosen.order_by(AuditCheckpoint.size)):
            self.points += 1
            kept[point.size] = point.head.hex()
            try:
                log_key.verify(statement(point), point.signature)
            except InvalidSignature:
                yield Finding(name, point.size, "检查点的签名无效")
            if point.previous != previous:
                yield Finding(name, point.size, "检查点之间不相连")
            if self._heads.get(point.size) != point.head and point.size <= self.size:
                yield Finding(name, point.size, "与已签名的检查点不一致")
            elif point.size > self.size:
                yield Finding(name, self.size + 1, f"末尾缺失，检查点记有 {point.size} 条")
            previous = digest(point)
        for size, head in copied:
            if kept.get(size) != head:
                yield Finding(name, size, "与另处保存的检查点不一致")

    def _rows(self) -> Iterator[Sequence[Any]]:
        """The rows in order, fetched a batch at a time so that no cursor stays open."""
        columns = AuditRow.__table__.columns
        chosen = select(columns.seq, columns.hash, columns.mac, *(columns[c] for c in COVERED))
        chosen = chosen.where(AuditRow.stream == self._stream.name)
        last = 0
        while batch := self._db.execute(
            chosen.where(AuditRow.seq > last).order_by(AuditRow.seq).limit(_BATCH)
        ).all():
            yield from batch
            last = batch[-1][0]


def _copied(copy: Path | None) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = {}
    if copy is not None and copy.exists():
        for text in copy.read_text("utf-8").splitlines():
            line = json.loads(text)
            found.setdefault(line["stream"], []).append((line["size"], line["head"]))
    return found
