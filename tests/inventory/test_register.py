"""The register of controlled drugs: patient, hands, rest and empties of every use, however many."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, update

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.emr import case_record_pb2
from protos.inventory import card_pb2 as pb
from protos.inventory import empties_pb2, item_pb2, stock_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from resources.emr.content import content
from server.core.ids import new as new_id
from server.core.numbering import shanghai_date
from server.core.run import Running
from server.emr.tables import CaseRecord, Treatment
from server.inventory import self_check
from server.inventory.ledger_tables import Move
from tests.emr.world import RECORD, Crew, at, filled, key
from tests.inventory.test_role_item import bind
from tests.inventory.test_trace import code, codes
from tests.inventory.world import ISSUE, day, named
from tests.people import Clerk

ENTRY = "inventory.RegisterEntryService."
T = case_record_pb2.Treatment


@pytest.fixture
def crew(server: Running, someone: Callable[..., Clerk]) -> Crew:
    """The doctor gave a patient an ampoule of morphine, half of it; the record is signed."""
    crew = Crew(server, someone)
    stock = crew.stock
    stock.received(stock.line("L1", 400, 1, trace_codes=codes(7)))
    crew.doctor(ISSUE + "Receive", named(stock.sent(stock.wanting(10, stock.centre, stock.own))))
    morphine = stock.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC)
    bind(stock, crew.doctor, morphine)
    pair = {"acceptor_id": stock.keeper.who.id, "second_acceptor_id": stock.head.who.id}
    stock.received(stock.line("M1", 400, 1, item_id=morphine), **pair)
    wanted = stock.wanting(4, stock.centre, stock.own)
    wanted.lines[0].item_id = morphine
    crew.doctor(ISSUE + "Receive", named(stock.sent(wanted)))
    record = filled(crew.draft(name="周建国", id_no="310101195003071234"), stock.adrenaline,
                    stock.cannula)  # fmt: skip
    record.treatments.add(
        client_key=key(), kind=T.DRUG, period=case_record_pb2.SCENE, done_at=at("08:32"),
        item_id=morphine, quantity=1, dose="5mg", route="iv_push", ordered_by="陈医生",
        done_by="赵护士", checked_by="陈医生", residual="余5mg，当场弃去",
    )  # fmt: skip
    ready = crew.doctor(RECORD + "Update", record)
    signed = case_record_pb2.SubmitRequest(id=ready.id, version=ready.version)
    crew.doctor(RECORD + "Submit", signed)
    return crew


def entries(clerk: Clerk, **request: object) -> list[pb.RegisterEntry]:
    """The register's lines, all pages of it."""
    found: list[pb.RegisterEntry] = []
    asked = ListRequest(**request)  # type: ignore[arg-type]
    while True:
        answer = clerk(ENTRY + "List", asked)
        found += answer.rows
        if not answer.info.next:
            return found
        asked.cursor = answer.info.next


@pytest.mark.requirement(13)
@pytest.mark.requirement(144)
def test_a_use_stands_with_patient_hands_rest_and_empties(
    crew: Crew, someone: Callable[..., Clerk]
) -> None:
    rights = ("inventory.register.read", "admin.personal.view")
    officer = someone(*rights, name="专管员")
    used = Filter(field="code", values=["CONSUMED"])
    (row,) = entries(officer, filters=[used])
    assert (row.patient, row.id_no) == ("周建国", "310101195003071234")
    assert (row.item_name, row.spec, row.lot_no) == ("盐酸吗啡注射液", "1ml:10mg", "M1")
    assert (row.quantity, row.unit, row.dose, row.residual) == (1, "支", "5mg", "余5mg，当场弃去")
    assert (row.doctor, row.executor, row.checker) == ("陈医生", "赵护士", "陈医生")
    assert row.diagnosis
    assert row.empties == "未交回"
    (masked,) = entries(crew.stock.keeper, filters=[used])
    assert (masked.patient, masked.id_no[:3], "*" in masked.id_no) == ("周*国", "310", True)
    hand_in(crew, someone, row)
    (row,) = entries(officer, filters=[used])
    assert row.empties == "收回1支（批号M1）"
    one = officer(ENTRY + "Get", IdRequest(id=row.id))
    assert one.patient == "周建国"
    hands = {(r.code, r.executor, r.checker) for r in entries(officer)} - {
        (row.code, row.executor, row.checker)
    }
    assert hands == {
        (stock_pb2.Move.OPENED, "李库管", "王主任"), (stock_pb2.Move.ISSUED, "李库管", "王主任"),
        (stock_pb2.Move.TAKEN_ON, "陈医生", "李库管"),
    }  # fmt: skip


