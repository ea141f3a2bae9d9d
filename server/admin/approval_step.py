"""The steps in which documents are approved, kept by the security administrator."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from protos import facts
from protos.admin import approval_step_pb2 as pb
from protos.common.list_pb2 import Empty
from protos.facts import Fault
from server.core.approval import ApprovalStep
from server.core.call import Call
from server.core.crud import CrudService
from server.core.errors import Invalid
from server.core.registry import Registry


def deciding(registry: Registry) -> dict[str, list[MethodDescriptor]]:
    """The RPCs that decide on handed-in documents, by service."""
    found: dict[str, list[MethodDescriptor]] = {}
    for method, _ in registry.methods():
        if facts.of_rpc(method).decides:
            found.setdefault(method.containing_service.full_name, []).append(method)
    return found


def permissions_for(methods: Sequence[MethodDescriptor]) -> dict[str, str]:
    """The permissions under which a kind of document may be decided on, and what each is called."""
    service = methods[0].containing_service
    record = facts.of_service(service).label
    found = {facts.of_rpc(m).permission: f"{record}：{facts.of_rpc(m).label}" for m in methods}
    return found | {s.permission: f"{record}：{s.label}" for s in facts.of_service(service).steps}


class ApprovalStepService(CrudService[ApprovalStep, pb.ApprovalStep]):
    """Keeps the steps; documents under way take the next step by the rows as they then are."""

    model = ApprovalStep
    message = pb.ApprovalStep
    page = pb.ApprovalStepList
    searches = ("label", "kind")
    display = "label"

    def check(self, call: Call, record: ApprovalStep) -> None:
        """A document that is approved, by a permission that opens its approval; places are single.

        Conditions are possible only where the document has what they ask for.
        """
        methods = deciding(call.app.registry).get(record.kind)
        if methods is None:
            raise Invalid.at("kind", "没有这种要审批的单据，请从列表中选择")
        if record.permission not in permissions_for(methods):
            name = facts.of_service(facts.service(record.kind)).label
            raise Invalid.at("permission", f"这项权限不能审批{name}，请从列表中选择{name}的权限")
        if found := list(_faults(record, call.app.registry.records(record.kind).model)):
            raise Invalid(*found)
        same = select(ApprovalStep.id).where(
            ApprovalStep.id != record.id,
            ApprovalStep.kind == record.kind,
            ApprovalStep.position == record.position,
        )
        if call.db.scalar(same) is not None:
            raise Invalid.at("position", "这种单据已有这个次序的步骤，请换一个次序")

    def complete(self, call: Call, messages: Sequence[pb.ApprovalStep]) -> None:
        """Say what the document and the permission are called."""
        known = deciding(call.app.registry)
        for message in messages:
            if methods := known.get(message.kind):
                message.document = facts.of_service(methods[0].containing_service).label
                message.approver = permissions_for(methods).get(message.permission, "")

    def Choices(self, call: Call, request: Empty) -> pb.ApprovalChoices:
        """Every kind of document that is approved, and the permissions to approve it."""
        answer = pb.ApprovalChoices()
        for kind, methods in deciding(call.app.registry).items():
            label = facts.of_service(methods[0].containing_service).label
            answer.kinds.add(code=kind, label=label)
            for code, meaning in permissions_for(methods).items():
                answer.permissions.add(code=code, label=meaning)
        return answer


def _faults(record: ApprovalStep, model: Any) -> list[Fault]:
    found = []
    if record.from_amount and not isinstance(getattr(model, "amount", None), InstrumentedAttribute):
        found.append(Fault("from_amount", "这种单据没有金额，不能按金额设步骤"))
    if record.controlled and not hasattr(model, "controlled"):
        found.append(Fault("controlled", "这种单据不区分麻精药品，请去掉这一条件"))
    return found
