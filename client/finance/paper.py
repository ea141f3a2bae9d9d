"""Printing an invoice: whole on plain paper or only the entries over a printed form."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from client.core import preview
from client.core.api import Api
from client.core.form import FormDialog
from client.core.settings import Settings
from client.core.sheet import Sheet
from client.finance.reprint import reprints
from protos.finance import invoice_pb2
from protos.finance.invoice_pb2 import Invoice
from protos.finance.reprint_pb2 import Reprint
from resources.print.core.page import PrintMeta
from resources.print.core.template import template_of
from resources.print.finance import invoice as template

_SERVICE = invoice_pb2.DESCRIPTOR.services_by_name["InvoiceService"]
FORM = "finance.invoice"
LOOK = "这是预览件，不作报销凭证，不能打印；要打票请由收款人操作"


def sheet_of(invoice: Invoice, api: Api, settings: Settings) -> Sheet:
    """The sheet of an invoice: to be printed while the paper allowed for it has not come out.

    After that, and for who may not issue it or sees a masked name, it can only be looked at.
    """
    may = api.can(_SERVICE.methods_by_name["Issue"]) and "*" not in invoice.payer
    return Sheet(
        title=f"发票 {invoice.number}",
        form=FORM,
        draw=partial(_draw, invoice, may),
        service=_SERVICE.full_name,
        record_id=invoice.id,
        number=invoice.number,
        template=template_of(template.draw),
        bill=True,
        over=partial(template.draw_over, invoice),
        paper=template.PAPER,
        paper_no=invoice.number,
        only_view="" if may else LOOK,
        spoiled=partial(ask_for_another, invoice, api, settings),
    )


def ask_for_another(invoice: Invoice, api: Api, settings: Settings, owner: QWidget) -> None:
    """打印失败: ask for a new number for a spoiled sheet; the old one is voided when allowed."""
    asked = Reprint(invoice_id=invoice.id, way=Reprint.NEW_NUMBER, reason=Reprint.JAM)
    form = FormDialog(reprints, api, settings, asked, owner)
    form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    form.show()


def _draw(invoice: Invoice, may: bool, meta: PrintMeta) -> bytes:
    printed = meta.copy_no if meta.reprint else 0
    due = may and invoice.state == Invoice.VALID and printed < invoice.copies
    return (template.draw if due else template.draw_preview)(invoice, meta)


def print_invoice(invoice: Invoice, api: Api, settings: Settings, owner: QWidget) -> None:
    """Show a sheet to be printed."""
    preview.show_sheet(sheet_of(invoice, api, settings), api, settings, owner)
