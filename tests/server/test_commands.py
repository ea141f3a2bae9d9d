"""The server's commands: safe to repeat, and clear about what they refuse."""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crypto.cert import revoked_in
from crypto.sm2 import PrivateKey
from server import config, starting
from server.__main__ import main
from server.admin.password import is_right
from server.admin.person import Person
from server.admin.role import Role
from server.admin.seed import PEOPLE
from server.core.audit import AuditRow
from server.core.db import Sessions
from server.core.pki import Pki
from server.dispatch.task import Task

FEED = Path(__file__).resolve().parents[2] / "resources" / "demo" / "dispatch.json"


@pytest.fixture
def seeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home made and filled by the commands alone, twice."""
    monkeypatch.delenv("AMB_DATABASE", raising=False)
    home = tmp_path / "home"
    for command in ("init", "seed", "init", "seed"):
        assert main(["--home", str(home), command]) == 0
    return home


@pytest.fixture
def initial(tmp_path: Path, fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with keys, certificates and empty tables in SQLite."""
    monkeypatch.delenv("AMB_DATABASE", raising=False)
    home = Path(shutil.copytree(fresh_home, tmp_path / "home"))
    assert main(["--home", str(home), "migrate"]) == 0
    return home


def count(home: Path, model: type[Person | Task]) -> int:
    sessions = Sessions(config.load(home=home).database_url)
    with sessions.read() as db:
        found = db.scalar(select(func.count(model.id))) or 0
    sessions.close()
    return found


def test_init_and_seed_may_be_repeated(seeded: Path) -> None:
    assert count(seeded, Person) == len(PEOPLE)


