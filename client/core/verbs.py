"""Verbs as buttons see them: allowed now or why not, and the request they send."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from PySide6.QtWidgets import QLabel, QWidget

from client.core import style, values
from client.core.api import Api
from client.core.bulk import MOST
from client.core.entered import IDENTITY, asked, offer
from client.core.settings import Settings
from protos import facts
from protos.facts import Kind

T = TypeVar("T")


def state_field(record: Descriptor) -> FieldDescriptor | None:
    """The enum field that workflow runs on, if the record has one."""
    field = record.fields_by_name.get("state")
    return field if field is not None and facts.kind(field) is Kind.ENUM else None


def state_name(record: Message) -> str:
    """The name of a record's state; empty if it has none."""
    field = state_field(values.descriptor(record))
    if field is None or field.enum_type is None:
        return ""
    value = field.enum_type.values_by_number.get(getattr(record, "state"))  # noqa: B009
    return value.name if value else ""


def refusal(api: Api, method: MethodDescriptor, records: Sequence[Message], chosen: int = 0) -> str:
    """Why the verb cannot be done to all of these records now; empty if it can.

    `chosen` is how many were chosen, if they are not all here.
    """
    terms = facts.of_rpc(method)
    if not api.can(method):
        return f"你没有“{terms.label or method.name}”的权限"
    if not records:
        return "请先选择"
    if max(len(records), chosen) > MOST:
        return f"一次最多办理 {MOST} 条，现在选了 {max(len(records), chosen):,} 条"
    if terms.single and max(len(records), chosen) > 1:
        return f"{terms.label}要逐条核对，一次只能办一条"
    if chosen > len(records):
        return "选中的记录正在载入，请稍候"
    if terms.from_states:
        for record in records:
            if state_name(record) not in terms.from_states:
                return f"{_state_label(record)}，不能{terms.label or '修改'}"
    return ""


def _state_label(record: Message) -> str:
    field = state_field(values.descriptor(record))
    label = facts.value_label(field, getattr(record, "state")) if field else ""  # noqa: B009
    return f"当前状态是“{label}”" if label else "当前状态不明"


def show_state(target: QLabel, record: Message) -> None:
    """Show a record's state as a coloured label; hidden if it has none yet."""
    field = state_field(values.descriptor(record))
    value = getattr(record, "state", 0) if field else 0
    text = facts.value_label(field, value) if field else ""
    if field is not None and field.enum_type is not None and text:
        target.setProperty("role", "state")
        target.setProperty("tone", style.TONES[facts.of_values(field.enum_type)[value].tone])
        target.style().unpolish(target)
        target.style().polish(target)
    target.setText(f"● {text}")  # last: its room depends on the style
    target.setVisible(bool(text))


def naming(method: MethodDescriptor, record: Message) -> Any:
    """The verb's request, naming this version of the record; the record itself if asked for."""
    request = facts.request_class(method)()
    if isinstance(record, type(request)):
        request.CopyFrom(record)
        return request
    for name in IDENTITY:
        if name in request.DESCRIPTOR.fields_by_name:
            setattr(request, name, getattr(record, name, 0))
    return request


def request_for(
    parent: QWidget,
    api: Api,
    settings: Settings,
    method: MethodDescriptor,
    record: Message,
    subject: str = "",
) -> Any:
    """The request of a verb on a record, asking for what it needs; None if the user cancels.

    `subject` says in the question which record, or how many, it is about.
    """
    from client.core.asking import ask  # the form shows verbs, and verbs may ask by a form

    request = naming(method, record)
    if isinstance(record, type(request)):
        return request
    offer(request, record)
    rows, lines = asked(request)
    if not rows and not lines:
        return request
    title = facts.of_rpc(method).label or method.name
    return ask(parent, api, request, title, settings, subject)


def settling(
    settings: Settings, method: MethodDescriptor, request: Message, then: Callable[[T], object]
) -> Callable[[T], None]:
    """What a verb does when it is done: forget the draft of what was asked for it, then go on."""
    from client.core.asking import settled

    def done(answer: T) -> None:
        settled(settings, request, facts.of_rpc(method).label or method.name)
        then(answer)

    return done
