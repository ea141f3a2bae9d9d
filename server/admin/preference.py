"""What users prefer, the same on every workstation; and saved queries shared with a role.

Preferences leave no audit row: they change with every dragged column, touch nobody else and no
record, and would bury what matters.  Sharing reaches other people, so it is logged like any write.
Values are sealed at rest, because a saved query may hold a patient's name.
"""

from datetime import UTC, datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from protos import facts
from protos.common import preference_pb2 as pb
from protos.common.list_pb2 import Empty, IdRequest
from server.admin.person import Person
from server.admin.role import Role
from server.core.call import Call
from server.core.db import Model, Record
from server.core.errors import Forbidden, Invalid, NotFound, Stale, TooLarge
from server.core.mapping import timestamp
from server.core.sealing import Sealed

MOST_KEYS = 2000  # of one person: columns, queries and habits of some 150 pages
MOST_SHARED = 50  # queries of one page and role


class Preference(Model):
    """One setting of one person."""

    __tablename__ = "admin_preference"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    key: Mapped[str] = mapped_column(String(120))
    value_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    changed_at: Mapped[datetime]

    value = Sealed("NAME")


class SharedQuery(Record):
    """A saved query everybody of a role finds on the page."""

    __tablename__ = "admin_shared_query"
    __table_args__ = (UniqueConstraint("role_id", "service", "name"),)

    role_id: Mapped[int] = mapped_column(ForeignKey(Role.id))
    service: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(40))
    query_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    owner_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)

    query = Sealed("NAME")


class PreferenceService:
    """Every user reads and writes their own; nobody else's can be named."""

    contract = pb.DESCRIPTOR

    def Read(self, call: Call, request: Empty) -> pb.Preferences:
        """All of the caller's settings, and what is shared with the caller's roles."""
        chosen = select(Preference).where(Preference.person_id == call.user.id)
        kept = [
            pb.Preference(key=row.key, value=row.value, changed_at=timestamp(row.changed_at))
            for row in call.db.scalars(chosen.order_by(Preference.key))
            if row.value
        ]
        return pb.Preferences(preferences=kept, shared=_shared_with(call))

    def Write(self, call: Call, request: pb.WritePreferences) -> Empty:
        """Keep each change unless a newer one of the same key is there."""
        keys = [change.key for change in request.changes]
        chosen = select(Preference).where(
            Preference.person_id == call.user.id, Preference.key.in_(keys)
        )
        known = {row.key: row for row in call.db.scalars(chosen)}
        _refuse_too_many(call, len(set(keys) - set(known)))
        for change in request.changes:
            _write(call, known, change)
        return Empty()

    def Share(self, call: Call, request: pb.SharedQuery) -> pb.SharedQuery:
        """Offer a query to a role of the caller's; an earlier one of that name is replaced."""
        role_id = _own_role(call, request.role)
        _refuse_unreadable(call, request.service)
        chosen = select(SharedQuery).where(
            SharedQuery.role_id == role_id, SharedQuery.service == request.service
        )
        there = {row.name: row for row in call.db.scalars(chosen)}
        row = there.get(request.name)
        if row is None:
            if len(there) >= MOST_SHARED:
                raise TooLarge(f"这个页面已共享{MOST_SHARED}个查询，请先取消不用的")
            row = SharedQuery(
                role_id=role_id, service=request.service, name=request.name,
                owner_id=call.user.id, created_at=call.now, created_by=call.user.id,
                updated_at=call.now,
            )  # fmt: skip
            call.db.add(row)
        elif row.owner_id != call.user.id:
            raise Forbidden("别人已共享了同名的查询，请换一个名字")
        row.query, row.updated_at, row.updated_by = request.query, call.now, call.user.id
        call.db.flush()
        return _message(call, row, request.role, call.user.name)

    def Unshare(self, call: Call, request: IdRequest) -> Empty:
        """Take a shared query back."""
        row = call.db.get(SharedQuery, request.id)
        if row is None or row.owner_id != call.user.id:
            raise NotFound("这个查询不是您共享的，或已取消")
        if row.version != request.version:
            raise Stale
        call.db.delete(row)
        return Empty()


def _write(call: Call, known: dict[str, Preference], change: pb.Preference) -> None:
    at = min(change.changed_at.ToDatetime(UTC), call.now)  # a clock that is ahead means now
    row = known.get(change.key)
    if row is None:
        row = Preference(person_id=call.user.id, key=change.key, changed_at=at)
        call.db.add(row)
        known[change.key] = row
    elif row.changed_at > at:
        return
    row.value, row.changed_at = change.value or None, at


def _refuse_too_many(call: Call, more: int) -> None:
    if not more:
        return
    counted = select(func.count(Preference.id)).where(Preference.person_id == call.user.id)
    if (call.db.scalar(counted) or 0) + more > MOST_KEYS:
        raise TooLarge(f"个人设置超过{MOST_KEYS}项，请联系系统管理员清理")


def _own_role(call: Call, name: str) -> int:
    role_id = call.db.scalars(select(Role.id).where(Role.name == name)).first()
    if role_id is None or name not in call.user.roles:
        raise Invalid.at("role", "只能共享给自己所在的角色")
    return role_id


def _refuse_unreadable(call: Call, service: str) -> None:
    call.app.registry.records(service)
    listing = facts.service(service).methods_by_name["List"]
    if not call.user.may(facts.of_rpc(listing).permission):
        raise Forbidden("没有权限查看这类记录，不能共享它的查询")


def _shared_with(call: Call) -> list[pb.SharedQuery]:
    chosen = (
        select(SharedQuery, Role.name, Person.name)
        .join(Role, Role.id == SharedQuery.role_id)
        .join(Person, Person.id == SharedQuery.owner_id)
        .where(Role.name.in_(call.user.roles))
        .order_by(SharedQuery.service, SharedQuery.name)
    )
    return [_message(call, row, role, owner) for row, role, owner in call.db.execute(chosen)]


def _message(call: Call, row: SharedQuery, role: str, owner: str) -> pb.SharedQuery:
    return pb.SharedQuery(
        id=row.id,
        version=row.version,
        service=row.service,
        name=row.name,
        role=role,
        query=row.query,
        owner=owner,
        mine=row.owner_id == call.user.id,
    )
