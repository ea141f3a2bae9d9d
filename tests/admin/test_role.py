"""Roles and permissions: separated duties, who holds what."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest

from crypto.sm2 import PrivateKey
from protos.admin import permission_pb2, person_pb2
from protos.admin import role_pb2 as pb
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from server import config
from server.admin.duties import Conflict, conflicts, explain
from server.admin.person import Person
from server.admin.role import refuse_mixed
from server.admin.seed import ROLES, expand, seed
from server.core.errors import Invalid
from server.core.pki import Pki
from server.core.registry import Registry
from server.core.run import Running
from server.services import SERVICES
from tests.people import Clerk, faults_of, make_person_in, refused

ROLE = "admin.RoleService."
_R = pb.Role
Someone = Callable[..., Clerk]


@pytest.fixture
def officer(someone: Someone) -> Clerk:
    return someone(
        "admin.role.read", "admin.role.write", "admin.person.grant", "admin.person.read",
        "admin.permission.read",
    )  # fmt: skip


def fresh(**values: object) -> pb.Role:
    made = pb.Role(code="clerk", name="登记员", kind=_R.BUSINESS, scope=_R.DEPARTMENT)
    made.permissions.extend(["admin.department.read"])
    for name, value in values.items():
        if name == "permissions":
            del made.permissions[:]
            made.permissions.extend(value)  # type: ignore[arg-type]
        else:
            setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("kind", "permission"),
    [
        (_R.SYSTEM, "admin.person.grant"), (_R.SYSTEM, "admin.role.write"),
        (_R.SYSTEM, "admin.audit.read"), (_R.SYSTEM, "inventory.item.read"),
        (_R.SECURITY, "admin.person.write"), (_R.SECURITY, "admin.person.key"),
        (_R.SECURITY, "admin.audit.verify"), (_R.AUDIT, "admin.role.write"),
        (_R.AUDIT, "admin.login.kick"), (_R.AUDIT, "finance.charge.read"),
        (_R.BUSINESS, "admin.person.grant"), (_R.BUSINESS, "admin.audit.read"),
        (_R.BUSINESS, "admin.login.read"),
    ],
)  # fmt: skip
def test_duties_of_the_administrators_stay_apart(kind: int, permission: str) -> None:
    with pytest.raises(Invalid):
        refuse_mixed(kind, [permission])


@pytest.mark.parametrize("row", ROLES, ids=[row[0] for row in ROLES])
def test_the_demo_roles_keep_the_rules(row: tuple[str, str, int, int, tuple[str, ...]]) -> None:
    refuse_mixed(row[2], expand(row[4], sorted(Registry(SERVICES).permissions())))


def test_the_demo_people_are_whole(server: Running) -> None:
    with server.worker.app.sessions.write() as db:
        people = seed(db, datetime.now(UTC), sorted(Registry(SERVICES).permissions()))
        assert seed(db, datetime.now(UTC), []) == people
    with server.worker.app.sessions.read() as db:
        doctor = db.get_one(Person, people["YS001"])
        assert doctor.phone == "13900001003"
        assert len(doctor.licences) == 3


def test_maker_and_approver_of_one_record_are_a_conflict() -> None:
    held = ["inventory.receipt.write", "inventory.receipt.approve", "inventory.issue.approve"]
    found = conflicts(held)
    assert found == [Conflict("inventory.receipt", "write", "approve")]
    assert "：入库单。" in explain(found, {"inventory.receipt": "入库单"})
    assert explain([], {}) == ""


@pytest.mark.requirement(81)
def test_a_role_is_made_changed_and_stopped(officer: Clerk, someone: Someone) -> None:
    role = officer(ROLE + "Create", fresh())
    target = someone()
    grant = person_pb2.GrantRequest(id=target.who.id, version=1)
    grant.grants.add(role_id=role.id)
    officer("admin.PersonService.Grant", grant)
    assert target("admin.DepartmentService.List", ListRequest()).rows
    role.permissions.append("admin.role.read")
    changed = officer(ROLE + "Update", role)
    assert target(ROLE + "List", ListRequest(text="登记员")).rows[0].id == role.id
    officer(ROLE + "Disable", IdRequest(id=role.id, version=changed.version))
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        target("admin.DepartmentService.List", ListRequest())


def test_an_unknown_permission_is_refused(officer: Clerk) -> None:
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        officer(ROLE + "Create", fresh(permissions=["admin.moon.read"]))
    assert faults_of(error.value) == {"permissions": "没有这些权限：admin.moon.read"}


def test_a_conflict_of_duties_is_told_in_role_and_person(officer: Clerk, someone: Someone) -> None:
    makes = officer(ROLE + "Create", fresh(permissions=["inventory.receipt.write"]))
    approves = officer(
        ROLE + "Create",
        fresh(code="head", name="科长", permissions=["inventory.receipt.approve"]),
    )
    assert not makes.conflicts
    target = someone()
    grant = person_pb2.GrantRequest(id=target.who.id, version=1)
    grant.grants.add(role_id=makes.id)
    grant.grants.add(role_id=approves.id)
    answer = officer("admin.PersonService.Grant", grant)
    assert "：入库单。" in answer.conflicts


def test_the_configuration_may_refuse_conflicts(home: Path, pki: Pki) -> None:
    settings = config.load(home=home, port=0, duty_conflicts="refuse")
    running = Running(settings)
    running.start()
    key = PrivateKey.generate()
    rights = ["admin.role.read", "admin.role.write"]
    who = make_person_in(running.worker.app.sessions, pki, key, rights)
    with running.worker.app.sessions.read() as db:
        clerk = Clerk(running.port, pki, who, key, who.certificate(db))
    clerk.log_in()
    both = fresh(permissions=["inventory.receipt.write", "inventory.receipt.approve"])
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(ROLE + "Create", both)
    clerk.close()
    running.stop(grace=1)
    assert "入库单" in faults_of(error.value)["permissions"]


@pytest.mark.requirement(80)
def test_the_catalogue_tells_who_holds_what(officer: Clerk, someone: Someone) -> None:
    holder = someone("admin.department.read")
    area = Filter(field="area", values=["admin"])
    rows = officer("admin.PermissionService.List", ListRequest(filters=[area])).rows
    department = next(row for row in rows if row.code == "admin.department.read")
    assert (department.record, department.label) == ("部门", "查询部门、查看部门")
    assert f"角色{holder.who.staff_no}" in department.roles
    signed = next(row for row in rows if row.code == "admin.person.grant")
    assert signed.signed
    asked = permission_pb2.HoldersRequest(code="admin.department.read")
    answer = officer("admin.PermissionService.Holders", asked)
    assert [h.staff_no for h in answer.holders] == [holder.who.staff_no]
