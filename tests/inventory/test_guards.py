"""What ordinary bills may not do: touch quarantine, speak for the other side, outgrow a grant."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest

from protos.admin import person_pb2, role_pb2
from protos.common.list_pb2 import IdRequest
from protos.inventory import consumption_pb2, issue_pb2, recall_pb2, warehouse_pb2
from protos.inventory import requisition_pb2 as req
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.run import Running
from tests.inventory.chain import ASK, ASKING, CENTER, STATION, SUB_CENTER, Chain
from tests.inventory.test_backward import reversed_in_red
from tests.inventory.test_box import PLATFORM, Boxes
from tests.inventory.test_consumption import AUTO, Consume, use, used  # noqa: F401 - a fixture
from tests.inventory.test_exceptions import LIST, waiting
from tests.inventory.world import ISSUE, WAREHOUSE, World, day, named
from tests.people import Clerk, faults_of, refused, text_of, waits

PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
INVALID = grpc.StatusCode.INVALID_ARGUMENT
FORBIDDEN = grpc.StatusCode.PERMISSION_DENIED
I, S = issue_pb2.Issue, req.Requisition
PERSON = "admin.PersonService."


def because(record: Any, reason: str = "不要了") -> ReturnRequest:
    """The version of a record, and why."""
    return ReturnRequest(id=record.id, version=record.version, reason=reason)


# Quarantine -------------------------------------------------------------------------------------


@pytest.mark.requirement(3)
@pytest.mark.requirement(14)
def test_ordinary_bills_neither_take_from_quarantine_nor_bring_goods_there(
    world: World,
    used: Consume,  # noqa: F811
    someone: Callable[..., Clerk],
) -> None:
    shut = world.warehouse(
        "GLK", "隔离库", warehouse_pb2.Warehouse.QUARANTINE, parent_id=world.centre
    )
    world.stocked_doctor(2)
    answer = used(use(world.adrenaline, 5))
    (row,) = waiting(world)
    header = world.head(AUTO + "Get", IdRequest(id=answer.consumption_id))
    asker = someone(*ASKING)
    line = req.RequisitionLine(item_id=world.adrenaline, quantity=1)
    pb = consumption_pb2
    tries: list[tuple[Clerk, str, Any, str]] = [
        (world.keeper, ISSUE + "Create", world.wanting(5, shut, world.station), "source_id"),
        (world.keeper, ISSUE + "Create", world.wanting(5, world.centre, shut), "target_id"),
        (asker, ASK + "Create",
         S(warehouse_id=shut, source_id=world.centre, business_on=day(0), lines=[line]),
         "warehouse_id"),
        (world.head, LIST + "Resolve",
         pb.ResolveLineRequest(id=row.id, version=row.version, warehouse_id=shut), "warehouse_id"),
        (world.head, AUTO + "Resolve",
         pb.ResolveRequest(id=header.id, version=header.version, warehouse_id=shut),
         "warehouse_id"),
    ]  # fmt: skip
    for clerk, verb, request, field in tries:
        with refused(INVALID) as error:
            clerk(verb, request)
        assert "隔离库" in faults_of(error.value)[field], verb


# Kinds ------------------------------------------------------------------------------------------


@pytest.mark.requirement(3)
@pytest.mark.parametrize(
    ("kind", "why"), [(I.REQUISITION, "备货"), (I.TRANSFER, "不同级"), (I.DIRECT, "")]
)
def test_the_kind_of_an_issue_says_what_it_is(world: World, kind: Any, why: str) -> None:
    wanted = world.wanting(1, world.centre, world.station)
    wanted.kind = kind
    if not why:
        world.keeper(ISSUE + "Create", wanted)
        return
    with refused(INVALID) as error:
        world.keeper(ISSUE + "Create", wanted)
    assert why in faults_of(error.value)["kind"]


def test_stores_of_one_level_transfer_to_each_other(world: World) -> None:
    other = world.warehouse("FZK2", "二分站库", warehouse_pb2.Warehouse.STATION)
    wanted = world.wanting(1, world.station, other)
    wanted.kind = I.TRANSFER
    assert world.keeper(ISSUE + "Create", wanted).kind == I.TRANSFER


# Sides ------------------------------------------------------------------------------------------


@pytest.mark.requirement(3)
def test_the_receiver_does_not_decide_over_the_sender_s_issue(
    world: World, someone: Callable[..., Clerk]
) -> None:
    """Nobody of the receiving station voids, approves or sends back; the sender's people do."""
    world.received(world.line("L1", 400, 5))
    may = ("inventory.issue.read", "inventory.issue.write", "inventory.issue.approve")
    near, far = (
        someone(*may, name=name, scope=role_pb2.Role.DEPARTMENT, department_id=at)
        for name, at in (
            ("站长", world.doctor.who.department_id), ("科长", world.keeper.who.department_id),
        )
    )  # fmt: skip
    draft = world.keeper(ISSUE + "Create", world.wanting(5, world.centre, world.station))
    sent = world.keeper(ISSUE + "Submit", named(draft))
    for verb, request in (("Approve", named(sent)), ("Reject", because(sent))):
        with refused(FORBIDDEN):
            near(ISSUE + verb, request)
    assert waits(near, "inventory.IssueService") == (0, set())
    assert waits(far, "inventory.IssueService") == (1, {sent.id})
    approved = far(ISSUE + "Approve", named(sent))
    with refused(FORBIDDEN) as error:
        near(ISSUE + "Void", because(approved))
    assert "中心库" in text_of(error.value)
    assert far(ISSUE + "Void", because(approved)).state == I.VOID
    mine = world.approved(world.wanting(5, world.centre, world.station))
    assert world.keeper(ISSUE + "Void", because(mine)).state == I.VOID, "its maker's too"
    assert world.differences() == []


