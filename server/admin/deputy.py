"""Deputies: who approves in place of whom, from one day to another."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from protos.admin import deputy_pb2 as pb
from protos.facts import Fault
from server.admin.person import MAY_LOG_IN, Person
from server.admin.rights import RIGHTS
from server.core import scope
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Record
from server.core.errors import Forbidden, Invalid
from server.core.numbering import document_number, shanghai_date

LONGEST = timedelta(days=90)  # of one appointment; who stays away longer gets a role


class Deputy(Record):
    """One person standing in for another; both days belong to it."""

    __tablename__ = "admin_deputy"

    number: Mapped[str] = mapped_column(String(20), unique=True)
    principal_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    from_on: Mapped[date] = mapped_column(index=True)
    until_on: Mapped[date] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(100))
    state: Mapped[int] = mapped_column(default=pb.Deputy.ACTIVE)
    ended_reason: Mapped[str] = mapped_column(String(100), default="")


def principals_of(db: Session, deputy_id: int, today: date) -> list[int]:
    """The people a person stands in for today."""
    chosen = select(Deputy.principal_id).where(
        Deputy.deputy_id == deputy_id,
        Deputy.state == pb.Deputy.ACTIVE,
        Deputy.from_on <= today,
        Deputy.until_on >= today,
    )
    return list(db.scalars(chosen))


def faults(deputy: Deputy, today: date) -> Iterator[Fault]:
    """What is wrong with an appointment by itself."""
    if deputy.principal_id == deputy.deputy_id:
        yield Fault("deputy_id", "代理人不能是本人，请另选一位")
    if deputy.from_on < today:
        yield Fault("from_on", "开始日期不能早于今天")
    if deputy.until_on < deputy.from_on:
        yield Fault("until_on", "结束日期不能早于开始日期")
    elif deputy.until_on - deputy.from_on >= LONGEST:
        yield Fault("until_on", f"一次最多代理{LONGEST.days}天，更久请由安全管理员授予角色")


class DeputyService(CrudService[Deputy, pb.Deputy]):
    """Keeps the appointments: everybody's own, and those of the departments in one's scope."""

    model = Deputy
    message = pb.Deputy
    page = pb.DeputyList
    searches = ("number", "reason")
    display = "number"
    code = "number"

    def visible(self, call: Call) -> Select[Deputy]:
        """Where the user is one of the two, or the principal's department is in scope."""
        if call.user.departments is None:
            return select(Deputy)
        chosen = select(Deputy).join(Person, Person.id == Deputy.principal_id)
        mine = scope.within(call, chosen, Person.department_id, Deputy.principal_id)
        standing_in = chosen.where(Deputy.deputy_id == call.user.id)
        return chosen.where(Deputy.id.in_(_ids(mine)) | Deputy.id.in_(_ids(standing_in)))

    def start(self, call: Call, record: Deputy) -> None:
        """Number it; without a principal it is the user's own."""
        record.number = document_number(call, "DL")
        record.principal_id = record.principal_id or call.user.id

    def check(self, call: Call, record: Deputy) -> None:
        """The two are different people at work, the days make sense, and it is not there yet."""
        principal = _at_work(call.db, record.principal_id, "principal_id")
        _at_work(call.db, record.deputy_id, "deputy_id")
        within = call.user.departments is None or principal.department_id in call.user.departments
        if record.principal_id != call.user.id and not within:
            raise Forbidden("只能安排本人或本人管理范围内人员的代理")
        if found := list(faults(record, shanghai_date(call.now))):
            raise Invalid(*found)
        if other := call.db.scalars(_same(record)).first():
            raise Invalid.at("deputy_id", f"这段时间已有代理安排{other.number}，请先收回")

    def save(self, call: Call, record: Deputy, *, move: bool = True) -> pb.Deputy:
        """Let the change of rights hold at once."""
        call.after_commit.append(RIGHTS.forget)
        return super().save(call, record, move=move)

    def End(self, call: Call, request: pb.DeputyEndRequest) -> pb.Deputy:
        """Take the deputy's rights back."""
        deputy = self.load(call, request)
        deputy.ended_reason = request.reason
        return self.save(call, deputy)


def _ids(chosen: Select[Deputy]) -> Select[int]:
    return chosen.with_only_columns(Deputy.id)


def _at_work(db: Session, person_id: int, field: str) -> Person:
    person = db.get(Person, person_id)
    if person is None or person.state not in MAY_LOG_IN:
        raise Invalid.at(field, "没有这个人或其账号已停用，请重新选择")
    return person


def _same(record: Deputy) -> Select[Deputy]:
    return select(Deputy).where(
        Deputy.id != record.id,
        Deputy.state == pb.Deputy.ACTIVE,
        Deputy.principal_id == record.principal_id,
        Deputy.deputy_id == record.deputy_id,
        Deputy.from_on <= record.until_on,
        Deputy.until_on >= record.from_on,
    )
