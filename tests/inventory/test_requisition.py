"""Requisitions: asked, decided line by line at every level, forwarded, cut, served, closed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import grpc
import pytest

from protos.admin import role_pb2
from protos.common.approval_pb2 import HistoryRequest
from protos.common.list_pb2 import Empty, Filter, IdRequest, ListRequest
from protos.inventory import issue_pb2, item_pb2, role_item_pb2, stock_level_pb2
from protos.inventory import requisition_pb2 as pb
from protos.inventory.bill_pb2 import ReturnRequest
from resources.print.inventory import requisition
from server.admin.deputy import Deputy
from server.core.run import Running
from server.inventory.proposing import packs
from tests.inventory.chain import ASK, CENTER, STATION, SUB_CENTER, Chain, deciding
from tests.inventory.test_backward import reversed_in_red
from tests.inventory.test_invariants import use
from tests.inventory.test_print import decided
from tests.inventory.test_print import text_of as printed
from tests.inventory.test_role_item import ROLE_ITEM, bind
from tests.inventory.test_stock_level import LEVEL
from tests.inventory.world import ISSUE, TODAY, day, named
from tests.people import Clerk, add_step, faults_of, refused, text_of

S = pb.Requisition
PRECONDITION, INVALID = grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT


@pytest.fixture
def chain(server: Running, someone: Callable[..., Clerk]) -> Chain:
    """300 of adrenaline in the centre, nothing below."""
    return Chain(server, someone)


def balance(made: pb.Requisition) -> tuple[int, int, int, int]:
    """Requested, granted, forwarded, cut."""
    assert made.requested == made.granted + made.forwarded + made.cut
    return made.requested, made.granted, made.forwarded, made.cut


def deputy_of(principal_id: int, deputy: Clerk, from_on: date, until_on: date) -> Deputy:
    """An appointment as the page of the deputies makes it."""
    now = datetime.now(UTC)
    return Deputy(
        number=f"DL{from_on:%Y%m%d}", principal_id=principal_id, deputy_id=deputy.who.id,
        from_on=from_on, until_on=until_on, reason="休假", created_at=now, updated_at=now,
    )  # fmt: skip


@pytest.mark.requirement(9)
@pytest.mark.requirement(10)
@pytest.mark.requirement(15)
@pytest.mark.requirement(16)
def test_a_requisition_climbs_three_levels_and_its_goods_come_down(chain: Chain) -> None:
    """80 asked: the station forwards all, the sub-centre cuts to 60, the centre gives them."""
    first = chain.asked(80)
    assert (first.number[:2], first.level, first.source_name) == ("SL", S.STATION, "分站库")
    chain.decided(chain.station_head, STATION, first.id, 0, 80)
    second = chain.child(first.id)
    assert (second.level, second.warehouse_name, second.requested) == (S.SUB_CENTER, "分站库", 80)
    chain.decided(chain.sub_head, SUB_CENTER, second.id, 0, 60, "库存紧张")
    first = chain.doctor(ASK + "Get", IdRequest(id=first.id))
    assert balance(first) == (80, 0, 60, 20)
    assert first.lines[0].cut_reason == "上级核减：库存紧张"
    third = chain.child(second.id)
    chain.decided(chain.head, CENTER, third.id, 60, 0)
    assert chain.served(third.id, chain.sub_keeper).state == S.DONE
    assert chain.stock(chain.sub) == {"L1": 60}
    assert chain.served(second.id, chain.doctor).state == S.DONE
    done = chain.served(first.id, chain.doctor)
    assert (done.state, done.issued, done.received) == (S.DONE, 60, 60)
    assert chain.stock(chain.own) == {"L1": 60}
    assert chain.differences() == []


@pytest.mark.requirement(12)
def test_the_query_page_shows_what_every_level_did(chain: Chain) -> None:
    first = chain.asked(80)
    chain.decided(chain.station_head, STATION, first.id, 0, 80)
    second = chain.child(first.id)
    chain.decided(chain.sub_head, SUB_CENTER, second.id, 0, 60, "库存紧张")
    third = chain.child(second.id)
    seen = chain.keeper(ASK + "Get", IdRequest(id=third.id))
    steps = [(s.level, s.requested, s.forwarded, s.cut, s.approver) for s in seen.steps]
    assert steps == [
        ("分站", 80, 60, 20, "赵站长"), ("分中心", 80, 60, 20, "钱主任"), ("中心", 60, 0, 0, ""),
    ]  # fmt: skip
    asked = ListRequest(
        filters=[
            Filter(field="state", values=["SUBMITTED"]),
            Filter(field="level", values=["CENTER"]),
        ]
    )
    assert [row.id for row in chain.keeper(ASK + "List", asked).rows] == [third.id]


@pytest.mark.requirement(9)
def test_a_new_requisition_proposes_what_the_store_is_short_of(chain: Chain) -> None:
    chain.doctor(ISSUE + "Receive", named(chain.sent(chain.wanting(10, chain.centre, chain.own))))
    use(chain, 7, emr_id=1)
    draft = S(warehouse_id=chain.own, business_on=day(0))
    made = chain.doctor(ASK + "Create", draft)
    assert [(x.item_name, x.quantity, x.on_hand, x.target) for x in made.lines] == [
        ("盐酸肾上腺素注射液", 4, 3, 7)
    ]
    chain.doctor(ASK + "Submit", named(made))
    again = chain.doctor(ASK + "Create", draft)
    assert not again.lines, "what was asked for is not proposed again"
    with refused(PRECONDITION) as error:
        chain.doctor(ASK + "Propose", named(again))
    assert "没有要建议的" in text_of(error.value)
    with refused(INVALID) as error:
        chain.doctor(ASK + "Submit", named(again))
    assert set(faults_of(error.value)) == {"lines"}


@pytest.mark.requirement(9)
def test_what_is_proposed_fills_up_to_the_level_and_within_the_limits_of_the_role(
    chain: Chain,
) -> None:
    def proposed() -> int:
        (line,) = chain.doctor(ASK + "Create", S(warehouse_id=chain.own, business_on=day(0))).lines
        return int(line.quantity)

    chain.doctor(ISSUE + "Receive", named(chain.sent(chain.wanting(3, chain.centre, chain.own))))
    level = chain.keeper(LEVEL + "Create", stock_level_pb2.StockLevel(
        warehouse_id=chain.own, item_id=chain.adrenaline, least=4, reorder=6, most=20,
    ))  # fmt: skip
    assert (level.on_hand, level.gap, level.alarm) == (3, 17, level.BELOW_LEAST)
    assert proposed() == 17
    for limit, wanted in (({"per_request": 9}, 9), ({"per_month": 10}, 7), ({"most": 8}, 5)):
        given = bind(chain, chain.doctor, chain.adrenaline, **limit)
        assert proposed() == wanted, limit
        chain.keeper(
            ROLE_ITEM + "Unbind",
            role_item_pb2.UnbindRequest(id=given.id, version=given.version, reason="试验"),
        )


@pytest.mark.requirement(7)
@pytest.mark.requirement(9)
@pytest.mark.parametrize(
    ("limits", "quantity", "target"),
    [
        ({"most": 6}, 3, 6),
        ({"most": 2}, 0, 2),
        ({"per_request": 2}, 2, 7),
        ({"per_month": 13}, 3, 7),  # ten came this month already
        ({"per_month": 10}, 0, 7),
        ({"can_request": False}, 0, 7),
    ],
)
def test_a_proposal_stays_within_what_the_role_allows(
    chain: Chain, limits: dict[str, int], quantity: int, target: int
) -> None:
    chain.doctor(ISSUE + "Receive", named(chain.sent(chain.wanting(10, chain.centre, chain.own))))
    use(chain, 7, emr_id=1)
    bind(chain, chain.doctor, chain.adrenaline, **limits)
    made = chain.doctor(ASK + "Create", S(warehouse_id=chain.own, business_on=day(0)))
    wanted = [(quantity, target)] if quantity else []
    assert [(line.quantity, line.target) for line in made.lines] == wanted


@pytest.mark.requirement(7)
def test_what_is_prepared_keeps_to_what_the_receiver_may_hold(chain: Chain) -> None:
    made = chain.asked(10)
    chain.decided(chain.station_head, STATION, made.id, 0, 10)
    bind(chain, chain.doctor, chain.adrenaline, most=4)
    child = chain.child(made.id)
    chain.decided(chain.sub_head, SUB_CENTER, child.id, 0, 10)
    top = chain.child(child.id)
    chain.decided(chain.head, CENTER, top.id, 10, 0)
    for asked, taker in ((top, chain.sub_keeper), (child, chain.doctor)):
        chain.served(asked.id, taker)
    seen = chain.keeper(ASK + "Get", IdRequest(id=made.id))
    with refused(INVALID) as error:
        chain.keeper(ASK + "Prepare", named(seen))
    assert "持有" in text_of(error.value)


def test_packs_stay_within_what_may_be_asked_for() -> None:
    assert packs(16, 10, None) == 2
    assert packs(16, 10, 19) == 1
    assert packs(16, 10, 9) == 0
    assert packs(-3, 10, 9) <= 0


@pytest.mark.requirement(7)
def test_what_the_role_does_not_hold_is_not_requested(chain: Chain) -> None:
    bind(chain, chain.doctor, chain.saline)
    with refused(INVALID) as error:
        chain.asked(5)
    assert "您的角色没有绑定盐酸肾上腺素" in faults_of(error.value)["lines[0].item_id"]
    assert chain.asked(5, item=chain.saline).state == S.SUBMITTED
    assert chain.asked(5, chain.station_head, chain.station).state == S.SUBMITTED, "no limit"


def test_packs_are_proposed_to_stores_that_give_packs(chain: Chain) -> None:
    chain.doctor(
        ISSUE + "Receive", named(chain.sent(chain.wanting(30, chain.centre, chain.station)))
    )
    own = chain.sent(chain.wanting(23, chain.station, chain.own))
    chain.doctor(ISSUE + "Receive", named(own))
    made = chain.station_head(ASK + "Create", S(warehouse_id=chain.station, business_on=day(0)))
    (line,) = made.lines
    assert (line.unit, line.quantity, line.base_quantity) == ("盒", 2, 20), "16 short of 23"


def test_a_level_gives_what_it_has_and_forwards_the_rest(chain: Chain) -> None:
    sent = chain.sent(chain.wanting(30, chain.centre, chain.station))
    chain.doctor(ISSUE + "Receive", named(sent))
    first = chain.asked(50)
    seen = chain.station_head(STATION + "Get", IdRequest(id=first.id))
    assert (seen.lines[0].available, seen.lines[0].granted, seen.lines[0].forwarded) == (30, 30, 20)
    chain.station_head(STATION + "Approve", named(seen))
    assert balance(chain.doctor(ASK + "Get", IdRequest(id=first.id))) == (50, 30, 20, 0)
    part = chain.served(first.id, chain.doctor)
    assert (part.state, part.issued) == (S.PARTLY_ISSUED, 30)
    second = chain.child(first.id)
    back = ReturnRequest(id=second.id, version=second.version, reason="全市缺货")
    chain.sub_head(SUB_CENTER + "Reject", back)
    done = chain.doctor(ASK + "Get", IdRequest(id=first.id))
    assert (balance(done), done.state) == ((50, 30, 0, 20), S.DONE)
    assert done.lines[0].cut_reason == "上级核减：全市缺货"
    assert chain.differences() == []


def test_nobody_withdraws_what_a_first_step_has_approved(chain: Chain, server: Running) -> None:
    with server.worker.app.sessions.write() as db:
        for position, verb in enumerate(("approve", "read"), 1):
            permission = f"inventory.requisition_station.{verb}"
            add_step(db, STATION.rstrip("."), position, permission)
    first = chain.asked(10)
    seen = chain.decided(chain.station_head, STATION, first.id, 0, 10)
    assert seen.state == pb.RequisitionReview.SUBMITTED
    with refused(PRECONDITION) as error:
        chain.doctor(ASK + "Withdraw", named(seen))
    assert "已有人审批" in text_of(error.value)


def test_decisions_must_add_up(chain: Chain) -> None:
    first = chain.asked(10)
    seen = chain.station_head(STATION + "Get", IdRequest(id=first.id))
    seen.lines[0].granted, seen.lines[0].forwarded = 6, 5
    with refused(INVALID) as error:
        chain.station_head(STATION + "Update", seen)
    assert "INV-006" in faults_of(error.value)["lines[0].granted"]
    seen.lines[0].granted, seen.lines[0].forwarded = 5, 0
    with refused(INVALID) as error:
        chain.station_head(STATION + "Update", seen)
    assert set(faults_of(error.value)) == {"lines[0].cut_reason"}
    del seen.lines[:]
    with refused(INVALID) as error:
        chain.station_head(STATION + "Update", seen)
    assert set(faults_of(error.value)) == {"lines"}


def test_what_is_controlled_or_dear_is_decided_by_the_centre(chain: Chain) -> None:
    dear = chain.item("除颤电极片", "成人", 2, kind=item_pb2.Item.CONSUMABLE, high_value=True)
    first = chain.asked(2, item=dear)
    seen = chain.station_head(STATION + "Get", IdRequest(id=first.id))
    assert (seen.lines[0].granted, seen.lines[0].forwarded) == (0, 2)
    seen.lines[0].granted, seen.lines[0].forwarded = 2, 0
    with refused(INVALID) as error:
        chain.station_head(STATION + "Update", seen)
    assert "中心审批" in faults_of(error.value)["lines[0].granted"]


def test_the_centre_has_nobody_to_forward_to(chain: Chain) -> None:
    made = chain.asked(10, chain.sub_head, chain.sub)
    seen = chain.head(CENTER + "Get", IdRequest(id=made.id))
    seen.lines[0].granted, seen.lines[0].forwarded = 5, 5
    with refused(INVALID) as error:
        chain.head(CENTER + "Update", seen)
    assert set(faults_of(error.value)) == {"lines[0].forwarded"}


def test_an_urgent_one_goes_straight_to_the_centre_and_is_told_apart(chain: Chain) -> None:
    first = chain.asked(10, urgent=True)
    seen = chain.station_head(STATION + "Get", IdRequest(id=first.id))
    chain.station_head(STATION + "Approve", named(seen))
    second = chain.child(first.id)
    assert (second.level, second.urgent, second.notice) == (S.CENTER, True, "加急，越级直报")
    asked = ListRequest(filters=[Filter(field="urgent", values=["true"])], totals=True)
    assert chain.keeper(ASK + "List", asked).info.count == 2


def test_nobody_decides_on_his_own_requisition(chain: Chain) -> None:
    made = chain.asked(5, chain.station_head)
    seen = chain.station_head(STATION + "Get", IdRequest(id=made.id))
    with refused(PRECONDITION) as error:
        chain.station_head(STATION + "Approve", named(seen))
    assert "不能审批自己" in text_of(error.value)


def test_each_level_sees_only_its_own(chain: Chain, someone: Callable[..., Clerk]) -> None:
    made = chain.asked(5)
    assert not chain.sub_head(SUB_CENTER + "List", ListRequest()).rows
    other = someone(*deciding("station"), scope=role_pb2.Role.DEPARTMENT)
    assert not other(STATION + "List", ListRequest()).rows
    todo = chain.station_head("common.ApprovalService.Todo", Empty()).todos
    assert {t.label: t.count for t in todo} == {"分站审批申领单": 1}
    with refused(grpc.StatusCode.NOT_FOUND):
        other(STATION + "Approve", named(made))


def test_a_deputy_decides_for_the_head_on_the_days_named(
    chain: Chain, someone: Callable[..., Clerk]
) -> None:
    made = chain.asked(5)
    deputy = someone("inventory.requisition_station.read", scope=role_pb2.Role.SELF, name="孙副")
    head = chain.station_head.who.id
    with chain.server.worker.app.sessions.write() as db:
        db.add(deputy_of(head, deputy, TODAY - timedelta(days=9), TODAY - timedelta(days=1)))
    deputy.log_in()
    assert not deputy(STATION + "List", ListRequest()).rows
    with chain.server.worker.app.sessions.write() as db:
        db.add(deputy_of(head, deputy, TODAY, TODAY + timedelta(days=1)))
    from server.admin.rights import RIGHTS

    RIGHTS.forget()
    deputy.log_in()
    seen = deputy(STATION + "Get", IdRequest(id=made.id))
    deputy(STATION + "Approve", named(seen))
    history = deputy(
        "common.ApprovalService.History",
        HistoryRequest(service="inventory.StationApprovalService", id=made.id),
    )
    assert [d.person for d in history.decisions] == ["孙副"]


def test_a_requisition_is_withdrawn_only_while_nobody_acted(chain: Chain) -> None:
    made = chain.asked(5)
    back = chain.doctor(ASK + "Withdraw", named(made))
    assert back.state == S.DRAFT
    made = chain.doctor(ASK + "Submit", named(back))
    assert made.number == back.number
    seen = chain.station_head(STATION + "Get", IdRequest(id=made.id))
    chain.station_head(STATION + "Approve", named(seen))
    with refused(PRECONDITION):
        chain.doctor(ASK + "Withdraw", named(chain.doctor(ASK + "Get", IdRequest(id=made.id))))
    child = chain.child(made.id)
    with refused(PRECONDITION) as error:
        chain.station_head(ASK + "Withdraw", named(child))
    assert "转报上级" in text_of(error.value)


def test_closing_a_partly_served_one_gives_the_rest_up_at_every_level(chain: Chain) -> None:
    sent = chain.sent(chain.wanting(30, chain.centre, chain.station))
    chain.doctor(ISSUE + "Receive", named(sent))
    first = chain.asked(50)
    seen = chain.station_head(STATION + "Get", IdRequest(id=first.id))
    chain.station_head(STATION + "Approve", named(seen))
    chain.served(first.id, chain.doctor)
    now = chain.doctor(ASK + "Get", IdRequest(id=first.id))
    shut = chain.doctor(
        ASK + "Close", ReturnRequest(id=now.id, version=now.version, reason="够用了")
    )
    assert (shut.state, balance(shut)) == (S.CLOSED, (50, 30, 0, 20))
    child = chain.child(first.id)
    assert (child.state, child.returned_reason) == (S.CLOSED, "下级终止：够用了")
    assert balance(child) == (20, 0, 0, 20)
    assert chain.differences() == []


def test_goods_refused_on_arrival_are_due_again(chain: Chain) -> None:
    made = chain.asked(10, chain.sub_head, chain.sub)
    chain.decided(chain.head, CENTER, made.id, 10, 0)
    seen = chain.keeper(ASK + "Get", IdRequest(id=made.id))
    chain.keeper(ASK + "Prepare", named(seen))
    sent = chain.keeper(ISSUE + "Post", named(chain.waiting_issue(made.id, "APPROVED")))
    assert chain.keeper(ASK + "Get", IdRequest(id=made.id)).state == S.ISSUED
    part = issue_pb2.ReceivePartRequest(id=sent.id, version=sent.version)
    part.refusals.add(row=1, quantity=2, reason="破损")
    chain.sub_keeper(ISSUE + "ReceivePart", part)
    seen = chain.keeper(ASK + "Get", IdRequest(id=made.id))
    assert (seen.state, seen.issued, seen.received) == (S.PARTLY_ISSUED, 8, 8)
    assert chain.served(made.id, chain.sub_keeper).state == S.DONE
    assert chain.differences() == []


@pytest.mark.requirement(19)
def test_what_was_reversed_in_red_is_due_again(chain: Chain) -> None:
    made = chain.asked(10, chain.sub_head, chain.sub)
    chain.decided(chain.head, CENTER, made.id, 10, 0)
    assert chain.served(made.id, chain.sub_keeper).state == S.DONE
    issue = chain.waiting_issue(made.id, "RECEIVED")
    red = reversed_in_red(chain, issue.id, 4)
    seen = chain.keeper(ASK + "Get", IdRequest(id=made.id))
    assert (seen.state, seen.issued, seen.received) == (S.PARTLY_ISSUED, 6, 6)
    chain.keeper("inventory.RedIssueService.Reopen", named(red))
    anew = chain.waiting_issue(made.id, "DRAFT")  # the corrected issue serves it as well
    sent = chain.keeper(ISSUE + "Submit", named(anew))
    sent = chain.keeper(ISSUE + "Post", named(chain.head(ISSUE + "Approve", named(sent))))
    chain.sub_keeper(ISSUE + "Receive", named(sent))
    assert chain.keeper(ASK + "Get", IdRequest(id=made.id)).state == S.DONE
    assert chain.differences() == []


@pytest.mark.invariant(9)
def test_what_has_expired_is_not_prepared(chain: Chain) -> None:
    made = chain.asked(10, chain.sub_head, chain.sub)
    chain.decided(chain.head, CENTER, made.id, 10, 0)
    chain.aged("L1", -1)
    chain.keeper(ASK + "Prepare", named(chain.keeper(ASK + "Get", IdRequest(id=made.id))))
    issue = chain.waiting_issue(made.id, "APPROVED")
    lines = chain.keeper(ISSUE + "Get", IdRequest(id=issue.id)).lines
    assert [(line.lot_no, line.base_quantity) for line in lines] == [("L2", 10)]


def test_no_more_is_prepared_than_is_due_and_on_hand(chain: Chain) -> None:
    made = chain.asked(400, chain.sub_head, chain.sub)
    assert made.notice == "库存不足：盐酸肾上腺素注射液"
    chain.decided(chain.head, CENTER, made.id, 400, 0)
    seen = chain.keeper(ASK + "Prepare", named(chain.keeper(ASK + "Get", IdRequest(id=made.id))))
    assert chain.waiting_issue(made.id, "APPROVED").amount > 0
    with refused(PRECONDITION) as error:
        chain.keeper(ASK + "Prepare", named(seen))
    assert "没有可备的货" in text_of(error.value)
    with refused(PRECONDITION) as error:
        chain.sub_head(
            ASK + "Close", ReturnRequest(id=seen.id, version=seen.version, reason="不要了")
        )
    assert "出库单" in text_of(error.value)
    assert chain.differences() == []


@pytest.mark.requirement(9)
def test_a_requisition_prints_quantities_of_its_level(chain: Chain) -> None:
    first = chain.asked(80)
    chain.decided(chain.station_head, STATION, first.id, 0, 70, "先发七十")
    chain.decided(chain.sub_head, SUB_CENTER, chain.child(first.id).id, 20, 40, "库存紧张")
    seen = chain.doctor(ASK + "Get", IdRequest(id=first.id))
    meta = decided(chain.doctor, "inventory.RequisitionService", first.id)
    text = printed(requisition.draw(seen, meta), "requisition")
    for part in (first.number, "物资申领单", "盐酸肾上腺素注射液", "80", "0转报6020转报40—20",
                 "库存紧张", "分站审批赵站长同意", "分中心审批钱主任同意"):  # fmt: skip
        assert part in text, part


def test_a_list_shows_no_query_for_a_row(chain: Chain, db_statements: list[str]) -> None:
    def count() -> int:
        db_statements.clear()
        assert chain.keeper(ASK + "List", ListRequest(totals=True)).rows
        chain.station_head(STATION + "List", ListRequest(totals=True))
        return len(db_statements)

    chain.asked(5)
    few = count()
    for _ in range(4):
        chain.asked(5)
    assert count() == few
