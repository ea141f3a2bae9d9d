"""Lots stopped, let go and inspected; what is blocked is shown apart with its reason."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from client.core.asking import AskDialog
from client.core.page import Page
from client.core.view import PageView
from client.inventory.books import lots
from protos.common.approval_pb2 import HistoryRequest
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import category_pb2, disposal_pb2, stock_pb2, supplier_pb2, warehouse_pb2
from protos.inventory import receipt_pb2 as receipts
from server.core.run import Running
from server.inventory.ledger_tables import Lot
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON
from tests.inventory.test_expiry import executed
from tests.inventory.test_pages import desk, show  # noqa: F401 - fixtures
from tests.inventory.world import DOCTOR, ISSUE, RECEIPT, World, day, named
from tests.people import Clerk, faults_of, refused, text_of

LOT, STOCK, OWN = (
    "inventory.LotService.",
    "inventory.StockService.",
    "inventory.PersonalStockService.",
)
S, L, R = stock_pb2.Stock, stock_pb2.Lot, receipts.ReceiptLine
PRECONDITION, INVALID = grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def lot(world: World, lot_no: str) -> stock_pb2.Lot:
    """The first receipt of a maker's lot, as the page shows it."""
    asked = ListRequest(filters=[Filter(field="lot_no", values=[lot_no])], order_by="id")
    rows: list[stock_pb2.Lot] = world.keeper(LOT + "List", asked).rows
    return rows[0]


def held(world: World, lot_no: str, **values: Any) -> stock_pb2.Lot:
    """A lot stopped for a doubt."""
    found = lot(world, lot_no)
    request = stock_pb2.HoldRequest(id=found.id, version=found.version, reason="疑有混浊", **values)
    return world.keeper(LOT + "Hold", request)


def divided(clerk: Clerk, method: str = STOCK, **asked: Any) -> dict[str, tuple[int, ...]]:
    """On hand, blocked, available and the reason, by lot."""
    rows = clerk(method + "List", ListRequest(**asked)).rows
    return {r.lot_no: (r.quantity, r.blocked, r.available, r.use) for r in rows}


@pytest.mark.requirement(13)
def test_a_held_lot_is_stopped_in_every_store_until_it_is_released(world: World) -> None:
    world.stocked_doctor(10)
    waiting = world.approved(world.wanting(5, world.centre, world.station))
    assert lot(world, "L1").on_hand == 200
    stopped = held(world, "L1")
    assert (stopped.state, stopped.note, stopped.decider_id) == (
        L.HOLD, "冻结：疑有混浊", world.keeper.who.id,
    )  # fmt: skip
    assert divided(world.keeper)["L1"] == (190, 190, 0, S.HELD)
    assert divided(world.doctor, OWN) == {"L1": (10, 10, 0, S.HELD)}
    only = [Filter(field="use", values=["HELD"])]
    assert set(divided(world.keeper, filters=only)) == {"L1"}
    back = world.keeper(ISSUE + "Get", IdRequest(id=waiting.id))
    assert "疑有混浊" in back.returned_reason, "what waited with it goes back to its maker"
    again = world.keeper(ISSUE + "Submit", named(back))
    assert [line.lot_id for line in again.lines] == [lot(world, "L2").id], "the next lot in turn"
    with refused(PRECONDITION) as error:
        world.approved(world.wanting(5, world.centre, world.own, lot_id=stopped.id))
    assert "已冻结" in text_of(error.value)
    free = stock_pb2.HoldRequest(id=stopped.id, version=stopped.version, reason="复检合格")
    assert world.keeper(LOT + "Release", free).state == L.NORMAL
    assert divided(world.keeper)["L1"] == (190, 0, 190, S.USABLE)
    asked = HistoryRequest(service="inventory.LotService", id=stopped.id)
    told = world.keeper("common.ApprovalService.History", asked).changes
    assert {"冻结", "解冻"} <= {change.label for change in told}


def test_who_may_not_hold_is_refused_and_a_lot_of_two_receipts_is_held_whole(
    world: World, someone: Callable[..., Clerk]
) -> None:
    world.received(world.line("L1", 400, 2))
    world.received(world.line("L1", 400, 3))
    doctor = someone(*DOCTOR, "inventory.stock.read")
    request = stock_pb2.HoldRequest(id=1, version=1, reason="试试")
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        doctor(LOT + "Hold", request)
    held(world, "L1", only_this=True)
    assert sorted(row[:3] for row in _rows(world)) == [(20, 20, 0), (30, 0, 30)]
    again = lot(world, "L1")
    world.keeper(
        LOT + "Release",
        stock_pb2.HoldRequest(id=again.id, version=again.version, reason="放行"),
    )
    held(world, "L1")
    assert sorted(row[:3] for row in _rows(world)) == [(20, 20, 0), (30, 30, 0)]


def _rows(world: World) -> list[tuple[int, ...]]:
    rows = world.keeper(STOCK + "List", ListRequest()).rows
    return [(r.quantity, r.blocked, r.available) for r in rows]


