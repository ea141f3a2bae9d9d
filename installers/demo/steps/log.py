"""In the audit office: every step is in the log, the log is whole, and a changed byte is named."""

import sqlite3

from client.admin.audit import AuditView, VerdictDialog
from installers.demo.forms import open_page
from installers.demo.hands import dialogs, press, wait
from installers.demo.run import Day

EXPECTED = ("UKEY登录", "提交", "审批通过", "入账")


def look_into_the_log(day: Day) -> None:
    """The audit administrator finds the steps and the refused ones, and verifies the log."""
    with day.at("SJ900", "admin") as desk:
        view = open_page(desk, "日志查询")
        assert isinstance(view, AuditView)
        shown = {row.label for row in view.model.rows}
        missing = [label for label in EXPECTED if label not in shown]
        assert not missing, f"日志里没有 {missing}"
        desk.shot("09-日志查询")
        press(view.verify_button)
        wait(lambda: dialogs(VerdictDialog), "核验结果")
        verdict = dialogs(VerdictDialog)[0]
        assert "日志完整" in verdict.summary.text(), verdict.summary.text()
        desk.shot("09-日志核验", verdict)
        verdict.reject()


def change_one_byte(day: Day) -> None:
    """One byte of one row is changed by SQL; the verifier names that row."""
    whole = day.server.command("verify-audit")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    with sqlite3.connect(day.world.server_home / "amb.sqlite") as db:
        row, seq = db.execute(
            "SELECT id, seq FROM audit_row ORDER BY id LIMIT 1 OFFSET 5"
        ).fetchone()
        db.execute("UPDATE audit_row SET staff_no = 'X' || substr(staff_no, 2) WHERE id = ?", [row])
    db.close()
    broken = day.server.command("verify-audit")
    day.keep("09-被改动的日志.txt", broken.stdout.encode())
    assert broken.returncode == 1
    assert f"第 {seq} 条（记录号 {row}）" in broken.stdout, broken.stdout
