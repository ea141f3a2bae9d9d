"""One-click recall: locked everywhere at once, found through to patients, accounted for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from sqlalchemy import update

from protos.common.list_pb2 import IdRequest, ListRequest
from protos.inventory import (
    disposal_pb2,
    issue_pb2,
    item_pb2,
    loss_pb2,
    receipt_pb2,
    stock_pb2,
    supplier_pb2,
    warehouse_pb2,
)
from protos.inventory import recall_pb2 as pb
from protos.inventory.bill_pb2 import ReturnRequest
from resources.print.inventory import recall as report
from resources.print.inventory import recall_notice
from server.core.run import Running
from server.inventory import recall_account
from server.inventory.ledger_tables import Balance
from server.inventory.recall import Recall
from tests.emr.world import Crew
from tests.inventory.chain import Chain
from tests.inventory.test_invariants import lose, use
from tests.inventory.test_print import META
from tests.inventory.test_print import text_of as printed
from tests.inventory.test_trace import code, codes
from tests.inventory.world import ISSUE, World, day, named
from tests.people import Clerk, faults_of, refused, text_of

RECALL, NOTICE = "inventory.RecallService.", "inventory.RecallNoticeService."
LOSS, DISPOSAL = "inventory.PersonalLossService.", "inventory.DisposalService."
PATIENT = "inventory.RecallPatientService."
R, N, P = pb.Recall, pb.RecallNotice, pb.RecallPatient
PRECONDITION, INVALID = grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT
_W = warehouse_pb2.Warehouse


@pytest.fixture
def chain(server: Running, someone: Callable[..., Clerk]) -> Chain:
    """L1: 200 received; 10 with the doctor of which 2 were used and 1 broke, 48 at the station."""
    chain = Chain(server, someone)
    chain.warehouse("GLK", "隔离库", _W.QUARANTINE, parent_id=chain.centre)
    sent = chain.sent(chain.wanting(58, chain.centre, chain.station))
    chain.doctor(ISSUE + "Receive", named(sent))
    own = chain.sent(chain.wanting(10, chain.station, chain.own))
    chain.doctor(ISSUE + "Receive", named(own))
    use(chain, 2, emr_id=1)
    lose(chain, 1)
    return chain


def drawn(world: World, **values: Any) -> pb.Recall:
    """A recall of L1, not yet started."""
    facts = {
        "item_id": world.adrenaline, "lot_nos": "L1", "grade": R.GRADE_1, "origin": R.REGULATOR,
        "reason": "可见异物", "notice_no": "沪药监〔2026〕12号", **values,
    }  # fmt: skip
    return world.head(RECALL + "Create", R(**facts))


def started(world: World, **values: Any) -> pb.Recall:
    """A recall of L1 under way."""
    return world.head(RECALL + "Start", named(drawn(world, **values)))


def notices(clerk: Clerk) -> dict[int, pb.RecallNotice]:
    """The notices a user sees, by warehouse."""
    return {row.warehouse_id: row for row in clerk(NOTICE + "List", ListRequest()).rows}


def answered(clerk: Clerk, notice: pb.RecallNotice, found: int, why: str = "") -> pb.RecallNotice:
    """A receipt."""
    told = pb.AcknowledgeRequest(id=notice.id, version=notice.version, found=found, explanation=why)
    return clerk(NOTICE + "Acknowledge", told)


def columns(made: pb.Recall) -> dict[str, int]:
    """The quantity balance of a recall of one lot; its gap is nothing."""
    (lot,) = made.lots
    names = ("received", "quarantined", "elsewhere", "transit", "returned", "scrapped", "consumed",
             "lost", "gap")  # fmt: skip
    return {name: getattr(lot, name) for name in names if getattr(lot, name)}


def collect_all(world: Chain) -> None:
    """Every holder answers and everything is taken into quarantine."""
    holders = {world.own: world.doctor, world.station: world.keeper, world.centre: world.keeper}
    for place, notice in notices(world.keeper).items():
        told = answered(holders[place], notice, notice.book)
        world.head(NOTICE + "Collect", named(told))


@pytest.mark.requirement(21)
def test_a_recall_runs_from_lock_to_closed_balance(chain: Chain) -> None:
    drafted = drawn(chain)
    assert columns(drafted) == {"received": 200, "elsewhere": 197, "consumed": 2, "lost": 1}
    assert {h.place: h.quantity for h in drafted.holdings} == {
        "中心库": 142, "分站库": 48, "陈医生个人药库": 7,
    }  # fmt: skip
    made = chain.head(RECALL + "Start", named(drafted))
    assert (made.state, made.progress, made.patients) == (R.ACTIVE, "回执0/3，收回0/3", 1)
    told = notices(chain.keeper)
    assert {told[chain.centre].book, told[chain.station].book, told[chain.own].book} == {142, 48, 7}
    done = answered(chain.keeper, told[chain.centre], 142)
    chain.head(NOTICE + "Collect", named(done))
    done = answered(chain.keeper, told[chain.station], 47, "盘点少一支")
    chain.head(NOTICE + "Collect", named(done))
    made = chain.head(RECALL + "Get", IdRequest(id=made.id))
    assert (made.state, made.progress) == (R.COLLECTING, "回执2/3，收回2/3")
    shut = ReturnRequest(id=made.id, version=made.version, reason="处理完毕")
    with refused(PRECONDITION) as error:
        chain.head(RECALL + "Close", shut)
    assert "陈医生个人药库7" in text_of(error.value)
    assert "INV-013" in text_of(error.value)
    done = answered(chain.doctor, notices(chain.doctor)[chain.own], 7)
    chain.head(NOTICE + "Collect", named(done))
    made = chain.head(RECALL + "Get", IdRequest(id=made.id))
    assert columns(made) == {"received": 200, "quarantined": 196, "consumed": 2, "lost": 2}
    back = pb.DisposeRequest(
        id=made.id, version=made.version, way=pb.DisposeRequest.RETURN, note="厂家派车取回"
    )
    made = chain.head(RECALL + "Dispose", back)
    assert columns(made) == {"received": 200, "returned": 196, "consumed": 2, "lost": 2}
    shut = ReturnRequest(id=made.id, version=made.version, reason="处理完毕")
    made = chain.head(RECALL + "Close", shut)
    assert (made.state, made.conclusion) == (R.CLOSED, "处理完毕")
    assert chain.differences() == []


@pytest.mark.requirement(21)
def test_a_recall_by_trace_code_finds_the_lot(chain: Chain) -> None:
    chain.received(chain.line("T1", 400, 1, trace_codes=codes(1)))
    made = drawn(chain, item_id=0, lot_nos="", trace_code=code(1))
    assert (made.item_id, made.lot_nos, made.lots[0].received) == (chain.adrenaline, "T1", 10)
    with refused(INVALID) as error:
        drawn(chain, item_id=0, lot_nos="", trace_code=code(9))
    assert set(faults_of(error.value)) == {"trace_code"}
    with refused(INVALID) as error:
        drawn(chain, lot_nos="L1 L9")
    assert "L9" in faults_of(error.value)["lot_nos"]


def test_a_recalled_lot_stops_at_once_and_promises_are_given_up(chain: Chain) -> None:
    waiting = chain.approved(chain.wanting(20, chain.centre, chain.station))
    coming = chain.sent(chain.wanting(10, chain.centre, chain.station))
    made = started(chain)
    back = chain.keeper(ISSUE + "Get", IdRequest(id=waiting.id))
    assert (back.state, back.lines[0].lot_no) == (issue_pb2.Issue.DRAFT, "")
    assert "召回" in back.returned_reason
    again = chain.keeper(ISSUE + "Submit", named(back))
    assert again.lines[0].lot_no == "L2", "another lot is picked"
    assert notices(chain.keeper)[chain.station].transit == 10
    chain.doctor(ISSUE + "Receive", named(coming))
    assert notices(chain.keeper)[chain.station].book == 58, "what arrives is told too"
    made = chain.head(RECALL + "Get", IdRequest(id=made.id))
    assert columns(made)["elsewhere"] == 197
    assert chain.differences() == []


def test_a_lot_is_recalled_once(chain: Chain) -> None:
    first = started(chain)
    with refused(PRECONDITION) as error:
        started(chain)
    assert first.number in text_of(error.value)


def test_what_a_late_record_used_is_noted_and_its_patient_listed(chain: Chain) -> None:
    started(chain)
    use(chain, 3, emr_id=2)
    rows = chain.head(PATIENT + "List", ListRequest()).rows
    assert sorted(row.quantity for row in rows) == [2, 3]
    use(chain, 0, emr_id=2)
    assert [row.quantity for row in chain.head(PATIENT + "List", ListRequest()).rows] == [2]
    assert notices(chain.keeper)[chain.own].book == 7


@pytest.mark.requirement(21)
def test_patients_are_masked_and_their_calls_are_kept(
    server: Running, someone: Callable[..., Clerk]
) -> None:
    crew = Crew(server, someone)
    crew.stock.received(crew.stock.line("L1", 400, 20))
    own = crew.stock.sent(crew.stock.wanting(10, crew.stock.centre, crew.stock.own))
    crew.doctor(ISSUE + "Receive", named(own))
    crew.stock.received(
        crew.stock.line("C1", 400, 1, item_id=crew.stock.cannula),
    )
    signed = crew.signed()
    rights = ("inventory.recall.read", "inventory.recall.write", "inventory.recall.start",
              "inventory.recall.close", "inventory.recall_patient.read",
              "inventory.recall_patient.write")  # fmt: skip
    quality = someone(*rights, name="质控员")
    crew.stock.head = quality
    made = drawn(crew.stock, drill=True)
    quality(RECALL + "Start", named(made))
    (row,) = quality(PATIENT + "List", ListRequest()).rows
    assert row.record_no == signed.record_no
    assert "*" in row.name
    assert "*" in row.phone
    told = pb.ContactRequest(id=row.id, version=row.version, reached=True, outcome="无不适")
    done = quality(PATIENT + "Contact", told)
    assert (done.state, done.outcome) == (P.REACHED, "无不适")
    inside = someone(*rights, "admin.personal.view")
    assert "*" not in inside(PATIENT + "Get", IdRequest(id=row.id)).name


def test_a_drill_locks_and_moves_nothing(chain: Chain) -> None:
    made = started(chain, drill=True)
    lots = chain.keeper("inventory.LotService.List", ListRequest(text="L1")).rows
    assert lots[0].state == stock_pb2.Lot.NORMAL
    told = answered(chain.keeper, notices(chain.keeper)[chain.centre], 142)
    with refused(INVALID) as error:
        chain.head(NOTICE + "Collect", named(told))
    assert "演练" in text_of(error.value)
    made = chain.head(RECALL + "Get", IdRequest(id=made.id))
    shut = ReturnRequest(id=made.id, version=made.version, reason="演练结束")
    assert chain.head(RECALL + "Close", shut).state == R.CLOSED
    assert {row.state for row in notices(chain.keeper).values()} == {N.ENDED}


def test_a_revoked_recall_unlocks_and_brings_everything_back(chain: Chain) -> None:
    made = started(chain)
    told = answered(chain.keeper, notices(chain.keeper)[chain.station], 48)
    chain.head(NOTICE + "Collect", named(told))
    assert chain.stock(chain.station) == {}
    made = chain.head(RECALL + "Get", IdRequest(id=made.id))
    off = ReturnRequest(id=made.id, version=made.version, reason="复检合格")
    assert chain.head(RECALL + "Revoke", off).state == R.REVOKED
    assert chain.stock(chain.station) == {"L1": 48}
    issue = chain.sent(chain.wanting(5, chain.centre, chain.station))
    assert issue.lines[0].lot_no == "L1"
    assert chain.differences() == []


def test_scrap_needs_two_witnesses(chain: Chain, someone: Callable[..., Clerk]) -> None:
    made = started(chain)
    collect_all(chain)
    made = chain.head(RECALL + "Get", IdRequest(id=made.id))
    way = pb.DisposeRequest.SCRAP
    scrap = pb.DisposeRequest(id=made.id, version=made.version, way=way, note="焚烧")
    with refused(INVALID) as error:
        chain.head(RECALL + "Dispose", scrap)
    assert set(faults_of(error.value)) == {"witness_id"}
    scrap.witness_id, scrap.second_witness_id = chain.keeper.who.id, chain.head.who.id
    with refused(PRECONDITION) as error:
        chain.head(RECALL + "Dispose", scrap)
    assert "INV-007" in text_of(error.value)
    scrap.second_witness_id = someone(name="见证").who.id
    assert columns(chain.head(RECALL + "Dispose", scrap))["scrapped"] == 197
    assert chain.differences() == []


def test_books_that_disagree_keep_a_recall_open(chain: Chain) -> None:
    made = started(chain)
    collect_all(chain)
    with chain.server.worker.app.sessions.write() as db:
        db.execute(
            update(Balance)
            .where(Balance.lot_no == "L1", Balance.quantity > 150)
            .values(quantity=Balance.quantity - 1)
        )
    made = chain.head(RECALL + "Get", IdRequest(id=made.id))
    shut = ReturnRequest(id=made.id, version=made.version, reason="处理完毕")
    with refused(PRECONDITION) as error:
        chain.head(RECALL + "Close", shut)
    assert "账上差1" in text_of(error.value)


def test_a_receipt_says_what_is_missing(chain: Chain) -> None:
    started(chain)
    notice = notices(chain.keeper)[chain.station]
    with refused(INVALID) as error:
        answered(chain.keeper, notice, 47)
    assert set(faults_of(error.value)) == {"explanation"}
    with refused(INVALID) as error:
        answered(chain.keeper, notice, 49)
    assert set(faults_of(error.value)) == {"found"}
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        answered(chain.keeper, notices(chain.keeper)[chain.own], 7)


@pytest.mark.parametrize(
    ("grade", "hours", "words"),
    [
        (R.GRADE_1, 1, ["回执还剩23小时", "计划备案还剩23小时", "进展报告还剩23小时"]),
        (R.GRADE_1, 25, ["回执已超1小时", "计划备案已超1小时", "进展报告已超1小时"]),
        (R.GRADE_2, 24, ["回执还剩1天0小时", "计划备案还剩2天0小时", "进展报告还剩2天0小时"]),
        (R.GRADE_3, 0, ["回执还剩3天0小时", "计划备案还剩7天0小时", "进展报告还剩7天0小时"]),
    ],
)
def test_time_limits_follow_the_class(grade: int, hours: int, words: list[str]) -> None:
    begin = datetime(2026, 11, 25, tzinfo=UTC)
    made = Recall(grade=grade, started_at=begin, state=R.ACTIVE, filed_at=None, reported_at=None)
    assert recall_account.deadlines(made, begin + timedelta(hours=hours), told=False) == words


def test_filing_and_reporting_move_the_limits(chain: Chain) -> None:
    made = started(chain)
    assert "计划备案" in made.countdown
    filed = pb.RecallNoteRequest(id=made.id, version=made.version, note="备案号88")
    made = chain.head(RECALL + "File", filed)
    assert "计划备案" not in made.countdown
    assert "备案：备案号88（王主任）" in made.log
    first = pb.RecallNoteRequest(id=made.id, version=made.version, note="第一次")
    assert "报告：第一次" in chain.head(RECALL + "Report", first).log


@pytest.mark.requirement(21)
def test_notice_and_report_print(chain: Chain) -> None:
    made = started(chain)
    row = notices(chain.keeper)[chain.station]
    seen = chain.keeper(NOTICE + "Get", IdRequest(id=row.id))
    text = printed(recall_notice.draw(seen, META), "recall_notice")
    for part in (made.number, "召回通知单", "第二联", "分站库", "L1", "48", "可见异物", "一级召回"):
        assert part in text, part
    made = chain.head(RECALL + "Get", IdRequest(id=made.id))
    text = printed(report.draw(made, META), "recall_report")
    for part in ("召回报告", "L1", "200", "197", "涉及病历：1份", "沪药监〔2026〕12号", "王主任"):
        assert part in text, part


@pytest.mark.requirement(21)
def test_a_recall_by_supplier_and_days_means_what_came_then(chain: Chain) -> None:
    """Several items of one supplier are told, so that each gets a recall of its own."""
    supplier = chain.keeper(
        "inventory.SupplierService.Create", supplier_pb2.Supplier(code="gy", name="国药控股")
    )
    bought = {"kind": receipt_pb2.Receipt.PURCHASE, "supplier_id": supplier.id, "remark": ""}
    chain.received(chain.line("P1", 400, 2), chain.line("P2", 500, 3), **bought)
    span = {"item_id": 0, "lot_nos": "", "supplier_id": supplier.id}
    days = {"received_from_on": day(0), "received_until_on": day(0)}
    made = drawn(chain, **span, **days, finish_on=day(3))
    assert (made.item_id, [lot.lot_no for lot in made.lots]) == (chain.adrenaline, ["P1", "P2"])
    assert chain.head(RECALL + "Start", named(made)).countdown.count("完成召回还剩3天") == 1
    with refused(INVALID) as error:
        drawn(chain, **span)
    assert "起止" in faults_of(error.value)["received_from_on"]
    with refused(INVALID) as error:
        drawn(chain, **span, received_from_on=day(-9), received_until_on=day(-1))
    assert "没有入过库" in faults_of(error.value)["supplier_id"]
    chain.received(chain.line("P3", 400, 2, item_id=chain.saline), **bought)
    with refused(INVALID) as error:
        drawn(chain, **span, **days)
    assert "2种物资" in faults_of(error.value)["item_id"]


@pytest.mark.requirement(21)
def test_a_scanned_udi_means_its_item_and_lot(chain: Chain) -> None:
    tube = chain.item("气管插管", "7.0", 10, kind=item_pb2.Item.CONSUMABLE, barcode="6901234567892")
    chain.received(chain.line("T77", 400, 2, item_id=tube), chain.line("T78", 400, 2, item_id=tube))
    udi = {"item_id": 0, "lot_nos": "", "udi": "(01)06901234567892(17)280101(10)T77"}
    made = drawn(chain, **udi)
    assert (made.item_id, [lot.lot_no for lot in made.lots]) == (tube, ["T77"])
    with refused(INVALID) as error:
        drawn(chain, **udi | {"udi": "(01)06900000000001(10)T77"})
    assert "没有条码" in faults_of(error.value)["udi"]


@pytest.mark.requirement(21)
def test_locking_frees_what_other_bills_reserved_and_drafts_a_return_for_each_holder(
    chain: Chain,
) -> None:
    """A loss that waits would keep its units from being collected; what is to be destroyed lies
    in quarantine already."""
    broken = loss_pb2.LossLine(item_id=chain.adrenaline, quantity=2, reason="broken")
    loss = loss_pb2.Loss(business_on=day(0), lines=[broken])
    loss = chain.doctor(LOSS + "Submit", named(chain.doctor(LOSS + "Create", loss)))
    line = disposal_pb2.DisposalLine(item_id=chain.adrenaline, quantity=5)
    gone = disposal_pb2.Disposal(
        warehouse_id=chain.centre, business_on=day(0), cause=disposal_pb2.Disposal.SPOILED,
        lines=[line],
    )  # fmt: skip
    gone = chain.keeper(DISPOSAL + "Submit", named(chain.keeper(DISPOSAL + "Create", gone)))
    made = started(chain)
    seen = chain.doctor(LOSS + "Get", IdRequest(id=loss.id))
    why = f"有批号停用，占用已释放，请核对后重新提交或作废：召回{made.number}：可见异物"
    assert facts_of(seen) == ("DRAFT", why)
    assert facts_of(chain.keeper(DISPOSAL + "Get", IdRequest(id=gone.id)))[0] == "SUBMITTED"
    orders = {notice.return_no for notice in notices(chain.keeper).values()}
    assert orders == {f"{made.number}-{n:03}" for n in (1, 2, 3)}
    (notice,) = (n for n in notices(chain.keeper).values() if n.warehouse_id == chain.own)
    assert "还剩" in notice.deadline, "the holder's countdown"
    slip = printed(recall_notice.draw(notice, META), "return")
    assert notice.return_no in slip
    assert "退回单" in slip
    collect_all(chain)
    assert chain.differences() == []


def facts_of(bill: Any) -> tuple[str, str]:
    """State by name, and why it came back."""
    return type(bill).State.Name(bill.state), bill.returned_reason
