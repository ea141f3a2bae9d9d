"""The quarantine store of a warehouse: where lots lie that nobody may use."""

from sqlalchemy import select

from protos.inventory import warehouse_pb2
from server.core.call import Call
from server.core.errors import BusinessError
from server.inventory.warehouse import Warehouse

_K = warehouse_pb2.Warehouse


def quarantine_of(call: Call, warehouse: Warehouse) -> Warehouse:
    """The active quarantine store of a warehouse or of the nearest one above it."""
    place: Warehouse | None = warehouse
    while place is not None:
        chosen = select(Warehouse).where(
            Warehouse.parent_id == place.id,
            Warehouse.kind == _K.QUARANTINE,
            Warehouse.state == _K.ACTIVE,
        )
        if found := call.db.scalars(chosen.order_by(Warehouse.id)).first():
            return found
        place = call.db.get(Warehouse, place.parent_id) if place.parent_id else None
    raise BusinessError(f"{warehouse.name}和它的上级库都没有隔离库，请先在“仓库”页面建立一个隔离库")
