"""The software card, and workstations over real PC/SC and in this process."""

import queue
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from ukey.key import VIRTUAL_ALLOWED, VIRTUAL_VARIABLE, Tokens
from ukey.virtual.attach import InProcessWorkstation, PcscWorkstation
from ukey.virtual.card import VirtualCard
from ukey.watch import Event

Workstation = PcscWorkstation | InProcessWorkstation
PIN, ADMIN_PIN = "123456", "12345678"


@pytest.fixture(scope="package", autouse=True)
def software_allowed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VIRTUAL_VARIABLE, VIRTUAL_ALLOWED)
        yield


@pytest.fixture
def card(tmp_path: Path) -> VirtualCard:
    return VirtualCard.create(tmp_path / "card.json", "张三的钥匙", "VK0001", PIN, ADMIN_PIN)


@pytest.fixture(scope="module")
def pcsc() -> Iterator[PcscWorkstation]:
    """The machine's one pcscd; its absence is a fault of the set-up, not a reason to skip."""
    with PcscWorkstation() as station:
        yield station


@pytest.fixture(params=["pcsc", "in_process"])
def station(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workstation]:
    """A workstation with an empty reader."""
    if request.param == "in_process":
        with InProcessWorkstation(tmp_path / "reader") as inside:
            yield inside
        return
    real = cast(PcscWorkstation, request.getfixturevalue("pcsc"))
    with Events(real.tokens) as events:
        yield real
        events.expect_empty(real)


class Events:
    """What a watcher reports, in order."""

    def __init__(self, tokens: Tokens) -> None:
        self._arrived: queue.Queue[Event] = queue.Queue()
        self._watch = tokens.watch(self._arrived.put)

    def __enter__(self) -> "Events":
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.stop()

    def expect(self, *wanted: Event, within: float = 1.0) -> None:
        """The next events are exactly these, each within so many seconds."""
        for event in wanted:
            assert self._arrived.get(timeout=within) is event

    def expect_empty(self, station: PcscWorkstation) -> None:
        """Pull what a test left inside, so that the next test starts with an empty reader."""
        if not station.tokens.readers():
            return
        station.remove()
        while self._arrived.get(timeout=2) is not Event.REMOVED or station.tokens.readers():
            pass
