"""The permissions there are, from the contract; and who holds them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from google.protobuf.descriptor import ServiceDescriptor
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from protos import facts
from protos.admin import permission_pb2 as pb
from protos.admin import role_pb2
from protos.common.list_pb2 import Filter, ListInfo, ListRequest
from server.admin.person import MAY_LOG_IN, Grant, Person
from server.admin.role import Role
from server.core import masking
from server.core.call import Call
from server.core.numbering import shanghai_date


@dataclass
class Meaning:
    """What one permission lets its holder do."""

    code: str
    record: str
    labels: list[str] = field(default_factory=list)
    signed: bool = False


def catalogue(call: Call) -> list[Meaning]:
    """Every permission of the contract, in its order."""
    found: dict[str, Meaning] = {}
    for method, _ in call.app.registry.methods():
        terms = facts.of_rpc(method)
        if not terms.permission:
            continue
        record = facts.of_service(method.containing_service).label
        for code in sorted(facts.permissions_of(method)):
            meaning = found.setdefault(code, Meaning(code, record))
            step = _step_label(method.containing_service, code)
            meaning.labels.append(f"{terms.label}（{step}）" if step else terms.label)
            meaning.signed = meaning.signed or terms.signed
    for right in call.app.registry.rights():
        found[right.permission] = Meaning(right.permission, right.record, [right.label])
    found[masking.PERMISSION] = Meaning(masking.PERMISSION, "个人信息", ["查看完整个人信息"])
    return list(found.values())


def _step_label(service: ServiceDescriptor, code: str) -> str:
    steps = facts.of_service(service).steps
    return next((step.label for step in steps if step.permission == code), "")


class PermissionService:
    """Shows what may be granted."""

    contract = pb.DESCRIPTOR

    def List(self, call: Call, request: ListRequest) -> pb.PermissionList:
        """Every permission that matches; the catalogue is short, so it comes whole."""
        holders = _roles_by_permission(call.db)
        rows = [
            pb.Permission(
                id=number,
                code=meaning.code,
                area=meaning.code.split(".")[0],
                record=meaning.record,
                label="、".join(dict.fromkeys(meaning.labels)),
                signed=meaning.signed,
                roles="、".join(holders.get(meaning.code, ())),
            )
            for number, meaning in enumerate(catalogue(call), 1)
        ]
        rows = [row for row in rows if _matches(row, request)]
        if request.order_by:
            rows.sort(key=lambda row: str(getattr(row, request.order_by)))
            rows = rows[::-1] if request.descending else rows
        return pb.PermissionList(rows=rows, info=ListInfo(count=len(rows)))

    def Holders(self, call: Call, request: pb.HoldersRequest) -> pb.HoldersAnswer:
        """The people who hold a permission now, and by which role."""
        chosen = select(Grant).options(joinedload(Grant.role), joinedload(Grant.person))
        today = shanghai_date(call.now)
        holders = [
            pb.Holder(
                person_id=grant.person_id,
                staff_no=grant.person.staff_no,
                name=grant.person.name,
                role=grant.role.name,
                until_on=grant.until_on.isoformat() if grant.until_on else "",
            )
            for grant in call.db.scalars(chosen)
            if _grants(grant, request.code) and (not grant.until_on or grant.until_on >= today)
        ]
        return pb.HoldersAnswer(holders=holders)


def _grants(grant: Grant, code: str) -> bool:
    person: Person = grant.person
    active = person.state in MAY_LOG_IN and grant.role.state == role_pb2.Role.ACTIVE
    return active and code in grant.role.permissions


def _roles_by_permission(db: Session) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for role in db.scalars(select(Role).where(Role.state == role_pb2.Role.ACTIVE)):
        for code in role.permissions:
            found.setdefault(code, []).append(role.name)
    return found


def _matches(row: pb.Permission, request: ListRequest) -> bool:
    whole = f"{row.code} {row.record} {row.label} {row.roles}"
    words: Iterable[str] = request.text.lower().split()
    return all(word in whole.lower() for word in words) and all(
        _passes(str(getattr(row, asked.field, "")), asked) for asked in request.filters
    )


def _passes(value: str, asked: Filter) -> bool:
    if asked.op in (Filter.CONTAINS, Filter.STARTS):
        return any(wanted in value for wanted in asked.values)
    return value.lower() in [wanted.lower() for wanted in asked.values]
