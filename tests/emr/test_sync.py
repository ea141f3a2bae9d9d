"""Offline work: merged field by field, conflicts kept and decided, each write exactly once."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import grpc
import pytest
from sqlalchemy import func, select

from crypto import cms
from crypto.cert import Certificate
from protos.common.list_pb2 import ListRequest
from protos.emr import amendment_pb2 as amendments
from protos.emr import case_record_pb2 as pb
from resources.emr.content import content
from resources.emr.prefill import prefill
from server.core.run import Running
from server.emr.merge import Clash, apply, merge
from server.emr.signing import RecordSignature
from server.emr.tables import CaseRecord
from tests.emr.world import AMENDMENT, RECORD, Crew, filled, key, named, refused, vital
from tests.people import Clerk

R = pb.CaseRecord


def copy(record: R) -> R:
    """Another of the same."""
    made = R()
    made.CopyFrom(record)
    return made


# The rule, on messages --------------------------------------------------------------------------


def test_changes_of_different_fields_merge() -> None:
    base = R(chief_complaint="胸痛", remark="")
    mine, theirs = copy(base), copy(base)
    mine.chief_complaint = "胸痛半小时"
    theirs.remark = "家属要求去东方医院"
    merged = merge(base, mine, theirs)
    assert merged.record.chief_complaint == "胸痛半小时"
    assert merged.record.remark == "家属要求去东方医院"
    assert not merged.conflicts


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    merged = merge(R(), R(remark="甲 "), R(remark="甲"))
    assert not merged.conflicts
    assert not merged.changed


def test_different_changes_of_one_field_conflict_and_the_server_stands() -> None:
    base = R(severity="urgent", past_history=["copd"], age=60)
    mine, theirs = copy(base), copy(base)
    mine.severity, theirs.severity = "critical", "common"
    mine.past_history[:] = ["copd", "asthma"]
    theirs.past_history[:] = []
    mine.age = 61
    theirs.ClearField("age")
    merged = merge(base, mine, theirs)
    found = {c.path: (c.label, c.base, c.theirs, c.mine) for c in merged.conflicts}
    assert found == {
        "severity": ("病情分类", "急症（中）", "一般（轻）", "危重"),
        "past_history": ("既往病史", "慢阻肺", "", "慢阻肺、哮喘"),
        "age": ("年龄", "60", "", "61"),
    }
    assert merged.record == theirs
    for conflict in merged.conflicts:
        apply(merged.record, conflict, mine=True)
    assert merged.record == mine


def test_rows_of_both_sides_unite_and_their_fields_merge() -> None:
    shared = vital("08:26", 100, 150, 90)
    base = R(vital_sets=[shared])
    mine, theirs = copy(base), copy(base)
    mine.vital_sets[0].pulse = 101
    mine.vital_sets.append(vital("08:40", 90, 140, 85))
    theirs.vital_sets[0].note = "烦躁"
    theirs.vital_sets.append(vital("08:50", 85, 130, 80))
    merged = merge(base, mine, theirs)
    first = merged.record.vital_sets[0]
    assert (first.pulse, first.note) == (101, "烦躁")
    assert [v.sbp for v in merged.record.vital_sets] == [150, 130, 140]
    assert not merged.conflicts


def test_a_row_field_changed_on_both_sides_conflicts_and_can_be_decided() -> None:
    base = R(vital_sets=[vital("08:26", 100, 150, 90)])
    mine, theirs = copy(base), copy(base)
    mine.vital_sets[0].pulse, theirs.vital_sets[0].pulse = 101, 102
    merged = merge(base, mine, theirs)
    (conflict,) = merged.conflicts
    assert conflict.path == f"vital_sets[{base.vital_sets[0].client_key}].pulse"
    assert conflict.label == "生命体征（11-20 08:26） 脉搏"
    assert (conflict.theirs, conflict.mine) == ("102", "101")
    apply(merged.record, conflict, mine=True)
    assert merged.record.vital_sets[0].pulse == 101


@pytest.mark.parametrize("keep_mine", [True, False])
def test_a_row_deleted_here_and_edited_there_is_kept_until_decided(keep_mine: bool) -> None:
    base = R(vital_sets=[vital("08:26", 100, 150, 90)])
    mine, theirs = copy(base), copy(base)
    del mine.vital_sets[:]
    theirs.vital_sets[0].pulse = 99
    merged = merge(base, mine, theirs)
    assert [c.kind for c in merged.conflicts] == [Clash.MINE_DELETED]
    assert len(merged.record.vital_sets) == 1
    apply(merged.record, merged.conflicts[0], mine=keep_mine)
    assert len(merged.record.vital_sets) == (0 if keep_mine else 1)


@pytest.mark.parametrize("keep_mine", [True, False])
def test_a_row_edited_here_and_deleted_there_is_kept_until_decided(keep_mine: bool) -> None:
    base = R(vital_sets=[vital("08:26", 100, 150, 90)])
    mine, theirs = copy(base), copy(base)
    mine.vital_sets[0].pulse = 99
    del theirs.vital_sets[:]
    merged = merge(base, mine, theirs)
    assert [c.kind for c in merged.conflicts] == [Clash.THEIRS_DELETED]
    assert merged.record.vital_sets[0].pulse == 99
    apply(merged.record, merged.conflicts[0], mine=keep_mine)
    assert len(merged.record.vital_sets) == (1 if keep_mine else 0)


def test_a_row_deleted_on_one_side_only_goes() -> None:
    base = R(vital_sets=[vital("08:26", 100, 150, 90)])
    assert not merge(base, R(), copy(base)).record.vital_sets
    assert not merge(base, copy(base), R()).record.vital_sets


# Over the wire ----------------------------------------------------------------------------------


def offline(crew: Crew) -> R:
    """A record begun on a tablet without a network."""
    record = prefill(crew.task)
    record.client_key = key()
    return record


def sync(clerk: Clerk, base: R | None, mine: R, request_id: str = "") -> pb.SyncAnswer:
    """Send what a device has."""
    request = pb.SyncRequest(base=base, mine=mine)
    answer: pb.SyncAnswer = clerk(RECORD + "Sync", request, request_id=request_id)
    return answer


def test_a_record_made_offline_is_created_exactly_once(crew: Crew, server: Running) -> None:
    mine, request_id = offline(crew), uuid.uuid4().hex
    first = sync(crew.doctor, None, mine, request_id)
    assert first.record.client_key == mine.client_key
    assert sync(crew.doctor, None, mine, request_id) == first  # the same write again
    again = sync(crew.doctor, None, mine)  # another attempt of a device that lost the answer
    assert again.record == first.record
    assert not again.conflicts
    with server.worker.app.sessions.read() as db:
        assert db.scalar(select(func.count(CaseRecord.id))) == 1


def test_another_device_may_not_begin_the_same_patient_again(crew: Crew) -> None:
    sync(crew.doctor, None, offline(crew))
    with refused("第1位患者已有病历"):
        sync(crew.nurse, None, offline(crew))


def test_a_device_key_is_a_uuid7(crew: Crew) -> None:
    mine = offline(crew)
    mine.client_key = str(uuid.uuid4())
    with refused("UUIDv7", grpc.StatusCode.INVALID_ARGUMENT):
        sync(crew.doctor, None, mine)
    mine.client_key = ""
    with refused("缺少设备记录号"):
        sync(crew.doctor, None, mine)


def test_doctor_offline_and_nurse_at_the_desk_merge_and_clash(crew: Crew) -> None:
    base = sync(crew.doctor, None, offline(crew)).record
    hers = copy(base)
    hers.remark, hers.severity = "家属要求去东方医院", "urgent"
    hers.vital_sets.append(vital("08:40", 90, 140, 85))
    crew.nurse(RECORD + "Update", hers)

    mine = copy(base)
    mine.chief_complaint, mine.severity = "胸痛半小时", "critical"
    mine.vital_sets.append(vital("08:26", 102, 150, 92))
    answer = sync(crew.doctor, base, mine)
    record = answer.record
    assert (record.chief_complaint, record.remark) == ("胸痛半小时", "家属要求去东方医院")
    assert [v.sbp for v in record.vital_sets] == [140, 150]
    (conflict,) = answer.conflicts
    assert (conflict.label, conflict.base) == ("病情分类", "")
    assert (conflict.theirs, conflict.mine) == ("急症（中）", "危重")
    assert record.severity == "urgent"

    with refused("1处冲突未处理"):
        crew.doctor(RECORD + "Submit", pb.SubmitRequest(id=record.id, version=record.version))
    chosen = pb.ResolveRequest.Choice(conflict_id=conflict.id, mine=True)
    request = pb.ResolveRequest(id=record.id, version=record.version, choices=[chosen])
    decided = crew.doctor(RECORD + "Resolve", request)
    assert decided.severity == "critical"
    assert not decided.conflicts
    with refused("已处理"):
        request.version = decided.version
        crew.doctor(RECORD + "Resolve", request)


def test_conflicts_are_masked_for_strangers(crew: Crew) -> None:
    base = sync(crew.doctor, None, offline(crew)).record
    hers, mine = copy(base), copy(base)
    hers.name, mine.name = "林国东", "林果栋"
    crew.nurse(RECORD + "Update", hers)
    answer = sync(crew.doctor, base, mine)
    assert answer.conflicts[0].mine == "林果栋"
    seen = crew.chief(RECORD + "Get", named(answer.record))
    assert "林" not in seen.conflicts[0].mine


def test_only_the_crew_merges(crew: Crew, someone: Callable[..., Clerk]) -> None:
    base = sync(crew.doctor, None, offline(crew)).record
    with refused("只有本任务的车组人员", grpc.StatusCode.PERMISSION_DENIED):
        sync(someone("emr.case_record.write"), base, base)


def test_what_arrives_after_signing_waits_for_a_decision(crew: Crew) -> None:
    signed = crew.signed()
    mine = copy(signed)
    mine.medication = "阿司匹林"
    answer = sync(crew.doctor, signed, mine)
    assert answer.amendment_id
    assert answer.record.medication == ""
    same = sync(crew.doctor, signed, mine)
    assert same.amendment_id == answer.amendment_id
    asked = crew.chief(AMENDMENT + "List", ListRequest()).rows
    assert [(row.id, row.from_device) for row in asked] == [(answer.amendment_id, True)]
    crew.chief(AMENDMENT + "Approve", named(asked[0]))
    opened = crew.doctor(RECORD + "Get", named(signed))
    assert (opened.state, opened.medication) == (R.RETURNED, "阿司匹林")
    done = crew.doctor(AMENDMENT + "List", ListRequest()).rows
    assert [row.state for row in done] == [amendments.Amendment.APPROVED]


# Signed offline ---------------------------------------------------------------------------------


def signature(clerk: Clerk, record: R) -> bytes:
    """What the doctor's key makes of a record's content without a network."""
    certificate: Certificate = clerk._certificate
    digest = clerk.key.sign_digest
    return cms.sign(content(record), certificate, digest, datetime.now(UTC))


@pytest.mark.requirement(144)
def test_a_record_written_and_signed_offline_is_submitted_once(crew: Crew, server: Running) -> None:
    crew.stock.stocked_doctor(10)
    mine = filled(offline(crew), crew.stock.adrenaline, crew.stock.cannula)
    request = pb.OfflineSubmitRequest(
        client_key=mine.client_key, signature=signature(crew.doctor, mine)
    )
    sync(crew.doctor, None, mine)
    request_id = uuid.uuid4().hex
    first = crew.doctor(RECORD + "SubmitOffline", request, request_id=request_id)
    assert first.state == R.SUBMITTED
    assert crew.doctor(RECORD + "SubmitOffline", request, request_id=request_id) == first
    assert sum(crew.stock.stock(crew.stock.own).values()) == 8
    with refused("不能再提交"):
        crew.doctor(RECORD + "SubmitOffline", request)
    with server.worker.app.sessions.read() as db:
        kept = db.scalars(select(RecordSignature)).one()
        assert kept.content == content(mine)
        cms.verify(kept.signature, kept.content, server.worker.app.trust)


def test_a_signature_of_other_words_is_refused(crew: Crew) -> None:
    mine = filled(offline(crew), crew.stock.adrenaline, crew.stock.cannula)
    other = copy(mine)
    other.remark = "另一句话"
    sync(crew.doctor, None, mine)
    request = pb.OfflineSubmitRequest(
        client_key=mine.client_key, signature=signature(crew.doctor, other)
    )
    with refused("与服务器上的病历内容不符", grpc.StatusCode.PERMISSION_DENIED):
        crew.doctor(RECORD + "SubmitOffline", request)
    request.signature = signature(crew.nurse, mine)
    with refused("请由本人签名"):
        crew.doctor(RECORD + "SubmitOffline", request)


def test_the_content_leaves_out_what_the_server_sets(crew: Crew) -> None:
    mine = filled(offline(crew), crew.stock.adrenaline, crew.stock.cannula)
    answered = sync(crew.doctor, None, mine).record
    assert content(answered) == content(mine)
    assert answered.record_no
    answered.chief_complaint += "余"
    assert content(answered) != content(mine)