# Grants -----------------------------------------------------------------------------------------


@pytest.fixture
def chain(server: Running, someone: Callable[..., Clerk]) -> Chain:
    """Goods in the centre, people at every level."""
    return Chain(server, someone)


def prepared(chain: Chain, quantity: int = 10) -> tuple[Any, Any]:
    """A requisition of the sub-centre that was granted, and the issue prepared for it."""
    made = chain.asked(quantity, chain.sub_head, chain.sub)
    chain.decided(chain.head, CENTER, made.id, quantity, 0)
    seen = chain.keeper(ASK + "Prepare", named(chain.keeper(ASK + "Get", IdRequest(id=made.id))))
    return seen, chain.keeper(
        ISSUE + "Get", IdRequest(id=chain.waiting_issue(made.id, "APPROVED").id)
    )


def recalled(chain: Chain, lot_no: str) -> None:
    """A recall of a lot, which sends prepared issues back to their makers."""
    shut = chain.warehouse("GLK", "隔离库", warehouse_pb2.Warehouse.QUARANTINE,
                           parent_id=chain.centre)  # fmt: skip
    R = recall_pb2.Recall
    made = chain.head("inventory.RecallService.Create", R(
        item_id=chain.adrenaline, lot_nos=lot_no, grade=R.GRADE_1, origin=R.SELF, reason="异物",
        quarantine_id=shut,
    ))  # fmt: skip
    chain.head("inventory.RecallService.Start", named(made))


def quantities(chain: Chain, id: int) -> tuple[int, int, int, int]:
    """Of a one-line requisition: requested, what is due, issued, received."""
    line = chain.keeper(ASK + "Get", IdRequest(id=id)).lines[0]
    return line.base_quantity, line.granted + line.forwarded, line.issued, line.received


@pytest.mark.requirement(3)
@pytest.mark.invariant(11)
def test_an_issue_sent_back_is_not_raised_above_the_grant(chain: Chain) -> None:
    asked, issue = prepared(chain)
    recalled(chain, "L1")
    draft = chain.keeper(ISSUE + "Get", IdRequest(id=issue.id))
    assert draft.state == I.DRAFT

    def changed(change: Callable[[Any], Any]) -> dict[str, str]:
        other = I()
        other.CopyFrom(draft)
        change(other)
        with refused(INVALID) as error:
            chain.keeper(ISSUE + "Update", other)
        return faults_of(error.value)

    more = changed(lambda x: setattr(x.lines[0], "quantity", 20))
    assert "批准10支，已发和备货共20支，请减少10支" in more["lines[0].quantity"]
    extra = issue_pb2.IssueLine(item_id=chain.adrenaline, quantity=1)
    assert set(changed(lambda x: x.lines.append(extra))) == {
        "lines[0].quantity",
        "lines[1].quantity",
    }
    other = issue_pb2.IssueLine(item_id=chain.saline, quantity=1)
    assert "没有申领0.9%氯化钠" in changed(lambda x: x.lines.append(other))["lines[1].item_id"]
    assert "不能改" in changed(lambda x: setattr(x, "target_id", chain.station))["target_id"]
    assert "不能改" in changed(lambda x: setattr(x, "kind", I.DIRECT))["kind"]

    draft.lines[0].quantity = 8
    sent = chain.keeper(ISSUE + "Submit", named(chain.keeper(ISSUE + "Update", draft)))
    sent = chain.keeper(ISSUE + "Post", named(chain.head(ISSUE + "Approve", named(sent))))
    chain.sub_keeper(ISSUE + "Receive", named(sent))
    assert quantities(chain, asked.id) == (10, 10, 8, 8)
    assert chain.differences() == []


