"""Stock: receipts, issues, personal stores, automatic issues, master data."""

from client.core.page import Page
from client.inventory.backward import issue_returns, red_issues, supplier_returns
from client.inventory.books import (
    cards,
    lots,
    period_lines,
    periods,
    price_adjustments,
    register_entries,
    registers,
)
from client.inventory.box import box_approvals, box_requests, box_templates, boxes
from client.inventory.count import counts, sheets
from client.inventory.empties import empties_balances, empties_returns
from client.inventory.expiry import disposals, expiring, notices, quarantined, self_checks
from client.inventory.issue import arrivals, issues
from client.inventory.items import categories, items, levels, role_items, suppliers, warehouses
from client.inventory.personal import loss_rates, loss_records, losses, own_stock, own_store
from client.inventory.recall import recall_notices, recall_patients, recalls, trace_codes
from client.inventory.receipt import receipts
from client.inventory.requisition import (
    center_approvals,
    requisition_query,
    requisitions,
    station_approvals,
    sub_center_approvals,
)
from client.inventory.stock import consumptions, exceptions, moves, stocks

PAGES: list[Page] = [
    receipts,
    issues,
    arrivals,
    stocks,
    consumptions,
    moves,
    own_stock,
    own_store,
    losses,
    loss_records,
    loss_rates,
    issue_returns,
    supplier_returns,
    red_issues,
    counts,
    sheets,
    expiring,
    notices,
    quarantined,
    disposals,
    items,
    categories,
    suppliers,
    warehouses,
    role_items,
    levels,
    cards,
    register_entries,
    registers,
    empties_returns,
    empties_balances,
    periods,
    period_lines,
    price_adjustments,
    lots,
    self_checks,
    exceptions,
    requisitions,
    station_approvals,
    sub_center_approvals,
    center_approvals,
    requisition_query,
    recalls,
    recall_notices,
    recall_patients,
    trace_codes,
    box_approvals,
    box_requests,
    boxes,
    box_templates,
]
