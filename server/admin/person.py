"""The people who work here: master data, roles, UKEY and password."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crypto import sm3
from crypto.cert import Certificate
from crypto.errors import CryptoError
from protos.admin import person_pb2 as pb
from protos.admin import role_pb2
from server.admin import password
from server.admin.department import Department
from server.admin.policy import grant_mac
from server.admin.role import ADMINISTRATORS, Role
from server.core.call import Call
from server.core.codes import codes
from server.core.crud import CrudService
from server.core.db import Model, Record
from server.core.errors import BusinessError, Invalid
from server.core.sealing import Sealed


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
    state: Mapped[int] = mapped_column(default=pb.Person.ACTIVE)
    codes: Mapped[str] = mapped_column(String(400), default="")

    department: Mapped[Department] = relationship()
    grants: Mapped[list["Grant"]] = relationship(
        cascade="all, delete-orphan", order_by="Grant.id", back_populates="person"
    )

    phone = Sealed("PHONE")
    id_card = Sealed("ID_CARD")


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


class PersonService(CrudService[Person, pb.Person]):
    """Keeps the people, their roles and their keys."""

    model = Person
    message = pb.Person
    page = pb.PersonList
    searches = ("codes", "staff_no")
    code = "staff_no"

    def selectable(self, call: Call) -> Select[Person]:
        """People in use."""
        return select(Person).where(Person.state == pb.Person.ACTIVE)

    def check(self, call: Call, record: Person) -> None:
        """Nobody shares a phone or an ID card; lookup codes follow the name."""
        for name, label in (("phone", "手机号"), ("id_card", "身份证号")):
            self._refuse_shared(call, record, name, label)
        record.codes = codes(record.name, record.staff_no)

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
        kept = {grant.role_id: grant for grant in person.grants}
        person.grants = [kept.get(role) or Grant(role_id=role) for role in chosen]
        for grant in person.grants:
            grant.until_on = chosen[grant.role_id]
            grant.seal(person.id)
        call.reason = "、".join(role.name for role in roles)
        return self.save(call, person)

    def BindKey(self, call: Call, request: pb.BindKeyRequest) -> pb.Person:
        """Bind a UKEY's certificate to a person, in place of an earlier one."""
        person = self.load(call, request)
        bind_certificate(call, person, request.certificate)
        return self.save(call, person)

    def ResetPassword(self, call: Call, request: pb.ResetPasswordRequest) -> pb.Person:
        """Set a password that must be changed at the next login."""
        person = self.load(call, request)
        password.refuse_weak(request.password, person.staff_no, person.codes)
        password.put(person, request.password, call.now)
        person.must_change_password = True
        return self.save(call, person)

    def Disable(self, call: Call, request: pb.Person) -> pb.Person:
        """End a person's access at once."""
        person = self.load(call, request)
        if person.id == call.user.id:
            raise BusinessError("不能停用自己的账号")
        return self.save(call, person)

    def Enable(self, call: Call, request: pb.Person) -> pb.Person:
        """Let a person work again."""
        return self.save(call, self.load(call, request))
