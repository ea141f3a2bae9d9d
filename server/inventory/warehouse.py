"""Where stock lies, down to each doctor's own store, and who answers for it."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    and_,
    func,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column, relationship

from protos.admin import person_pb2
from protos.common.list_pb2 import IdRequest, Told
from protos.facts import Fault
from protos.inventory import warehouse_pb2 as pb
from server.admin.department import Department
from server.admin.person import Person
from server.core.call import Call
from server.core.changes import changed
from server.core.codes import codes
from server.core.crud import CrudService
from server.core.db import Model, Record
from server.core.errors import BusinessError, Forbidden, Invalid
from server.core.numbering import shanghai_date
from server.inventory.refusals import refuse

_K = pb.Warehouse
_ONE_STORE = text(f"kind = {_K.PERSON} AND state = {_K.ACTIVE}")


class Warehouse(Record):
    """A real store; its id is far above the ledger's virtual accounts."""

    __tablename__ = "inventory_warehouse"
    __table_args__ = (
        Index(
            "uq_inventory_warehouse_owner_id",
            "owner_id",
            unique=True,
            sqlite_where=_ONE_STORE,
            postgresql_where=_ONE_STORE,
        ),
    )

    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[int]
    department_id: Mapped[int] = mapped_column(ForeignKey(Department.id), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("inventory_warehouse.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    carrier_no: Mapped[str] = mapped_column(String(20), default="")
    cold: Mapped[bool] = mapped_column(default=False)  # keeps 2 to 8 degrees
    cool: Mapped[bool] = mapped_column(default=False)  # keeps at most 20 degrees
    state: Mapped[int] = mapped_column(default=_K.ACTIVE)
    codes: Mapped[str] = mapped_column(String(400), default="")

    keepers: Mapped[list["Keeper"]] = relationship(
        cascade="all, delete-orphan", order_by="Keeper.position"
    )


class Keeper(Model):
    """A person's duty at a warehouse, from one day to another, both included."""

    __tablename__ = "inventory_keeper"
    __table_args__ = (UniqueConstraint("warehouse_id", "person_id", "duty"),)

    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    position: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    duty: Mapped[int] = mapped_column(default=pb.Keeper.KEEPER)
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]


def keeper_faults(keepers: Sequence[Keeper]) -> Iterator[Fault]:
    """Days the wrong way round, one duty twice."""
    seen: set[tuple[int, int]] = set()
    for row, keeper in enumerate(keepers):
        if keeper.from_on and keeper.until_on and keeper.until_on < keeper.from_on:
            yield Fault(f"keepers[{row}].until_on", "结束日期不能早于开始日期")
        if (keeper.person_id, keeper.duty) in seen:
            yield Fault(f"keepers[{row}].duty", "同一人的同一职责只填一行，请删去重复的")
        seen.add((keeper.person_id, keeper.duty))


def refuse_nobody(warehouse: Warehouse) -> None:
    """A personal store has its person, a vehicle or box its number, and no other has either."""
    personal = warehouse.kind == _K.PERSON
    carried = warehouse.kind in (_K.VEHICLE, _K.BOX)
    if personal and not warehouse.owner_id:
        raise Invalid.at("owner_id", "个人药库要填写持有人")
    if not personal and warehouse.owner_id:
        raise Invalid.at("owner_id", "只有个人药库有持有人，请清空")
    if carried and not warehouse.carrier_no:
        raise Invalid.at("carrier_no", "车载库和药箱要填写车牌号或药箱号")


def mine(call: Call, *, working: bool = False) -> Select[int]:
    """The ids of the warehouses a user works with: of his departments, his own, those he keeps.

    Working leaves out those he may only look into.
    """
    chosen = select(Warehouse.id)
    if call.user.departments is None:
        return chosen
    day = shanghai_date(call.now)
    kept = select(Keeper.warehouse_id).where(
        Keeper.person_id == call.user.id,
        or_(Keeper.from_on.is_(None), Keeper.from_on <= day),
        or_(Keeper.until_on.is_(None), Keeper.until_on >= day),
    )
    if working:
        kept = kept.where(Keeper.duty != pb.Keeper.VIEWER)
    return chosen.where(
        or_(
            Warehouse.department_id.in_(call.user.departments),
            Warehouse.owner_id == call.user.id,
            Warehouse.id.in_(kept),
        )
    )


def scoped(call: Call, chosen: Select[Any], *columns: InstrumentedAttribute[Any]) -> Select[Any]:
    """Only rows one of whose warehouses the user works with."""
    if call.user.departments is None:
        return chosen
    return chosen.where(or_(*(column.in_(mine(call)) for column in columns)))


def usable(call: Call, warehouse_id: int, path: str, *, anyone: bool = False) -> Warehouse:
    """The active warehouse of that id among the user's (anyone: among all); raises Invalid."""
    warehouse = call.db.get(Warehouse, warehouse_id)
    if warehouse is None or warehouse.state != _K.ACTIVE:
        raise Invalid.at(path, "仓库不存在或已停用，请重新选择")
    allowed = mine(call, working=True).where(Warehouse.id == warehouse_id)
    if not anyone and call.db.scalars(allowed).first() is None:
        raise Invalid.at(path, f"{warehouse.name}不在您的管理范围内，请重新选择")
    return warehouse


def acting_for(call: Call) -> Select[int]:
    """The ids of the warehouses the user acts for; the rule of ``refuse_stranger`` as a query."""
    others = and_(Warehouse.kind == _K.PERSON, func.coalesce(Warehouse.owner_id, 0) != call.user.id)
    return mine(call, working=True).where(not_(others))


def refuse_stranger(call: Call, warehouse: Warehouse, *, what: str = "入账") -> None:
    """Only its owner acts for a personal store, only who works with it for others."""
    if warehouse.kind == _K.PERSON and warehouse.owner_id != call.user.id:
        raise Forbidden(f"{warehouse.name}只能由本人{what}")
    allowed = mine(call, working=True).where(Warehouse.id == warehouse.id)
    if call.db.scalars(allowed).first() is None:
        raise Forbidden(f"{warehouse.name}不在您的管理范围内，不能{what}")


def bring_along(db: Session, person: Person) -> None:
    """Let a person's store belong to his new department, below that department's station store."""
    below = select(Warehouse.id).where(
        Warehouse.department_id == person.department_id,
        Warehouse.kind == _K.STATION,
        Warehouse.state == _K.ACTIVE,
    )
    parent = db.scalars(below.order_by(Warehouse.id)).first()
    own = select(Warehouse).where(Warehouse.owner_id == person.id, Warehouse.state == _K.ACTIVE)
    for store in db.scalars(own):
        store.department_id, store.parent_id = person.department_id, parent


def personal_store(call: Call, person_id: int) -> Warehouse | None:
    """The active personal store of a person, if there is one."""
    return call.db.scalars(
        select(Warehouse).where(
            Warehouse.owner_id == person_id,
            Warehouse.kind == _K.PERSON,
            Warehouse.state == _K.ACTIVE,
        )
    ).first()


class WarehouseService(CrudService[Warehouse, pb.Warehouse]):
    """Keeps the warehouses."""

    model = Warehouse
    message = pb.Warehouse
    page = pb.WarehouseList
    searches = ("codes", "code")
    code = "code"

    def visible(self, call: Call) -> Select[Warehouse]:
        """The warehouses the user works with."""
        return scoped(call, select(Warehouse), Warehouse.id)

    def selectable(self, call: Call) -> Select[Warehouse]:
        """Every warehouse in use: goods may go to those of others."""
        return select(Warehouse).where(Warehouse.state == _K.ACTIVE)

    def check(self, call: Call, record: Warehouse) -> None:
        """Names are unique in a department, a person has one store, stock keeps its holder."""
        refuse_nobody(record)
        for keeper in record.keepers:
            keeper.duty = keeper.duty or pb.Keeper.KEEPER
        refuse(list(keeper_faults(record.keepers)))
        self._refuse_new_holder(call, record)
        same = select(Warehouse).where(
            Warehouse.id != record.id,
            Warehouse.department_id == record.department_id,
            Warehouse.name == record.name,
        )
        if call.db.scalars(same).first():
            raise Invalid.at("name", "这个部门已有同名的仓库，请改名")
        other = personal_store(call, record.owner_id) if record.owner_id else None
        if other is not None and other.id != record.id:
            raise Invalid.at("owner_id", f"此人已有个人药库{other.name}，不能再建")
        record.codes = codes(record.name, record.code)

    def _refuse_new_holder(self, call: Call, record: Warehouse) -> None:
        from server.inventory.ledger import holds  # both refer to warehouses
        from server.inventory.reconcile import awaited

        for name, label in (("kind", "类型"), ("owner_id", "持有人")):
            if name in changed(record) and holds(call.db, record.id):
                raise Invalid.at(name, f"仓库里还有库存，不能改{label}，请先调出或退库")
            if name in changed(record) and (waiting := awaited(call.db, record.id)):
                text = f"还有未办完的{'、'.join(waiting)}，不能改{label}，请先办完或作废"
                raise Invalid.at(name, text)

    def Disable(self, call: Call, request: IdRequest) -> pb.Warehouse:
        """Close an empty warehouse no bill waits for."""
        from server.inventory.ledger import holds  # both refer to warehouses
        from server.inventory.reconcile import awaited

        warehouse = self.load(call, request)
        if waiting := awaited(call.db, warehouse.id):
            raise BusinessError(f"还有未办完的{'、'.join(waiting)}，请先办完、终止或作废再停用")
        if holds(call.db, warehouse.id):
            raise BusinessError("仓库里还有库存，请先调出、退库或报损再停用")
        return self.save(call, warehouse)

    def Enable(self, call: Call, request: IdRequest) -> pb.Warehouse:
        """Open a warehouse again."""
        warehouse = self.load(call, request)
        self.check(call, warehouse)
        return self.save(call, warehouse)

    def MakeStores(self, call: Call, request: pb.MakeStoresRequest) -> Told:
        """Make a personal store for each doctor and nurse of a department who has none."""
        parent = usable(call, request.parent_id, "parent_id", anyone=True)
        owned = select(Warehouse.owner_id).where(
            Warehouse.kind == _K.PERSON,
            Warehouse.state == _K.ACTIVE,
            Warehouse.owner_id.is_not(None),
        )
        people = call.db.scalars(
            select(Person)
            .where(
                Person.department_id == request.department_id,
                Person.kind.in_((person_pb2.Person.DOCTOR, person_pb2.Person.NURSE)),
                Person.state == person_pb2.Person.ACTIVE,
                Person.id.not_in(owned),
            )
            .order_by(Person.staff_no)
        ).all()
        call.db.add_all([_store(call, person, parent) for person in people])
        self.note_change(call)
        names = "、".join(person.name for person in people)
        return Told(
            text=f"已建{len(people)}个个人药库：{names}"
            if people
            else "这个分站的医生和护士都已有个人药库"
        )


def _store(call: Call, person: Person, parent: Warehouse) -> Warehouse:
    name = f"{person.name}个人药库"
    return Warehouse(
        code=f"GR-{person.staff_no}", name=name, kind=_K.PERSON,
        department_id=person.department_id, parent_id=parent.id, owner_id=person.id,
        cool=parent.cool, codes=codes(name, person.staff_no),
        created_at=call.now, created_by=call.user.id,
        updated_at=call.now, updated_by=call.user.id,
    )  # fmt: skip
