"""What happened in the stores in the days before the demo day, by the rules of real bills."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.inventory import (
    count_pb2,
    disposal_pb2,
    empties_pb2,
    issue_pb2,
    item_pb2,
    receipt_pb2,
    role_item_pb2,
    stock_pb2,
    warehouse_pb2,
)
from server.admin.role import Role
from server.admin.seed_acting import acting
from server.core.call import Call
from server.core.numbering import shanghai_date
from server.inventory import count as counting
from server.inventory import expiry, self_check
from server.inventory import loss as losing
from server.inventory import receipt as receiving
from server.inventory.consumption import Use, consume
from server.inventory.count import Count, CountLine
from server.inventory.disposal import Disposal, DisposalLine, DisposalService, scrap, shut_away
from server.inventory.document import Bill, BillService, approve, submit
from server.inventory.empties import EmptiesReturn, EmptiesService
from server.inventory.issue import Issue, IssueLine, receive, send
from server.inventory.issue_return import IssueReturn, IssueReturnService
from server.inventory.issue_service import IssueService
from server.inventory.item import Item
from server.inventory.ledger_tables import Balance, Lot
from server.inventory.lot import decide
from server.inventory.price_adjustment import (
    PriceAdjustment,
    PriceAdjustmentService,
    PriceLine,
)
from server.inventory.quarantine import move_all
from server.inventory.receipt import Receipt, ReceiptLine, ReceiptService
from server.inventory.red import Red, RedService
from server.inventory.role_item import RoleItem
from server.inventory.seed_items import SAMPLES
from server.inventory.stock_level import StockLevel
from server.inventory.supplier_return import SupplierReturn, SupplierReturnService
from server.inventory.warehouse import Warehouse

_R = receipt_pb2.ReceiptLine
BOUND = (  # to the doctors' role: start of the name, most, per request
    ("盐酸肾上腺素", 20, 10), ("硫酸阿托品", 20, 10), ("盐酸胺碘酮", 12, 6), ("地西泮", 8, 4),
    ("盐酸吗啡", 6, 5), ("枸橼酸芬太尼", 6, 4), ("0.9%氯化钠", 24, 12),
    ("一次性使用静脉留置针", 50, 20), ("旋压式止血带", 6, 2),
)  # fmt: skip


STOCKED = (("医用外科口罩", 100), ("盐酸纳洛酮", 10), ("医用纱布敷料", 50), ("医用弹力绷带", 12),
           ("盐酸吗啡", 5), ("枸橼酸芬太尼", 5))  # fmt: skip
WRONG = (("喉罩", 4), ("地塞米松", 20), ("一次性颈托", 2))
WET = ("一次性心电电极片", "口咽通气管", "医用纱布敷料")


class Days:
    """Keeper, head and nurse at work, so many days before the demo day."""

    def __init__(
        self, db: Session, now: datetime, people: dict[str, int], stores: dict[str, Warehouse]
    ) -> None:
        self.db, self.now, self.people, self.stores = db, now, people, stores
        self.items = {item.name: item for item in db.scalars(select(Item).order_by(Item.id.desc()))}

    def call(self, who: str, ago: int) -> Call:
        """Somebody at work so many days ago."""
        return acting(self.db, self.now - timedelta(days=ago), self.people[who])

    def named(self, start: str) -> Item:
        """The item whose name begins so."""
        return next(item for name, item in self.items.items() if name.startswith(start))

    def made(self, call: Call, service: BillService[Any, Any], bill: Any) -> Any:
        """A draft, checked."""
        bill.maker_id, bill.state = call.user.id, service.state("DRAFT")
        bill.created_at = bill.updated_at = call.now
        bill.business_on = shanghai_date(call.now)
        for position, line in enumerate(bill.lines, 1):
            line.position = position
        with self.db.no_autoflush:
            self.db.add(bill)
            service.check(call, bill)
        self.db.flush()
        return bill

    def submitted(self, call: Call, service: BillService[Any, Any], bill: Any) -> Any:
        """A bill that waits for approval."""
        self.made(call, service, bill)
        service.prepare(call, bill)
        submit(call, bill, service.prefix_of(bill))
        bill.state = service.state("SUBMITTED")
        self.db.flush()
        return bill

    def posted(
        self,
        maker: Call,
        head: Call,
        service: BillService[Any, Any],
        bill: Any,
        last: Call | None = None,
    ) -> Any:
        """A bill approved, which posts it; ``last`` has the last word, where it is another's."""
        self.submitted(maker, service, bill)
        approve(head, bill)
        service.settle(last or head, bill)
        bill.state = service.state("POSTED")
        self.db.flush()
        return bill


def seed(db: Session, now: datetime, people: dict[str, int], stores: dict[str, Warehouse]) -> None:
    """Write a week of the stores' life."""
    days = Days(db, now, people, stores)
    bound = _bound(days)
    bought = _purchase(days)
    stocked = _issued(days, stores["ZXK"], stores["LJZK"], STOCKED, 5)
    wrong = _issued(days, stores["ZXK"], stores["PDK"], WRONG, 5)
    given = _issued(
        days, stores["PDK"], stores["GR-HS001"],
        (("盐酸肾上腺素", 10), ("一次性使用静脉留置针", 20), ("硝酸甘油片", 20)), 5, "HS001",
    )  # fmt: skip
    _taken_back(days, bought, wrong)
    _returned(days, given, stocked)
    _used_and_lost(days)
    if bound:
        _controlled(days)
    _counted(days)
    _disposed(days, bought)
    _inspected(days)
    _levelled(days)
    _priced(days)
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
            _bought(sodium, "2599X", day - timedelta(days=2), 10, 2400),
            _bought(sodium, "2601C", day + timedelta(days=20), 20, 2400),
            _bought(mask, "M2609", day + timedelta(days=600), 40, 2500),
            _bought(nitro, "2602F", day + timedelta(days=400), 5, 5600),
        ],
    )  # fmt: skip
    days.submitted(keeper, ReceiptService(), receipt)
    approve(head, receipt)
    receiving.post(keeper, receipt)
    receipt.state = receipt_pb2.Receipt.POSTED
    days.db.flush()
    return receipt


