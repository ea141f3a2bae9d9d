"""Carries values between a model and its message; compiled once for each pair.

A field of the message and an attribute of the model with the same name belong together. What the
model lacks is left to the service (``CrudService.complete``).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import inspect
from sqlalchemy.orm import InstrumentedAttribute

from protos import facts
from protos.facts import Kind
from server.core.db import Model
from server.core.sealing import Sealed

Convert = Callable[[Any], Any]


class Entry(NamedTuple):
    """One field both sides have."""

    name: str
    field: FieldDescriptor
    to_wire: Convert | None  # None: the value is the same on both sides
    from_wire: Convert | None


class Mapping:
    """Between one model and one message."""

    def __init__(self, model: type[Model], message: type[Message]) -> None:
        self.model = model
        self.message = message
        self.values: list[Entry] = []
        self.columns: list[InstrumentedAttribute[Any]] = []  # what a list selects, as values
        self.column_values: list[Entry] = []
        self.sealed: list[tuple[int, Entry]] = []  # position in columns
        self.children: list[tuple[str, Mapping]] = []
        for field in facts.fields(message.DESCRIPTOR):
            self._take(field)

    def _take(self, field: FieldDescriptor) -> None:
        attribute = getattr(self.model, field.name, None)
        if attribute is None or field.name not in self._names():
            return
        if field.is_repeated and facts.kind(field) is Kind.MESSAGE:
            self._take_children(field)
            return
        entry = Entry(field.name, field, _to_wire(field), _from_wire(field))
        self.values.append(entry)
        if isinstance(attribute, Sealed):
            self.sealed.append((len(self.columns), entry))
            self.columns.append(getattr(self.model, attribute.column))
            self.column_values.append(entry)
        elif isinstance(attribute, InstrumentedAttribute):
            self.columns.append(attribute)
            self.column_values.append(entry)

    def _names(self) -> frozenset[str]:
        return _mapped_names(self.model)

    def _take_children(self, field: FieldDescriptor) -> None:
        relation = inspect(self.model).relationships[field.name]
        assert field.message_type is not None
        child = GetMessageClass(field.message_type)
        self.children.append((field.name, mapping(relation.mapper.class_, child)))

    def to_message(self, record: Model) -> Message:
        """The record whole, with its lines."""
        message = self.message(**self._wire(record))
        for name, child in self.children:
            getattr(message, name).extend(map(child.to_message, getattr(record, name)))
        return message

    def _wire(self, record: Model) -> dict[str, Any]:
        wire = {}
        for name, _, convert, _ in self.values:
            value = getattr(record, name)
            if value is not None:
                wire[name] = convert(value) if convert else value
        return wire

    def rows(self, rows: Iterable[Sequence[Any]]) -> list[Message]:
        """Messages from rows of ``columns``, the id standing first."""
        names = [(i + 1, e.name, e.to_wire) for i, e in enumerate(self.column_values)]
        unseal = {i + 1: getattr(self.model, e.name) for i, e in self.sealed}
        make = self.message
        answer = []
        for row in rows:
            wire = {}
            for i, name, convert in names:
                value = row[i]
                if value is None:
                    continue
                if i in unseal:
                    value = _as_class(unseal[i]).open(row[0], value)
                wire[name] = convert(value) if convert else value
            answer.append(make(**wire))
        return answer

    def apply(self, message: Message, record: Model) -> None:
        """Write what the user may enter into the record; lines are matched by id."""
        for name, field, _, convert in self.values:
            if facts.of_field(field).read_only or name in _KEPT:
                continue
            value = _entered(message, field)
            setattr(record, name, convert(value) if convert and value is not None else value)
        for name, child in self.children:
            if not facts.of_field(message.DESCRIPTOR.fields_by_name[name]).read_only:
                _apply_lines(child, getattr(message, name), getattr(record, name))


_KEPT = frozenset({"id", "version"})


def _as_class(sealed: Any) -> Sealed:
    assert isinstance(sealed, Sealed)
    return sealed


_compiled: dict[tuple[type[Model], str], Mapping] = {}


def mapping(model: type[Model], message: type[Message]) -> Mapping:
    """The compiled mapping of a pair."""
    key = (model, message.DESCRIPTOR.full_name)
    if key not in _compiled:
        _compiled[key] = Mapping(model, message)
    return _compiled[key]


@cache
def _mapped_names(model: type[Model]) -> frozenset[str]:
    columns = {attribute.key for attribute in inspect(model).attrs}
    own = {
        name
        for kind in model.__mro__
        for name, value in vars(kind).items()
        if isinstance(value, (property, Sealed))
    }
    return frozenset(columns | own)


def _apply_lines(child: Mapping, messages: Iterable[Message], lines: list[Model]) -> None:
    known = {line.id: line for line in lines}
    kept = []
    for message in messages:
        line = known.pop(getattr(message, "id", 0), None) or child.model()
        child.apply(message, line)
        kept.append(line)
    lines[:] = kept
    if "position" in _mapped_names(child.model):
        for position, line in enumerate(lines, 1):
            line.position = position  # type: ignore[attr-defined]


def _entered(message: Message, field: FieldDescriptor) -> Any:
    if field.has_presence and not message.HasField(field.name):
        return None
    return getattr(message, field.name)


def _to_wire(field: FieldDescriptor) -> Convert | None:
    if field.is_repeated:
        return None
    match facts.kind(field):
        case Kind.TIME:
            return timestamp
        case Kind.DATE:
            return date.isoformat
        case Kind.MESSAGE:
            assert field.message_type is not None
            return GetMessageClass(field.message_type).FromString
        case _:
            return None


def _from_wire(field: FieldDescriptor) -> Convert | None:
    if field.is_repeated:
        return list
    match facts.kind(field):
        case Kind.TIME:
            return to_datetime
        case Kind.DATE:
            return lambda text: date.fromisoformat(text) if text else None
        case Kind.REF:
            return lambda number: number or None
        case Kind.TEXT | Kind.CODE:
            return str.strip
        case Kind.MESSAGE:
            return lambda message: message.SerializeToString(deterministic=True)
        case _:
            return None


def timestamp(at: datetime) -> Timestamp:
    """The time on the wire, to the microsecond."""
    whole = int(at.timestamp())
    return Timestamp(seconds=whole, nanos=at.microsecond * 1000)


def to_datetime(stamp: Timestamp) -> datetime:
    """The aware UTC time of a timestamp, to the microsecond."""
    return stamp.ToDatetime(tzinfo=UTC)
