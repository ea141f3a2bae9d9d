"""The pages of issues: the sender's, and the receiver's, who takes goods on."""

from functools import partial
from typing import Any

from google.protobuf.message import Message
from PySide6.QtCore import QTimer

from client.core import dates
from client.core.form import FormDialog
from client.core.line_model import Row
from client.core.page import Lines, Page
from protos.inventory import final_issue_pb2
from protos.inventory import issue_pb2 as pb
from resources.print.inventory import final_issue, issue

_SERVICE = pb.DESCRIPTOR.services_by_name["IssueService"]
SOON = 300  # ms from the last key to the question
_FORM = [
    ["kind", "business_on"],
    ["source_id", "target_id"],
    ["remark", "occurred_at"],
    ["returned_reason", "links"],
]


class IssueForm(FormDialog):
    """An issue; what its lines take along is asked for while they are entered."""

    def _bind(self) -> None:
        super()._bind()
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._soon.timeout.connect(self.estimate)
        self.body.changed.connect(self._soon.start)

    def load(self, record: Message) -> None:
        """Show an issue; a draft's amounts are asked for anew."""
        super().load(record)
        self._soon.start()

    def estimate(self) -> None:
        """Ask what the complete lines would take along now."""
        source, model = self.collect().source_id, self.body.grids["lines"].model
        rows = [row for row in model.filled() if _is_complete(row)]
        if self.why_read_only() or not (source and rows):
            return
        asked = pb.EstimateRequest(source_id=source, lines=[row.message for row in rows])
        method = self.page.method("Estimate")
        done = partial(self._estimated, rows, asked)
        self._api.call(method, asked, self, done, lambda _: None)  # its time to refuse is later

    def _estimated(
        self, rows: list[Row], asked: pb.EstimateRequest, answer: pb.EstimateAnswer
    ) -> None:
        told = [
            (row, None if worth.why else worth.amount, worth.why)
            for row, line, worth in zip(rows, asked.lines, answer.lines, strict=True)
            if row.message == line  # else it was changed meanwhile
        ]
        self.body.grids["lines"].model.tell("amount", told)


def _is_complete(row: Row) -> bool:
    return bool(row.message.item_id and row.message.quantity and not row.typed)


def _started(record: Any) -> None:
    record.kind = pb.Issue.DIRECT
    record.business_on = dates.today().isoformat()


issues = Page(
    title="出库单",
    service=_SERVICE,
    columns=[
        "number", "business_on", "kind", "source_id", "target_id", "amount", "maker_id",
        "approver_id", "red", "state",
    ],
    filters=[
        "number", "business_on", "kind", "source_id", "target_id", "maker_id", "red", "state",
    ],
    form=_FORM,
    lines=[
        Lines(
            "lines",
            ["item_id", "lot_id", "reason", "unit", "quantity", "amount", "refused",
             "trace_codes", "reason_note"],
            scan="item_id",
            trace="trace_codes",
        )
    ],
    actions=["Submit", "Withdraw", "Approve", "Reject", "Post", "Void"],
    defaults=_started,
    sticky=["kind", "source_id", "business_on"],
    remembered=["source_id"],
    dialog=IssueForm,
    print_form=issue.draw,
    icon="sign-out",
)  # fmt: skip

arrivals = Page(
    title="出库单查询与入账",
    service=_SERVICE,
    columns=[
        "number", "business_on", "kind", "source_id", "target_id", "amount", "posted_at",
        "receiver_id", "received_at", "reminder", "red", "state",
    ],
    filters=[
        "number", "business_on", "kind", "source_id", "target_id", "line_item_id", "line_lot_no",
        "maker_id", "receiver_id", "posted_at", "requisition_id", "red", "state",
    ],
    form=_FORM,
    lines=[
        Lines(
            "lines",
            ["item_id", "lot_id", "unit", "quantity", "refused", "refused_reason"],
            scan="item_id",
        )
    ],
    actions=["Receive", "ReceivePart"],
    defaults=_started,
    remembered=["source_id"],
    print_form=issue.draw,
    icon="check-circle",
)  # fmt: skip


def _given(record: Any) -> None:
    record.kind = final_issue_pb2.FinalIssue.DEPARTMENT
    record.business_on = dates.today().isoformat()


final_issues = Page(
    title="科室领用与外部出库",
    service=final_issue_pb2.DESCRIPTOR.services_by_name["FinalIssueService"],
    columns=[
        "number", "business_on", "kind", "warehouse_id", "department_id", "unit_name", "taker",
        "purpose", "amount", "maker_id", "red", "state",
    ],
    filters=[
        "number", "business_on", "kind", "warehouse_id", "department_id", "unit_name",
        "maker_id", "red", "state",
    ],
    form=[
        ["kind", "warehouse_id", "business_on"],
        ["department_id", "unit_name"],
        ["taker", "purpose"],
        ["remark", "occurred_at"],
        ["returned_reason", "links"],
    ],
    lines=[
        Lines(
            "lines",
            ["item_id", "lot_id", "reason", "unit", "quantity", "amount",
             "trace_codes", "reason_note"],
            scan="item_id",
            trace="trace_codes",
        )
    ],
    actions=["Submit", "Withdraw", "Approve", "Reject", "Post", "Void"],
    defaults=_given,
    sticky=["kind", "warehouse_id", "business_on"],
    remembered=["warehouse_id"],
    print_form=final_issue.draw,
    icon="buildings",
)  # fmt: skip
