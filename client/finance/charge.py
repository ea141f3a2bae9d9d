"""收费记录明细, and the cash desk: task, proposed lines, money, invoice."""

from functools import partial
from typing import Any

from google.protobuf.message import Message
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMessageBox, QWidget

from client.core import operations
from client.core.api import Api, ApiError
from client.core.form import FormDialog
from client.core.letters import VerbButton
from client.core.page import Lines, Page
from client.core.settings import Settings
from client.finance.paper import print_invoice
from client.finance.paying import PayDialog, yuan
from client.finance.wide import WideView
from protos.common.list_pb2 import Empty
from protos.finance import charge_pb2 as pb
from protos.finance import invoice_pb2

_SERVICE = pb.DESCRIPTOR.services_by_name["ChargeService"]
_INVOICES = invoice_pb2.DESCRIPTOR.services_by_name["InvoiceService"].methods_by_name
TAKES = ("Settle", "Collect")


def ask_money(
    record: Any, name: str, api: Api, settings: Settings, owner: QWidget
) -> pb.SettleRequest | None:
    """Let the cashier split the open amount; None if cancelled."""
    dialog = PayDialog(record, api, settings, owner, whole=name == "Settle")
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    request = dialog.request()
    dialog.deleteLater()
    return request if accepted else None


def offer_invoice(charge: Any, api: Api, settings: Settings, owner: QWidget) -> None:
    """Show the number the paper must bear, then issue and print."""
    if charge.state != pb.Charge.PAID or charge.invoice_no or not api.can(_INVOICES["Issue"]):
        return

    def failed(error: ApiError) -> None:
        operations.show_error(owner, error, "没有开票")

    ask = partial(_ask_number, charge, api, settings, owner)
    api.call(_INVOICES["Next"], Empty(), owner, ask, failed)


