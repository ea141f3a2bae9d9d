"""The audit log as the audit administrator sees it."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor

from protos import facts
from protos.admin import audit_pb2 as pb
from protos.common.list_pb2 import Empty
from server.core import telling
from server.core.audit import AuditRow
from server.core.call import Call
from server.core.reading import ReadService
from server.core.registry import Registry
from server.core.run_files import COPY, log_certificate
from server.core.verify import verify


class AuditService(ReadService[AuditRow, pb.AuditEntry]):
    """Shows and verifies the log."""

    model = AuditRow
    message = pb.AuditEntry
    page = pb.AuditList
    searches = ("staff_no", "user_name", "label", "reason")
    display = "label"

    def complete(self, call: Call, messages: Sequence[pb.AuditEntry]) -> None:
        """Tell each change in the words of the contract."""
        kinds = _kinds(call.app.registry)
        for message in messages:
            kind = kinds.get(message.record_kind)
            message.changes = told(message.detail, kind.message if kind else None)
            if message.record_id:
                label = kind.label if kind else message.record_kind
                message.subject = f"{label} {message.record_id}".strip()
            if message.signature_id:
                message.signature = f"有，编号 {message.signature_id}"

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


_NOTHING: tuple[list[Any], ...] = (
    [None, None],
    [None, ""],
    [None, []],
)  # what a new record has not
_BEHIND = frozenset({"变更", "codes", "mac", "path", "password_history", "password_set_at"})
_LABELS = {
    "password_hash": "密码",
    "must_change_password": "下次登录须改密码",
    "certificate": "UKEY证书",
}


def told(detail: str, record: Descriptor | None) -> str:
    """A change as people read it, a line for each field: 姓名：王小明 → 王大明."""
    entries: dict[str, Any] = json.loads(detail or "{}")
    fields = record.fields_by_name if record else {}
    lines = []
    for name, change in entries.items():
        if name.endswith("_index") or name in _BEHIND or change in _NOTHING:
            continue
        field = fields.get(name.removesuffix("_sealed"))
        label = facts.label(field) if field is not None else _LABELS.get(name, name)
        if isinstance(change, list) and len(change) == 2:
            old, new = (telling.shown(field, value) for value in change)
            lines.append(f"{label}：{new}" if change[0] is None else f"{label}：{old} → {new}")
        else:
            lines.append(f"{label}：{telling.shown(field, change)}")
    return "\n".join(lines)


class _Kind(NamedTuple):
    """What the rows of one table are to people."""

    label: str
    message: Descriptor


def _kinds(registry: Registry) -> dict[str, _Kind]:
    """Kinds by table, and by service as readings of personal data name them."""
    found = {}
    for name, service in registry.by_name.items():
        if isinstance(service, ReadService):
            kind = _Kind(facts.of_service(facts.service(name)).label, service.message.DESCRIPTOR)
            found[name] = found[getattr(service.model, "__tablename__", name)] = kind
    return found
