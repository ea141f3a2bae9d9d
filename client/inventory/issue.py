"""The pages of issues: the sender's, and the receiver's, who takes goods on."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page
from protos.inventory import issue_pb2 as pb
from resources.print.inventory import issue

_SERVICE = pb.DESCRIPTOR.services_by_name["IssueService"]
_FORM = [
    ["kind", "business_on"],
    ["source_id", "target_id"],
    ["remark"],
    ["returned_reason", "links"],
]


def _started(record: Any) -> None:
    record.kind = pb.Issue.DIRECT
    record.business_on = dates.today().isoformat()


issues = Page(
    title="出库单",
    service=_SERVICE,
    columns=[
        "number", "business_on", "kind", "source_id", "target_id", "amount", "maker_id",
        "approver_id", "state",
    ],
    filters=["number", "business_on", "kind", "source_id", "target_id", "maker_id", "state"],
    form=_FORM,
    lines=[
        Lines(
            "lines",
            ["item_id", "lot_id", "reason", "unit", "quantity", "amount", "refused",
             "trace_codes"],
            scan="item_id",
            trace="trace_codes",
        )
    ],
    actions=["Submit", "Withdraw", "Approve", "Reject", "Post", "Void"],
    defaults=_started,
    sticky=["kind", "source_id", "business_on"],
    remembered=["source_id"],
    print_form=issue.draw,
    icon="sign-out",
)  # fmt: skip

arrivals = Page(
    title="出库单查询与入账",
    service=_SERVICE,
    columns=[
        "number", "business_on", "kind", "source_id", "target_id", "amount", "posted_at",
        "receiver_id", "received_at", "reminder", "state",
    ],
    filters=[
        "number", "business_on", "kind", "source_id", "target_id", "line_item_id", "line_lot_no",
        "maker_id", "receiver_id", "posted_at", "requisition_id", "state",
    ],
    form=_FORM,
    lines=[
        Lines("lines", ["item_id", "lot_id", "unit", "quantity", "refused", "refused_reason"])
    ],
    actions=["Receive", "ReceivePart"],
    print_form=issue.draw,
    icon="check-circle",
)  # fmt: skip
