"""Invoices, their segments, and refunds."""

from functools import partial
from typing import Any

from google.protobuf.message import Message
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton

from client.core import icons, letters, operations, piles, verbs
from client.core.form import FormDialog
from client.core.page import Lines, Page
from client.core.print_setup import SetupDialog
from client.core.sheet import Sheet
from client.core.view import PageView
from client.finance.paper import print_invoice, sheet_of
from protos.finance import invoice_pb2, refund_pb2, segment_pb2
from resources.print.finance import invoice as form


class InvoiceView(PageView):
    """The invoices; what is printed again is shown to be printed."""

    def _build_bar(self) -> QHBoxLayout:
        bar = super()._build_bar()
        action = QAction("票据打印设置", self)
        action.setIcon(icons.icon("ruler"))
        action.triggered.connect(lambda _=False: SetupDialog(self._settings, self).open())
        button = QToolButton()
        button.setDefaultAction(action)
        letters.put(button, action.text(), self.letters.of("setup", action.text()))
        bar.addWidget(button)
        return bar

    def sheet_of(self, record: Any) -> Sheet:
        """The sheet of an invoice, or only its picture."""
        return sheet_of(record, self.api, self._settings)

    def do(self, name: str) -> None:
        """Do a verb; a sheet allowed again is printed at once."""
        chosen = self.table.chosen()
        method = self.page.method(name)
        if name != "Reprint" or verbs.refusal(self.api, method, chosen) or len(chosen) != 1:
            super().do(name)
            return
        request = verbs.naming(method, chosen[0])
        subject = piles.name_of(self.page, self.api, chosen[0])
        operations.run(self.api, self, method, request, self._print, subject=subject)

    def _print(self, invoice: Any) -> None:
        self._done(invoice)
        print_invoice(invoice, self.api, self._settings, self)


class InvoiceForm(FormDialog):
    """One invoice."""

    def sheet(self) -> Sheet:
        """The sheet of the invoice, or only its picture."""
        return sheet_of(self.record, self._api, self._settings)

    def _verb(self, name: str) -> None:
        if name != "Reprint":
            super()._verb(name)
            return
        method = self.page.method(name)
        request = verbs.naming(method, self.record)
        done = partial(self._reprinted)
        operations.run(
            self._api, self, method, request, done, self._verb_failed, subject=self.subject()
        )

    def _reprinted(self, invoice: Message) -> None:
        self._verb_shown(invoice)
        print_invoice(self.record, self._api, self._settings, self)


invoices = Page(
    title="发票",
    service=invoice_pb2.DESCRIPTOR.services_by_name["InvoiceService"],
    columns=[
        "number", "bill_code", "charge_no", "payer", "amount", "issued_at", "money_on",
        "cashier_id", "copies", "void_reason", "state",
    ],
    filters=["number", "bill_code", "charge_no", "payer", "issued_at", "cashier_id", "state"],
    form=[
        ["bill_code", "number", "issued_at"],
        ["payer", "amount", "cashier_id"],
        ["charge_no", "task_code", "service_on"],
        ["copies", "replaces_id", "replaced_by_id"],
        ["void_reason"],
    ],
    lines=[Lines("lines", ["name", "amount", "note"]), Lines("parts", ["method", "amount"])],
    actions=["Reprint", "Void"],
    print_form=form.draw_preview,
    view=InvoiceView,
    dialog=InvoiceForm,
    icon="note",
)  # fmt: skip

segments = Page(
    title="票据领用段",
    service=segment_pb2.DESCRIPTOR.services_by_name["SegmentService"],
    columns=[
        "title", "bill_code", "first_no", "last_no", "holder_id", "next_no", "total", "used",
        "left", "state",
    ],
    filters=["title", "bill_code", "holder_id", "state"],
    form=[
        ["bill_code", "digits"],
        ["first_no", "last_no"],
        ["holder_id", "next_no"],
        ["total", "used", "left"],
    ],
    actions=["Enable", "Return"],
    defaults=lambda record: setattr(record, "digits", 8),
    icon="stack",
)  # fmt: skip

refunds = Page(
    title="退费",
    service=refund_pb2.DESCRIPTOR.services_by_name["RefundService"],
    columns=[
        "number", "charge_id", "amount", "reason", "requester_id", "requested_at", "state",
        "approver_id", "decided_at", "comment",
    ],
    filters=["number", "charge_id", "requested_at", "requester_id", "approver_id", "state"],
    form=[
        ["charge_id", "amount"],
        ["reason"],
        ["requester_id", "requested_at"],
        ["approver_id", "decided_at"],
        ["comment"],
    ],
    actions=["Withdraw", "Approve", "Reject"],
    icon="arrow-u-up-left",
)  # fmt: skip
