"""What a verb asks of the user, and what was entered."""

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from client.core import values
from client.core.page import Lines
from protos import facts, mending

IDENTITY = ("id", "version")


def asked(request: Message) -> tuple[list[list[str]], list[Lines]]:
    """What a verb asks the user: rows of field names, and line lists."""
    rows, lines = [], []
    for field in request.DESCRIPTOR.fields:
        fact = facts.of_field(field)
        if not fact.label or fact.read_only or field.name in IDENTITY:
            continue
        if field.is_repeated and field.message_type is not None:
            columns = [f.name for f in field.message_type.fields if facts.of_field(f).label]
            lines.append(Lines(field.name, columns))
        else:
            rows.append([field.name])
    return rows, lines


def signed_for(method: MethodDescriptor, request: Message, names: values.Naming) -> list[str]:
    """What is to be seen beside the PIN: what was entered, and that the deed is final if it is."""
    final = not (facts.of_rpc(method).danger or mending.ways(method))
    return said(method, request, names) + ([mending.told(method)] if final else [])


def said(method: MethodDescriptor, request: Message, names: values.Naming) -> list[str]:
    """What the user entered for a verb, line by line, to be seen while it is signed."""
    if values.descriptor(request) == facts.record_of(method.containing_service):
        return []  # the form behind shows it
    rows, lines = asked(request)
    asked_for = [name for row in rows for name in row] + [each.field for each in lines]
    fields = [values.descriptor(request).fields_by_name[name] for name in asked_for]
    shown = [(facts.label(field), values.shown(request, field, names)) for field in fields]
    return [f"{label}：{text}" for label, text in shown if text]
