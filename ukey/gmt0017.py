"""Tokens that speak GM/T 0017-2012, the command set of Chinese smart password keys.

Commands are `80 INS P1 P2 00 Lc2 data Le2`.  Application and container are opened by name and
named by the opaque two-byte handles the token gives out.
"""

from dataclasses import dataclass
from typing import Literal

from ukey import pin as pins
from ukey.apdu import MAX_LE, Card, send_extended
from ukey.applet import KeyInfo, signature
from ukey.errors import SW, CardError

CLA = 0x80
INS_DEVICE_INFO = 0x04
INS_PIN_INFO = 0x14
INS_CHANGE_PIN = 0x16
INS_VERIFY_PIN = 0x18
INS_UNBLOCK_PIN = 0x1A
INS_CLEAR = 0x1C
INS_ENUM_APPLICATIONS = 0x22
INS_OPEN_APPLICATION = 0x26
INS_CREATE_CONTAINER = 0x40
INS_OPEN_CONTAINER = 0x42
INS_ENUM_CONTAINERS = 0x46
INS_IMPORT_CERTIFICATE = 0x4C
INS_EXPORT_CERTIFICATE = 0x4E
INS_RANDOM = 0x50
INS_GENERATE_SM2 = 0x70
INS_SIGN_SM2 = 0x74
INS_EXPORT_PUBLIC_KEY = 0x88

PIN_USER = 1
FOR_SIGNING = 1  # P1: the signing key and certificate of a container, 0 = encryption
SIGN_DIGEST = 2  # P1: the data is e = SM3(ZA‖M)
SM2_BITS = 256
DEVICE_INFO_LENGTH = 0x120
RANDOM_MOST = 256
COORDINATE = 32


@dataclass(frozen=True)
class Profile:
    """What differs from vendor to vendor."""

    byteorder: Literal["big", "little"] = "big"
    pin: pins.PinFormat = pins.STANDARD
    application: str = "AMB120"  # taken where present, else the first one
    container: str = "user"  # likewise; made by `generate` where there is none
    info_at: int = 4  # where manufacturer[64] issuer[64] label[32] serial[32] begin


STANDARD = Profile()


