"""One TLS connection tied to one plain connection."""

import logging
import socket
from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from OpenSSL import SSL

from crypto.tls import context
from crypto.tls.buffer import RECORD, SIZE
from crypto.tls.loop import READ, WRITE, Loop

_LINGER_SECONDS = 2.0

_log = logging.getLogger(__name__)
_NOTHING = memoryview(b"")
_READING = (READ, READ)
# the second: a handshake message of the peer is only half here
_WAITS = (SSL.WantWriteError, SSL.WantReadError)


class State(Enum):
    """Where a link stands."""

    HANDSHAKE = auto()
    SECURED = auto()  # handshake done, no plain connection yet
    OPEN = auto()
    ENDING = auto()  # the peer has said goodbye; what it sent is being delivered
    LINGERING = auto()  # we have said goodbye; waiting for the peer to close
    CLOSED = auto()


class Owner(Protocol):
    """What a link tells whoever made it, on the loop's thread."""

    def secured(self, link: "Link") -> None:
        """Answer a handshake that succeeded by `link.join(plain)`, now or later."""

    def heard(self, link: "Link") -> None:
        """Take note of the first bytes of the peer; only now has it accepted our certificate."""

    def closed(self, link: "Link", reason: Exception | None) -> None:
        """Forget the link; `reason` tells why when it did not end in good order."""


