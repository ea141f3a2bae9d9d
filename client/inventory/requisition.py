"""The pages of requisitions: asking, deciding at three levels, following."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page
from protos.inventory import requisition_pb2 as pb
from resources.print.inventory import requisition

_GROUP = "申领"
_SERVICE = pb.DESCRIPTOR.services_by_name["RequisitionService"]
_FORM = [
    ["warehouse_id", "source_id"],
    ["business_on", "urgent"],
    ["remark"],
    ["notice"],
    ["returned_reason"],
]


def _started(record: Any) -> None:
    record.business_on = dates.today().isoformat()


requisitions = Page(
    title="物资申领单",
    service=_SERVICE,
    columns=[
        "number", "urgent", "business_on", "warehouse_id", "source_id", "requested", "maker_id",
        "remark", "state",
    ],
    filters=["number", "business_on", "warehouse_id", "source_id", "urgent", "state"],
    form=_FORM,
    lines=[
        Lines(
            "lines",
            ["item_id", "unit", "quantity", "reason", "on_hand", "target", "granted", "forwarded",
             "cut", "cut_reason"],
            scan="item_id",
        )
    ],
    actions=["Propose", "Submit", "Withdraw", "Close", "Void"],
    defaults=_started,
    sticky=["warehouse_id", "source_id", "business_on"],
    remembered=["warehouse_id", "source_id"],
    print_form=requisition.draw,
    group=_GROUP,
    icon="clipboard-text",
)  # fmt: skip


def _approvals(title: str, service: str) -> Page:
    return Page(
        title=title,
        service=pb.DESCRIPTOR.services_by_name[service],
        columns=[
            "number", "urgent", "submitted_at", "warehouse_id", "source_id", "requested",
            "granted", "forwarded", "cut", "maker_id", "approver_id", "state",
        ],
        filters=["number", "submitted_at", "warehouse_id", "urgent", "maker_id", "state"],
        form=[
            ["warehouse_id", "source_id", "urgent"],
            ["maker_id", "submitted_at"],
            ["remark"],
            ["notice", "returned_reason"],
        ],
        lines=[
            Lines(
                "lines",
                ["item_id", "base_unit", "base_quantity", "on_hand", "available", "granted",
                 "forwarded", "warning", "cut", "cut_reason", "reason"],
                fixed=True,
            )
        ],
        actions=["Approve", "Reject"],
        group=_GROUP,
        icon="check-square",
    )  # fmt: skip


station_approvals = _approvals("分站审批申领单", "StationApprovalService")
sub_center_approvals = _approvals("分中心审批申领单", "SubCenterApprovalService")
center_approvals = _approvals("审批申领单", "CenterApprovalService")

requisition_query = Page(
    title="物资申领单查询",
    service=_SERVICE,
    columns=[
        "number", "urgent", "submitted_at", "warehouse_id", "source_id", "level", "requested",
        "granted", "forwarded", "cut", "issued", "received", "parent_id", "state",
    ],
    filters=[
        "number", "business_on", "warehouse_id", "source_id", "level", "urgent", "maker_id",
        "approver_id", "state",
    ],
    form=[*_FORM, ["maker_id", "approver_id"], ["submitted_at", "approved_at"], ["parent_id"]],
    lines=[
        Lines(
            "lines",
            ["item_id", "unit", "quantity", "granted", "forwarded", "cut", "cut_reason", "issued",
             "received"],
            scan="item_id",
        ),
        Lines(
            "steps",
            ["item", "number", "level", "requested", "granted", "forwarded", "cut", "cut_reason",
             "issued", "received", "approver", "state"],
        ),
    ],
    actions=["Prepare", "Close"],
    defaults=_started,
    remembered=["warehouse_id", "source_id"],
    print_form=requisition.draw,
    group=_GROUP,
    icon="magnifying-glass",
)  # fmt: skip
