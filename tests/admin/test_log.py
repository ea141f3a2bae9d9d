"""The logs as the audit administrator reads them: changes in words, logins, sessions ended."""

from collections.abc import Callable

import grpc
import pytest

from protos.admin import department_pb2, login_pb2, person_pb2
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from server.admin.audit import told
from tests.people import Clerk, refused, text_of

Someone = Callable[..., Clerk]
LOGIN = "admin.LoginService."


@pytest.mark.parametrize(
    ("detail", "lines"),
    [
        ('{"变更":"修改","name":["王小明","王大明"]}', ["姓名：王小明 → 王大明"]),
        ('{"kind":[null,1],"phone_sealed":"***"}', ["人员类别：医师", "手机：***"]),
        ('{"phone_index":"***","codes":["a","b"],"title":["","主治"]}', ["职称：（空） → 主治"]),
        (
            '{"变更":"新增","name":[null,"王"],"title":[null,""],"birth_on":[null,null]}',
            ["姓名：王"],
        ),
        ("{}", [""]),
    ],
)
def test_changes_are_told_in_the_words_of_the_contract(detail: str, lines: list[str]) -> None:
    assert told(detail, person_pb2.Person.DESCRIPTOR) == "\n".join(lines)


@pytest.mark.requirement(83)
def test_an_entry_tells_what_was_changed(someone: Someone) -> None:
    clerk = someone("admin.department.write", "admin.department.read")
    kind = department_pb2.Department.STATION
    made = department_pb2.Department(code="L1", name="分站", kind=kind)
    clerk("admin.DepartmentService.Create", made)
    auditor = someone("admin.audit.read")
    request = ListRequest(filters=[Filter(field="staff_no", values=[clerk.who.staff_no])])
    entry = auditor("admin.AuditService.List", request).rows[0]
    assert {"名称：分站", "类型：分站", "编码：L1"} <= set(entry.changes.splitlines())
    assert auditor("admin.AuditService.Get", IdRequest(id=entry.id)).changes == entry.changes


@pytest.mark.requirement(83)
def test_the_login_log_shows_who_came_and_who_was_refused(someone: Someone) -> None:
    auditor = someone("admin.login.read")
    target = someone("admin.department.read")
    with refused(grpc.StatusCode.UNAUTHENTICATED):
        key, target.key = target.key, auditor.key
        target.log_in()
    target.key = key
    request = ListRequest(
        text=target.who.staff_no, order_by="began_at", descending=True, totals=True
    )
    page = auditor(LOGIN + "List", request)
    states = [row.state for row in page.rows]
    assert states == [login_pb2.Login.REFUSED, login_pb2.Login.ONLINE]
    assert page.info.count == 2
    assert {row.way for row in page.rows} == {login_pb2.Login.UKEY}
    assert "签名不对" in page.rows[0].reason
    only = Filter(field="state", values=["REFUSED"])
    page = auditor(LOGIN + "List", ListRequest(text=target.who.staff_no, filters=[only]))
    assert len(page.rows) == 1


def test_a_session_ended_by_the_officer_is_over_at_once(someone: Someone) -> None:
    officer = someone("admin.login.read", "admin.login.kick")
    target = someone("admin.department.read")
    row = officer(LOGIN + "List", ListRequest(text=target.who.staff_no)).rows[0]
    ended = officer(LOGIN + "Kick", IdRequest(id=row.id))
    assert ended.state == login_pb2.Login.ENDED
    with refused(grpc.StatusCode.UNAUTHENTICATED):
        target("admin.DepartmentService.List", ListRequest())
    with refused(grpc.StatusCode.ABORTED):
        officer(LOGIN + "Kick", IdRequest(id=row.id))
    own = officer(LOGIN + "List", ListRequest(text=officer.who.staff_no)).rows[0]
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        officer(LOGIN + "Kick", IdRequest(id=own.id))
    assert "退出" in text_of(error.value)
