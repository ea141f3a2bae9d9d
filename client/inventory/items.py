"""Master data pages: items, categories, suppliers, warehouses."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page, Sheet
from client.inventory.item_form import ItemForm
from protos.inventory import (
    category_pb2,
    importing_pb2,
    item_pb2,
    role_item_pb2,
    stock_level_pb2,
    supplier_pb2,
    warehouse_pb2,
)

_GROUP = "基础信息"
_IMPORT = importing_pb2.DESCRIPTOR.services_by_name["ImportService"]


def _started(item: Any) -> None:
    item.lot_managed = item.expiry_managed = item.chargeable = True
    item.warn_days = 180
    item.storage, item.control = item_pb2.Item.ROOM, item_pb2.Item.ORDINARY


items = Page(
    title="库存基础信息",
    service=item_pb2.DESCRIPTOR.services_by_name["ItemService"],
    columns=[
        "code", "name", "spec", "base_unit", "kind", "category_id", "manufacturer", "control",
        "retail_price", "state",
    ],
    filters=["name", "kind", "category_id", "control", "abc", "ven", "state"],
    form=[
        ["name", "spec", "kind"],
        ["category_id", "base_unit", "dosage_form"],
        ["generic_name", "trade_name", "model_no"],
        ["manufacturer", "supplier_id", "approval_no"],
        ["barcode", "standard_code", "sunshine_code"],
        ["nhsa_code", "nhsa_code5", "self_pay"],
        ["storage", "control", "self_pay_ratio"],
        ["shelf_life_days", "warn_days"],
        ["purchase_price", "retail_price", "order_quantity"],
        ["consumable_code", "consumable_sub_code"],
        ["abc", "ven", "whole_packs"],
        ["lot_managed", "expiry_managed", "trace_required"],
        ["high_value", "lasa", "high_alert"],
        ["chargeable", "disabled_reason"],
        ["remark"],
    ],
    lines=[Lines("units", ["name", "factor", "barcode"])],
    actions=["Disable", "Enable"],
    sheet=Sheet(
        _IMPORT.methods_by_name["Items"],
        [
            "item.name", "item.spec", "item.kind", "category", "item.base_unit", "pack", "factor",
            "item.generic_name", "item.trade_name", "item.dosage_form", "item.model_no",
            "item.manufacturer", "supplier", "item.approval_no", "item.barcode",
            "item.standard_code", "item.nhsa_code", "item.sunshine_code", "item.storage",
            "item.control", "item.lot_managed", "item.expiry_managed", "item.trace_required",
            "item.shelf_life_days", "item.warn_days", "item.purchase_price", "item.retail_price",
            "item.remark",
        ],
    ),
    defaults=_started,
    dialog=ItemForm,
    sticky=["kind", "category_id", "storage", "control"],
    remembered=["kind", "category_id", "base_unit"],
    group=_GROUP,
    icon="pill",
)  # fmt: skip

categories = Page(
    title="物资类别",
    service=category_pb2.DESCRIPTOR.services_by_name["CategoryService"],
    columns=[
        "code",
        "full_name",
        "sort",
        "expiry_managed",
        "chargeable",
        "trace_required",
        "control",
        "inspected",
        "markup",
        "remark",
    ],
    filters=["code", "name", "parent_id"],
    form=[
        ["code", "name"],
        ["parent_id", "sort"],
        ["expiry_managed", "chargeable"],
        ["trace_required", "inspected"],
        ["control", "markup"],
        ["remark"],
    ],
    actions=["Delete"],
    group=_GROUP,
    icon="tree-structure",
)

suppliers = Page(
    title="供应商",
    service=supplier_pb2.DESCRIPTOR.services_by_name["SupplierService"],
    columns=["code", "name", "license_no", "license_until_on", "contact", "phone", "state"],
    filters=["name", "license_until_on", "state"],
    form=[
        ["code", "name"],
        ["credit_code", "license_no", "license_until_on"],
        ["contact", "phone"],
        ["address"],
    ],
    actions=["Disable", "Enable"],
    group=_GROUP,
    icon="factory",
)

warehouses = Page(
    title="仓库",
    service=warehouse_pb2.DESCRIPTOR.services_by_name["WarehouseService"],
    columns=[
        "code",
        "name",
        "kind",
        "department_id",
        "parent_id",
        "owner_id",
        "cool",
        "cold",
        "state",
    ],
    filters=["name", "kind", "department_id", "owner_id", "state"],
    form=[
        ["code", "name"],
        ["kind", "department_id"],
        ["parent_id", "owner_id"],
        ["carrier_no", "cool", "cold"],
    ],
    lines=[Lines("keepers", ["person_id", "duty", "from_on", "until_on"])],
    actions=["Disable", "Enable"],
    tools=["MakeStores"],
    remembered=["department_id"],
    group=_GROUP,
    icon="house-line",
)


def _bound(record: Any) -> None:
    record.can_request = record.can_hold = record.can_use = True
    record.from_on = dates.today().isoformat()


role_items = Page(
    title="角色物资",
    service=role_item_pb2.DESCRIPTOR.services_by_name["RoleItemService"],
    columns=[
        "role_id", "item_name", "can_request", "can_hold", "can_use", "least", "most",
        "per_request", "per_month", "from_on", "until_on", "state",
    ],
    filters=["role_id", "item_id", "from_on", "state"],
    form=[
        ["role_id", "item_id"],
        ["can_request", "can_hold", "can_use"],
        ["least", "most"],
        ["per_request", "per_month"],
        ["from_on", "until_on"],
        ["reason"],
    ],
    actions=["Unbind"],
    tools=["BindCategory"],
    defaults=_bound,
    sticky=["role_id", "can_request", "can_hold", "can_use", "from_on"],
    group=_GROUP,
    icon="users-three",
)  # fmt: skip


levels = Page(
    title="库存上下限",
    service=stock_level_pb2.DESCRIPTOR.services_by_name["StockLevelService"],
    columns=[
        "warehouse_id", "item_name", "on_hand", "unit", "least", "reorder", "most", "standard",
        "gap", "place", "alarm",
    ],
    filters=["warehouse_id", "item_id", "alarm"],
    form=[
        ["warehouse_id", "item_id"],
        ["least", "reorder", "most"],
        ["standard", "place"],
        ["lead_days", "period_days"],
        ["on_hand", "gap", "alarm"],
    ],
    actions=["Delete"],
    tools=["SetForKind"],
    sticky=["warehouse_id"],
    remembered=["warehouse_id"],
    group=_GROUP,
    icon="gauge",
)  # fmt: skip
