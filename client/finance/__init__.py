"""The cash desk: bills, payments, invoices, daily reports, prices."""

from client.core.page import Page
from client.finance.charge import charges
from client.finance.daily import dailies, payments
from client.finance.invoice import invoices, refunds, segments
from client.finance.price import prices
from client.finance.reprint import reprints

PAGES: list[Page] = [
    charges,
    invoices,
    reprints,
    dailies,
    payments,
    refunds,
    segments,
    prices,
]
