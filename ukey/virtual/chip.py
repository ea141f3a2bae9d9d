"""What a software card keeps: its name, PINs with their counters, key pair and certificate."""

import json
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from crypto.sm2 import PrivateKey, to_raw
from ukey import pin as pins
from ukey.errors import SW, CardError

ATTEMPTS = 6
CERTIFICATE_LIMIT = 4096
CONTAINER = "user"
ADMIN = 0
USER = 1


class Refused(Exception):
    """A command ends with this status word."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


@dataclass
class Secret:
    """A PIN, kept as the key made of it, and the attempts that are left."""

    key: str
    left: int = ATTEMPTS
    default: bool = True


@dataclass
class Memory:
    """The file of a card."""

    label: str
    serial: str
    manufacturer: str
    secrets: list[Secret]  # at ADMIN and USER
    container: str = ""
    scalar: str = ""
    certificate: str = ""


class Chip:
    """The operations both command sets share, on a file written before each answer.

    Whether a PIN is verified is *not* kept here: each command set knows its own only, so one can
    never sign on the strength of the other's PIN.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: PrivateKey | None = None
        self.load()

    @classmethod
    def create(cls, path: Path, memory: Memory) -> Self:
        """Write the file of a new card, which only its owner may read."""
        _write(path, memory)
        return cls(path)

    def load(self) -> None:
        """Read the file again, as a card does when it gets power; raises CardError."""
        try:
            self.memory = _read(self._path)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise CardError(0, f"软件 UKEY 文件无法读取：{self._path}") from error
        scalar = self.memory.scalar
        self._key = PrivateKey.from_scalar(int(scalar, 16)) if scalar else None

    def save(self) -> None:
        """Write the file."""
        _write(self._path, self.memory)

    def left(self, who: int) -> int:
        """Attempts left."""
        return self.memory.secrets[who].left

    def is_default(self, who: int) -> bool:
        """Whether the PIN is still the one it was handed out with."""
        return self.memory.secrets[who].default

    def try_pin(self, who: int, matches: Callable[[bytes], bool]) -> bytes:
        """The key of a PIN if `matches` says so of it; else one attempt less, and Refused."""
        secret = self.memory.secrets[who]
        if not secret.left:
            raise Refused(SW.PIN_BLOCKED)
        secret.left -= 1
        self.save()  # counted before comparing: pulling the card in time wins no attempt
        key = bytes.fromhex(secret.key)
        if not matches(key):
            raise Refused(0x63C0 | secret.left if secret.left else SW.PIN_BLOCKED)
        secret.left = ATTEMPTS
        self.save()
        return key

    def set_pin(self, who: int, pin: bytes, default: bool) -> None:
        """Replace a PIN and give back all attempts; refuses lengths outside 6..16."""
        if not pins.MIN_LENGTH <= len(pin) <= pins.MAX_LENGTH:
            raise Refused(SW.BAD_DATA)
        key = pins.STANDARD.key(pin).hex()
        self.memory.secrets[who] = Secret(key, default=default)
        self.save()

    def generate(self) -> bytes:
        """A new key pair; its 65-byte point.  The old certificate goes with the old key."""
        self._key = PrivateKey.generate()
        self.memory.scalar = f"{self._key.scalar:064x}"
        self.memory.certificate = ""
        # ISO 7816 knows no containers, but what it made must be found by GM/T 0017
        self.memory.container = self.memory.container or CONTAINER
        self.save()
        return self._key.public_key.point

    @property
    def key(self) -> PrivateKey | None:
        """The signing key."""
        return self._key

    def sign(self, key: PrivateKey, e: bytes) -> bytes:
        """r‖s over e, 32 bytes."""
        if len(e) != 32:
            raise Refused(SW.WRONG_LENGTH)
        return to_raw(key.sign_digest(e))

    @property
    def certificate(self) -> bytes:
        """The certificate, empty where there is none."""
        return bytes.fromhex(self.memory.certificate)

    def store_certificate(self, der: bytes) -> None:
        """Keep a certificate, 1..4096 bytes."""
        if not der:
            raise Refused(SW.BAD_DATA)
        if len(der) > CERTIFICATE_LIMIT:
            raise Refused(SW.NO_ROOM)
        self.memory.certificate = der.hex()
        self.save()

    def set_container(self, name: str) -> None:
        """Make the one container there is room for."""
        if self.memory.container:
            raise Refused(SW.NO_ROOM)
        self.memory.container = name
        self.save()


def random(n: int) -> bytes:
    """`n` bytes, 1..4096."""
    if not 1 <= n <= 4096:
        raise Refused(SW.WRONG_LENGTH)
    return secrets.token_bytes(n)


def _read(path: Path) -> Memory:
    raw: dict[str, Any] = json.loads(path.read_text("utf-8"))
    kept = [Secret(**secret) for secret in raw.pop("secrets")]
    return Memory(secrets=kept, **raw)


def _write(path: Path, memory: Memory) -> None:
    """Replace the file in one step, so that no crash leaves half a card."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        json.dump(asdict(memory), stream, ensure_ascii=False)
    os.replace(name, path)
