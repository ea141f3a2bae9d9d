"""The dispatch feed: taken over whole, once, or refused whole."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from protos.admin import department_pb2, person_pb2, role_pb2
from protos.common.list_pb2 import ListRequest
from protos.dispatch import task_pb2 as pb
from server.admin.department import Department
from server.admin.person import Person
from server.core.run import Running
from server.dispatch.event import Event
from server.dispatch.importer import BadFeed, import_feed
from server.dispatch.task import Press, Task, times_of
from tests.people import Clerk

FEED = Path("resources/demo/dispatch.json").read_text("utf-8")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
LIST = "dispatch.TaskService.List"


def changed(change: Callable[[Any], None]) -> str:
    """The demo feed with a change."""
    feed = json.loads(FEED)
    change(feed)
    return json.dumps(feed)


@pytest.fixture(autouse=True)
def station(server: Running) -> int:
    """The station and the crew the demo feed names."""
    with server.worker.app.sessions.write() as db:
        made = Department(
            code="FZ101", name="浦东分站", kind=department_pb2.Department.STATION,
            created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        made.path = f"/{made.id}/"
        db.add(made)
        for number in ("SJ001", "YS001", "HS001"):
            db.add(
                Person(
                    staff_no=number, name=number, kind=person_pb2.Person.DOCTOR,
                    department_id=made.id, created_at=NOW, updated_at=NOW,
                )
            )  # fmt: skip
    return made.id


def run(server: Running, text: str) -> str:
    """Import in a transaction of its own; answers the report's text."""
    with server.worker.app.sessions.write() as db:
        return str(import_feed(db, text, NOW))


def test_a_feed_is_taken_over_once(station: int, db: Session) -> None:
    assert str(import_feed(db, FEED, NOW)) == "导入完成：新增 9 条，更新 0 条，未变 0 条"
    assert str(import_feed(db, FEED, NOW)) == "导入完成：新增 0 条，更新 0 条，未变 9 条"
    task = db.scalars(select(Task).where(Task.serial_no == "20261120-0057")).one()
    assert (task.plate, task.vehicle_code, task.station_id) == ("沪A·D0120", "0101", station)
    assert task.arrived_at == datetime(2026, 11, 20, 0, 22, 40, tzinfo=UTC)
    assert task.state == pb.Task.RETURNED
    assert [member.staff_no for member in task.crew] == ["SJ001", "YS001", "HS001"]
    assert task.patient_name == "林国栋"


def test_a_later_feed_brings_later_times(db: Session) -> None:
    early = changed(lambda feed: feed["tasks"][0].update(presses=feed["tasks"][0]["presses"][:3]))
    import_feed(db, early, NOW)
    report = import_feed(db, FEED, NOW)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 8)
    task = db.scalars(select(Task).where(Task.serial_no == "20261120-0057")).one()
    assert task.completed_at is not None
    assert len(task.presses) == 10


def test_a_name_learnt_later_reaches_the_task(db: Session) -> None:
    import_feed(db, FEED, NOW)
    named = changed(lambda feed: feed["acceptances"][0].update(patient_name="林国东"))
    import_feed(db, named, NOW)
    task = db.scalars(select(Task).where(Task.serial_no == "20261120-0057")).one()
    assert task.patient_name == "林国东"


FAULTS: list[tuple[Callable[[Any], None], str]] = [
    (lambda f: f["tasks"][0].update(task_code="12"), "任务编码应是22位数字"),
    (lambda f: f["tasks"][0].update(station_code="X9"), "分站编码X9未登记"),
    (lambda f: f["tasks"][0]["crew"][1].update(staff_no="NN1"), "工号NN1未登记"),
    (lambda f: f["tasks"][0]["presses"][3].update(value_at="2026-11-20T08:00:00+08:00"),
     "到达现场时刻早于出车时刻"),
    (lambda f: f["tasks"][0]["presses"][9].update(value_at="2027-01-01T08:00:00+08:00"),
     "返回站中时刻在将来"),
    (lambda f: f["tasks"][0].update(aborted=True), "要有异常结束原因"),
    (lambda f: f["tasks"][1].update(task_code=f["tasks"][0]["task_code"]), "重复出现"),
    (lambda f: f["events"].pop(0), "不存在"),
    (lambda f: f["acceptances"].pop(0), "受理202611200812350101-01不存在"),
    (lambda f: f["acceptances"][0].update(sex="7"), "性别没有代码“7”"),
    (lambda f: f["events"][0].update(origin=["1"]), "格式不对"),
    (lambda f: f["events"][0].update(unheard_of=1), "格式不对"),
    (lambda f: f["tasks"].append(7), "格式不对"),
    (lambda f: f.pop("tasks"), "三个列表"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "text"), FAULTS, ids=[text for _, text in FAULTS])
def test_one_bad_record_refuses_the_whole_feed(
    db: Session, change: Callable[[Any], None], text: str
) -> None:
    with pytest.raises(BadFeed, match="未导入任何记录") as refused:
        import_feed(db, changed(change), NOW)
    assert text in str(refused.value)
    assert db.scalar(select(func.count(Event.id))) == 0


def test_a_file_that_is_not_json_is_refused(db: Session) -> None:
    with pytest.raises(BadFeed, match="第1行"):
        import_feed(db, "[", NOW)


def test_a_key_pressed_in_the_vehicle_counts_before_the_desk() -> None:
    typed = Press(step=4, value_at=NOW, recorded_at=NOW, source=pb.Press.DESK)
    later = NOW + timedelta(minutes=1)
    pressed = Press(step=4, value_at=later, recorded_at=later, source=pb.Press.VEHICLE)
    assert times_of([typed, pressed]) == {4: later}


def test_crew_sees_its_task_whole_and_strangers_nothing(
    server: Running, someone: Callable[..., Clerk]
) -> None:
    doctor = someone("dispatch.task.read", staff_no="YS100", scope=role_pb2.Role.SELF)
    stranger = someone("dispatch.task.read", scope=role_pb2.Role.SELF)
    clerk = someone("dispatch.task.read")
    crewed = changed(lambda feed: feed["tasks"][0]["crew"][1].update(staff_no="YS100"))
    run(server, crewed)
    mine = doctor(LIST, ListRequest()).rows
    assert [task.patient_name for task in mine] == ["林国栋"]
    assert mine[0].acceptance.scene_address.endswith("602室")
    assert not stranger(LIST, ListRequest()).rows
    seen = clerk(LIST, ListRequest(text="0057")).rows[0]
    assert seen.patient_name == "林*栋"
    assert seen.acceptance.contact_phone == "100****0011"
    assert "602" not in seen.acceptance.scene_address


def test_tasks_need_a_permission(someone: Callable[..., Clerk]) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        someone("emr.case_record.read")(LIST, ListRequest())
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
