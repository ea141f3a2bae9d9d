"""What the demo's people counted, destroyed and inspected."""

from datetime import datetime, timedelta

from sqlalchemy import select

from protos.inventory import (
    count_pb2,
    disposal_pb2,
    receipt_pb2,
    stock_pb2,
    warehouse_pb2,
)
from server.core.call import Call
from server.core.numbering import shanghai_date
from server.inventory import count as counting
from server.inventory import receipt as receiving
from server.inventory.count import Count, CountLine
from server.inventory.disposal import Disposal, DisposalLine, DisposalService, scrap, shut_away
from server.inventory.document import approve
from server.inventory.ledger_tables import Balance, Lot
from server.inventory.lot import decide
from server.inventory.quarantine import move_all
from server.inventory.receipt import Receipt, ReceiptService
from server.inventory.seed_bills import Days, delivered, largest
from server.inventory.supplier_return import SupplierReturn, SupplierReturnService
from server.inventory.warehouse import Warehouse

_R = receipt_pb2.ReceiptLine
WET = ("一次性心电电极片", "口咽通气管", "医用纱布敷料")


def counted(days: Days) -> None:
    """A stocktake of the second station with one mask missing, one that runs, one planned."""
    keeper, head, nurse = (days.call(who, 2) for who in ("KG001", "KG002", "HS001"))
    count = _plan(keeper, days.stores["LJZK"], count_pb2.Count.HARD)
    days.db.flush()
    counting.begin(keeper, count)
    days.db.flush()
    balances = counting.held(keeper, count)
    for line in count.lines:
        _found(line, balances[line.lot_id], nurse.now)
    count.counter_id = nurse.user.id
    counting.sum_up(count)
    count.approver_id = head.user.id
    counting.post(head, count)
    count.state = count_pb2.Count.POSTED
    running = _plan(days.call("KG001", 1), days.stores["LJZK"], count_pb2.Count.SOFT)
    days.db.flush()
    counting.begin(days.call("KG001", 1), running)
    running.state = count_pb2.Count.COUNTING
    _plan(days.call("KG001", 0), days.stores["PDK"], count_pb2.Count.SOFT)
    days.db.flush()


def _found(line: CountLine, balance: Balance, now: datetime) -> None:
    missing = 1 if line.item.name.startswith("医用外科口罩") else 0
    counting.take_down(line, balance.quantity - missing, balance, now)
    if missing:
        line.reason, line.note = count_pb2.CountLine.ISSUE_NOT_BOOKED, "发热门诊借用"


def _plan(call: Call, store: Warehouse, freeze: int) -> Count:
    count = Count(
        warehouse_id=store.id, business_on=shanghai_date(call.now), scope=count_pb2.Count.WHOLE,
        freeze=freeze, blind=True, uncounted=count_pb2.Count.KEEP, tolerance=2,
        remark="月度盘点", maker_id=call.user.id, state=count_pb2.Count.PLANNED,
        created_at=call.now, updated_at=call.now,
    )  # fmt: skip
    call.db.add(count)
    return count


def disposed(days: Days, bought: Receipt) -> None:
    """What got wet is destroyed, what ran out waits for approval; two lots lie in quarantine."""
    store = days.stores["ZXK"]
    keeper, head = days.call("KG001", 3), days.call("KG002", 3)
    lots = [largest(days, store, start) for start in WET]
    ruined = Disposal(
        warehouse_id=store.id, cause=disposal_pb2.Disposal.SPOILED, remark="库房漏水",
        lines=[
            DisposalLine(item_id=b.item_id, item=b.lot.item, lot_id=b.lot_id, lot=b.lot, unit="",
                         quantity=10, note="浸湿")
            for b in lots
        ],
    )  # fmt: skip
    days.submitted(keeper, DisposalService(), ruined)
    shut_away(keeper, ruined)
    approve(head, ruined)
    ruined.method, ruined.place = disposal_pb2.Disposal.HANDED_OVER, "医疗废物暂存间"
    ruined.witness_id, ruined.second_witness_id = days.people["HS001"], days.people["ZZ001"]
    scrap(head, ruined)
    ruined.state = disposal_pb2.Disposal.POSTED
    disposal = Disposal(
        warehouse_id=store.id, cause=disposal_pb2.Disposal.EXPIRED, remark="", lines=[]
    )
    days.submitted(days.call("KG001", 0), DisposalService(), disposal)
    shut_away(days.call("KG001", 0), disposal)
    days.db.flush()
    _shut_away(days, store)
    back = SupplierReturn(
        receipt_id=bought.id, warehouse_id=days.stores["GLK"].id, reason="quality",
        note="安瓿有裂纹", red_invoice_no="", remark="", lines=[],
    )  # fmt: skip
    days.submitted(days.call("KG001", 0), SupplierReturnService(), back)


def inspected(days: Days) -> None:
    """A delivery to be inspected: one lot still waits, one was accepted, one was rejected."""
    keeper, head = days.call("KG001", 2), days.call("KG002", 2)
    pads, mask = days.named("一次性除颤电极片"), days.named("喉罩")
    until = shanghai_date(days.now) + timedelta(days=700)
    lines = [delivered(pads, "D2611", until, 10, 38000), delivered(pads, "D2612", until, 4, 38000),
             delivered(mask, "H2611", until, 5, 8600)]  # fmt: skip
    receipt = Receipt(
        kind=receipt_pb2.Receipt.INSURANCE, warehouse_id=days.stores["ZXK"].id,
        supplier_id=pads.supplier_id, invoice_no="25312000001302", invoice_amount=580000,
        remark="", acceptor_id=keeper.user.id, lines=lines,
    )  # fmt: skip
    for number, line in enumerate(lines, 1):
        line.unit = ""
        line.conclusion, line.certificate_no = _R.PENDING, f"HG2611-{number:02d}"
        line.appearance = _R.DAMAGED if number == 2 else _R.INTACT
        line.import_no = "国械注进20183080123" if line.item is pads else ""
    days.submitted(keeper, ReceiptService(), receipt)
    approve(head, receipt)
    receiving.post(keeper, receipt)
    receipt.state = receipt_pb2.Receipt.POSTED
    days.db.flush()
    verdicts = {
        "D2612": (stock_pb2.Lot.REJECTED, _R.FAILED, "验收不合格：外箱破损，内包装漏气"),
        "H2611": (stock_pb2.Lot.NORMAL, _R.PASSED, "验收合格"),
    }
    for line in lines:
        if line.lot_no in verdicts:
            state, line.conclusion, said = verdicts[line.lot_no]
            lot = days.db.scalars(select(Lot).where(Lot.receipt_line_id == line.id)).one()
            decide(head, [lot], state, said)


def _shut_away(days: Days, store: Warehouse) -> None:
    keeper, shut = days.call("KG001", 0), days.stores["GLK"]
    assert shut.kind == warehouse_pb2.Warehouse.QUARANTINE
    for lot_no, why in (("2601C", "运输中受冻"), ("2602F", "安瓿有裂纹")):
        lying = select(Balance).where(Balance.warehouse_id == store.id, Balance.lot_no == lot_no)
        move_all(keeper, days.db.scalars(lying).one(), shut.id, stock_pb2.Move.QUARANTINED, why)
