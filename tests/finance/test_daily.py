"""收费日报: it adds up to the payments, is ticked by another, and is closed step by step."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.finance import daily_pb2 as pb
from protos.finance import invoice_pb2, refund_pb2
from protos.finance.payment_pb2 import Payment as Way
from server.core.numbering import SHANGHAI
from server.core.run import Running
from tests.finance import world
from tests.finance.world import (
    CASHIER,
    DAILY,
    HEAD,
    INVOICE,
    PAYMENT,
    REFUND,
    bill,
    cash,
    settle,
    wechat,
)
from tests.people import Clerk, faults_of, refused, text_of

Someone = Callable[..., Clerk]


def today(shift: int = 0) -> str:
    return (datetime.now(UTC).astimezone(SHANGHAI).date() + timedelta(days=shift)).isoformat()


@pytest.fixture
def clerk(server: Running, someone: Someone) -> Clerk:
    """A cashier who took 127.20 by WeChat and cash, 60.70 in cash and paid one bill back."""
    made = someone(*CASHIER, name="吴收费")
    sessions = server.worker.app.sessions
    world.put_prices(sessions, made.who)
    world.put_segment(sessions, made.who.id)
    first = charge(server, made, 1, wechat(10000, "42"), cash(2720, 3000))
    made(INVOICE + "Issue", invoice_pb2.IssueRequest(charge_id=first.id))
    charge(server, made, 2)
    third = charge(server, made, 3)
    asked = made(REFUND + "Create", refund_pb2.Refund(charge_id=third.id, reason="退费"))
    someone(*HEAD)(REFUND + "Approve", naming(asked))
    return made


def charge(server: Running, clerk: Clerk, number: int, *parts: Way) -> Any:
    km = {1: 126, 2: 31, 3: 80}.get(number, 50)
    task = world.put_task(server.worker.app.sessions, clerk.who, km=km, number=number)
    return settle(clerk, bill(clerk, task), *parts)


def naming(record: Any) -> IdRequest:
    return IdRequest(id=record.id, version=record.version)


def create(clerk: Clerk, **values: Any) -> Any:
    return clerk(DAILY + "Create", pb.DailyReport(day_on=today(), **values))


def submitted(clerk: Clerk, handed: int = 8790) -> Any:
    report = create(clerk, cash_handed=handed, difference_reason="少找零")
    return clerk(DAILY + "Submit", naming(report))


@pytest.mark.requirement(28)
def test_the_report_adds_up_to_the_payments(clerk: Clerk) -> None:
    report = create(clerk)
    mine = Filter(field="money_on", op=Filter.EQ, values=[today()])
    flow = clerk(PAYMENT + "List", ListRequest(filters=[mine], totals=True, limit=100))
    assert report.net == flow.info.totals["amount"] == 12720 + 6070
    assert (report.received, report.refunded) == (12720 + 6070 + 9500, 9500)
    by_way = {m.method: (m.received, m.refunded, m.net) for m in report.methods}
    for way, (received, refunded, net) in by_way.items():
        amounts = [p.amount for p in flow.rows if p.method == way]
        assert received == sum(a for a in amounts if a > 0)
        assert refunded == -sum(a for a in amounts if a < 0)
        assert net == sum(amounts)
    assert sum(m.net for m in report.methods) == report.net
    assert sum(g.amount for g in report.groups) == report.net
    assert sum(line.received - line.refunded for line in report.lines) == report.net
    assert report.cash_due == by_way[Way.CASH][2] == 2720 + 6070  # change is no income
    assert [(p.first_no, p.used, p.amount) for p in report.papers] == [("00000001", 1, 12720)]


@pytest.mark.requirement(28)
def test_a_report_is_submitted_ticked_checked_confirmed_and_locked(
    clerk: Clerk, someone: Someone
) -> None:
    report = submitted(clerk)
    assert report.difference == 0
    head = someone(*HEAD, name="郑会计")
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        head(DAILY + "Approve", naming(report))
    assert "没有勾选" in text_of(error.value)
    for line in report.lines[:2]:
        line.ticked = True
    report.lines[2].note = "已退费，核对红单"
    report = head(DAILY + "Update", report)
    assert report.ticked == 2
    for verb in ("Approve", "Confirm", "Lock"):
        report = head(DAILY + verb, naming(report))
    assert report.state == pb.DailyReport.LOCKED
    locked = pb.CorrectRequest(id=report.id, version=report.version, cash_handed=1, reason="改")
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        clerk(DAILY + "Correct", locked)


@pytest.mark.requirement(28)
def test_a_cashier_does_not_tick_his_own_report(clerk: Clerk) -> None:
    report = submitted(clerk)
    report.lines[0].ticked = True
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        clerk(DAILY + "Update", report)


@pytest.mark.requirement(28)
def test_short_cash_is_handed_in_with_a_reason(clerk: Clerk) -> None:
    report = create(clerk)
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(DAILY + "Submit", naming(report))
    assert "cash_handed" in faults_of(error.value)
    report.cash_handed = 8700
    report = clerk(DAILY + "Update", report)
    assert report.difference == -90
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(DAILY + "Submit", naming(report))
    assert "difference_reason" in faults_of(error.value)
    report.difference_reason = "找零差错"
    report = clerk(DAILY + "Update", report)
    assert clerk(DAILY + "Submit", naming(report)).state == pb.DailyReport.SUBMITTED


@pytest.mark.requirement(28)
def test_money_after_handing_in_counts_for_the_next_day(server: Running, clerk: Clerk) -> None:
    report = submitted(clerk)
    late = charge(server, clerk, 4)
    assert late.money_on == today(1)
    kept = clerk(DAILY + "Get", naming(report))
    assert kept.net == report.net
    tomorrow = clerk(DAILY + "Create", pb.DailyReport(day_on=today(1)))
    assert (tomorrow.net, tomorrow.charges) == (late.paid, 1)


@pytest.mark.requirement(28)
def test_a_returned_report_takes_in_what_came_since(
    server: Running, clerk: Clerk, someone: Someone
) -> None:
    report = submitted(clerk)
    reason = pb.DailyReasonRequest(id=report.id, version=report.version, reason="漏单")
    report = someone(*HEAD)(DAILY + "Return", reason)
    assert report.returned_reason == "漏单"
    late = charge(server, clerk, 4)
    assert late.money_on == today()
    assert clerk(DAILY + "Refresh", naming(report)).net == 12720 + 6070 + late.paid


@pytest.mark.requirement(28)
def test_a_correction_keeps_before_and_after_and_needs_another_signature(
    clerk: Clerk, someone: Someone
) -> None:
    report = submitted(clerk)
    head = someone(*HEAD)
    report = head(DAILY + "TickAll", naming(report))
    report = head(DAILY + "Approve", naming(report))
    change = pb.CorrectRequest(
        id=report.id, version=report.version, cash_handed=8690, reason="点钞差错"
    )
    report = clerk(DAILY + "Correct", change)
    assert (report.state, report.cash_handed) == (pb.DailyReport.CORRECTING, 8790)
    report = head(DAILY + "ApproveCorrection", naming(report))
    assert (report.cash_handed, report.difference) == (8690, -100)
    assert [(c.before, c.after, c.outcome) for c in report.corrections] == [(8790, 8690, "同意")]


def test_after_handing_in_nothing_but_ticks_is_taken(clerk: Clerk, someone: Someone) -> None:
    report = submitted(clerk)
    report.cash_handed = 1
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        someone(*HEAD)(DAILY + "Update", report)
    assert "cash_handed" in faults_of(error.value)


def test_bills_of_a_report_are_not_taken_away(clerk: Clerk) -> None:
    report = create(clerk)
    del report.lines[0]
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(DAILY + "Update", report)
    assert "lines" in faults_of(error.value)


def test_one_report_for_each_cashier_and_day(clerk: Clerk) -> None:
    first = create(clerk)
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        create(clerk)
    assert first.number in text_of(error.value)


def test_another_cashier_s_money_is_not_in_it(
    server: Running, clerk: Clerk, someone: Someone
) -> None:
    other = someone(*CASHIER)
    charge(server, other, 5)
    assert create(clerk).net == 12720 + 6070
    assert create(other).net == 3000 + 1400 + 3000
