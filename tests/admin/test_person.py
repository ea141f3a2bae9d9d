"""People: master data, licences, roles, keys, and what happens when somebody leaves."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import grpc
import pytest
from sqlalchemy import select

from protos.admin import person_pb2 as pb
from protos.admin import role_pb2
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from server.admin.department import Department
from server.admin.identity import read_id_card
from server.admin.login import LoginSession
from server.admin.person import (
    Licence,
    Person,
    check_licences,
    how_due,
    refuse_two_hats,
    take_identity,
)
from server.admin.role import Role
from server.core.errors import Invalid
from server.core.run import Running
from tests.people import Clerk, a_department, faults_of, refused, text_of

PERSON = "admin.PersonService."
ID_CARD = "11010519491231002X"  # the example of GB 11643
DAY = date(2026, 1, 2)
Someone = Callable[..., Clerk]


def doctor(clerk: Clerk, **values: object) -> pb.Person:
    made = pb.Person(
        staff_no="100234",
        name="王小明",
        kind=pb.Person.DOCTOR,
        department_id=clerk.who.department_id,
        phone="13812345678",
    )
    for name, value in values.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def clerk(someone: Someone) -> Clerk:
    return someone("admin.person.read", "admin.person.write")


# Rules


def test_an_id_card_states_birth_and_sex() -> None:
    assert read_id_card(ID_CARD) == (date(1949, 12, 31), pb.Person.FEMALE)


@pytest.mark.parametrize("number", ["110105194912310021", "11010519491331002X"])
def test_a_mistyped_id_card_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="核对"):
        read_id_card(number)


@pytest.mark.usefixtures("fresh_home")
@pytest.mark.parametrize(
    ("values", "path"),
    [({"birth_on": date(1950, 1, 1)}, "birth_on"), ({"sex": pb.Person.MALE}, "sex")],
)
def test_what_contradicts_the_id_card_is_refused(values: dict[str, object], path: str) -> None:
    with pytest.raises(Invalid) as error:
        take_identity(Person(id_card=ID_CARD, **values))
    assert error.value.faults[0].path == path


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ([{"issued_on": date(2026, 11, 25)}], "licences[0].issued_on"),
        ([{"issued_on": DAY, "expires_on": DAY}], "licences[0].expires_on"),
        ([{}, {}], "licences[1].number"),
    ],
)  # fmt: skip
def test_licences_must_make_sense(lines: list[dict[str, object]], path: str) -> None:
    made = [Licence(kind=pb.Licence.FIRST_AID, number="S1", **line) for line in lines]
    with pytest.raises(Invalid) as error:
        check_licences(Person(licences=made), date(2026, 11, 24))
    assert error.value.faults[0].path == path


def test_the_earliest_end_of_all_licences_is_kept() -> None:
    ends = [date(2028, 1, 1), None, date(2027, 5, 1)]
    person = Person(
        licences=[Licence(kind=1, number=str(n), expires_on=e) for n, e in enumerate(ends)],
        driving_class=pb.Person.B1,
        driving_expires_on=date(2027, 4, 1),
    )
    check_licences(person, date(2026, 11, 24))
    assert person.due_on == date(2027, 4, 1)


@pytest.mark.parametrize(
    ("due_on", "due"),
    [
        ("", pb.Person.DUE_UNSPECIFIED), ("2026-11-23", pb.Person.EXPIRED),
        ("2026-11-24", pb.Person.WITHIN_7_DAYS), ("2026-12-01", pb.Person.WITHIN_7_DAYS),
        ("2026-12-02", pb.Person.WITHIN_30_DAYS), ("2026-12-24", pb.Person.WITHIN_30_DAYS),
        ("2027-01-23", pb.Person.WITHIN_60_DAYS), ("2027-01-24", pb.Person.VALID),
    ],
)  # fmt: skip
def test_ending_licences_are_told_60_30_and_7_days_before(due_on: str, due: int) -> None:
    assert how_due(due_on, date(2026, 11, 24)) == due


@pytest.mark.parametrize(
    "kinds",
    [(role_pb2.Role.SYSTEM, role_pb2.Role.AUDIT), (role_pb2.Role.SECURITY, role_pb2.Role.BUSINESS)],
)
def test_nobody_wears_two_hats(kinds: tuple[int, int]) -> None:
    with pytest.raises(Invalid):
        refuse_two_hats([Role(kind=kind) for kind in kinds])


# Over the wire


@pytest.mark.requirement(78)
def test_a_person_is_created_found_and_masked(clerk: Clerk) -> None:
    made = doctor(clerk, id_card=ID_CARD, emergency_contact="王大锤", emergency_phone="13900001111")
    made.licences.add(
        kind=pb.Licence.DOCTOR_PRACTICE, number="110310000001", expires_on="2027-03-01"
    )
    kept = clerk(PERSON + "Create", made)
    assert (kept.phone, kept.id_card) == ("138****5678", "110***********002X")
    assert (kept.emergency_contact, kept.emergency_phone) == ("王*锤", "139****1111")
    assert (kept.sex, kept.birth_on, kept.due_on) == (pb.Person.FEMALE, "1949-12-31", "2027-03-01")
    found = clerk(PERSON + "List", ListRequest(text="wxm", totals=True))
    assert [row.staff_no for row in found.rows] == ["100234"]
    assert found.info.count == 1
    by_phone = Filter(field="phone", op=Filter.CONTAINS, values=["138 1234 5678"])
    assert clerk(PERSON + "List", ListRequest(filters=[by_phone])).rows[0].id == kept.id
    due = Filter(field="due_on", op=Filter.BETWEEN, values=["", "2027-04-01"])
    assert [r.id for r in clerk(PERSON + "List", ListRequest(filters=[due])).rows] == [kept.id]


def test_what_came_masked_is_not_saved_over_the_truth(clerk: Clerk, server: Running) -> None:
    kept = clerk(PERSON + "Create", doctor(clerk, emergency_contact="王大锤"))
    kept.title = "主治医师"
    again = clerk(PERSON + "Update", kept)
    again.phone = "139****0000"
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(PERSON + "Update", again)
    assert "星号" in faults_of(error.value)["phone"]
    with server.worker.app.sessions.read() as db:
        person = db.get_one(Person, kept.id)
        assert (person.phone, person.emergency_contact, person.title) == (
            "13812345678", "王大锤", "主治医师",
        )  # fmt: skip


def test_nothing_personal_stands_readable_in_the_database(clerk: Clerk, server: Running) -> None:
    kept = clerk(PERSON + "Create", doctor(clerk, id_card=ID_CARD, emergency_phone="13900001111"))
    columns = Person.__table__.columns
    with server.worker.app.sessions.read() as db:
        row = db.execute(select(*columns).where(Person.id == kept.id)).one()
    whole = repr(tuple(row))
    for secret in ("13812345678", ID_CARD, "13900001111"):
        assert secret not in whole


def test_two_people_do_not_share_a_phone(clerk: Clerk) -> None:
    clerk(PERSON + "Create", doctor(clerk))
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(PERSON + "Create", doctor(clerk, staff_no="100235", phone="+86 138-1234-5678"))
    assert faults_of(error.value) == {"phone": "手机号已登记在王小明（100234）名下，请核对"}


def test_reading_needs_its_permission(someone: Someone) -> None:
    clerk = someone("admin.person.write")
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        clerk(PERSON + "List", ListRequest())


@pytest.mark.parametrize(
    ("scope", "sees"),
    [
        (role_pb2.Role.SELF, {"self"}),
        (role_pb2.Role.DEPARTMENT, {"self", "beside"}),
        (role_pb2.Role.BELOW, {"self", "beside", "below"}),
        (role_pb2.Role.ALL, {"self", "beside", "below", "elsewhere"}),
    ],
)
def test_whose_records_are_seen_follows_the_scope_of_the_role(
    someone: Someone, server: Running, scope: int, sees: set[str]
) -> None:
    with server.worker.app.sessions.write() as db:
        station, crew = (a_department(db, datetime.now(UTC)) for _ in range(2))
        child = db.get_one(Department, crew)
        child.parent_id, child.path = station, f"/{station}/{crew}/"
    rights = ("admin.person.read", "admin.person.write")
    clerk = someone(*rights, scope=scope, department_id=station)
    people = {
        "self": clerk.who.id,
        "beside": someone(department_id=station).who.id,
        "below": someone(department_id=crew).who.id,
        "elsewhere": someone().who.id,
    }
    listed = {row.id for row in clerk(PERSON + "List", ListRequest(limit=100)).rows}
    assert {name for name, person in people.items() if person in listed} == sees
    for name in people.keys() - sees:
        with refused(grpc.StatusCode.NOT_FOUND):
            clerk(PERSON + "Get", IdRequest(id=people[name]))
        with refused(grpc.StatusCode.NOT_FOUND):
            clerk(PERSON + "Second", IdRequest(id=people[name], version=1))


def look(target: Clerk) -> None:
    """Do something harmless, to see whether the session is still served."""
    target("admin.DepartmentService.List", ListRequest())


def request_of(verb: str, person_id: int, version: int) -> object:
    if verb == "Leave":
        today = datetime.now(UTC).date().isoformat()
        return pb.LeaveRequest(id=person_id, version=version, left_on=today, reason="合同到期")
    return IdRequest(id=person_id, version=version)


@pytest.mark.requirement(78)
@pytest.mark.parametrize("verb", ["Leave", "TakeLeave", "Disable"])
def test_who_is_not_at_work_is_out_at_once(
    clerk: Clerk, someone: Someone, server: Running, verb: str
) -> None:
    target = someone("admin.department.read")
    look(target)
    clerk(PERSON + verb, request_of(verb, target.who.id, 1))  # type: ignore[arg-type]
    with refused(grpc.StatusCode.UNAUTHENTICATED):
        look(target)
    with refused(grpc.StatusCode.UNAUTHENTICATED) as error:
        target.session.Clear()
        target.log_in()
    assert "不在岗" in text_of(error.value)
    with server.worker.app.sessions.read() as db:
        chosen = select(LoginSession).where(LoginSession.person_id == target.who.id)
        assert all(login.ended_at for login in db.scalars(chosen))


@pytest.mark.demo
@pytest.mark.parametrize(
    ("staff_no", "left"),
    [
        ("YS001", ["陈医生个人药库里有", "浦东分站库的管理人员"]),
        ("KG002", ["中心库的管理人员"]),
    ],
)
def test_who_still_holds_goods_hands_them_over_before_leaving(
    clerk: Clerk, server: Running, staff_no: str, left: list[str]
) -> None:
    with server.worker.app.sessions.read() as db:
        person = db.scalars(select(Person).where(Person.staff_no == staff_no)).one()
        person_id, version = person.id, person.version
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        clerk(PERSON + "Leave", request_of("Leave", person_id, version))  # type: ignore[arg-type]
    assert all(text in text_of(error.value) for text in left)
    stopped = clerk(PERSON + "Disable", IdRequest(id=person_id, version=version))
    assert stopped.state == pb.Person.DISABLED


def test_who_left_has_no_roles_even_when_back(clerk: Clerk, someone: Someone) -> None:
    target = someone("admin.department.read")
    left = clerk(PERSON + "Leave", request_of("Leave", target.who.id, 1))  # type: ignore[arg-type]
    assert not left.grants
    back = clerk(PERSON + "Enable", IdRequest(id=left.id, version=left.version))
    assert (back.state, back.left_on, back.roles) == (pb.Person.ACTIVE, "", "")
    target.session.Clear()
    assert not target.log_in().permissions


def test_who_is_lent_elsewhere_still_works(clerk: Clerk, someone: Someone) -> None:
    target = someone("admin.department.read")
    clerk(PERSON + "Second", IdRequest(id=target.who.id, version=1))
    look(target)


def test_nobody_disables_himself(clerk: Clerk) -> None:
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        clerk(PERSON + "Disable", IdRequest(id=clerk.who.id, version=1))


def test_a_leaving_day_is_not_in_the_future(clerk: Clerk, someone: Someone) -> None:
    target = someone()
    request = pb.LeaveRequest(id=target.who.id, version=1, left_on="2099-01-01", reason="辞职")
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(PERSON + "Leave", request)
    assert "left_on" in faults_of(error.value)


def test_a_key_of_somebody_else_is_not_bound(someone: Someone) -> None:
    keeper = someone("admin.person.key")
    one, other = someone(), someone()
    der = other._certificate.der
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        keeper(PERSON + "BindKey", pb.BindKeyRequest(id=one.who.id, version=1, certificate=der))
    assert other.who.staff_no in faults_of(error.value)["certificate"]


def test_grants_run_out_and_cannot_be_given_to_oneself(someone: Someone) -> None:
    officer = someone("admin.person.grant", "admin.person.read", "admin.role.read")
    target = someone("admin.department.read")
    role = officer(PERSON + "Get", IdRequest(id=target.who.id)).grants[0].role_id
    request = pb.GrantRequest(id=target.who.id, version=1)
    request.grants.add(role_id=role, until_on="2020-01-01")
    granted = officer(PERSON + "Grant", request)
    assert granted.grants[0].until_on == "2020-01-01"
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        target("admin.DepartmentService.List", ListRequest())
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        officer(PERSON + "Grant", pb.GrantRequest(id=officer.who.id, version=1))


def test_a_list_of_people_asks_the_database_a_fixed_number_of_times(
    clerk: Clerk, someone: Someone, db_statements: list[str]
) -> None:
    for _ in range(6):
        someone("admin.department.read")
    db_statements.clear()
    clerk(PERSON + "List", ListRequest(limit=2))
    few = len(db_statements)
    db_statements.clear()
    assert len(clerk(PERSON + "List", ListRequest(limit=7)).rows) == 7
    assert len(db_statements) == few