def test_a_feed_is_taken_over_once(seeded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = count(seeded, Task)
    for _ in range(2):
        assert main(["--home", str(seeded), "import-dispatch", str(FEED)]) == 0
    assert count(seeded, Task) == before + len(json.loads(FEED.read_text("utf-8"))["tasks"])
    assert capsys.readouterr().out


def test_a_bad_feed_leaves_nothing_behind(
    seeded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = count(seeded, Task)
    feed = json.loads(FEED.read_text("utf-8"))
    feed["tasks"][-1]["vehicle_code"] = ""
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(feed, ensure_ascii=False), "utf-8")
    assert main(["--home", str(seeded), "import-dispatch", str(bad)]) == 1
    assert "未导入任何记录" in capsys.readouterr().out
    assert count(seeded, Task) == before
    assert noted(seeded)[-1] == "导入调度任务被拒"
    assert main(["--home", str(seeded), "import-dispatch", str(tmp_path / "none.json")]) == 1


def test_unknown_settings_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "amb.toml"
    file.write_text("portt = 1\n", "utf-8")
    with pytest.raises(ValueError, match="portt"):
        config.load(file)


ADMINS = ["--unit", "演练中心", "--system", "XT9", "冯一", "--security", "AQ9", "褚二"]


def test_the_first_administrators_are_made_once_and_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AMB_DATABASE", raising=False)
    home = str(tmp_path / "home")
    assert main(["--home", home, "init"]) == 0
    command = ["--home", home, "first-admins", *ADMINS, "--audit"]
    assert main([*command, "XT9", "冯一"]) == 1
    assert "三个不同的工号" in capsys.readouterr().out
    assert main([*command, "SJ9", "卫三"]) == 0
    shown = dict(re.findall(r"(\w+) \S+　一次性密码：(\S+)", capsys.readouterr().out))
    sessions = Sessions(config.load(home=Path(home)).database_url)
    with sessions.read() as db:
        people = {person.staff_no: person for person in db.scalars(select(Person))}
        assert set(people) == set(shown) == {"XT9", "AQ9", "SJ9"}
        for number, person in people.items():
            assert is_right(person.password_hash, shown[number])
            assert person.must_change_password
        offices = {db.get_one(Role, p.grants[0].role_id).kind for p in people.values()}
        assert len(offices) == len(people), "each holds another office"
        (row,) = db.scalars(select(AuditRow)).all()
        assert (row.action, row.result) == ("server.command.first-admins", "成功")
        assert not any(password in row.detail for password in shown.values())
    sessions.close()
    assert main([*command, "SJ8", "卫四"]) == 1
    assert "已有人员档案" in capsys.readouterr().out
    assert main(["--home", home, "verify-audit"]) == 0


def test_what_a_command_writes_is_in_the_log(
    seeded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--home", str(seeded), "import-dispatch", str(FEED)]) == 0
    assert main(["--home", str(seeded), "check-stock"]) == 0
    sessions = Sessions(config.load(home=seeded).database_url)
    with sessions.read() as db:
        actions = [row.action for row in db.scalars(select(AuditRow).order_by(AuditRow.seq))]
    sessions.close()
    assert actions[-2:] == ["server.command.import-dispatch", "server.command.check-stock"]
    assert main(["--home", str(seeded), "verify-audit"]) == 0
    assert "完整" in capsys.readouterr().out


def test_a_list_is_renewed_and_keeps_what_was_revoked(
    seeded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = seeded / "pki" / "ca.crl"
    command = ["--home", str(seeded), "revoke"]
    assert main([*command, "4204eb4f"]) == 0
    assert main([*command, "4204eb4f", "99", "--days", "60"]) == 0
    assert [serial for serial, *_ in revoked_in(path.read_bytes())] == [0x4204EB4F, 0x99]
    assert "2 张证书，60 天内有效" in capsys.readouterr().out
    kept = path.read_bytes()
    assert main([*command, "没有"]) == 1
    (seeded / "pki" / "ca.key").unlink()
    assert main(command) == 1
    assert "ca.key" in capsys.readouterr().out
    assert path.read_bytes() == kept


def noted(home: Path) -> list[str]:
    """What the audit log tells of commands."""
    sessions = Sessions(config.load(home=home).database_url)
    with sessions.read() as db:
        chosen = select(AuditRow.label).where(AuditRow.action.startswith("server.command."))
        found = list(db.scalars(chosen.order_by(AuditRow.happened_at, AuditRow.seq)))
    sessions.close()
    return found


def test_what_ends_is_told_and_can_be_renewed(
    seeded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, pki = ["--home", str(seeded)], Pki(seeded / "pki")
    assert main([*command, "certificates", "--days", "30"]) == 0
    assert re.search(r"还有 6 天　吊销列表.*\n共 4 项，30 天内到期 1 项", capsys.readouterr().out)
    old = pki.certificate("server")
    assert main([*command, "renew", "server"]) == 0
    new = pki.certificate("server")
    assert (new.common_name, new.names, new.purposes) == (old.common_name, old.names, old.purposes)
    assert new.serial != old.serial
    key = PrivateKey.from_pem((seeded / "pki" / "server.key").read_bytes())
    assert new.public_key == key.public_key
    assert noted(seeded)[-1] == "续签证书"
    (seeded / "pki" / "ca.key").unlink()
    assert main([*command, "renew", "workstation"]) == 1
    assert "ca.key" in capsys.readouterr().out


def spoil_key(home: Path) -> None:
    (home / "pki" / "server.key").write_bytes(PrivateKey.generate().to_pem())


def open_keys(home: Path) -> None:
    next((home / "keys").iterdir()).chmod(0o644)


def set_ahead(home: Path) -> None:
    with sqlite3.connect(config.load(home=home).database_url.removeprefix("sqlite:///")) as db:
        db.execute("UPDATE alembic_version SET version_num = 'later'")


def lose_tables(home: Path) -> None:
    Path(config.load(home=home).database_url.removeprefix("sqlite:///")).unlink()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda home: (home / "pki" / "server.crt").unlink(), "找不到"),
        (spoil_key, "证书与私钥不配"),
        (open_keys, "别人也能读"),
        (set_ahead, "比程序新"),
        (lose_tables, "运行 migrate"),
        (lambda home: shutil.rmtree(home / "keys"), "找不到"),
    ],
)
def test_what_keeps_it_from_serving_is_said_in_a_sentence(
    initial: Path, spoil: Callable[[Path], object], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(initial)
    assert main(["--home", str(initial), "--port", "0", "serve"]) == 1
    shown = capsys.readouterr().err
    assert told in shown
    assert "Traceback" not in shown


def test_what_ends_soon_is_told_and_what_holds_is_not(initial: Path) -> None:
    settings, now = config.load(home=initial), datetime.now(UTC)
    assert not list(starting.warnings(settings, now))
    (one,) = starting.warnings(settings, now + timedelta(days=6))
    assert one.startswith("吊销列表将在")
    both = list(starting.warnings(settings, now + timedelta(days=366)))
    assert [text[:5] for text in both] == ["吊销列表已", "服务器证书"]


def test_a_setting_that_is_wrong_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "amb.toml"
    for text in ("portt = 1\n", "port = \n"):
        file.write_text(text, "utf-8")
        assert main(["--config", str(file), "init"]) == 1
        assert capsys.readouterr().err.startswith("配置有误")
