"""The login log: sessions as they began and ended, and every login that was refused."""

from typing import Any

from sqlalchemy import case, cast, literal, null, select, union_all

from protos.admin import login_pb2 as pb
from protos.common import session_pb2
from protos.common.list_pb2 import IdRequest
from server.admin.login import LoginSession
from server.admin.person import Person
from server.core.audit import AuditRow
from server.core.call import Call
from server.core.db import Model, UtcDateTime
from server.core.errors import BusinessError, NotFound, Stale
from server.core.reading import ReadService

_SERVICE = session_pb2.DESCRIPTOR.services_by_name["SessionService"]
_WAYS = {
    _SERVICE.methods_by_name["FinishLogin"].full_name: pb.Login.UKEY,
    _SERVICE.methods_by_name["PasswordLogin"].full_name: pb.Login.PASSWORD,
}


def _sessions() -> Any:
    by_key = LoginSession.certificate.is_not(None)
    state = case((LoginSession.ended_at.is_(None), pb.Login.ONLINE), else_=pb.Login.ENDED)
    return select(
        LoginSession.id.label("id"),
        LoginSession.began_at.label("began_at"),
        Person.staff_no.label("staff_no"),
        Person.name.label("user_name"),
        Person.department_id.label("department_id"),
        case((by_key, pb.Login.UKEY), else_=pb.Login.PASSWORD).label("way"),
        LoginSession.address.label("workstation"),
        state.label("state"),
        LoginSession.seen_at.label("seen_at"),
        LoginSession.ended_at.label("ended_at"),
        LoginSession.end_reason.label("reason"),
    ).join(Person, Person.id == LoginSession.person_id)


def _refusals() -> Any:
    none = cast(null(), UtcDateTime())
    return (
        select(
            AuditRow.id,
            AuditRow.happened_at,
            AuditRow.staff_no,
            AuditRow.user_name,
            Person.department_id,
            case(_WAYS, value=AuditRow.action),
            AuditRow.workstation,
            literal(pb.Login.REFUSED),
            none,
            none,
            AuditRow.reason,
        )
        .outerjoin(Person, Person.id == AuditRow.user_id)
        .where(AuditRow.action.in_(_WAYS), AuditRow.result != "OK")
    )


_ALL = union_all(_sessions(), _refusals()).subquery("login_log")


class LoginRecord(Model):
    """One login or refused login; a view over sessions and audit rows, never written."""

    __table__ = _ALL
    __mapper_args__ = {"primary_key": [_ALL.c.id]}


class LoginService(ReadService[LoginRecord, pb.Login]):
    """Shows the login log, and ends sessions."""

    model = LoginRecord
    message = pb.Login
    page = pb.LoginList
    searches = ("staff_no", "user_name", "workstation", "reason")
    display = "staff_no"

    def Kick(self, call: Call, request: IdRequest) -> pb.Login:
        """End a session: its next call is refused."""
        session = call.db.get(LoginSession, request.id, with_for_update=True)
        if session is None:
            raise NotFound("没有这次登录，请刷新")
        if session.ended_at is not None:
            raise Stale("这次登录已经结束，请刷新")
        if session.id == call.user.session_id:
            raise BusinessError("不能强制自己下线，请用“退出”")
        session.ended_at, session.end_reason = call.now, f"由{call.user.name}强制下线"
        call.reason = f"登录编号 {session.id}"
        call.db.flush()
        call.changed.add(call.app.registry.name_of(type(self)))
        return self.answer(call, self.find(call, request.id))
