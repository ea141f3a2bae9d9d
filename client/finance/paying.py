"""收款: one bill split over ways of payment, with 应收, 实收 and 找零 in sight."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from client.core import fields
from client.core.api import Api
from client.core.entry import grouped
from client.core.settings import Settings
from protos import facts
from protos.facts import Fault
from protos.finance import charge_pb2, payment_pb2

_PAYMENT = payment_pb2.Payment.DESCRIPTOR.fields_by_name
WAYS = tuple(
    payment_pb2.Payment.Method.Value(name)
    for name in ("CASH", "WECHAT", "ALIPAY", "POS", "TRANSFER")
)
CASH = payment_pb2.Payment.CASH
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def yuan(fen: int) -> str:
    """Fen as shown beside a label."""
    return f"{grouped(fen, 2)} 元"


class PayDialog(QDialog):
    """Amounts by way; the cash begins as all that is open, and follows the other amounts."""

    def __init__(
        self, charge: charge_pb2.Charge, api: Api, settings: Settings, parent: QWidget,
        *, whole: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setWindowTitle(f"收款 — {charge.charge_no}")
        self._charge, self._whole = charge, whole
        self.open_amount = charge.payable - charge.paid
        self.amounts: dict[int, fields.Editor] = {}
        self.trades: dict[int, fields.Editor] = {}
        self.tendered = fields.make(_PAYMENT["tendered"], api, settings, self)
        self.change, self.rest, self.fault = QLabel(), QLabel(), QLabel()
        self.go = QPushButton("确认收款" if whole else "确认部分收款")
        self._typed = False  # whether the user set the cash amount
        self._build(api, settings)
        if whole:
            self.amounts[CASH].set_value(self.open_amount)
        self._show()
        self.tendered.setFocus()

    def _build(self, api: Api, settings: Settings) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        head = QLabel(f"应收　{yuan(self.open_amount)}")
        head.setProperty("role", "title")
        column.addWidget(head)
        column.addLayout(self._build_rows(api, settings))
        self.fault.setProperty("role", "fault")
        self.fault.setWordWrap(True)
        for label in (self.rest, self.change):
            label.setProperty("role", "heading")
            column.addWidget(label)
        column.addWidget(self.fault)
        bar = QHBoxLayout()
        bar.addStretch(1)
        cancel = QPushButton("取消")
        self.go.setProperty("role", "primary")
        for button, slot in ((self.go, self.accept), (cancel, self.reject)):
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            bar.addWidget(button)
        column.addLayout(bar)

    def _build_rows(self, api: Api, settings: Settings) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        labels = facts.of_values(payment_pb2.Payment.Method.DESCRIPTOR)
        for column, text in enumerate(("", "金额（元）", "收现金（元）/ 渠道单号")):
            head = QLabel(text)
            head.setProperty("role", "muted")
            grid.addWidget(head, 0, column)
        for row, way in enumerate(WAYS, 1):
            amount = fields.make(_PAYMENT["amount"], api, settings, self)
            amount.changed.connect(lambda way=way: self._edited(way))
            assert isinstance(amount, fields.NumberEditor)
            amount.line.balance.connect(lambda way=way: self.balance(way))
            self.amounts[way] = amount
            other = self.tendered
            if way != CASH:
                other = self.trades[way] = fields.make(_PAYMENT["trade_no"], api, settings, self)
            other.changed.connect(self._show)
            label = labels[way].label
            amount.inner.setAccessibleName(f"{label}金额")
            other.inner.setAccessibleName(f"{label}收现金" if way == CASH else f"{label}渠道单号")
            grid.addWidget(QLabel(label), row, 0)
            grid.addWidget(amount, row, 1)
            grid.addWidget(other, row, 2)
        grid.setColumnMinimumWidth(1, 150)
        grid.setColumnMinimumWidth(2, 260)
        return grid

    def amount(self, way: int) -> int:
        """Fen by a way."""
        return int(self.amounts[way].value() or 0)

    def total(self) -> int:
        """Fen by all ways."""
        return sum(self.amount(way) for way in WAYS)

    def balance(self, way: int) -> None:
        """Let one way pay all that the others leave open."""
        self.amounts[way].set_value(max(self.open_amount - self.total() + self.amount(way), 0))
        self._edited(way)

    def request(self) -> charge_pb2.SettleRequest:
        """What is to be sent."""
        made = charge_pb2.SettleRequest(id=self._charge.id, version=self._charge.version)
        for way in WAYS:
            if self.amount(way):
                part = made.payments.add(method=way, amount=self.amount(way))
                if way == CASH:
                    part.tendered = int(self.tendered.value() or 0)
                else:
                    part.trade_no = str(self.trades[way].value() or "")
        return made

    def _edited(self, way: int) -> None:
        if way == CASH:
            self._typed = True
        elif self._whole and not self._typed:
            others = sum(self.amount(other) for other in WAYS if other != CASH)
            self.amounts[CASH].set_value(max(self.open_amount - others, 0))
        self._show()

    def _show(self) -> None:
        rest = self.open_amount - self.total()
        over = f"多 {yuan(-rest)}" if rest < 0 else f"还差 {yuan(rest)}" if rest else "已平"
        self.rest.setText(f"实收　{yuan(self.total())}　（{over}）")
        given = int(self.tendered.value() or 0)
        change = max(given - self.amount(CASH), 0) if given else 0
        self.change.setText(f"找零　{yuan(change)}")
        self.fault.setText("")
        ready = rest == 0 if self._whole else 0 < self.total() < self.open_amount
        self.go.setEnabled(ready)

    def show_faults(self, found: list[Fault], text: str = "") -> None:
        """Say what is wrong."""
        self.fault.setText("；".join(fault.text for fault in found) or text)

    def accept(self) -> None:
        """Close if the contract finds nothing wrong."""
        if not self.go.isEnabled():
            return
        missing = [w for w in self.trades if self.amount(w) and not self.trades[w].value()]
        given = int(self.tendered.value() or 0)
        if missing and missing[0] != payment_pb2.Payment.TRANSFER:
            self.show_faults([], "请填写渠道单号，对账要用")
            self.trades[missing[0]].setFocus()
        elif given and given < self.amount(CASH):
            self.show_faults([], "收到的现金少于应收的现金")
            self.tendered.setFocus()
        elif found := facts.faults(self.request()):
            self.show_faults(found)
        else:
            super().accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on; in the last field, or on the button, it takes the money."""
        if event.key() not in ENTER:
            super().keyPressEvent(event)
            return
        if self.go.isEnabled() and (self.go.hasFocus() or self._is_last(self.focusWidget())):
            self.accept()
        else:
            self.focusNextChild()

    def _is_last(self, widget: Any) -> bool:
        return widget is self.tendered.inner and self.amount(CASH) == self.open_amount