@pytest.mark.requirement(6)
def test_a_lot_is_destroyed_with_its_last_unit(world: World) -> None:
    quarantine = warehouse_pb2.Warehouse.QUARANTINE
    world.warehouse("GLK", "中心隔离库", quarantine, parent_id=world.centre)
    world.received(world.line("L1", 400, 1))
    stopped = held(world, "L1")
    made = disposal_pb2.Disposal(
        warehouse_id=world.centre, cause=disposal_pb2.Disposal.SPOILED, business_on=day(0),
        lines=[disposal_pb2.DisposalLine(item_id=world.adrenaline, lot_id=stopped.id, quantity=10)],
    )  # fmt: skip
    service = "inventory.DisposalService."
    made = world.keeper(service + "Create", made)
    made = world.keeper(service + "Submit", named(made))
    made = world.head(service + "Approve", named(made))
    executed(world, made, world.head.who.id, world.doctor.who.id)
    assert lot(world, "L1").state == L.SCRAPPED


@pytest.mark.requirement(2)
def test_goods_to_be_inspected_are_on_the_books_and_no_use_until_accepted(world: World) -> None:
    done = world.received(
        world.line("W1", 400, 2, conclusion=R.PENDING, appearance=R.DAMAGED, certificate_no="HG-17",
                   import_no="H20200123"),
        world.line("W2", 400, 3, conclusion=R.PENDING),
        world.line("G1", 500, 1, appearance=R.INTACT),
    )  # fmt: skip
    assert [line.conclusion for line in done.lines] == [R.PENDING, R.PENDING, R.PASSED]
    assert divided(world.keeper) == {
        "W1": (20, 20, 0, S.TO_INSPECT), "W2": (30, 30, 0, S.TO_INSPECT),
        "G1": (10, 0, 10, S.USABLE),
    }  # fmt: skip
    sent = world.approved(world.wanting(5, world.centre, world.station))
    assert [line.lot_no for line in sent.lines] == ["G1"], "what waits is passed by"
    bad, good = lot(world, "W1"), lot(world, "W2")
    verdict = stock_pb2.InspectLotRequest
    with refused(INVALID) as error:
        world.keeper(
            LOT + "Inspect", verdict(id=bad.id, version=bad.version, conclusion=verdict.FAILED)
        )
    assert list(faults_of(error.value)) == ["note"]
    told = verdict(id=bad.id, version=bad.version, conclusion=verdict.FAILED, note="安瓿破裂")
    assert world.keeper(LOT + "Inspect", told).state == L.REJECTED
    told = verdict(id=good.id, version=good.version, conclusion=verdict.PASSED)
    assert world.keeper(LOT + "Inspect", told).state == L.NORMAL
    assert divided(world.keeper)["W1"] == (20, 20, 0, S.REJECTED)
    assert divided(world.keeper)["W2"] == (30, 0, 30, S.USABLE)
    seen = world.keeper(RECEIPT + "Get", IdRequest(id=done.id))
    assert [line.conclusion for line in seen.lines] == [R.FAILED, R.PASSED, R.PASSED]


@pytest.mark.requirement(2)
def test_what_may_not_be_accepted_at_once_is_refused_in_words(world: World) -> None:
    strict = category_pb2.Category(code="SJ", name="生物制品", inspected=True)
    above = world.keeper("inventory.CategoryService.Create", strict)
    below = category_pb2.Category(code="SJ1", name="血清", parent_id=above.id)
    category = world.keeper("inventory.CategoryService.Create", below).id
    serum = world.item("抗蛇毒血清", "10ml", 2, category_id=category)
    lines = [
        world.line("A", 400, 1, conclusion=R.FAILED),
        world.line("B", 400, 1, conclusion=R.PASSED, appearance=R.WET),
        world.line("C", 400, 1, conclusion=R.PASSED, item_id=serum),
    ]
    with refused(INVALID) as error:
        world.keeper(RECEIPT + "Create", world.draft(*lines))
    assert list(faults_of(error.value)) == [f"lines[{row}].conclusion" for row in range(3)]
    done = world.received(world.line("C", 400, 1, item_id=serum))
    assert done.lines[0].conclusion == R.PENDING, "as the category above it asks"
    for kind in (receipts.Receipt.INSURANCE, receipts.Receipt.RETURN):
        bare = world.draft(world.line("K", 400, 1), kind=kind, remark="")
        with refused(INVALID):
            world.keeper(RECEIPT + "Create", bare)
    back = world.received(world.line("K", 400, 1), kind=receipts.Receipt.RETURN, remark="外借归还")
    assert back.state == receipts.Receipt.POSTED
    supplier = world.keeper(
        "inventory.SupplierService.Create", supplier_pb2.Supplier(code="G1", name="某医药公司")
    ).id
    dear = world.draft(
        world.line("M", 400, 1), kind=receipts.Receipt.INSURANCE, supplier_id=supplier,
        invoice_no="25312000000001", invoice_amount=4000,
    )  # fmt: skip
    assert "发票金额比明细合计多2.00元" in world.keeper(RECEIPT + "Create", dear).notice


def answer(view: PageView) -> None:
    """Give the reason the open dialog asks for."""
    asked = view.findChild(AskDialog)
    assert isinstance(asked, AskDialog)
    reason = asked.body.boxes["reason"].editor
    assert reason is not None
    reason.set_value("疑有混浊")
    asked.accept()


def test_a_keeper_holds_a_lot_from_its_page(
    world: World,
    server: Running,
    show: Callable[[Page], PageView],  # noqa: F811 - the fixture
    qtbot: QtBot,
) -> None:
    world.received(world.line("L1", 400, 2))
    view = show(lots)
    view.table.selectRow(0)
    QTimer.singleShot(0, view, lambda: answer(view))
    view.do("Hold")

    def state() -> int:
        with server.worker.app.sessions.read() as db:
            return db.query(Lot).one().state

    qtbot.waitUntil(lambda: state() == L.HOLD, timeout=SOON)
