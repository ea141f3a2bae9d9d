"""A workstation of the tests: a software key in a reader, and the real client before a server."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from server.core.pki import Pki
from server.core.run import Running
from tests.client.desk import Desk
from ukey.virtual.attach import Workstation
from ukey.virtual.card import VirtualCard


@pytest.fixture
def desk_of(
    server: Running,
    pki: Pki,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Desk]]:
    """Makes a workstation with the key of a person holding these permissions."""
    monkeypatch.setenv("AMB_VIRTUAL_UKEY", os.environ.get("AMB_VIRTUAL_UKEY", "allow"))
    desks: list[Desk] = []

    def make(
        *permissions: str,
        station: Workstation | None = None,
        card: type[VirtualCard] = VirtualCard,
        **values: Any,
    ) -> Desk:
        folder = tmp_path / f"desk{len(desks)}"
        made = Desk(server, pki, folder, qtbot, permissions, values, station, card)
        desks.append(made)
        return made

    yield make
    for each in desks:
        each.close()


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:
    """A workstation whose user may read and write departments."""
    return desk_of("admin.department.read", "admin.department.write")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform complains of every window with a least size; nothing is amiss."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", extend=True))
