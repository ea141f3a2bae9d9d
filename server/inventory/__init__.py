"""Items, warehouses, stock bills, the ledger and what patients use."""

from server.inventory.box import BoxService, BoxTemplateService
from server.inventory.box_request import BoxPlatformService, BoxRequestService
from server.inventory.category import CategoryService
from server.inventory.consumption_exception import ConsumptionExceptionService
from server.inventory.consumption_service import ConsumptionService
from server.inventory.issue import IssueService
from server.inventory.item import ItemService
from server.inventory.personal_loss import PersonalLossService
from server.inventory.recall_service import (
    RecallNoticeService,
    RecallPatientService,
    RecallService,
)
from server.inventory.receipt import ReceiptService
from server.inventory.requisition_service import (
    CenterApprovalService,
    RequisitionService,
    StationApprovalService,
    SubCenterApprovalService,
)
from server.inventory.stock import (
    LotService,
    MoveService,
    PersonalStockService,
    PersonalStoreService,
    StockService,
)
from server.inventory.supplier import SupplierService
from server.inventory.trace_service import TraceCodeService
from server.inventory.warehouse import WarehouseService

SERVICES: list[type] = [
    ItemService,
    CategoryService,
    SupplierService,
    WarehouseService,
    ReceiptService,
    IssueService,
    PersonalStoreService,
    PersonalStockService,
    PersonalLossService,
    ConsumptionService,
    StockService,
    LotService,
    MoveService,
    RequisitionService,
    StationApprovalService,
    SubCenterApprovalService,
    CenterApprovalService,
    ConsumptionExceptionService,
    TraceCodeService,
    RecallService,
    RecallNoticeService,
    RecallPatientService,
    BoxTemplateService,
    BoxService,
    BoxRequestService,
    BoxPlatformService,
]
