"""What every RPC passes through: who, may, what, once, signed, logged."""

import uuid
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from sqlalchemy import func, select

from protos import facts, signing
from protos.admin import department_pb2 as pb
from protos.admin import person_pb2
from protos.common.list_pb2 import IdRequest, ListRequest
from server.admin.department import Department
from server.admin.person import Grant
from server.admin.rights import RIGHTS
from server.admin.role import Role
from server.core.audit import AuditRow, CallSignature
from server.core.run import Running
from tests.people import Clerk, faults_of, refused, text_of

DEPARTMENT = "admin.DepartmentService."
Someone = Callable[..., Clerk]


def station(code: str = "FZ900", **values: object) -> pb.Department:
    return pb.Department(code=code, name="世纪大道分站", kind=pb.Department.STATION, **values)  # type: ignore[arg-type]


@pytest.fixture
def clerk(someone: Someone) -> Clerk:
    return someone("admin.department.read", "admin.department.write")


def count(server: Running, model: type, *conditions: object) -> int:
    with server.worker.app.sessions.read() as db:
        return db.scalar(select(func.count(model.id)).where(*conditions)) or 0  # type: ignore[attr-defined, arg-type]


def test_a_repeated_write_is_done_once_and_answered_alike(clerk: Clerk, server: Running) -> None:
    request_id = str(uuid.uuid4())
    first = clerk(DEPARTMENT + "Create", station(), request_id=request_id)
    again = clerk(DEPARTMENT + "Create", station(), request_id=request_id)
    assert first == again
    assert count(server, Department, Department.code == "FZ900") == 1


def test_a_request_id_is_good_for_one_request_only(clerk: Clerk) -> None:
    request_id = str(uuid.uuid4())
    clerk(DEPARTMENT + "Create", station(), request_id=request_id)
    with refused(grpc.StatusCode.INVALID_ARGUMENT):
        clerk(DEPARTMENT + "Create", station("FZ901"), request_id=request_id)


def test_every_fault_is_told_at_its_field(clerk: Clerk) -> None:
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(DEPARTMENT + "Create", pb.Department(code="fz 1", sort=-1))
    faults = faults_of(error.value)
    assert set(faults) == {"code", "name", "kind", "sort"}
    assert faults["code"] == "编码只能用数字和大写字母"


def test_a_stale_version_is_refused(clerk: Clerk) -> None:
    made = clerk(DEPARTMENT + "Create", station())
    newer = pb.Department()
    newer.CopyFrom(made)
    newer.phone = "58880000"
    clerk(DEPARTMENT + "Update", newer)
    made.address = "世纪大道1号"
    with refused(grpc.StatusCode.ABORTED):
        clerk(DEPARTMENT + "Update", made)


def test_a_verb_starts_from_its_states_only(clerk: Clerk) -> None:
    made = clerk(DEPARTMENT + "Create", station())
    off = clerk(DEPARTMENT + "Disable", IdRequest(id=made.id, version=made.version))
    assert off.state == pb.Department.DISABLED
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        clerk(DEPARTMENT + "Disable", IdRequest(id=off.id, version=off.version))
    assert "停用的记录不能停用" in text_of(error.value)


def test_a_call_without_session_is_refused_and_logged(clerk: Clerk, server: Running) -> None:
    clerk.session.Clear()
    with refused(grpc.StatusCode.UNAUTHENTICATED):
        clerk(DEPARTMENT + "List", ListRequest())
    assert count(server, AuditRow, AuditRow.result == "UNAUTHENTICATED") == 1


def test_a_call_without_permission_is_refused_and_logged(someone: Someone, server: Running) -> None:
    reader = someone("admin.department.read")
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        reader(DEPARTMENT + "Create", station())
    denied = AuditRow.result == "PERMISSION_DENIED"
    assert count(server, AuditRow, denied, AuditRow.user_id == reader.who.id) == 1
    assert count(server, Department, Department.code == "FZ900") == 0


def test_a_session_is_good_on_its_own_connection_only(someone: Someone) -> None:
    one, other = someone("admin.department.read"), someone("admin.department.read")
    other.session.id = one.session.id
    with refused(grpc.StatusCode.UNAUTHENTICATED):
        other(DEPARTMENT + "List", ListRequest())


@pytest.mark.parametrize("raw", [b"\xff\xff\xff", b"\x1a\x05ab", b"\x00" * 64])
def test_a_malformed_request_is_refused(clerk: Clerk, raw: bytes) -> None:
    method = facts.service("admin.DepartmentService").methods_by_name["Create"]
    call = clerk.channel.unary_unary(
        facts.method_path(method), request_serializer=None, response_deserializer=None
    )
    metadata = ((signing.SESSION, clerk.session.id), (signing.REQUEST, str(uuid.uuid4())))
    with refused(grpc.StatusCode.INVALID_ARGUMENT):
        call(raw, metadata=metadata, timeout=10)
    assert clerk(DEPARTMENT + "List", ListRequest()).rows


