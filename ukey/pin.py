"""How a PIN is turned into what goes over the wire; shared by the software and the software card.

GM/T 0017 leaves the derivation to the vendor: each choice is a value of `PinFormat`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from crypto import sm3, sm4
from ukey.errors import SW, CardError

MIN_LENGTH = 6
MAX_LENGTH = 16
BLOCK = 16
MAC_LENGTH = 4
RANDOM_LENGTH = 8


def sha1(data: bytes) -> bytes:
    """SHA-1, which older tokens use here."""
    return hashlib.sha1(data, usedforsecurity=False).digest()


@dataclass(frozen=True)
class PinFormat:
    """How one vendor's tokens make keys and blocks of a PIN."""

    digest: Callable[[bytes], bytes] = sm3.digest
    fill: bool = True  # fill the PIN with zeros to 16 bytes before hashing
    tail: bytes = b"\x80" + bytes(7)  # what follows the 8-byte random number in its block

    def key(self, pin: bytes) -> bytes:
        """The 16-byte SM4 key of a PIN."""
        return self.digest(pin.ljust(MAX_LENGTH, b"\0") if self.fill else pin)[:BLOCK]

    def proof(self, key: bytes, random: bytes) -> bytes:
        """The 16-byte block that shows knowledge of the PIN for an 8-byte random number."""
        return sm4.ecb_block(key, random + self.tail)


STANDARD = PinFormat()


def check(pin: str) -> bytes:
    """The bytes of a PIN fit to be sent; raises CardError before an attempt is wasted."""
    if not (MIN_LENGTH <= len(pin) <= MAX_LENGTH and pin.isascii() and pin.isprintable()):
        raise CardError(SW.BAD_DATA, f"PIN 须为 {MIN_LENGTH} 至 {MAX_LENGTH} 位数字或字母")
    return pin.encode()


def wrap(key: bytes, pin: bytes) -> bytes:
    """A new PIN enciphered under the key of the old one, 16 or 32 bytes."""
    return b"".join(sm4.ecb_block(key, block) for block in _blocks(_pad(pin)))


def unwrap(key: bytes, wrapped: bytes) -> bytes:
    """The PIN of `wrap`; raises ValueError where it is none."""
    if len(wrapped) not in {BLOCK, 2 * BLOCK}:
        raise ValueError("a wrapped PIN has one or two blocks")
    plain = b"".join(sm4.ecb_block(key, block, decrypt=True) for block in _blocks(wrapped))
    pin = plain.rstrip(b"\0")[:-1]
    if _pad(pin) != plain or not MIN_LENGTH <= len(pin) <= MAX_LENGTH:
        raise ValueError("not a PIN")
    return pin


def mac(key: bytes, random: bytes, message: bytes) -> bytes:
    """4-byte SM4-CBC-MAC that starts from an 8-byte random number, so it works once."""
    chain = random.ljust(BLOCK, b"\0")
    for block in _blocks(_pad(message)):
        mixed = bytes(a ^ b for a, b in zip(chain, block, strict=True))
        chain = sm4.ecb_block(key, mixed)
    return chain[:MAC_LENGTH]


def _pad(data: bytes) -> bytes:
    data += b"\x80"
    return data + bytes(-len(data) % BLOCK)


def _blocks(data: bytes) -> list[bytes]:
    return [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
