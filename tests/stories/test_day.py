"""The day of the demo, driven through the real windows; the same steps as ``make demo``."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from installers.demo.day import STEPS
from installers.demo.run import Day, run
from installers.demo.world import World, free_port


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("day")
    patch = pytest.MonkeyPatch()
    patch.setenv("AMB_VIRTUAL_UKEY", "allow")
    patch.delenv("AMB_DATABASE", raising=False)
    world = World(folder / "world", free_port())
    world.create()
    made = Day(world, folder)
    made.server.start()
    yield made
    made.server.stop()
    patch.undo()


def test_the_day_holds_from_login_to_a_whole_log(day: Day, qtbot: QtBot) -> None:
    del qtbot  # there must be an application
    done = run(day, STEPS, print)
    assert [result.error for result in done if not result.ok] == []
    assert len(done) == len(STEPS)
    assert (day.out / "report.json").exists()
    assert all(Path(day.out, name).stat().st_size for r in done for name in r.artefacts)
