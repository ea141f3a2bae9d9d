"""Case records over the wire: writing, signing, reviewing; who sees what."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from sqlalchemy import select

from protos.admin import role_pb2
from protos.common.list_pb2 import Filter, ListRequest
from protos.emr import amendment_pb2 as amendments
from protos.emr import case_record_pb2 as pb
from protos.inventory import loss_record_pb2
from server.inventory.ledger_tables import Lot
from server.inventory.recall_trace import used_by
from tests.emr.world import AMENDMENT, RECORD, Crew, at, key, named, refused, vital
from tests.people import Clerk

R = pb.CaseRecord


def test_a_record_takes_over_what_the_task_knows(crew: Crew) -> None:
    record = crew.draft()
    assert record.record_no.startswith("01")
    assert record.record_no.endswith("-1")
    assert (record.name, record.age, record.sex) == ("林国栋", 67, "1")
    assert record.local_address == "上海市浦东新区张杨路500号3号楼602室"
    assert record.arrive_scene_at == crew.task.arrived_at
    assert (record.plate, record.vehicle_code) == ("沪A·D0120", "0101")
    assert (record.doctor_name, record.nurse_name) == ("陈医生", "赵护士")
    assert record.kind == R.RESCUE
    assert record.state == R.DRAFT


def test_a_second_patient_gets_the_next_order(crew: Crew) -> None:
    crew.draft()
    assert crew.draft().patient_order == 2
    with refused("第1位患者已有病历"):
        crew.draft(patient_order=1)


@pytest.mark.requirement(138)
def test_history_is_chosen_saved_and_read_again(crew: Crew) -> None:
    record = crew.draft()
    record.history_givers[:] = ["spouse", "witness"]
    record.chief_complaint = "胸痛半小时"
    record.present_illness = "搬重物后胸骨后疼痛，向左肩放射，伴出汗。"
    record.self_help[:] = ["nitroglycerin"]
    record.past_history[:] = ["hypertension", "other"]
    record.past_history_note = "高脂血症"
    saved = crew.doctor(RECORD + "Update", record)
    listed = crew.doctor(RECORD + "List", ListRequest(text=record.record_no)).rows
    assert [row.chief_complaint for row in listed] == ["胸痛半小时"]
    again = crew.nurse(RECORD + "Get", named(saved))
    assert list(again.history_givers) == ["spouse", "witness"]
    assert list(again.past_history) == ["hypertension", "other"]
    assert again.past_history_note == "高脂血症"
    assert list(again.self_help) == ["nitroglycerin"]


@pytest.mark.parametrize(
    ("change", "path", "text"),
    [
        (lambda r: r.history_givers.append("dog"), "history_givers", "没有“dog”"),
        (lambda r: r.past_history.extend(["none", "copd"]), "past_history", "不能再选其他"),
        (lambda r: r.vital_sets.append(vital("08:30", 80, 70, 90)), "vital_sets[0].dbp",
         "舒张压不能高于收缩压"),
        (lambda r: r.scores.add(scale="GCS", picks=["eye:9"]), "scores[0].picks", "没有“9”分"),
        (lambda r: r.scores.add(scale="GCS", picks=["eye:4"], total=4), "scores[0].total",
         "不能有总分"),
        (lambda r: r.exam_items.add(item="skin", state=pb.ABNORMAL, findings=["blue"]),
         "exam_items[0].findings", "没有的选项"),
        (lambda r: r.exam_items.add(item="skin", state=pb.REFUSED, findings=["pale"]),
         "exam_items[0].findings", "拒查"),
        (lambda r: r.treatments.add(kind=pb.Treatment.DRUG, period=pb.SCENE, quantity=1,
                                    done_at=at("08:30")), "treatments[0].item_id", "请选择药品"),
        (lambda r: setattr(r, "chief_complaint", "痛" * 21), "chief_complaint", "20"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(
    crew: Crew, change: Callable[[Any], None], path: str, text: str
) -> None:
    record = crew.draft()
    change(record)
    with refused(text, grpc.StatusCode.INVALID_ARGUMENT) as paths:
        crew.doctor(RECORD + "Update", record)
    assert path in paths


@pytest.mark.requirement(139)
def test_the_examination_is_filled_saved_and_read_again(crew: Crew) -> None:
    record = crew.draft()
    record.exam_items.add(
        item="pupil", state=pb.ABNORMAL, findings=["unequal"], left=30, right=50, note="右侧散大"
    )
    record.exam_items.add(item="skin", state=pb.ABNORMAL, findings=["pale", "clammy"])
    record.exam_items.add(item="abdomen", state=pb.NOT_DONE, not_done_reason="agitated")
    record.vital_sets.extend([vital("08:26", 102, 150, 92), vital("08:50", 88, 132, 80)])
    saved = crew.doctor(RECORD + "Update", record)
    again = crew.doctor(RECORD + "Get", named(saved))
    assert [(i.item, list(i.findings)) for i in again.exam_items] == [
        ("pupil", ["unequal"]), ("skin", ["pale", "clammy"]), ("abdomen", []),
    ]  # fmt: skip
    assert [(v.sbp, v.dbp) for v in again.vital_sets] == [(150, 92), (132, 80)]
    with refused("检查项目出现了两次"):
        again.exam_items.add(item="skin", state=pb.NORMAL)
        crew.doctor(RECORD + "Update", again)


@pytest.mark.requirement(140)
def test_scores_are_summed_and_banded(crew: Crew) -> None:
    record = crew.draft()
    record.scores.add(scale="GCS", scored_at=at("08:27"), picks=["eye:3", "verbal:4", "motor:6"])
    record.scores.add(
        scale="TI-SH2015",
        picks=["region:4", "region:6", "type:4", "circulation:3", "breathing:1", "consciousness:3"],
    )
    record.scores.add(scale="GCS", picks=["eye:1"])
    saved = crew.doctor(RECORD + "Get", named(crew.doctor(RECORD + "Update", record)))
    coma, trauma, unfinished = saved.scores
    assert (coma.total, coma.band) == (13, "轻度")
    assert (trauma.total, trauma.band) == (21, "极重，危及生命")
    assert not unfinished.HasField("total")
    assert unfinished.band == "未完成（1/3）"
    saved.scores[0].picks[:] = ["eye:4", "verbal:4", "motor:6"]
    saved.scores[0].total = 13
    with refused("总分应为14"):
        crew.doctor(RECORD + "Update", saved)


@pytest.mark.requirement(143)
def test_the_handover_is_filled_and_saved(crew: Crew) -> None:
    saved = crew.complete()
    again = crew.doctor(RECORD + "Get", named(saved))
    assert again.receive_unit == "上海市东方医院"
    assert (again.handover_sbp, again.handover_dbp) == (128, 76)
    assert again.receiver_name == "李医师"
    again.receiver_name = ""
    unsigned = crew.doctor(RECORD + "Update", again)
    with refused("请填写接诊医师"):
        crew.doctor(RECORD + "Submit", pb.SubmitRequest(id=unsigned.id, version=unsigned.version))


@pytest.mark.requirement(144)
def test_treatments_are_chosen_and_issued_at_signing(crew: Crew) -> None:
    crew.stock.stocked_doctor(10)
    ready = crew.complete()
    names = [row.item_name for row in ready.treatments]
    assert names == ["", "盐酸肾上腺素注射液 1ml:1mg", "静脉留置针 22G"]
    assert [row.unit for row in ready.treatments] == ["次", "支", "支"]
    signed = crew.doctor(RECORD + "Submit", pb.SubmitRequest(id=ready.id, version=ready.version))
    assert "有1项库存不足" in signed.issue_note
    assert sum(crew.stock.stock(crew.stock.own).values()) == 8


@pytest.mark.requirement(144)
def test_the_scanned_pack_is_the_one_a_drug_is_issued_from(crew: Crew) -> None:
    stock, codes = crew.stock, [f"8{number:019d}" for number in (1, 2)]
    for lot_no, days, code in zip(("L1", "L2"), (30, 400), codes, strict=True):
        stock.received(stock.line(lot_no, days, 1, trace_codes=code))
        sent = stock.sent(stock.wanting(10, stock.centre, stock.own, trace_codes=code))
        crew.doctor("inventory.IssueService.Receive", named(sent))
    ready = crew.complete()
    ready.treatments[1].trace_code = codes[1]
    ready = crew.doctor(RECORD + "Update", ready)
    crew.doctor(RECORD + "Submit", pb.SubmitRequest(id=ready.id, version=ready.version))
    assert stock.stock(stock.own) == {"L1": 10, "L2": 8}, "the later lot, for it was scanned"
    assert stock.differences() == []


def test_signing_again_after_a_change_issues_the_difference(crew: Crew) -> None:
    crew.stock.stocked_doctor(10)
    signed = crew.signed()
    sent_back = crew.chief(
        RECORD + "SendBack",
        pb.SendBackRequest(id=signed.id, version=signed.version, reason="用药量与病情不符"),
    )
    assert sent_back.state == R.RETURNED
    mine = crew.doctor(RECORD + "Get", named(sent_back))
    assert mine.return_reason == "用药量与病情不符"
    mine.treatments[1].quantity = 1
    fixed = crew.doctor(RECORD + "Update", mine)
    request = pb.SubmitRequest(id=fixed.id, version=fixed.version)
    assert crew.doctor(RECORD + "Submit", request).revision == 2
    assert sum(crew.stock.stock(crew.stock.own).values()) == 9


def test_signing_lists_all_that_is_missing(crew: Crew) -> None:
    record = crew.draft()
    request = pb.SubmitRequest(id=record.id, version=record.version)
    with refused("请填写主诉", grpc.StatusCode.INVALID_ARGUMENT) as paths:
        crew.doctor(RECORD + "Submit", request)
    assert {"history_givers", "vital_sets", "exam_items", "treatments", "handover_at"} <= set(paths)


def test_a_warning_is_acknowledged_by_its_rule(crew: Crew) -> None:
    ready = crew.complete()
    del ready.vital_sets[1:]
    ready = crew.doctor(RECORD + "Update", ready)
    request = pb.SubmitRequest(id=ready.id, version=ready.version)
    with refused("Q-17，请确认"):
        crew.doctor(RECORD + "Submit", request)
    request.acknowledged.append("Q-17")
    assert crew.doctor(RECORD + "Submit", request).state == R.SUBMITTED


def test_only_the_doctor_signs(crew: Crew) -> None:
    ready = crew.complete()
    with refused("要由主管医师陈医生签名"):
        crew.nurse(RECORD + "Submit", pb.SubmitRequest(id=ready.id, version=ready.version))


def test_a_signed_record_is_locked_reviewed_and_archived_in_order(crew: Crew) -> None:
    signed = crew.signed()
    with refused("已提交的记录不能修改病历"):
        crew.doctor(RECORD + "Update", signed)
    with refused("已提交的记录不能删除病历"):
        crew.doctor(RECORD + "Delete", named(signed))
    with refused("不能归档"):
        crew.chief(RECORD + "Archive", named(signed))
    reviewed = crew.chief(RECORD + "Review", named(signed))
    assert (reviewed.state, reviewed.reviewer_name) == (R.REVIEWED, "质控员")
    with refused("还没有上传医师签名的病历"):
        crew.chief(RECORD + "Archive", named(reviewed))


def test_a_draft_may_be_deleted(crew: Crew) -> None:
    record = crew.draft()
    crew.doctor(RECORD + "Delete", named(record))
    assert not crew.doctor(RECORD + "List", ListRequest()).rows


def test_a_stale_save_is_refused(crew: Crew) -> None:
    record = crew.draft()
    mine, hers = R(), R()
    mine.CopyFrom(record)
    hers.CopyFrom(record)
    hers.remark = "先到"
    crew.nurse(RECORD + "Update", hers)
    mine.remark = "后到"
    with refused("已被他人修改", grpc.StatusCode.ABORTED):
        crew.doctor(RECORD + "Update", mine)


def test_strangers_see_masks_and_scopes_hold(crew: Crew, someone: Callable[..., Clerk]) -> None:
    record = crew.complete()
    chief = crew.chief(RECORD + "Get", named(record))
    assert chief.name == "林*栋"
    assert chief.local_address == "上海市浦东新区张杨路****"
    assert chief.contact_phone == "100****0011"
    assert chief.chief_complaint == "胸痛伴出汗半小时"
    assert crew.nurse(RECORD + "Get", named(record)).name == "林国栋"
    archivist = someone("emr.case_record.read", "admin.personal.view")
    assert archivist(RECORD + "Get", named(record)).name == "林国栋"
    other = someone("emr.case_record.read", scope=role_pb2.Role.DEPARTMENT)
    assert not other(RECORD + "List", ListRequest()).rows
    with refused("不在您的管理范围内"):
        other(RECORD + "Get", named(record))


def test_a_patient_is_found_by_the_whole_name(crew: Crew) -> None:
    record = crew.complete()
    for name, count in (("林国栋", 1), ("林国", 0)):
        asked = Filter(field="name", op=Filter.EQ, values=[name])
        rows = crew.doctor(RECORD + "List", ListRequest(filters=[asked])).rows
        assert [row.id for row in rows] == [record.id] * count


def test_an_amendment_opens_a_locked_record(crew: Crew) -> None:
    signed = crew.signed()
    request = amendments.Amendment(record_id=signed.id, reason="漏记既往史")
    asked = crew.doctor(AMENDMENT + "Create", request)
    with refused("已有待审批的修改申请"):
        crew.doctor(AMENDMENT + "Create", request)
    decided = crew.chief(AMENDMENT + "Approve", named(asked))
    assert (decided.state, decided.decider_name) == (amendments.Amendment.APPROVED, "质控员")
    opened = crew.doctor(RECORD + "Get", named(signed))
    assert opened.state == R.RETURNED
    assert opened.return_reason == "同意修改：漏记既往史"
    again = crew.doctor(RECORD + "Submit", pb.SubmitRequest(id=opened.id, version=opened.version))
    assert again.revision == 2


def _rate(crew: Crew) -> list[tuple[int, int]]:
    rows = crew.stock.head("inventory.LossRateService.List", ListRequest()).rows
    return [(row.lost, row.used) for row in rows if row.item_id == crew.stock.adrenaline]


@pytest.mark.requirement(14)
@pytest.mark.requirement(20)
@pytest.mark.requirement(144)
def test_what_a_record_lost_is_a_loss_and_an_amendment_moves_it_both_ways(crew: Crew) -> None:
    """Two ampoules given and one dropped; then one given; then the dropped one was given too."""
    T = pb.Treatment
    crew.stock.stocked_doctor(10)
    ready = crew.complete()
    ready.treatments.add(
        client_key=key(), kind=T.LOST_DRUG, period=pb.SCENE, done_at=at("08:31"),
        item_id=crew.stock.adrenaline, quantity=1, loss_reason="broken", note="车上打翻",
    )  # fmt: skip
    ready = crew.doctor(RECORD + "Update", ready)
    signed = crew.doctor(RECORD + "Submit", pb.SubmitRequest(id=ready.id, version=ready.version))
    assert _rate(crew) == [(1, 2)]
    rows = crew.stock.head("inventory.LossRecordService.List", ListRequest()).rows
    assert [(row.quantity, row.reason, row.note, row.kind) for row in rows] == [
        (1, "broken", "车上打翻", loss_record_pb2.LossRecord.RECORD)
    ]
    with crew.stock.server.worker.app.sessions.read() as db:
        lots = [lot.id for lot in db.scalars(select(Lot))]
        assert [use.quantity for use in used_by(db, lots)] == [2], "no patient got the broken one"
    opened = _amended(crew, signed)
    opened.treatments[1].quantity = 1
    signed = _submitted(crew, opened)
    assert _rate(crew) == [(1, 1)]
    opened = _amended(crew, signed)
    opened.treatments[-1].MergeFrom(T(kind=T.DRUG, dose="1mg", route="iv_push", ordered_by="陈"))
    opened.treatments[-1].loss_reason = ""
    signed = _submitted(crew, opened)
    assert _rate(crew) == [(0, 2)]
    assert sum(crew.stock.stock(crew.stock.own).values()) == 8
    opened = _amended(crew, signed)
    opened.treatments[1].MergeFrom(T(kind=T.LOST_DRUG, loss_reason="soiled"))
    _submitted(crew, opened)
    assert _rate(crew) == [(1, 1)]
    assert crew.stock.differences() == []


def _amended(crew: Crew, signed: R) -> R:
    """A locked record opened again."""
    asked = crew.doctor(
        AMENDMENT + "Create", amendments.Amendment(record_id=signed.id, reason="用量记错")
    )
    crew.chief(AMENDMENT + "Approve", named(asked))
    return crew.doctor(RECORD + "Get", named(signed))


def _submitted(crew: Crew, changed: R) -> R:
    ready = crew.doctor(RECORD + "Update", changed)
    return crew.doctor(RECORD + "Submit", pb.SubmitRequest(id=ready.id, version=ready.version))


def test_a_refused_amendment_changes_nothing(crew: Crew) -> None:
    signed = crew.signed()
    asked = crew.doctor(
        AMENDMENT + "Create", amendments.Amendment(record_id=signed.id, reason="改主诉")
    )
    refusal = amendments.RefuseRequest(id=asked.id, version=asked.version, reason="理由不足")
    assert crew.chief(AMENDMENT + "Refuse", refusal).refusal == "理由不足"
    assert crew.doctor(RECORD + "Get", named(signed)).state == R.SUBMITTED


def test_an_unlocked_record_needs_no_amendment(crew: Crew) -> None:
    record = crew.draft()
    with refused("可以直接修改"):
        crew.doctor(AMENDMENT + "Create", amendments.Amendment(record_id=record.id, reason="x"))
