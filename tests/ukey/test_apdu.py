"""Bytes on the wire: lengths, chaining, long answers, refusals."""

import pytest

from tests.ukey.script import Script
from ukey.apdu import LIMIT, send, send_extended
from ukey.errors import SW, CardError, WrongPin, refusal


@pytest.mark.parametrize(
    ("data", "le", "wire"),
    [
        ("", None, "00010203"),
        ("", 8, "00010203 08"),
        ("", 256, "00010203 00"),
        ("aabb", None, "00010203 02 aabb"),
        ("aabb", 256, "00010203 02 aabb 00"),
        ("11" * 255, None, "00010203 ff" + "11" * 255),
        ("11" * 256, 1, "10010203 ff" + "11" * 255 + "> 9000 | 00010203 01 11 01"),
    ],
)
def test_short_form(data: str, le: int | None, wire: str) -> None:
    with Script(
        *(f"{line} > 9000" if ">" not in line else line for line in wire.split("|"))
    ) as card:
        assert send(card, 1, 2, 3, bytes.fromhex(data), le) == b""


@pytest.mark.parametrize(
    ("data", "le", "wire"),
    [
        ("", None, "80010203"),
        ("", 0x120, "80010203 00 0120"),
        ("", 65536, "80010203 00 0000"),
        ("aabb", None, "80010203 00 0002 aabb"),
        ("aabb", 10, "80010203 00 0002 aabb 000a"),
        ("11" * 300, 65536, "80010203 00 012c" + "11" * 300 + "0000"),
    ],
)
def test_extended_form(data: str, le: int | None, wire: str) -> None:
    with Script(f"{wire} > 9000") as card:
        assert send_extended(card, 1, 2, 3, bytes.fromhex(data), le, cla=0x80) == b""


def test_long_answers_are_fetched() -> None:
    with Script("00ca7f2100 > 0102 6102", "00c0000002 > 0304 6101", "00c0000001 > 05 9000") as card:
        assert send(card, 0xCA, 0x7F, 0x21, le=256) == bytes([1, 2, 3, 4, 5])


@pytest.mark.parametrize(
    ("command", "again"), [("0084000008", "0084000004"), ("0084000002aabb08", "0084000002aabb04")]
)
def test_wrong_le_is_repeated_with_the_right_one(command: str, again: str) -> None:
    with Script(f"{command} > 6c04", f"{again} > 01020304 9000") as card:
        assert len(send(card, 0x84, data=bytes.fromhex(command[10:-2]), le=8)) == 4


def test_wrong_extended_le_is_repeated_too() -> None:
    with Script("80840000 00 0008 > 6c04", "80840000 00 0004 > 01020304 9000") as card:
        assert len(send_extended(card, 0x84, le=8, cla=0x80)) == 4


def test_a_card_that_promises_without_end_is_refused() -> None:
    with Script("0084000008 > 6101", "00c0000001 > 6101") as card, pytest.raises(CardError):
        send(card, 0x84, le=8)


def test_an_answer_without_status_is_refused() -> None:
    with Script("0084000008 > 90") as card, pytest.raises(CardError):
        send(card, 0x84, le=8)


def test_oversized_commands_never_reach_the_reader() -> None:
    with Script() as card:
        for sender in (send, send_extended):
            with pytest.raises(CardError) as caught:
                sender(card, 1, data=bytes(LIMIT + 1))
            assert caught.value.sw == SW.WRONG_LENGTH


def test_a_refused_link_ends_the_chain() -> None:
    with Script("10da7f21 ff" + "00" * 255 + "> 6982") as card, pytest.raises(CardError) as caught:
        send(card, 0xDA, 0x7F, 0x21, bytes(300))
    assert caught.value.sw == SW.NOT_ALLOWED


@pytest.mark.parametrize(("sw", "retries"), [(0x63C5, 5), (0x63C0, 0), (0x6983, 0)])
def test_pin_refusals_carry_the_attempts_left(sw: int, retries: int) -> None:
    error = refusal(sw)
    assert isinstance(error, WrongPin)
    assert error.retries == retries


@pytest.mark.parametrize("sw", [*SW, 0x6FFF])
def test_every_refusal_speaks_chinese(sw: int) -> None:
    assert any("\u4e00" <= letter <= "\u9fff" for letter in str(refusal(sw)))
