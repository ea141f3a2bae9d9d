"""The software card by itself: what it keeps, what it refuses, and that no input upsets it."""

import json
import logging
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from stat import S_IMODE

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.errors import InvalidSignature
from crypto.sm2 import PublicKey
from tests.ukey.conftest import ADMIN_PIN, PIN
from ukey.errors import SW, CardError, WrongPin
from ukey.gmt0017 import Gmt0017
from ukey.iso7816 import Iso7816
from ukey.key import VIRTUAL_VARIABLE, Ukey
from ukey.virtual.card import ATR, VirtualCard
from ukey.virtual.chip import ATTEMPTS

E = bytes(range(32))


class Wire:
    """A card held by one program; closing it resets the card, as PC/SC does."""

    def __init__(self, card: VirtualCard) -> None:
        self.transmit = card.transmit
        self.close = card.reset


@pytest.fixture(params=[Gmt0017, Iso7816])
def key(request: pytest.FixtureRequest, card: VirtualCard) -> Ukey:
    return Ukey(request.param(card), Wire(card), "reader")


def test_sign_verifies_and_a_spoiled_digest_does_not(key: Ukey) -> None:
    key.verify_pin(PIN)
    public_key = PublicKey.from_point(key.generate())
    assert key.public_key() == public_key.point
    public_key.verify_digest(E, key.sign_digest(E))
    with pytest.raises(InvalidSignature):
        public_key.verify_digest(E[::-1], key.sign_digest(E))


@pytest.mark.parametrize("length", [1, 255, 256, 257, 1500, 4096])
def test_certificate_of_any_length(key: Ukey, length: int) -> None:
    key.verify_pin(PIN)
    key.generate()
    der = bytes(at % 251 for at in range(length))
    key.import_certificate(der)
    assert key.certificate() == der


@pytest.mark.parametrize("length", [4097, 9000])
def test_an_oversized_certificate_is_refused(key: Ukey, length: int) -> None:
    key.verify_pin(PIN)
    key.generate()
    with pytest.raises(CardError) as caught:
        key.import_certificate(bytes(length))
    assert caught.value.sw == SW.NO_ROOM


@pytest.mark.parametrize("length", [0, 1, 256, 257, 700])
def test_random(key: Ukey, length: int) -> None:
    assert len(key.random(length)) == length
    assert length < 8 or key.random(length) != key.random(length)


@pytest.mark.parametrize(
    "act",
    [Ukey.generate, lambda key: key.sign_digest(E), lambda key: key.import_certificate(b"x")],
    ids=["generate", "sign", "import"],
)
@pytest.mark.parametrize("end", [Ukey.clear, Ukey.close], ids=["clear", "close"])
def test_without_the_pin_nothing_moves(
    key: Ukey, card: VirtualCard, act: Callable[[Ukey], object], end: Callable[[Ukey], None]
) -> None:
    key.verify_pin(PIN)
    key.generate()
    before = card.path.read_bytes()
    end(key)
    with pytest.raises(CardError):
        act(key)
    assert card.path.read_bytes() == before


@pytest.mark.parametrize(("first", "then"), [(Iso7816, Gmt0017), (Gmt0017, Iso7816)])
def test_one_command_set_never_signs_on_the_others_pin(
    card: VirtualCard, first: type[Gmt0017 | Iso7816], then: type[Gmt0017 | Iso7816]
) -> None:
    key = first(card)
    key.verify_pin(PIN.encode())
    key.generate()
    other = then(card)
    with pytest.raises(CardError):
        other.sign_digest(E)


def test_opening_again_forgets_the_pin(key: Ukey, card: VirtualCard) -> None:
    key.verify_pin(PIN)
    key.generate()
    again = Ukey(type(key._applet)(card), Wire(card))  # type: ignore[call-arg]
    with pytest.raises(CardError) as caught:
        again.sign_digest(E)
    assert caught.value.sw == SW.NOT_ALLOWED


def test_pin_counts_down_blocks_and_is_unblocked(key: Ukey) -> None:
    for left in reversed(range(ATTEMPTS)):
        with pytest.raises(WrongPin) as caught:
            key.verify_pin("000000")
        assert caught.value.retries == left
        assert key.info().pin_retries == left
    with pytest.raises(WrongPin) as caught:
        key.verify_pin(PIN)
    assert caught.value.retries == 0
    key.unblock(ADMIN_PIN, "abc123")
    assert key.info().pin_retries == ATTEMPTS
    key.verify_pin("abc123")


def test_the_right_pin_gives_all_attempts_back(key: Ukey) -> None:
    with pytest.raises(WrongPin):
        key.verify_pin("000000")
    key.verify_pin(PIN)
    key.clear()
    assert key.info().pin_retries == ATTEMPTS


@pytest.mark.parametrize("new", ["abc123", "0123456789abcde", "0123456789abcdef"])
def test_change_pin(key: Ukey, new: str) -> None:
    key.change_pin(PIN, new)
    with pytest.raises(WrongPin):
        key.verify_pin(PIN)
    key.verify_pin(new)


def test_changing_with_a_wrong_pin_costs_an_attempt_and_changes_nothing(key: Ukey) -> None:
    with pytest.raises(WrongPin) as caught:
        key.change_pin("000000", "abc123")
    assert caught.value.retries == ATTEMPTS - 1
    key.verify_pin(PIN)


def test_a_wrong_admin_pin_costs_the_administrators_attempts(key: Ukey) -> None:
    for left in reversed(range(ATTEMPTS)):
        with pytest.raises(WrongPin) as caught:
            key.unblock("00000000", "abc123")
        assert caught.value.retries == left
    with pytest.raises(WrongPin):
        key.unblock(ADMIN_PIN, "abc123")
    assert key.info().pin_retries == ATTEMPTS


