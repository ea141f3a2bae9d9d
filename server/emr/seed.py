"""Demo case records of the past weeks: written, signed by the doctor, most of them reviewed."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, cast

from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.emr import case_record_pb2 as pb
from resources.emr.keys import new_key
from resources.emr.prefill import prefill
from server.admin.person import Person
from server.core import numbering
from server.core.app import App
from server.core.call import Call, User
from server.core.mapping import mapping
from server.dispatch.task import Task, whole_task
from server.emr import usage
from server.emr.filling import complete_rows, copy_task, station_name
from server.emr.tables import CaseRecord, Treatment
from server.inventory.item import Item

R = pb.CaseRecord
_NORMAL = ("consciousness", "pupil", "light_reflex", "skin", "lungs", "heart")


class Story(NamedTuple):
    """What the doctor found, in the order of the demo tasks."""

    complaint: str
    illness: str
    disease: str
    past: str
    diagnosis: str
    severity: str
    measures: tuple[str, ...]
    signs: tuple[int, int, int, int]  # pulse, breaths, systolic, diastolic
    trauma: tuple[str, ...] = ()
    narcotic: tuple[str, str] = ("", "")  # dose of morphine, what was done with the rest


STORIES = {
    "沈玉琴": Story(
        "头晕呕吐1小时",
        "晨起后突发头晕、视物旋转，呕吐胃内容物2次，无肢体无力。",
        "stroke",
        "hypertension",
        "tia",
        "urgent",
        ("monitoring", "ecg", "oxygen"),
        (78, 18, 168, 95),
    ),
    "郭志强": Story(
        "酒后意识不清2小时",
        "朋友代诉饮白酒约半斤后嗜睡、呕吐，无外伤、无抽搐。",
        "poison_alcohol",
        "none",
        "alcohol",
        "urgent",
        ("monitoring", "glucose"),
        (96, 16, 118, 70),
    ),
    "许凤英": Story(
        "跌倒后右髋痛1小时",
        "如厕时滑倒，右髋着地，疼痛不能站立，无头痛、无昏迷。",
        "injury_fall",
        "hypertension",
        "fracture",
        "urgent",
        ("fixation", "carry"),
        (84, 18, 146, 82),
        ("region:1", "type:4", "circulation:1", "breathing:1", "consciousness:1"),
        ("5mg", "余5mg，当场弃去"),
    ),
    "何建平": Story(
        "气急2小时",
        "夜间突发气急，不能平卧，咳白色泡沫痰，无胸痛。",
        "cardiovascular",
        "heart_failure",
        "heart_failure",
        "critical",
        ("monitoring", "oxygen", "infusion"),
        (118, 30, 172, 104),
        narcotic=("3mg", "余7mg，当场弃去"),
    ),
    "韩小宇": Story(
        "发热抽搐1次",
        "发热半天，体温最高39.6℃，抽搐约2分钟后自行缓解，神志转清。",
        "newborn",
        "none",
        "convulsion",
        "urgent",
        ("cooling", "oxygen"),
        (132, 28, 96, 60),
    ),
    "蒋丽": Story(
        "摔伤后左前臂痛半小时",
        "骑电动车摔倒，左前臂肿痛、活动受限，皮肤擦伤，无昏迷。",
        "injury_traffic",
        "none",
        "fracture",
        "common",
        ("bandage", "fixation"),
        (88, 18, 128, 78),
        ("region:1", "type:1", "circulation:1", "breathing:1", "consciousness:1"),
    ),
    "魏国华": Story(
        "右上腹痛4小时",
        "进食油腻后右上腹持续胀痛，阵发加重，伴恶心，无发热。",
        "digestive",
        "ulcer",
        "abdomen",
        "common",
        ("monitoring",),
        (86, 18, 136, 84),
    ),
}


def seed(db: Session, now: datetime, people: dict[str, int]) -> None:
    """Write a record for each past task that has a story, unless records exist."""
    if db.scalars(select(CaseRecord.id).limit(1)).first() is not None:
        return
    tasks = db.scalars(select(Task).order_by(Task.assigned_at))
    for task in tasks:
        story = STORIES.get(task.patient_name or "")
        ended = task.handed_over_at
        if story is not None and ended is not None and ended < now:
            _write(_as(db, ended, people["YS001"]), task, story)
    db.flush()


def _as(db: Session, at: datetime, person_id: int) -> Call:
    person = db.get_one(Person, person_id)
    user = User(
        person.id, person.staff_no, person.name, person.department_id, frozenset(), departments=None
    )
    method = pb.DESCRIPTOR.services_by_name["CaseRecordService"].methods_by_name["Create"]
    return Call(cast(App, None), db, user, method, at)  # the rules called here need no App


def _write(call: Call, task: Task, story: Story) -> None:
    signed_at = call.now + timedelta(minutes=25)
    record = CaseRecord(created_at=call.now, created_by=call.user.id, updated_at=signed_at)
    mapping(CaseRecord, R).apply(_told(task, story), record)
    copy_task(record, task, station_name(call, task))
    day = numbering.shanghai_day(call.now)
    run = numbering.take(call, f"emr{day}")
    record.record_no = f"01{day}{run:05d}-{record.patient_order}"
    record.begin_fill_at, record.submitted_at = call.now, signed_at
    record.signer_name, record.revision = call.user.name, 1
    record.state = R.SUBMITTED
    if story.severity != "common":
        record.state, record.reviewer_name = R.REVIEWED, "质控组"
        record.reviewed_at = signed_at + timedelta(days=1)
    _give(call, record, story)
    complete_rows(call, record)
    call.db.add(record)
    record.issue_note = usage.issue(call, record)


def _give(call: Call, record: CaseRecord, story: Story) -> None:
    """Morphine out of the doctor's own store, where there is any."""
    dose, rest = story.narcotic
    item = call.db.scalars(select(Item).where(Item.name.startswith("盐酸吗啡"))).first()
    if not dose or item is None:
        return
    record.treatments.append(
        Treatment(
            client_key=_key(call.now), kind=pb.Treatment.DRUG, period=pb.SCENE,
            position=len(record.treatments) + 1, done_at=record.treatments[-1].done_at,
            item_id=item.id, item_name=item.title, unit=item.base_unit, quantity=1, dose=dose,
            residual=rest, route="iv_push", ordered_by=call.user.name, done_by="赵护士",
            checked_by=call.user.name,
        )
    )  # fmt: skip


