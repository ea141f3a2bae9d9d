"""Approval as data: the steps of a kind of document, and who decided what.

What an approval brings about is code in the document's service. A kind for which the customer
keeps no steps has those of the contract: first whoever holds the permission of the RPC, then the
service's further steps.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from protos import facts
from protos.common import approval_pb2 as pb
from server.core.call import Call
from server.core.db import Model, Record
from server.core.errors import BusinessError, Forbidden, SelfDecision
from server.core.mapping import timestamp


class ApprovalStep(Record):
    """One step of a kind of document; the customer's rows, in order of position."""

    __tablename__ = "core_approval_step"
    __table_args__ = (UniqueConstraint("kind", "position"),)

    kind: Mapped[str] = mapped_column(String(60))  # full name of the service
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(40))
    permission: Mapped[str] = mapped_column(String(80))
    allow_self: Mapped[bool] = mapped_column(default=False)
    from_amount: Mapped[int] = mapped_column(default=0)  # fen
    controlled: Mapped[bool] = mapped_column(default=False)


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
    final: Mapped[bool] = mapped_column(default=False)  # nothing was left to decide after it
    comment: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime]


class Outcome(Enum):
    """Where a document stands after a decision."""

    PENDING = "pending"  # further steps to come
    APPROVED = "approved"
    REJECTED = "rejected"


class Step(NamedTuple):
    """One step of a kind of document, and for which documents it is needed."""

    label: str
    permission: str
    allow_self: bool = False
    from_amount: int = 0  # fen
    controlled: bool = False

    @property
    def always(self) -> bool:
        """Whether every document needs it."""
        return not (self.from_amount or self.controlled)

    def is_needed(self, record: Record) -> bool:
        """Whether this document needs it, by its ``amount`` in fen and whether it is controlled."""
        enough = abs(getattr(record, "amount", 0)) >= self.from_amount
        return enough and (not self.controlled or bool(getattr(record, "controlled", False)))


def is_approval(permission: str) -> bool:
    """Whether a permission is one to approve: a deputy takes it over."""
    return permission.rpartition(".")[2].startswith("approve")


def steps_of(db: Session, kind: str, permission: str) -> list[Step]:
    """The steps of a kind of document; which of them one document needs, it says itself."""
    chosen = select(ApprovalStep).where(ApprovalStep.kind == kind).order_by(ApprovalStep.position)
    kept = [
        Step(s.label, s.permission, s.allow_self, s.from_amount, s.controlled)
        for s in db.scalars(chosen)
    ]
    return kept or [_first(permission), *_further(kind)]


def needed(steps: Sequence[Step], record: Record, permission: str) -> list[Step]:
    """The steps a document needs: at least one."""
    return [step for step in steps if step.is_needed(record)] or [_first(permission)]


def _first(permission: str) -> Step:
    return Step("审批", permission)


def _further(kind: str) -> list[Step]:
    stated = facts.of_service(facts.service(kind)).steps
    return [
        Step(s.label, s.permission, from_amount=s.from_amount, controlled=s.controlled)
        for s in stated
    ]


def decide(
    call: Call, record: Record, maker_id: int, *, approved: bool = True, comment: str = ""
) -> Outcome:
    """Take down the user's decision on a document; raises where the user may not decide."""
    kind = call.method.containing_service.full_name
    permission = call.rpc.permission
    steps = needed(steps_of(call.db, kind, permission), record, permission)
    past = decisions_on(call.db, kind, record.id)
    number, open_round = running_round(past, len(steps))
    step = steps[len(open_round)]
    final = not approved or len(open_round) + 1 == len(steps)
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
            final=final,
            comment=comment,
            decided_at=call.now,
        )
    )
    if not approved:
        return Outcome.REJECTED
    return Outcome.APPROVED if final else Outcome.PENDING


def decisions_on(db: Session, kind: str, record_id: int) -> list[ApprovalDecision]:
    """Every decision on a document, the oldest first."""
    chosen = select(ApprovalDecision).where(
        ApprovalDecision.kind == kind, ApprovalDecision.record_id == record_id
    )
    return list(db.scalars(chosen.order_by(ApprovalDecision.id)))


def message(decision: ApprovalDecision, level: str = "") -> pb.Decision:
    """A decision as people are shown it; the level stands before its step, if there are several."""
    return pb.Decision(
        id=decision.id, round=decision.round, step=level + decision.step,
        person=decision.person_name, principal=decision.principal_name,
        approved=decision.approved, comment=decision.comment,
        decided_at=timestamp(decision.decided_at),
    )  # fmt: skip


def is_first(call: Call, record: Record) -> bool:
    """Whether nobody has decided in the running round yet."""
    past = decisions_on(call.db, call.method.containing_service.full_name, record.id)
    return not past or past[-1].final


def refuse_if_decided(call: Call, record: Record, kind: str = "") -> None:
    """Refuse to take a document back on which somebody has already decided.

    The kind is that of the service that decides, where it is another than the one that asks.
    """
    kind = kind or call.method.containing_service.full_name
    past = decisions_on(call.db, kind, record.id)
    permission = call.rpc.permission
    steps = needed(steps_of(call.db, kind, permission), record, permission)
    if len(steps) > 1 and running_round(past, len(steps))[1]:
        raise BusinessError("已有人审批，不能撤回；请联系审批人退回")


def running_round(past: list[ApprovalDecision], steps: int) -> tuple[int, list[ApprovalDecision]]:
    """The number of the running round, and the decisions in it."""
    if not past:
        return 1, []
    last = past[-1].round
    current = [decision for decision in past if decision.round == last]
    ended = current[-1].final or len(current) >= steps
    return (last + 1, []) if ended else (last, current)


def _refuse(call: Call, step: Step, maker_id: int, earlier: list[ApprovalDecision]) -> None:
    if not call.user.may(step.permission):
        raise Forbidden(f"这一步（{step.label}）不由您审批")
    if call.user.id == maker_id and not step.allow_self:
        raise SelfDecision("不能审批自己提交的单据，请由另一位有权限的人员审批")
    if any(decision.person_id == call.user.id for decision in earlier):
        raise SelfDecision("您已审批过前面的步骤，请由另一位审批")
