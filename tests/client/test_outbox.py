"""The outbox: kept through a crash, sent in order, each once; a refusal waits for a person."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from client.core import outbox as module
from client.core.api import Api, ApiError
from client.core.outbox import Outbox
from client.core.store import Store
from protos.admin import department_pb2, person_pb2
from server.admin.department import Department
from server.core.run import Running
from tests.client.desk import SOON, Desk, an_ended_one

CREATE = department_pb2.DESCRIPTOR.services_by_name["DepartmentService"].methods_by_name["Create"]
GRANT = person_pb2.DESCRIPTOR.services_by_name["PersonService"].methods_by_name["Grant"]
KEY = bytes(16)


@pytest.fixture
def offline(tmp_path: Path, qapp: QApplication) -> Iterator[Callable[[], Outbox]]:
    """Opens, and opens again, one store's outbox in a program that reaches no server."""
    assert qapp
    made: list[Api] = []
    stores: list[Store] = []

    def open_again() -> Outbox:
        api = Api(f"unix:{tmp_path}/nobody.sock")
        stores.append(Store(tmp_path / "store.db", KEY))
        made.append(api)
        return Outbox(api, stores[-1])

    yield open_again
    for api in made:
        api.close()
    for store in stores:
        store.close()


def a_department(code: str) -> department_pb2.Department:
    return department_pb2.Department(
        code=code, name=f"{code}分站", kind=department_pb2.Department.STATION
    )


def codes(server: Running) -> list[str]:
    """The codes made by these tests, in the order they were made."""
    with server.worker.app.sessions.read() as db:
        found = db.scalars(select(Department).order_by(Department.created_at, Department.id))
        return [each.code for each in found if each.code.startswith("Q")]


def empty(outbox: Outbox) -> Callable[[], bool]:
    return lambda: not outbox.pending()


def test_what_was_added_survives_a_crash(offline: Callable[[], Outbox]) -> None:
    first = offline()
    ids = [first.add(CREATE, a_department(f"Q{n}"), subject=f"第{n}份") for n in (1, 2)]
    again = offline()
    assert [entry.id for entry in again.pending()] == ids
    assert [entry.subject for entry in again.pending()] == ["第1份", "第2份"]
    assert again.pending()[0].request == a_department("Q1")
    assert again.pending()[0].method is CREATE


def test_a_signed_write_cannot_wait(offline: Callable[[], Outbox]) -> None:
    with pytest.raises(ValueError, match="signed"):
        offline().add(GRANT, person_pb2.GrantRequest(id=1))


def test_nothing_is_sent_before_a_login(offline: Callable[[], Outbox]) -> None:
    outbox = offline()
    outbox.add(CREATE, a_department("Q1"))
    outbox.drain()
    assert outbox.pending()[0].state == module.WAITING


def test_it_is_sent_in_order_when_there_is_a_server(
    desk: Desk, server: Running, qtbot: QtBot
) -> None:
    outbox = desk.log_in().outbox
    sent: list[str] = []
    outbox.sent.connect(lambda each, _: sent.append(each))
    ids = [outbox.add(CREATE, a_department(f"Q{n}")) for n in range(5)]
    qtbot.waitUntil(empty(outbox), timeout=SOON)
    assert sent == ids
    assert codes(server) == [f"Q{n}" for n in range(5)]


def test_written_offline_it_is_sent_once_after_the_next_login(
    desk: Desk, server: Running, qtbot: QtBot
) -> None:
    window = desk.log_in()
    desk.cable.cut()
    qtbot.waitUntil(lambda: not window.api.is_online, timeout=SOON)
    for n in range(3):
        window.outbox.add(CREATE, a_department(f"Q{n}"))
    desk.cable.mend()
    desk.unlock(window)
    qtbot.waitUntil(empty(window.outbox), timeout=2 * SOON)
    assert codes(server) == ["Q0", "Q1", "Q2"]


def test_a_crash_between_commit_and_answer_doubles_nothing(
    desk: Desk, server: Running, qtbot: QtBot
) -> None:
    window = desk.log_in()
    desk.cable.mute = True
    window.outbox.add(CREATE, a_department("Q1"))
    qtbot.waitUntil(lambda: codes(server) == ["Q1"], timeout=SOON)
    window.outbox.stop()  # the program dies here: the answer never came
    desk.cable.cut()
    desk.cable.mend()
    assert desk.program.store is not None
    reborn = Outbox(window.api, desk.program.store)
    assert len(reborn.pending()) == 1
    desk.program.keeper.refresh()
    reborn.drain()
    desk.unlock(window)
    qtbot.waitUntil(empty(reborn), timeout=2 * SOON)
    assert codes(server) == ["Q1"]
    assert reborn.refused() == []


def test_a_refusal_is_kept_and_the_others_go_on(desk: Desk, server: Running, qtbot: QtBot) -> None:
    outbox = desk.log_in().outbox
    errors: list[tuple[str, Any]] = []
    outbox.rejected.connect(lambda *told: errors.append(told))
    bad = outbox.add(CREATE, a_department("q"), group="甲")
    held = outbox.add(CREATE, a_department("Q1"), group="甲")
    outbox.add(CREATE, a_department("Q2"), group="乙")
    qtbot.waitUntil(lambda: codes(server) == ["Q2"], timeout=SOON)
    qtbot.waitUntil(lambda: [each.id for each in outbox.pending()] == [held], timeout=SOON)
    assert errors[0][0] == bad
    assert isinstance(errors[0][1], ApiError)
    assert outbox.refused()[0].error


@pytest.mark.parametrize("decision", ["rewrite", "discard"])
def test_a_person_decides_about_a_refusal(
    desk: Desk, server: Running, qtbot: QtBot, decision: str
) -> None:
    outbox = desk.log_in().outbox
    bad = outbox.add(CREATE, a_department("q"), group="甲")
    outbox.add(CREATE, a_department("Q1"), group="甲")
    qtbot.waitUntil(lambda: bool(outbox.refused()), timeout=SOON)
    if decision == "rewrite":
        outbox.rewrite(bad, a_department("Q0"))
    else:
        outbox.discard(bad)
    qtbot.waitUntil(lambda: codes(server)[-1:] == ["Q1"], timeout=SOON)
    assert codes(server) == (["Q0", "Q1"] if decision == "rewrite" else ["Q1"])
    assert outbox.refused() == []


def test_the_window_shows_how_much_waits(desk: Desk, qtbot: QtBot) -> None:
    window = desk.log_in()
    desk.cable.cut()
    qtbot.waitUntil(lambda: not window.api.is_online, timeout=SOON)
    window.outbox.add(CREATE, a_department("Q1"))
    assert window.status.labels["outbox"].text() == "待发送 1"
    assert module.of(window.api) is window.outbox


def test_a_late_refusal_of_an_earlier_session_does_not_hold_it_up(
    desk: Desk, server: Running, qtbot: QtBot
) -> None:
    window = desk.log_in()
    good = window.api.session
    window.api.session = an_ended_one(good)
    window.outbox.add(CREATE, a_department("Q1"))
    window.outbox.drain()
    assert [entry.state for entry in window.outbox.pending()] == [module.SENDING]
    window.api.session = good  # the user logged in again before the refusal came
    qtbot.waitUntil(empty(window.outbox), timeout=SOON)
    assert codes(server) == ["Q1"]
    assert not window.is_locked
