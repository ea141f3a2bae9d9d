"""What happened in the stores in the days before the demo day, by the rules of real bills."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from protos.inventory import (
    empties_pb2,
    issue_pb2,
    receipt_pb2,
)
from server.core.numbering import shanghai_date
from server.inventory import expiry, self_check
from server.inventory import loss as losing
from server.inventory import receipt as receiving
from server.inventory.consumption import Use, consume
from server.inventory.document import Bill, approve
from server.inventory.empties import EmptiesReturn, EmptiesService
from server.inventory.issue import Issue, IssueLine, receive, send
from server.inventory.issue_return import IssueReturn, IssueReturnService
from server.inventory.issue_service import IssueService
from server.inventory.item import Item
from server.inventory.receipt import Receipt, ReceiptService
from server.inventory.red import Red, RedService
from server.inventory.seed_bills import Days, delivered, largest
from server.inventory.seed_checked import counted, disposed, inspected
from server.inventory.seed_terms import bound, levelled, priced
from server.inventory.supplier_return import SupplierReturn, SupplierReturnService
from server.inventory.warehouse import Warehouse

STOCKED = (("医用外科口罩", 100), ("盐酸纳洛酮", 10), ("医用纱布敷料", 50), ("医用弹力绷带", 12),
           ("盐酸吗啡", 5), ("枸橼酸芬太尼", 5))  # fmt: skip
WRONG = (("喉罩", 4), ("地塞米松", 20), ("一次性颈托", 2))


def seed(db: Session, now: datetime, people: dict[str, int], stores: dict[str, Warehouse]) -> None:
    """Write a week of the stores' life."""
    days = Days(db, now, people, stores)
    may_hold = bound(days)
    purchase = _purchase(days)
    stocked = _issued(days, stores["ZXK"], stores["LJZK"], STOCKED, 5)
    wrong = _issued(days, stores["ZXK"], stores["PDK"], WRONG, 5)
    given = _issued(
        days, stores["PDK"], stores["GR-HS001"],
        (("盐酸肾上腺素", 10), ("一次性使用静脉留置针", 20), ("硝酸甘油片", 20)), 5, "HS001",
    )  # fmt: skip
    _taken_back(days, purchase, wrong)
    _returned(days, given, stocked)
    _used_and_lost(days)
    if may_hold:
        _controlled(days)
    counted(days)
    disposed(days, purchase)
    inspected(days)
    levelled(days)
    priced(days)
    db.flush()
    for ago in (2, 1):
        self_check.keep(db, now - timedelta(days=ago), self_check.inspect(db))
    expiry.tell(db, now)


def _purchase(days: Days) -> Receipt:
    """A delivery with a lot that has run out since, and one that soon will."""
    keeper, head = days.call("KG001", 6), days.call("KG002", 6)
    day = shanghai_date(days.now)
    sodium, mask = days.named("葡萄糖酸钙"), days.named("医用外科口罩")
    nitro = days.named("硝酸甘油注射液")
    receipt = Receipt(
        kind=receipt_pb2.Receipt.PURCHASE, warehouse_id=days.stores["ZXK"].id,
        supplier_id=sodium.supplier_id, invoice_no="25312000001287", remark="",
        acceptor_id=keeper.user.id,
        lines=[
            delivered(sodium, "2599X", day - timedelta(days=2), 10, 2400),
            delivered(sodium, "2601C", day + timedelta(days=20), 20, 2400),
            delivered(mask, "M2609", day + timedelta(days=600), 40, 2500),
            delivered(nitro, "2602F", day + timedelta(days=400), 5, 5600),
        ],
    )  # fmt: skip
    days.submitted(keeper, ReceiptService(), receipt)
    approve(head, receipt)
    receiving.post(keeper, receipt)
    receipt.state = receipt_pb2.Receipt.POSTED
    days.db.flush()
    return receipt


def _issued(
    days: Days,
    source: Warehouse,
    target: Warehouse,
    wanted: Sequence[tuple[str, int]],
    ago: int,
    receiver: str = "YS001",
) -> Issue:
    """An issue sent and taken on."""
    keeper, head = days.call("KG001", ago), days.call("KG002", ago)
    items = [(days.named(start), quantity) for start, quantity in wanted]
    issue = Issue(
        kind=issue_pb2.Issue.DIRECT, source_id=source.id, target_id=target.id, target=target,
        remark="补货",
        lines=[IssueLine(item_id=item.id, item=item, quantity=n) for item, n in items],
    )  # fmt: skip
    days.submitted(keeper, IssueService(), issue)
    approve(head, issue)
    send(keeper, issue)
    receive(days.call(receiver, ago), issue)
    issue.state = issue_pb2.Issue.RECEIVED
    days.db.flush()
    return issue


