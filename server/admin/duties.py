"""Duties that should not lie in one hand: who makes a record and who approves it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from protos import facts
from server.core.call import Call
from server.core.errors import Invalid
from server.core.registry import Registry

_MAKES = frozenset({"write", "submit", "make", "apply"})
_APPROVES = frozenset({"approve", "review", "audit"})
ALLOW, REFUSE = "off", "refuse"  # values of Settings.duty_conflicts; else a warning


class Conflict(NamedTuple):
    """Two permissions over one record, of its maker and of its approver."""

    record: str  # "inventory.receipt"
    makes: str
    approves: str


def conflicts(permissions: Iterable[str]) -> list[Conflict]:
    """Every record that the holder of these permissions could make and approve alone."""
    held: dict[str, list[str]] = {}
    for code in sorted(set(permissions)):
        record, _, verb = code.rpartition(".")
        held.setdefault(record, []).append(verb)
    return [
        Conflict(record, makes[0], approves[0])
        for record, verbs in held.items()
        if (makes := [v for v in verbs if v in _MAKES])
        and (approves := [v for v in verbs if v in _APPROVES])
    ]


def explain(found: list[Conflict], labels: Mapping[str, str]) -> str:
    """The conflicts as a sentence for the administrator; empty if there are none.

    ``labels`` tells what people call each record: {"inventory.receipt": "入库单"}.
    """
    if not found:
        return ""
    records = "、".join(labels.get(conflict.record, conflict.record) for conflict in found)
    return f"同一人既能制单又能审批：{records}。请把审批分给另一个人"


def refuse_conflicts(call: Call, permissions: Iterable[str], field: str) -> None:
    """Raise Invalid at the field where the configuration refuses what is otherwise a warning."""
    found = conflicts(permissions)
    if found and call.app.settings.duty_conflicts == REFUSE:
        raise Invalid.at(field, explain(found, record_labels(call.app.registry)))


def warning(call: Call, permissions: Iterable[str]) -> str:
    """What to say of conflicts among these permissions, unless the configuration allows them."""
    if call.app.settings.duty_conflicts == ALLOW:
        return ""
    found = conflicts(permissions)
    return explain(found, record_labels(call.app.registry)) if found else ""


def record_labels(registry: Registry) -> dict[str, str]:
    """What people call the record each permission is about."""
    found: dict[str, str] = {}
    for method, _ in registry.methods():
        record = facts.of_rpc(method).permission.rpartition(".")[0]
        found.setdefault(record, facts.of_service(method.containing_service).label)
    return found
