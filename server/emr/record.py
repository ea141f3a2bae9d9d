"""The case record's service: writing it at a desk or on a device, signing, reviewing, archiving."""

from collections.abc import Collection, Sequence
from datetime import UTC
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import Select, func, or_, select

from crypto import cms
from crypto.errors import CryptoError
from protos.emr import case_record_pb2 as pb
from protos.facts import Fault
from resources.emr import content, rules
from resources.emr.prefill import prefill
from server.core import duty, masking, numbering
from server.core.call import Call
from server.core.crud import CrudService
from server.core.errors import BusinessError, Forbidden, Invalid, NotFound
from server.dispatch.task import Task, crew_tasks, find_task, whole_task
from server.emr import amendment, sheet, usage
from server.emr.filling import complete_rows, copy_task, station_name
from server.emr.merge import Merged, apply, merge
from server.emr.signing import RecordSignature, SignedSheet
from server.emr.tables import CaseRecord, Conflict

_STATE = pb.CaseRecord
OPEN = (_STATE.DRAFT, _STATE.RETURNED)


class CaseRecordService(CrudService[CaseRecord, pb.CaseRecord]):
    """Keeps case records."""

    model = CaseRecord
    message = pb.CaseRecord
    page = pb.CaseRecordList
    searches = ("record_no", "serial_no", "task_code", "plate")
    display = "record_no"
    code = "serial_no"

    # Who sees what ---------------------------------------------------------------------------

    def visible(self, call: Call) -> Select[CaseRecord]:
        """Records of the user's departments, of tasks the user was on, and the user's own."""
        if call.user.departments is None:
            return select(CaseRecord)
        mine = CaseRecord.task_id.in_(crew_tasks(call.user.id))
        ours = CaseRecord.station_id.in_(call.user.departments)
        return select(CaseRecord).where(or_(ours, mine, CaseRecord.created_by == call.user.id))

    def opened(self, call: Call, record_ids: Collection[int]) -> Collection[int]:
        """The crew of the task sees its patients whole."""
        if everything := super().opened(call, record_ids):
            return everything
        mine = CaseRecord.task_id.in_(crew_tasks(call.user.id))
        return list(
            call.db.scalars(select(CaseRecord.id).where(CaseRecord.id.in_(record_ids), mine))
        )

    # Writing ---------------------------------------------------------------------------------

    def Create(self, call: Call, request: pb.CaseRecord) -> pb.CaseRecord:
        """Begin a record; what is not entered is taken over from the task."""
        filled = prefill(whole_task(find_task(call, request.task_id)))
        if not request.patient_order:
            filled.patient_order = _next_order(call, request.task_id)
        filled.MergeFrom(request)
        return super().Create(call, filled)

    def makers(self, verb: str) -> Sequence[Any]:
        """The doctor."""
        return (CaseRecord.doctor_id,)

    def start(self, call: Call, record: CaseRecord) -> None:
        """Number it and copy what belongs to the task."""
        task = call.db.get_one(Task, record.task_id)
        record.patient_order = record.patient_order or _next_order(call, record.task_id)
        _refuse_second(call, record)
        copy_task(record, task, station_name(call, task))
        record.begin_fill_at = call.now
        record.state = _STATE.DRAFT
        record.revision = 0
        day = numbering.shanghai_day(call.now)
        run = numbering.take(call, f"emr{day}")
        record.record_no = f"01{day}{run:05d}-{record.patient_order}"

    def check(self, call: Call, record: CaseRecord) -> None:
        """The rules of every save; scores are summed, names filled in."""
        complete_rows(call, record)
        if faults := rules.form_faults(self._whole(record)):
            raise Invalid(*faults)

    def Sync(self, call: Call, request: pb.SyncRequest) -> pb.SyncAnswer:
        """Merge what a device has; the first time, create it under the device's key."""
        if not request.mine.client_key:
            raise Invalid.at("mine.client_key", "缺少设备记录号，请升级客户端")
        record = self._by_key(call, request.mine.client_key)
        if record is None:
            find_task(call, request.mine.task_id)
            return pb.SyncAnswer(record=super().Create(call, request.mine))
        self._refuse_stranger(call, record)
        merged = merge(request.base, request.mine, self._whole(record))
        if record.state in OPEN:
            return self._take(call, record, merged)
        answer = pb.SyncAnswer(record=self.answer(call, record))
        if merged.changed or merged.conflicts:
            answer.amendment_id = amendment.attach(call, record, request)
        return answer

    def Resolve(self, call: Call, request: pb.ResolveRequest) -> pb.CaseRecord:
        """Decide conflicts one by one."""
        record = self.load(call, request)
        self._refuse_stranger(call, record)
        known = {conflict.id: conflict for conflict in record.conflicts}
        message = self._whole(record)
        for choice in request.choices:
            if choice.conflict_id not in known:
                raise NotFound("这处冲突已处理，请刷新")
            conflict = known.pop(choice.conflict_id)
            apply(message, amendment.as_merge_conflict(conflict), mine=choice.mine)
            record.conflicts.remove(conflict)
        self.mapping.apply(message, record)
        self.check(call, record)
        return self.save(call, record)

    def _take(self, call: Call, record: CaseRecord, merged: Merged) -> pb.SyncAnswer:
        if not merged.changed and not merged.conflicts:
            return pb.SyncAnswer(record=self.answer(call, record))
        found = self.take_merged(call, record, merged)
        answer = pb.SyncAnswer(record=self.save(call, record))
        shown = {conflict.id: conflict for conflict in answer.record.conflicts}
        answer.conflicts.extend(shown[conflict.id] for conflict in found)
        return answer

    def take_merged(self, call: Call, record: CaseRecord, merged: Merged) -> list[Conflict]:
        """Write a merge into a record; the conflicts it leaves to be decided."""
        self.mapping.apply(merged.record, record)
        found = amendment.note_conflicts(call, record, merged.conflicts)
        self.check(call, record)
        return found

    # Signing ---------------------------------------------------------------------------------

    def Submit(self, call: Call, request: pb.SubmitRequest) -> pb.CaseRecord:
        """Sign at the key: the request's signature covers this version of the record."""
        record = self.load(call, request)
        self._submit(call, record, request.acknowledged, request.reason)
        return self.save(call, record)

    def SubmitOffline(self, call: Call, request: pb.OfflineSubmitRequest) -> pb.CaseRecord:
        """Take over a signature made without a network; it must fit what the server has."""
        record = self._by_key(call, request.client_key)
        if record is None:
            raise NotFound("病历还没有上传，请先同步再提交")
        if record.state not in OPEN:
            raise BusinessError(f"{self.state_label(record)}的病历不能再提交")
        signed = content.content(self._whole(record))
        verify_content(call, request.signature, signed)
        self._submit(call, record, request.acknowledged, request.reason)
        call.db.add(
            RecordSignature(
                case_record_id=record.id, revision=record.revision, content=signed,
                signature=request.signature, signer_id=call.user.id, signed_at=call.now,
            )
        )  # fmt: skip
        return self.save(call, record)

    def _submit(
        self, call: Call, record: CaseRecord, acknowledged: Collection[str], reason: str
    ) -> None:
        if call.user.id != record.doctor_id:
            raise Forbidden(f"这份病历要由主管医师{record.doctor_name}签名提交")
        refuse_unfit(rules.submit_findings(self._whole(record), call.now), acknowledged)
        record.state = _STATE.SUBMITTED
        record.submitted_at, record.signer_name = call.now, call.user.name
        record.return_reason = ""
        record.revision += 1
        call.reason = reason
        record.issue_note = usage.issue(call, record)

    def Review(self, call: Call, request: pb.CaseRecord) -> pb.CaseRecord:
        """Approve somebody else's record."""
        record = self.load(call, request)
        duty.refuse_self(call, record.doctor_id, what="审核")
        record.reviewed_at, record.reviewer_name = call.now, call.user.name
        return self.save(call, record)

    def SendBack(self, call: Call, request: pb.SendBackRequest) -> pb.CaseRecord:
        """Give a record back to its writer, with the reason."""
        record = self.load(call, request)
        record.return_reason = call.reason = request.reason
        record.reviewed_at, record.reviewer_name = None, ""
        return self.save(call, record)

    def Archive(self, call: Call, request: pb.CaseRecord) -> pb.CaseRecord:
        """Close a record for good; its signed sheet must be there."""
        record = self.load(call, request)
        if record.pdf_archived_at is None:
            raise BusinessError("还没有上传医师签名的病历，请先打印签名并上传")
        record.archived_at = call.now
        return self.save(call, record)

    # The signed sheet ------------------------------------------------------------------------

    def ArchivePdf(self, call: Call, request: pb.ArchivePdfRequest) -> pb.CaseRecord:
        """Keep the case sheet its doctor signed."""
        record = self.load(call, request)
        printed_at = request.printed_at.ToDatetime(tzinfo=UTC)
        made = sheet.verified(call, record, self._whole(record), request.pdf, printed_at)
        earlier = select(SignedSheet).where(
            SignedSheet.case_record_id == record.id, SignedSheet.revision == record.revision
        )
        if call.db.scalars(earlier).first() is not None:
            raise BusinessError("这一版病历已有签名存档，不必重复上传")
        call.db.add(made)
        record.pdf_archived_at = call.now
        return self.save(call, record)

    def DownloadPdf(self, call: Call, request: pb.CaseRecord) -> pb.SignedPdf:
        """The newest signed sheet; whole personal data, so for those who may see it."""
        record = self.find(call, request.id)
        if record.id not in self.opened(call, [record.id]):
            raise Forbidden("病历含个人信息，只有车组人员或有查看权限的人员可以下载")
        chosen = select(SignedSheet).where(SignedSheet.case_record_id == record.id)
        found = call.db.scalars(chosen.order_by(SignedSheet.revision.desc())).first()
        if found is None:
            raise NotFound("这份病历还没有签名存档")
        call.personal_reads.append(record.id)
        signed_at = Timestamp()
        signed_at.FromDatetime(found.signed_at)
        return pb.SignedPdf(
            pdf=found.pdf, sm3=found.sm3, signer_name=found.signer_name, signed_at=signed_at,
            revision=found.revision,
        )  # fmt: skip

    # Inside ----------------------------------------------------------------------------------

    def _whole(self, record: CaseRecord) -> pb.CaseRecord:
        message: pb.CaseRecord = self.mapping.to_message(record)  # type: ignore[assignment]
        return message

    def _by_key(self, call: Call, key: str) -> CaseRecord | None:
        chosen = self.visible(call).where(CaseRecord.client_key == key)
        return call.db.scalars(chosen.with_for_update(of=CaseRecord)).first()

    def _refuse_stranger(self, call: Call, record: CaseRecord) -> None:
        """A masked copy must not be merged over the true values."""
        may = record.id in self.opened(call, [record.id]) or call.user.may(masking.PERMISSION)
        if not may:
            raise Forbidden("只有本任务的车组人员可以同步这份病历")


