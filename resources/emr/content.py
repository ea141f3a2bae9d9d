"""The content of a case record: what its doctor answers for, as the bytes that are signed."""

from google.protobuf.message import Message

from protos import facts
from protos.emr.case_record_pb2 import CaseRecord
from protos.facts import Kind

# Not the doctor's words: numbering, and what follows from the rest.
_LEFT_OUT = frozenset({"id", "version", "patient_order", "total"})
_DOMAIN = b"emr.CaseRecord content v1\0"


def content(record: CaseRecord) -> bytes:
    """The canonical bytes of a record's content, the same on a device and on the server."""
    return _DOMAIN + written(record).SerializeToString(deterministic=True)


def written(message: Message) -> Message:
    """A copy of what people entered, texts trimmed; nothing the server set by itself."""
    part = type(message)()
    part.CopyFrom(message)
    for field in facts.fields(message.DESCRIPTOR):
        if facts.of_field(field).read_only or field.name in _LEFT_OUT:
            part.ClearField(field.name)
        elif field.is_repeated and facts.kind(field) is Kind.MESSAGE:
            lines = [written(line) for line in getattr(part, field.name)]
            part.ClearField(field.name)
            getattr(part, field.name).extend(lines)
        elif facts.kind(field) in (Kind.TEXT, Kind.CODE) and not field.is_repeated:
            setattr(part, field.name, getattr(part, field.name).strip())
    return part
