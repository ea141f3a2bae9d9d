"""The pages of the books: stock card, controlled drugs, closed months."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page
from client.core.view import PageView
from protos.inventory import card_pb2, period_pb2, price_adjustment_pb2, stock_pb2
from resources.print.inventory import label, period, price_adjustment

_GROUP = "账簿与标签"
_SUMS = [
    "opening", "opening_amount", "received", "in_amount", "issued", "out_amount", "closing",
    "closing_amount",
]  # fmt: skip


class CardView(PageView):
    """The stock card, which is of one item: nothing is asked for before one is chosen."""

    def run(self) -> None:
        """Show the card of the chosen item."""
        if any(asked.field == "item_id" for asked in self.filters.filters()):
            super().run()
            return
        self._stale = False
        self._tell("请在查询栏选择物资（最好也选择仓库），按 F9 查看它的台账卡")


cards = Page(
    title="库存台账卡",
    service=card_pb2.DESCRIPTOR.services_by_name["CardService"],
    columns=[
        "posted_at", "number", "code", "warehouse_id", "lot_no", "other", "came", "went",
        "balance", "amount", "unit_quantity", "unit", "factor", "retail_price", "retail_amount",
        "operator_id", "reason", "veiled",
    ],
    filters=["item_id", "warehouse_id", "posted_at", "code", "lot_no", "number"],
    view=CardView,
    group=_GROUP,
    icon="book-open",
)  # fmt: skip

registers = Page(
    title="麻精药品专册",
    service=card_pb2.DESCRIPTOR.services_by_name["RegisterService"],
    columns=[
        "code", "title", "base_unit", "manufacturer", "on_hand", "used", "empties", "broken",
        "missing",
    ],
    form=[
        ["code", "title"],
        ["manufacturer", "on_hand"],
        ["used", "empties"],
        ["broken", "missing"],
        ["notice"],
    ],
    lines=[
        Lines(
            "lines",
            ["posted_at", "code", "number", "lot_no", "source", "target", "quantity",
             "operator_name", "second_name", "reason"],
        ),
        Lines(
            "handed_in",
            ["received_at", "business_on", "number", "lot_no", "quantity", "broken",
             "person_name", "receiver_name", "remark"],
        ),
    ],
    print_form=period.draw_register,
    group=_GROUP,
    icon="lock-key",
)  # fmt: skip

register_entries = Page(
    title="麻精专册登记",
    service=card_pb2.DESCRIPTOR.services_by_name["RegisterEntryService"],
    columns=[
        "occurred_at", "code", "patient", "id_no", "diagnosis", "item_name", "spec", "lot_no",
        "quantity", "unit", "dose", "residual", "doctor", "executor", "checker", "empties",
        "source", "target", "number", "task_no", "reason",
    ],
    filters=["occurred_at", "item_id", "code", "lot_no", "number"],
    form=[
        ["occurred_at", "code", "number"],
        ["patient", "id_no", "task_no"],
        ["diagnosis"],
        ["item_name", "spec", "lot_no"],
        ["quantity", "unit", "dose"],
        ["residual", "empties"],
        ["doctor", "executor", "checker"],
        ["source", "target"],
        ["reason"],
    ],
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


def _started(record: Any) -> None:
    record.business_on = dates.today().isoformat()


price_adjustments = Page(
    title="调价单",
    service=price_adjustment_pb2.DESCRIPTOR.services_by_name["PriceAdjustmentService"],
    columns=[
        "number", "business_on", "basis", "gain", "maker_id", "approver_id", "posted_at", "state",
    ],
    filters=["number", "business_on", "maker_id", "posted_at", "state"],
    form=[["business_on", "basis"], ["remark"], ["returned_reason"]],
    lines=[
        Lines(
            "lines",
            ["item_id", "base_unit", "old_price", "new_price", "quantity", "gain"],
            scan="item_id",
        )
    ],
    actions=["Submit", "Withdraw", "Approve", "Reject", "Void"],
    defaults=_started,
    print_form=price_adjustment.draw,
    group=_GROUP,
    icon="currency-cny",
)  # fmt: skip

lots = Page(
    title="批次与标签",
    service=stock_pb2.DESCRIPTOR.services_by_name["LotService"],
    columns=[
        "item_id", "lot_no", "expires_on", "state", "note", "on_hand", "received_on",
        "supplier_id", "produced_on", "decider_id", "decided_at",
    ],
    filters=[
        "item_id", "lot_no", "expires_on", "received_on", "supplier_id", "state", "decider_id",
        "decided_at",
    ],
    form=[
        ["item_id", "lot_no"],
        ["produced_on", "expires_on"],
        ["received_on", "supplier_id"],
        ["on_hand", "decider_id", "decided_at"],
        ["note"],
    ],
    actions=["Hold", "Release", "Inspect"],
    print_form=label.draw,
    group=_GROUP,
    icon="barcode",
)  # fmt: skip
