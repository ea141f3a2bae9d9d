"""What of a personal value is shown to those who may not see it whole."""

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from protos import facts
from protos.common import options_pb2 as options
from protos.facts import Fault, Kind
from server.core.errors import Invalid

PERMISSION = "admin.personal.view"
_COMPOUND = ("欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "司徒")


def mask(kind: int, text: str) -> str:
    """The masked form of a value; always contains an asterisk unless the value is empty."""
    if not text:
        return text
    match kind:
        case options.NAME:
            return _name(text)
        case options.ID_CARD:
            return text[:3] + "*" * max(len(text) - 7, 1) + text[-4:]
        case options.PHONE:
            return _phone(text)
        case options.ADDRESS:
            return _address(text)
        case _:
            return "****" + text[-4:] if len(text) > 4 else "****"


def _name(text: str) -> str:
    if text.startswith(_COMPOUND):
        return text[:2] + "*" * max(len(text) - 2, 1)
    if len(text) <= 2:
        return text[:1] + "*"
    return text[:1] + "*" * (len(text) - 2) + text[-1:]


def _phone(text: str) -> str:
    if len(text) == 11 and text.startswith("1"):
        return text[:3] + "****" + text[-4:]
    return "****" + text[-4:] if len(text) > 4 else "****"


def _address(text: str) -> str:
    for mark in ("路", "街", "镇", "道", "村", "区", "县"):
        if (at := text.find(mark)) >= 0:
            return text[: at + 1] + "****"
    return text[:3] + "****"


def mask_message(message: Message) -> None:
    """Mask every personal field of a message and of the messages in it, in place."""
    for field in facts.fields(message.DESCRIPTOR):
        if facts.kind(field) is Kind.MESSAGE:
            inner = getattr(message, field.name)
            for part in inner if field.is_repeated else [inner]:
                mask_message(part)
        elif is_masked(field):
            masked = mask(facts.of_field(field).personal, getattr(message, field.name))
            setattr(message, field.name, masked)


def is_masked(field: FieldDescriptor) -> bool:
    """Whether the field is shown masked: personal, but not medical text."""
    return facts.of_field(field).personal not in (options.NOT_PERSONAL, options.MEDICAL)


def restore(entered: Message, current: Message) -> None:
    """Put the true value back where a masked one came back unchanged; refuse any other mask.

    Without this a masked value shown in a form would be saved over the true one.
    """
    for field in facts.fields(entered.DESCRIPTOR):
        if facts.kind(field) is Kind.MESSAGE or not is_masked(field):
            continue
        text, truth = getattr(entered, field.name), getattr(current, field.name)
        if "*" not in text:
            continue
        if text != mask(facts.of_field(field).personal, truth):
            label = facts.label(field)
            raise Invalid(Fault(field.name, f"{label}含有脱敏的星号，请填写完整或恢复原样"))
        setattr(entered, field.name, truth)
