"""重打发票审核: requests to print an invoice again."""

from client.core.page import Page
from protos.finance import reprint_pb2

reprints = Page(
    title="重打发票审核",
    service=reprint_pb2.DESCRIPTOR.services_by_name["ReprintService"],
    columns=[
        "requested_at", "invoice_no", "payer", "amount", "way", "reason", "detail",
        "requester_id", "department_id", "copies", "new_no", "state", "approver_id", "comment",
        "decided_at", "printed_at",
    ],
    filters=["requested_at", "invoice_no", "way", "reason", "requester_id", "approver_id", "state"],
    form=[
        ["invoice_id", "invoice_no"],
        ["way", "reason"],
        ["detail"],
        ["payer", "amount"],
        ["requester_id", "requested_at"],
        ["copies", "new_no"],
        ["approver_id", "decided_at"],
        ["comment"],
    ],
    actions=["Withdraw", "Approve", "Reject"],
    icon="circle-wavy-check",
)  # fmt: skip
