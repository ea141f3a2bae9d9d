"""Expiry bands, notices told once, quarantine, disposal before witnesses, the nightly check."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from sqlalchemy import update

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import (
    disposal_pb2,
    expiry_pb2,
    item_pb2,
    self_check_pb2,
    stock_pb2,
)
from protos.inventory.bill_pb2 import ReturnRequest
from resources.print.inventory import disposal as form
from server.__main__ import main
from server.inventory import self_check
from server.inventory.consumption_record import ConsumptionLine
from server.inventory.ledger_tables import Balance, Lot
from tests.inventory.test_invariants import use
from tests.inventory.test_print import META, text_of
from tests.inventory.world import World, day, named
from tests.people import Clerk, refused
from tests.people import text_of as told

EXPIRY, SHUT = "inventory.ExpiryService.", "inventory.QuarantineService."
DISPOSAL, NOTICE = "inventory.DisposalService.", "inventory.ExpiryNoticeService."
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
INVALID = grpc.StatusCode.INVALID_ARGUMENT
B = stock_pb2.Stock


@pytest.fixture
def ageing(world: World) -> World:
    """Lots ended yesterday, ending today, in 30, 90, 180 and 181 days, ten boxes each."""
    ends = {"E": -1, "T": 0, "A": 30, "B": 90, "C": 180, "F": 181}
    world.received(*(world.line(lot, 700, 1) for lot in ends))
    for lot, days in ends.items():
        world.aged(lot, days)
    return world


def listed(world: World, *bands: str) -> dict[str, Any]:
    """The rows of the page by lot, of those bands or all."""
    asked = ListRequest()
    if bands:
        asked.filters.append(Filter(field="band", values=bands))
    return {row.lot_no: row for row in world.keeper(EXPIRY + "List", asked).rows}


@pytest.mark.requirement(6)
def test_stock_near_its_end_is_listed_by_band_the_last_day_included(ageing: World) -> None:
    rows = listed(ageing)
    assert list(rows) == ["E", "T", "A", "B", "C"], "what ends first stands first"
    assert [row.band for row in rows.values()] == [
        B.EXPIRED, B.WITHIN_30, B.WITHIN_30, B.WITHIN_90, B.WITHIN_180,
    ]  # fmt: skip
    assert [row.days_left for row in rows.values()] == [-1, 0, 30, 90, 180]
    for name in ("EXPIRED", "WITHIN_30", "WITHIN_90", "WITHIN_180"):
        same = {lot for lot, row in rows.items() if row.band == B.Band.Value(name)}
        assert set(listed(ageing, name)) == same, "the filter and the column agree"


@pytest.mark.requirement(6)
def test_an_item_s_own_days_decide_from_when_it_is_watched(ageing: World) -> None:
    item = ageing.keeper("inventory.ItemService.Get", IdRequest(id=ageing.adrenaline))
    item.warn_days = 60
    item = ageing.keeper("inventory.ItemService.Update", item)
    assert list(listed(ageing)) == ["E", "T", "A"]
    item.warn_days = 365
    ageing.keeper("inventory.ItemService.Update", item)
    assert listed(ageing)["F"].band == B.WARNED
    assert list(listed(ageing, "WARNED")) == ["F"]
    assert set(listed(ageing, "WITHIN_180")) == {"C"}
    sessions = ageing.server.worker.app.sessions
    assert self_check.run(sessions, datetime.now(UTC)).notices == 6, "F is told of too"


@pytest.mark.requirement(6)
def test_a_notice_is_told_once_for_each_band(ageing: World) -> None:
    sessions = ageing.server.worker.app.sessions
    now = datetime.now(UTC)
    assert self_check.run(sessions, now).notices == 5
    assert self_check.run(sessions, now).notices == 0
    assert self_check.run(sessions, now + timedelta(days=1)).notices == 2, "T ended, F came near"
    rows = ageing.keeper(NOTICE + "List", ListRequest()).rows
    assert len(rows) == 7
    seen = ageing.keeper(NOTICE + "Acknowledge", named(rows[0]))
    assert seen.state == expiry_pb2.ExpiryNotice.SEEN


@pytest.fixture
def shut(ageing: World) -> int:
    """The quarantine store of the centre."""
    return ageing.quarantine()


@pytest.mark.requirement(6)
def test_a_lot_goes_into_quarantine_and_back(ageing: World, shut: int) -> None:
    row = listed(ageing)["A"]
    ageing.keeper(EXPIRY + "Quarantine", stock_pb2.QuarantineRequest(id=row.id, reason="包装受潮"))
    assert ageing.stock(shut) == {"A": 10}
    assert "A" not in listed(ageing)
    (there,) = ageing.keeper(SHUT + "List", ListRequest()).rows
    back = expiry_pb2.ReleaseRequest(id=there.id, warehouse_id=ageing.centre, reason="复检合格")
    ageing.keeper(SHUT + "Release", back)
    assert ageing.stock(shut) == {}
    assert ageing.stock(ageing.centre)["A"] == 10
    assert ageing.differences() == []


def test_an_expired_lot_is_not_released(ageing: World, shut: int) -> None:
    row = listed(ageing)["E"]
    ageing.keeper(EXPIRY + "Quarantine", stock_pb2.QuarantineRequest(id=row.id, reason="过期"))
    (there,) = ageing.keeper(SHUT + "List", ListRequest()).rows
    back = expiry_pb2.ReleaseRequest(id=there.id, warehouse_id=ageing.centre, reason="还能用")
    with refused(PRECONDITION) as error:
        ageing.keeper(SHUT + "Release", back)
    assert "作废销毁单" in told(error.value)
    assert ageing.stock(shut) == {"E": 10}


def test_a_recalled_lot_is_not_released(ageing: World, shut: int) -> None:
    row = listed(ageing)["A"]
    ageing.keeper(EXPIRY + "Quarantine", stock_pb2.QuarantineRequest(id=row.id, reason="召回"))
    with ageing.server.worker.app.sessions.write() as db:
        db.execute(update(Lot).where(Lot.lot_no == "A").values(state=stock_pb2.Lot.RECALLED))
    (there,) = ageing.keeper(SHUT + "List", ListRequest()).rows
    back = expiry_pb2.ReleaseRequest(id=there.id, warehouse_id=ageing.centre, reason="还能用")
    with refused(PRECONDITION) as error:
        ageing.keeper(SHUT + "Release", back)
    assert "已召回" in told(error.value)
    assert ageing.stock(shut) == {"A": 10}


@pytest.fixture
def witnesses(someone: Callable[..., Clerk]) -> tuple[int, int]:
    """Two people who look on."""
    return someone(name="监销甲").who.id, someone(name="监销乙").who.id


def approved(world: World, **values: Any) -> Any:
    """A disposal of what expired in the centre, approved."""
    draft = disposal_pb2.Disposal(
        warehouse_id=world.centre, cause=disposal_pb2.Disposal.EXPIRED, business_on=day(0), **values
    )
    made = world.keeper(DISPOSAL + "Create", draft)
    made = world.keeper(DISPOSAL + "Submit", named(made))
    return world.head(DISPOSAL + "Approve", named(made))


def executed(world: World, disposal: Any, first: int, second: int) -> Any:
    """The disposal carried out before two people."""
    request = disposal_pb2.ExecuteRequest(
        id=disposal.id, version=disposal.version, method=disposal_pb2.Disposal.CRUSHED,
        place="医废暂存间", witness_id=first, second_witness_id=second,
    )  # fmt: skip
    return world.keeper(DISPOSAL + "Execute", request)


@pytest.mark.requirement(6)
def test_what_expired_is_brought_along_approved_and_destroyed(
    ageing: World, shut: int, witnesses: tuple[int, int]
) -> None:
    made = approved(ageing)
    assert ageing.stock(shut) == {"E": 10}, "it lies where nobody may use it"
    assert [(line.lot_no, line.quantity, line.amount) for line in made.lines] == [("E", 10, 3800)]
    done = executed(ageing, made, *witnesses)
    assert "E" not in ageing.stock(ageing.centre) | ageing.stock(shut)
    text = text_of(form.draw(done, META), "disposal")
    for part in ("作废销毁单", done.number, "捣毁", "医废暂存间", "监销甲", "监销乙", "38.00"):
        assert part in text, part
    assert ageing.differences() == []


@pytest.mark.requirement(6)
def test_what_waits_for_disposal_cannot_be_used(ageing: World, shut: int) -> None:
    line = disposal_pb2.DisposalLine(item_id=ageing.adrenaline, quantity=10,
                                     lot_id=ageing.lots(ageing.centre)["A"])  # fmt: skip
    approved(ageing, lines=[line])
    (there,) = ageing.keeper(SHUT + "List", ListRequest()).rows
    back = expiry_pb2.ReleaseRequest(id=there.id, warehouse_id=ageing.centre, reason="还能用")
    with refused(PRECONDITION):
        ageing.keeper(SHUT + "Release", back)
    assert (there.quantity, there.available, ageing.stock(shut)) == (10, 0, {"A": 10})
    issue = ageing.sent(ageing.wanting(20, ageing.centre, ageing.station))
    assert {line.lot_no for line in issue.lines} == {"T", "B"}, "E is over, A is gone"


@pytest.mark.requirement(6)
@pytest.mark.usefixtures("shut")
def test_witnesses_are_two_and_others(ageing: World, witnesses: tuple[int, int]) -> None:
    made = approved(ageing)
    with refused(PRECONDITION) as error:
        executed(ageing, made, witnesses[0], witnesses[0])
    assert "INV-007" in told(error.value)
    with refused(INVALID) as error:
        executed(ageing, made, witnesses[0], ageing.keeper.who.id)
    assert "INV-007" in told(error.value)


def test_without_anything_expired_there_is_nothing_to_bring_along(world: World) -> None:
    world.received(world.line("L1", 400, 1))
    with refused(PRECONDITION) as error:
        approved(world)
    assert "没有已过期" in told(error.value)


def submitted(world: World, item: int, lot_no: str, quantity: int, **values: Any) -> Any:
    """A disposal of some units of a lot of the centre, submitted."""
    line = disposal_pb2.DisposalLine(
        item_id=item, quantity=quantity, lot_id=world.lots(world.centre)[lot_no]
    )
    draft = disposal_pb2.Disposal(
        warehouse_id=world.centre, cause=disposal_pb2.Disposal.SPOILED, business_on=day(0),
        lines=[line], **values,
    )  # fmt: skip
    return world.keeper(DISPOSAL + "Submit", named(world.keeper(DISPOSAL + "Create", draft)))


@pytest.mark.requirement(6)
def test_what_is_withdrawn_refused_or_given_up_goes_back_to_its_store(
    ageing: World, shut: int
) -> None:
    before = ageing.stock(ageing.centre)
    made = submitted(ageing, ageing.adrenaline, "A", 4)
    for way in ("Withdraw", "Reject", "Void"):
        assert ageing.stock(shut) == {"A": 4}
        reason = ReturnRequest(id=made.id, version=made.version, reason="留作培训")
        if way == "Withdraw":
            made = ageing.keeper(DISPOSAL + way, named(made))
        elif way == "Reject":
            made = ageing.head(DISPOSAL + way, reason)
        else:
            done = ageing.head(DISPOSAL + "Approve", named(made))
            reason.version = done.version
            made = ageing.keeper(DISPOSAL + way, reason)
        assert (ageing.stock(shut), ageing.stock(ageing.centre)) == ({}, before)
        if way != "Void":
            made = ageing.keeper(DISPOSAL + "Submit", named(made))
    assert made.state == disposal_pb2.Disposal.VOID
    assert ageing.differences() == []


@pytest.mark.requirement(6)
@pytest.mark.invariant(13)
def test_dear_narcotics_pass_finance_and_medical_affairs(
    ageing: World, shut: int, someone: Callable[..., Clerk]
) -> None:
    morphine = ageing.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC)
    pair = {"acceptor_id": ageing.keeper.who.id, "second_acceptor_id": ageing.head.who.id}
    ageing.received(ageing.line("M1", 20, 10, item_id=morphine), **pair)
    made = submitted(ageing, morphine, "M1", 80)
    assert ageing.stock(shut) == {}, "promised in its store until somebody looks on"
    see = "inventory.disposal.read", "inventory.witness.confirm"
    first, second = (someone(*see, name=name) for name in ("监销丙", "监销丁"))
    made = second(DISPOSAL + "Witness", named(first(DISPOSAL + "Witness", named(made))))
    assert ageing.stock(shut) == {"M1": 80}
    states = disposal_pb2.Disposal
    made = ageing.head(DISPOSAL + "Approve", named(made))
    assert (made.state, made.amount) == (states.SUBMITTED, 30_400)
    made = ageing.finance(DISPOSAL + "Approve", named(made))
    assert made.state == states.SUBMITTED
    with refused(PRECONDITION):
        executed(ageing, made, first.who.id, second.who.id)
    medical = someone("inventory.disposal.read", "inventory.disposal_medical.approve")
    made = medical(DISPOSAL + "Approve", named(made))
    assert made.state == states.APPROVED
    executed(ageing, made, first.who.id, second.who.id)
    assert ageing.stock(shut) == {}
    assert ageing.differences() == []


@pytest.mark.invariant(2)
def test_the_nightly_check_finds_a_forged_balance(ageing: World) -> None:
    sessions = ageing.server.worker.app.sessions
    assert self_check.run(sessions, datetime.now(UTC)).differing == 0
    with sessions.write() as db:
        db.execute(update(Balance).where(Balance.lot_no == "A").values(quantity=11))
    assert self_check.run(sessions, datetime.now(UTC)).differing == 1
    rows = ageing.keeper("inventory.SelfCheckService.List", ListRequest()).rows
    states = self_check_pb2.SelfCheck
    assert [row.state for row in rows] == [states.DIFFERS, states.WHOLE]
    assert "结存(11" in rows[0].report
    assert ageing.stock(ageing.centre)["A"] == 11, "told, never healed"


@pytest.mark.invariant(12)
def test_the_nightly_check_compares_issues_with_medical_records(world: World) -> None:
    world.stocked_doctor(10)
    use(world, 2, emr_id=1)
    sessions = world.server.worker.app.sessions
    assert self_check.run(sessions, datetime.now(UTC)).differing == 0
    with sessions.write() as db:
        db.execute(update(ConsumptionLine).values(issued=3))
    found = self_check.run(sessions, datetime.now(UTC))
    assert "流水净2" in found.report


@pytest.mark.invariant(13)
def test_one_hand_does_not_move_a_controlled_drug_into_quarantine(ageing: World, shut: int) -> None:
    morphine = ageing.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC)
    pair = {"acceptor_id": ageing.keeper.who.id, "second_acceptor_id": ageing.head.who.id}
    ageing.received(ageing.line("M1", 20, 1, item_id=morphine), **pair)
    request = stock_pb2.QuarantineRequest(id=listed(ageing)["M1"].id, reason="受潮")
    with refused(PRECONDITION) as error:
        ageing.keeper(EXPIRY + "Quarantine", request)
    assert "INV-007" in told(error.value)
    assert ageing.stock(shut) == {}


def test_the_night_has_a_command_that_tells_what_is_wrong(
    ageing: World, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ageing.server.worker.app.settings.home
    assert main(["--home", str(home), "check-stock"]) == 0
    assert "差异 0 处；新效期提醒 5 条" in capsys.readouterr().out
    with ageing.server.worker.app.sessions.write() as db:
        db.execute(update(Balance).where(Balance.lot_no == "A").values(quantity=11))
    assert main(["--home", str(home), "check-stock"]) == 1
    assert "差异 1 处" in capsys.readouterr().out
