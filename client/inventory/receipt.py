"""The receipts page."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page, Sheet
from protos.inventory import importing_pb2
from protos.inventory import receipt_pb2 as pb
from resources.print.inventory import receipt


def _started(record: Any) -> None:
    record.kind = pb.Receipt.PURCHASE
    record.business_on = dates.today().isoformat()


receipts = Page(
    title="入库单",
    service=pb.DESCRIPTOR.services_by_name["ReceiptService"],
    columns=[
        "number", "business_on", "kind", "warehouse_id", "supplier_id", "invoice_no", "amount",
        "maker_id", "approver_id", "red", "state",
    ],
    filters=["number", "business_on", "kind", "warehouse_id", "supplier_id", "invoice_no",
             "red", "state"],
    form=[
        ["kind", "warehouse_id", "business_on"],
        ["supplier_id", "delivery_no"],
        ["invoice_no", "invoice_on", "invoice_amount"],
        ["acceptor_id", "second_acceptor_id"],
        ["remark", "occurred_at"],
        ["notice", "returned_reason", "links"],
    ],
    lines=[
        Lines(
            "lines",
            ["item_id", "lot_no", "produced_on", "expires_on", "unit", "quantity", "price",
             "retail_price", "amount", "conclusion", "appearance", "certificate_no", "import_no",
             "trace_codes"],
            scan="item_id",
            trace="trace_codes",
        )
    ],
    actions=["Submit", "Withdraw", "Approve", "Reject", "Post", "Void"],
    sheet=Sheet(
        importing_pb2.DESCRIPTOR.services_by_name["ImportService"].methods_by_name["Opening"],
        ["item", "lot_no", "produced_on", "expires_on", "unit", "quantity", "price",
         "retail_price"],
        asks=["warehouse_id", "remark"],
    ),
    defaults=_started,
    sticky=["kind", "warehouse_id", "business_on"],
    remembered=["warehouse_id"],
    me=["acceptor_id"],
    print_form=receipt.draw,
    icon="sign-in",
)  # fmt: skip
