"""Approval as data: the steps of a kind of document, and who decided what.

What an approval brings about is code in the document's service. A kind without steps of its own
has one: whoever holds the permission of the RPC decides.
"""

from datetime import datetime
from enum import Enum
from typing import NamedTuple

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.core.call import Call
from server.core.db import Model, Record
from server.core.errors import BusinessError, Forbidden, SelfDecision

SUFFIX = ".approve"  # of the permissions a deputy takes over


class ApprovalStep(Model):
    """One step of a kind of document; the customer's rows, in order of position."""

    __tablename__ = "core_approval_step"
    __table_args__ = (UniqueConstraint("kind", "position"),)

    kind: Mapped[str] = mapped_column(String(60))  # full name of the service
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(40))
    permission: Mapped[str] = mapped_column(String(80))
    allow_self: Mapped[bool] = mapped_column(default=False)


class ApprovalDecision(Model):
    """What one person decided on one document."""

    __tablename__ = "core_approval_decision"

    kind: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column(index=True)
    round: Mapped[int]
    step: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int]
    person_name: Mapped[str] = mapped_column(String(40))
    principal_name: Mapped[str] = mapped_column(String(40), default="")  # in whose place
    approved: Mapped[bool]
    comment: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime]


class Outcome(Enum):
    """Where a document stands after a decision."""

    PENDING = "pending"  # further steps to come
    APPROVED = "approved"
    REJECTED = "rejected"


class Step(NamedTuple):
    """One step as it applies."""

    label: str
    permission: str
    allow_self: bool


def steps_of(db: Session, kind: str, permission: str) -> list[Step]:
    """The steps of a kind of document."""
    chosen = select(ApprovalStep).where(ApprovalStep.kind == kind).order_by(ApprovalStep.position)
    steps = [Step(s.label, s.permission, s.allow_self) for s in db.scalars(chosen)]
    return steps or [Step("审批", permission, allow_self=False)]


def decide(
    call: Call, record: Record, maker_id: int, *, approved: bool = True, comment: str = ""
) -> Outcome:
    """Take down the user's decision on a document; raises where the user may not decide."""
    kind = call.method.containing_service.full_name
    steps = steps_of(call.db, kind, call.rpc.permission)
    past = decisions_on(call.db, kind, record.id)
    number, open_round = running_round(past, len(steps))
    step = steps[len(open_round)]
    _refuse(call, step, maker_id, open_round)
    call.db.add(
        ApprovalDecision(
            kind=kind,
            record_id=record.id,
            round=number,
            step=step.label,
            person_id=call.user.id,
            person_name=call.user.name,
            principal_name=call.user.lent.get(step.permission, ""),
            approved=approved,
            comment=comment,
            decided_at=call.now,
        )
    )
    if not approved:
        return Outcome.REJECTED
    return Outcome.APPROVED if len(open_round) + 1 == len(steps) else Outcome.PENDING


def decisions_on(db: Session, kind: str, record_id: int) -> list[ApprovalDecision]:
    """Every decision on a document, the oldest first."""
    chosen = select(ApprovalDecision).where(
        ApprovalDecision.kind == kind, ApprovalDecision.record_id == record_id
    )
    return list(db.scalars(chosen.order_by(ApprovalDecision.id)))


def refuse_if_decided(call: Call, record: Record, kind: str = "") -> None:
    """Refuse to take a document back on which somebody has already decided.

    The kind is that of the service that decides, where it is another than the one that asks.
    """
    kind = kind or call.method.containing_service.full_name
    past = decisions_on(call.db, kind, record.id)
    steps = steps_of(call.db, kind, call.rpc.permission)
    if len(steps) > 1 and running_round(past, len(steps))[1]:
        raise BusinessError("已有人审批，不能撤回；请联系审批人退回")


def running_round(past: list[ApprovalDecision], steps: int) -> tuple[int, list[ApprovalDecision]]:
    """The number of the running round, and the decisions in it."""
    if not past:
        return 1, []
    last = past[-1].round
    current = [decision for decision in past if decision.round == last]
    ended = not current[-1].approved or len(current) >= steps
    return (last + 1, []) if ended else (last, current)


def _refuse(call: Call, step: Step, maker_id: int, earlier: list[ApprovalDecision]) -> None:
    if not call.user.may(step.permission):
        raise Forbidden(f"这一步（{step.label}）不由您审批")
    if call.user.id == maker_id and not step.allow_self:
        raise SelfDecision("不能审批自己提交的单据，请由另一位有权限的人员审批")
    if any(decision.person_id == call.user.id for decision in earlier):
        raise SelfDecision("您已审批过前面的步骤，请由另一位审批")
