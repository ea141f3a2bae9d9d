"""Issues: reserved, sent into transit, taken on by the receiver."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import grpc
import pytest
from sqlalchemy import select, update

from protos import facts
from protos.admin import role_pb2
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import issue_pb2, item_pb2, stock_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.registry import Registry
from server.inventory.document import BillService
from server.inventory.issue import Issue
from server.inventory.ledger_tables import Lot
from server.services import SERVICES
from tests.inventory.world import DOCTOR, ISSUE, ITEM, KEEPER, TODAY, World, named
from tests.people import Clerk, faults_of, refused, text_of

PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
INVALID = grpc.StatusCode.INVALID_ARGUMENT
FORBIDDEN = grpc.StatusCode.PERMISSION_DENIED


@pytest.fixture
def stocked(world: World) -> World:
    """200 of L1, which ends first, and 100 of L2 in the centre."""
    world.received(world.line("L2", 500, 10, price=3900), world.line("L1", 400, 20))
    return world


@pytest.mark.requirement(3)
def test_an_issue_leaves_first_expired_first_out(stocked: World) -> None:
    made = stocked.keeper(ISSUE + "Create", stocked.wanting(23, stocked.centre, stocked.station,
                                                            unit="盒"))  # fmt: skip
    made = stocked.keeper(ISSUE + "Submit", named(made))
    assert [(x.lot_no, x.quantity, x.unit) for x in made.lines] == [
        ("L1", 20, "盒"),
        ("L2", 3, "盒"),
    ]
    assert made.number.startswith("CK")
    made = stocked.head(ISSUE + "Approve", named(made))
    made = stocked.keeper(ISSUE + "Post", named(made))
    assert made.state == issue_pb2.Issue.ISSUED
    assert made.amount == 20 * 3800 + 3 * 3900
    assert stocked.stock(stocked.centre) == {"L2": 70}
    assert stocked.stock(stocked.station) == {}, "in transit"
    assert stocked.differences() == []


def test_what_lines_would_cost_is_told_without_reserving_anything(stocked: World) -> None:
    boxes = [issue_pb2.IssueLine(item_id=stocked.adrenaline, unit="盒", quantity=n)
             for n in (18, 5, 8, 7)]  # fmt: skip
    asked = issue_pb2.EstimateRequest(source_id=stocked.centre, lines=boxes)
    told = stocked.keeper(ISSUE + "Estimate", asked).lines
    assert [each.amount for each in told[:2]] == [18 * 3800, 2 * 3800 + 3 * 3900]
    assert (told[2].amount, told[3].amount) == (0, 7 * 3900), "8 more are not there, 7 are"
    assert told[2].why.startswith("库存不足")
    assert stocked.keeper(ISSUE + "Estimate", asked).lines == told, "nothing was reserved"
    wanted = stocked.wanting(23, stocked.centre, stocked.station, unit="盒")
    made = stocked.keeper(ISSUE + "Create", wanted)
    assert stocked.keeper(ISSUE + "Submit", named(made)).amount == 20 * 3800 + 3 * 3900


@pytest.mark.requirement(3)
def test_issues_are_found_by_state_and_place(stocked: World) -> None:
    sent = stocked.sent(stocked.wanting(10, stocked.centre, stocked.station))
    stocked.keeper(ISSUE + "Create", stocked.wanting(5, stocked.centre, stocked.own))
    asked = ListRequest(
        filters=[
            Filter(field="state", values=["ISSUED"]),
            Filter(field="target_id", values=[str(stocked.station)]),
        ]
    )
    assert [row.number for row in stocked.keeper(ISSUE + "List", asked).rows] == [sent.number]


@pytest.mark.requirement(4)
def test_the_receiver_takes_the_goods_on(stocked: World) -> None:
    sent = stocked.sent(stocked.wanting(60, stocked.centre, stocked.station))
    done = stocked.doctor(ISSUE + "Receive", named(sent))
    assert (done.state, done.receiver_name) == (issue_pb2.Issue.RECEIVED, "陈医生")
    assert stocked.stock(stocked.station) == {"L1": 60}
    own = stocked.sent(stocked.wanting(10, stocked.station, stocked.own))
    stocked.doctor(ISSUE + "Receive", named(own))
    assert stocked.stock(stocked.own) == {"L1": 10}
    assert stocked.differences() == []


@pytest.mark.requirement(4)
def test_what_is_refused_goes_back(stocked: World) -> None:
    sent = stocked.sent(stocked.wanting(60, stocked.centre, stocked.station))
    part = issue_pb2.ReceivePartRequest(
        id=sent.id,
        version=sent.version,
        refusals=[issue_pb2.Refusal(row=1, quantity=2, reason="破损")],
    )
    done = stocked.doctor(ISSUE + "ReceivePart", part)
    assert (done.state, done.lines[0].refused) == (issue_pb2.Issue.PARTLY_RECEIVED, 2)
    assert stocked.stock(stocked.station) == {"L1": 58}
    assert stocked.stock(stocked.centre) == {"L1": 142, "L2": 100}
    assert stocked.differences() == []


@pytest.mark.requirement(4)
def test_issues_are_found_by_what_is_in_them(stocked: World) -> None:
    sent = stocked.sent(stocked.wanting(10, stocked.centre, stocked.station))
    stocked.received(stocked.line("S1", 400, 1, item_id=stocked.saline))

    def found(field: str, *values: str, op: Filter.Op.ValueType = Filter.EQ) -> list[str]:
        asked = ListRequest(filters=[Filter(field=field, op=op, values=values)])
        return [row.number for row in stocked.doctor(ISSUE + "List", asked).rows]

    assert found("line_item_id", str(stocked.adrenaline)) == [sent.number]
    assert found("line_item_id", str(stocked.saline)) == []
    assert found("line_lot_no", "L1", op=Filter.CONTAINS) == [sent.number]
    assert found("line_lot_no", "S1", op=Filter.CONTAINS) == []
    assert found("maker_id", str(stocked.keeper.who.id)) == [sent.number]


@pytest.mark.requirement(4)
def test_goods_waiting_too_long_are_called_to_mind(stocked: World) -> None:
    sent = stocked.sent(stocked.wanting(10, stocked.centre, stocked.station))
    assert sent.reminder == ""
    with stocked.server.worker.app.sessions.write() as db:
        issue = db.get_one(Issue, sent.id)
        assert issue.posted_at is not None
        issue.posted_at -= timedelta(days=4)
    for clerk in (stocked.keeper, stocked.doctor):
        (row,) = clerk(ISSUE + "List", ListRequest()).rows
        assert "已在途4天" in row.reminder
    done = stocked.doctor(ISSUE + "Receive", IdRequest(id=row.id, version=row.version))
    assert done.reminder == ""


def test_more_than_was_sent_is_not_refused(stocked: World) -> None:
    sent = stocked.sent(stocked.wanting(6, stocked.centre, stocked.station))
    for row, quantity, field in ((1, 7, "quantity"), (2, 1, "row"), (0, 1, "row"), (-1, 1, "row")):
        refusal = issue_pb2.Refusal(row=row, quantity=quantity, reason="破损")
        part = issue_pb2.ReceivePartRequest(id=sent.id, version=sent.version, refusals=[refusal])
        with refused(INVALID) as error:
            stocked.doctor(ISSUE + "ReceivePart", part)
        assert set(faults_of(error.value)) == {f"refusals[0].{field}"}


def test_the_sender_does_not_take_his_own_goods_on(stocked: World) -> None:
    sent = stocked.sent(stocked.wanting(6, stocked.centre, stocked.station))
    with refused(PRECONDITION) as error:
        stocked.keeper(ISSUE + "Receive", named(sent))
    assert "入账" in text_of(error.value)


def test_nobody_takes_on_for_the_store_of_another(
    stocked: World, someone: Callable[..., Clerk]
) -> None:
    sent = stocked.sent(stocked.wanting(6, stocked.centre, stocked.own))
    colleague = someone(*DOCTOR, department_id=stocked.doctor.who.department_id)
    with refused(FORBIDDEN):
        colleague(ISSUE + "Receive", named(sent))


def test_a_stranger_does_not_see_the_issue(stocked: World, someone: Callable[..., Clerk]) -> None:
    sent = stocked.sent(stocked.wanting(6, stocked.centre, stocked.station))
    stranger = someone(*DOCTOR, scope=role_pb2.Role.DEPARTMENT)
    with refused(grpc.StatusCode.NOT_FOUND):
        stranger(ISSUE + "Get", IdRequest(id=sent.id))


def test_reserved_units_are_not_promised_twice(stocked: World) -> None:
    stocked.approved(stocked.wanting(250, stocked.centre, stocked.station))
    made = stocked.keeper(ISSUE + "Create", stocked.wanting(51, stocked.centre, stocked.station))
    with refused(PRECONDITION) as error:
        stocked.keeper(ISSUE + "Submit", named(made))
    assert "库存不足" in text_of(error.value)
    assert "还差1支" in text_of(error.value)
    assert "INV-001" in text_of(error.value)


@pytest.mark.parametrize("way", ["Reject", "Withdraw", "Void"])
def test_a_bill_that_goes_back_gives_its_lots_up(stocked: World, way: str) -> None:
    made = stocked.keeper(ISSUE + "Create", stocked.wanting(250, stocked.centre, stocked.station))
    made = stocked.keeper(ISSUE + "Submit", named(made))
    back = ReturnRequest(id=made.id, version=made.version, reason="不需要了")
    if way == "Reject":
        stocked.head(ISSUE + "Reject", back)
    elif way == "Withdraw":
        stocked.keeper(ISSUE + "Withdraw", named(made))
    else:
        made = stocked.head(ISSUE + "Approve", named(made))
        stocked.keeper(
            ISSUE + "Void", ReturnRequest(id=made.id, version=made.version, reason="不要了")
        )
    assert stocked.differences() == []
    stocked.approved(stocked.wanting(300, stocked.centre, stocked.station))


def test_a_later_lot_needs_a_reason(stocked: World) -> None:
    lots = stocked.keeper("inventory.LotService.List", ListRequest(text="L2")).rows
    issue = stocked.wanting(5, stocked.centre, stocked.station, lot_id=lots[0].id)
    made = stocked.keeper(ISSUE + "Create", issue)
    with refused(INVALID) as error:
        stocked.keeper(ISSUE + "Submit", named(made))
    assert set(faults_of(error.value)) == {"lines[0].reason"}
    made.lines[0].reason = "clinical"
    made = stocked.keeper(ISSUE + "Update", made)
    assert stocked.keeper(ISSUE + "Submit", named(made)).lines[0].lot_no == "L2"


@pytest.mark.invariant(8)
def test_the_lot_of_another_item_is_refused(stocked: World) -> None:
    stocked.received(stocked.line("S1", 400, 1, item_id=stocked.saline))
    lots = stocked.keeper("inventory.LotService.List", ListRequest(text="S1")).rows
    issue = stocked.wanting(5, stocked.centre, stocked.station, lot_id=lots[0].id)
    made = stocked.keeper(ISSUE + "Create", issue)
    with refused(INVALID) as error:
        stocked.keeper(ISSUE + "Submit", named(made))
    assert set(faults_of(error.value)) == {"lines[0].lot_id"}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"expires_on": TODAY - timedelta(days=1)}, "已过期"),
        ({"state": stock_pb2.Lot.HOLD}, "已冻结"),
        ({"state": stock_pb2.Lot.RECALLED}, "已召回"),
    ],
)
@pytest.mark.invariant(9)
def test_a_blocked_lot_is_neither_picked_nor_chosen(
    stocked: World, values: dict[str, Any], why: str
) -> None:
    with stocked.server.worker.app.sessions.write() as db:
        lot = db.scalars(select(Lot).where(Lot.lot_no == "L1")).one()
        for name, value in values.items():
            setattr(lot, name, value)
        lot_id = lot.id
    wanted = stocked.wanting(5, stocked.centre, stocked.station)
    made = stocked.keeper(ISSUE + "Create", wanted)
    assert stocked.keeper(ISSUE + "Submit", named(made)).lines[0].lot_no == "L2"
    wanted.lines[0].lot_id = lot_id
    made = stocked.keeper(ISSUE + "Create", wanted)
    with refused(PRECONDITION) as error:
        stocked.keeper(ISSUE + "Submit", named(made))
    assert why in text_of(error.value)
    assert "INV-002" in text_of(error.value)


@pytest.mark.parametrize(
    ("days", "state", "why"),
    [(0, stock_pb2.Lot.NORMAL, ""), (-1, stock_pb2.Lot.NORMAL, "已过期"),
     (9, stock_pb2.Lot.HOLD, "已冻结"), (9, stock_pb2.Lot.RECALLED, "已召回")],
)  # fmt: skip
@pytest.mark.invariant(9)
def test_a_lot_is_asked_once_more_when_it_leaves(
    stocked: World, days: int, state: int, why: str
) -> None:
    """Reserved while it was good; on its last day it still leaves."""
    issue = stocked.approved(stocked.wanting(5, stocked.centre, stocked.station))
    stocked.aged("L1", days)
    with stocked.server.worker.app.sessions.write() as db:
        db.execute(update(Lot).where(Lot.lot_no == "L1").values(state=state))
    if not why:
        stocked.keeper(ISSUE + "Post", named(issue))
        return
    with refused(PRECONDITION) as error:
        stocked.keeper(ISSUE + "Post", named(issue))
    assert why in text_of(error.value)
    assert stocked.stock(stocked.centre)["L1"] == 200


@pytest.mark.invariant(6)
def test_an_issue_once_sent_is_never_changed(stocked: World) -> None:
    """Neither in transit nor taken on does any verb touch its lines."""
    sent = stocked.sent(stocked.wanting(5, stocked.centre, stocked.station))
    done = stocked.doctor(ISSUE + "Receive", named(sent))
    other = stocked.sent(stocked.wanting(7, stocked.centre, stocked.station))
    for seen in (done, other):
        more = issue_pb2.Issue()
        more.CopyFrom(seen)
        more.lines[0].quantity += 1
        back = ReturnRequest(id=seen.id, version=seen.version, reason="录错")
        for clerk, verb, request in (
            (stocked.keeper, "Update", more), (stocked.keeper, "Submit", named(seen)),
            (stocked.keeper, "Withdraw", named(seen)), (stocked.head, "Reject", back),
            (stocked.keeper, "Void", back), (stocked.keeper, "Post", named(seen)),
        ):  # fmt: skip
            with refused(PRECONDITION):
                clerk(ISSUE + verb, request)
        assert stocked.keeper(ISSUE + "Get", IdRequest(id=seen.id)) == seen


def test_an_issue_stays_within_two_different_stores(stocked: World) -> None:
    with refused(INVALID):
        stocked.keeper(ISSUE + "Create", stocked.wanting(1, stocked.centre, stocked.centre))


def test_racing_bills_never_take_more_than_there_is(
    stocked: World, someone: Callable[..., Clerk]
) -> None:
    """Ten at once each want 40 of 300: exactly seven get them."""
    clerks = [someone(*KEEPER) for _ in range(10)]
    drafts = [
        clerk(ISSUE + "Create", stocked.wanting(40, stocked.centre, stocked.station))
        for clerk in clerks
    ]

    def submit(pair: tuple[Clerk, issue_pb2.Issue]) -> str:
        clerk, made = pair
        try:
            return str(clerk(ISSUE + "Submit", named(made)).number)
        except grpc.RpcError as error:
            return text_of(error)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(submit, zip(clerks, drafts, strict=True)))
    won = [answer for answer in answers if answer.startswith("CK")]
    lost = [answer for answer in answers if "库存不足" in answer]
    assert (len(won), len(lost)) == (7, 3), answers
    assert len(set(won)) == 7
    assert stocked.differences() == []


@pytest.mark.invariant(4)
def test_racing_posters_of_one_bill_post_it_once(stocked: World) -> None:
    made = stocked.approved(stocked.wanting(40, stocked.centre, stocked.station))

    def post(_: int) -> bool:
        try:
            stocked.keeper(ISSUE + "Post", named(made))
        except grpc.RpcError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(post, range(10))) == 1
    assert stocked.stock(stocked.centre) == {"L1": 160, "L2": 100}
    assert stocked.differences() == []


@pytest.mark.invariant(8)
def test_a_disabled_item_is_not_issued(stocked: World) -> None:
    item = stocked.keeper(ITEM + "Get", IdRequest(id=stocked.adrenaline))
    off = item_pb2.DisableItemRequest(id=item.id, version=item.version, reason="召回核查")
    stocked.keeper(ITEM + "Disable", off)
    with refused(INVALID) as error:
        stocked.keeper(ISSUE + "Create", stocked.wanting(1, stocked.centre, stocked.station))
    assert "停用" in text_of(error.value)


@pytest.mark.invariant(6)
def test_no_bill_is_changed_but_as_a_draft() -> None:
    """Whatever its kind: only a draft is edited, and none is deleted."""
    bills = [service for service in SERVICES if issubclass(service, BillService)]
    assert len(bills) >= 8
    for service in bills:
        verbs = facts.service(Registry(SERVICES).name_of(service)).methods_by_name
        assert list(facts.of_rpc(verbs["Update"]).from_states) == ["DRAFT"], service
        assert "Delete" not in verbs, service
