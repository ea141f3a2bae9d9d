"""Takes over what the dispatch system sends: a JSON feed of events, acceptances and tasks.

A feed stands or falls as one. What came before under the same codes is updated, or left alone when
nothing changed, so a feed may be sent any number of times.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message
from sqlalchemy import select
from sqlalchemy.orm import Session

from protos import facts
from protos.dispatch import event_pb2, task_pb2
from protos.facts import Fault
from resources.dictionaries import codes
from server.admin.department import Department
from server.admin.person import Person
from server.core.db import Record
from server.core.errors import BusinessError
from server.core.mapping import mapping, to_datetime
from server.dispatch.event import Acceptance, Event
from server.dispatch.task import Task, take_times

M = TypeVar("M", bound=Message)
R = TypeVar("R", bound=Record)
CLOCKS = timedelta(minutes=2)  # how far the other side's clock may be ahead
_KINDS = {"events": "事件", "acceptances": "受理", "tasks": "任务"}


@dataclass(frozen=True)
class Report:
    """What an import did, in numbers of records."""

    created: int
    updated: int
    unchanged: int

    def __str__(self) -> str:
        return f"导入完成：新增 {self.created} 条，更新 {self.updated} 条，未变 {self.unchanged} 条"


class BadFeed(BusinessError):
    """Nothing was imported; the text is a sheet with one line for each fault."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        sheet = "\n".join(f"  {fault.path}：{fault.text}" for fault in self.faults)
        super().__init__(f"调度数据有 {len(self.faults)} 处错误，未导入任何记录：\n{sheet}")


@dataclass(frozen=True)
class Feed:
    """A parsed feed."""

    events: list[event_pb2.Event]
    acceptances: list[event_pb2.Acceptance]
    tasks: list[task_pb2.Task]


def import_feed(db: Session, text: str, now: datetime) -> Report:
    """Write a feed into the caller's transaction; BadFeed before anything was written."""
    feed = parse(text)
    known = _Known(db, feed)
    if faults := [*_faults(feed), *_connections(feed, known), *_times(feed, now)]:
        raise BadFeed(faults)
    return _Import(db, known, now).run(feed)


