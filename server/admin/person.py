"""The people who work here: master data, roles, UKEY and password."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, Select, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from crypto import sm3
from crypto.cert import Certificate
from crypto.errors import CryptoError
from protos.admin import person_pb2 as pb
from protos.admin import role_pb2
from protos.common.list_pb2 import IdRequest
from server.admin import duties, password
from server.admin.department import Department
from server.admin.identity import read_id_card
from server.admin.leaving import refuse_laden, refuse_unfinished
from server.admin.login import LoginFailure, end_sessions
from server.admin.policy import grant_mac
from server.admin.role import ADMINISTRATORS, Role
from server.core.call import Call
from server.core.changes import changed
from server.core.codes import codes
from server.core.crud import CrudService
from server.core.db import Model, Record
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.core.scope import within
from server.core.sealing import Sealed

MAY_LOG_IN = (pb.Person.ACTIVE, pb.Person.SECONDED)


class Person(Record):
    """One member of staff."""

    __tablename__ = "admin_person"

    staff_no: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(30))
    kind: Mapped[int]
    department_id: Mapped[int] = mapped_column(ForeignKey(Department.id), index=True)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), unique=True)
    id_card_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    id_card_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), unique=True)
    certificate_serial: Mapped[str | None] = mapped_column(String(48), unique=True)
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary())
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    password_set_at: Mapped[datetime | None]
    password_history: Mapped[str] = mapped_column(String(1200), default="")
    must_change_password: Mapped[bool] = mapped_column(default=False)
    sex: Mapped[int] = mapped_column(default=0)
    birth_on: Mapped[date | None]
    post: Mapped[str] = mapped_column(String(30), default="")
    title: Mapped[str] = mapped_column(String(30), default="")
    driving_class: Mapped[int] = mapped_column(default=0)
    driving_expires_on: Mapped[date | None]
    insurance_code: Mapped[str] = mapped_column(String(20), default="")
    shift_group: Mapped[str] = mapped_column(String(20), default="")
    entered_on: Mapped[date | None]
    left_on: Mapped[date | None]
    emergency_contact_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    emergency_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    due_on: Mapped[date | None] = mapped_column(index=True)
    remark: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[int] = mapped_column(default=pb.Person.ACTIVE)
    codes: Mapped[str] = mapped_column(String(400), default="")

    department: Mapped[Department] = relationship()
    grants: Mapped[list["Grant"]] = relationship(
        cascade="all, delete-orphan", order_by="Grant.id", back_populates="person"
    )

    licences: Mapped[list["Licence"]] = relationship(
        cascade="all, delete-orphan", order_by="Licence.position"
    )

    phone = Sealed("PHONE")
    id_card = Sealed("ID_CARD")
    emergency_contact = Sealed("NAME")
    emergency_phone = Sealed("PHONE")


class Licence(Model):
    """A licence to practise, with its number; without an end it holds for good."""

    __tablename__ = "admin_licence"

    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    position: Mapped[int]
    kind: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    issuer: Mapped[str] = mapped_column(String(40), default="")


class Grant(Model):
    """A role given to a person, to the end of a day or for good."""

    __tablename__ = "admin_grant"
    __table_args__ = (UniqueConstraint("person_id", "role_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    role_id: Mapped[int] = mapped_column(ForeignKey(Role.id), index=True)
    until_on: Mapped[date | None]
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))

    person: Mapped[Person] = relationship(back_populates="grants")
    role: Mapped[Role] = relationship()

    def seal(self, person_id: int) -> None:
        """Make the MAC fit what is granted now."""
        self.mac = grant_mac(person_id, self.role_id, self.until_on)

    def is_genuine(self) -> bool:
        """Whether the row is as this program wrote it."""
        return sm3.equal(self.mac, grant_mac(self.person_id, self.role_id, self.until_on))


def refuse_two_hats(roles: list[Role]) -> None:
    """No account holds two of the three administrators' roles, or one beside business."""
    kinds = {role.kind for role in roles}
    admins = kinds & set(ADMINISTRATORS)
    if len(admins) > 1:
        raise Invalid.at("grants", "系统、安全、审计管理员不能由同一人担任")
    if admins and role_pb2.Role.BUSINESS in kinds:
        raise Invalid.at("grants", "管理员账号不能同时有业务角色，请另设账号")


def take_identity(person: Person) -> None:
    """Fill birth date and sex from the identity card; Invalid where they contradict it."""
    if not person.id_card:
        return
    try:
        stated = read_id_card(person.id_card)
    except ValueError as error:
        raise Invalid.at("id_card", str(error)) from None
    if person.birth_on and person.birth_on != stated.birth_on:
        raise Invalid.at("birth_on", f"与身份证号不符，身份证号上是{stated.birth_on}")
    if person.sex and person.sex != stated.sex:
        raise Invalid.at("sex", "与身份证号不符，请核对")
    person.birth_on, person.sex = stated.birth_on, stated.sex


