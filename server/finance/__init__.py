"""What patients pay: prices, bills, payments, invoices, daily reports."""

from server.finance.charge import ChargeService
from server.finance.daily import DailyReportService
from server.finance.invoice import InvoiceService
from server.finance.payment import PaymentService
from server.finance.price import PriceItemService, PriceListService
from server.finance.refund import RefundService
from server.finance.reprint import ReprintService
from server.finance.segment import SegmentService

SERVICES: list[type] = [
    ChargeService,
    PaymentService,
    InvoiceService,
    ReprintService,
    RefundService,
    DailyReportService,
    SegmentService,
    PriceListService,
    PriceItemService,
]
