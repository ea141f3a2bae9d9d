"""The server's commands: safe to repeat, and clear about what they refuse."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from server import config
from server.__main__ import main
from server.admin.person import Person
from server.admin.seed import PEOPLE
from server.core.db import Sessions
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
    assert main(["--home", str(seeded), "import-dispatch", str(tmp_path / "none.json")]) == 1


def test_unknown_settings_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "amb.toml"
    file.write_text("portt = 1\n", "utf-8")
    with pytest.raises(ValueError, match="portt"):
        config.load(file)