def check_licences(person: Person, today: date) -> None:
    """A licence ends after it began, and each number is entered once; the earliest end is kept."""
    seen = set()
    for at, licence in enumerate(person.licences):
        path = f"licences[{at}]"
        if licence.issued_on and licence.issued_on > today:
            raise Invalid.at(f"{path}.issued_on", "发证日期不能晚于今天")
        if licence.issued_on and licence.expires_on and licence.expires_on <= licence.issued_on:
            raise Invalid.at(f"{path}.expires_on", "有效期应晚于发证日期")
        if (licence.kind, licence.number) in seen:
            raise Invalid.at(f"{path}.number", "这张证照填了两遍，请删去一行")
        seen.add((licence.kind, licence.number))
    if person.driving_expires_on and not person.driving_class:
        raise Invalid.at("driving_class", "填了驾驶证有效期，请一并填写准驾车型")
    ends = [licence.expires_on for licence in person.licences]
    person.due_on = min((d for d in (*ends, person.driving_expires_on) if d), default=None)


def bind_certificate(call: Call, person: Person, der: bytes) -> None:
    """Let a person log in with that certificate; it must be ours, valid and the person's own."""
    try:
        certificate = Certificate.from_der(der)
        call.app.trust.verify(certificate, purpose="client_auth")
    except CryptoError as error:
        raise Invalid.at("certificate", f"证书不能用：{error}") from error
    if certificate.subject_serial != person.staff_no:
        raise Invalid.at("certificate", f"证书是工号{certificate.subject_serial}的，请核对UKEY")
    person.certificate = der
    person.certificate_serial = f"{certificate.serial:x}"


_DUE = (
    # fewer days left than
    (0, pb.Person.EXPIRED),
    (8, pb.Person.WITHIN_7_DAYS),
    (31, pb.Person.WITHIN_30_DAYS),
    (61, pb.Person.WITHIN_60_DAYS),
)


def how_due(due_on: str, today: date) -> "pb.Person.Due.ValueType":
    """How near the end of the first licence to end is; due_on is empty or yyyy-mm-dd."""
    if not due_on:
        return pb.Person.DUE_UNSPECIFIED
    left = (date.fromisoformat(due_on) - today).days
    return next((due for days, due in _DUE if left < days), pb.Person.VALID)


def told(grants: Sequence[Grant], roles: Sequence[Role]) -> str:
    """What is granted now, for the audit log: 库管员、收费员（至2026-12-31）."""
    names = {role.id: role.name for role in roles}
    texts = [
        names[grant.role_id] + (f"（至{grant.until_on}）" if grant.until_on else "")
        for grant in grants
    ]
    return "、".join(texts) or "收回全部角色"


