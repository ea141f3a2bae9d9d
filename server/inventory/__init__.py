"""Items, warehouses, stock bills, the ledger and what patients use."""

from server.inventory.box import BoxService, BoxTemplateService
from server.inventory.box_request_service import BoxPlatformService, BoxRequestService
from server.inventory.card import CardService, RegisterService
from server.inventory.category import CategoryService
from server.inventory.codes import SHARED
from server.inventory.consumption_exception import ConsumptionExceptionService
from server.inventory.consumption_service import ConsumptionService
from server.inventory.count_service import CountService
from server.inventory.count_sheet import CountSheetService
from server.inventory.disposal import DisposalService
from server.inventory.empties import EmptiesService
from server.inventory.empties_balance import EmptiesBalanceService
from server.inventory.expiry import ExpiryNoticeService, ExpiryService, QuarantineService
from server.inventory.final_issue import FinalIssueService
from server.inventory.importing import ImportService
from server.inventory.issue_return import IssueReturnService
from server.inventory.issue_service import IssueService
from server.inventory.item import ItemService
from server.inventory.loss import PersonalLossService, StoreLossService
from server.inventory.loss_record import LossRateService, LossRecordService
from server.inventory.lot_service import LotService
from server.inventory.period import PeriodLineService, PeriodService
from server.inventory.price_adjustment import PriceAdjustmentService
from server.inventory.recall_service import (
    RecallNoticeService,
    RecallPatientService,
    RecallService,
)
from server.inventory.receipt import ReceiptService
from server.inventory.red import RedService
from server.inventory.register_entry import RegisterEntryService
from server.inventory.requisition_service import (
    CenterApprovalService,
    RequisitionService,
    StationApprovalService,
    SubCenterApprovalService,
)
from server.inventory.role_item import BoundItemService, RoleItemService
from server.inventory.self_check import SelfCheckService
from server.inventory.stock import (
    MoveService,
    PersonalStockService,
    PersonalStoreService,
    StockService,
)
from server.inventory.stock_level import StockLevelService
from server.inventory.supplier import SupplierService
from server.inventory.supplier_return import SupplierReturnService
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
    StoreLossService,
    FinalIssueService,
    ConsumptionService,
    StockService,
    LotService,
    MoveService,
    RedService,
    IssueReturnService,
    SupplierReturnService,
    CountService,
    CountSheetService,
    ExpiryService,
    ExpiryNoticeService,
    QuarantineService,
    DisposalService,
    SelfCheckService,
    LossRecordService,
    LossRateService,
    RoleItemService,
    BoundItemService,
    StockLevelService,
    CardService,
    RegisterEntryService,
    RegisterService,
    EmptiesService,
    EmptiesBalanceService,
    PeriodService,
    PeriodLineService,
    ImportService,
    PriceAdjustmentService,
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

for _service in SERVICES:
    _service.refusal_codes = SHARED  # type: ignore[attr-defined]
