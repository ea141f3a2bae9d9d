"""The pages of a doctor's own store: stock, and the printed list."""

from client.core.page import Lines, Page
from protos.inventory import stock_pb2
from resources.print.inventory import personal_store

_GROUP = "个人药库"
_STOCK = [
    "item_name", "spec", "lot_no", "expires_on", "use", "quantity", "blocked", "available", "unit",
    "band", "veiled",
]  # fmt: skip


own_stock = Page(
    title="我的药库",
    service=stock_pb2.DESCRIPTOR.services_by_name["PersonalStockService"],
    columns=_STOCK,
    filters=["item_id", "lot_no", "expires_on", "use"],
    group=_GROUP,
    icon="first-aid-kit",
)

own_store = Page(
    title="个人药库清单",
    service=stock_pb2.DESCRIPTOR.services_by_name["PersonalStoreService"],
    columns=["code", "name", "owner_id"],
    filters=["name"],
    form=[["code", "name"], ["owner_name", "department_name"]],
    lines=[Lines("lines", [*_STOCK, "quota", "short_or_over"])],
    print_form=personal_store.draw,
    group=_GROUP,
    icon="list-dashes",
)