@pytest.mark.requirement(19)
@pytest.mark.invariant(11)
def test_a_reopened_issue_and_a_second_one_together_stay_within_the_grant(chain: Chain) -> None:
    asked, issue = prepared(chain)
    sent = chain.keeper(ISSUE + "Post", named(issue))
    done = chain.sub_keeper(ISSUE + "Receive", named(sent))
    red = reversed_in_red(chain, done.id, 4)
    seen = chain.keeper(ASK + "Prepare", named(chain.keeper(ASK + "Get", IdRequest(id=asked.id))))
    chain.keeper("inventory.RedIssueService.Reopen", named(red))
    anew = chain.waiting_issue(asked.id, "DRAFT")
    with refused(INVALID) as error:
        chain.keeper(ISSUE + "Submit", named(anew))
    assert "已发和备货共14支，请减少4支" in faults_of(error.value)["lines[0].quantity"]
    second = chain.waiting_issue(asked.id, "APPROVED")
    with refused(INVALID):
        chain.keeper(ISSUE + "Post", named(second))
    chain.keeper(ISSUE + "Void", because(anew))
    chain.sub_keeper(ISSUE + "Receive", named(chain.keeper(ISSUE + "Post", named(second))))
    assert quantities(chain, seen.id) == (10, 10, 10, 10)
    assert chain.differences() == []


@pytest.mark.invariant(11)
def test_what_was_sent_meanwhile_is_not_cut_from_above(chain: Chain) -> None:
    """The station passed all on, got goods by another way and sent them: the rest may be cut."""
    first = chain.asked(50)
    chain.decided(chain.station_head, STATION, first.id, 0, 50)
    sent = chain.sent(chain.wanting(30, chain.centre, chain.station))
    chain.doctor(ISSUE + "Receive", named(sent))
    chain.served(first.id, chain.doctor)
    child = chain.child(first.id)
    chain.sub_head(SUB_CENTER + "Reject", because(child, "缺货"))
    assert quantities(chain, first.id) == (50, 30, 30, 30)
    assert chain.doctor(ASK + "Get", IdRequest(id=first.id)).state == S.DONE
    assert chain.differences() == []


# Closing a store, moving its owner ----------------------------------------------------------------


@pytest.mark.requirement(8)
def test_a_store_somebody_asks_of_or_asks_for_stays_open(chain: Chain) -> None:
    asked = chain.asked(5, chain.station_head, chain.station)
    for place in (chain.station, chain.sub):  # who asks, and who is asked
        at = chain.keeper(WAREHOUSE + "Get", IdRequest(id=place))
        with refused(PRECONDITION) as error:
            chain.keeper(WAREHOUSE + "Disable", named(at))
        assert "未办完的物资申领单1张" in text_of(error.value)
    chain.sub_head(SUB_CENTER + "Reject", because(asked))
    at = chain.keeper(WAREHOUSE + "Get", IdRequest(id=chain.station))
    assert chain.keeper(WAREHOUSE + "Disable", named(at)).state == warehouse_pb2.Warehouse.DISABLED


@pytest.mark.requirement(8)
def test_a_box_that_was_asked_for_stays_open(
    server: Running, someone: Callable[..., Clerk]
) -> None:
    boxes = Boxes(server, someone)
    boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(5, 0))
    for place in (boxes.kit, boxes.centre):
        at = boxes.keeper(WAREHOUSE + "Get", IdRequest(id=place))
        with refused(PRECONDITION) as error:
            boxes.keeper(WAREHOUSE + "Disable", named(at))
        assert "未办完的药箱申领单1张" in text_of(error.value)


@pytest.mark.requirement(8)
def test_who_moves_to_another_station_takes_along_an_empty_store(
    world: World, someone: Callable[..., Clerk]
) -> None:
    """Neither with goods nor with goods on the way; then the store follows to the new station."""
    office = someone("admin.person.read", "admin.person.write")
    there = someone(name="新站长").who.department_id
    new = world.warehouse("FZK2", "新站库", warehouse_pb2.Warehouse.STATION, there)
    world.received(world.line("L1", 400, 2))
    sent = world.sent(world.wanting(4, world.centre, world.own))

    def moved() -> person_pb2.Person:
        who = office(PERSON + "Get", IdRequest(id=world.doctor.who.id))
        who.department_id = there
        return office(PERSON + "Update", who)

    with refused(INVALID) as error:
        moved()
    assert "未办完的出库单1张" in faults_of(error.value)["department_id"]
    issue = world.doctor(ISSUE + "Receive", named(sent))
    with refused(INVALID) as error:
        moved()
    assert "陈医生个人药库里有1种物资" in faults_of(error.value)["department_id"]
    reversed_in_red(world, issue.id)
    assert moved().department_id == there
    own = world.keeper(WAREHOUSE + "Get", IdRequest(id=world.own))
    assert (own.department_id, own.parent_id) == (there, new)
