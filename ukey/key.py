"""The token as its users see it: one class for it, one function for where it comes from."""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from ukey import gmt0017
from ukey import pin as pins
from ukey.apdu import Card, Connection
from ukey.applet import Applet, KeyInfo
from ukey.errors import SW, CardError, NoCard
from ukey.iso7816 import Iso7816
from ukey.watch import Event, Watch

log = logging.getLogger(__name__)

DIGEST_LENGTH = 32
RANDOM_MOST = 256
VIRTUAL_VARIABLE = "AMB_VIRTUAL_UKEY"
VIRTUAL_ALLOWED = "allow"


class Ukey:
    """An opened token, held exclusively until closed; for one thread at a time.

    Every method raises CardError, and SessionLost once the token is gone.
    """

    def __init__(self, applet: Applet, connection: Connection, reader: str = "") -> None:
        self._applet = applet
        self._connection = connection
        self._reader = reader

    @classmethod
    def on(
        cls, connection: Connection, reader: str = "", profile: gmt0017.Profile = gmt0017.STANDARD
    ) -> Self:
        """The token behind a connection, in the best command set it offers."""
        try:
            return cls(_applet(connection, profile), connection, reader)
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def info(self) -> KeyInfo:
        """Who this token is and how its PIN stands."""
        return self._applet.info(self._reader)

    def certificate(self) -> bytes:
        """DER of the signing certificate."""
        return self._applet.certificate()

    def public_key(self) -> bytes:
        """04‖X‖Y of the signing key, 65 bytes."""
        return self._applet.public_key()

    def verify_pin(self, pin: str) -> None:
        """Unlock the signing key until `clear` or `close`; raises WrongPin."""
        self._applet.verify_pin(pins.check(pin))

    def change_pin(self, old: str, new: str) -> None:
        """Replace the user PIN, 6..16 printable ASCII characters; raises WrongPin for `old`."""
        if old == new:
            raise CardError(SW.BAD_DATA, "新 PIN 不能与原 PIN 相同")
        self._applet.change_pin(pins.check(old), pins.check(new))

    def sign_digest(self, e: bytes) -> bytes:
        """DER signature over e = SM3(ZA‖M), 32 bytes; the PIN must be verified."""
        if len(e) != DIGEST_LENGTH:
            raise ValueError(f"an SM3 digest has {DIGEST_LENGTH} bytes, not {len(e)}")
        return self._applet.sign_digest(e)

    def random(self, n: int) -> bytes:
        """`n` bytes from the token's random source."""
        parts = (min(RANDOM_MOST, n - at) for at in range(0, n, RANDOM_MOST))
        return b"".join(self._applet.random(part) for part in parts)

    def clear(self) -> None:
        """Make the token forget that the PIN was verified."""
        self._applet.clear()

    def close(self) -> None:
        """Forget the PIN and release the token; quiet where the token is gone already."""
        with suppress(CardError):  # the reset that follows clears it, and a lost token has none
            self._applet.clear()
        self._connection.close()

    def generate(self) -> bytes:
        """Make a new signing key inside the token, replacing the old; its 65-byte point.

        The PIN must be verified.  The certificate of the old key is lost.
        """
        return self._applet.generate()

    def import_certificate(self, der: bytes) -> None:
        """Store the signing certificate; the PIN must be verified."""
        self._applet.import_certificate(der)

    def unblock(self, admin_pin: str, new_pin: str) -> None:
        """Set a new user PIN by the administrator's; raises WrongPin for the administrator's."""
        self._applet.unblock(pins.check(admin_pin), pins.check(new_pin))


class Tokens(Protocol):
    """Where a workstation's tokens come from."""

    @property
    def notice(self) -> str:
        """What the user must be told about this source all the time, mostly nothing."""
        ...

    def readers(self) -> list[str]:
        """Names of the readers that hold a token; raises NoCard when the service is gone."""
        ...

    def open(self) -> Ukey:
        """The one inserted token, held exclusively; raises NoCard, or CardError when several."""
        ...

    def watch(self, callback: Callable[[Event], None]) -> Watch:
        """Report insertions and removals on a thread of its own until stopped."""
        ...


def tokens(profile: gmt0017.Profile = gmt0017.STANDARD) -> Tokens:
    """The readers of this workstation, or a folder where AMB_VIRTUAL_UKEY names one.

    `profile` says what is special about the tokens this customer bought.
    The folder is the software reader of demonstrations: `ukey.virtual.inprocess`.
    """
    place = os.environ.get(VIRTUAL_VARIABLE, "")
    if place not in {"", VIRTUAL_ALLOWED}:
        return _virtual(Path(place))
    try:
        from ukey.pcsc import PcscTokens
    except ImportError as error:
        raise NoCard("本机未安装智能卡组件（PC/SC），请联系管理员安装") from error
    return PcscTokens(profile)


def _virtual(directory: Path) -> Tokens:
    from ukey.virtual.inprocess import InProcessReader

    reader = InProcessReader(directory)
    log.warning("%s", reader.notice)
    return reader


def _applet(card: Card, profile: gmt0017.Profile) -> Applet:
    try:
        return gmt0017.Gmt0017(card, profile)
    except CardError as error:
        if error.sw not in {SW.UNKNOWN_INS, SW.UNKNOWN_CLA}:
            raise
    return Iso7816(card)
