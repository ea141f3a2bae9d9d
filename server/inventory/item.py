"""The master data of everything that is kept in stock."""

from collections.abc import Iterator

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.common.list_pb2 import IdRequest
from protos.facts import Fault
from protos.inventory import item_pb2 as pb
from server.core import numbering
from server.core.call import Call
from server.core.changes import changed
from server.core.codes import codes
from server.core.crud import CrudService
from server.core.db import Model, Record
from server.core.errors import Invalid
from server.inventory.category import Category
from server.inventory.refusals import refuse
from server.inventory.supplier import Supplier

CONTROLLED = frozenset({pb.Item.NARCOTIC, pb.Item.PSYCHOTROPIC_1})  # two people for everything


class Item(Record):
    """A drug, consumable or material; stock of it is counted in ``base_unit``, whole ones."""

    __tablename__ = "inventory_item"

    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(60), index=True)
    generic_name: Mapped[str] = mapped_column(String(60), default="")
    trade_name: Mapped[str] = mapped_column(String(60), default="")
    spec: Mapped[str] = mapped_column(String(40))
    kind: Mapped[int]
    category_id: Mapped[int] = mapped_column(ForeignKey(Category.id), index=True)
    dosage_form: Mapped[str] = mapped_column(String(20), default="")
    model_no: Mapped[str] = mapped_column(String(40), default="")
    base_unit: Mapped[str] = mapped_column(String(8))
    manufacturer: Mapped[str] = mapped_column(String(60), default="")
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey(Supplier.id), index=True)
    approval_no: Mapped[str] = mapped_column(String(40), default="")
    standard_code: Mapped[str] = mapped_column(String(14), default="")
    nhsa_code: Mapped[str] = mapped_column(String(32), default="")
    nhsa_code5: Mapped[str] = mapped_column(String(32), default="")
    sunshine_code: Mapped[str] = mapped_column(String(32), default="")
    barcode: Mapped[str] = mapped_column(String(40), default="", index=True)
    trace_required: Mapped[bool] = mapped_column(default=False)
    lot_managed: Mapped[bool] = mapped_column(default=False)
    expiry_managed: Mapped[bool] = mapped_column(default=False)
    shelf_life_days: Mapped[int] = mapped_column(default=0)
    warn_days: Mapped[int] = mapped_column(default=180)
    storage: Mapped[int] = mapped_column(default=pb.Item.ROOM)
    control: Mapped[int] = mapped_column(default=pb.Item.ORDINARY)
    high_value: Mapped[bool] = mapped_column(default=False)
    lasa: Mapped[bool] = mapped_column(default=False)
    high_alert: Mapped[bool] = mapped_column(default=False)
    chargeable: Mapped[bool] = mapped_column(default=False)
    self_pay: Mapped[int] = mapped_column(default=0)
    self_pay_ratio: Mapped[int] = mapped_column(default=0)
    purchase_price: Mapped[int] = mapped_column(default=0)  # fen for one smallest unit
    retail_price: Mapped[int] = mapped_column(default=0)  # fen for one smallest unit
    remark: Mapped[str] = mapped_column(String(200), default="")
    disabled_reason: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[int] = mapped_column(default=pb.Item.ACTIVE)
    whole_packs: Mapped[bool] = mapped_column(default=False)
    consumable_code: Mapped[str] = mapped_column(String(32), default="")
    consumable_sub_code: Mapped[str] = mapped_column(String(32), default="")
    order_quantity: Mapped[int] = mapped_column(default=0)
    abc: Mapped[int] = mapped_column(default=0)
    ven: Mapped[int] = mapped_column(default=0)
    codes: Mapped[str] = mapped_column(String(400), default="")

    units: Mapped[list["ItemUnit"]] = relationship(
        cascade="all, delete-orphan", order_by="ItemUnit.position", lazy="selectin"
    )

    @property
    def controlled(self) -> bool:
        """Whether the law asks for two people at every step."""
        return self.control in CONTROLLED

    def factor(self, unit: str) -> int:
        """How many smallest units a unit holds; 0 if the item has no such unit."""
        if unit in ("", self.base_unit):
            return 1
        return next((pack.factor for pack in self.units if pack.name == unit), 0)

    @property
    def least_step(self) -> int:
        """The smallest units that may be moved at once: a whole pack, or one."""
        factors = [pack.factor for pack in self.units] if self.whole_packs else []
        return min(factors, default=1)

    def describe(self) -> None:
        """Make title and lookup codes follow the names."""
        self.title = f"{self.name} {self.spec}"
        packs = (pack.barcode for pack in self.units)
        names = (self.generic_name, self.trade_name, self.spec)
        self.codes = codes(self.name, self.code, self.barcode, *packs, *names)


