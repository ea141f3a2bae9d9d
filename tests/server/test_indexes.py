"""What lists are narrowed by is indexed, so that a table may grow.

Expected of records that grow with every day's work, for fields that pick few of many rows: a
reference, a time, a date. States and kinds pick too many rows, amounts are rarely asked for, and
texts are asked for by a piece from their middle, which no index helps.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from sqlalchemy import Column, Select, Table, UniqueConstraint, text

from protos import facts
from protos.common.list_pb2 import ListRequest
from protos.facts import Kind
from server.core import query
from server.core.call import Call, User
from server.core.reading import ReadService
from server.core.registry import Registry
from server.core.run import Running
from server.core.sealing import Sealed
from server.inventory.among import AmongLines
from server.services import SERVICES

SERVICE = Registry(SERVICES).by_name
FEW = {  # a few thousand rows at most, however long the system is used
    "admin.DepartmentService",
    "admin.PersonService",
    "admin.RoleService",
    "finance.PriceItemService",
    "finance.PriceListService",
    "finance.SegmentService",
    "inventory.BoxService",
    "inventory.CategoryService",
    "inventory.ItemService",
    "inventory.PeriodService",  # one a month
    "inventory.PersonalStoreService",
    "inventory.RecallService",
    "inventory.RoleItemService",
    "inventory.SupplierService",
    "inventory.WarehouseService",
    "vehicles.VehicleService",
}
BESIDE_ANOTHER = "asked for together with a period or a place, which is indexed"
FEW_OPEN = "one for each lot in stock; asked for together with the warehouse"
SHORT = "few lines fall short; an index holds just these"
LOST = "few lines of records are losses; an index holds just these"
ONE_RECALL = "asked for within a recall, by its number, which is indexed"
MONTH = "of a closed month, by which the lines are indexed"
GROUPED = "sums over movements; asked for beside the month, which is indexed"
UNION = "admin.LoginService."  # of sessions and of refusals in the log, each indexed by its own
NOT_INDEXED = {
    "emr.AmendmentService.applied_at": BESIDE_ANOTHER,
    "finance.DailyReportService.submitted_at": BESIDE_ANOTHER,
    "finance.RefundService.approver_id": BESIDE_ANOTHER,
    "finance.ReprintService.approver_id": BESIDE_ANOTHER,
    "finance.ReprintService.decided_at": BESIDE_ANOTHER,
    "inventory.BoxRequestService.approver_id": BESIDE_ANOTHER,
    "inventory.CenterApprovalService.approver_id": BESIDE_ANOTHER,
    "inventory.CenterApprovalService.submitted_at": BESIDE_ANOTHER,
    "inventory.ConsumptionExceptionService.occurred_at": SHORT,
    "inventory.ConsumptionService.posted_at": BESIDE_ANOTHER,
    "inventory.CountService.approver_id": BESIDE_ANOTHER,
    "inventory.CountService.counter_id": BESIDE_ANOTHER,
    "inventory.CountService.posted_at": BESIDE_ANOTHER,
    "inventory.CountService.started_at": BESIDE_ANOTHER,
    "inventory.CountSheetService.started_at": BESIDE_ANOTHER,
    "inventory.DisposalService.approver_id": BESIDE_ANOTHER,
    "inventory.DisposalService.posted_at": BESIDE_ANOTHER,
    "inventory.DisposalService.submitted_at": BESIDE_ANOTHER,
    "inventory.ExpiryService.expires_on": FEW_OPEN,
    "inventory.FinalIssueService.approver_id": BESIDE_ANOTHER,
    "inventory.FinalIssueService.posted_at": BESIDE_ANOTHER,
    "inventory.FinalIssueService.submitted_at": BESIDE_ANOTHER,
    "inventory.IssueReturnService.approver_id": BESIDE_ANOTHER,
    "inventory.IssueReturnService.posted_at": BESIDE_ANOTHER,
    "inventory.IssueReturnService.submitted_at": BESIDE_ANOTHER,
    "inventory.IssueService.approver_id": BESIDE_ANOTHER,
    "inventory.IssueService.posted_at": BESIDE_ANOTHER,
    "inventory.IssueService.received_at": BESIDE_ANOTHER,
    "inventory.IssueService.receiver_id": BESIDE_ANOTHER,
    "inventory.IssueService.submitted_at": BESIDE_ANOTHER,
    "inventory.LossRateService.warehouse_id": GROUPED,
    "inventory.LossRecordService.approver_id": BESIDE_ANOTHER,
    "inventory.LossRecordService.posted_at": BESIDE_ANOTHER,
    "inventory.LotService.decided_at": FEW_OPEN,
    "inventory.LotService.decider_id": FEW_OPEN,
    "inventory.LotService.expires_on": FEW_OPEN,
    "inventory.LotService.received_on": FEW_OPEN,
    "inventory.LotService.supplier_id": FEW_OPEN,
    "inventory.MoveService.operator_id": BESIDE_ANOTHER,
    "inventory.PeriodLineService.warehouse_id": MONTH,
    "inventory.PersonalLossService.approver_id": BESIDE_ANOTHER,
    "inventory.PersonalLossService.posted_at": BESIDE_ANOTHER,
    "inventory.PersonalLossService.submitted_at": BESIDE_ANOTHER,
    "inventory.PersonalStockService.expires_on": FEW_OPEN,
    "inventory.PriceAdjustmentService.approver_id": BESIDE_ANOTHER,
    "inventory.PriceAdjustmentService.posted_at": BESIDE_ANOTHER,
    "inventory.PriceAdjustmentService.submitted_at": BESIDE_ANOTHER,
    "inventory.QuarantineService.expires_on": FEW_OPEN,
    "inventory.RecallPatientService.doctor_id": ONE_RECALL,
    "inventory.RecallPatientService.used_at": ONE_RECALL,
    "inventory.ReceiptService.approver_id": BESIDE_ANOTHER,
    "inventory.ReceiptService.posted_at": BESIDE_ANOTHER,
    "inventory.ReceiptService.submitted_at": BESIDE_ANOTHER,
    "inventory.RedService.approver_id": BESIDE_ANOTHER,
    "inventory.RedService.posted_at": BESIDE_ANOTHER,
    "inventory.RedService.submitted_at": BESIDE_ANOTHER,
    "inventory.RequisitionService.approved_at": BESIDE_ANOTHER,
    "inventory.RequisitionService.approver_id": BESIDE_ANOTHER,
    "inventory.RequisitionService.submitted_at": BESIDE_ANOTHER,
    "inventory.StationApprovalService.approver_id": BESIDE_ANOTHER,
    "inventory.StationApprovalService.submitted_at": BESIDE_ANOTHER,
    "inventory.StockService.expires_on": FEW_OPEN,
    "inventory.StoreLossService.approver_id": BESIDE_ANOTHER,
    "inventory.StoreLossService.posted_at": BESIDE_ANOTHER,
    "inventory.StoreLossService.submitted_at": BESIDE_ANOTHER,
    "inventory.SubCenterApprovalService.approver_id": BESIDE_ANOTHER,
    "inventory.SubCenterApprovalService.submitted_at": BESIDE_ANOTHER,
    "inventory.SupplierReturnService.approver_id": BESIDE_ANOTHER,
    "inventory.SupplierReturnService.posted_at": BESIDE_ANOTHER,
    "inventory.SupplierReturnService.submitted_at": BESIDE_ANOTHER,
    "vehicles.DailyService.confirmer_id": BESIDE_ANOTHER,
    "vehicles.DailyService.submitted_at": BESIDE_ANOTHER,
}


def is_selective(field: FieldDescriptor) -> bool:
    """Whether a filter by this field is expected to pick few rows of many."""
    return facts.of_field(field).filter and facts.kind(field) in (Kind.REF, Kind.TIME, Kind.DATE)


FIELDS = [
    f"{name}.{field.name}"
    for name, service in sorted(SERVICE.items())
    if isinstance(service, ReadService) and name not in FEW
    for field in facts.fields(service.message.DESCRIPTOR)
    if is_selective(field)
]


LISTED = {
    name
    for name, service in SERVICE.items()
    if isinstance(service, ReadService) and isinstance(service.model.__table__, Table)
} - {  # picked by a few warehouses
    "inventory.PersonalStockService",  # those people carry with them
    "inventory.QuarantineService",  # those nothing is issued from
}


def columns_of(path: str) -> set[Column[object]]:
    """The columns of tables a filter by a field looks into: several where a view unites some."""
    service, field = path.rsplit(".", 1)
    model = SERVICE[service].model
    found = vars(model).get(field) or getattr(model, field)
    if isinstance(found, AmongLines):
        return set(found.column().property.columns)
    if isinstance(found, Sealed):
        found = getattr(model, found.index)
    bases = found.property.columns[0].base_columns
    return {base for base in bases if isinstance(base, Column) and isinstance(base.table, Table)}


def leading(table: Table) -> set[str]:
    """The first column of each index."""
    unique = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    columns = [table.primary_key.columns, *(c.columns for c in unique)]
    firsts = [next(iter(some)) for some in columns]
    return {column.name for column in firsts} | {next(iter(i.columns)).name for i in table.indexes}


@pytest.mark.parametrize("path", [each for each in FIELDS if not each.startswith(UNION)])
def test_a_selective_filter_has_an_index(path: str) -> None:
    columns = columns_of(path)
    indexed = bool(columns) and all(c.name in leading(c.table) for c in columns)
    assert indexed is not (path in NOT_INDEXED), columns


@pytest.mark.sqlite  # PostgreSQL reads tables without rows in any order
@pytest.mark.parametrize("name", sorted(LISTED))
def test_a_page_of_a_list_is_read_in_order_not_sorted(server: Running, name: str) -> None:
    sessions = server.worker.app.sessions
    request = ListRequest(cursor=query.cursor((), 10**18))
    for statement in (*in_order_of_id(server, name, request), *in_order_of_dates(server, name)):
        sql = statement.limit(51).compile(sessions.engine, compile_kwargs={"literal_binds": True})
        with sessions.read() as db:
            plan = [row.detail for row in db.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
        assert not [step for step in plan if "TEMP B-TREE" in step], plan


def in_order_of_id(server: Running, name: str, request: ListRequest) -> Iterator[Select[Any]]:
    """The statement of a page in the order lists have when nothing is asked."""
    service = SERVICE[name]
    app = server.worker.app
    user = User(1, "T1", "", 1, app.permissions, departments=None)
    method = facts.service(name).methods_by_name["List"]
    with app.sessions.read() as db:
        visible = service.visible(Call(app, db, user, method, datetime.now(UTC)))
    ordered, _ = query.ordered(visible, service.mapping, request)
    yield ordered.with_only_columns(service.model.id, *service.mapping.columns)


def in_order_of_dates(server: Running, name: str) -> Iterator[Select[Any]]:
    """The statements of pages in the order of each indexed time or date."""
    for path in FIELDS:
        service, field = path.rsplit(".", 1)
        if service != name or path in NOT_INDEXED or any(c.nullable for c in columns_of(path)):
            continue
        descriptor = facts.field_named(SERVICE[name].message.DESCRIPTOR, field)
        if facts.kind(descriptor) in (Kind.TIME, Kind.DATE):
            request = ListRequest(order_by=field, descending=True)
            yield from in_order_of_id(server, name, request)


def test_what_is_listed_is_there() -> None:
    assert set(NOT_INDEXED) <= set(FIELDS)
    assert set(SERVICE) >= FEW
    assert len(FIELDS) > len(NOT_INDEXED)