def _ask_number(
    charge: Any, api: Api, settings: Settings, owner: QWidget, following: invoice_pb2.NextNumber
) -> None:
    box = QMessageBox(owner)
    box.setWindowTitle("打印发票")
    change = sum(payment.change for payment in charge.payments)
    given = f"，找零 {yuan(change)}" if change else ""
    box.setText(f"已收 {yuan(charge.paid)}{given}。\n下一张发票：{following.number}")
    box.setInformativeText(
        f"票据代码 {following.bill_code}，剩余 {following.left} 张。请核对票纸上的号码。"
    )
    go = box.addButton("号码一致，打印", QMessageBox.ButtonRole.AcceptRole)
    later = box.addButton("以后再打", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(go)
    box.setEscapeButton(later)
    request = invoice_pb2.IssueRequest(charge_id=charge.id, expected_no=following.number)

    def issued(invoice: Any) -> None:
        print_invoice(invoice, api, settings, owner)

    go.clicked.connect(
        lambda _=False: operations.run(api, owner, _INVOICES["Issue"], request, issued)
    )
    box.open()


class ChargeForm(FormDialog):
    """A new bill is filled from its task; a kept one is paid and gets its invoice."""

    def _build_bar(self) -> QHBoxLayout:
        bar = super()._build_bar()
        self.invoice_button = self._lettered("invoice", "打印发票")
        self.invoice_button.clicked.connect(lambda _=False: self.print_invoice())
        self.pay_button = self._lettered("pay", "核价并收款")
        self.pay_button.setProperty("role", "primary")
        self.pay_button.clicked.connect(lambda _=False: self.save_and_pay())
        self.verbs.insertWidget(0, self.pay_button)
        self.verbs.insertWidget(1, self.invoice_button)
        return bar

    def _lettered(self, name: str, label: str) -> VerbButton:
        return VerbButton(label, self.letters.of(name, label))

    def _bind(self) -> None:
        super()._bind()
        editor = self.body.boxes["task_id"].editor
        assert editor is not None
        editor.changed.connect(self.ask_bill)

    def _show_state(self) -> None:
        super()._show_state()
        record = self.record
        paid = record.state == pb.Charge.PAID and not record.invoice_no
        self.invoice_button.setVisible(paid and self._api.can(_INVOICES["Issue"]))
        self.pay_button.setVisible(not self.is_stored and self._may("Settle"))
        self.body.grids["payments"].setVisible(bool(record.payments))

    def ask_bill(self) -> None:
        """Ask the server for the bill of the chosen task."""
        if self.is_stored:
            return
        editor = self.body.boxes["task_id"].editor
        task_id = editor.value() if editor is not None else None
        if task_id and task_id != self.record.task_id:
            request = pb.ProposeRequest(task_id=task_id)
            self.note.setText("正在计算…")
            method = self.page.method("Propose")
            self._api.call(method, request, self, self._proposed, self._not_proposed)

    def _proposed(self, charge: Any) -> None:
        self.note.setText(charge.notice or "已按任务和病历计算，请核对")
        super().propose(charge, "task_id")

    def _not_proposed(self, error: ApiError) -> None:
        self.note.setText("")
        self.problems.say(error.text)

    def save_and_pay(self) -> None:
        """Keep the bill, then take the money."""
        self._save(lambda: self.do("Settle"))

    def _verb(self, name: str) -> None:
        if name not in TAKES:
            super()._verb(name)
            return
        request = ask_money(self.record, name, self._api, self._settings, self)
        if request is not None:
            method, subject = self.page.method(name), self.subject()
            operations.run(
                self._api, self, method, request, self._paid, self._verb_failed, subject=subject
            )

    def _paid(self, charge: Any) -> None:
        self._verb_shown(charge)
        self.print_invoice()

    def print_invoice(self) -> None:
        """Offer the next number for this bill."""
        offer_invoice(self.record, self._api, self._settings, self)


class ChargeView(WideView):
    """The list; taking money from it asks for the split as the form does."""

    def do(self, name: str) -> None:
        """Do a verb; money is taken for one bill at a time."""
        chosen = self.table.chosen()
        if name not in TAKES or len(chosen) != 1:
            super().do(name)
            return
        request = ask_money(chosen[0], name, self.api, self._settings, self)
        if request is not None:
            operations.run(self.api, self, self.page.method(name), request, self._paid)

    def _paid(self, charge: Message) -> None:
        self._done(charge)
        offer_invoice(charge, self.api, self._settings, self)


def _started(record: Any) -> None:
    record.run_type, record.payer_type = pb.Charge.EMERGENCY, pb.Charge.SELF


charges = Page(
    title="收费记录明细",
    service=_SERVICE,
    columns=[
        "charge_no", "task_code", "charged_at", "money_on", "patient_name", "sex", "age", "origin",
        "hospital", "run_type", "payer_type", "station_id", "plate", "driver", "doctor",
        "cashier_id", "odo_out", "odo_scene", "odo_hospital", "odo_back", "charge_km",
        "vehicle_fee", "waiting_fee", "emergency_fee", "drug_fee", "exam_fee", "material_fee",
        "treatment_fee", "other_fee", "due", "reduction", "payable", "paid", "arrears", "refunded",
        "paid_cash", "paid_wechat", "paid_alipay", "paid_pos", "paid_transfer", "paid_fund",
        "paid_account", "paid_mutual", "ways", "invoice_no", "state",
    ],
    filters=[
        "charged_at", "money_on", "patient_name", "run_type", "payer_type", "ways", "station_id",
        "cashier_id", "due", "arrears", "invoice_no", "state",
    ],
    form=[
        ["task_id", "patient_order", "task_code"],
        ["patient_name", "sex", "age"],
        ["origin", "hospital"],
        ["run_type", "payer_type", "service_on"],
        ["plate", "driver", "doctor"],
        ["odo_out", "odo_scene", "one_way_km"],
        ["odo_hospital", "odo_back", "charge_km"],
        ["waiting_minutes", "edit_reason"],
        ["due", "reduction", "payable"],
        ["paid", "arrears", "invoice_no"],
        ["notice"],
        ["reason"],
    ],
    lines=[
        Lines("lines", ["price_item_id", "quantity", "unit", "price", "charged", "amount",
                        "group"]),
        Lines("payments", ["number", "method", "amount", "tendered", "change", "trade_no",
                           "paid_at", "state"]),
    ],
    actions=["Settle", "Collect", "Owe", "Reduce", "Void"],
    defaults=_started,
    view=ChargeView,
    dialog=ChargeForm,
    icon="receipt",
)  # fmt: skip
