"""Approval: steps, self-approval, rejection."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from protos import facts
from server.admin.department import Department
from server.core.approval import Outcome, decide
from server.core.call import Call, User
from server.core.errors import BusinessError, Forbidden
from server.core.run import Running
from tests.people import a_department, add_step

KIND = "admin.DepartmentService"
MAKER = 1


@pytest.fixture
def call_of(server: Running, db: Session, now: object) -> Callable[..., Call]:
    """Makes the call of a user with these permissions."""
    method = facts.service(KIND).methods_by_name["Disable"]

    def make(user_id: int, *permissions: str) -> Call:
        user = User(user_id, f"U{user_id}", f"用户{user_id}", 0, frozenset(permissions))
        return Call(server.worker.app, db, user, method, now)  # type: ignore[arg-type]

    return make


@pytest.fixture
def record(db: Session, now: object) -> Department:
    return db.get_one(Department, a_department(db, now))  # type: ignore[arg-type]


WRITE = "admin.department.write"


def test_one_step_by_another_person_approves(
    call_of: Callable[..., Call], record: Department
) -> None:
    assert decide(call_of(2, WRITE), record, MAKER) is Outcome.APPROVED


def test_nobody_approves_his_own(call_of: Callable[..., Call], record: Department) -> None:
    with pytest.raises(BusinessError, match="不能审批自己"):
        decide(call_of(MAKER, WRITE), record, MAKER)


def test_steps_are_taken_in_order_by_different_people(
    call_of: Callable[..., Call], record: Department, db: Session
) -> None:
    for position, permission in enumerate(("a.b.approve", "c.d.approve"), 1):
        add_step(db, KIND, position, permission)
    both = ("a.b.approve", "c.d.approve")
    with pytest.raises(Forbidden, match="第1步"):
        decide(call_of(2, "c.d.approve"), record, MAKER)
    assert decide(call_of(2, *both), record, MAKER) is Outcome.PENDING
    with pytest.raises(BusinessError, match="已审批过"):
        decide(call_of(2, *both), record, MAKER)
    assert decide(call_of(3, "c.d.approve"), record, MAKER) is Outcome.APPROVED


def test_a_rejection_begins_a_new_round(call_of: Callable[..., Call], record: Department) -> None:
    first = decide(call_of(2, WRITE), record, MAKER, approved=False, comment="数量不对")
    assert first is Outcome.REJECTED
    assert decide(call_of(2, WRITE), record, MAKER) is Outcome.APPROVED


def test_a_step_is_needed_only_by_the_documents_it_names(
    call_of: Callable[..., Call], record: Department, db: Session
) -> None:
    add_step(db, KIND, 1, "a.b.approve")
    add_step(db, KIND, 2, "c.d.approve", label="财务", from_amount=100_000)
    record.amount = 99_999  # type: ignore[attr-defined]
    assert decide(call_of(2, "a.b.approve"), record, MAKER) is Outcome.APPROVED
    # A shortage is as much at stake.
    record.amount = -100_000  # type: ignore[attr-defined]
    assert decide(call_of(2, "a.b.approve"), record, MAKER) is Outcome.PENDING
    with pytest.raises(Forbidden, match="财务"):
        decide(call_of(3, "a.b.approve"), record, MAKER)
    assert decide(call_of(3, "c.d.approve"), record, MAKER) is Outcome.APPROVED


def test_a_limit_raised_meanwhile_lets_nobody_through_unseen(
    call_of: Callable[..., Call], record: Department, db: Session
) -> None:
    """Half decided, then one step is enough: that step is taken once more, by the whole rule."""
    add_step(db, KIND, 1, "a.b.approve", label="主任")
    step = add_step(db, KIND, 2, "c.d.approve")
    record.amount = 100  # type: ignore[attr-defined]
    assert decide(call_of(2, "a.b.approve"), record, MAKER) is Outcome.PENDING
    step.from_amount = 1_000
    with pytest.raises(Forbidden, match="主任"):
        decide(call_of(3, "c.d.approve"), record, MAKER)
    assert decide(call_of(2, "a.b.approve"), record, MAKER) is Outcome.APPROVED
