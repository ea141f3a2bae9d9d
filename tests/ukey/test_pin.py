"""PINs on the wire: the blocks, and what is no PIN."""

import pytest

from crypto import sm4
from ukey import pin as pins

KEY = bytes(range(16))
RANDOM = bytes(8)


@pytest.mark.parametrize("length", range(pins.MIN_LENGTH, pins.MAX_LENGTH + 1))
def test_wrapped_pins_come_back(length: int) -> None:
    pin = b"0123456789abcdef"[:length]
    wrapped = pins.wrap(KEY, pin)
    assert len(wrapped) == (16 if length < 16 else 32)
    assert pins.unwrap(KEY, wrapped) == pin


@pytest.mark.parametrize(
    "plain",
    [
        b"123456".ljust(16, b"\0"),  # no end mark
        b"12345678" + b"\x81" + bytes(7),
        b"12345\x80".ljust(16, b"\0"),  # too short
        b"123456\x80".ljust(32, b"\0"),  # a block too many
        bytes(16),
        b"",
        b"123456\x80".ljust(48, b"\0"),
    ],
)
def test_what_is_no_pin_is_refused(plain: bytes) -> None:
    blocks = [plain[at : at + 16] for at in range(0, len(plain), 16)]
    with pytest.raises(ValueError, match="PIN"):
        pins.unwrap(KEY, b"".join(sm4.ecb_block(KEY, block) for block in blocks))


@pytest.mark.parametrize("message", [b"", b"a" * 15, b"a" * 16, b"a" * 17])
def test_mac_depends_on_key_random_and_message(message: bytes) -> None:
    mac = pins.mac(KEY, RANDOM, message)
    others = [
        pins.mac(KEY[::-1], RANDOM, message),
        pins.mac(KEY, b"\x01" * 8, message),
        pins.mac(KEY, RANDOM, message + b"\0"),
    ]
    assert len(mac) == pins.MAC_LENGTH
    assert mac not in others


def test_mac_is_cbc_over_the_padded_message() -> None:
    block = sm4.ecb_block(KEY, b"\x80" + bytes(15))
    assert pins.mac(KEY, RANDOM, b"") == block[:4]
