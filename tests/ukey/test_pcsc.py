"""What only real PC/SC can show: the service dying and coming back, two tokens, one pcscd."""

import json
import os
import threading
from pathlib import Path

import pytest

from tests.ukey.conftest import ADMIN_PIN, PIN, Events
from ukey.errors import CardError, NoCard, SessionLost
from ukey.gmt0017 import Gmt0017
from ukey.key import VIRTUAL_ALLOWED, VIRTUAL_VARIABLE, tokens
from ukey.pcsc import PcscConnection, PcscTokens
from ukey.virtual import daemon as daemons
from ukey.virtual.attach import PcscWorkstation
from ukey.virtual.card import VirtualCard
from ukey.virtual.daemon import PcscDaemon
from ukey.watch import Event


def test_the_service_dies_and_comes_back(pcsc: PcscWorkstation, card: VirtualCard) -> None:
    with Events(pcsc.tokens) as events:
        pcsc.insert(card)
        events.expect(Event.INSERTED)
        key = pcsc.tokens.open()
        pcsc.daemon.kill()
        events.expect(Event.REMOVED, Event.SERVICE_GONE)
        with pytest.raises(SessionLost):
            key.random(8)
        key.close()
        for ask in (pcsc.tokens.open, pcsc.tokens.readers):
            with pytest.raises(NoCard, match="服务未运行"):
                ask()
        pcsc.daemon.restart()
        events.expect(Event.SERVICE_BACK)
        pcsc.insert(card)
        events.expect(Event.INSERTED)
        pcsc.tokens.open().close()
        pcsc.remove()
        events.expect(Event.REMOVED)


def test_a_watcher_may_start_before_the_service(pcsc: PcscWorkstation) -> None:
    pcsc.daemon.kill()
    with Events(pcsc.tokens) as events:
        events.expect(Event.SERVICE_GONE)
        pcsc.daemon.restart()
        events.expect(Event.SERVICE_BACK)


def test_closing_resets_the_card_itself(pcsc: PcscWorkstation, card: VirtualCard) -> None:
    """Even where a program dies before it can clear the PIN state."""
    with Events(pcsc.tokens) as events:
        pcsc.insert(card)
        events.expect(Event.INSERTED)
        [reader] = pcsc.tokens.readers()
        first = PcscConnection(reader)
        applet = Gmt0017(first)
        applet.verify_pin(PIN.encode())
        applet.generate()
        first.close()
        second = PcscConnection(reader)
        sign = bytes.fromhex("80740200 00 0024 1000 3001" + "ee" * 32 + "0000")
        assert second.transmit(sign).hex() == "698a"
        second.close()
        pcsc.remove()
        events.expect(Event.REMOVED)


def test_two_tokens_are_one_too_many(
    pcsc: PcscWorkstation, card: VirtualCard, tmp_path: Path
) -> None:
    other = VirtualCard.create(tmp_path / "other.json", "李四", "VK0002", PIN, ADMIN_PIN)
    second = pcsc.daemon.slot(1)
    with Events(pcsc.tokens) as events:
        pcsc.insert(card)
        second.insert(other)
        events.expect(Event.INSERTED, Event.INSERTED)
        assert len(pcsc.tokens.readers()) == 2
        with pytest.raises(CardError, match="2 个 UKEY"):
            pcsc.tokens.open()
        second.remove()
        events.expect(Event.REMOVED)
        pcsc.tokens.open().close()
        pcsc.remove()
        events.expect(Event.REMOVED)


def test_without_software_tokens_pcsc_is_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", VIRTUAL_ALLOWED):
        monkeypatch.setenv(VIRTUAL_VARIABLE, value)
        source = tokens()
        assert isinstance(source, PcscTokens)
        assert source.notice == ""


def test_pcscd_is_refused_in_normal_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VIRTUAL_VARIABLE)
    with pytest.raises(CardError, match="演示"):
        PcscDaemon()


@pytest.mark.usefixtures("pcsc")
def test_the_second_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemons, "LOCK_SECONDS", 0.0)
    with pytest.raises(CardError, match="占用"):
        PcscDaemon().start()


def test_a_foreign_service_is_left_alone(pcsc: PcscWorkstation, tmp_path: Path) -> None:
    with pytest.raises(CardError, match="已有 pcscd"):
        PcscDaemon(tmp_path).start()
    assert pcsc.tokens.readers() == []


def test_a_service_left_behind_is_taken_over(pcsc: PcscWorkstation) -> None:
    """As after a crash: the lock is free, the process runs, its record lies there."""
    pcsc.daemon._lock.release()
    heir = PcscDaemon()
    try:
        heir.start()
        assert heir._port == pcsc.daemon._port
        assert heir._pid == pcsc.daemon._pid
    finally:
        heir._lock.release()
        pcsc.daemon._lock.acquire()


@pytest.mark.usefixtures("pcsc")
def test_a_record_of_another_process_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "running.json").write_text(json.dumps({"pid": os.getpid(), "port": 20000}))
    with pytest.raises(CardError, match="已有 pcscd"):
        PcscDaemon(tmp_path).start()


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(daemons, "DRIVER", tmp_path / "absent.so")
    with pytest.raises(CardError, match="vsmartcard-vpcd"):
        PcscDaemon(tmp_path).start()


def test_many_threads_may_ask_for_readers(pcsc: PcscWorkstation, card: VirtualCard) -> None:
    with Events(pcsc.tokens) as events:
        pcsc.insert(card)
        events.expect(Event.INSERTED)
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda: found.append(len(pcsc.tokens.readers())))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        pcsc.remove()
        events.expect(Event.REMOVED)
    assert found == [1] * 8
