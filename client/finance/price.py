"""The versions of the price list."""

from client.core.page import Lines, Page
from protos.finance import price_pb2 as pb

prices = Page(
    title="价目版本",
    service=pb.DESCRIPTOR.services_by_name["PriceListService"],
    columns=["name", "doc_no", "from_on", "until_on", "state", "maker_id", "approver_id",
             "approved_at", "returned_reason"],
    filters=["name", "doc_no", "from_on", "state"],
    form=[
        ["name", "doc_no"],
        ["from_on", "until_on"],
        ["maker_id", "approver_id"],
        ["returned_reason"],
    ],
    lines=[
        Lines("items", ["code", "name", "spec", "group", "basis", "unit", "price", "per", "step",
                        "rounding", "free", "upto", "least", "cap", "automatic", "item_id",
                        "measure", "national_code", "wuqi_code"]),
    ],
    actions=["Copy", "Submit", "Withdraw", "Approve", "Reject", "Retire"],
    icon="tag",
)  # fmt: skip
