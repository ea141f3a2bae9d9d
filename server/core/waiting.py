"""Which records wait for this user's own decision: one condition for the count and the list."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor import MethodDescriptor
from sqlalchemy import ColumnElement, and_, false, func, or_, select

from protos import facts
from server.core.approval import ApprovalDecision, Step, needed, running_round, steps_of
from server.core.call import Call
from server.core.db import Record

if TYPE_CHECKING:
    from server.core.reading import ReadService

MOST_STEPPED = 5000  # documents of several steps looked at one by one


def verbs(call: Call, name: str) -> list[MethodDescriptor]:
    """The deciding verbs of a service that the user may do."""
    return [
        method
        for method in facts.service(name).methods
        if facts.of_rpc(method).decides and call.user.may_call(method)
    ]


def condition(call: Call, service: "ReadService[Any, Any]") -> ColumnElement[bool]:
    """True of the rows of which the user may settle something now."""
    name = call.app.registry.name_of(type(service))
    return or_(false(), *(_waits_for(call, service, name, verb) for verb in verbs(call, name)))


def _waits_for(
    call: Call, service: "ReadService[Any, Any]", name: str, method: MethodDescriptor
) -> ColumnElement[bool]:
    terms = facts.of_rpc(method)
    states = [service.message.State.Value(state) for state in terms.from_states]
    in_state: ColumnElement[bool] = service.model.state.in_(states)
    open_ones = and_(in_state, service.turn(call, method.name))
    makers: Sequence[Any] = service.makers(method.name)
    others = [func.coalesce(maker, 0) != call.user.id for maker in makers]
    steps = steps_of(call.db, name, terms.permission)
    if len(steps) == 1 and steps[0].always:
        mine = call.user.may(steps[0].permission)
        return and_(open_ones, *([] if steps[0].allow_self else others)) if mine else false()
    records = call.db.scalars(service.visible(call).where(open_ones).limit(MOST_STEPPED)).unique()
    mine_now = _at_my_step(call, method, steps, list(records))
    own, any_maker = service.model.id.in_(mine_now[True]), service.model.id.in_(mine_now[False])
    return and_(open_ones, or_(own, and_(any_maker, *others)))


def _at_my_step(
    call: Call, method: MethodDescriptor, steps: Sequence[Step], records: Sequence[Record]
) -> dict[bool, list[int]]:
    """The documents whose next step is the user's, by whether the maker may take that step."""
    name, permission = method.containing_service.full_name, facts.of_rpc(method).permission
    past: dict[int, list[ApprovalDecision]] = {}
    chosen = select(ApprovalDecision).where(
        ApprovalDecision.kind == name,
        ApprovalDecision.record_id.in_([record.id for record in records]),
    )
    for decision in call.db.scalars(chosen.order_by(ApprovalDecision.id)):
        past.setdefault(decision.record_id, []).append(decision)
    found: dict[bool, list[int]] = {True: [], False: []}
    for record in records:
        its_steps = needed(steps, record, permission)
        earlier = running_round(past.get(record.id, []), len(its_steps))[1]
        step = its_steps[len(earlier)]
        if call.user.may(step.permission) and call.user.id not in {d.person_id for d in earlier}:
            found[step.allow_self].append(record.id)
    return found
