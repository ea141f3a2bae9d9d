"""Every service of the server, in the order of the areas. Adding an area adds a line here."""

from server import admin, dispatch, emr, finance, inventory, vehicles
from server.core.approval_service import ApprovalService
from server.core.attachment import AttachmentService
from server.core.export_log import ExportService
from server.core.lookup import LookupService
from server.core.presence import PresenceService

SERVICES: list[type] = [
    LookupService,
    ApprovalService,
    AttachmentService,
    PresenceService,
    ExportService,
    *admin.SERVICES,
    *inventory.SERVICES,
    *dispatch.SERVICES,
    *emr.SERVICES,
    *finance.SERVICES,
    *vehicles.SERVICES,
]
