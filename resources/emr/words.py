"""A field of a record in words: what prints, conflicts and lists show."""

from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from protos import facts
from protos.facts import Kind
from resources.dictionaries import codes

_SHANGHAI = ZoneInfo("Asia/Shanghai")


def said(message: Message, name: str) -> str:
    """A field by name; empty if nothing was entered."""
    field = facts.field_named(message.DESCRIPTOR, name)
    if field.is_repeated:
        return "、".join(_one(field, value) for value in getattr(message, name))
    return "" if facts.is_missing(message, field) else _one(field, getattr(message, name))


def code_text(dictionary: str, code: str) -> str:
    """What a code means; the code itself if the list no longer has it."""
    return codes(dictionary).get(code, code)


def clock(stamp: Any) -> str:
    """A timestamp as the crew reads it: 11-20 08:22."""
    return f"{stamp.ToDatetime(tzinfo=ZoneInfo('UTC')).astimezone(_SHANGHAI):%m-%d %H:%M}"


def _one(field: FieldDescriptor, value: Any) -> str:
    match facts.kind(field):
        case Kind.CODE:
            return code_text(facts.of_field(field).dictionary, value)
        case Kind.ENUM:
            return facts.value_label(field, value)
        case Kind.TIME:
            return clock(value)
        case Kind.BOOL:
            return "是" if value else "否"
        case Kind.INTEGER:
            return scaled(value, facts.of_field(field).scale)
        case Kind.BYTES:
            return f"{len(value)}字节"
        case _:
            return _listed(field, value)


def _listed(field: FieldDescriptor, value: Any) -> str:
    """A repeated text may name a dictionary too."""
    dictionary = facts.of_field(field).dictionary
    return code_text(dictionary, value) if dictionary else str(value)


def scaled(value: int, scale: int) -> str:
    """A fixed-point number: 368 with one decimal is 36.8."""
    if not scale:
        return str(value)
    return f"{value // 10**scale}.{value % 10**scale:0{scale}d}"
