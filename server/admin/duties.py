"""Duties that should not lie in one hand: who makes a record and who approves it."""

from collections.abc import Iterable
from typing import NamedTuple

from server.core.errors import Invalid

_MAKES = frozenset({"write", "submit", "make", "apply"})
_APPROVES = frozenset({"approve", "review", "audit"})
WARN, REFUSE = "warn", "refuse"


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


def explain(found: list[Conflict]) -> str:
    """The conflicts as a sentence for the administrator; empty if there are none."""
    if not found:
        return ""
    pairs = "；".join(f"{c.record}.{c.makes} 与 {c.record}.{c.approves}" for c in found)
    return f"同一人既能制单又能审批：{pairs}。请分给不同的人"


def refuse_conflicts(policy: str, permissions: Iterable[str], field: str) -> None:
    """Raise Invalid at the field where the configuration refuses what is otherwise a warning."""
    if policy == REFUSE and (found := conflicts(permissions)):
        raise Invalid.at(field, explain(found))
