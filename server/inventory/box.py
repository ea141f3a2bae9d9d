"""Kit boxes: a warehouse each, with a template of what it holds, a seal and a vehicle."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from protos.inventory import box_pb2 as pb
from protos.inventory import warehouse_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from server.admin.person import Person
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Model, Record
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.inventory import picking
from server.inventory.codes import Code
from server.inventory.item import Item
from server.inventory.ledger_tables import Balance, Move
from server.inventory.warehouse import Warehouse, scoped, usable


class BoxTemplate(Record):
    """What a kind of box holds when it is full."""

    __tablename__ = "inventory_box_template"

    name: Mapped[str] = mapped_column(String(40), unique=True)
    remark: Mapped[str] = mapped_column(String(200), default="")

    lines: Mapped[list["TemplateLine"]] = relationship(
        cascade="all, delete-orphan", order_by="TemplateLine.position"
    )


class TemplateLine(Model):
    """So many smallest units of one item, with so many days left at least."""

    __tablename__ = "inventory_box_template_line"
    __table_args__ = (UniqueConstraint("template_id", "item_id"),)

    template_id: Mapped[int] = mapped_column(ForeignKey(BoxTemplate.id), index=True)
    position: Mapped[int]
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id))
    quantity: Mapped[int]
    min_life_days: Mapped[int] = mapped_column(default=0)

    item: Mapped[Item] = relationship(lazy="joined", innerjoin=True)


class Box(Record):
    """One box."""

    __tablename__ = "inventory_box"

    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), unique=True)
    box_no: Mapped[str] = mapped_column(String(20), unique=True)
    template_id: Mapped[int] = mapped_column(ForeignKey(BoxTemplate.id), index=True)
    plate: Mapped[str] = mapped_column(String(12), default="", index=True)
    seal_no: Mapped[str] = mapped_column(String(20), default="")
    sealed_at: Mapped[datetime | None]
    sealer_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    remark: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[int] = mapped_column(default=pb.Box.OPENED)

    template: Mapped[BoxTemplate] = relationship()
    warehouse: Mapped[Warehouse] = relationship()


def standard(db: Session, warehouse_id: int) -> dict[int, int]:
    """What the box that is this warehouse should hold, by item; empty if it is no box."""
    chosen = (
        select(TemplateLine.item_id, TemplateLine.quantity)
        .join(Box, Box.template_id == TemplateLine.template_id)
        .where(Box.warehouse_id == warehouse_id)
    )
    return {row[0]: row[1] for row in db.execute(chosen)}


def held(db: Session, warehouse_id: int) -> dict[int, list[Balance]]:
    """What lies in a warehouse, by item."""
    found: dict[int, list[Balance]] = defaultdict(list)
    chosen = select(Balance).where(Balance.warehouse_id == warehouse_id, Balance.quantity > 0)
    for balance in db.scalars(chosen.order_by(Balance.expires_on, Balance.lot_id)):
        found[balance.item_id].append(balance)
    return found


def unfit(line: TemplateLine | None, balance: Balance, day: date) -> str:
    """Why a lot may not stay in a sealed box; empty if it may."""
    if why := picking.blocked(balance.lot, day):
        return why
    least = line.min_life_days if line else 0
    left = (balance.expires_on - day).days if balance.expires_on else least
    return f"效期只剩{left}天，模板要求至少{least}天" if left < least else ""


def content(call: Call, box: Box) -> list[pb.BoxContent]:
    """Template against what lies in a box, lot by lot; only what may stay in it counts."""
    there, day = held(call.db, box.warehouse_id), shanghai_date(call.now)
    wanted = {line.item_id: line for line in box.template.lines}
    found = []
    for item_id in dict.fromkeys([*wanted, *there]):
        line, balances = wanted.get(item_id), there.get(item_id, [])
        faults = [unfit(line, balance, day) for balance in balances]
        good = sum(b.quantity for b, fault in zip(balances, faults, strict=True) if not fault)
        full = line.quantity if line else 0
        item = line.item if line else balances[0].lot.item
        head: dict[str, Any] = {"item_id": item_id, "item_name": item.title, "standard": full,
                "short": max(full - good, 0)}  # fmt: skip
        if not balances:
            found.append(pb.BoxContent(**head, fit=pb.BoxContent.MISSING))
        found += [_row(head, *pair) for pair in zip(balances, faults, strict=True)]
    return found


def _row(head: dict[str, Any], balance: Balance, fault: str) -> pb.BoxContent:
    until = balance.expires_on.isoformat() if balance.expires_on else ""
    return pb.BoxContent(
        **head, quantity=balance.quantity, lot_no=balance.lot_no, expires_on=until, fault=fault,
        fit=pb.BoxContent.UNFIT if fault else pb.BoxContent.GOOD,
    )  # fmt: skip


def seal(call: Call, box: Box, seal_no: str, cut: Collection[int] = ()) -> None:
    """Close a full box under a new seal; items that were cut may be short.

    Raises Invalid for a seal used before, BusinessError naming what may not stay or is missing.
    """
    if seal_no == box.seal_no:
        raise Invalid.at("seal_no", "新铅封号和旧的一样，请换一个铅封")
    other = select(Box).where(Box.seal_no == seal_no, Box.id != box.id)
    if (twin := call.db.scalars(other).first()) is not None:
        raise Invalid.at(
            "seal_no", f"这个铅封号已用在药箱{twin.box_no}，请核对（{Code.DUPLICATE}）"
        )
    inside = content(call, box)
    if bad := [_told(row) for row in inside if row.fit == pb.BoxContent.UNFIT]:
        raise BusinessError(f"药箱里有{'；'.join(bad[:5])}，请先取出（出库退回或移入隔离）再封签")
    short = [row.item_name for row in inside if row.short and row.item_id not in cut]
    if short:
        named = "、".join(dict.fromkeys(short[:3]))
        raise BusinessError(f"药箱还缺{named}，补齐后才能封签")
    box.seal_no, box.sealed_at, box.sealer_id = seal_no, call.now, call.user.id


def _told(row: pb.BoxContent) -> str:
    return f"{row.item_name} 批号{row.lot_no or '无'}×{row.quantity}（{row.fault}）"


def refuse_used(call: Call, box: Box) -> None:
    """Refuse to call a box full out of which something was taken since it was sealed."""
    taken = select(Move.id).where(Move.source_id == box.warehouse_id)
    if box.sealed_at:
        taken = taken.where(Move.posted_at >= box.sealed_at)
    if call.db.scalars(taken.limit(1)).first() is not None:
        raise BusinessError(
            f"药箱{box.box_no}封签后用过，不能按未用退回；请清点后由药箱平台提交申领，补齐再封签"
        )


class BoxTemplateService(CrudService[BoxTemplate, pb.BoxTemplate]):
    """Keeps the templates."""

    model = BoxTemplate
    message = pb.BoxTemplate
    page = pb.BoxTemplateList
    searches = ("name",)

    def check(self, call: Call, record: BoxTemplate) -> None:
        """Names are unique, each item stands once."""
        same = select(BoxTemplate).where(
            BoxTemplate.name == record.name, BoxTemplate.id != record.id
        )
        if call.db.scalars(same).first():
            raise Invalid.at("name", "已有同名的模板，请改名")
        seen: set[int] = set()
        for row, line in enumerate(record.lines):
            if line.item_id in seen:
                raise Invalid.at(f"lines[{row}].item_id", "这种物资在模板里已有一行，请合并")
            seen.add(line.item_id)


class BoxService(CrudService[Box, pb.Box]):
    """Keeps the boxes."""

    model = Box
    message = pb.Box
    page = pb.BoxList
    searches = ("box_no", "plate", "seal_no")
    display = "box_no"
    code = "box_no"

    def visible(self, call: Call) -> Select[Box]:
        """The boxes of the user's warehouses."""
        return scoped(call, select(Box), Box.warehouse_id)

    def start(self, call: Call, record: Box) -> None:
        """A new box is empty and open."""
        record.state = pb.Box.OPENED

    def check(self, call: Call, record: Box) -> None:
        """The warehouse is one of kind box, and no other box is it."""
        warehouse = usable(call, record.warehouse_id, "warehouse_id")
        if warehouse.kind != warehouse_pb2.Warehouse.BOX:
            raise Invalid.at("warehouse_id", f"{warehouse.name}不是药箱类型的仓库，请另选")
        same = select(Box).where(Box.warehouse_id == record.warehouse_id, Box.id != record.id)
        if call.db.scalars(same).first():
            raise Invalid.at("warehouse_id", f"{warehouse.name}已经登记过药箱")
        record.box_no = warehouse.carrier_no

    def complete(self, call: Call, messages: Sequence[pb.Box]) -> None:
        """What is in the box, where one is opened."""
        if call.method.name == "List":
            return
        for message in messages:
            message.content.extend(content(call, call.db.get_one(Box, message.id)))

    def Take(self, call: Call, request: pb.TakeBoxRequest) -> pb.Box:
        """Put a full box on a vehicle."""
        box = self.load(call, request)
        box.plate = request.plate
        return self.save(call, box)

    def Return(self, call: Call, request: ReturnRequest) -> pb.Box:
        """Take an unused box off its vehicle, for a reason; its seal still holds."""
        box = self.load(call, request)
        refuse_used(call, box)
        box.plate, box.remark = "", request.reason
        call.reason = request.reason
        return self.save(call, box)

    def Seal(self, call: Call, request: pb.SealRequest) -> pb.Box:
        """Seal a full box."""
        box = self.load(call, request)
        seal(call, box, request.seal_no)
        return self.save(call, box)

    def Retire(self, call: Call, request: ReturnRequest) -> pb.Box:
        """Take a box out of use, for a reason."""
        box = self.load(call, request)
        box.plate, box.remark = "", request.reason
        call.reason = request.reason
        return self.save(call, box)
