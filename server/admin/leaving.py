"""What a person must hand over before leaving."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.core.errors import BusinessError


def refuse_unfinished(db: Session, person_id: int, name: str) -> None:
    """Raise BusinessError naming everything that is still in the person's hands.

    Somebody who cannot be waited for is stopped instead ("停用"): that asks for nothing.
    """
    left = [*_goods(db, person_id), *_warehouses(db, person_id)]
    if left:
        raise BusinessError(f"{name}还有未交接的：{'；'.join(left)}。请先交接，急需时可先停用账号")


def _goods(db: Session, person_id: int) -> list[str]:
    # Stock refers to people, so it can only be imported when everything is loaded.
    from server.inventory.ledger import Balance
    from server.inventory.warehouse import Warehouse

    items = select(Warehouse.name, func.count(func.distinct(Balance.item_id)))
    held = items.join(Balance, Balance.warehouse_id == Warehouse.id)
    held = held.where(Warehouse.owner_id == person_id, Balance.quantity > 0)
    rows = db.execute(held.group_by(Warehouse.name).order_by(Warehouse.name))
    return [f"{store}里有{count}种物资" for store, count in rows]


def _warehouses(db: Session, person_id: int) -> list[str]:
    from server.inventory.warehouse import Keeper, Warehouse

    kept = select(Warehouse.name).join(Keeper, Keeper.warehouse_id == Warehouse.id)
    names = db.scalars(kept.where(Keeper.person_id == person_id).order_by(Warehouse.name))
    return [f"{name}的管理人员" for name in names]