class Link:
    """Relays bytes both ways between a TLS socket and a plain socket.

    It holds at most one burst (256 KiB) per direction: while one side cannot take more, the other
    is not read. All methods belong to the loop's thread.
    """

    def __init__(self, loop: Loop, sock: socket.socket, tls: SSL.Connection, owner: Owner) -> None:
        self.tls = tls
        self.state = State.HANDSHAKE
        self.address = _address(sock)
        self._loop = loop
        self._sock = sock
        self._plain: socket.socket | None = None
        self._owner = owner
        self._reason: Exception | None = None
        self._to_plain = _NOTHING
        self._to_tls = _NOTHING
        self._read_wants_write = False
        self._write_wants_read = False
        self._heard = False
        self._watched = (0, 0)
        self._timer = loop.later(0, lambda: None)

    @property
    def ended(self) -> bool:
        """Whether no more bytes are relayed."""
        return self.state in (State.LINGERING, State.CLOSED)

    def start(self, seconds: float) -> None:
        """Begin the handshake, which must be over after so many seconds."""
        self._limit(seconds, lambda: self.fail(context.TlsError("安全连接超时，请检查网络")))
        self._handle_tls(READ)

    def join(self, plain: socket.socket) -> None:
        """Tie the plain connection to it and start relaying; the link closes it at the end."""
        self._plain = plain
        self._timer.cancel()
        self.state = State.OPEN
        self._watch()

    def fail(self, reason: Exception) -> None:
        """End it at once because of a fault; an alert already written still reaches the peer."""
        if self.state in (State.LINGERING, State.CLOSED):
            return
        self._reason = self._reason or reason
        if self.state in (State.HANDSHAKE, State.SECURED):
            self._linger()
        else:
            self.close()

    def close(self) -> None:
        """Close both sockets now."""
        if self.state is State.CLOSED:
            return
        if self.state is State.OPEN:
            self._say_goodbye()
        self.state = State.CLOSED
        self._timer.cancel()
        self._loop.watch(self._sock, 0, self._handle_tls)
        self._sock.close()
        self._close_plain()
        self._owner.closed(self, self._reason)

    def _limit(self, seconds: float, function: Callable[[], None]) -> None:
        self._timer.cancel()
        self._timer = self._loop.later(seconds, function)

    def _handle_tls(self, events: int) -> None:
        self._guard(self._tls_ready, events)

    def _handle_plain(self, events: int) -> None:
        self._guard(self._plain_ready, events)

    def _guard(self, step: Callable[[int], None], events: int) -> None:
        """Take one step; every fault, whoever's it is, ends this link and no other."""
        try:
            step(events)
        except SSL.Error as error:
            self.fail(context.explain(self.tls, error))
        except (OSError, context.TlsError) as error:
            self.fail(error)
        except Exception as error:
            _log.exception("fault in the TLS connection with %s", self.address)
            self.fail(error)

    def _tls_ready(self, events: int) -> None:
        if self.state is State.OPEN:
            if events & READ or self._read_wants_write:
                self._read_tls()
            if self._to_tls and (events & WRITE or self._write_wants_read):
                self._write_tls()
            self._watch()
        elif self.state is State.HANDSHAKE:
            self._shake_hands()
        elif self.state is State.LINGERING:
            self._discard()

    def _plain_ready(self, events: int) -> None:
        if events & WRITE and self.state in (State.OPEN, State.ENDING):
            self._write_plain()
        if events & READ and self.state is State.OPEN:
            self._read_plain()
        self._watch()

    def _shake_hands(self) -> None:
        try:
            self.tls.do_handshake()
        except SSL.WantReadError:
            self._watch_handshake(READ)
        except SSL.WantWriteError:
            self._watch_handshake(WRITE)
        else:
            self._watch_handshake(0)
            context.check(self.tls)
            self.state = State.SECURED
            self._owner.secured(self)

    def _watch_handshake(self, events: int) -> None:
        if self._watched != (events, 0):
            self._watched = (events, 0)
            self._loop.watch(self._sock, events, self._handle_tls)

    def _watch(self) -> None:
        """Ask for just the events that can make progress; this is what holds a fast side back."""
        if self.state not in (State.OPEN, State.ENDING) or self._plain is None:
            return
        waiting = self._to_plain or self._to_tls or self._read_wants_write
        if not waiting and self.state is State.OPEN and self._watched == _READING:
            return  # nearly always
        tls = plain = 0
        if self.state is State.OPEN:
            tls = self._tls_events()
            plain = 0 if self._to_tls else READ
        if self._to_plain:
            plain |= WRITE
        self._apply(self._plain, tls, plain)

    def _tls_events(self) -> int:
        events = 0
        if not self._to_plain:
            events |= READ | (WRITE if self._read_wants_write else 0)
        if self._to_tls:
            events |= READ if self._write_wants_read else WRITE
        return events

    def _apply(self, plain_sock: socket.socket, tls: int, plain: int) -> None:
        known_tls, known_plain = self._watched
        if tls != known_tls:
            self._loop.watch(self._sock, tls, self._handle_tls)
        if plain != known_plain:
            self._loop.watch(plain_sock, plain, self._handle_plain)
        self._watched = (tls, plain)

    def _read_tls(self) -> None:
        if self._to_plain:
            return
        size, ended = self._receive()
        if size:
            if not self._heard:
                self._heard = True
                self._owner.heard(self)
            rest = self._deliver(self._loop.buffer.view[:size])
            self._to_plain = memoryview(bytes(rest)) if rest else _NOTHING
        if ended and self.state is State.OPEN:
            self._end()

    def _receive(self) -> tuple[int, bool]:
        """Decrypt records into the loop's buffer until there are no more or it is full.

        Answers their length, and whether the peer has said goodbye.
        """
        size = 0
        self._read_wants_write = False
        try:
            while size < SIZE:
                got = self._loop.buffer.decrypt(self.tls, size)
                size += got
                if got < RECORD:
                    break  # likely the last; if not, the loop calls again at once
        except SSL.WantReadError:
            pass
        except SSL.WantWriteError:
            self._read_wants_write = True
        except SSL.ZeroReturnError:
            return size, True
        return size, False

    def _write_plain(self) -> None:
        self._to_plain = self._deliver(self._to_plain)
        if self.state is State.ENDING and not self._to_plain:
            self._linger()

    def _deliver(self, data: memoryview) -> memoryview:
        """Give the plain side what it takes; answers the rest."""
        if self._plain is None:
            return _NOTHING
        try:
            return data[self._plain.send(data) :]
        except BlockingIOError:
            return data
        except ConnectionError:  # grpcio has closed its side without reading all
            self._linger()
            return _NOTHING

    def _read_plain(self) -> None:
        if self._to_tls or self._plain is None:
            return
        buffer = self._loop.buffer
        try:
            size = self._plain.recv_into(buffer.view)
        except ConnectionError:
            size = 0
        if not size:
            self._linger()
            return
        done = 0
        try:
            while done < size:
                done += buffer.encrypt(self.tls, done, size)
        except _WAITS as error:
            self._write_wants_read = isinstance(error, SSL.WantReadError)
            self._to_tls = memoryview(bytes(buffer.view[done:size]))

    def _write_tls(self) -> None:
        self._write_wants_read = False
        try:
            while self._to_tls:
                self._to_tls = self._to_tls[self.tls.send(self._to_tls[:RECORD]) :]
        except _WAITS as error:
            self._write_wants_read = isinstance(error, SSL.WantReadError)

    def _end(self) -> None:
        """Deliver what the peer sent before its goodbye; gRPC has no use for a half-open line."""
        self.state = State.ENDING
        self._limit(_LINGER_SECONDS, self.close)
        if not self._to_plain:
            self._linger()

    def _linger(self) -> None:
        """Say goodbye and wait for the peer's, for closing on unread data would reset the line."""
        self._close_plain()
        self.state = State.LINGERING
        self._limit(_LINGER_SECONDS, self.close)
        if self._reason is None:
            self._say_goodbye()
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()
        else:
            self._loop.watch(self._sock, READ, self._handle_tls)

    def _say_goodbye(self) -> None:
        try:
            self.tls.shutdown()
        except SSL.Error as error:
            _log.debug("no goodbye to %s: %s", self.address, error)

    def _discard(self) -> None:
        try:
            if not self._sock.recv(4 * RECORD):
                self.close()
        except BlockingIOError:
            pass
        except OSError:
            self.close()

    def _close_plain(self) -> None:
        if self._plain is not None:
            self._loop.watch(self._plain, 0, self._handle_plain)
            self._plain.close()
            self._plain = None


def _address(sock: socket.socket) -> str:
    host, port = sock.getpeername()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
