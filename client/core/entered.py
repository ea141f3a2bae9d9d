"""What a verb asks of the user, and what was entered."""

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from client.core import values
from client.core.page import Lines
from protos import facts

IDENTITY = ("id", "version")


def asked(request: Message) -> tuple[list[list[str]], list[Lines]]:
    """What a verb asks the user: rows of field names, and line lists."""
    rows, lines = [], []
    for field in facts.fields(request.DESCRIPTOR):
        fact = facts.of_field(field)
        if not fact.label or fact.read_only or field.name in IDENTITY:
            continue
        if field.is_repeated and field.message_type is not None:
            lines.append(_lines(field, offered=bool(fact.offers)))
        else:
            rows.append([field.name])
    return rows, lines


def offers(method: MethodDescriptor) -> bool:
    """Whether a verb lets the user choose among the lines of its record."""
    return any(facts.of_field(field).offers for field in facts.fields(method.input_type))


def offer(request: Message, record: Message) -> None:
    """Put a row into a request for each line of the record it offers."""
    for field in facts.fields(request.DESCRIPTOR):
        if not (source := facts.of_field(field).offers):
            continue
        for number, line in enumerate(getattr(record, source), 1):
            row = getattr(request, field.name).add(row=number)
            for each in facts.fields(row.DESCRIPTOR):
                if facts.of_field(each).read_only and each.name in line.DESCRIPTOR.fields_by_name:
                    setattr(row, each.name, getattr(line, each.name))


def _lines(field: FieldDescriptor, *, offered: bool) -> Lines:
    columns = [f.name for f in facts.fields(field.message_type) if facts.of_field(f).label]
    if offered:  # the rows bear their numbers
        columns.remove("row")
    return Lines(field.name, columns, fixed=offered, offered=offered)


def said(method: MethodDescriptor, request: Message, names: values.Naming) -> list[str]:
    """What the user entered for a verb, line by line, to be seen while it is signed."""
    if values.descriptor(request) == facts.record_of(method.containing_service):
        return []  # the form behind shows it
    rows, lines = asked(request)
    asked_for = [name for row in rows for name in row] + [each.field for each in lines]
    fields = [values.descriptor(request).fields_by_name[name] for name in asked_for]
    shown = [(facts.label(field), values.shown(request, field, names)) for field in fields]
    return [f"{label}：{text}" for label, text in shown if text]
