"""The doctor's tablet: written without a server, kept through a crash, sent exactly once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from client.core.program import Program
from client.emr import sections
from client.emr.tablet import TabletPage
from protos.emr import case_record_pb2 as pb
from server.core.run import Running
from server.emr.tables import CaseRecord
from server.inventory.consumption import Consumption
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


def records(server: Running) -> list[CaseRecord]:
    """Every record of the server."""
    with server.worker.app.sessions.read() as db:
        found = list(db.scalars(select(CaseRecord)))
        for each in found:
            assert each.vital_sets is not None  # loaded while the session lasts
            assert each.treatments is not None
        return found


@pytest.mark.requirement(143)
@pytest.mark.requirement(144)
def test_written_and_signed_offline_it_arrives_once(
    hands: Hands, desk: Desk, server: Running, qtbot: QtBot
) -> None:
    offline(desk, qtbot)
    hands.fill()
    hands.sign()
    assert hands.screen.status.text() == "已签名，待上传"
    assert records(server) == []
    online(desk, qtbot)
    qtbot.waitUntil(lambda: hands.screen.status.text() == "已提交", timeout=SOON)
    (record,) = records(server)
    assert record.state == pb.CaseRecord.SUBMITTED
    assert record.signer_name == "陈医生"
    assert [each.sbp for each in record.vital_sets] == [168, 150]
    assert [each.kind for each in record.treatments] == [1, 2, 2, 3]
    with server.worker.app.sessions.read() as db:
        issued = db.scalars(select(Consumption)).one()
        assert issued.emr_id == record.id
        assert issued.quantity == 4
        assert db.scalar(select(func.count()).select_from(CaseRecord)) == 1