def _told(task: Task, story: Story) -> R:
    assert task.arrived_at is not None
    assert task.handed_over_at is not None
    scene, end = task.arrived_at, task.handed_over_at
    pulse, rr, systolic, diastolic = story.signs
    told = prefill(whole_task(task))
    told.MergeFrom(
        R(
            client_key=_key(scene), history_givers=["relative"], disease_classes=[story.disease],
            chief_complaint=story.complaint, present_illness=story.illness, self_help=["none"],
            past_history=[story.past], allergy=R.NO_ALLERGY, severity=story.severity,
            pre_alert=R.NOT_ALERTED, effect="stable", cooperation="yes",
            condition_change=R.NO_CHANGE, remark="家属陪同", handover_at=_stamp(end),
            receive_unit=task.send_place.removesuffix("急诊科"), receive_dept="急诊科",
            handover_condition="途中平稳，生命体征无明显变化", handover_pulse=pulse - 4,
            handover_rr=rr, handover_sbp=systolic - 6, handover_dbp=diastolic,
            handover_consciousness="clear", receiver_name="急诊值班医师",
            vital_sets=[
                _vitals(scene + timedelta(minutes=4), pb.SCENE, story.signs, 0),
                _vitals(scene + timedelta(minutes=26), pb.TRANSPORT, story.signs, 4),
            ],
            exam_items=[
                pb.ExamItem(client_key=_key(scene), item=item, state=pb.NORMAL)
                for item in _NORMAL
            ],
            scores=_scores(story, scene),
            diagnoses=[
                pb.Diagnosis(
                    client_key=_key(scene), kind=pb.Diagnosis.IMPRESSION, code=story.diagnosis
                )
            ],
            treatments=[
                pb.Treatment(
                    client_key=_key(scene), kind=pb.Treatment.MEASURE, period=pb.SCENE,
                    done_at=_stamp(scene + timedelta(minutes=6 + number)), measure=measure,
                    quantity=1, done_by="赵护士",
                )
                for number, measure in enumerate(story.measures)
            ],
        )
    )  # fmt: skip
    return told


def _vitals(
    at: datetime, period: int, signs: tuple[int, int, int, int], calmer: int
) -> pb.VitalSet:
    pulse, rr, systolic, diastolic = signs
    return pb.VitalSet(
        client_key=_key(at), measured_at=_stamp(at), period=cast("pb.Period.ValueType", period),
        temperature=368, pulse=pulse - calmer, rr=rr, sbp=systolic - calmer, dbp=diastolic,
        spo2=97, consciousness="clear",
    )  # fmt: skip


def _scores(story: Story, at: datetime) -> list[pb.Score]:
    picked: list[tuple[str, tuple[str, ...]]] = [("GCS", ("eye:4", "verbal:5", "motor:6"))]
    if story.trauma:
        picked.append(("TI-SH2015", story.trauma))
    return [
        pb.Score(
            client_key=_key(at), scale=scale, scored_at=_stamp(at), period=pb.SCENE, picks=picks
        )
        for scale, picks in picked
    ]


def _stamp(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at.astimezone(UTC))
    return stamp


def _key(at: datetime) -> str:
    return new_key(int(at.timestamp() * 1000))
