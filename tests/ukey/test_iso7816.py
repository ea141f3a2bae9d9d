"""The ISO 7816-4/8 command set byte by byte."""

import pytest

from tests.ukey.script import Script
from ukey.errors import CardError, WrongPin
from ukey.iso7816 import Iso7816
from ukey.key import Ukey

AID = "a000000999534d3255"
SELECT = f"00a40400 09 {AID} 00 > 9000"
PIN16, NEW16 = "313233343536" + "00" * 10, "363534333231" + "00" * 10
POINT = "04" + "01" * 64
R, S = "01" * 32, "02" * 32


def opened(script: Script) -> Ukey:
    return Ukey(Iso7816(script), script)


def test_a_token_without_gmt0017_is_driven_by_iso() -> None:
    with Script("80040000 00 0120 > 6e00", SELECT, f"00200081 10 {PIN16} > 9000") as script:
        Ukey.on(script).verify_pin("123456")


def test_wrong_pin_tells_the_attempts_left() -> None:
    with Script(SELECT, f"00200081 10 {PIN16} > 63c4") as script:
        with pytest.raises(WrongPin) as caught:
            opened(script).verify_pin("123456")
        assert caught.value.retries == 4


def test_change_and_unblock() -> None:
    lines = (f"00240081 20 {PIN16} {NEW16} > 9000", f"002c0081 20 {NEW16} {PIN16} > 9000")
    with Script(SELECT, *lines) as script:
        key = opened(script)
        key.change_pin("123456", "654321")
        key.unblock("654321", "123456")


def test_the_same_pin_is_no_change() -> None:
    with Script(SELECT) as script, pytest.raises(CardError):
        opened(script).change_pin("123456", "123456")


def test_sign_and_public_key() -> None:
    lines = (
        f"002a9e9a 20 {'ee' * 32} 00 > {R} {S} 9000",
        f"00478100 02 b600 00 > 7f49438641 {POINT} 9000",
    )
    with Script(SELECT, *lines) as script:
        key = opened(script)
        assert key.sign_digest(b"\xee" * 32).hex() == f"30440220{R}0220{S}"
        assert key.public_key().hex() == POINT


@pytest.mark.parametrize("answer", [f"{R} 9000", f"{'ff' * 64} 9000"])
def test_nonsense_for_a_signature_is_refused(answer: str) -> None:
    with Script(SELECT, f"002a9e9a 20 {'ee' * 32} 00 > {answer}") as script:
        key = opened(script)
        with pytest.raises(CardError):
            key.sign_digest(b"\xee" * 32)


@pytest.mark.parametrize(("status", "left"), [("63c3", 3), ("6983", 0), ("9000", 6)])
def test_info_asks_without_costing_an_attempt(status: str, left: int) -> None:
    tags = ("00ca010100 > 4c 9000", "00ca010200 > 53 9000", "00ca010300 > 4d 9000")
    with Script(SELECT, *tags, f"00200081 > {status}") as script:
        info = opened(script).info()
    assert (info.label, info.serial, info.manufacturer, info.pin_retries) == ("L", "S", "M", left)