def _taken_back(days: Days, bought: Receipt, wrong: Issue) -> None:
    """A red reversal and a return to the supplier that are posted, and one of each that waits."""
    keeper, head = days.call("KG001", 4), days.call("KG002", 4)
    red = _red(wrong, "wrong_place", "发错分站")
    days.posted(keeper, head, RedService(), red, days.call("CW001", 4))
    twice = _issued(days, days.stores["ZXK"], days.stores["PDK"], (("口咽通气管", 5),), 3)
    again = _red(twice, "twice", "")
    days.submitted(days.call("KG001", 1), RedService(), again)
    for ago, units, why, note in (
        (4, 5, "damaged", "外包装挤压"),
        (1, 2, "wrong_goods", "效期与随货单不符"),
    ):
        back = SupplierReturn(
            receipt_id=bought.id, reason=why, note=note, red_invoice_no="", remark="", lines=[]
        )
        keeper, head = days.call("KG001", ago), days.call("KG002", ago)
        days.made(keeper, SupplierReturnService(), back)
        for line in back.lines:
            line.quantity = units
        if ago > 1:
            days.posted(keeper, head, SupplierReturnService(), back)
        else:
            days.submitted(keeper, SupplierReturnService(), back)


def _red(wrong: Bill, reason: str, note: str) -> Red:
    """A reversal of a whole bill, or of a part once its lines are cut."""
    return Red(original_no=wrong.number, reason=reason, note=note, remark="", lines=[])


def _returned(days: Days, given: Issue, stocked: Issue) -> None:
    """What the nurse brings back waits for the store; what the second station did is posted."""
    head = days.call("KG002", 4)
    for issue, who, ago, units in ((stocked, "KG001", 4, 2), (given, "HS001", 1, 2)):
        call = days.call(who, ago)
        back = IssueReturn(
            issue_id=issue.id, reason="surplus", note="夜班多领", remark="", lines=[]
        )
        days.made(call, IssueReturnService(), back)
        back.lines[:] = back.lines[:4]
        for line in back.lines:
            line.quantity = units
        if issue is stocked:
            days.posted(call, head, IssueReturnService(), back)
        else:
            days.submitted(call, IssueReturnService(), back)


def _used_and_lost(days: Days) -> None:
    """What the nurse's patients used, and what broke."""
    nurse, head = days.call("HS001", 3), days.call("KG002", 3)
    adrenaline, cannula = days.named("盐酸肾上腺素"), days.named("一次性使用静脉留置针")
    tablet = days.named("硝酸甘油片")
    for number, (one, other) in enumerate(((2, 1), (1, 2), (1, 1)), 1):
        used = ((adrenaline, one), (cannula, other), (tablet, 1))
        uses = [Use(item.id, units, nurse.now) for item, units in used]
        if number == 2:
            uses.append(Use(cannula.id, 1, nurse.now, line_id=9, lost=True, reason="puncture",
                            note="血管条件差"))  # fmt: skip
        consume(nurse, doctor_id=nurse.user.id, task_id=-number, emr_id=-number,
                task_no=f"期初任务{number}", lines=uses)  # fmt: skip
    broken = _lost(
        days,
        (cannula, 3, "puncture", ""),
        (adrenaline, 1, "broken", "颠簸碰碎"),
        (tablet, 2, "soiled", "受潮"),
    )
    days.posted(nurse, head, losing.PersonalLossService(), broken)
    bent = _lost(days, (cannula, 1, "broken", "针尖弯曲"))
    days.submitted(days.call("HS001", 1), losing.PersonalLossService(), bent)


def _lost(days: Days, *what: tuple[Item, int, str, str]) -> losing.Loss:
    """A loss out of the nurse's store."""
    return losing.Loss(
        personal=True,
        warehouse_id=days.stores["GR-HS001"].id, task_no="期初任务2", remark="",
        lines=[
            losing.LossLine(item_id=item.id, item=item, quantity=units, reason=why, note=note)
            for item, units, why, note in what
        ],
    )  # fmt: skip


def _controlled(days: Days) -> None:
    """Narcotics the doctor used: the empties of one day came back, of the next not all."""
    morphine, fentanyl = days.named("盐酸吗啡"), days.named("枸橼酸芬太尼")
    given = (("盐酸吗啡", 5), ("枸橼酸芬太尼", 3))
    _issued(days, days.stores["ZXK"], days.stores["GR-YS001"], given, 3)
    treated = ((3, morphine, 2), (3, fentanyl, 1), (2, morphine, 1), (2, fentanyl, 1))
    for number, (ago, item, units) in enumerate(treated, 11):
        doctor = days.call("YS001", ago)
        consume(doctor, doctor_id=doctor.user.id, task_id=-number, emr_id=-number,
                task_no=f"期初任务{number}", lines=[Use(item.id, units, doctor.now)],
                second_operator_id=days.people["HS001"])  # fmt: skip
    _empties(days, 3, morphine, 2, received=True)
    _empties(days, 3, fentanyl, 0, received=True, broken=1)
    _empties(days, 2, morphine, 1, received=False)


def _empties(
    days: Days, ago: int, item: Item, units: int, *, received: bool, broken: int = 0
) -> None:
    doctor, keeper = days.call("YS001", ago), days.call("KG001", ago)
    balance = largest(days, days.stores["GR-YS001"], item.name)
    made = EmptiesReturn(
        business_on=shanghai_date(doctor.now), item_id=item.id, lot_id=balance.lot_id,
        lot=balance.lot,
        quantity=units, broken=broken, remark="车厢颠簸摔碎" if broken else "",
        created_at=doctor.now, created_by=doctor.user.id, updated_at=doctor.now,
    )  # fmt: skip
    EmptiesService().start(doctor, made)
    if received:
        made.state, made.receiver_id = empties_pb2.EmptiesReturn.RECEIVED, keeper.user.id
        made.received_at = keeper.now
    days.db.add(made)
    days.db.flush()