def refuse_unfit(findings: list[rules.Finding], acknowledged: Collection[str]) -> None:
    """Refuse a record with errors, or with warnings nobody acknowledged."""
    errors = [f.fault for f in findings if f.severity is rules.Severity.ERROR]
    if errors:
        raise Invalid(*errors)
    open_ones = [f for f in findings if f.rule not in acknowledged]
    if open_ones:
        texts = (Fault(f.fault.path, f"{f.fault.text}（{f.rule}，请确认）") for f in open_ones)
        raise Invalid(*texts)


def verify_content(call: Call, signature: bytes, signed: bytes) -> None:
    """The signature is the user's own, over exactly this content; Forbidden otherwise."""
    try:
        signer = cms.verify(signature, signed, call.app.trust).certificate
    except CryptoError as error:
        raise Forbidden(f"签名与服务器上的病历内容不符，请核对后重新签名（{error}）") from error
    if signer.subject_serial != call.user.staff_no:
        raise Forbidden(f"签名是工号{signer.subject_serial}的，请由本人签名")


def _next_order(call: Call, task_id: int) -> int:
    highest = select(func.max(CaseRecord.patient_order)).where(CaseRecord.task_id == task_id)
    return (call.db.scalar(highest) or 0) + 1


def _refuse_second(call: Call, record: CaseRecord) -> None:
    chosen = select(CaseRecord).where(
        CaseRecord.task_id == record.task_id, CaseRecord.patient_order == record.patient_order
    )
    with call.db.no_autoflush:
        other = call.db.scalars(chosen).first()
    if other is not None and other.id != record.id:
        raise BusinessError(
            f"该任务第{record.patient_order}位患者已有病历{other.record_no}，"
            "请打开它继续填写；另一位患者请改患者序号"
        )
