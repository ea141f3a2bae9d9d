"""A crew with a task, a stock of its own, and a case record worth signing."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from protos import signing
from protos.admin import department_pb2, role_pb2
from protos.common.list_pb2 import IdRequest, ListRequest
from protos.common.session_pb2 import Faults
from protos.emr import case_record_pb2 as pb
from resources.emr.keys import new_key
from server.admin.department import Department
from server.core.run import Running
from server.dispatch.importer import import_feed
from tests.inventory.world import DOCTOR, World
from tests.people import Clerk

FEED = json.loads(Path("resources/demo/dispatch.json").read_text("utf-8"))
CREW = (
    "dispatch.task.read", "emr.case_record.read", "emr.case_record.write",
    "emr.case_record.submit", "emr.amendment.read", "emr.amendment.write",
)  # fmt: skip
CHIEF = (
    "emr.case_record.read", "emr.case_record.review", "emr.case_record.archive",
    "emr.amendment.read", "emr.amendment.review",
)  # fmt: skip
RECORD, AMENDMENT = "emr.CaseRecordService.", "emr.AmendmentService."
R = pb.CaseRecord


def at(clock: str) -> Timestamp:
    """A time of the demo task's morning in Shanghai."""
    moment = datetime.fromisoformat(f"2026-11-20T{clock}:00+08:00").astimezone(UTC)
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def key() -> str:
    """A fresh key of a device."""
    return new_key(int(datetime.now(UTC).timestamp() * 1000))


def named(record: Any) -> IdRequest:
    """The version of a record just answered."""
    return IdRequest(id=record.id, version=record.version)


def vital(clock: str, pulse: int, sbp: int, dbp: int, **values: Any) -> pb.VitalSet:
    """A set measured at that time."""
    return pb.VitalSet(
        client_key=key(), measured_at=at(clock), temperature=365, pulse=pulse, rr=20, sbp=sbp,
        dbp=dbp, spo2=96, **values,
    )  # fmt: skip


def filled(record: R, adrenaline: int, cannula: int) -> R:
    """The record of a chest pain, complete: two vital sets, two scores, drugs and handover."""
    whole = R()
    whole.CopyFrom(record)
    whole.MergeFrom(
        R(
            history_givers=["self", "spouse"], disease_classes=["cardiovascular"],
            chief_complaint="胸痛伴出汗半小时",
            present_illness="半小时前搬重物后胸骨后压榨样疼痛。",
            self_help=["nitroglycerin"], past_history=["hypertension", "other"],
            past_history_note="高脂血症，未规律服药", allergy=R.NO_ALLERGY, severity="critical",
            pre_alert=R.ALERTED, pre_alert_at=at("08:48"), pre_alert_to="急诊科 张护士",
            effect="better", cooperation="yes", condition_change=R.NO_CHANGE,
            handover_at=at("09:05"), receive_unit="上海市东方医院", receive_dept="急诊科",
            handover_condition="胸痛缓解，生命体征平稳", handover_pulse=84, handover_rr=18,
            handover_sbp=128, handover_dbp=76, handover_spo2=98, receiver_name="李医师",
            handover_consciousness="clear", receiver_signed_at=at("09:06"),
            vital_sets=[vital("08:26", 102, 150, 92), vital("08:50", 88, 132, 80)],
            scores=[
                pb.Score(client_key=key(), scale="GCS", scored_at=at("08:27"),
                         picks=["eye:4", "verbal:5", "motor:6"]),
            ],
            diagnoses=[
                pb.Diagnosis(client_key=key(), kind=pb.Diagnosis.IMPRESSION, code="acs"),
            ],
            exam_items=[
                pb.ExamItem(client_key=key(), item=item, state=pb.NORMAL)
                for item in ("consciousness", "pupil", "light_reflex", "skin", "lungs", "heart")
            ],
            treatments=treatments(adrenaline, cannula),
        )
    )  # fmt: skip
    return whole


def treatments(adrenaline: int, cannula: int) -> list[pb.Treatment]:
    """A measure, a drug twice over, and a consumable."""
    T = pb.Treatment
    return [
        T(client_key=key(), kind=T.MEASURE, period=pb.SCENE, done_at=at("08:28"),
          measure="monitoring", quantity=1),
        T(client_key=key(), kind=T.DRUG, period=pb.SCENE, done_at=at("08:30"),
          item_id=adrenaline, quantity=2, dose="1mg", route="iv_push", ordered_by="陈医生",
          done_by="赵护士"),
        T(client_key=key(), kind=T.CONSUMABLE, period=pb.SCENE, done_at=at("08:29"),
          item_id=cannula, quantity=1),
    ]  # fmt: skip


@contextmanager
def refused(text: str, code: grpc.StatusCode | None = None) -> Iterator[list[Any]]:
    """The call in the block is refused with that text; the fault paths are in the list."""
    paths: list[Any] = []
    with pytest.raises(grpc.RpcError) as error:
        yield paths
    found: Any = error.value
    assert text in str(found.details())
    assert code is None or found.code() is code
    trailing: dict[str, Any] = dict(found.trailing_metadata() or ())
    raw = trailing.get(signing.FAULTS, b"")
    paths += [fault.path for fault in Faults.FromString(raw).faults]


class Crew:
    """The doctor of the demo task with a stocked store, a nurse, and a chief."""

    def __init__(self, server: Running, someone: Callable[..., Clerk]) -> None:
        def hire(*permissions: str, **values: Any) -> Clerk:
            if values.get("name") == "陈医生":
                return someone(*DOCTOR, *CREW, staff_no="YS001", **values)
            return someone(*permissions, **values)

        self.stock = World(server, hire)
        self.doctor = self.stock.doctor
        station = self.doctor.who.department_id
        self.nurse = someone(
            *CREW, name="赵护士", staff_no="HS001", department_id=station, scope=role_pb2.Role.SELF
        )
        self.driver = someone(staff_no="SJ001", name="孙师傅", department_id=station)
        self.chief = someone(*CHIEF, name="质控员")
        with server.worker.app.sessions.write() as db:
            db.get_one(Department, station).code = "FZ101"
            db.get_one(Department, station).kind = department_pb2.Department.STATION
            import_feed(db, json.dumps(FEED), datetime.now(UTC))
        listed = self.doctor("dispatch.TaskService.List", ListRequest(text="0057")).rows
        self.task = listed[0]

    def draft(self, **values: Any) -> R:
        """A fresh record of the task."""
        return self.doctor(RECORD + "Create", R(task_id=self.task.id, **values))

    def complete(self) -> R:
        """A record ready to be signed."""
        ready = filled(self.draft(), self.stock.adrenaline, self.stock.cannula)
        return self.doctor(RECORD + "Update", ready)

    def signed(self) -> R:
        """A record signed by the doctor."""
        ready = self.complete()
        request = pb.SubmitRequest(id=ready.id, version=ready.version)
        return self.doctor(RECORD + "Submit", request)
