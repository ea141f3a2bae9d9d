"""The pages that show stock: automatic issues, balances, the ledger."""

from client.core.page import Lines, Page
from protos.inventory import consumption_pb2, stock_pb2

consumptions = Page(
    title="物资自动出库",
    service=consumption_pb2.DESCRIPTOR.services_by_name["ConsumptionService"],
    columns=[
        "number", "occurred_at", "task_no", "doctor_id", "warehouse_id", "quantity", "missing",
        "amount", "note", "state",
    ],
    filters=[
        "number", "occurred_at", "task_no", "doctor_id", "warehouse_id", "line_item_id", "state",
        "line_lots", "line_trace_code", "missing", "posted_at", "emr_id",
    ],
    form=[
        ["number", "task_no", "emr_id"],
        ["doctor_id", "warehouse_id"],
        ["occurred_at", "posted_at"],
        ["note"],
    ],
    lines=[
        Lines(
            "lines",
            ["item_id", "lost", "quantity", "issued", "missing", "unit", "lots", "places",
             "trace_code", "loss_reason", "note", "state"],
        )
    ],
    actions=["Resolve", "Dismiss"],
    icon="heartbeat",
)  # fmt: skip

exceptions = Page(
    title="自动出库待处理差异",
    service=consumption_pb2.DESCRIPTOR.services_by_name["ConsumptionExceptionService"],
    columns=[
        "number", "occurred_at", "task_no", "doctor_id", "item_id", "quantity", "issued",
        "missing", "unit", "searched", "proposer_id", "note", "state",
    ],
    filters=["occurred_at", "item_id", "trace_code"],
    form=[
        ["number", "task_no", "doctor_id"],
        ["item_id", "occurred_at"],
        ["quantity", "issued", "missing"],
        ["unit", "trace_code"],
        ["searched"],
        ["proposer_id", "note"],
    ],
    actions=["Resolve", "Confirm", "Match", "Dismiss"],
    icon="warning-circle",
)  # fmt: skip

stocks = Page(
    title="库存查询",
    service=stock_pb2.DESCRIPTOR.services_by_name["StockService"],
    columns=[
        "warehouse_id", "item_name", "spec", "lot_no", "expires_on", "use", "quantity",
        "blocked", "available", "unit", "band", "reserved", "amount", "veiled",
    ],
    filters=["warehouse_id", "item_id", "lot_no", "expires_on", "use"],
    actions=["Quarantine"],
    icon="package",
)  # fmt: skip

moves = Page(
    title="库存台账",
    service=stock_pb2.DESCRIPTOR.services_by_name["MoveService"],
    columns=[
        "posted_at", "number", "code", "item_id", "lot_no", "source", "target", "quantity",
        "amount", "unit_quantity", "unit", "factor", "retail_price", "retail_amount",
        "operator_id", "second_operator_id", "reason", "veiled",
    ],
    filters=["posted_at", "number", "code", "item_id", "lot_no", "period", "operator_id"],
    icon="notebook",
)  # fmt: skip
