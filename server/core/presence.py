"""What others are doing: who has a record open (a notice, never a lock), what they changed."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from protos.common import presence_pb2 as pb
from server.core.audit import AuditRow
from server.core.call import Call
from server.core.db import Model
from server.core.mapping import timestamp
from server.core.registry import may_list, readable

OVERLAP = timedelta(seconds=10)  # of two questions: a slow transaction is not missed
LONGEST = timedelta(minutes=10)  # who was away longer fetches everything anyway
GOOD_FOR = timedelta(seconds=150)  # a client renews each minute; after this a crash is forgotten


class Editor(Model):
    """One session that has one record open."""

    __tablename__ = "core_editor"
    __table_args__ = (UniqueConstraint("kind", "record_id", "session_id"),)

    kind: Mapped[str] = mapped_column(String(80))  # full name of the service
    record_id: Mapped[int]
    session_id: Mapped[int]
    person_id: Mapped[int]
    person_name: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)


class PresenceService:
    """Open to whoever may read the record."""

    contract = pb.DESCRIPTOR

    def Hold(self, call: Call, request: pb.PresenceRequest) -> pb.PresenceAnswer:
        """Keep the caller among the record's editors for a while."""
        readable(call, request.service, request.id)
        call.db.execute(delete(Editor).where(Editor.until < call.now))
        editors = list(call.db.scalars(_of(request)))
        mine = next((each for each in editors if each.session_id == call.user.session_id), None)
        if mine is None:
            mine = Editor(
                kind=request.service, record_id=request.id, session_id=call.user.session_id,
                person_id=call.user.id, person_name=call.user.name, since=call.now,
            )  # fmt: skip
            call.db.add(mine)
        mine.until = call.now + GOOD_FOR
        return _others(call, editors)

    def Changed(self, call: Call, request: pb.ChangedRequest) -> pb.ChangedAnswer:
        """What was changed lately, by whomever; a change under way is told the next time."""
        answer = pb.ChangedAnswer(at=timestamp(call.now))
        if not request.HasField("since"):
            return answer
        since = max(request.since.ToDatetime(UTC), call.now - LONGEST) - OVERLAP
        chosen = select(AuditRow.record_kind, func.max(AuditRow.id)).where(
            AuditRow.happened_at >= since, AuditRow.result == "OK", AuditRow.record_id != 0
        )
        rows = call.db.execute(chosen.group_by(AuditRow.record_kind))
        newest: dict[str, int] = {row[0]: row[1] for row in rows}
        for name, service in call.app.registry.by_name.items():
            kind = getattr(getattr(service, "model", None), "__tablename__", "")
            if kind in newest and may_list(call, name):
                answer.changes.add(service=name, newest=newest[kind])
        return answer

    def Leave(self, call: Call, request: pb.PresenceRequest) -> pb.PresenceAnswer:
        """The caller closed the record."""
        mine = Editor.session_id == call.user.session_id
        this = (Editor.kind == request.service, Editor.record_id == request.id)
        call.db.execute(delete(Editor).where(mine, *this))
        return pb.PresenceAnswer()


def _of(request: pb.PresenceRequest) -> Select[Editor]:
    return select(Editor).where(Editor.kind == request.service, Editor.record_id == request.id)


def _others(call: Call, editors: list[Editor]) -> pb.PresenceAnswer:
    others = sorted(
        (each for each in editors if each.person_id != call.user.id), key=lambda each: each.since
    )
    return pb.PresenceAnswer(
        others=[pb.Editor(name=each.person_name, since=timestamp(each.since)) for each in others]
    )