class ItemUnit(Model):
    """A pack of an item."""

    __tablename__ = "inventory_item_unit"

    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(8))
    factor: Mapped[int]
    barcode: Mapped[str] = mapped_column(String(40), default="")


def unit_faults(item: Item) -> Iterator[Fault]:
    """Two packs of one name, or one named like the smallest unit."""
    seen = {item.base_unit}
    for row, pack in enumerate(item.units):
        if pack.name in seen:
            yield Fault(f"units[{row}].name", f"单位“{pack.name}”重复，请改名或删去")
        seen.add(pack.name)


def mark_up(item: Item, category: Category) -> None:
    """Give an item without a retail price one by its category's markup (half up)."""
    if not item.retail_price and category.markup:
        item.retail_price = (item.purchase_price * (10000 + category.markup) + 5000) // 10000


def control_faults(item: Item) -> Iterator[Fault]:
    """A controlled drug without lots cannot be followed."""
    if item.control != pb.Item.ORDINARY and item.kind == pb.Item.DRUG and not item.lot_managed:
        yield Fault("lot_managed", "管制药品必须按批号管理，请勾选")
    if item.expiry_managed and not item.lot_managed:
        yield Fault("lot_managed", "管理有效期的物资也要管理批号，请勾选")
    if item.whole_packs and not item.units:
        yield Fault("whole_packs", "整包装出入的物资要填写至少一种包装单位")


class ItemService(CrudService[Item, pb.Item]):
    """Keeps the items: new, query, modify, disable, enable."""

    model = Item
    message = pb.Item
    page = pb.ItemList
    searches = ("codes", "barcode", "code")
    display = "title"
    code = "code"
    details = ("base_unit", "manufacturer")

    def selectable(self, call: Call) -> Select[Item]:
        """Items in use."""
        return select(Item).where(Item.state == pb.Item.ACTIVE)

    def start(self, call: Call, record: Item) -> None:
        """Give the item its code."""
        record.code = f"WZ{numbering.take(call, 'inventory.item'):06d}"
        if category := call.db.get(Category, record.category_id):
            mark_up(record, category)

    def check(self, call: Call, record: Item) -> None:
        """Units and control make sense, it is no duplicate, and what stock relies on stays."""
        refuse([*unit_faults(record), *control_faults(record)])
        self._refuse_twin(call, record)
        self._refuse_thaw(call, record)
        record.describe()

    def _refuse_twin(self, call: Call, record: Item) -> None:
        keys = (Item.name, Item.spec, Item.manufacturer, Item.approval_no)
        same = [key == getattr(record, key.key) for key in keys]
        twin = call.db.scalars(select(Item).where(Item.id != record.id, *same)).first()
        if twin is not None:
            raise Invalid.at(
                "name", f"已有品名、规格、厂家、批准文号都相同的物资{twin.code}，请核对"
            )

    def _refuse_thaw(self, call: Call, record: Item) -> None:
        """Smallest unit and control class are frozen once a movement exists."""
        from server.inventory.ledger import moved  # the ledger refers to items

        frozen = {"base_unit": "最小单位", "control": "管制类别"}
        touched = [name for name in frozen if name in changed(record)]
        if touched and moved(call.db, record.id):
            label = frozen[touched[0]]
            raise Invalid.at(touched[0], f"已有出入库记录，{label}不能再改，请另建物资")

    def Disable(self, call: Call, request: pb.DisableItemRequest) -> pb.Item:
        """Let no new bill use an item; what is there may still be used up."""
        item = self.load(call, request)
        item.disabled_reason = call.reason = request.reason
        return self.save(call, item)

    def Enable(self, call: Call, request: IdRequest) -> pb.Item:
        """Let bills use an item again."""
        item = self.load(call, request)
        item.disabled_reason = ""
        return self.save(call, item)