def _bought(item: Item, lot_no: str, until: date, packs: int, price: int) -> ReceiptLine:
    return ReceiptLine(
        item_id=item.id, item=item, lot_no=lot_no, expires_on=until,
        produced_on=until - timedelta(days=730), unit="盒", quantity=packs, price=price,
    )  # fmt: skip


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
    balance = _largest(days, days.stores["GR-YS001"], item.name)
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


def _counted(days: Days) -> None:
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


def _disposed(days: Days, bought: Receipt) -> None:
    """What got wet is destroyed, what ran out waits for approval; two lots lie in quarantine."""
    store = days.stores["ZXK"]
    keeper, head = days.call("KG001", 3), days.call("KG002", 3)
    lots = [_largest(days, store, start) for start in WET]
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


def _inspected(days: Days) -> None:
    """A delivery to be inspected: one lot still waits, one was accepted, one was rejected."""
    keeper, head = days.call("KG001", 2), days.call("KG002", 2)
    pads, mask = days.named("一次性除颤电极片"), days.named("喉罩")
    until = shanghai_date(days.now) + timedelta(days=700)
    lines = [_bought(pads, "D2611", until, 10, 38000), _bought(pads, "D2612", until, 4, 38000),
             _bought(mask, "H2611", until, 5, 8600)]  # fmt: skip
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


def _largest(days: Days, store: Warehouse, start: str) -> Balance:
    """The lot of an item of which a store has most."""
    chosen = select(Balance).where(
        Balance.warehouse_id == store.id, Balance.item_id == days.named(start).id
    )
    return days.db.scalars(chosen.order_by(Balance.quantity.desc()).limit(1)).one()


def _shut_away(days: Days, store: Warehouse) -> None:
    keeper, shut = days.call("KG001", 0), days.stores["GLK"]
    assert shut.kind == warehouse_pb2.Warehouse.QUARANTINE
    for lot_no, why in (("2601C", "运输中受冻"), ("2602F", "安瓿有裂纹")):
        lying = select(Balance).where(Balance.warehouse_id == store.id, Balance.lot_no == lot_no)
        move_all(keeper, days.db.scalars(lying).one(), shut.id, stock_pb2.Move.QUARANTINED, why)


def _bound(days: Days) -> bool:
    """What doctors may request and hold; nothing where the people came without their roles."""
    role = days.db.scalars(select(Role).where(Role.code == "doctor")).first()
    if role is None:
        return False
    keeper = days.call("KG001", 6)
    own = [(sample.name, 0, 0) for sample in SAMPLES if sample.own]
    done: set[int] = set()
    for start, most, each in (*BOUND, *own):
        item = days.named(start)
        if item.id in done:
            continue
        done.add(item.id)
        assert item.state == item_pb2.Item.ACTIVE
        days.db.add(
            RoleItem(
                role_id=role.id, item_id=item.id, can_request=True, can_hold=True, can_use=True,
                most=most, least=most // 4, per_request=each, per_month=most * 5,
                from_on=shanghai_date(keeper.now),
                state=role_item_pb2.RoleItem.BOUND, created_at=keeper.now, updated_at=keeper.now,
            )
        )  # fmt: skip
    return True


def _levelled(days: Days) -> None:
    """What the centre and a station should hold; some are short, one has too much."""
    keeper = days.call("KG001", 6)
    for store in (days.stores["ZXK"], days.stores["PDK"]):
        central = store is days.stores["ZXK"]
        held = {sample.name: sample.centre if central else sample.station for sample in SAMPLES}
        for at, (name, planned) in enumerate(held.items()):
            if not planned:
                continue
            most = planned * (5, 6, 8, 3)[at % 4] // 4
            days.db.add(
                StockLevel(
                    warehouse_id=store.id, item_id=days.items[name].id, most=most,
                    least=most // 5, reorder=most * (9 if at % 7 == 2 else 3) // 10,
                    standard=most * 4 // 5, place=f"{'ABCD'[at % 4]}-{at // 4 + 1:02d}",
                    lead_days=2, period_days=7, created_at=keeper.now, updated_at=keeper.now,
                )
            )  # fmt: skip


def _priced(days: Days) -> None:
    """New prices in force, and others that wait for approval."""
    keeper, head = days.call("KG001", 6), days.call("KG002", 6)
    old = _adjustment(days, "年度供货协议", ("医用纱布敷料", "医用弹力绷带", "一次性颈托"))
    days.posted(keeper, head, PriceAdjustmentService(), old)
    new = _adjustment(days, "带量采购第十批中选价", ("盐酸纳洛酮", "呋塞米", "甘露醇"))
    days.submitted(days.call("KG001", 1), PriceAdjustmentService(), new)


def _adjustment(days: Days, basis: str, starts: Sequence[str]) -> PriceAdjustment:
    """Nine tenths of the prices that hold."""
    items = [days.named(start) for start in starts]
    lines = [PriceLine(item_id=i.id, item=i, new_price=i.retail_price * 9 // 10) for i in items]
    return PriceAdjustment(basis=basis, remark="", lines=lines)
