"""Price versions: drafted by one, put in force by another, and chosen by the day of service."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import grpc

from protos.common.list_pb2 import IdRequest
from protos.emr.case_record_pb2 import CaseRecord as Case
from protos.emr.case_record_pb2 import Treatment as Done
from protos.finance import charge_pb2
from protos.finance import price_pb2 as pb
from protos.inventory import item_pb2
from server.core.numbering import SHANGHAI
from server.core.run import Running
from server.emr.tables import CaseRecord, Treatment
from server.finance.price import PriceItem
from server.finance.run import Used, propose, unpriced, used_in
from server.inventory.category import Category
from server.inventory.item import Item
from tests.finance import world
from tests.finance.world import CASHIER, CHARGE, PRICE, T, item
from tests.people import Clerk, faults_of, refused, text_of

Someone = Callable[..., Clerk]
MAKER = ("finance.price.read", "finance.price.write")
CHECKER = ("finance.price.read", "finance.price.approve")


def draft(from_on: date) -> pb.PriceList:
    made = pb.PriceList(name="新价", doc_no="沪价2026-9", from_on=from_on.isoformat())
    made.items.add(
        code="VEH-BASE", name="救护车使用费", group=T.VEHICLE, basis=T.PER_TIME, unit="次",
        price=5000, per=10, step=10, rounding=T.UP, automatic=True,
    )  # fmt: skip
    return made


def naming(record: pb.PriceList) -> IdRequest:
    return IdRequest(id=record.id, version=record.version)


def today() -> date:
    return datetime.now(UTC).astimezone(SHANGHAI).date()


def test_a_version_is_approved_by_another_and_then_never_edited(someone: Someone) -> None:
    both = someone(*MAKER, *CHECKER)
    made = both(PRICE + "Create", draft(today()))
    made = both(PRICE + "Submit", naming(made))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        both(PRICE + "Approve", naming(made))
    assert "自己" in text_of(error.value)
    made = someone(*CHECKER)(PRICE + "Approve", naming(made))
    assert made.state == pb.PriceList.ACTIVE
    made.items[0].price = 1
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        both(PRICE + "Update", made)
    copy = pb.CopyPriceRequest(
        id=made.id, version=made.version, name="再新", doc_no="沪价2027-1", from_on="2099-01-01"
    )
    fresh = both(PRICE + "Copy", copy)
    assert (fresh.state, fresh.items[0].price) == (pb.PriceList.DRAFT, 5000)
    assert fresh.items[0].id != made.items[0].id


def test_a_list_with_an_item_twice_is_refused(someone: Someone) -> None:
    asked = draft(today())
    asked.items.add().CopyFrom(asked.items[0])
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        someone(*MAKER)(PRICE + "Create", asked)
    assert "items[1].code" in faults_of(error.value)


def test_the_day_of_service_chooses_the_version(server: Running, someone: Someone) -> None:
    clerk = someone(*CASHIER, *MAKER)
    sessions = server.worker.app.sessions
    world.put_prices(sessions, clerk.who)
    made = clerk(PRICE + "Create", draft(today()))
    made = clerk(PRICE + "Submit", naming(made))
    someone(*CHECKER)(PRICE + "Approve", naming(made))
    old = world.put_task(sessions, clerk.who, at=datetime.now(UTC) - timedelta(days=1))
    new = world.put_task(sessions, clerk.who, number=2)
    dues = [world.bill(clerk, task).due for task in (old, new)]
    assert dues == [12720, 5000]


# What the medical record says ------------------------------------------------------------


def priced() -> list[PriceItem]:
    return [
        item("VEH-BASE", T.VEHICLE, T.PER_TIME, 3000, automatic=True),
        item("YP-1", T.DRUG, T.PER_USE, 1250, item_id=7),
        item("EXAM-ECG", T.EXAM, T.PER_TIME, 2000, measure="ecg"),
    ]


def test_a_loss_is_not_the_patient_s() -> None:
    record = CaseRecord()
    record.treatments = [
        Treatment(kind=Done.DRUG, item_id=7, item_name="药", quantity=2, measure=""),
        Treatment(kind=Done.LOST_DRUG, item_id=7, item_name="药", quantity=1, measure=""),
        Treatment(kind=Done.MEASURE, item_id=None, item_name="", quantity=1, measure="ecg"),
    ]
    chosen = propose(priced(), charge_pb2.Charge.EMERGENCY, used_in(record))
    assert chosen == [("VEH-BASE", 10), ("YP-1", 20), ("EXAM-ECG", 10)]


def test_what_has_no_price_is_named() -> None:
    used = [Used(8, "", "新药", 1), Used(8, "", "新药", 1), Used(None, "carry", "", 1)]
    assert unpriced(priced(), used) == ["新药"]


def test_a_home_run_is_not_charged_drugs() -> None:
    chosen = propose(priced(), charge_pb2.Charge.HOME, [Used(7, "", "药", 2)])
    assert chosen == [("VEH-BASE", 10)]


def test_what_the_record_used_stands_on_the_bill(server: Running, someone: Someone) -> None:
    clerk = someone(*CASHIER)
    sessions = server.worker.app.sessions
    world.put_prices(sessions, clerk.who)
    task = world.put_task(sessions, clerk.who)
    put_record(server, clerk, task)
    proposed = clerk(CHARGE + "Propose", charge_pb2.ProposeRequest(task_id=task))
    lines = {line.code: (line.quantity, line.amount) for line in proposed.lines}
    assert lines["DRUG-1"] == (120, 2500)  # 12 pieces are two packs of ten
    assert proposed.notice == ""
    kept = clerk(CHARGE + "Create", proposed)
    assert (kept.drug_fee, kept.due) == (2500, 12720 + 2500)


def put_record(server: Running, clerk: Clerk, task_id: int) -> None:
    """A submitted record that used twelve pieces and lost one."""
    now = datetime.now(UTC)
    with server.worker.app.sessions.write() as db:
        kind = Category(code="YP", name="药品", created_at=now, updated_at=now, path="/1/")
        db.add(kind)
        db.flush()
        drug = Item(
            code="YP0001", title="药", name="药", spec="1mg", kind=item_pb2.Item.DRUG,
            category_id=kind.id, base_unit="支", chargeable=True, created_at=now, updated_at=now,
        )  # fmt: skip
        db.add(drug)
        db.flush()
        tariff = db.query(PriceItem).filter_by(code="DRUG-1").one()
        tariff.item_id = drug.id
        record = CaseRecord(
            client_key="k", record_no="R1", state=Case.SUBMITTED, task_id=task_id,
            patient_order=1, station_id=clerk.who.department_id, doctor_id=clerk.who.id,
            created_at=now, updated_at=now,
        )  # fmt: skip
        record.treatments = [
            Treatment(position=n, kind=kind, item_id=drug.id, quantity=quantity, done_at=now,
                      client_key=str(n), item_name="药")
            for n, (kind, quantity) in enumerate(
                [(Done.DRUG, 5), (Done.DRUG, 7), (Done.LOST_DRUG, 1)], 1
            )
        ]  # fmt: skip
        db.add(record)


def test_a_bill_reduced_to_nothing_is_settled_without_money(
    server: Running, someone: Someone
) -> None:
    clerk = someone(*CASHIER)
    world.put_prices(server.worker.app.sessions, clerk.who)
    made = world.bill(clerk, world.put_task(server.worker.app.sessions, clerk.who))
    ask = charge_pb2.ReduceRequest(
        id=made.id, version=made.version, kind=charge_pb2.Charge.BRAVERY, amount=12720,
        reason="见义勇为证书",
    )  # fmt: skip
    made = someone(*world.HEAD)(CHARGE + "Reduce", ask)
    empty = charge_pb2.SettleRequest(id=made.id, version=made.version)
    assert clerk(CHARGE + "Settle", empty).state == charge_pb2.Charge.PAID
