"""A slot of the virtual PC/SC reader vpcd: a TCP connection is the card, closing it pulls the card.

Both directions carry a two-byte length and as many bytes.  One byte from vpcd is a control:
00 power off, 01 power on, 02 reset, 04 tell the ATR; only the last is answered.
"""

import socket
import sys
import threading

from ukey.virtual.card import VirtualCard

GET_ATR = b"\x04"
CONTROLS = frozenset({b"\x00", b"\x01", b"\x02"})
CONNECT_SECONDS = 5


class Slot:
    """One slot at a TCP address, empty at first."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def insert(self, card: VirtualCard) -> None:
        """Put a card in, after pulling the one that is there; raises OSError if nobody listens."""
        self.remove()
        card.reset()
        wire = socket.create_connection(self._address, CONNECT_SECONDS)
        wire.settimeout(None)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = wire
        self._thread = threading.Thread(
            target=_serve, args=(card, wire), name="ukey-card", daemon=True
        )
        self._thread.start()

    def remove(self) -> None:
        """Pull the card; nothing happens where there is none."""
        if self._socket is None or self._thread is None:
            return
        _hang_up(self._socket)
        self._thread.join()
        self._socket.close()
        self._socket = self._thread = None


def _serve(card: VirtualCard, wire: socket.socket) -> None:
    """Answer until the other side or `remove` ends the connection."""
    try:
        while True:
            message = _receive(wire)
            if message in CONTROLS:
                card.reset()
            else:
                _reply(wire, card.ATR if message == GET_ATR else card.transmit(message))
    except (EOFError, OSError):
        card.reset()
    finally:
        _hang_up(wire)


def _receive(wire: socket.socket) -> bytes:
    return _read(wire, int.from_bytes(_read(wire, 2), "big"))


def _read(wire: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        _acknowledge_now(wire)
        part = wire.recv(length - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def _acknowledge_now(wire: socket.socket) -> None:
    # vpcd sends length and payload apart and waits for the acknowledgement in between, which the
    # system delays by some 45 ms; it forgets this option, so it is set before each read
    if sys.platform == "linux":
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _reply(wire: socket.socket, message: bytes) -> None:
    wire.sendall(len(message).to_bytes(2, "big") + message)


def _hang_up(wire: socket.socket) -> None:
    try:
        wire.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was quicker