def hand_in(crew: Crew, someone: Callable[..., Clerk], row: pb.RegisterEntry) -> None:
    """The nurse hands the empty ampoule in for the task, a keeper receives it."""
    nurse = someone("inventory.empties.read", "inventory.empties.write", name="赵护士")
    keeper = someone("inventory.empties.read", "inventory.empties.receive", name="钱库管")
    told = empties_pb2.EmptiesReturn(
        item_id=row.item_id, lot_id=crew.stock.lots(crew.stock.own)["M1"], business_on=day(0),
        quantity=1, task_no=row.task_no,
    )  # fmt: skip
    made = nurse("inventory.EmptiesService.Create", told)
    keeper("inventory.EmptiesService.Receive", named(made))


def test_the_register_goes_on_beyond_five_hundred_lines(crew: Crew) -> None:
    with crew.stock.server.worker.app.sessions.write() as db:
        (sample,) = db.scalars(
            select(Move).where(Move.lot_no == "M1", Move.code == stock_pb2.Move.TAKEN_ON)
        )
        values = {c.key: getattr(sample, c.key) for c in Move.__table__.columns if c.key != "id"}
        db.execute(insert(Move), [{"id": new_id(), **values} for _ in range(620)])
    asked = entries(crew.stock.keeper, limit=200)
    assert len(asked) == 624, "four of the story and what was added"
    today = shanghai_date(datetime.now(UTC)).isoformat()
    since = Filter(field="occurred_at", op=Filter.BETWEEN, values=[f"{today}T00:00:00Z", ""])
    days = entries(crew.stock.keeper, filters=[since], limit=1000)
    assert len(days) <= 624
    assert all(row.code != stock_pb2.Move.CONSUMED for row in days), "used last week"


@pytest.mark.requirement(14)
@pytest.mark.requirement(144)
def test_the_issue_is_written_back_to_the_record_s_lines(crew: Crew) -> None:
    """Lot, batch and codes stand beside what was signed, and follow an amended record."""
    (record,) = crew.doctor(RECORD + "List", ListRequest()).rows
    seen = crew.doctor(RECORD + "Get", IdRequest(id=record.id))
    lines = {row.item_name: row for row in seen.treatments}
    morphine = lines["盐酸吗啡注射液 1ml:10mg"]
    assert (morphine.issued_lots, morphine.issued_batches) == ("M1×1", f"{day(0)}入库")
    adrenaline = lines["盐酸肾上腺素注射液 1ml:1mg"]
    assert (adrenaline.issued_lots, adrenaline.issued_codes) == ("L1×2", code(7))
    assert lines["静脉留置针 22G"].issued_lots == "", "there was none in the store"
    bare = case_record_pb2.CaseRecord()
    bare.CopyFrom(seen)
    for row in bare.treatments:
        row.issued_lots = row.issued_batches = row.issued_codes = ""
    assert content(bare) == content(seen), "nothing of it is in what was signed"


@pytest.mark.requirement(14)
@pytest.mark.invariant(12)
def test_the_night_names_where_records_and_issues_differ(crew: Crew) -> None:
    """By item, day and station; what waits on the work list is named with its issue."""
    sessions = crew.stock.server.worker.app.sessions

    def report() -> str:
        return self_check.run(sessions, datetime.now(UTC)).report

    (issue,) = crew.stock.head("inventory.ConsumptionService.List", ListRequest()).rows
    gap = f"2026-11-20静脉留置针 22G：病历用1，出库0，差1（待处理差异{issue.number}）"
    assert report().splitlines() == [f"测试分站{gap}"], "two hands stand behind the morphine"
    off = ReturnRequest(id=issue.id, version=issue.version, reason="未使用")
    crew.stock.head("inventory.ConsumptionService.Dismiss", off)
    assert report() == ""
    with sessions.write() as db:
        used = update(Treatment).where(Treatment.item_name.startswith("盐酸肾上腺素"))
        db.execute(used.values(quantity=5))
        db.execute(update(CaseRecord).values(state=case_record_pb2.CaseRecord.REVIEWED))
    assert "盐酸肾上腺素注射液 1ml:1mg：病历用5，出库2，差3" in report()
    with sessions.write() as db:
        db.execute(update(CaseRecord).values(state=case_record_pb2.CaseRecord.RETURNED))
    assert report() == "", "what is being rewritten is not signed"
