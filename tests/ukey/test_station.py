"""The life of a token as a workstation sees it, over real PC/SC and in this process alike."""

import threading
from pathlib import Path

import pytest

from crypto.cert import Authority, Profile, Subject
from crypto.sm2 import PublicKey
from tests.ukey.conftest import ADMIN_PIN, PIN, Events, Workstation
from ukey import issuing
from ukey.apdu import LIMIT
from ukey.errors import SW, CardError, NoCard, SessionLost, WrongPin
from ukey.key import Tokens, Ukey
from ukey.virtual.card import VirtualCard
from ukey.watch import Event

E = bytes(range(32))


def test_from_insertion_to_removal(station: Workstation, card: VirtualCard) -> None:
    with Events(station.tokens) as events:
        station.insert(card)
        events.expect(Event.INSERTED)
        with station.tokens.open() as key:
            _use(key)
        station.remove()
        events.expect(Event.REMOVED)
        with pytest.raises(NoCard):
            station.tokens.open()


def _use(key: Ukey) -> None:
    authority = Authority.create("测试 CA", days=1)
    made = issuing.issue(key, PIN, authority, Subject("张三", "10001"), days=1)
    assert key.certificate() == made.der
    key.change_pin(PIN, "abc123")
    for left in (5, 4, 3, 2, 1, 0):
        with pytest.raises(WrongPin) as caught:
            key.verify_pin(PIN)
        assert caught.value.retries == left
    with pytest.raises(WrongPin) as caught:
        key.verify_pin("abc123")
    assert caught.value.retries == 0
    key.unblock(ADMIN_PIN, PIN)
    key.verify_pin(PIN)
    made.public_key.verify_digest(E, key.sign_digest(E))
    assert key.info().label == "张三的钥匙"


def test_a_long_certificate_crosses_the_reader(station: Workstation, card: VirtualCard) -> None:
    der = bytes(at % 251 for at in range(4096))
    with _inserted(station, card).open() as key:
        key.verify_pin(PIN)
        key.generate()
        key.import_certificate(der)
        assert key.certificate() == der
        assert len(key.random(1000)) == 1000


def test_the_longest_command_crosses_the_reader(station: Workstation, card: VirtualCard) -> None:
    with _inserted(station, card).open() as key:
        key.verify_pin(PIN)
        key.generate()
        with pytest.raises(CardError) as caught:
            key.import_certificate(bytes(LIMIT - 8))
        assert caught.value.sw == SW.NO_ROOM
        key.sign_digest(E)


def test_one_who_holds_the_token_for_a_moment_is_waited_for(
    station: Workstation, card: VirtualCard
) -> None:
    tokens = _inserted(station, card)
    holder = tokens.open()
    soon = threading.Timer(0.3, holder.close)
    soon.start()
    with tokens.open() as key:
        assert key.info().serial == "VK0001"
    soon.join()


def test_pulling_ends_the_session_for_good(station: Workstation, card: VirtualCard) -> None:
    with Events(station.tokens) as events:
        station.insert(card)
        events.expect(Event.INSERTED)
        key = station.tokens.open()
        key.verify_pin(PIN)
        key.generate()
        station.remove()
        with pytest.raises(SessionLost):
            key.sign_digest(E)
        events.expect(Event.REMOVED)
        station.insert(card)
        events.expect(Event.INSERTED)
        with pytest.raises(SessionLost):
            key.sign_digest(E)
        key.close()
        with station.tokens.open() as fresh, pytest.raises(CardError, match="PIN"):
            fresh.sign_digest(E)


def test_pulling_and_putting_back_unnoticed_ends_the_session(
    station: Workstation, card: VirtualCard
) -> None:
    with Events(station.tokens) as events:
        station.insert(card)
        events.expect(Event.INSERTED)
        key = station.tokens.open()
        key.verify_pin(PIN)
        key.generate()
        station.insert(card)
        events.expect(Event.REMOVED, Event.INSERTED)
        with pytest.raises(SessionLost):
            key.sign_digest(E)
        key.close()


def test_a_quick_swap_is_noticed(station: Workstation, card: VirtualCard, tmp_path: Path) -> None:
    other = VirtualCard.create(tmp_path / "other.json", "李四", "VK0002", PIN, ADMIN_PIN)
    with Events(station.tokens) as events:
        station.insert(card)
        events.expect(Event.INSERTED)
        key = station.tokens.open()
        station.insert(other)
        events.expect(Event.REMOVED, Event.INSERTED)
        with pytest.raises(SessionLost):
            key.public_key()
        key.close()
        with station.tokens.open() as now:
            assert now.info().serial == "VK0002"


def test_the_token_is_held_exclusively(station: Workstation, card: VirtualCard) -> None:
    tokens = _inserted(station, card)
    with tokens.open() as key:
        key.verify_pin(PIN)
        with pytest.raises(CardError, match="其他程序") as caught:
            tokens.open()
        assert not isinstance(caught.value, NoCard)
    with tokens.open() as key, pytest.raises(CardError):
        key.generate()


def test_a_closed_token_stays_closed(station: Workstation, card: VirtualCard) -> None:
    key = _inserted(station, card).open()
    key.close()
    key.close()
    with pytest.raises(SessionLost):
        key.info()


def test_a_token_already_inside_is_reported(station: Workstation, card: VirtualCard) -> None:
    tokens = _inserted(station, card)
    with Events(tokens) as events:
        events.expect(Event.INSERTED)


def test_each_watcher_hears_everything(station: Workstation, card: VirtualCard) -> None:
    with Events(station.tokens) as one, Events(station.tokens) as two:
        station.insert(card)
        one.expect(Event.INSERTED)
        two.expect(Event.INSERTED)


def test_stopping_a_watcher_does_not_wait_for_a_change(station: Workstation) -> None:
    watch = station.tokens.watch(lambda _: None)
    stopped = threading.Thread(target=watch.stop)
    stopped.start()
    stopped.join(timeout=0.9)
    assert not stopped.is_alive()


def test_signatures_keep_verifying(station: Workstation, card: VirtualCard) -> None:
    with _inserted(station, card).open() as key:
        key.verify_pin(PIN)
        public_key = PublicKey.from_point(key.generate())
        for number in range(50):
            e = public_key.digest(str(number).encode())
            public_key.verify_digest(e, key.sign_digest(e))


def test_the_authority_signs_for_what_is_in_the_token(
    station: Workstation, card: VirtualCard
) -> None:
    authority = Authority.create("测试 CA", days=1)
    with _inserted(station, card).open() as key:
        made = issuing.issue(key, PIN, authority, Subject("张三", "10001", "急救科"), days=1)
        assert made.public_key.point == key.public_key()
    assert (made.common_name, made.subject_serial) == ("张三", "10001")
    assert made.key_usage == set(Profile.USER.usages)


def test_software_tokens_say_so(station: Workstation) -> None:
    assert "仅供演示" in station.notice


def _inserted(station: Workstation, card: VirtualCard) -> Tokens:
    """The workstation's tokens once the card is known to be inside."""
    with Events(station.tokens) as events:
        station.insert(card)
        events.expect(Event.INSERTED)
    return station.tokens
