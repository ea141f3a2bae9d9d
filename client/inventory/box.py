"""The pages of kit boxes: requests to decide and to follow, boxes, templates."""

from client.core.page import Lines, Page
from protos.inventory import box_pb2 as pb

_GROUP = "药箱"
_SERVICES = pb.DESCRIPTOR.services_by_name
_FORM = [
    ["request_no", "mode", "box_id"],
    ["plate", "replacement_id"],
    ["crew", "requested_at"],
    ["seal_old", "seal_new"],
    ["uses"],
    ["source_id", "witness_id", "attested"],
    ["returned_reason"],
]
_LINES = [  # what is decided stands in sight, what explains it after
    "item_id", "base_unit", "book", "remaining", "difference", "loss_reason", "requested",
    "approved", "cut_reason", "standard", "expired", "emr_used",
]  # fmt: skip

_CONTENT = [
    "item_name", "standard", "lot_no", "expires_on", "quantity", "fit", "fault", "short",
]  # fmt: skip

box_approvals = Page(
    title="审批药箱申领单",
    service=_SERVICES["BoxRequestService"],
    columns=[
        "number", "mode", "request_no", "requested_at", "box_id", "plate", "difference",
        "source_id", "approver_id", "state",
    ],
    filters=["number", "mode", "request_no", "requested_at", "box_id", "plate", "state"],
    form=_FORM,
    lines=[Lines("lines", _LINES, fixed=True), Lines("content", _CONTENT)],
    actions=["Witness", "Approve", "Reject", "Post", "Seal", "Swap", "Reverse"],
    group=_GROUP,
    icon="first-aid",
)  # fmt: skip

box_requests = Page(
    title="药箱申领单查询",
    service=_SERVICES["BoxRequestService"],
    columns=[
        "number", "mode", "request_no", "requested_at", "box_id", "plate", "seal_new", "source_id",
        "difference", "approver_id", "state",
    ],
    filters=[
        "number", "mode", "request_no", "requested_at", "box_id", "plate", "source_id", "seal_new",
        "replacement_id", "approver_id", "difference", "state",
    ],
    form=_FORM,
    lines=[Lines("lines", _LINES, fixed=True), Lines("content", _CONTENT)],
    group=_GROUP,
    icon="magnifying-glass",
)  # fmt: skip

boxes = Page(
    title="药箱",
    service=_SERVICES["BoxService"],
    columns=["box_no", "template_id", "plate", "seal_no", "sealed_at", "sealer_id", "state"],
    filters=["box_no", "template_id", "plate", "seal_no", "state"],
    form=[
        ["warehouse_id", "template_id"],
        ["plate", "seal_no"],
        ["sealed_at", "sealer_id"],
        ["remark"],
    ],
    lines=[Lines("content", _CONTENT)],
    actions=["Take", "Return", "Seal", "Retire"],
    remembered=["warehouse_id"],
    group=_GROUP,
    icon="briefcase-metal",
)

box_templates = Page(
    title="药箱模板",
    service=_SERVICES["BoxTemplateService"],
    columns=["name", "remark"],
    filters=["name"],
    form=[["name"], ["remark"]],
    lines=[Lines("lines", ["item_id", "quantity", "min_life_days"], scan="item_id")],
    group=_GROUP,
    icon="list-bullets",
)
