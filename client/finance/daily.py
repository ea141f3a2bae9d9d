"""收费日报, and the flow of payments it is made of."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page
from client.finance.wide import WideView
from protos.finance import daily_pb2, payment_pb2
from resources.print.finance import daily


def _started(record: Any) -> None:
    record.day_on = dates.today().isoformat()


dailies = Page(
    title="收费日报维护",
    service=daily_pb2.DESCRIPTOR.services_by_name["DailyReportService"],
    columns=[
        "number", "day_on", "cashier_id", "department_id", "charges", "ticked", "due", "reduction",
        "received", "refunded", "net", "arrears", "cash_due", "cash_handed", "difference",
        "difference_reason", "submitted_at", "state",
    ],
    filters=["number", "day_on", "cashier_id", "department_id", "net", "difference", "state"],
    form=[
        ["day_on", "cashier_id", "number"],
        ["charges", "ticked", "net"],
        ["due", "reduction", "arrears"],
        ["received", "refunded", "cash_due"],
        ["cash_handed", "difference", "difference_reason"],
        ["submitted_at", "checker_id", "confirmer_id"],
        ["remark"],
        ["returned_reason"],
    ],
    lines=[
        Lines("lines", ["ticked", "charge_no", "task_code", "run_type", "charge_km", "due",
                        "reduction", "received", "refunded", "arrears", "methods_text",
                        "invoice_no", "note"]),
        Lines("methods", ["method", "count", "received", "refunded", "net"]),
        Lines("groups", ["group", "amount"]),
        Lines("papers", ["bill_code", "first_no", "last_no", "used", "voided", "refunded",
                         "amount"]),
        Lines("corrections", ["before", "after", "reason", "requester_id", "requested_at",
                              "approver_id", "outcome"]),
    ],
    actions=[
        "Refresh", "Submit", "Withdraw", "TickAll", "Return", "Approve", "Confirm", "Correct",
        "ApproveCorrection", "RejectCorrection", "Lock",
    ],
    defaults=_started,
    me=["cashier_id"],
    print_form=daily.draw,
    view=WideView,
    icon="calendar-check",
)  # fmt: skip

payments = Page(
    title="支付流水",
    service=payment_pb2.DESCRIPTOR.services_by_name["PaymentService"],
    columns=[
        "number", "paid_at", "money_on", "charge_id", "method", "amount", "tendered", "change",
        "trade_no", "cashier_id", "daily_id", "state",
    ],
    filters=["number", "paid_at", "money_on", "method", "trade_no", "cashier_id", "state"],
    icon="coin",
)  # fmt: skip
