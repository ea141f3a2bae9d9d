"""Commands to a card: short and extended length, chaining, and long answers (ISO 7816-4)."""

from typing import Protocol

from ukey.errors import SW, CardError, refusal

CHAIN = 0x10  # CLA bit: more of this command follows
SHORT_LIMIT = 255
MAX_LE = 65536
# the readers' transport counts in 16 bits and ejects the card near the end of them
LIMIT = 60 * 1024
INS_GET_RESPONSE = 0xC0


class Card(Protocol):
    """Anything that answers command APDUs; the answer ends in the two status bytes."""

    def transmit(self, command: bytes, /) -> bytes:
        """The answer to one command; raises SessionLost when the card is gone."""
        ...


class Connection(Card, Protocol):
    """A card held exclusively until it is closed."""

    def close(self) -> None:
        """Reset the card and let others have it; never raises for a card that is gone."""
        ...


def send(
    card: Card,
    ins: int,
    p1: int = 0,
    p2: int = 0,
    data: bytes = b"",
    le: int | None = None,
    cla: int = 0,
) -> bytes:
    """Send one command in short form, chaining long data and collecting long answers.

    `le` 1..256 is the expected answer length (256 = all there is), None no answer.
    Raises CardError, WrongPin.
    """
    _check(data, le, SHORT_LIMIT + 1)
    while len(data) > SHORT_LIMIT:
        part, data = data[:SHORT_LIMIT], data[SHORT_LIMIT:]
        _collect(card, bytes([cla | CHAIN, ins, p1, p2, SHORT_LIMIT]) + part)
    return _collect(card, bytes([cla, ins, p1, p2]) + _short(data, le))


def send_extended(
    card: Card,
    ins: int,
    p1: int = 0,
    p2: int = 0,
    data: bytes = b"",
    le: int | None = None,
    cla: int = 0,
) -> bytes:
    """Send one command in extended form, `le` 1..65536; raises CardError, WrongPin."""
    _check(data, le, MAX_LE)
    return _collect(card, bytes([cla, ins, p1, p2]) + _extended(data, le))


def _check(data: bytes, le: int | None, most: int) -> None:
    if len(data) > LIMIT:
        raise CardError(SW.WRONG_LENGTH)
    if le is not None and not 0 < le <= most:
        raise ValueError(f"an answer has 1..{most} bytes, not {le}")


def _short(data: bytes, le: int | None) -> bytes:
    body = bytes([len(data)]) + data if data else b""
    return body if le is None else body + bytes([le & 0xFF])


def _extended(data: bytes, le: int | None) -> bytes:
    if not data and le is None:
        return b""
    body = b"\0"
    if data:
        body += len(data).to_bytes(2, "big") + data
    return body if le is None else body + (le & 0xFFFF).to_bytes(2, "big")


def _collect(card: Card, command: bytes) -> bytes:
    """The whole answer to `command`, fetched in parts where the card offers parts (61xx)."""
    body, sw = _exchange(card, command)
    if sw >> 8 == 0x6C:
        body, sw = _exchange(card, _with_le(command, sw & 0xFF))
    answer = body
    while sw >> 8 == 0x61:
        head = bytes([command[0] & ~CHAIN & 0xFF, INS_GET_RESPONSE, 0, 0, sw & 0xFF])
        body, sw = _exchange(card, head)
        if not body or len(answer) + len(body) > MAX_LE:
            raise CardError(SW.WRONG_LENGTH)  # else a broken card keeps us here for ever
        answer += body
    if sw != SW.OK:
        raise refusal(sw)
    return answer


def _with_le(command: bytes, le: int) -> bytes:
    """The command with another Le, the length a card asked for (6Cxx)."""
    if len(command) > 4 and command[4] == 0:
        return command[:-2] + (le or 256).to_bytes(2, "big")
    return command[:-1] + bytes([le])


def _exchange(card: Card, command: bytes) -> tuple[bytes, int]:
    answer = card.transmit(command)
    if len(answer) < 2:
        raise CardError(SW.INTERNAL)
    return answer[:-2], int.from_bytes(answer[-2:], "big")
