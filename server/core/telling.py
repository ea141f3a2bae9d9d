"""Tells the changes an audit row holds in the words of the contract."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from google.protobuf.descriptor import FieldDescriptor

from protos import facts
from protos.facts import Kind
from server.core.numbering import SHANGHAI

Naming = Callable[[str, int], str]  # (service, id) -> what the record is called, or ""
HIDDEN = "***"  # what the log holds in place of a secret
NOTHING: tuple[Any, ...] = (None, "", [], {}, False)  # what a new record has not


class Told(NamedTuple):
    """One field's change, as people read it."""

    field: FieldDescriptor
    old: str
    new: str


def changes(detail: str, record: Any, names: Naming) -> list[Told]:
    """The changes in an audit row's detail of the fields a record's message has."""
    fields = record.fields_by_name
    found = []
    for name, change in _entries(detail):
        field = fields.get(name.removesuffix("_sealed"))
        if field is None or not facts.of_field(field).label:
            continue
        if change == HIDDEN:
            found.append(Told(field, "（保密）", "（已改，保密）"))
        elif isinstance(change, dict):
            found.append(Told(field, "", _lines(field, change, names)))
        elif not (change[0] is None and change[1] in NOTHING):
            old, new = (shown(field, value, names) for value in change)
            found.append(Told(field, "" if change[0] is None else old, new))
    return found


def referred(detail: str, record: Any) -> Iterator[tuple[str, int]]:
    """(service, id) of every record a change names."""
    for name, change in _entries(detail):
        field = record.fields_by_name.get(name)
        if field is None:
            continue
        if isinstance(change, dict) and field.message_type is not None:
            for row in _rows(change):
                yield from _ids(field.message_type, row)
        elif isinstance(change, list):
            for value in change:
                yield from _ids(record, {name: value})


def shown(field: Any, value: Any, names: Naming | None = None) -> str:
    """A value of the log as people read it."""
    if value is None or value == "":
        return "（空）"
    if field is None:
        return "、".join(map(str, value)) if isinstance(value, list) else str(value)
    kind = facts.kind(field)
    if isinstance(value, bool):
        return "是" if value else "否"
    if field.enum_type is not None and isinstance(value, int):
        return facts.value_label(field, value) or str(value)
    if kind is Kind.TIME and isinstance(value, str):
        return f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    if kind is Kind.REF and names is not None and isinstance(value, int):
        return names(facts.of_field(field).ref, value) or str(value)
    if isinstance(value, int) and (scale := facts.of_field(field).scale):
        return facts.decimal(value, scale)
    if isinstance(value, dict):  # lines of a document
        return "，".join(f"{verb}{len(lines)}行" for verb, lines in value.items())
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _entries(detail: str) -> Iterator[tuple[str, Any]]:
    entries: Mapping[str, Any] = json.loads(detail or "{}")
    for name, change in entries.items():
        is_pair = isinstance(change, list) and len(change) == 2
        if name != "变更" and (is_pair or isinstance(change, dict) or change == HIDDEN):
            yield name, change


def _rows(change: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for rows in change.values():
        for row in rows:
            # A changed row holds [old, new] in each column, a new or removed one its value.
            pairs = {k: v[0] for k, v in row.items() if isinstance(v, list) and len(v) == 2}
            yield row
            if pairs:
                yield pairs
                yield {k: row[k][1] for k in pairs}


def _ids(message: Any, row: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, value in row.items():
        field = message.fields_by_name.get(name)
        if field is not None and isinstance(value, int) and facts.kind(field) is Kind.REF:
            yield facts.of_field(field).ref, value


def _lines(field: Any, change: Mapping[str, Any], names: Naming) -> str:
    signs = {"新增": "＋", "删除": "－", "修改": "改"}
    return "\n".join(
        f"{signs.get(verb, verb)} {_line(field.message_type, row, names)}"
        for verb, rows in change.items()
        for row in rows
    )


def _line(message: Any, row: Mapping[str, Any], names: Naming) -> str:
    texts = []
    values = {name.removesuffix("_sealed"): value for name, value in row.items()}
    for field in facts.fields(message):  # in the order of the contract; what follows is left out
        fact, value = facts.of_field(field), values.get(field.name)
        if not fact.label or fact.read_only or value in NOTHING:
            continue
        if isinstance(value, list) and len(value) == 2:
            old, new = (shown(field, each, names) for each in value)
            texts.append(f"{facts.label(field)} {old} → {new}")
        else:
            texts.append(f"{facts.label(field)} {shown(field, value, names)}")
    return "，".join(texts)
