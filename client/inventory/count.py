"""The pages of stocktakes: the planner's and approver's, and the counters' sheet."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page
from protos.inventory import count_pb2 as pb
from resources.print.inventory import count

_GROUP = "盘点"


def _started(record: Any) -> None:
    record.business_on = dates.today().isoformat()
    record.scope, record.freeze = pb.Count.WHOLE, pb.Count.HARD
    record.uncounted, record.blind = pb.Count.KEEP, True


counts = Page(
    title="盘库",
    service=pb.DESCRIPTOR.services_by_name["CountService"],
    columns=[
        "number", "business_on", "warehouse_id", "scope", "freeze", "blind", "counter_id",
        "recounter_id", "differing", "amount", "state",
    ],
    filters=["number", "business_on", "warehouse_id", "scope", "counter_id", "state"],
    form=[
        ["warehouse_id", "business_on", "scope"],
        ["category_id", "sample_size", "with_empty"],
        ["freeze", "uncounted", "blind"],
        ["tolerance", "tolerance_amount", "supervisor_id"],
        ["counter_id", "recounter_id", "incident_no"],
        ["remark"],
        ["returned_reason"],
    ],
    lines=[
        Lines(
            "lines",
            ["item_id", "lot_no", "expires_on", "base_unit", "book", "first_counted", "counted",
             "difference", "amount", "moved_since", "reason", "note"],
            fixed=True,
        ),
        Lines("items", ["item_id"]),
    ],
    actions=["Start", "Report", "Approve", "Reject", "Cancel"],
    defaults=_started,
    remembered=["warehouse_id"],
    print_form=count.draw_differences,
    group=_GROUP,
    icon="clipboard-text",
)  # fmt: skip

sheets = Page(
    title="盘点录入",
    service=pb.DESCRIPTOR.services_by_name["CountSheetService"],
    columns=["number", "business_on", "warehouse_id", "blind", "started_at", "remark", "state"],
    filters=["number", "business_on", "warehouse_id", "state"],
    form=[["warehouse_id", "business_on", "blind"], ["remark"]],
    lines=[
        Lines(
            "lines",
            ["item_id", "lot_no", "expires_on", "base_unit", "book", "counted", "note"],
            fixed=True,
        )
    ],
    actions=["Submit"],
    print_form=count.draw_sheet,
    group=_GROUP,
    icon="check-square",
)
