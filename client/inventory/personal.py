"""The pages of a doctor's own store: stock, the printed list, losses."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page
from protos.inventory import loss_record_pb2, personal_loss_pb2, stock_pb2
from resources.print.inventory import personal_loss, personal_store

_GROUP = "个人药库"
_STOCK = [
    "item_name", "spec", "lot_no", "expires_on", "use", "quantity", "blocked", "available", "unit",
    "band", "veiled",
]  # fmt: skip


def _started(record: Any) -> None:
    record.business_on = dates.today().isoformat()


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

losses = Page(
    title="个人损耗",
    service=personal_loss_pb2.DESCRIPTOR.services_by_name["PersonalLossService"],
    columns=[
        "number",
        "business_on",
        "warehouse_id",
        "task_no",
        "maker_id",
        "approver_id",
        "state",
    ],
    filters=["number", "business_on", "warehouse_id", "maker_id", "state"],
    form=[
        ["business_on", "task_no"],
        ["witness_id", "attested"],
        ["remark"],
        ["returned_reason"],
    ],
    lines=[Lines("lines", ["item_id", "lot_id", "quantity", "reason", "note"], scan="item_id")],
    actions=["Submit", "Withdraw", "Witness", "Approve", "Reject", "Void"],
    defaults=_started,
    print_form=personal_loss.draw,
    group=_GROUP,
    icon="trash",
)

loss_records = Page(
    title="个人仓库损耗记录",
    service=loss_record_pb2.DESCRIPTOR.services_by_name["LossRecordService"],
    columns=[
        "business_on", "number", "kind", "warehouse_id", "maker_id", "item_id", "lot_no",
        "quantity", "amount", "reason", "note", "task_no", "approver_id", "state",
    ],
    filters=[
        "business_on", "kind", "department_id", "owner_id", "item_id", "reason", "state", "number",
        "task_no",
    ],
    group=_GROUP,
    icon="magnifying-glass",
)  # fmt: skip

loss_rates = Page(
    title="损耗率",
    service=loss_record_pb2.DESCRIPTOR.services_by_name["LossRateService"],
    columns=[
        "period", "department_id", "owner_id", "item_id", "lost", "used", "rate", "usual",
        "verdict", "amount",
    ],
    filters=["period", "department_id", "owner_id", "item_id", "rate"],
    group=_GROUP,
    icon="percent",
)  # fmt: skip
