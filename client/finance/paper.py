"""Printing an invoice: whole on plain paper or only the entries over a printed form."""

from dataclasses import asdict
from functools import partial

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from client.core import dates, preview
from client.core.api import Api
from client.core.background import background
from client.core.settings import Settings
from protos.finance.invoice_pb2 import Invoice
from resources.print.core.overlay import Calibration, draw_ruler
from resources.print.core.page import PrintMeta
from resources.print.finance import invoice as form

FORM = "finance.InvoiceService"
KEY = "invoice.paper"  # of this workstation's settings
LIMIT = 50.0  # mm


def is_printed_form(settings: Settings) -> bool:
    """Whether this workstation prints over forms."""
    return bool(dict(settings.value(KEY, {})).get("over", False))


def calibration(settings: Settings) -> Calibration:
    """How this workstation's printer is off."""
    kept = {name: value for name, value in dict(settings.value(KEY, {})).items() if name != "over"}
    return Calibration(**kept)


def draw(invoice: Invoice, meta: PrintMeta, settings: Settings) -> bytes:
    """The sheet as this workstation prints it."""
    if is_printed_form(settings):
        return form.draw_over(invoice, meta, calibration(settings))
    return form.draw(invoice, meta)


def print_invoice(invoice: Invoice, api: Api, settings: Settings, owner: QWidget) -> None:
    """Draw a sheet just issued or allowed again, and show it to be printed."""
    meta = PrintMeta(printed_by=api.session.name if api.session else "", printed_at=dates.now())

    def show(pdf: bytes) -> None:
        preview.show_pdf(pdf, f"发票 {invoice.number}", FORM, settings, owner)

    def failed(error: Exception) -> None:
        raise error

    background().run(partial(draw, invoice, meta, settings), owner, show, failed)


class PaperDialog(QDialog):
    """套打设置: printed form or plain paper, the shifts, and a ruler to find them."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("票据打印设置")
        self._settings = settings
        known = calibration(settings)
        self.over = QCheckBox("使用已印好格式的票纸，只打印填写内容（套打）")
        self.over.setChecked(is_printed_form(settings))
        self.right, self.down = _spin(known.dx, "向右"), _spin(known.dy, "向下")
        hint = QLabel("先用普通 A4 纸打印，与票纸叠在一起对光看，再改偏移。向右、向下为正。")
        hint.setWordWrap(True)
        hint.setProperty("role", "muted")
        ruler = QPushButton("打印标尺页")
        ruler.setAutoDefault(False)
        ruler.clicked.connect(self.show_ruler)
        rows = QFormLayout(self)
        rows.addRow(self.over)
        rows.addRow("向右偏移", self.right)
        rows.addRow("向下偏移", self.down)
        rows.addRow(hint)
        rows.addRow(ruler)
        buttons = QDialogButtonBox()
        buttons.addButton("保存", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton("取消", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        rows.addRow(buttons)

    def entered(self) -> Calibration:
        """The shifts as entered."""
        return Calibration(dx=round(self.right.value(), 1), dy=round(self.down.value(), 1))

    def accept(self) -> None:
        """Keep for this workstation."""
        self._settings.set(KEY, {"over": self.over.isChecked(), **asdict(self.entered())})
        super().accept()

    def show_ruler(self) -> None:
        """Show the ruler page with these shifts."""
        pdf = draw_ruler(form.PAPER, self.entered())
        preview.show_pdf(pdf, "标尺页", FORM, self._settings, self)


def _spin(value: float, name: str) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setRange(-LIMIT, LIMIT)
    spin.setDecimals(1)
    spin.setSingleStep(0.5)
    spin.setSuffix(" 毫米")
    spin.setValue(value)
    spin.setAccessibleName(f"{name}偏移")
    return spin
