"""What every kind of token can do, whatever commands it speaks."""

from dataclasses import dataclass
from typing import Protocol

from crypto.errors import InvalidSignature
from crypto.sm2 import from_raw
from ukey.errors import SW, CardError


@dataclass(frozen=True)
class KeyInfo:
    """Who a token is and how its PIN stands."""

    reader: str
    label: str
    serial: str
    manufacturer: str
    pin_retries: int  # 0 = blocked
    pin_default: bool  # still the PIN it was handed out with


class Applet(Protocol):
    """One command set on one opened card; PINs are 6..16 bytes; all methods raise CardError."""

    def info(self, reader: str) -> KeyInfo: ...
    def certificate(self) -> bytes: ...
    def public_key(self) -> bytes: ...
    def verify_pin(self, pin: bytes) -> None: ...
    def change_pin(self, old: bytes, new: bytes) -> None: ...
    def unblock(self, admin: bytes, new: bytes) -> None: ...
    def sign_digest(self, e: bytes) -> bytes: ...
    def random(self, n: int) -> bytes: ...
    def clear(self) -> None: ...
    def generate(self) -> bytes: ...
    def import_certificate(self, der: bytes) -> None: ...


def signature(raw: bytes) -> bytes:
    """The DER signature of a card's r‖s; raises CardError where the card answered nonsense."""
    try:
        return from_raw(raw)
    except InvalidSignature as error:
        raise CardError(SW.INTERNAL) from error
