"""What a user prefers: own, small, newest wins; shared only with one's own roles."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from protos import facts
from protos.common import preference_pb2 as pb
from protos.common.list_pb2 import Empty, IdRequest
from server.admin import preference
from server.core.audit import AuditRow
from server.core.registry import Registry
from server.core.run import Running
from server.services import SERVICES
from tests.people import Clerk, faults_of, refused

READ, WRITE, SHARE, UNSHARE = (
    f"common.PreferenceService.{name}" for name in ("Read", "Write", "Share", "Unshare")
)
NOW = datetime.now(UTC)
QUIET = {"common.PreferenceService.Write", "common.PresenceService.Hold",
         "common.PresenceService.Leave"}  # fmt: skip


def change(key: str, value: str, at: datetime = NOW) -> pb.Preference:
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return pb.Preference(key=key, value=value, changed_at=stamp)


def write(clerk: Clerk, *changes: pb.Preference) -> None:
    clerk(WRITE, pb.WritePreferences(changes=changes))


def read(clerk: Clerk) -> dict[str, str]:
    return {each.key: each.value for each in clerk(READ, Empty()).preferences}


def test_everybody_reads_their_own_only(someone: Callable[..., Clerk]) -> None:
    one, other = someone(), someone()
    write(one, change("theme", '"dark"'), change("tabs", "[1]"))
    write(other, change("theme", '"light"'))
    assert read(one) == {"theme": '"dark"', "tabs": "[1]"}
    assert read(other) == {"theme": '"light"'}


def test_the_newest_change_wins_whenever_it_arrives(someone: Callable[..., Clerk]) -> None:
    clerk = someone()
    write(clerk, change("theme", '"new"', NOW))
    write(clerk, change("theme", '"old"', NOW - timedelta(hours=1)))
    assert read(clerk) == {"theme": '"new"'}
    write(clerk, change("theme", "", NOW + timedelta(seconds=1)))
    write(clerk, change("theme", '"late"', NOW))
    assert read(clerk) == {}


def test_a_clock_that_is_ahead_does_not_win_for_ever(someone: Callable[..., Clerk]) -> None:
    clerk = someone()
    write(clerk, change("theme", '"future"', NOW + timedelta(days=300)))
    write(clerk, change("theme", '"now"', datetime.now(UTC) + timedelta(seconds=5)))
    assert read(clerk) == {"theme": '"now"'}


def test_too_much_is_refused_in_words(
    someone: Callable[..., Clerk], monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = someone()
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        write(clerk, change("x", "1" * 20_001))
    assert "最多20000个字" in faults_of(error.value)["changes[0].value"]
    monkeypatch.setattr(preference, "MOST_KEYS", 2)
    write(clerk, change("a", "1"), change("b", "1"))
    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED):
        write(clerk, change("c", "1"))
    write(clerk, change("a", "2", NOW + timedelta(seconds=1)))
    assert read(clerk) == {"a": "2", "b": "1"}


def query(clerk: Clerk, role: str = "", service: str = "admin.DepartmentService") -> pb.SharedQuery:
    role = role or clerk.session.roles[0]
    return pb.SharedQuery(service=service, name="停用的", role=role, query="{}")


def test_a_query_is_shared_with_one_s_own_role_for_pages_one_may_read(
    someone: Callable[..., Clerk],
) -> None:
    clerk, other = someone("admin.department.read"), someone()
    with refused(grpc.StatusCode.INVALID_ARGUMENT):
        clerk(SHARE, query(clerk, role=other.session.roles[0]))
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        clerk(SHARE, query(clerk, service="admin.PersonService"))
    made = clerk(SHARE, query(clerk))
    assert [each.name for each in clerk(READ, Empty()).shared] == ["停用的"]
    assert not other(READ, Empty()).shared
    with refused(grpc.StatusCode.NOT_FOUND):
        other(UNSHARE, IdRequest(id=made.id, version=made.version))
    clerk(UNSHARE, IdRequest(id=made.id, version=made.version))
    assert not clerk(READ, Empty()).shared


def test_sharing_is_in_the_log_and_arranging_columns_is_not(
    someone: Callable[..., Clerk], server: Running
) -> None:
    clerk = someone("admin.department.read")
    write(clerk, change("columns.x", "{}"))
    clerk(SHARE, query(clerk))
    with server.worker.app.sessions.read() as db:
        logged = [row.label for row in db.query(AuditRow).filter_by(user_id=clerk.who.id)]
    assert "共享查询" in logged
    assert "保存个人设置" not in logged


def test_only_what_concerns_nobody_else_goes_without_an_audit_row() -> None:
    quiet = {m.full_name for m, _ in Registry(SERVICES).methods() if facts.of_rpc(m).quiet}
    assert quiet == QUIET
