"""The pages of what ends: bands, notices, quarantine, disposals; and of the nightly check."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page
from protos.inventory import disposal_pb2, expiry_pb2, self_check_pb2
from resources.print.inventory import disposal

_GROUP = "效期与作废"
_SERVICES = expiry_pb2.DESCRIPTOR.services_by_name
_STOCK = [
    "warehouse_id", "item_name", "spec", "lot_no", "expires_on", "days_left", "band", "quantity",
    "available", "unit", "use", "amount",
]  # fmt: skip
_FILTERS = ["warehouse_id", "item_id", "lot_no", "expires_on", "band", "use"]


def _started(record: Any) -> None:
    record.business_on = dates.today().isoformat()
    record.cause = disposal_pb2.Disposal.EXPIRED


expiring = Page(
    title="过期物资",
    service=_SERVICES["ExpiryService"],
    columns=_STOCK,
    filters=_FILTERS,
    actions=["Quarantine"],
    group=_GROUP,
    icon="hourglass-medium",
)

notices = Page(
    title="效期提醒",
    service=_SERVICES["ExpiryNoticeService"],
    columns=[
        "told_at", "warehouse_id", "item_id", "lot_no", "expires_on", "band", "quantity",
        "seen_by_id", "seen_at", "state",
    ],
    filters=["told_at", "warehouse_id", "item_id", "lot_no", "band", "state"],
    actions=["Acknowledge"],
    group=_GROUP,
    icon="bell-ringing",
)  # fmt: skip

quarantined = Page(
    title="隔离库存",
    service=_SERVICES["QuarantineService"],
    columns=_STOCK,
    filters=_FILTERS,
    actions=["Release"],
    group=_GROUP,
    icon="prohibit",
)

disposals = Page(
    title="作废销毁",
    service=disposal_pb2.DESCRIPTOR.services_by_name["DisposalService"],
    columns=[
        "number", "business_on", "warehouse_id", "cause", "amount", "maker_id", "approver_id",
        "witness_id", "posted_at", "state",
    ],
    filters=["number", "business_on", "warehouse_id", "cause", "maker_id", "state"],
    form=[
        ["warehouse_id", "cause", "business_on"],
        ["method", "place"],
        ["witness_id", "second_witness_id"],
        ["remark"],
        ["returned_reason"],
    ],
    lines=[
        Lines(
            "lines",
            ["item_id", "lot_id", "expires_on", "unit", "quantity", "amount", "note"],
            scan="item_id",
        )
    ],
    actions=["Submit", "Withdraw", "Approve", "Reject", "Execute", "Void"],
    defaults=_started,
    print_form=disposal.draw,
    group=_GROUP,
    icon="fire",
)  # fmt: skip

self_checks = Page(
    title="库存自检",
    service=self_check_pb2.DESCRIPTOR.services_by_name["SelfCheckService"],
    columns=["ran_on", "ran_at", "balances", "moves", "differing", "notices", "state"],
    filters=["ran_on", "state"],
    form=[["ran_on", "ran_at", "state"], ["balances", "moves"], ["differing", "notices"],
          ["report"]],
    icon="scales",
)  # fmt: skip
