"""The pages of what ends: bands, notices, quarantine, disposals; and of the nightly check."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from google.protobuf.message import Message
from PySide6.QtWidgets import QHBoxLayout

from client.core import dates
from client.core.page import Lines, Page
from client.core.view import PageView
from client.inventory.issue import issues
from protos.inventory import disposal_pb2, expiry_pb2, issue_pb2, self_check_pb2, stock_pb2
from resources.print.inventory import disposal

_GROUP = "效期与作废"
_SERVICES = expiry_pb2.DESCRIPTOR.services_by_name
_STOCK = [
    "warehouse_id", "item_name", "spec", "lot_no", "expires_on", "days_left", "band", "quantity",
    "available", "unit", "use", "amount", "veiled",
]  # fmt: skip
_FILTERS = ["warehouse_id", "item_id", "lot_no", "expires_on", "band", "use"]


def _started(record: Any) -> None:
    record.business_on = dates.today().isoformat()
    record.cause = disposal_pb2.Disposal.EXPIRED


def _lines(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"item_id": row.item_id, "lot_id": row.lot_id, "quantity": row.available + row.blocked}
        for row in rows
        if row.available + row.blocked
    ]


def transfer(rows: Sequence[Any]) -> issue_pb2.Issue:
    """A transfer of what is free of some lots of one warehouse to whoever uses it sooner."""
    return issue_pb2.Issue(
        kind=issue_pb2.Issue.TRANSFER, source_id=rows[0].warehouse_id,
        business_on=dates.today().isoformat(), remark="近效期调拨",
        lines=[issue_pb2.IssueLine(reason="expiring", **line) for line in _lines(rows)],
    )  # fmt: skip


def hand_up(rows: Sequence[Any]) -> issue_pb2.Issue:
    """The same to the warehouse above, which is of another level: an issue, no transfer."""
    issue = transfer(rows)
    issue.kind = issue_pb2.Issue.DIRECT
    issue.target_id, issue.remark = rows[0].parent_id, "近效期退回上级"
    return issue


def scrap(rows: Sequence[Any]) -> disposal_pb2.Disposal:
    """A disposal of what is free of some lots of one warehouse."""
    made = disposal_pb2.Disposal(
        warehouse_id=rows[0].warehouse_id,
        lines=[disposal_pb2.DisposalLine(**line) for line in _lines(rows)],
    )
    _started(made)
    return made


class ExpiryView(PageView):
    """The list of what ends, with the drafts that may be begun from its selected rows."""

    def _build_bar(self) -> QHBoxLayout:
        bar = super()._build_bar()
        self.drafts: dict[str, Callable[[Sequence[Any]], Message]] = {}
        for name, label, page, make in (
            ("HandUp", "退回上级", issues, hand_up),
            ("Transfer", "调拨", issues, transfer),
            ("Scrap", "作废", disposals, scrap),
        ):
            self.drafts[name] = make
            button = self.bar.offer_own(name, label, partial(self._begin, name, page))
            button.setVisible(self.api.can(page.method("Create")))
        return bar

    def _begin(self, name: str, page: Page) -> None:
        rows = self.table.chosen()
        if not self.why_no_draft(name, rows):
            self.open_form(page, self.drafts[name](rows))

    def why_no_draft(self, name: str, rows: Sequence[Any]) -> str:
        """Why no draft can be begun from these rows; empty if one can."""
        if not rows:
            return "请先选择"
        if len({row.warehouse_id for row in rows}) > 1:
            return "一张单据只能有一个仓库的物资，请只选同一个仓库的"
        if veiled := next((row.veiled for row in rows if row.veiled), ""):
            return veiled
        if not any(row.available + row.blocked for row in rows):
            return "没有可用数量：已被别的单据占用"
        expired = any(row.band == stock_pb2.Stock.EXPIRED for row in rows)
        if name != "Scrap" and expired:
            return "已过期的只能移入隔离或作废"
        if name != "Scrap" and any(row.blocked for row in rows):
            return "停用的只能移入隔离或作废"
        if name == "HandUp" and not rows[0].parent_id:
            return "这个仓库没有上级库"
        return ""

    def _show_allowed(self) -> None:
        super()._show_allowed()
        rows = self.table.chosen()
        for name in self.drafts:
            why = self.why_no_draft(name, rows)
            self.actions_of[name].setEnabled(not why)
            self.actions_of[name].setToolTip(why or self.actions_of[name].text())


expiring = Page(
    title="过期物资",
    service=_SERVICES["ExpiryService"],
    columns=_STOCK,
    filters=_FILTERS,
    actions=["Notify", "Quarantine"],
    view=ExpiryView,
    group=_GROUP,
    icon="hourglass-medium",
)

notices = Page(
    title="效期提醒",
    service=_SERVICES["ExpiryNoticeService"],
    columns=[
        "told_at", "warehouse_id", "item_id", "lot_no", "expires_on", "band", "quantity",
        "note", "sender_id", "seen_by_id", "seen_at", "state",
    ],
    filters=["told_at", "warehouse_id", "item_id", "lot_no", "band", "state"],
    actions=["Acknowledge"],
    group=_GROUP,
    icon="bell-ringing",
)  # fmt: skip

quarantined = Page(
    title="隔离库存",
    service=_SERVICES["QuarantineService"],
    columns=_STOCK,
    filters=_FILTERS,
    actions=["Release"],
    group=_GROUP,
    icon="prohibit",
)

disposals = Page(
    title="作废销毁",
    service=disposal_pb2.DESCRIPTOR.services_by_name["DisposalService"],
    columns=[
        "number", "business_on", "warehouse_id", "cause", "amount", "maker_id", "approver_id",
        "witness_id", "posted_at", "state",
    ],
    filters=["number", "business_on", "warehouse_id", "cause", "maker_id", "state"],
    form=[
        ["warehouse_id", "cause", "business_on"],
        ["occurred_at", "shut_id"],
        ["method", "place"],
        ["witness_id", "second_witness_id", "attested"],
        ["remark"],
        ["returned_reason"],
    ],
    lines=[
        Lines(
            "lines",
            ["item_id", "lot_id", "expires_on", "unit", "quantity", "amount", "note"],
            scan="item_id",
        )
    ],
    actions=["Submit", "Withdraw", "Approve", "Reject", "Witness", "Execute", "Void"],
    defaults=_started,
    remembered=["warehouse_id"],
    print_form=disposal.draw,
    group=_GROUP,
    icon="fire",
)  # fmt: skip

self_checks = Page(
    title="库存自检",
    service=self_check_pb2.DESCRIPTOR.services_by_name["SelfCheckService"],
    columns=["ran_on", "ran_at", "balances", "moves", "differing", "notices", "state"],
    filters=["ran_on", "state"],
    form=[["ran_on", "ran_at", "state"], ["balances", "moves"], ["differing", "notices"],
          ["report"]],
    icon="scales",
)  # fmt: skip