def parse(text: str) -> Feed:
    """Read a feed; BadFeed when its form is wrong."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadFeed([Fault(f"第{error.lineno}行", "不是有效的 JSON 文件，请重新导出")]) from error
    if not isinstance(whole, dict) or not all(isinstance(whole.get(k), list) for k in _KINDS):
        names = "、".join(_KINDS)
        raise BadFeed([Fault("文件", f"应含有 {names} 三个列表，请核对导出格式")])
    faults: list[Fault] = []
    feed = Feed(
        _parsed(whole, "events", event_pb2.Event, faults),
        _parsed(whole, "acceptances", event_pb2.Acceptance, faults),
        _parsed(whole, "tasks", task_pb2.Task, faults),
    )
    if faults:
        raise BadFeed(faults)
    return feed


def _parsed(whole: Mapping[str, Any], kind: str, message: type[M], faults: list[Fault]) -> list[M]:
    found = []
    for number, raw in enumerate(whole[kind], 1):
        try:
            found.append(ParseDict(raw, message()))
        except (ParseError, AttributeError, TypeError) as error:
            faults.append(Fault(f"{_KINDS[kind]}第{number}条", f"格式不对（{error}）"))
    return found


def _name(record: Any) -> str:
    """What a record is called in the error sheet."""
    if isinstance(record, task_pb2.Task):
        return f"任务{record.task_code or '（无编码）'}"
    if isinstance(record, event_pb2.Acceptance):
        return f"受理{record.event_code}-{record.acceptance_no}"
    return f"事件{record.event_code or '（无编码）'}"


def _all(feed: Feed) -> list[Message]:
    return [*feed.events, *feed.acceptances, *feed.tasks]


def _faults(feed: Feed) -> Iterable[Fault]:
    """What the contract forbids, and codes standing twice."""
    seen: set[str] = set()
    for record in _all(feed):
        name = _name(record)
        if name in seen:
            yield Fault(name, "在文件中重复出现")
        seen.add(name)
        for fault in facts.faults(record):
            yield Fault(name, fault.text)
        yield from _unknown_codes(name, record)


def _unknown_codes(name: str, record: Message) -> Iterable[Fault]:
    for field in facts.fields(record.DESCRIPTOR):
        listed, value = facts.of_field(field).dictionary, getattr(record, field.name)
        if listed and value and value not in codes(listed):
            yield Fault(name, f"{facts.label(field)}没有代码“{value}”")


class _Known:
    """What the database already holds of what the feed names."""

    def __init__(self, db: Session, feed: Feed) -> None:
        codes = {event.event_code for event in feed.events}
        codes |= {acceptance.event_code for acceptance in feed.acceptances}
        codes |= {task.event_code for task in feed.tasks}
        tasks = {task.task_code for task in feed.tasks}
        numbers = {member.staff_no for task in feed.tasks for member in task.crew}
        stations = {task.station_code for task in feed.tasks}
        self.events = _by(db, Event, Event.event_code, codes, lambda r: r.event_code)
        self.acceptances = _by(
            db, Acceptance, Acceptance.event_code, codes, lambda r: r.event_code + r.acceptance_no
        )
        self.tasks = _by(db, Task, Task.task_code, tasks, lambda r: r.task_code)
        self.people = _by(db, Person, Person.staff_no, numbers, lambda r: r.staff_no)
        self.stations = _by(db, Department, Department.code, stations, lambda r: r.code)


def _by(
    db: Session, model: type[R], column: Any, values: set[str], key: Callable[[R], str]
) -> dict[str, R]:
    return {key(record): record for record in db.scalars(select(model).where(column.in_(values)))}


def _connections(feed: Feed, known: _Known) -> Iterable[Fault]:
    """References that lead nowhere."""
    events = {event.event_code for event in feed.events} | set(known.events)
    calls = {a.event_code + a.acceptance_no for a in feed.acceptances} | set(known.acceptances)
    for acceptance in feed.acceptances:
        if acceptance.event_code not in events:
            yield Fault(_name(acceptance), f"事件{acceptance.event_code}不存在")
    for task in feed.tasks:
        if task.event_code + task.acceptance_no not in calls:
            yield Fault(_name(task), f"受理{task.event_code}-{task.acceptance_no}不存在")
        if not task.task_code.startswith(task.event_code + task.acceptance_no):
            yield Fault(_name(task), "任务编码与事件编码、受理序号不一致")
        if task.station_code not in known.stations:
            yield Fault(_name(task), f"分站编码{task.station_code}未登记，请先在部门中维护")
        for member in task.crew:
            if member.staff_no not in known.people:
                yield Fault(_name(task), f"工号{member.staff_no}未登记，请先在人员中维护")


def _times(feed: Feed, now: datetime) -> Iterable[Fault]:
    """Times that cannot be: out of order, in the future; ends without a reason."""
    for acceptance in feed.acceptances:
        stamps = [acceptance.ring_at, acceptance.started_at, acceptance.ended_at]
        if not _ascending([s.ToMicroseconds() for s in stamps if s.ToMicroseconds()]):
            yield Fault(_name(acceptance), "振铃、开始受理、结束受理的时刻先后不对")
    for task in feed.tasks:
        if task.aborted and not task.abort_reason:
            yield Fault(_name(task), "异常结束的任务要有异常结束原因")
        yield from _press_faults(task, now)


def _press_faults(task: task_pb2.Task, now: datetime) -> Iterable[Fault]:
    for press in task.presses:
        label = facts.value_label(press.DESCRIPTOR.fields_by_name["step"], press.step)
        if to_datetime(press.value_at) > now + CLOCKS:
            yield Fault(_name(task), f"{label}时刻在将来，请核对时钟")
    first: dict[int, datetime] = {}
    for press in sorted(task.presses, key=lambda p: p.source != task_pb2.Press.VEHICLE):
        first.setdefault(press.step, to_datetime(press.value_at))
    for (early, before), (late, after) in pairwise(sorted(first.items())):
        if after < before:
            field = task_pb2.Press.DESCRIPTOR.fields_by_name["step"]
            earlier, later = facts.value_label(field, early), facts.value_label(field, late)
            yield Fault(_name(task), f"{later}时刻早于{earlier}时刻")


def _ascending(values: list[int]) -> bool:
    return all(before <= after for before, after in pairwise(values))


class _Import:
    """Writes a feed that was found good."""

    def __init__(self, db: Session, known: _Known, now: datetime) -> None:
        self._db, self._known, self._now = db, known, now
        self._counts = {"created": 0, "updated": 0, "unchanged": 0}

    def run(self, feed: Feed) -> Report:
        """Write everything; events before what refers to them."""
        for event in feed.events:
            self._put(Event, event, self._known.events, event.event_code)
        for call in feed.acceptances:
            key = call.event_code + call.acceptance_no
            self._put(Acceptance, call, self._known.acceptances, key)
        for task in feed.tasks:
            self._put_task(task)
        self._db.flush()
        return Report(**self._counts)

    def _put_task(self, sent: task_pb2.Task) -> None:
        event = self._known.events[sent.event_code]
        acceptance = self._known.acceptances[sent.event_code + sent.acceptance_no]

        def finish(task: Task) -> None:
            task.event_id, task.acceptance_id = event.id, acceptance.id
            task.station_id = self._known.stations[sent.station_code].id
            for member in task.crew:
                member.person_id = self._known.people[member.staff_no].id
            take_times(task)

        self._put(Task, sent, self._known.tasks, sent.task_code, finish)
        self._known.tasks[sent.task_code].patient_name = acceptance.patient_name

    def _put(
        self,
        model: type[R],
        sent: Message,
        known: dict[str, R],
        key: str,
        finish: Callable[[R], None] | None = None,
    ) -> None:
        maps = mapping(model, type(sent))
        record = known.get(key)
        if record is not None and _same(maps.to_message(record), sent):
            self._counts["unchanged"] += 1
            return
        self._counts["updated" if record is not None else "created"] += 1
        if record is None:
            record = known[key] = model(created_at=self._now)
        maps.apply(sent, record)
        record.updated_at = self._now
        if finish:
            finish(record)
        self._db.add(record)


def _same(known: Message, sent: Message) -> bool:
    """Whether the sender's own fields are the same on both sides."""
    return _sent_part(known) == _sent_part(sent)


def _sent_part(message: Message) -> Message:
    part = type(message)()
    part.CopyFrom(message)
    for field in facts.fields(message.DESCRIPTOR):
        if facts.of_field(field).read_only or not facts.of_field(field).label:
            part.ClearField(field.name)
        elif field.is_repeated and field.message_type is not None:
            lines = [_sent_part(line) for line in getattr(part, field.name)]
            part.ClearField(field.name)
            getattr(part, field.name).extend(lines)
    return part
