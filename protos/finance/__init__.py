"""What patients pay: prices, charges, payments, invoices, daily reports."""
