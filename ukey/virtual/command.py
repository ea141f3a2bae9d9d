"""Command APDUs as a card reads them (ISO 7816-4, cases 1 to 4, short and extended)."""

from dataclasses import dataclass, replace

from ukey.apdu import CHAIN, INS_GET_RESPONSE
from ukey.errors import SW
from ukey.virtual.chip import Refused

CHAINED_LIMIT = 8 * 1024


@dataclass(frozen=True)
class Command:
    """One command; `le` is the longest answer allowed, None where none is wanted."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    le: int | None
    extended: bool

    @property
    def header(self) -> bytes:
        """CLA INS P1 P2."""
        return bytes([self.cla, self.ins, self.p1, self.p2])


def parse(raw: bytes) -> Command:
    """Read one command; raises Refused with 6700 for a wrong length."""
    if len(raw) < 4:
        raise Refused(SW.WRONG_LENGTH)
    body = raw[4:]
    extended = len(body) >= 3 and body[0] == 0
    data, le = _extended(body) if extended else _short(body)
    return Command(raw[0], raw[1], raw[2], raw[3], data, le, extended)


def _short(body: bytes) -> tuple[bytes, int | None]:
    if not body:
        return b"", None
    if len(body) == 1:
        return b"", body[0] or 256
    data, rest = body[1 : 1 + body[0]], body[1 + body[0] :]
    if not data or len(data) != body[0] or len(rest) > 1:
        raise Refused(SW.WRONG_LENGTH)
    return data, (rest[0] or 256) if rest else None


def _extended(body: bytes) -> tuple[bytes, int | None]:
    number = int.from_bytes(body[1:3], "big")
    if len(body) == 3:
        return b"", number or 65536
    data, rest = body[3 : 3 + number], body[3 + number :]
    if not data or len(data) != number or len(rest) not in {0, 2}:
        raise Refused(SW.WRONG_LENGTH)
    return data, (int.from_bytes(rest, "big") or 65536) if rest else None


class Link:
    """Command chaining and GET RESPONSE, between the wire and the applets."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget half a command and half an answer."""
        self._head = b""
        self._gathered = b""
        self._pending = b""

    def whole(self, command: Command) -> Command | None:
        """The command with all chained data, None while more is to come."""
        last = not command.cla & CHAIN
        head = bytes([command.cla & ~CHAIN & 0xFF]) + command.header[1:]
        if head != self._head:
            self._gathered = b""
        data = self._gathered + command.data
        self._head, self._gathered = (b"", b"") if last else (head, data)
        if len(data) > CHAINED_LIMIT:
            self._head = self._gathered = b""
            raise Refused(SW.NO_ROOM)
        return replace(command, data=data) if last else None

    def more(self, command: Command) -> bytes:
        """The answer to GET RESPONSE; raises Refused where nothing waits."""
        if not self._pending:
            raise Refused(SW.CONDITIONS)
        return self.framed(self._pending, command.le or 0)

    def framed(self, data: bytes, le: int | None) -> bytes:
        """Data and status word: as much as was asked for, the rest kept for GET RESPONSE."""
        now, self._pending = data[: le or 0], data[le or 0 :]
        waiting = len(self._pending)
        sw = 0x6100 | (waiting if waiting < 256 else 0) if waiting else SW.OK
        return now + sw.to_bytes(2, "big")

    def drop(self) -> None:
        """Any other command makes the waiting answer void."""
        self._pending = b""


def is_get_response(command: Command) -> bool:
    """Whether the command only fetches more of the last answer."""
    return command.ins == INS_GET_RESPONSE and not command.cla & CHAIN
