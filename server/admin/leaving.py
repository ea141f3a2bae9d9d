"""What a person must hand over before leaving or moving to another department."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.core.errors import BusinessError, Invalid


def refuse_unfinished(db: Session, person_id: int, name: str) -> None:
    """Raise BusinessError naming everything that is still in the person's hands.

    Somebody who cannot be waited for is stopped instead ("停用"): that asks for nothing.
    """
    left = [*_goods(db, person_id), *_bills(db, person_id), *_warehouses(db, person_id)]
    if left:
        raise BusinessError(f"{name}还有未交接的：{'；'.join(left)}。请先交接，急需时可先停用账号")


def refuse_laden(db: Session, person_id: int, name: str) -> None:
    """Raise Invalid at the department of a person who moves with goods or open bills of a store."""
    left = [*_goods(db, person_id), *_bills(db, person_id)]
    if left:
        text = f"{name}还有：{'；'.join(left)}。请先退库或调拨给同事，办完单据再换部门"
        raise Invalid.at("department_id", text)


def _goods(db: Session, person_id: int) -> list[str]:
    # Stock refers to people, so it can only be imported when everything is loaded.
    from server.inventory.ledger_tables import Balance
    from server.inventory.warehouse import Warehouse

    items = select(Warehouse.name, func.count(func.distinct(Balance.item_id)))
    held = items.join(Balance, Balance.warehouse_id == Warehouse.id)
    held = held.where(Warehouse.owner_id == person_id, Balance.quantity > 0)
    rows = db.execute(held.group_by(Warehouse.name).order_by(Warehouse.name))
    return [f"{store}里有{count}种物资" for store, count in rows]


def _bills(db: Session, person_id: int) -> list[str]:
    from server.inventory.reconcile import awaited
    from server.inventory.warehouse import Warehouse

    own = select(Warehouse).where(Warehouse.owner_id == person_id).order_by(Warehouse.name)
    waiting = [(store.name, awaited(db, store.id)) for store in db.scalars(own)]
    return [f"{name}未办完的{'、'.join(kinds)}" for name, kinds in waiting if kinds]


def _warehouses(db: Session, person_id: int) -> list[str]:
    from server.inventory.warehouse import Keeper, Warehouse

    kept = select(Warehouse.name).join(Keeper, Keeper.warehouse_id == Warehouse.id)
    names = db.scalars(kept.where(Keeper.person_id == person_id).order_by(Warehouse.name))
    return [f"{name}的管理人员" for name in names]
