"""What the contract says of its fields, values, RPCs and services; and the check of a message.

Client and server both ask here, so a field has one label and a rule one wording.
"""

import re
from collections.abc import Iterator
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, cast

from google.protobuf.descriptor import (
    Descriptor,
    EnumDescriptor,
    FieldDescriptor,
    MethodDescriptor,
    ServiceDescriptor,
)
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from protos.common import options_pb2 as options

READS = frozenset({"List", "Get"})


class Kind(Enum):
    """How a field's value is meant, beyond its wire type."""

    TEXT = "text"
    INTEGER = "integer"
    REF = "ref"
    CODE = "code"  # of a dictionary
    BOOL = "bool"
    ENUM = "enum"
    TIME = "time"
    DATE = "date"
    BYTES = "bytes"
    DECIMAL = "decimal"  # a measurement held as float or double; never money or stock
    MESSAGE = "message"


class Fault(NamedTuple):
    """One thing wrong with a message: where (``lines[2].quantity``) and why, in Chinese."""

    path: str
    text: str


@cache
def of_field(field: FieldDescriptor) -> options.FieldFacts:
    """The facts stated at a field."""
    return field.GetOptions().Extensions[options.field]


@cache
def of_rpc(method: MethodDescriptor) -> options.RpcFacts:
    """The facts stated at an RPC."""
    return method.GetOptions().Extensions[options.rpc]


@cache
def of_service(service: ServiceDescriptor) -> options.ServiceFacts:
    """The facts stated at a service."""
    return service.GetOptions().Extensions[options.service]


@cache
def permissions_of(method: MethodDescriptor) -> frozenset[str]:
    """The permissions any one of which opens an RPC.

    That is its own, and for RPCs on what is handed in those of the service's further steps.
    """
    own, service = of_rpc(method).permission, method.containing_service
    decided = {of_rpc(other).permission for other in service.methods if of_rpc(other).decides}
    further = {step.permission for step in of_service(service).steps}
    return frozenset({own} | (further if own in decided else set())) - {""}


@cache
def money_of(service: ServiceDescriptor) -> FieldDescriptor | None:
    """The field that says what a record comes to, in fen; None if it is no money matter."""
    record = record_of(service)
    field = record.fields_by_name.get(of_service(service).money or "amount") if record else None
    return field if field is not None and of_field(field).scale == 2 else None


@cache
def is_signed(service: ServiceDescriptor) -> bool:
    """Whether its records are signed: some RPC of it needs a UKEY signature."""
    return any(of_rpc(method).signed for method in service.methods)


@cache
def of_values(enum: EnumDescriptor) -> dict[int, options.ValueFacts]:
    """The facts of each labelled value of an enum, by number."""
    facts = {v.number: v.GetOptions().Extensions[options.value] for v in enum.values}
    return {number: fact for number, fact in facts.items() if fact.label}


@cache
def kind(field: FieldDescriptor) -> Kind:
    """How the field's value is meant."""
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        assert field.message_type is not None
        time = field.message_type.full_name == "google.protobuf.Timestamp"
        return Kind.TIME if time else Kind.MESSAGE
    if field.type == FieldDescriptor.TYPE_STRING:
        if field.name.endswith("_on"):
            return Kind.DATE
        return Kind.CODE if of_field(field).dictionary else Kind.TEXT
    if of_field(field).ref:
        return Kind.REF
    return _KINDS.get(field.type, Kind.INTEGER)


_KINDS = {
    FieldDescriptor.TYPE_BOOL: Kind.BOOL,
    FieldDescriptor.TYPE_ENUM: Kind.ENUM,
    FieldDescriptor.TYPE_BYTES: Kind.BYTES,
    FieldDescriptor.TYPE_DOUBLE: Kind.DECIMAL,
    FieldDescriptor.TYPE_FLOAT: Kind.DECIMAL,
}


def fields(message: Any) -> list[FieldDescriptor]:
    """The fields of a message descriptor, in the order of the contract."""
    return cast(list[FieldDescriptor], list(message.fields))


def field_named(message: Any, name: str) -> FieldDescriptor:
    """The field of that name of a message descriptor; KeyError if it has none."""
    return cast(FieldDescriptor, message.fields_by_name[name])


def service(full_name: str) -> ServiceDescriptor:
    """The service of that name; KeyError if its module was never imported."""
    return Default().FindServiceByName(full_name)


def method_path(method: MethodDescriptor) -> str:
    """The name gRPC calls it by: /package.Service/Method."""
    return f"/{method.containing_service.full_name}/{method.name}"


def request_class(method: MethodDescriptor) -> type[Message]:
    """The Python class of an RPC's request."""
    return GetMessageClass(method.input_type)


def answer_class(method: MethodDescriptor) -> type[Message]:
    """The Python class of an RPC's answer."""
    return GetMessageClass(method.output_type)


def is_read(method: MethodDescriptor) -> bool:
    """Whether the RPC changes nothing."""
    return method.name in READS or of_rpc(method).read


