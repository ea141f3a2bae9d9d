"""Two versions of a case record brought together, field by field and row by row.

What one side changed is taken; what both changed alike is no conflict; what both changed
differently is reported, and until somebody decides the record keeps what the server had. Rows are
matched by their client key.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from protos import facts
from protos.emr.case_record_pb2 import CaseRecord
from protos.facts import Kind
from resources.emr.words import clock, said

_FIXED = frozenset({"id", "version", "client_key", "task_id", "patient_order"})
_FOLLOWS = frozenset({"total"})  # from the picks beside it


class Clash(Enum):
    """What both sides did."""

    FIELD = "field"
    MINE_DELETED = "mine_deleted"  # the device deleted a row the server changed
    THEIRS_DELETED = "theirs_deleted"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing both sides changed; `patch` holds the device's value alone."""

    path: str
    label: str
    base: str
    theirs: str
    mine: str
    patch: str = ""
    kind: Clash = Clash.FIELD


@dataclass(slots=True)
class Merged:
    """The record to keep, whether it differs from the server's, and what has to be decided."""

    record: CaseRecord
    conflicts: list[Conflict] = field(default_factory=list)
    changed: bool = False


def merge(base: CaseRecord, mine: CaseRecord, theirs: CaseRecord) -> Merged:
    """Bring the device's changes since `base` into the server's record."""
    merged = Merged(CaseRecord())
    merged.record.CopyFrom(theirs)
    for each in entered(theirs):
        if _is_rows(each):
            _merge_rows(merged, each, base, mine)
        else:
            _merge_value(merged, each, (base, mine, merged.record), each.name, facts.label(each))
    return merged


def entered(message: Message) -> Iterator[FieldDescriptor]:
    """The fields people fill, that may differ between two sides."""
    for each in facts.fields(message.DESCRIPTOR):
        if not facts.of_field(each).read_only and each.name not in _FIXED:
            yield each


def apply(record: CaseRecord, conflict: Conflict, *, mine: bool) -> None:
    """Carry out a decision: the device's side, or what the record has."""
    rows, key, name = _parts(conflict.path)
    if conflict.kind is not Clash.FIELD:
        if mine is (conflict.kind is Clash.MINE_DELETED):
            _remove(getattr(record, rows), key)
        return
    if not mine:
        return
    patch = CaseRecord.FromString(base64.b64decode(conflict.patch))
    if not key:
        _take(record, patch, record.DESCRIPTOR.fields_by_name[name])
        return
    row = _by_key(getattr(record, rows)).get(key)
    if row is not None:
        _take(row, getattr(patch, rows)[0], row.DESCRIPTOR.fields_by_name[name])


def _merge_value(
    merged: Merged,
    each: FieldDescriptor,
    sides: tuple[Message, Message, Message],
    path: str,
    label: str,
) -> None:
    base, mine, target = sides
    before, wanted, there = (_value(side, each) for side in sides)
    if wanted in (before, there):
        return
    if there == before or each.name in _FOLLOWS:
        _take(target, mine, each)
        merged.changed = True
        return
    was, here, asked = (said(side, each.name) for side in (base, target, mine))
    patch = _patch(mine, each, path)
    merged.conflicts.append(Conflict(path, label, was, here, asked, patch))


def _merge_rows(merged: Merged, each: FieldDescriptor, base: Message, mine: Message) -> None:
    target = getattr(merged.record, each.name)
    before, wanted, there = (
        _by_key(rows) for rows in (getattr(base, each.name), getattr(mine, each.name), target)
    )
    for key, row in wanted.items():
        if key in there:
            _merge_row(merged, each, before.get(key, type(row)()), row, there[key])
        elif key not in before:
            target.append(row)
            merged.changed = True
        elif _differs(row, before[key]):
            kept = target.add()
            kept.CopyFrom(row)
            kept.ClearField("id")
            merged.changed = True
            merged.conflicts.append(_row_conflict(each, row, Clash.THEIRS_DELETED))
    for key in set(before) - set(wanted):
        if key not in there:
            continue
        if _differs(there[key], before[key]):
            merged.conflicts.append(_row_conflict(each, there[key], Clash.MINE_DELETED))
        else:
            _remove(target, key)
            merged.changed = True


def _merge_row(
    merged: Merged, each: FieldDescriptor, base: Message, mine: Message, there: Message
) -> None:
    place, heading = f"{each.name}[{_key(there)}]", _heading(each, there)
    for inner in entered(there):
        path, label = f"{place}.{inner.name}", f"{heading}{facts.label(inner)}"
        _merge_value(merged, inner, (base, mine, there), path, label)


def _row_conflict(each: FieldDescriptor, row: Message, kind: Clash) -> Conflict:
    gone, edited = "已删除", "已修改"
    mine, theirs = (gone, edited) if kind is Clash.MINE_DELETED else (edited, gone)
    path = f"{each.name}[{_key(row)}]"
    return Conflict(path, _heading(each, row).strip(), "", theirs, mine, kind=kind)


def _heading(each: FieldDescriptor, row: Any) -> str:
    """What people call a row: 生命体征（11-20 08:25）."""
    for name in ("measured_at", "done_at", "scored_at"):
        if name in row.DESCRIPTOR.fields_by_name and row.HasField(name):
            return f"{facts.label(each)}（{clock(getattr(row, name))}） "
    for name in ("item", "code", "scale"):
        if name in row.DESCRIPTOR.fields_by_name and getattr(row, name):
            return f"{facts.label(each)}（{said(row, name)}） "
    return f"{facts.label(each)} "


def _patch(mine: Message, each: FieldDescriptor, path: str) -> str:
    rows, key, _ = _parts(path)
    patch = CaseRecord()
    _take(getattr(patch, rows).add() if key else patch, mine, each)
    return base64.b64encode(patch.SerializeToString()).decode()


def _parts(path: str) -> tuple[str, str, str]:
    """rows, key and field of a path; rows and key are empty for a field of the record itself."""
    if "[" not in path:
        return "", "", path
    rows, _, rest = path.partition("[")
    key, _, name = rest.partition("]")
    return rows, key, name.removeprefix(".")


def _is_rows(each: FieldDescriptor) -> bool:
    return each.is_repeated and facts.kind(each) is Kind.MESSAGE


def _value(message: Message, each: FieldDescriptor) -> Any:
    if each.is_repeated:
        return list(getattr(message, each.name))
    if each.has_presence and not message.HasField(each.name):
        return None
    value = getattr(message, each.name)
    return value.strip() if isinstance(value, str) else value


def _take(target: Message, source: Message, each: FieldDescriptor) -> None:
    target.ClearField(each.name)
    if each.is_repeated:
        getattr(target, each.name).extend(getattr(source, each.name))
    elif each.message_type is not None:
        if source.HasField(each.name):
            getattr(target, each.name).CopyFrom(getattr(source, each.name))
    elif not each.has_presence or source.HasField(each.name):
        setattr(target, each.name, getattr(source, each.name))


def _key(row: Any) -> str:
    key: str = row.client_key
    return key


def _by_key(rows: Any) -> dict[str, Any]:
    return {row.client_key: row for row in rows}


def _differs(one: Message, other: Message) -> bool:
    return any(_value(one, each) != _value(other, each) for each in entered(one))


def _remove(rows: Any, key: str) -> None:
    for number, row in enumerate(rows):
        if row.client_key == key:
            del rows[number]
            return
