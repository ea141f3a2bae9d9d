"""The pages of losses: a doctor's own, those of all other stores, the query and the rates."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page
from protos.inventory import loss_pb2, loss_record_pb2
from resources.print.inventory import loss

_GROUP = "损耗"
_VERBS = ["Submit", "Withdraw", "Witness", "Approve", "Reject", "Void"]
_LINES = Lines(
    "lines", ["item_id", "lot_id", "quantity", "base_unit", "reason", "note", "amount"],
    scan="item_id",
)  # fmt: skip


def _started(record: Any) -> None:
    record.business_on = dates.today().isoformat()


losses = Page(
    title="个人损耗",
    service=loss_pb2.DESCRIPTOR.services_by_name["PersonalLossService"],
    columns=[
        "number", "business_on", "warehouse_id", "task_no", "amount", "maker_id", "approver_id",
        "red", "state",
    ],
    filters=["number", "business_on", "warehouse_id", "maker_id", "red", "state"],
    form=[
        ["business_on", "occurred_at"],
        ["task_no", "witness_id", "attested"],
        ["remark"],
        ["returned_reason", "links"],
    ],
    lines=[_LINES],
    actions=_VERBS,
    defaults=_started,
    print_form=loss.draw,
    group=_GROUP,
    icon="trash",
)  # fmt: skip

store_losses = Page(
    title="仓库报损",
    service=loss_pb2.DESCRIPTOR.services_by_name["StoreLossService"],
    columns=[
        "number", "business_on", "warehouse_id", "source_no", "amount", "maker_id",
        "approver_id", "red", "state",
    ],
    filters=["number", "business_on", "warehouse_id", "source_no", "maker_id", "red", "state"],
    form=[
        ["warehouse_id", "business_on", "occurred_at"],
        ["source_no", "witness_id", "attested"],
        ["remark"],
        ["returned_reason", "links"],
    ],
    lines=[_LINES],
    actions=_VERBS,
    defaults=_started,
    remembered=["warehouse_id"],
    print_form=loss.draw,
    group=_GROUP,
    icon="trash-simple",
)  # fmt: skip

loss_records = Page(
    title="个人与仓库损耗记录",
    service=loss_record_pb2.DESCRIPTOR.services_by_name["LossRecordService"],
    columns=[
        "business_on", "number", "kind", "warehouse_id", "maker_id", "item_id", "lot_no",
        "quantity", "amount", "reason", "note", "task_no", "source_no", "approver_id",
        "red", "state",
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
        "period", "department_id", "warehouse_id", "item_id", "lost", "used", "rate", "usual",
        "verdict", "amount",
    ],
    filters=["period", "department_id", "warehouse_id", "owner_id", "item_id", "rate"],
    group=_GROUP,
    icon="percent",
)  # fmt: skip
