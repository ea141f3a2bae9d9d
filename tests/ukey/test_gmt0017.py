"""GM/T 0017 commands byte by byte; the PIN blocks were computed apart from our code."""

import pytest

from tests.ukey.script import Script
from ukey.errors import SW, CardError, WrongPin
from ukey.gmt0017 import STANDARD, Gmt0017, Profile
from ukey.key import Ukey
from ukey.pin import PinFormat, sha1

TEXTS = [("ACME", 64), ("CA", 64), ("张三", 32), ("SN-1", 32)]
DEVICE = "01000100" + "".join(text.encode().ljust(width, b"\0").hex() for text, width in TEXTS)
ASK_INFO = "80040000 00 0120"
INFO = f"{ASK_INFO} > {DEVICE} {'00' * 92} 9000"
ENUM = "80220000 00 0000 > 414d42313230 0000 9000"
OPEN = "80260000 00 0006 414d42313230 000a > 00000000 01010000 1000 9000"
OPENED = (INFO, ENUM, OPEN)
CONTAINERS = "80460000 00 0002 1000 0000 > 75736572 0000 9000"
CONTAINER = "80420000 00 0006 1000 75736572 0002 > 3001 9000"
RANDOM = "80500000 00 0008 > 0102030405060708 9000"
PROOF = "c83d82fd3906020c662bd9d8190604a2"
SHA1_PROOF = "3956e353a0adff64c759c86b0fefbfa1"
R, S = "01" * 32, "f1" + "02" * 31


def opened(script: Script, profile: Profile = STANDARD) -> Ukey:
    return Ukey(Gmt0017(script, profile), script, "reader")


def test_info() -> None:
    with Script(*OPENED, "80140001 00 0002 1000 0003 > 060401 9000") as script:
        info = opened(script).info()
    assert (info.manufacturer, info.label, info.serial) == ("ACME", "张三", "SN-1")
    assert (info.reader, info.pin_retries, info.pin_default) == ("reader", 4, True)


def test_the_pin_is_proved_not_sent() -> None:
    with Script(*OPENED, RANDOM, f"80180001 00 0012 1000 {PROOF} > 9000") as script:
        opened(script).verify_pin("123456")


def test_vendor_differences_are_values() -> None:
    vendor = Profile(pin=PinFormat(digest=sha1, fill=False, tail=bytes(8)), byteorder="little")
    export = "804e0100 00 0004 1000 3001 0000 > 03000000 aabbcc 9000"
    lines = (RANDOM, f"80180001 00 0012 1000 {SHA1_PROOF} > 9000", CONTAINERS, CONTAINER, export)
    with Script(*OPENED, *lines) as script:
        key = opened(script, vendor)
        key.verify_pin("123456")
        assert key.certificate() == b"\xaa\xbb\xcc"


def test_the_first_application_is_taken_where_ours_is_missing() -> None:
    enum = "80220000 00 0000 > 4f54484552 00 4d4f5245 0000 9000"
    other = "80260000 00 0005 4f54484552 000a > 00000000 01010000 1100 9000"
    with Script(INFO, enum, other, "801c0000 00 0002 1100 > 9000") as script:
        opened(script).clear()


@pytest.mark.parametrize(("sw", "retries"), [("63c5", 5), ("63c1", 1), ("6983", 0)])
def test_wrong_pin_tells_the_attempts_left(sw: str, retries: int) -> None:
    with Script(*OPENED, RANDOM, f"80180001 00 0012 1000 {PROOF} > {sw}") as script:
        with pytest.raises(WrongPin) as caught:
            opened(script).verify_pin("123456")
        assert caught.value.retries == retries


@pytest.mark.parametrize("pin", ["", "12345", "1" * 17, "12345六", "12345\n"])
def test_an_impossible_pin_costs_no_attempt(pin: str) -> None:
    with Script(*OPENED) as script, pytest.raises(CardError) as caught:
        opened(script).verify_pin(pin)
    assert not isinstance(caught.value, WrongPin)


def test_signature_is_der() -> None:
    sign = f"80740200 00 0024 1000 3001 {'ee' * 32} 0000 > 00000100 {R} {S} 9000"
    with Script(*OPENED, CONTAINERS, CONTAINER, sign) as script:
        signature = opened(script).sign_digest(b"\xee" * 32)
    assert signature.hex() == f"3045 0220 {R} 0221 00{S}".replace(" ", "")


@pytest.mark.parametrize("answer", ["", "00000100", f"00000200 {R} {S}", f"00000100 {'00' * 64}"])
def test_nonsense_for_a_signature_is_refused(answer: str) -> None:
    sign = f"80740200 00 0024 1000 3001 {'ee' * 32} 0000 > {answer} 9000"
    with Script(*OPENED, CONTAINERS, CONTAINER, sign) as script:
        key = opened(script)
        with pytest.raises(CardError):
            key.sign_digest(b"\xee" * 32)


def test_only_digests_are_signed() -> None:
    with Script(*OPENED) as script:
        key = opened(script)
        with pytest.raises(ValueError, match="32"):
            key.sign_digest(bytes(31))


def test_public_key_is_a_point() -> None:
    export = f"80880100 00 0004 1000 3001 0000 > 00000100 {R} {S} 9000"
    with Script(*OPENED, CONTAINERS, CONTAINER, export) as script:
        assert opened(script).public_key().hex() == f"04{R}{S}"


def test_a_token_without_container_says_so() -> None:
    with Script(*OPENED, "80460000 00 0002 1000 0000 > 9000") as script:
        key = opened(script)
        with pytest.raises(CardError) as caught:
            key.certificate()
    assert caught.value.sw == SW.NO_CONTAINER_NAME


@pytest.mark.parametrize(
    ("line", "sw"),
    [(f"{ASK_INFO} > 6f00", 0x6F00), (f"{ASK_INFO} > 0000 6985", 0x6985)],
)
def test_a_token_that_cannot_be_opened_is_let_go(line: str, sw: int) -> None:
    with Script(line) as script:
        with pytest.raises(CardError) as caught:
            Ukey.on(script)
        assert caught.value.sw == sw
        assert script.closed


def test_closing_clears_the_pin_state() -> None:
    with Script(*OPENED, "801c0000 00 0002 1000 > 9000") as script:
        with opened(script):
            pass
        assert script.closed


def test_closing_goes_on_when_the_card_refuses() -> None:
    with Script(*OPENED, "801c0000 00 0002 1000 > 6f00") as script:
        opened(script).close()
        assert script.closed
