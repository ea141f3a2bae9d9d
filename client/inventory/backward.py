"""The pages that take posted bills back: red reversals and returns both ways."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page
from protos.inventory import issue_return_pb2, red_pb2, supplier_return_pb2
from resources.print.inventory import backward

_GROUP = "退库与红冲"
_VERBS = ["Submit", "Withdraw", "Approve", "Reject", "Void"]
_LINE = ["item_id", "lot_no", "expires_on", "moved", "left", "quantity", "base_unit", "amount"]
_FOOT = [["remark"], ["returned_reason"]]


def _started(record: Any) -> None:
    record.business_on = dates.today().isoformat()


reds = Page(
    title="红冲出库与入库",
    service=red_pb2.DESCRIPTOR.services_by_name["RedService"],
    columns=[
        "number", "business_on", "kind", "original_no", "taken_from", "given_to", "reason",
        "amount", "maker_id", "approver_id", "state",
    ],
    filters=[
        "number", "business_on", "kind", "original_no", "warehouse_id", "reason", "maker_id",
        "state",
    ],
    form=[
        ["original_no", "kind", "business_on"],
        ["taken_from", "given_to"],
        ["reason", "note"],
        ["reopened_issue_id", "reopened_receipt_id"],
        *_FOOT,
    ],
    lines=[Lines("lines", _LINE)],
    actions=[*_VERBS, "Reopen"],
    original="original_no",
    defaults=_started,
    print_form=backward.draw_red,
    group=_GROUP,
    icon="arrow-counter-clockwise",
)  # fmt: skip

issue_returns = Page(
    title="出库退库",
    service=issue_return_pb2.DESCRIPTOR.services_by_name["IssueReturnService"],
    columns=[
        "number", "business_on", "issue_id", "warehouse_id", "source_id", "reason", "amount",
        "maker_id", "poster_id", "red", "state",
    ],
    filters=[
        "number", "business_on", "issue_id", "warehouse_id", "source_id", "maker_id", "state",
    ],
    form=[
        ["issue_id", "business_on", "occurred_at"],
        ["warehouse_id", "source_id"],
        ["reason", "note"],
        *_FOOT,
        ["links"],
    ],
    lines=[Lines("lines", [*_LINE, "fate"])],
    actions=["Submit", "Withdraw", "Approve", "Inspect", "Reject", "Void"],
    defaults=_started,
    print_form=backward.draw_issue_return,
    group=_GROUP,
    icon="arrow-u-up-left",
)  # fmt: skip

supplier_returns = Page(
    title="入库退库",
    service=supplier_return_pb2.DESCRIPTOR.services_by_name["SupplierReturnService"],
    columns=[
        "number", "business_on", "receipt_id", "warehouse_id", "supplier_id", "reason", "amount",
        "maker_id", "approver_id", "red", "state",
    ],
    filters=[
        "number", "business_on", "receipt_id", "warehouse_id", "supplier_id", "maker_id", "state",
    ],
    form=[
        ["receipt_id", "business_on", "occurred_at"],
        ["warehouse_id", "supplier_id", "red_invoice_no"],
        ["reason", "note"],
        *_FOOT,
        ["links"],
    ],
    lines=[Lines("lines", _LINE)],
    actions=_VERBS,
    defaults=_started,
    print_form=backward.draw_supplier_return,
    group=_GROUP,
    icon="truck",
)  # fmt: skip
