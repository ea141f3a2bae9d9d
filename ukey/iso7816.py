"""Tokens with an ISO 7816-4/8 applet: plain VERIFY, key generation, digital signature.

The PIN crosses the wire in clear here, so GM/T 0017 is taken where a token offers both.
"""

from dataclasses import dataclass

from ukey.apdu import Card, send
from ukey.applet import KeyInfo, signature
from ukey.errors import SW, CardError, WrongPin
from ukey.pin import MAX_LENGTH

INS_VERIFY = 0x20
INS_CHANGE_REFERENCE = 0x24
INS_PSO = 0x2A
INS_RESET_RETRY = 0x2C
INS_GENERATE = 0x47
INS_CHALLENGE = 0x84
INS_SELECT = 0xA4
INS_GET_DATA = 0xCA
INS_PUT_DATA = 0xDA

SELECT_BY_AID = 0x04
SIGN = (0x9E, 0x9A)
GENERATE_NEW, READ_PUBLIC = 0x80, 0x81
SIGNING_TEMPLATE = bytes.fromhex("B600")  # control reference: the digital-signature key
POINT_HEAD = bytes.fromhex("7F49438641")
ALL = 256


@dataclass(frozen=True)
class Profile:
    """What differs from vendor to vendor."""

    aid: bytes = bytes.fromhex("A000000999534D3255")
    pin_reference: int = 0x81
    pin_fill: bytes = b"\0"  # PINs are sent at 16 bytes
    pin_attempts: int = 6
    certificate: int = 0x7F21
    label: int = 0x0101
    serial: int = 0x0102
    manufacturer: int = 0x0103


STANDARD = Profile()


class Iso7816:
    """The selected applet of a token, with the PIN not verified."""

    def __init__(self, card: Card, profile: Profile = STANDARD) -> None:
        self._card = card
        self._profile = profile
        send(card, INS_SELECT, SELECT_BY_AID, data=profile.aid, le=ALL)

    def info(self, reader: str) -> KeyInfo:
        """Who this token is and how its PIN stands; ISO 7816 cannot say whether it is initial."""
        label, serial, manufacturer = (
            self._get(tag).decode("utf-8", "replace")
            for tag in (self._profile.label, self._profile.serial, self._profile.manufacturer)
        )
        return KeyInfo(reader, label, serial, manufacturer, self._retries(), pin_default=False)

    def certificate(self) -> bytes:
        """DER of the signing certificate."""
        return self._get(self._profile.certificate)

    def public_key(self) -> bytes:
        """04‖X‖Y of the signing key, 65 bytes."""
        return self._key_pair(READ_PUBLIC)

    def verify_pin(self, pin: bytes) -> None:
        """Unlock the signing key until the card is reset or the applet selected again."""
        send(self._card, INS_VERIFY, p2=self._profile.pin_reference, data=self._fill(pin))

    def change_pin(self, old: bytes, new: bytes) -> None:
        """Replace the user PIN."""
        both = self._fill(old) + self._fill(new)
        send(self._card, INS_CHANGE_REFERENCE, p2=self._profile.pin_reference, data=both)

    def unblock(self, admin: bytes, new: bytes) -> None:
        """Set a new user PIN and its full number of attempts by the administrator's PIN."""
        both = self._fill(admin) + self._fill(new)
        send(self._card, INS_RESET_RETRY, p2=self._profile.pin_reference, data=both)

    def sign_digest(self, e: bytes) -> bytes:
        """DER signature over e (32 bytes)."""
        raw = send(self._card, INS_PSO, *SIGN, data=e, le=ALL)
        return signature(raw)

    def random(self, n: int) -> bytes:
        """`n` random bytes, at most 256."""
        return send(self._card, INS_CHALLENGE, le=n)

    def clear(self) -> None:
        """Forget that the PIN was verified: selecting anew does it on every card."""
        send(self._card, INS_SELECT, SELECT_BY_AID, data=self._profile.aid, le=ALL)

    def generate(self) -> bytes:
        """Make a new signing key inside the token; its 65-byte point."""
        return self._key_pair(GENERATE_NEW)

    def import_certificate(self, der: bytes) -> None:
        """Store the signing certificate."""
        tag = self._profile.certificate
        send(self._card, INS_PUT_DATA, tag >> 8, tag & 0xFF, der)

    def _get(self, tag: int) -> bytes:
        return send(self._card, INS_GET_DATA, tag >> 8, tag & 0xFF, le=ALL)

    def _retries(self) -> int:
        """Attempts left, which an empty VERIFY tells by its refusal."""
        try:
            send(self._card, INS_VERIFY, p2=self._profile.pin_reference)
        except WrongPin as told:
            return told.retries
        return self._profile.pin_attempts  # verified: the counter is full and hidden

    def _key_pair(self, what: int) -> bytes:
        answer = send(self._card, INS_GENERATE, what, data=SIGNING_TEMPLATE, le=ALL)
        if len(answer) != 70 or answer[:5] != POINT_HEAD:
            raise CardError(SW.INTERNAL)
        return answer[5:]

    def _fill(self, pin: bytes) -> bytes:
        return pin.ljust(MAX_LENGTH, self._profile.pin_fill)
