"""Values of message fields as Python and as people read them, the same in table, form, file."""

from datetime import UTC, datetime
from typing import Any, Protocol, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor, ServiceDescriptor
from google.protobuf.message import Message

from client.core import entry
from protos import facts
from protos.facts import Kind
from resources import dictionaries


class Naming(Protocol):
    """Whoever knows what referred records are called."""

    def text(self, service: str, id: int) -> str:
        """The name of a record; empty if unknown."""


def descriptor(message: Message) -> Descriptor:
    """The message's descriptor; the stubs of protobuf know two types of it."""
    return cast(Descriptor, message.DESCRIPTOR)


def field_of(message: Message, name: str) -> FieldDescriptor | None:
    """The field of that name, if the message has one."""
    return cast(FieldDescriptor | None, message.DESCRIPTOR.fields_by_name.get(name))


def read(message: Message, field: FieldDescriptor) -> Any:
    """The field's value: str, int, float, bool, bytes, or an aware datetime; None if missing."""
    if facts.is_missing(message, field):
        return None
    value = getattr(message, field.name)
    return value.ToDatetime(tzinfo=UTC) if facts.kind(field) is Kind.TIME else value


def write(message: Message, field: FieldDescriptor, value: Any) -> None:
    """Set the field; None clears it."""
    if value is None:
        message.ClearField(field.name)
    elif facts.kind(field) is Kind.TIME:
        getattr(message, field.name).FromDatetime(value)
    else:
        setattr(message, field.name, value)


def read_any(message: Message, field: FieldDescriptor) -> Any:
    """The field's value, a list for repeated fields."""
    return list(getattr(message, field.name)) if field.is_repeated else read(message, field)


def write_any(message: Message, field: FieldDescriptor, value: Any) -> None:
    """Set the field, all of it for repeated fields."""
    if field.is_repeated:
        del getattr(message, field.name)[:]
        getattr(message, field.name).extend(value or [])
    else:
        write(message, field, value)


def number(field: FieldDescriptor, value: int) -> str:
    """An integer of a field as people read it: 12,345.00; one that identifies stays 12345."""
    fact = facts.of_field(field)
    return str(value) if fact.identifies else entry.grouped(value, fact.scale)


def total_label(field: FieldDescriptor) -> str:
    """What the sum of a column is called."""
    label = facts.label(field)
    return label if label.endswith("合计") else f"{label}合计"


def show(field: FieldDescriptor, value: Any, names: Naming) -> str:
    """A value as people read it; a number that was never entered shows as zero if it may be."""
    if value is None:
        countable = facts.kind(field) is Kind.INTEGER and not field.has_presence
        return number(field, 0) if countable else ""
    match facts.kind(field):
        case Kind.INTEGER:
            return number(field, value)
        case Kind.DECIMAL:
            return f"{value:.6f}".rstrip("0").rstrip(".")
        case Kind.REF:
            return names.text(facts.of_field(field).ref, value) or f"#{value}"
        case Kind.CODE:
            return label_of_code(facts.of_field(field).dictionary, value)
        case Kind.ENUM:
            return facts.value_label(field, value)
        case Kind.BOOL:
            return "是" if value else "否"
        case Kind.TIME:
            return entry.clock_text(value)
        case Kind.BYTES:
            return f"{len(value)} 字节"
        case _:
            return str(value)


def label_of_code(dictionary: str, code: str) -> str:
    """What a code of a dictionary means; the code itself if the dictionary lacks it."""
    return dictionaries.codes(dictionary).get(code, code)


def shown(message: Message, field: FieldDescriptor, names: Naming) -> str:
    """A message's field as people read it."""
    if field.is_repeated:
        return _shown_list(message, field, names)
    if facts.kind(field) is Kind.MESSAGE:
        return "有" if message.HasField(field.name) else ""
    return show(field, read(message, field), names)


def _shown_list(message: Message, field: FieldDescriptor, names: Naming) -> str:
    values = getattr(message, field.name)
    if facts.kind(field) is Kind.MESSAGE:
        return f"{len(values)}行"
    return "、".join(show(field, value, names) for value in values)


def display_of(message: Message, service: ServiceDescriptor, names: Naming) -> str:
    """What a record is called: its service's display field, else its name; may be empty."""
    field = field_of(message, facts.of_service(service).display or "name")
    return shown(message, field, names) if field is not None else ""


def is_number(field: FieldDescriptor) -> bool:
    """Whether the field is right-aligned and counted with."""
    return not field.is_repeated and facts.kind(field) in (Kind.INTEGER, Kind.DECIMAL)


def tone(field: FieldDescriptor, value: Any) -> int:
    """The colour family of an enum value (common.Tone); 0 = neutral."""
    if facts.kind(field) is not Kind.ENUM or value is None or field.enum_type is None:
        return 0
    fact = facts.of_values(field.enum_type).get(value)
    return fact.tone if fact else 0


def parse(field: FieldDescriptor, text: str, now: datetime) -> Any:
    """A pasted or typed text as the field holds it; EntryError says what is wrong.

    References are not resolved here: their text comes back as it is.
    """
    plain = text.strip()
    if not plain:
        return None
    match facts.kind(field):
        case Kind.INTEGER | Kind.DECIMAL:
            return entry.number_for(field, plain)
        case Kind.DATE:
            on = entry.day(plain, now.astimezone(entry.SHANGHAI).date())
            return on.isoformat() if on else None
        case Kind.TIME:
            return entry.moment(plain, now)
        case Kind.BOOL:
            return plain in ("是", "1", "true", "TRUE", "√", "Y", "y")
        case Kind.ENUM:
            return _choice({v.label: n for n, v in _enum_facts(field).items()}, plain)
        case Kind.CODE:
            codes = dictionaries.codes(facts.of_field(field).dictionary)
            return _choice({**{v: k for k, v in codes.items()}, **{k: k for k in codes}}, plain)
        case _:
            return plain


def _enum_facts(field: FieldDescriptor) -> dict[int, Any]:
    assert field.enum_type is not None
    return dict(facts.of_values(field.enum_type))


def _choice(choices: dict[str, Any], text: str) -> Any:
    if text not in choices:
        raise entry.EntryError("没有这个选项：" + text)
    return choices[text]
