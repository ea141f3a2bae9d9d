"""The audit log as the audit administrator sees it."""

from protos.admin import audit_pb2 as pb
from protos.common.list_pb2 import Empty
from server.core.audit import AuditRow
from server.core.call import Call
from server.core.reading import ReadService
from server.core.run_files import COPY, log_certificate
from server.core.verify import verify


class AuditService(ReadService[AuditRow, pb.AuditEntry]):
    """Shows and verifies the log."""

    model = AuditRow
    message = pb.AuditEntry
    page = pb.AuditList
    searches = ("staff_no", "user_name", "label", "reason")
    display = "label"

    def Verify(self, call: Call, request: Empty) -> pb.AuditVerdict:
        """Read the whole log and say whether it is whole."""
        settings = call.app.settings
        key = log_certificate(settings).public_key
        verdict = verify(call.db, call.app.keys.audit, key, settings.home / COPY)
        return pb.AuditVerdict(
            rows=verdict.rows,
            checkpoints=verdict.checkpoints,
            findings=[str(finding) for finding in verdict.findings],
        )