@cache
def record_of(service: ServiceDescriptor) -> Descriptor | None:
    """The record a service keeps: what Get answers or List's rows are; None if it keeps none."""
    if get := service.methods_by_name.get("Get"):
        return get.output_type
    if listing := service.methods_by_name.get("List"):
        return listing.output_type.fields_by_name["rows"].message_type
    return None


def label(field: FieldDescriptor) -> str:
    """What people call the field; its own name if the contract gives none."""
    return of_field(field).label or field.name


def value_label(field: FieldDescriptor, number: int) -> str:
    """What people call a value of an enum field."""
    assert field.enum_type is not None
    facts = of_values(field.enum_type).get(number)
    return facts.label if facts else ""


def faults(message: Message) -> list[Fault]:
    """Everything wrong with what a user may enter in a message; empty if all is well."""
    return list(_faults(message, ""))


def _faults(message: Message, prefix: str) -> Iterator[Fault]:
    for field in fields(message.DESCRIPTOR):
        facts = of_field(field)
        if facts.read_only:
            continue
        path = prefix + field.name
        if field.is_repeated:
            yield from _list_faults(message, field, facts, path)
        elif kind(field) is Kind.MESSAGE:
            yield from _message_faults(message, field, facts, path)
        elif facts.label:
            yield from _value_faults(message, field, facts, path)


def _list_faults(
    message: Message, field: FieldDescriptor, facts: options.FieldFacts, path: str
) -> Iterator[Fault]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return
    values = getattr(message, field.name)
    least = max(facts.min_items, 1 if facts.required else 0)
    if len(values) < least:
        yield Fault(path, f"{facts.label}至少要有{least}行")
    if kind(field) is Kind.MESSAGE:
        for number, value in enumerate(values):
            yield from _faults(value, f"{path}[{number}].")


def _message_faults(
    message: Message, field: FieldDescriptor, facts: options.FieldFacts, path: str
) -> Iterator[Fault]:
    if message.HasField(field.name):
        yield from _faults(getattr(message, field.name), f"{path}.")
    elif facts.required:
        yield Fault(path, f"请填写{facts.label}")


def _value_faults(
    message: Message, field: FieldDescriptor, facts: options.FieldFacts, path: str
) -> Iterator[Fault]:
    if is_missing(message, field):
        if facts.required:
            yield Fault(path, f"请填写{facts.label}")
        return
    text = value_fault(field, getattr(message, field.name))
    if text:
        yield Fault(path, text)


def is_missing(message: Message, field: FieldDescriptor) -> bool:
    """Whether nothing was entered: not present, or the default where presence is not told."""
    if field.has_presence:
        return not message.HasField(field.name)
    value = getattr(message, field.name)
    if isinstance(value, str):
        return not value.strip()
    return not value and not isinstance(value, bool)


def value_fault(field: FieldDescriptor, value: Any) -> str:
    """What is wrong with one entered value, in Chinese; empty if nothing."""
    facts = of_field(field)
    match kind(field):
        case Kind.TEXT | Kind.CODE:
            return _text_fault(facts, value)
        case Kind.DATE:
            return "" if is_date(value) else f"{facts.label}不是有效日期，请按 2026-01-31 填写"
        case Kind.INTEGER | Kind.DECIMAL:
            return _number_fault(facts, value)
        case Kind.ENUM:
            assert field.enum_type is not None
            known = value in of_values(field.enum_type)
            return "" if known else f"{facts.label}没有这个选项，请重新选择"
        case Kind.BYTES:
            return _file_fault(facts, value)
        case Kind.TIME:
            sane = -62135596800 <= value.seconds < 253402300800
            return "" if sane else f"{facts.label}超出可用的时间范围"
        case _:
            return ""


def is_date(text: str) -> bool:
    """Whether a text is a calendar date written yyyy-mm-dd."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _text_fault(facts: options.FieldFacts, value: str) -> str:
    if facts.max_len and len(value) > facts.max_len:
        return f"{facts.label}最多{facts.max_len}个字，现在有{len(value)}个"
    if "\x00" in value:
        return f"{facts.label}里有不能保存的字符，请删去"
    if facts.pattern and not re.fullmatch(facts.pattern, value):
        return facts.pattern_text or f"{facts.label}的格式不对，请检查"
    return ""


def _file_fault(facts: options.FieldFacts, value: bytes) -> str:
    if not facts.max_len or len(value) <= facts.max_len:
        return ""
    size, most = (f"{count / (1 << 20):.4g}" for count in (len(value), facts.max_len))
    return f"{facts.label}最大{most} MB，现在是{size} MB，请缩小后再试"


def _number_fault(facts: options.FieldFacts, value: int) -> str:
    if facts.HasField("min") and value < facts.min:
        return f"{facts.label}不能小于{decimal(facts.min, facts.scale)}"
    if facts.HasField("max") and value > facts.max:
        return f"{facts.label}不能大于{decimal(facts.max, facts.scale)}"
    return ""


def decimal(value: int, scale: int) -> str:
    """A fixed-point integer as people write it: decimal(12345, 2) is "123.45"."""
    if not scale:
        return str(value)
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(value), 10**scale)
    return f"{sign}{whole}.{part:0{scale}d}"
