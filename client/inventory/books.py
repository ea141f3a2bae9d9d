"""The pages of the books: stock card, controlled drugs, closed months."""

from client.core.page import Lines, Page
from protos.inventory import card_pb2, period_pb2
from resources.print.inventory import period

_GROUP = "账簿"
_SUMS = [
    "opening", "opening_amount", "received", "in_amount", "issued", "out_amount", "closing",
    "closing_amount",
]  # fmt: skip

cards = Page(
    title="库存台账卡",
    service=card_pb2.DESCRIPTOR.services_by_name["CardService"],
    columns=[
        "posted_at", "number", "code", "warehouse_id", "lot_no", "other", "came", "went",
        "balance", "amount", "operator_id", "reason",
    ],
    filters=["item_id", "warehouse_id", "posted_at", "code", "lot_no", "number"],
    group=_GROUP,
    icon="book-open",
)  # fmt: skip

registers = Page(
    title="麻精药品专册",
    service=card_pb2.DESCRIPTOR.services_by_name["RegisterService"],
    columns=["code", "title", "base_unit", "manufacturer", "on_hand"],
    form=[["code", "title"], ["manufacturer", "on_hand"]],
    lines=[
        Lines(
            "lines",
            ["posted_at", "code", "number", "lot_no", "source", "target", "quantity",
             "operator_name", "second_name", "reason"],
        )
    ],
    print_form=period.draw_register,
    group=_GROUP,
    icon="lock-key",
)  # fmt: skip

periods = Page(
    title="结账与收发存",
    service=period_pb2.DESCRIPTOR.services_by_name["PeriodService"],
    columns=[
        "period", "opening_amount", "in_amount", "out_amount", "closing_amount", "moves",
        "closer_id", "closed_at",
    ],
    filters=["period", "closed_at"],
    form=[["period", "closer_id", "closed_at"]],
    lines=[Lines("lines", ["item_name", "unit", *_SUMS])],
    tools=["Close"],
    print_form=period.draw_report,
    group=_GROUP,
    icon="calendar-check",
)  # fmt: skip

period_lines = Page(
    title="收发存明细",
    service=period_pb2.DESCRIPTOR.services_by_name["PeriodLineService"],
    columns=["period", "place", "item_id", "lot_no", *_SUMS],
    filters=["period", "warehouse_id", "item_id", "lot_no"],
    group=_GROUP,
    icon="table",
)
