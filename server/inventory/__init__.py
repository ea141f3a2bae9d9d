"""Items, warehouses, stock bills, the ledger and what patients use."""

SERVICES: list[type] = []
