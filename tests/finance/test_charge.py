"""Bills over the wire: proposed, kept, changed, paid by several ways, paid back."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.finance import charge_pb2 as pb
from protos.finance import refund_pb2
from protos.finance.payment_pb2 import Payment as Way
from server.core.run import Running
from tests.finance import world
from tests.finance.world import CASHIER, CHARGE, HEAD, PAYMENT, REFUND, bill, cash, settle, wechat
from tests.people import Clerk, faults_of, refused, text_of

Someone = Callable[..., Clerk]


@pytest.fixture
def clerk(server: Running, someone: Someone) -> Clerk:
    """A cashier with prices in force."""
    made = someone(*CASHIER, name="吴收费")
    world.put_prices(server.worker.app.sessions, made.who)
    return made


def task(server: Running, clerk: Clerk, **values: Any) -> int:
    return world.put_task(server.worker.app.sessions, clerk.who, **values)


def request(made: Any, *parts: Way) -> pb.SettleRequest:
    return pb.SettleRequest(id=made.id, version=made.version, payments=parts)


def test_a_task_is_proposed_and_kept_as_a_bill(server: Running, clerk: Clerk) -> None:
    proposed = clerk(CHARGE + "Propose", pb.ProposeRequest(task_id=task(server, clerk)))
    assert proposed.id == 0
    assert proposed.patient_name == "张三丰"
    assert (proposed.driver, proposed.doctor, proposed.charge_km) == ("孙师傅", "陈医生", 126)
    assert [line.code for line in proposed.lines] == ["VEH-BASE", "VEH-KM", "EMS-CALL"]
    assert proposed.due == 9720 + 3000
    proposed.waiting_minutes = 35
    kept = clerk(CHARGE + "Create", proposed)
    assert (kept.due, kept.state, kept.patient_name) == (20720, pb.Charge.UNPAID, "张三丰")
    assert kept.charge_no.startswith("SF2")


def test_a_patient_is_charged_once(server: Running, clerk: Clerk) -> None:
    first = task(server, clerk)
    made = bill(clerk, first)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        clerk(CHARGE + "Propose", pb.ProposeRequest(task_id=first))
    assert made.charge_no in text_of(error.value)
    reason = pb.ChargeReasonRequest(id=made.id, version=made.version, reason="选错任务")
    assert clerk(CHARGE + "Void", reason).state == pb.Charge.VOID
    assert bill(clerk, first).charge_no != made.charge_no


def test_the_server_prices_whatever_the_client_sends(server: Running, clerk: Clerk) -> None:
    proposed = clerk(CHARGE + "Propose", pb.ProposeRequest(task_id=task(server, clerk)))
    proposed.due = proposed.payable = 1
    proposed.lines[0].amount = proposed.lines[0].price = 1
    assert clerk(CHARGE + "Create", proposed).payable == 12720


def test_a_changed_bill_says_why(server: Running, clerk: Clerk) -> None:
    made = bill(clerk, task(server, clerk))
    made.waiting_minutes = 31
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(CHARGE + "Update", made)
    assert "edit_reason" in faults_of(error.value)
    made.edit_reason = "漏记等候"
    assert clerk(CHARGE + "Update", made).waiting_fee == 8000


def test_cash_and_wechat_together_with_change(server: Running, clerk: Clerk) -> None:
    made = bill(clerk, task(server, clerk))
    paid = settle(clerk, made, wechat(10000, "4200001"), cash(2720, 5000))
    assert (paid.state, paid.paid, paid.paid_cash, paid.paid_wechat) == (
        pb.Charge.PAID, 12720, 2720, 10000,
    )  # fmt: skip
    assert [(p.tendered, p.change) for p in paid.payments] == [(0, 0), (5000, 2280)]
    listed = clerk(PAYMENT + "List", ListRequest(totals=True))
    assert listed.info.totals["amount"] == 12720


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ([cash(12719)], "payments"),
        ([cash(12721)], "payments"),
        ([cash(12720, 12000)], "payments[0].tendered"),
        ([Way(method=Way.WECHAT, amount=12720)], "payments[0].trade_no"),
        ([Way(method=Way.INS_FUND, amount=12720)], "payments[0].method"),
        ([cash(13720), cash(-1000)], "payments[1].amount"),
        ([wechat(6360, "1"), wechat(6360, "1")], "payments[1].trade_no"),
        ([cash(3180), cash(3180), cash(3180), cash(3180)], "payments"),
        ([], "payments"),
    ],
)
def test_a_split_that_is_not_right_is_refused_whole(
    server: Running, clerk: Clerk, parts: list[Way], path: str
) -> None:
    made = bill(clerk, task(server, clerk))
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(CHARGE + "Settle", request(made, *parts))
    assert path in faults_of(error.value)
    assert clerk(CHARGE + "Get", IdRequest(id=made.id)).paid == 0


def test_a_repeated_settlement_takes_the_money_once(server: Running, clerk: Clerk) -> None:
    made = bill(clerk, task(server, clerk))
    asked = request(made, cash(made.payable))
    first = clerk(CHARGE + "Settle", asked, request_id="11111111-1111-4111-8111-111111111111")
    again = clerk(CHARGE + "Settle", asked, request_id="11111111-1111-4111-8111-111111111111")
    assert first == again
    assert len(clerk(PAYMENT + "List", ListRequest()).rows) == 1
    with refused(grpc.StatusCode.ABORTED):
        clerk(CHARGE + "Settle", asked)


def test_a_trade_number_pays_once(server: Running, clerk: Clerk) -> None:
    settle(clerk, bill(clerk, task(server, clerk)), wechat(12720, "42"))
    other = bill(clerk, task(server, clerk, number=2))
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        settle(clerk, other, wechat(12720, "42"))
    assert "已收过款" in text_of(error.value)


def test_a_part_then_arrears_then_the_rest(server: Running, clerk: Clerk) -> None:
    made = clerk(CHARGE + "Collect", request(bill(clerk, task(server, clerk)), cash(2720)))
    assert (made.state, made.paid) == (pb.Charge.PARTIAL, 2720)
    owed = pb.ChargeReasonRequest(id=made.id, version=made.version, reason="家属未到")
    made = clerk(CHARGE + "Owe", owed)
    assert (made.state, made.arrears) == (pb.Charge.ARREARS, 10000)
    made = settle(clerk, made, cash(10000))
    assert (made.state, made.arrears, made.paid) == (pb.Charge.PAID, 0, 12720)


def test_a_reduction_is_decided_by_another(server: Running, clerk: Clerk, someone: Someone) -> None:
    made = bill(clerk, task(server, clerk))
    ask = pb.ReduceRequest(
        id=made.id, version=made.version, kind=pb.Charge.DESTITUTE, amount=2720, reason="民政证明"
    )
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        clerk(CHARGE + "Reduce", ask)
    made = someone(*HEAD)(CHARGE + "Reduce", ask)
    assert (made.due, made.payable) == (12720, 10000)
    assert settle(clerk, made).paid == 10000


def test_a_refund_needs_another_person_and_brings_red_rows(
    server: Running, clerk: Clerk, someone: Someone
) -> None:
    made = settle(clerk, bill(clerk, task(server, clerk)), wechat(10000, "7"), cash(2720))
    asked = clerk(REFUND + "Create", refund_pb2.Refund(charge_id=made.id, reason="重复收费"))
    again = refund_pb2.Refund(charge_id=made.id, reason="再退一次")
    with refused(grpc.StatusCode.INVALID_ARGUMENT):
        clerk(REFUND + "Create", again)
    name = IdRequest(id=asked.id, version=asked.version)
    done = someone(*HEAD)(REFUND + "Approve", name)
    assert (done.state, done.amount) == (refund_pb2.Refund.DONE, 12720)
    made = clerk(CHARGE + "Get", IdRequest(id=made.id))
    assert (made.state, made.paid, made.refunded) == (pb.Charge.REFUNDED, 0, 12720)
    assert sorted(p.amount for p in made.payments) == [-10000, -2720, 2720, 10000]


def test_nobody_approves_his_own_refund(server: Running, someone: Someone) -> None:
    both = someone(*CASHIER, *HEAD)
    world.put_prices(server.worker.app.sessions, both.who)
    made = settle(both, bill(both, task(server, both)))
    asked = both(REFUND + "Create", refund_pb2.Refund(charge_id=made.id, reason="退"))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        both(REFUND + "Approve", IdRequest(id=asked.id, version=asked.version))
    assert "自己" in text_of(error.value)


@pytest.mark.requirement(24)
def test_the_charge_list_filters_sorts_and_totals(
    server: Running, clerk: Clerk, someone: Someone
) -> None:
    for number, km in enumerate((126, 31, 500), 1):
        made = bill(clerk, task(server, clerk, km=km, number=number))
        if km != 500:
            settle(clerk, made)
    states = Filter(field="state", op=Filter.EQ, values=["PAID"])
    paid = clerk(CHARGE + "List", ListRequest(filters=[states], totals=True, order_by="due"))
    assert [row.due for row in paid.rows] == [6070, 12720]
    assert (paid.info.count, paid.info.totals["paid"]) == (2, 18790)
    assert paid.info.totals["paid_cash"] == 18790
    assert paid.info.totals["vehicle_fee"] + paid.info.totals["emergency_fee"] == 18790
    amounts = Filter(field="due", op=Filter.BETWEEN, values=["10000", ""])
    big = clerk(CHARGE + "List", ListRequest(filters=[amounts], order_by="due", descending=True))
    assert [row.charge_km for row in big.rows] == [500, 126]
    ways = Filter(field="ways", op=Filter.CONTAINS, values=["现金"])
    by_cash = clerk(CHARGE + "List", ListRequest(filters=[ways], totals=True))
    assert by_cash.info.totals["paid_cash"] == 18790
    name = Filter(field="patient_name", op=Filter.EQ, values=["张三丰"])
    found = clerk(CHARGE + "List", ListRequest(filters=[name], text="东方 12345", totals=True))
    assert found.info.count == 3
    other = someone("finance.charge.read")(CHARGE + "List", ListRequest())
    assert {row.patient_name for row in other.rows} == {"张*丰"}


@pytest.mark.requirement(24)
def test_the_charge_list_pages_through_everything(server: Running, clerk: Clerk) -> None:
    for number in range(1, 6):
        bill(clerk, task(server, clerk, km=number * 20, number=number))
    seen: list[int] = []
    ask = ListRequest(order_by="charge_no", limit=2)
    while True:
        page = clerk(CHARGE + "List", ask)
        seen += [row.charge_km for row in page.rows]
        if not page.info.next:
            break
        ask.cursor = page.info.next
    assert seen == [20, 40, 60, 80, 100]
