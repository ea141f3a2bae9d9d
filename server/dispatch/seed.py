"""Demo tasks of the past weeks, delivered the way real ones are: by a feed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.core.numbering import SHANGHAI
from server.dispatch.importer import import_feed
from server.dispatch.task import Task

# The demo feed (resources/demo/dispatch.json) begins here: the past ends before it.
_BEFORE = datetime(2026, 11, 18, tzinfo=UTC)


class Past(NamedTuple):
    """One finished task; identities are invented, phones begin 100, which is no mobile prefix."""

    days: int  # ago
    clock: str
    reason: str
    complaint: str
    address: str
    send: str
    patient: str
    sex: str
    age: int
    guess: str
    severity: str
    kilometres: int  # tenths


PAST = (
    Past(3, "07:42", "乳山路头晕呕吐", "头晕、呕吐1小时", "乳山路155弄6号301室",
         "东方医院急诊科", "沈玉琴", "2", 72, "脑卒中", "重", 54),
    Past(4, "22:16", "浦城路酒后意识不清", "饮酒后叫不醒", "浦城路580号",
         "仁济医院东院急诊科", "郭志强", "1", 29, "中毒", "中", 61),
    Past(6, "15:05", "崂山路跌倒", "跌倒后右髋疼痛", "崂山路529弄12号102室",
         "东方医院急诊科", "许凤英", "2", 83, "创伤", "中", 47),
    Past(9, "05:33", "商城路呼吸困难", "气急2小时不能平卧", "商城路341弄3号503室",
         "仁济医院东院急诊科", "何建平", "1", 76, "呼吸困难", "重", 83),
    Past(12, "11:48", "东方路高热抽搐", "发热抽搐1次", "东方路1881弄22号202室",
         "上海儿童医学中心急诊科", "韩小宇", "1", 3, "小儿急症", "重", 72),
    Past(17, "19:20", "源深路电动车摔伤", "摔伤后左前臂疼痛", "源深路655号路口",
         "东方医院急诊科", "蒋丽", "2", 41, "创伤", "轻", 38),
    Past(23, "09:12", "潍坊路腹痛", "右上腹痛4小时", "潍坊路268弄9号401室",
         "仁济医院东院急诊科", "魏国华", "1", 55, "腹痛", "中", 66),
)  # fmt: skip
# Minutes after the task was made, of each step.
_LEGS = (("ASSIGNED", 0), ("RECEIVED", 1), ("DEPARTED", 2), ("AT_SCENE", 11), ("AT_PATIENT", 14),
         ("LEFT_SCENE", 33), ("AT_HOSPITAL", 47), ("HANDED_OVER", 58), ("COMPLETED", 63),
         ("RETURNED", 84))  # fmt: skip
_CREW = (("DRIVER", "SJ001", "孙师傅"), ("DOCTOR", "YS001", "陈医生"), ("NURSE", "HS001", "赵护士"))


def seed(db: Session, now: datetime, people: dict[str, int]) -> None:
    """Import the past tasks, unless tasks exist; the crew must be among the people."""
    assert all(number in people for _, number, _ in _CREW)
    if db.scalars(select(Task.id).limit(1)).first() is None:
        import_feed(db, history(min(now, _BEFORE)), now)


def history(now: datetime) -> str:
    """A feed of the past tasks, counted back from now."""
    feed: dict[str, list[Any]] = {"events": [], "acceptances": [], "tasks": []}
    for number, past in enumerate(PAST, 1):
        called = _called(past, now)
        code = f"{called:%Y%m%d%H%M%S}{number:04d}"
        feed["events"].append(_event(past, called, code))
        feed["acceptances"].append(_acceptance(past, called, code))
        feed["tasks"].append(_task(past, called, code, number))
    return json.dumps(feed)


def _called(past: Past, now: datetime) -> datetime:
    day = now.astimezone(SHANGHAI) - timedelta(days=past.days)
    hour, minute = map(int, past.clock.split(":"))
    return day.replace(hour=hour, minute=minute, second=11, microsecond=0)


def _event(past: Past, called: datetime, code: str) -> dict[str, Any]:
    return {
        "event_code": code, "event_name": past.reason, "origin": "1", "event_type": "0",
        "first_call_phone": _phone(past), "first_dispatcher": "DD001 周调度",
        "first_accept_at": called.isoformat(), "longitude": 121526000, "latitude": 31229000,
        "datum": "GCJ-02", "area": "310115", "centre_code": "ZX", "severity": past.severity,
    }  # fmt: skip


def _acceptance(past: Past, called: datetime, code: str) -> dict[str, Any]:
    ended = called + timedelta(seconds=74)
    return {
        "event_code": code, "acceptance_no": "01", "kind": "正常派车", "taker": "DD001 周调度",
        "call_phone": _phone(past), "ring_at": called.isoformat(),
        "started_at": called.isoformat(), "ended_at": ended.isoformat(),
        "order_sent_at": ended.isoformat(), "scene_address": f"上海市浦东新区{past.address}",
        "send_place": past.send, "scene_type": "home", "contact_name": f"{past.patient[0]}家属",
        "contact_phone": _phone(past), "patient_name": past.patient, "sex": past.sex,
        "age": past.age, "complaint": past.complaint, "disease_guess": past.guess,
        "severity": past.severity, "stretcher": True, "patient_count": 1,
    }  # fmt: skip


def _task(past: Past, called: datetime, code: str, number: int) -> dict[str, Any]:
    made = called + timedelta(seconds=50)
    return {
        "task_code": f"{code}0101", "event_code": code, "acceptance_no": "01",
        "serial_no": f"{called:%Y%m%d}-{100 + number:04d}", "dispatcher": "DD001 周调度",
        "station_code": "FZ101", "vehicle_code": "0101", "plate": "沪A·D0120",
        "from_station": True, "km_emergency": past.kilometres, "km_driven": past.kilometres * 2,
        "treated_count": 1, "send_place": past.send,
        "crew": [{"role": r, "staff_no": n, "name": name} for r, n, name in _CREW],
        "presses": [_press(step, made + timedelta(minutes=after)) for step, after in _LEGS],
    }  # fmt: skip


def _press(step: str, moment: datetime) -> dict[str, str]:
    at, source = moment.isoformat(), "DESK" if step == "ASSIGNED" else "VEHICLE"
    return {"step": step, "value_at": at, "recorded_at": at, "source": source}


def _phone(past: Past) -> str:
    return f"100138{past.days:02d}{past.age:03d}"