def test_initial_pin_is_known_until_changed(card: VirtualCard) -> None:
    key = Ukey.on(Wire(card))
    assert key.info().pin_default
    key.change_pin(PIN, "abc123")
    assert not key.info().pin_default
    key.unblock(ADMIN_PIN, PIN)
    assert key.info().pin_default


def test_a_proof_of_the_pin_works_once(card: VirtualCard) -> None:
    heard: list[bytes] = []

    class Tapped(Wire):
        def __init__(self) -> None:
            super().__init__(card)
            self.transmit = self._heard

        def _heard(self, command: bytes) -> bytes:
            heard.append(command)
            return card.transmit(command)

    Ukey.on(Tapped()).verify_pin(PIN)
    assert card.transmit(heard[-1]) == SW.CONDITIONS.to_bytes(2, "big")
    assert not any(PIN.encode() in command for command in heard)


def test_card_outlives_the_program(key: Ukey, card: VirtualCard) -> None:
    key.verify_pin(PIN)
    point = key.generate()
    key.import_certificate(b"certificate")
    with pytest.raises(WrongPin):
        key.verify_pin("000000")
    later = Ukey.on(Wire(VirtualCard(card.path)))
    assert (later.public_key(), later.certificate()) == (point, b"certificate")
    assert later.info().pin_retries == ATTEMPTS - 1


def test_a_new_key_makes_the_old_certificate_void(key: Ukey) -> None:
    key.verify_pin(PIN)
    key.generate()
    key.import_certificate(b"certificate")
    key.generate()
    with pytest.raises(CardError):
        key.certificate()


def test_file_is_private_and_holds_no_pin(card: VirtualCard) -> None:
    assert S_IMODE(card.path.stat().st_mode) == 0o600
    values = chain.from_iterable(
        one.values() for one in json.loads(card.path.read_text())["secrets"]
    )
    assert not {PIN, ADMIN_PIN} & set(values)


def test_check_byte_of_the_atr() -> None:
    total = 0
    for byte in ATR[1:]:
        total ^= byte
    assert total == 0


def test_software_card_is_refused_in_normal_operation(
    card: VirtualCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VIRTUAL_VARIABLE)
    with pytest.raises(CardError, match="演示"):
        VirtualCard(card.path)
    with pytest.raises(CardError, match="演示"):
        VirtualCard.create(card.path, "x", "x", PIN, ADMIN_PIN)


@pytest.mark.parametrize("content", ["", "{}", '{"secrets": 1}', "[]"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "card.json").write_text(content)
    with pytest.raises(CardError, match="无法读取"):
        VirtualCard(tmp_path / "card.json")


@pytest.mark.parametrize(("label", "pin"), [("很长的名称" * 3, PIN), ("ok", "12345")])
def test_impossible_cards_are_not_made(tmp_path: Path, label: str, pin: str) -> None:
    with pytest.raises(CardError):
        VirtualCard.create(tmp_path / "card.json", label, "x", pin, ADMIN_PIN)
    assert not list(tmp_path.iterdir())


INS = sorted(
    {0x02, 0x04, *range(0x14, 0x1E, 2), 0x20, 0x22, 0x24, 0x26, 0x28, 0x2A, 0x2C, 0x40, 0x42, 0x44}
    | {0x46, 0x47, 0x4C, 0x4E, 0x50, 0x70, 0x74, 0x84, 0x88, 0xA4, 0xC0, 0xCA, 0xDA}
)
HANDLES = st.sampled_from([b"", b"\x10\x00", b"\x10\x00\x30\x01"])
BODIES = st.builds(lambda head, tail: head + tail, HANDLES, st.binary(max_size=300))
LE = st.sampled_from([None, 0, 1, 8, 255, 256, 65535])


def _command(cla: int, ins: int, p: bytes, data: bytes, le: int | None) -> bytes:
    body = b"\0" + len(data).to_bytes(2, "big") + data if data else b"\0" if le is not None else b""
    return bytes([cla, ins]) + p + body + (b"" if le is None else le.to_bytes(2, "big"))


P = st.sampled_from([b"\0\0", b"\0\x01", b"\x01\0", b"\x02\0", b"\0\x81", b"\x80\0", b"\x9e\x9a"])
FORMED = st.builds(
    _command,
    st.sampled_from([0x00, 0x10, 0x80, 0x90, 0xFF]),
    st.sampled_from(INS),
    P | st.binary(min_size=2, max_size=2),
    BODIES,
    LE,
)
KNOWN = {int(sw) for sw in SW} - {SW.INTERNAL}


def _defined(sw: int) -> bool:
    return sw in KNOWN or sw >> 8 == 0x61 or sw & 0xFFF0 == 0x63C0


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    start=st.sampled_from([None, Gmt0017, Iso7816]),
    commands=st.lists(FORMED | st.binary(max_size=40), min_size=1, max_size=25),
)
def test_any_input_gets_a_defined_answer(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    start: type[Gmt0017 | Iso7816] | None,
    commands: list[bytes],
) -> None:
    """From cold and from the PIN verified: only known status words, and no fault behind 6F00."""
    caplog.set_level(logging.ERROR)
    card = VirtualCard.create(tmp_path / "card.json", "x", "x", PIN, ADMIN_PIN)
    if start:
        applet = start(card)
        applet.verify_pin(PIN.encode())
        applet.generate()
    for command in commands:
        answer = card.transmit(command)
        assert _defined(int.from_bytes(answer[-2:], "big")), (command.hex(), answer.hex())
    assert not caplog.records
