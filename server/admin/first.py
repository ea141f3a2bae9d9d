"""The first people of a fresh installation: three administrators who watch one another."""

import secrets
import string
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.admin import department_pb2, person_pb2
from server.admin import password
from server.admin.department import Department
from server.admin.person import Grant, Person
from server.admin.role import Role
from server.admin.seed import ROLES, preset
from server.core.codes import codes
from server.core.errors import BusinessError

KINDS = ("system", "security", "audit")  # codes of the roles no two of which one person may hold
_LENGTH = 16
_MARKS = "!@#%+=?"


class Named(NamedTuple):
    """Who shall administer: staff number and name."""

    staff_no: str
    name: str


class Made(NamedTuple):
    """An administrator and the password that opens the door once."""

    role: str
    staff_no: str
    name: str
    password: str


def create(
    db: Session, now: datetime, unit: str, people: dict[str, Named], permissions: Iterable[str]
) -> list[Made]:
    """Write the unit, the roles of every job, and one administrator of each kind.

    ``people`` is keyed by the codes of KINDS. Each must set a password of his own at the first
    login. Raises BusinessError where people are known already or one would hold two offices.
    """
    if db.scalars(select(Person.id).limit(1)).first() is not None:
        raise BusinessError("已有人员档案，不能再建首批管理员；请由系统管理员在“人员信息”中登记")
    if len({each.staff_no for each in people.values()}) != len(KINDS):
        raise BusinessError("系统管理员、安全管理员、审计管理员必须是三个人，请给出三个不同的工号")
    office = _office(db, now, unit)
    known = sorted(permissions)
    roles = {row[0]: preset(now, known, *row) for row in ROLES}
    db.add_all(roles.values())
    db.flush()
    return [_administrator(db, now, office, roles[kind], people[kind]) for kind in KINDS]


def _office(db: Session, now: datetime, unit: str) -> Department:
    """The unit and, below it, the office the administrators belong to."""
    kinds = department_pb2.Department
    above: Department | None = None
    for code, name, kind in (("ZX", unit, kinds.CENTER), ("XX", "信息科", kinds.OFFICE)):
        made = Department(
            code=code, name=name, kind=kind, codes=codes(name, code), created_at=now,
            updated_at=now, parent_id=above.id if above else None,
        )  # fmt: skip
        made.path = f"{above.path if above else '/'}{made.id}/"
        db.add(made)
        db.flush()
        above = made
    assert above is not None
    return above


def _administrator(db: Session, now: datetime, office: Department, role: Role, who: Named) -> Made:
    person = Person(
        staff_no=who.staff_no, name=who.name, kind=person_pb2.Person.ADMINISTRATION,
        department_id=office.id, codes=codes(who.name, who.staff_no), created_at=now,
        updated_at=now, password_history="",
    )  # fmt: skip
    once = _once(person)
    password.put(person, password.derive("", once), now)
    person.must_change_password = True
    grant = Grant(role_id=role.id)
    grant.seal(person.id)
    person.grants = [grant]
    db.add(person)
    db.flush()
    return Made(role.name, who.staff_no, who.name, once)


def _once(person: Person) -> str:
    """A random password that keeps the rules."""
    while True:
        letters = string.ascii_letters + string.digits + _MARKS
        made = "".join(secrets.choice(letters) for _ in range(_LENGTH))
        try:
            password.refuse_weak(made, person.staff_no, person.codes)
        except BusinessError:
            continue
        return made