def test_an_oversize_message_is_refused_and_the_server_goes_on(
    clerk: Clerk, server: Running
) -> None:
    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED):
        clerk(DEPARTMENT + "List", ListRequest(text="长" * 6_000_000))
    assert count(server, AuditRow, AuditRow.result == "RESOURCE_EXHAUSTED") == 1
    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED):
        clerk(DEPARTMENT + "List", ListRequest(text="长" * 15_000_000))
    assert clerk(DEPARTMENT + "List", ListRequest()).rows


def test_a_signed_verb_needs_a_true_signature(someone: Someone, server: Running) -> None:
    officer = someone("admin.person.grant", "admin.person.read", "admin.role.read")
    target = someone()
    request = person_pb2.GrantRequest(id=target.who.id, version=1)
    method = facts.service("admin.PersonService").methods_by_name["Grant"]
    unsigned = [(signing.REQUEST, str(uuid.uuid4()))]
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        officer.raw(method, request, unsigned)
    answer = officer("admin.PersonService.Grant", request)
    assert not answer.grants
    assert count(server, CallSignature) == 3  # two logins and the grant


def test_a_signature_over_another_request_is_refused(someone: Someone) -> None:
    officer = someone("admin.person.grant", "admin.person.read")
    target = someone()
    method = facts.service("admin.PersonService").methods_by_name["Grant"]
    other = person_pb2.GrantRequest(id=officer.who.id, version=1)
    request_id = str(uuid.uuid4())
    metadata = officer._signature(method, request_id, other.SerializeToString())
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        request = person_pb2.GrantRequest(id=target.who.id, version=1)
        officer.raw(method, request, [*metadata, (signing.REQUEST, request_id)])


def test_keyset_pages_show_every_row_once(clerk: Clerk) -> None:
    for number in range(23):
        clerk(DEPARTMENT + "Create", station(f"P{number:02d}", sort=number % 3))
    seen: list[str] = []
    cursor = b""
    while True:
        page = clerk(
            DEPARTMENT + "List",
            ListRequest(limit=5, cursor=cursor, order_by="code", descending=True, totals=True),
        )
        seen += [row.code for row in page.rows]
        cursor = page.info.next
        if not cursor:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == page.info.count


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("then_descending", [False, True])
def test_pages_by_two_columns_show_every_row_once_in_order(
    clerk: Clerk, descending: bool, then_descending: bool
) -> None:
    above = clerk.who.department_id
    for number in range(13):
        parent = above if number % 3 else 0  # some have none: they stand last
        clerk(DEPARTMENT + "Create", station(f"P{number:02d}", parent_id=parent))
    ask = ListRequest(limit=4, order_by="parent_id", then_by="code")
    ask.descending, ask.then_descending = descending, then_descending
    rows: list[Any] = []
    while True:
        answer = clerk(DEPARTMENT + "List", ask)
        rows += answer.rows
        ask.cursor = answer.info.next
        if not ask.cursor:
            break
    shown = [(row.parent_id, row.code) for row in rows]
    by_code = sorted(shown, key=lambda pair: pair[1], reverse=then_descending)
    wanted = sorted(by_code, key=lambda pair: pair[0], reverse=descending)
    wanted.sort(key=lambda pair: not pair[0])
    assert shown == wanted
    assert len({row.id for row in rows}) == len(rows) >= 13


def test_a_jump_into_a_list_shows_what_stands_there(clerk: Clerk) -> None:
    for number in range(12):
        clerk(DEPARTMENT + "Create", station(f"P{number:02d}"))
    whole = clerk(DEPARTMENT + "List", ListRequest(order_by="code", limit=100)).rows
    jump = clerk(DEPARTMENT + "List", ListRequest(order_by="code", limit=3, offset=5))
    assert list(jump.rows) == list(whole[5:8])
    onwards = clerk(
        DEPARTMENT + "List", ListRequest(order_by="code", limit=3, cursor=jump.info.next)
    )
    assert list(onwards.rows) == list(whole[8:11])


def test_a_list_asks_the_database_a_fixed_number_of_times(
    clerk: Clerk, db_statements: list[str]
) -> None:
    for number in range(12):
        clerk(DEPARTMENT + "Create", station(f"Q{number:02d}", parent_id=clerk.who.department_id))
    db_statements.clear()
    clerk(DEPARTMENT + "List", ListRequest(limit=2))
    few = len(db_statements)
    db_statements.clear()
    clerk(DEPARTMENT + "List", ListRequest(limit=12))
    assert len(db_statements) == few


def test_a_role_row_changed_past_the_program_grants_nothing(
    someone: Someone, server: Running
) -> None:
    clerk = someone("admin.department.read")
    with server.worker.app.sessions.write() as db:
        granted = select(Grant.role_id).where(Grant.person_id == clerk.who.id)
        role = db.get_one(Role, db.scalars(granted).one())
        role.permissions = [*role.permissions, "admin.department.write"]
    RIGHTS.forget()
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        clerk(DEPARTMENT + "List", ListRequest())


def test_the_health_service_answers_monitors(clerk: Clerk) -> None:
    answer = health_pb2_grpc.HealthStub(clerk.channel).Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
