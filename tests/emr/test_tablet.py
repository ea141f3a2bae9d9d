"""The doctor's tablet: written without a server, kept through a crash, sent exactly once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from client.core.program import Program
from client.emr import sections
from client.emr.tablet import TabletPage
from server.core.run import Running
from tests.client.conftest import desk_of  # noqa: F401
from tests.client.desk import Desk
from tests.emr.tablet_world import SOON, Hands, crew_desk

LOOK = Path("var/look")


@pytest.fixture
def desk(server: Running, desk_of: Callable[..., Desk]) -> Desk:  # noqa: F811
    """The doctor's tablet."""
    return crew_desk(server, desk_of)


def page_of(program: Program) -> TabletPage:
    """The tablet's page in the main window."""
    assert program.window is not None
    page = program.window.findChild(TabletPage)
    assert isinstance(page, TabletPage)
    return page


@pytest.fixture
def hands(desk: Desk, qtbot: QtBot) -> Hands:
    """The doctor, logged in, with the record open."""
    window = desk.log_in()
    window.resize(1180, 820)
    made = Hands(page_of(desk.program), qtbot)
    made.open()
    return made


def offline(desk: Desk, bot: QtBot) -> None:
    """Cut the network and wait until the window knows."""
    window = desk.program.window
    assert window is not None
    desk.cable.cut()
    bot.waitUntil(lambda: not window.api.is_online, timeout=SOON)


def online(desk: Desk, bot: QtBot) -> None:
    """Mend the network; the doctor unlocks, and everything is sent."""
    window = desk.program.window
    assert window is not None
    desk.cable.mend()
    desk.unlock(window)
    bot.waitUntil(lambda: not window.outbox.pending(), timeout=2 * SOON)


@pytest.mark.look
def test_every_step_looks_right(hands: Hands, desk: Desk, qtbot: QtBot) -> None:
    window = desk.program.window
    assert window is not None
    LOOK.mkdir(parents=True, exist_ok=True)
    hands.fill()
    for step in range(len(sections.STEPS)):
        hands.screen.go(step)
        qtbot.waitExposed(window)
        qtbot.wait(200)  # a picture for a person: let layouts settle
        assert window.grab().save(str(LOOK / f"tablet-{step}.png"))
    hands.tap("record_back")
    assert window.grab().save(str(LOOK / "tablet-tasks.png"))
