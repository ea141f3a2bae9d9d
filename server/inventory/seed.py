"""Demo stock: master data, warehouses, and an opening made by real, posted bills."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.inventory import issue_pb2, item_pb2, receipt_pb2, stock_pb2, warehouse_pb2
from server.admin.department import Department
from server.admin.seed_acting import acting
from server.core import numbering
from server.core.call import Call
from server.core.codes import codes
from server.core.numbering import shanghai_date
from server.inventory import receipt as receiving
from server.inventory import seed_days, seed_ends
from server.inventory import seed_flow as flow
from server.inventory.category import Category, place
from server.inventory.document import approve, submit
from server.inventory.issue import Issue, IssueLine, receive, send
from server.inventory.issue_service import IssueService
from server.inventory.item import Item, ItemUnit
from server.inventory.ledger_tables import Lot, Move
from server.inventory.lot import stop
from server.inventory.receipt import Receipt, ReceiptLine, ReceiptService
from server.inventory.seed_items import CATEGORIES, SAMPLES, SUPPLIERS, Sample
from server.inventory.supplier import Supplier
from server.inventory.warehouse import Keeper, Warehouse

_W = warehouse_pb2.Warehouse
_I = item_pb2.Item
_R = receipt_pb2.Receipt
WAREHOUSES = (
    # code, name, kind, department, parent, owner, keepers
    ("ZXK", "中心库", _W.CENTER, "CK", "", "", ("KG001", "KG002")),
    ("DQK", "东区分中心库", _W.SUB_CENTER, "FZX1", "ZXK", "", ("KG001", "FK001")),
    ("PDK", "浦东分站库", _W.STATION, "FZ101", "DQK", "", ("KG001", "YS001", "ZK001")),
    ("LJZK", "陆家嘴分站库", _W.STATION, "FZ102", "DQK", "", ("KG001",)),
    ("GR-YS001", "陈医生个人药库", _W.PERSON, "FZ101", "PDK", "YS001", ()),
    ("GLK", "中心隔离库", _W.QUARANTINE, "CK", "ZXK", "", ("KG001",)),
    ("GR-HS001", "赵护士个人药库", _W.PERSON, "FZ101", "PDK", "HS001", ()),
)
_COLD = ("ZXK",)
_LIFE = timedelta(days=730)
_AGO = timedelta(days=7)
_WARN = {"HC02": 365}  # dear goods are watched a year before their end
_TRACED = 4  # samples whose packs carry trace codes


def seed(db: Session, now: datetime, people: dict[str, int]) -> None:
    """Fill master data and opening stock, unless items exist; people are ids by staff number."""
    if db.scalars(select(Item.id).limit(1)).first() is not None:
        return
    opened = now - _AGO  # leaves today's document numbers to the demo day
    keeper, head, doctor = (acting(db, opened, people[no]) for no in ("KG001", "KG002", "YS001"))
    items = _items(keeper, _categories(keeper), _suppliers(keeper))
    stores = _warehouses(keeper, people)
    db.flush()
    samples = list(zip(SAMPLES, items, strict=True))
    _receive(keeper, head, stores["ZXK"], samples)
    station = [(item, s.station) for s, item in samples if s.station]
    own = [(item, s.own) for s, item in samples if s.own]
    _issue(keeper, head, doctor, stores["ZXK"], stores["PDK"], station)
    _issue(keeper, head, doctor, stores["PDK"], stores["GR-YS001"], own)
    seed_days.seed(db, now, people, stores)
    seed_ends.seed(db, now, people, stores)
    _boxes(keeper, head, doctor, stores["PDK"])
    _flow(keeper, head, doctor, stores)
    _doubted(keeper, head)
    _drill(acting(db, now - timedelta(days=1), people["KG002"]), stores["GLK"])


def _flow(keeper: Call, head: Call, doctor: Call, stores: dict[str, Warehouse]) -> None:
    """Requisitions at every level, a difference, a drill and a recall."""
    db = keeper.db
    centre, sub, station, own = (stores[code] for code in ("ZXK", "DQK", "PDK", "GR-YS001"))
    place = stores["GLK"]
    items = {item.name: item for item in db.scalars(select(Item))}
    few = _wanted(items, ("盐酸胺碘酮注射液", 6), ("硝酸甘油片", 20), ("硫酸阿托品注射液", 10))
    flow.requisition(doctor, own, station, few, "本周用量补足")
    many = _wanted(items, ("盐酸纳洛酮注射液", 60), ("呋塞米注射液", 30), ("甘露醇注射液", 20))
    flow.forwarded(head, flow.requisition(doctor, own, station, many, "大型活动保障", urgent=False))
    more = _wanted(items, ("喉罩", 4), ("盐酸多巴胺注射液", 50), ("简易呼吸器", 4))
    flow.requisition(keeper, sub, centre, more, "分中心月度备货", urgent=True)
    flow.requisition(keeper, sub, centre, few, "冬季心血管急救备药")
    flow.requisition(keeper, stores["LJZK"], sub, few, "分站新增一组班车")
    flow.difference(doctor, items["简易呼吸器"], 9)
    flow.recall(head, items["尼可刹米注射液"], "2610B", place, drill=False)
    flow.recall(head, items["氨茶碱注射液"], "2609B", place, drill=True)


def _doubted(keeper: Call, head: Call) -> None:
    """A lot stopped everywhere, in a sealed box too; dear goods are inspected from now on."""
    doubted = select(Lot).join(Item).where(Item.name.startswith("地塞米松"), Lot.lot_no == "2608A")
    lots = keeper.db.scalars(doubted).all()
    stop(head, lots, stock_pb2.Lot.HOLD, "冻结：浦东分站反映溶液混浊，等厂家答复")
    dear = keeper.db.scalars(select(Category).where(Category.code == "HC02")).one()
    dear.inspected = True


def _wanted(items: dict[str, Item], *wanted: tuple[str, int]) -> list[tuple[Item, int]]:
    return [(items[name], units) for name, units in wanted]


def _boxes(keeper: Call, head: Call, doctor: Call, station: Warehouse) -> None:
    """Kit boxes: two to be refilled, one to be exchanged for the one that stands ready."""
    kinds = (
        ("一号药箱", "成人急救药箱", flow.BOX), ("二号药箱", "中毒急救药箱", flow.POISON_BOX),
        ("三号药箱", "中毒急救药箱", flow.POISON_BOX),
        ("备用药箱", "中毒急救药箱", flow.POISON_BOX),
    )  # fmt: skip
    made = []
    for number, ((name, template, names), plate) in enumerate(
        zip(kinds, flow.PLATES, strict=True), 1
    ):
        store, content = flow.kit(keeper, station, number, name), flow.box_content(keeper, names)
        _issue(keeper, head, doctor, station, store, content)
        made.append((flow.box(keeper, store, template, content, plate), content))
    spare = made.pop()[0].box_no
    for number, (box, content) in enumerate(made, 1):
        no, instead = f"YXPT-20261124-{17 + number:03d}", spare if number == len(made) else ""
        flow.box_request(doctor, box, no, content, instead)


def _drill(head: Call, place: Warehouse) -> None:
    """A drill about a lot that patients were treated with."""
    chosen = select(Move).join(Item, Item.id == Move.item_id)
    used = chosen.where(
        Move.code == stock_pb2.Move.CONSUMED, Item.name.startswith("一次性使用静脉")
    )
    move = head.db.scalars(used.order_by(Move.id)).first()
    assert move is not None
    flow.recall(head, head.db.get_one(Item, move.item_id), move.lot_no, place, drill=True)


def _categories(call: Call) -> dict[str, Category]:
    made: dict[str, Category] = {}
    for sort, (code, name, parent) in enumerate(CATEGORIES, 1):
        above = made.get(parent)
        node = Category(
            code=code, name=name, sort=sort, parent_id=above.id if above else None,
            expiry_managed=code != "YQ", trace_required=code.startswith("YP"), chargeable=True,
            control=_I.NARCOTIC if code == "YP03" else 0, created_at=call.now, updated_at=call.now,
        )  # fmt: skip
        place(node, above)
        made[code] = node
        call.db.add(node)
        call.db.flush()
    return made


def _suppliers(call: Call) -> list[Supplier]:
    made = [
        Supplier(code=code, name=name, codes=codes(name, code), created_at=call.now,
                 updated_at=call.now)
        for code, name in SUPPLIERS
    ]  # fmt: skip
    call.db.add_all(made)
    call.db.flush()
    return made


def _items(call: Call, categories: dict[str, Category], suppliers: list[Supplier]) -> list[Item]:
    made = [_item(call, sample, categories, suppliers) for sample in SAMPLES]
    call.db.add_all(made)
    return made


def _item(
    call: Call, sample: Sample, categories: dict[str, Category], suppliers: list[Supplier]
) -> Item:
    drug, gas = sample.category.startswith("YP"), sample.category == "YQ"
    each = sample.price // sample.factor
    item = Item(
        code=f"WZ{numbering.take(call, 'inventory.item'):06d}", name=sample.name,
        generic_name=_generic(sample.name) if drug else "", spec=sample.spec,
        kind=_I.DRUG if drug else _I.GAS if gas else _I.CONSUMABLE,
        category_id=categories[sample.category].id, dosage_form=sample.form,
        base_unit=sample.unit, supplier_id=suppliers[0 if drug else 1].id, lot_managed=not gas,
        expiry_managed=not gas, shelf_life_days=0 if gas else _LIFE.days,
        warn_days=_WARN.get(sample.category, 180),
        storage=sample.storage, control=sample.control, high_alert=sample.alert,
        high_value=sample.category == "HC02", chargeable=True, trace_required=drug,
        purchase_price=each, retail_price=each * 115 // 100,
        manufacturer="华东某制药厂" if drug else "苏南某医疗器械厂",
        created_at=call.now, updated_at=call.now,
    )  # fmt: skip
    if sample.factor > 1:
        item.units = [ItemUnit(position=1, name=sample.pack, factor=sample.factor)]
    item.describe()
    return item


def _generic(name: str) -> str:
    """The name doctors use: without salt and form."""
    for part in ("盐酸", "硫酸", "注射液", "肠溶片"):
        name = name.replace(part, "")
    return name


def _warehouses(call: Call, people: dict[str, int]) -> dict[str, Warehouse]:
    departments = {d.code: d.id for d in call.db.scalars(select(Department))}
    made: dict[str, Warehouse] = {}
    for code, name, kind, department, parent, owner, keepers in WAREHOUSES:
        made[code] = Warehouse(
            code=code, name=name, kind=kind, department_id=departments[department],
            parent_id=made[parent].id if parent else None, owner_id=people.get(owner),
            cold=code in _COLD, cool=True, codes=codes(name, code),
            created_at=call.now, updated_at=call.now,
            keepers=[Keeper(position=n, person_id=people[no]) for n, no in enumerate(keepers, 1)],
        )  # fmt: skip
        call.db.add(made[code])
        call.db.flush()
    return made


def _receive(
    keeper: Call, head: Call, store: Warehouse, samples: list[tuple[Sample, Item]]
) -> None:
    day = shanghai_date(keeper.now)
    receipt = Receipt(
        kind=_R.OPENING, warehouse_id=store.id, business_on=day, remark="系统启用期初建账",
        maker_id=keeper.user.id, acceptor_id=keeper.user.id, second_acceptor_id=head.user.id,
        state=_R.DRAFT, created_at=keeper.now, updated_at=keeper.now,
        lines=[line for n, (s, item) in enumerate(samples) for line in _lots(n, s, item, day)],
    )  # fmt: skip
    for position, line in enumerate(receipt.lines, 1):
        line.position = position
    with keeper.db.no_autoflush:
        keeper.db.add(receipt)
        ReceiptService().check(keeper, receipt)
    submit(keeper, receipt, ReceiptService.prefix)
    approve(head, receipt)
    keeper.db.flush()
    receiving.post(keeper, receipt)
    receipt.state = _R.POSTED


def _lots(number: int, sample: Sample, item: Item, day: date) -> list[ReceiptLine]:
    """A third of the stock in a lot that ends soon, the rest in a fresh one."""
    soon = sample.centre // 3 // sample.factor * sample.factor
    parts = ((soon, 40 + 11 * (number % 16)), (sample.centre - soon, 500 + 5 * number))
    return [
        _line(sample, item, quantity, day, days, f"{2600 + number}{mark}", number)
        for (quantity, days), mark in zip(parts, "AB", strict=True)
        if quantity
    ]


def _line(
    sample: Sample, item: Item, quantity: int, day: date, days: int, lot_no: str, number: int
) -> ReceiptLine:
    packed = quantity % sample.factor == 0 and sample.factor > 1
    until = day + timedelta(days=days)
    return ReceiptLine(
        item_id=item.id, item=item, lot_no=lot_no if item.lot_managed else "",
        unit=sample.pack if packed else sample.unit,
        quantity=quantity // sample.factor if packed else quantity,
        price=sample.price if packed else sample.price // sample.factor,
        expires_on=until if item.expiry_managed else None,
        produced_on=until - _LIFE if item.expiry_managed else None,
        trace_codes=_codes(number, lot_no, quantity // sample.factor) if packed else "",
    )  # fmt: skip


def _issue(
    keeper: Call,
    head: Call,
    receiver: Call,
    source: Warehouse,
    target: Warehouse,
    wanted: list[tuple[Item, int]],
) -> None:
    issue = Issue(
        kind=issue_pb2.Issue.DIRECT, source_id=source.id, target_id=target.id, target=target,
        business_on=shanghai_date(keeper.now), remark="期初配发", maker_id=keeper.user.id,
        state=issue_pb2.Issue.DRAFT, created_at=keeper.now, updated_at=keeper.now,
        lines=[
            IssueLine(item_id=item.id, item=item, quantity=quantity, position=n)
            for n, (item, quantity) in enumerate(wanted, 1)
        ],
    )  # fmt: skip
    service = IssueService()
    with keeper.db.no_autoflush:
        keeper.db.add(issue)
        service.check(keeper, issue)
    service.prepare(keeper, issue)
    submit(keeper, issue, IssueService.prefix)
    approve(head, issue)
    keeper.db.flush()
    send(keeper, issue)
    receive(receiver, issue)
    issue.state = issue_pb2.Issue.RECEIVED


def _codes(number: int, lot_no: str, packs: int) -> str:
    """Trace codes of the packs of the first few drugs."""
    return flow.trace_codes(2 * number + lot_no.endswith("B"), packs) if number < _TRACED else ""
