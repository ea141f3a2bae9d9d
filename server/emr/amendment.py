"""Changes to locked records: asked for, decided by somebody else, then written by the doctor.

What a device sends after the record was signed waits here as well: it is never lost, and never
written without a decision.
"""

import base64
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, LargeBinary, Select, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.emr import amendment_pb2 as pb
from protos.emr import case_record_pb2 as records
from server.core import duty
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Record
from server.core.errors import BusinessError
from server.core.sealing import Sealed
from server.dispatch.task import crew_tasks
from server.emr import merge
from server.emr.tables import CaseRecord, Conflict

if TYPE_CHECKING:
    from server.emr.record import CaseRecordService

_LOCKED = (records.CaseRecord.SUBMITTED, records.CaseRecord.REVIEWED, records.CaseRecord.ARCHIVED)


class Amendment(Record):
    """One request to open a locked record."""

    __tablename__ = "emr_amendment"

    record_id: Mapped[int] = mapped_column(ForeignKey(CaseRecord.id), index=True)
    record_no: Mapped[str] = mapped_column(String(30), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[int] = mapped_column(default=pb.Amendment.OPEN, index=True)
    applicant_name: Mapped[str] = mapped_column(String(30))
    applied_at: Mapped[datetime]
    decider_name: Mapped[str] = mapped_column(String(30), default="")
    decided_at: Mapped[datetime | None]
    refusal: Mapped[str] = mapped_column(String(200), default="")
    from_device: Mapped[bool] = mapped_column(default=False)
    sent_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())

    record: Mapped[CaseRecord] = relationship()

    sent = Sealed("MEDICAL")  # the SyncRequest of a device, base64


class AmendmentService(CrudService[Amendment, pb.Amendment]):
    """Keeps the requests."""

    model = Amendment
    message = pb.Amendment
    page = pb.AmendmentList
    searches = ("record_no",)
    display = "record_no"

    def visible(self, call: Call) -> Select[Amendment]:
        """Requests for records the user sees."""
        chosen = select(Amendment)
        if call.user.departments is None:
            return chosen
        ours = CaseRecord.station_id.in_(call.user.departments)
        mine = CaseRecord.task_id.in_(crew_tasks(call.user.id))
        return chosen.join(CaseRecord, CaseRecord.id == Amendment.record_id).where(or_(ours, mine))

    def makers(self, verb: str) -> Sequence[Any]:
        """Who asked."""
        return (Amendment.created_by,)

    def start(self, call: Call, record: Amendment) -> None:
        """Only for a locked record, one at a time."""
        chosen = _records().find(call, record.record_id, lock=True)
        if chosen.state not in _LOCKED:
            raise BusinessError("病历还没有提交，可以直接修改，不必申请")
        if open_request(call, chosen.id) is not None:
            raise BusinessError("这份病历已有待审批的修改申请，请等待审批")
        record.record_no = chosen.record_no
        record.applicant_name, record.applied_at = call.user.name, call.now

    def Approve(self, call: Call, request: pb.Amendment) -> pb.Amendment:
        """Give the record back to its writer; what a device sent is merged first."""
        asked = self.load(call, request)
        duty.refuse_self(call, asked.created_by)
        self._decide(call, asked)
        service = _records()
        record = call.db.get_one(CaseRecord, asked.record_id)
        record.state = records.CaseRecord.RETURNED
        record.return_reason = f"同意修改：{asked.reason}"[:200]
        if asked.sent:
            sent = records.SyncRequest.FromString(base64.b64decode(asked.sent))
            whole: records.CaseRecord = service.mapping.to_message(record)  # type: ignore[assignment]
            service.take_merged(call, record, merge.merge(sent.base, sent.mine, whole))
        service.touch(call, record)
        service.note_change(call)
        return self.save(call, asked)

    def Withdraw(self, call: Call, request: pb.Amendment) -> pb.Amendment:
        """Who asked no longer wants the record opened."""
        asked = self.load(call, request)
        duty.refuse_other(call, asked.created_by)
        return self.save(call, asked)

    def Refuse(self, call: Call, request: pb.RefuseRequest) -> pb.Amendment:
        """Leave the record as it is."""
        asked = self.load(call, request)
        duty.refuse_self(call, asked.created_by)
        self._decide(call, asked)
        asked.refusal = call.reason = request.reason
        return self.save(call, asked)

    def _decide(self, call: Call, asked: Amendment) -> None:
        asked.decider_name, asked.decided_at = call.user.name, call.now


def _records() -> "CaseRecordService":
    from server.emr.record import CaseRecordService  # which in turn attaches requests

    return CaseRecordService()


def open_request(call: Call, record_id: int) -> Amendment | None:
    """The request waiting for a decision, if there is one."""
    chosen = select(Amendment).where(
        Amendment.record_id == record_id, Amendment.state == pb.Amendment.OPEN
    )
    return call.db.scalars(chosen.with_for_update()).first()


def attach(call: Call, record: CaseRecord, sent: records.SyncRequest) -> int:
    """Keep what a device sent too late with the open request, or with a new one; its id."""
    asked = open_request(call, record.id)
    if asked is None:
        asked = Amendment(
            record_id=record.id, record_no=record.record_no, reason="离线修改在提交之后到达",
            applicant_name=call.user.name, applied_at=call.now, created_at=call.now,
            created_by=call.user.id,
        )  # fmt: skip
        call.db.add(asked)
    asked.from_device = True
    asked.sent = base64.b64encode(sent.SerializeToString()).decode()
    asked.updated_at, asked.updated_by = call.now, call.user.id
    call.changed.add(pb.DESCRIPTOR.services_by_name["AmendmentService"].full_name)
    call.db.flush()
    return asked.id


def note_conflicts(
    call: Call, record: CaseRecord, found: Iterable[merge.Conflict]
) -> list[Conflict]:
    """Keep conflicts with the record; a newer one takes an older one's place."""
    kept = []
    known = {conflict.path: conflict for conflict in record.conflicts}
    for each in found:
        if (older := known.get(each.path)) is not None:
            record.conflicts.remove(older)
        row = Conflict(path=each.path, label=each.label, kind=each.kind.value, found_at=call.now)
        row.base, row.theirs, row.mine, row.patch = each.base, each.theirs, each.mine, each.patch
        record.conflicts.append(row)
        kept.append(row)
    return kept


def as_merge_conflict(row: Conflict) -> merge.Conflict:
    """A kept conflict as the merge rules know it."""
    return merge.Conflict(
        row.path, row.label, row.base or "", row.theirs or "", row.mine or "", row.patch or "",
        merge.Clash(row.kind),
    )  # fmt: skip