class Gmt0017:
    """The GM/T 0017 application of a token, opened, with the PIN not verified."""

    def __init__(self, card: Card, profile: Profile = STANDARD) -> None:
        self._card = card
        self._profile = profile
        self._device = _send(card, INS_DEVICE_INFO, le=DEVICE_INFO_LENGTH)
        self._application = self._open_application()
        self._container: bytes | None = None

    def info(self, reader: str) -> KeyInfo:
        """Who this token is and how its PIN stands; `reader` is passed on."""
        answer = self._send(INS_PIN_INFO, p2=PIN_USER, data=self._application, le=3)
        if len(answer) != 3:
            raise CardError(SW.INTERNAL)
        _most, left, default = answer
        manufacturer, label, serial = self._texts()
        return KeyInfo(reader, label, serial, manufacturer, left, bool(default))

    def certificate(self) -> bytes:
        """DER of the signing certificate."""
        answer = self._send(INS_EXPORT_CERTIFICATE, FOR_SIGNING, data=self._key(), le=MAX_LE)
        length = int.from_bytes(answer[:4], self._profile.byteorder)
        if length != len(answer) - 4:
            raise CardError(SW.INTERNAL)
        return answer[4:]

    def public_key(self) -> bytes:
        """04‖X‖Y of the signing key, 65 bytes."""
        return _point(
            self._blob(self._send(INS_EXPORT_PUBLIC_KEY, FOR_SIGNING, data=self._key(), le=MAX_LE))
        )

    def verify_pin(self, pin: bytes) -> None:
        """Unlock the signing key; the PIN itself does not cross the wire."""
        key = self._profile.pin.key(pin)
        proof = self._profile.pin.proof(key, self._random())
        self._send(INS_VERIFY_PIN, p2=PIN_USER, data=self._application + proof)

    def change_pin(self, old: bytes, new: bytes) -> None:
        """Replace the user PIN."""
        self._replace_pin(INS_CHANGE_PIN, old, new)

    def unblock(self, admin: bytes, new: bytes) -> None:
        """Set a new user PIN and its full number of attempts by the administrator's PIN."""
        self._replace_pin(INS_UNBLOCK_PIN, admin, new)

    def sign_digest(self, e: bytes) -> bytes:
        """DER signature over e (32 bytes)."""
        return signature(
            self._blob(self._send(INS_SIGN_SM2, SIGN_DIGEST, data=self._key() + e, le=MAX_LE))
        )

    def random(self, n: int) -> bytes:
        """`n` random bytes, at most 256."""
        return self._send(INS_RANDOM, le=n)

    def clear(self) -> None:
        """Forget that the PIN was verified."""
        self._send(INS_CLEAR, data=self._application)

    def generate(self) -> bytes:
        """Make a new signing key inside the token; its 65-byte point."""
        self._make_container()
        data = self._key() + SM2_BITS.to_bytes(4, self._profile.byteorder)
        return _point(self._send(INS_GENERATE_SM2, data=data, le=2 * COORDINATE))

    def import_certificate(self, der: bytes) -> None:
        """Store the signing certificate."""
        data = self._key() + len(der).to_bytes(4, self._profile.byteorder) + der
        self._send(INS_IMPORT_CERTIFICATE, FOR_SIGNING, data=data)

    def _send(
        self, ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", le: int | None = None
    ) -> bytes:
        return _send(self._card, ins, p1, p2, data, le)

    def _open_application(self) -> bytes:
        name = _choose(self._send(INS_ENUM_APPLICATIONS, le=MAX_LE), self._profile.application)
        if name is None:
            raise CardError(SW.NO_APPLICATION)
        return _handle(self._send(INS_OPEN_APPLICATION, data=name, le=10))

    def _container_name(self) -> bytes | None:
        names = self._send(INS_ENUM_CONTAINERS, data=self._application, le=MAX_LE)
        return _choose(names, self._profile.container)

    def _make_container(self) -> None:
        if self._container is None and self._container_name() is None:
            data = self._application + self._profile.container.encode()
            self._container = _handle(self._send(INS_CREATE_CONTAINER, data=data, le=2))

    def _key(self) -> bytes:
        """Application and container handle, the container opened at its first use."""
        if self._container is None:
            name = self._container_name()
            if name is None:
                raise CardError(SW.NO_CONTAINER_NAME)
            opened = self._send(INS_OPEN_CONTAINER, data=self._application + name, le=2)
            self._container = _handle(opened)
        return self._application + self._container

    def _replace_pin(self, ins: int, by: bytes, new: bytes) -> None:
        key = self._profile.pin.key(by)
        data = self._application + pins.wrap(key, new)
        header = bytes([CLA, ins, 0, PIN_USER])
        mac = pins.mac(key, self._random(), header + data)
        self._send(ins, p2=PIN_USER, data=data + mac)

    def _random(self) -> bytes:
        random = self.random(pins.RANDOM_LENGTH)
        if len(random) != pins.RANDOM_LENGTH:
            raise CardError(SW.INTERNAL)
        return random

    def _texts(self) -> tuple[str, str, str]:
        fields, at = [], self._profile.info_at
        for width in (64, 64, 32, 32):
            fields.append(self._device[at : at + width].split(b"\0")[0])
            at += width
        manufacturer, _issuer, label, serial = (
            field.decode("utf-8", "replace").strip() for field in fields
        )
        return manufacturer, label, serial

    def _blob(self, answer: bytes) -> bytes:
        """The two 32-byte numbers behind a bit length of 256."""
        bits = int.from_bytes(answer[:4], self._profile.byteorder)
        if bits != SM2_BITS or len(answer) != 4 + 2 * COORDINATE:
            raise CardError(SW.INTERNAL)
        return answer[4:]


def _send(
    card: Card, ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", le: int | None = None
) -> bytes:
    return send_extended(card, ins, p1, p2, data, le, CLA)


def _choose(names: bytes, wanted: str) -> bytes | None:
    """One of the NUL-separated names: the wanted one, else the first, else None."""
    listed = [name for name in names.split(b"\0") if name]
    return wanted.encode() if wanted.encode() in listed else next(iter(listed), None)


def _handle(answer: bytes) -> bytes:
    """The handle, which ends every answer of an Open or Create command."""
    if len(answer) < 2:
        raise CardError(SW.INTERNAL)
    return answer[-2:]


def _point(coordinates: bytes) -> bytes:
    if len(coordinates) != 2 * COORDINATE:
        raise CardError(SW.INTERNAL)
    return b"\x04" + coordinates