class PersonService(CrudService[Person, pb.Person]):
    """Keeps the people, their roles and their keys."""

    model = Person
    message = pb.Person
    page = pb.PersonList
    searches = ("codes", "staff_no")
    code = "staff_no"
    details = ("post",)

    def visible(self, call: Call) -> Select[Person]:
        """People of the departments the user sees, and the user."""
        return within(call, select(Person), Person.department_id, Person.id)

    def selectable(self, call: Call) -> Select[Person]:
        """People at work, of every department: others refer to them by name and number."""
        return select(Person).where(Person.state.in_(MAY_LOG_IN))

    def complete(self, call: Call, messages: Sequence[pb.Person]) -> None:
        """Name the roles, and what duties in them should be apart."""
        held = _roles_of(call.db, [message.id for message in messages])
        today = shanghai_date(call.now)
        for message in messages:
            message.due = how_due(message.due_on, today)
            roles = held.get(message.id, [])
            message.roles = "、".join(role.name for role in roles)
            rights = [code for role in roles for code in role.permissions]
            message.conflicts = duties.warning(call, rights)

    def check(self, call: Call, record: Person) -> None:
        """Nobody shares a phone or an ID card; dates agree; lookup codes follow the name."""
        take_identity(record)
        check_licences(record, shanghai_date(call.now))
        for name, label in (("phone", "手机号"), ("id_card", "身份证号")):
            self._refuse_shared(call, record, name, label)
        record.codes = codes(record.name, record.staff_no)
        if "department_id" in changed(record):
            self._move(call, record)

    def _move(self, call: Call, person: Person) -> None:
        """To another department: his store is empty and comes along."""
        from server.inventory.warehouse import bring_along  # stock refers to people

        refuse_laden(call.db, person.id, person.name)
        bring_along(call.db, person)
        call.changed.add("inventory.WarehouseService")

    def _refuse_shared(self, call: Call, record: Person, name: str, label: str) -> None:
        index = getattr(record, f"{name}_index")
        if index is None:
            return
        column = getattr(Person, f"{name}_index")
        other = call.db.scalars(
            select(Person).where(column == index, Person.id != record.id)
        ).first()
        if other is not None:
            raise Invalid.at(name, f"{label}已登记在{other.name}（{other.staff_no}）名下，请核对")

    def Grant(self, call: Call, request: pb.GrantRequest) -> pb.Person:
        """Set a person's roles; nobody grants to himself."""
        person = self.load(call, request)
        if person.id == call.user.id:
            raise BusinessError("不能给自己授权，请由另一位安全管理员操作")
        chosen = {
            g.role_id: date.fromisoformat(g.until_on) if g.until_on else None
            for g in request.grants
        }
        roles = list(call.db.scalars(select(Role).where(Role.id.in_(chosen))))
        if len(roles) != len(chosen):
            raise Invalid.at("grants", "有不存在的角色，请刷新后重选")
        refuse_two_hats(roles)
        rights = [code for role in roles for code in role.permissions]
        duties.refuse_conflicts(call, rights, "grants")
        kept = {grant.role_id: grant for grant in person.grants}
        person.grants = [kept.get(role) or Grant(role_id=role) for role in chosen]
        for grant in person.grants:
            grant.until_on = chosen[grant.role_id]
            grant.seal(person.id)
        call.reason = f"{person.name}（{person.staff_no}）：{told(person.grants, roles)}"
        return self.save(call, person)

    def BindKey(self, call: Call, request: pb.BindKeyRequest) -> pb.Person:
        """Bind a UKEY's certificate to a person, in place of an earlier one."""
        person = self.load(call, request)
        bind_certificate(call, person, request.certificate)
        return self.save(call, person)

    def PrepareResetPassword(
        self, call: Call, request: pb.ResetPasswordRequest
    ) -> password.Derived:
        """Derive the new password."""
        with call.app.sessions.read() as db:
            chosen = select(Person.password_history).where(Person.id == request.id)
            history = db.scalar(chosen) or ""
        return password.derive(history, request.password)

    def ResetPassword(
        self, call: Call, request: pb.ResetPasswordRequest, new: password.Derived
    ) -> pb.Person:
        """Set a password that must be changed at the next login."""
        person = self.load(call, request)
        password.refuse_weak(request.password, person.staff_no, person.codes)
        password.put(person, new, call.now, "password")
        person.must_change_password = True
        call.db.execute(delete(LoginFailure).where(LoginFailure.account == person.staff_no))
        return self.save(call, person)

    def Second(self, call: Call, request: IdRequest) -> pb.Person:
        """Lend a person to another place for a time."""
        return self.save(call, self.load(call, request))

    def TakeLeave(self, call: Call, request: IdRequest) -> pb.Person:
        """Note a person as away: no login until back."""
        return self._lock_out(call, self.load(call, request), "休假")

    def Leave(self, call: Call, request: pb.LeaveRequest) -> pb.Person:
        """End a person's work here: every right goes, every session ends."""
        person = self.load(call, request)
        person.left_on = date.fromisoformat(request.left_on)
        if person.left_on > shanghai_date(call.now):
            raise Invalid.at("left_on", "离职日期不能晚于今天，请到当天再办理")
        if person.entered_on and person.left_on < person.entered_on:
            raise Invalid.at("left_on", f"离职日期不能早于入职日期{person.entered_on}")
        refuse_unfinished(call.db, person.id, person.name)
        person.grants = []
        person.password_hash = ""
        call.reason = request.reason
        return self._lock_out(call, person, "离职")

    def Disable(self, call: Call, request: IdRequest) -> pb.Person:
        """End a person's access at once."""
        return self._lock_out(call, self.load(call, request), "账号停用")

    def Enable(self, call: Call, request: IdRequest) -> pb.Person:
        """Let a person work again; one who had left is given roles anew."""
        person = self.load(call, request)
        person.left_on = None
        return self.save(call, person)

    def _lock_out(self, call: Call, person: Person, reason: str) -> pb.Person:
        if person.id == call.user.id:
            raise BusinessError(f"不能给自己办理{call.rpc.label}，请由另一位管理员操作")
        end_sessions(call.db, person.id, call.now, reason)
        return self.save(call, person)


def _roles_of(db: Session, person_ids: Collection[int]) -> dict[int, list[Role]]:
    chosen = select(Grant).where(Grant.person_id.in_(person_ids)).options(joinedload(Grant.role))
    found: dict[int, list[Role]] = {}
    for grant in db.scalars(chosen.order_by(Grant.id)):
        found.setdefault(grant.person_id, []).append(grant.role)
    return found
