"""The case record: written on the way, signed by the doctor, archived."""

from server.emr.amendment import AmendmentService
from server.emr.record import CaseRecordService

SERVICES = [CaseRecordService, AmendmentService]
