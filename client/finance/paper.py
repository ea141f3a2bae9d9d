"""Printing an invoice: whole on plain paper or only the entries over a printed form."""

from functools import partial

from PySide6.QtWidgets import QWidget

from client.core import preview
from client.core.api import Api
from client.core.settings import Settings
from client.core.sheet import Sheet
from protos.finance import invoice_pb2
from protos.finance.invoice_pb2 import Invoice
from resources.print.core.page import PrintMeta
from resources.print.core.template import template_of
from resources.print.finance import invoice as form

_SERVICE = invoice_pb2.DESCRIPTOR.services_by_name["InvoiceService"]
FORM = "finance.invoice"
LOOK = "这是预览件，不作报销凭证，不能打印；要打票请由收款人操作"


def sheet_of(invoice: Invoice, api: Api) -> Sheet:
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
        template=template_of(form.draw),
        bill=True,
        over=partial(form.draw_over, invoice),
        paper=form.PAPER,
        paper_no=invoice.number,
        only_view="" if may else LOOK,
    )


def _draw(invoice: Invoice, may: bool, meta: PrintMeta) -> bytes:
    printed = meta.copy_no if meta.reprint else 0
    due = may and invoice.state == Invoice.VALID and printed < invoice.copies
    return (form.draw if due else form.draw_preview)(invoice, meta)


def print_invoice(invoice: Invoice, api: Api, settings: Settings, owner: QWidget) -> None:
    """Show a sheet to be printed."""
    preview.show_sheet(sheet_of(invoice, api), api, settings, owner)
