"""The audit log: complete, chained, and its verifier names the row."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from protos.admin import department_pb2 as pb
from protos.admin import person_pb2
from protos.common.list_pb2 import Empty, Filter, IdRequest, ListRequest
from server.__main__ import main
from server.admin.person import Grant
from server.core.audit import COVERED, AuditRow, EpochKeys, encode
from server.core.run import Running
from server.core.run_files import COPY, log_certificate
from server.core.verify import Verdict, verify
from tests.people import Clerk

Someone = Callable[..., Clerk]


def verdict(server: Running) -> Verdict:
    app = server.worker.app
    key = log_certificate(server.settings).public_key
    with app.sessions.read() as db:
        return verify(db, app.keys.audit, key, server.settings.home / COPY)


@pytest.fixture
def busy(someone: Someone, server: Running) -> Clerk:
    """A clerk who made some departments, with a checkpoint after them."""
    clerk = someone("admin.department.read", "admin.department.write")
    for number in range(5):
        made = pb.Department(code=f"A{number}", name=f"分站{number}", kind=pb.Department.STATION)
        clerk("admin.DepartmentService.Create", made)
    server.checkpoints.make()
    return clerk


@pytest.mark.usefixtures("busy")
def test_an_untouched_log_is_whole(server: Running) -> None:
    found = verdict(server)
    assert found.findings == []
    assert found.rows >= 6
    assert found.checkpoints >= 1


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit_row SET staff_no = staff_no || 'x' WHERE seq = 3", "第 3 条"),
        ("UPDATE audit_row SET detail = replace(detail, 'A1', 'A9') WHERE seq = 3", "第 3 条"),
        ("UPDATE audit_row SET record_id = record_id + 1 WHERE seq = 4", "第 4 条"),
        ("DELETE FROM audit_row WHERE seq = 2", "第 2 条"),
        ("DELETE FROM audit_row WHERE seq >= 6", "末尾缺失"),
        ("UPDATE audit_row SET mac = hash WHERE seq = 5", "校验码不符"),
        ("UPDATE audit_checkpoint SET size = size - 1", "签名无效"),
        ("DELETE FROM audit_stream", "整个日志流被删除"),
    ],
)
def test_the_verifier_names_what_was_done(server: Running, statement: str, said: str) -> None:
    with server.worker.app.sessions.write() as db:
        db.execute(text(statement))
    assert any(said in str(finding) for finding in verdict(server).findings)


@pytest.mark.usefixtures("busy")
def test_only_the_rows_that_were_touched_are_named(server: Running) -> None:
    whole = verdict(server).rows
    with server.worker.app.sessions.write() as db:
        db.execute(text("UPDATE audit_row SET reason = 'x' WHERE seq IN (2, 5)"))
    found = verdict(server)
    assert [(finding.seq, finding.text) for finding in found.findings] == [
        (2, "内容被改动"), (5, "内容被改动")
    ]  # fmt: skip
    assert found.rows == whole


@pytest.mark.usefixtures("busy")
def test_a_cut_tail_with_a_forged_head_is_caught_by_the_copy(server: Running) -> None:
    with server.worker.app.sessions.write() as db:
        last = db.scalars(select(AuditRow).where(AuditRow.seq == 4)).one()
        db.execute(text("DELETE FROM audit_row WHERE seq > 4"))
        db.execute(text("DELETE FROM audit_checkpoint"))
        db.execute(text("UPDATE audit_stream SET seq = 4, head = :head"), {"head": last.hash})
    assert any("另处保存" in str(finding) for finding in verdict(server).findings)


def test_every_step_and_every_refusal_is_there(busy: Clerk, someone: Someone) -> None:
    auditor = someone("admin.audit.read", "admin.audit.verify")
    page = auditor("admin.AuditService.List", ListRequest(text=busy.who.staff_no, limit=100))
    assert [row.label for row in page.rows].count("新增部门") == 5
    assert "UKEY登录" in [row.label for row in page.rows]
    with pytest.raises(Exception, match="没有权限"):
        auditor("admin.DepartmentService.List", ListRequest())
    denied = Filter(field="result", values=["PERMISSION_DENIED"])
    page = auditor("admin.AuditService.List", ListRequest(filters=[denied]))
    assert [row.staff_no for row in page.rows] == [auditor.who.staff_no]


def test_a_change_is_told_field_by_field_and_personal_data_is_not(someone: Someone) -> None:
    clerk = someone("admin.person.read", "admin.person.write", "admin.audit.read")
    made = clerk(
        "admin.PersonService.Create",
        person_pb2.Person(
            staff_no="N1",
            name="王小明",
            kind=person_pb2.Person.NURSE,
            department_id=clerk.who.department_id,
            phone="13912345678",
        ),
    )
    made.name = "王大明"
    clerk("admin.PersonService.Update", made)
    page = clerk(
        "admin.AuditService.List",
        ListRequest(filters=[Filter(field="record_id", values=[str(made.id)])]),
    )
    assert '"name":["王小明","王大明"]' in page.rows[0].detail
    assert all("13912345678" not in row.detail for row in page.rows)


def test_a_record_is_named_even_when_only_its_lines_changed(someone: Someone) -> None:
    clerk = someone("admin.person.read", "admin.person.write", "admin.audit.read")
    made = clerk("admin.PersonService.Get", IdRequest(id=clerk.who.id))
    made.licences.add(kind=person_pb2.Licence.FIRST_AID, number="S1")
    clerk("admin.PersonService.Update", made)
    mine = Filter(field="record_id", values=[str(made.id)])
    page = clerk("admin.AuditService.List", ListRequest(filters=[mine]))
    assert [row.label for row in page.rows] == ["修改人员"]


def test_a_grant_tells_who_got_what(someone: Someone) -> None:
    officer = someone("admin.person.grant", "admin.person.read", "admin.audit.read")
    target = someone(name="刘培训")
    request = person_pb2.GrantRequest(id=target.who.id, version=1)
    officer("admin.PersonService.Grant", request)
    mine = Filter(field="record_id", values=[str(target.who.id)])
    row = officer("admin.AuditService.List", ListRequest(filters=[mine])).rows[0]
    assert row.reason == f"刘培训（{target.who.staff_no}）：收回全部角色"


def test_reading_personal_data_unmasked_is_logged(someone: Someone, server: Running) -> None:
    clerk = someone("admin.person.read", "admin.personal.view")
    clerk("admin.PersonService.Get", IdRequest(id=clerk.who.id))
    server.worker.app.reads.flush()
    with server.worker.app.sessions.read() as db:
        labels = list(db.scalars(select(AuditRow.label).where(AuditRow.record_id == clerk.who.id)))
    assert "查看个人信息：查看人员" in labels


@pytest.mark.requirement(83)
def test_the_audit_administrator_queries_and_verifies(busy: Clerk, someone: Someone) -> None:
    auditor = someone("admin.audit.read", "admin.audit.verify")
    request = ListRequest(text=busy.who.staff_no, order_by="happened_at", totals=True)
    page = auditor("admin.AuditService.List", request)
    assert page.info.count >= 6
    times = [row.happened_at.ToDatetime() for row in page.rows]
    assert times == sorted(times)
    answer = auditor("admin.AuditService.Verify", Empty())
    assert list(answer.findings) == []
    assert answer.rows > page.info.count


def test_the_command_names_the_changed_row(
    home: Path, server: Running, busy: Clerk, capsys: pytest.CaptureFixture[str]
) -> None:
    del busy
    assert main(["--home", str(home), "verify-audit"]) == 0
    assert "审计日志完整" in capsys.readouterr().out
    with server.worker.app.sessions.write() as db:
        db.execute(text("UPDATE audit_row SET reason = 'x' WHERE seq = 3"))
    assert main(["--home", str(home), "verify-audit"]) == 1
    assert "第 3 条" in capsys.readouterr().out


def test_lines_of_a_document_are_told_too(someone: Someone, server: Running) -> None:
    clerk = someone("admin.person.grant", "admin.person.read")
    target = someone()
    with server.worker.app.sessions.read() as db:
        role = db.scalars(select(Grant.role_id).where(Grant.person_id == clerk.who.id)).one()
    request = person_pb2.GrantRequest(id=target.who.id, version=1)
    request.grants.add(role_id=role)
    clerk("admin.PersonService.Grant", request)
    with server.worker.app.sessions.read() as db:
        granted = select(AuditRow.detail).where(AuditRow.record_id == target.who.id)
        detail = json.loads(db.scalars(granted.order_by(AuditRow.id.desc())).first() or "{}")
    assert [line["role_id"] for line in detail["grants"]["新增"]] == [role]
    assert len(detail["grants"]["删除"]) == 1


def test_what_is_hashed_is_canonical_json() -> None:
    texts = 'line\n引号"反斜\\ \u2028 \x01 😀 %s {} 张三'
    row = AuditRow(
        id=2**62, happened_at=datetime(2026, 7, 1, 8, 0, 0, 5, tzinfo=UTC), user_id=0,
        staff_no="", user_name=texts, workstation="%", session_id=-1, action=texts, label="'",
        record_kind="\t", record_id=1, result="OK", reason=texts, detail='{"a":[1]}',
        signature_id=7,
    )  # fmt: skip
    values = {name: getattr(row, name) for name in COVERED}
    values["happened_at"] = "2026-07-01T08:00:00.000005+00:00"
    plain = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert encode(row) == plain.encode()


def test_the_key_of_an_epoch_is_the_same_whatever_was_asked_before() -> None:
    begin = datetime(2026, 2, 1, tzinfo=UTC)
    moments = [begin + timedelta(minutes=15 * n) for n in (0, 40, 39, 3, 41, 0, 2, 40)]
    keys = EpochKeys(bytes(32))
    assert [keys.at(moment) for moment in moments] == [
        EpochKeys(bytes(32)).at(moment) for moment in moments
    ]
    assert len({keys.at(moment) for moment in moments}) == 6
