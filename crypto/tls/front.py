"""The server's end: SM TLS outside, grpcio's Unix socket inside."""

import itertools
import logging
import resource
import secrets
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

from crypto.tls import context
from crypto.tls.context import Contexts, TlsError, TlsFiles
from crypto.tls.link import Link
from crypto.tls.loop import READ, Loop
from crypto.tls.peers import Peer, PeerDesk, PeerTable

_ACCEPTS_PER_TURN = 32
_RETRY_SECONDS = 0.02
_OUT_OF_FILES_SECONDS = 0.5
_OTHER_FILES = 1000  # what the rest of the process may have open

_log = logging.getLogger(__name__)


class Front:
    """Accepts SM TLS connections and ties each to a connection of its own to the inner server.

    `inner` is the Unix socket of grpcio, or one for each worker process, taken in turn; the folder
    it is in must be private (0700). Each inner connection comes from an abstract socket name of
    its own, so gRPC's `context.peer()` tells TLS connections apart. Worker processes ask through
    `control`, a Unix socket path in the same folder, by `Peers(control)`.
    """

    def __init__(
        self,
        files: TlsFiles,
        inner: Path | Sequence[Path],
        host: str,
        port: int,
        *,
        handshake_seconds: float = 10.0,
        max_half_open: int = 200,
        max_connections: int = 4000,
        control: Path | None = None,
    ) -> None:
        self._contexts = Contexts(files, server=True)
        self._inner = [inner] if isinstance(inner, Path) else list(inner)
        self._turn = itertools.cycle(range(len(self._inner)))
        self._address = (host, port)
        self._handshake_seconds = handshake_seconds
        self._max_half_open = max_half_open
        self._max_connections = max_connections
        self._control = control
        self._table = PeerTable()
        self._names: dict[Link, str] = {}
        self._salt = secrets.token_hex(8)
        self._numbers = itertools.count(1)
        self._half_open: set[Link] = set()
        self._open: set[Link] = set()
        self._drained = threading.Event()
        self._stopping = False

    def start(self) -> None:
        """Listen; returns when connections are accepted.

        OSError when the port is taken or others may enter the folder of the inner sockets.
        """
        for inner in self._inner:
            _require_private(inner.parent)
        _allow_files(2 * self._max_connections + _OTHER_FILES)
        self._listener = _listen(*self._address)
        self._loop = Loop("tls-front")
        self._desk = PeerDesk(self._loop, self._table, self._control) if self._control else None
        if self._desk:
            self._desk.open()
        self._loop.watch(self._listener, READ, self._accept)
        self._loop.start()

    @property
    def port(self) -> int:
        """The port listened on."""
        return int(self._listener.getsockname()[1])

    @property
    def half_open(self) -> int:
        """The number of connections that have not finished their handshake."""
        return len(self._half_open)

    @property
    def connections(self) -> int:
        """The number of established connections."""
        return len(self._open)

    def peer(self, grpc_peer: str) -> Peer:
        """Return the peer gRPC's `context.peer()` names; KeyError when unknown or closed."""
        return self._table.peer(grpc_peer)

    def stop(self, grace: float) -> None:
        """Stop accepting, let open connections end by themselves for `grace` seconds, close.

        gRPC connections end when the inner server stops: ask it to stop first, with its own grace.
        """
        self._loop.call(self._stop_accepting)
        self._drained.wait(grace)
        self._loop.call(self._close_all)
        self._loop.stop()

    def _stop_accepting(self) -> None:
        self._stopping = True
        self._loop.watch(self._listener, 0, self._accept)
        self._listener.close()
        for link in list(self._half_open):
            link.close()
        self._note_drained()

    def _close_all(self) -> None:
        for link in [*self._half_open, *self._open]:
            link.close()
        if self._desk:
            self._desk.close()

    def _note_drained(self) -> None:
        if self._stopping and not self._open and not self._half_open:
            self._drained.set()

    def _accept(self, _events: int) -> None:
        try:
            for _ in range(_ACCEPTS_PER_TURN):
                self._admit(self._listener.accept()[0])
        except BlockingIOError:
            pass
        except ConnectionError as error:
            _log.info("gone before it was accepted: %s", error)
        except OSError as error:
            _log.error("cannot accept for now: %s", error)
            self._loop.watch(self._listener, 0, self._accept)
            self._loop.later(_OUT_OF_FILES_SECONDS, self._accept_again)

    def _accept_again(self) -> None:
        if not self._stopping:
            self._loop.watch(self._listener, READ, self._accept)

    def _admit(self, sock: socket.socket) -> None:
        try:
            self._check_room()
            link = self._link(sock)
        except (TlsError, OSError) as error:
            _log.warning("connection refused: %s", error)
            sock.close()
        else:
            self._half_open.add(link)
            link.start(self._handshake_seconds)

    def _check_room(self) -> None:
        if len(self._half_open) >= self._max_half_open:
            raise TlsError("too many unfinished handshakes")
        if len(self._half_open) + len(self._open) >= self._max_connections:
            raise TlsError("too many connections")

    def _link(self, sock: socket.socket) -> Link:
        context.prepare(sock)
        tls = context.accept(self._contexts.current(), sock)
        return Link(self._loop, sock, tls, self)

    def secured(self, link: Link) -> None:
        """Note who it is and connect it to the inner server."""
        name = f"amb-{self._salt}-{next(self._numbers)}"
        certificate = context.peer_certificate(link.tls)
        self._table.add(Peer(name, certificate, context.exporter(link.tls), link.address))
        self._names[link] = name
        plain = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        plain.setblocking(False)
        try:
            plain.bind(f"\0{name}")
        except OSError:
            plain.close()
            raise
        self._reach(link, plain)

    def _reach(self, link: Link, plain: socket.socket) -> None:
        """Connect to the next inner server that is there; a full backlog is tried again soon."""
        if link not in self._half_open or link.ended:
            plain.close()
            return
        for _ in self._inner:
            try:
                plain.connect(str(self._inner[next(self._turn)]))
            except BlockingIOError:
                self._loop.later(_RETRY_SECONDS, lambda: self._reach(link, plain))
                return
            except OSError as error:
                _log.error("inner server not reached: %s", error)
            else:
                self._half_open.discard(link)
                self._open.add(link)
                link.join(plain)
                return
        plain.close()
        link.fail(TlsError("inner server not reached"))

    def heard(self, link: Link) -> None:
        """Nothing to note here: a server knows its peer when the handshake is over."""

    def closed(self, link: Link, reason: Exception | None) -> None:
        """Forget the connection."""
        if reason:
            _log.warning("TLS connection of %s ended: %s", link.address, reason)
        self._table.remove(self._names.pop(link, ""))
        self._half_open.discard(link)
        self._open.discard(link)
        self._note_drained()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1024)
    listener.setblocking(False)
    return listener


def _require_private(folder: Path) -> None:
    if folder.stat().st_mode & 0o077:
        raise PermissionError(f"{folder} must be private (0700): it holds unencrypted connections")


def _allow_files(count: int) -> None:
    """Raise this process's limit of open files, 1024 as a rule, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted < count:
        _log.warning("only %d open files allowed, %d may be needed", wanted, count)
