"""The client's end: a private Unix socket for grpcio inside, SM TLS to the server outside."""

import logging
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from OpenSSL import SSL

from crypto.tls import context
from crypto.tls.context import Contexts, TlsError, TlsFiles
from crypto.tls.link import Link
from crypto.tls.loop import READ, Loop

_CONNECT_SECONDS = 10.0
_HANDSHAKE_SECONDS = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Session:
    """A session the server may let us resume; good only for the files it was made with."""

    context: SSL.Context
    session: SSL.Session


@dataclass(frozen=True)
class _Connected:
    """The newest connection the server has accepted."""

    link: Link
    exporter: bytes
    certificate: bytes
    resumed: bool


class Tunnel:
    """Carries each connection grpcio opens to its target to the server by a TLS connection.

    `on_change` is called on the tunnel's thread when the current connection begins or ends, and
    when connecting fails (see `failure`): it should only pass the news on, such as "log in again".
    """

    def __init__(
        self,
        files: TlsFiles,
        host: str,
        port: int,
        server_name: str,
        *,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._contexts = Contexts(files, server=False)
        self._address = (host, port)
        self._server_name = server_name
        self._on_change = on_change
        self._links: dict[Link, socket.socket] = {}  # with the plain ones not tied yet
        self._dialling: set[socket.socket] = set()
        self._lock = threading.Lock()  # between a dialling thread and stop
        self._current: _Connected | None = None
        self._session: _Session | None = None
        self._failure: TlsError | None = None
        self._stopped = False

    def start(self) -> str:
        """Listen on a private socket and return the target for `grpc.insecure_channel`."""
        self._folder = Path(tempfile.mkdtemp(prefix="amb-tls-"))  # made 0700
        path = self._folder / "grpc.sock"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._listener.setblocking(False)
        self._loop = Loop("tls-tunnel")
        self._loop.watch(self._listener, READ, self._accept)
        self._loop.start()
        return f"unix:{path}"

    def exporter(self) -> bytes:
        """Return the 32-byte `tls-exporter` of the current connection (TlsError: none)."""
        return self._connected().exporter

    def server_certificate(self) -> bytes:
        """Return the DER of the current connection's server certificate (TlsError: none)."""
        return self._connected().certificate

    def resumed(self) -> bool:
        """Say whether the current connection resumed an earlier session (TlsError: none)."""
        return self._connected().resumed

    @property
    def failure(self) -> TlsError | None:
        """Why the newest connection failed, for the user; None once one has succeeded."""
        return self._failure

    def stop(self) -> None:
        """Close every connection and remove the socket."""
        with self._lock:
            self._stopped = True
        self._loop.call(self._close_all)
        self._loop.stop()
        shutil.rmtree(self._folder)

    def _connected(self) -> _Connected:
        current = self._current
        if current is None:
            raise self._failure or TlsError("尚未连接服务器，请检查网络后重试")
        return current

    def _close_all(self) -> None:
        self._loop.watch(self._listener, 0, self._accept)
        self._listener.close()
        for link in list(self._links):
            link.close()
        for plain in self._dialling:
            plain.close()
        self._dialling.clear()

    def _accept(self, _events: int) -> None:
        plain, _ = self._listener.accept()
        plain.setblocking(False)
        self._dialling.add(plain)
        threading.Thread(target=self._dial, args=(plain,), name="tls-dial", daemon=True).start()

    def _dial(self, plain: socket.socket) -> None:
        """Connect on a thread of its own, for looking up a host name may take long."""
        try:
            sock = socket.create_connection(self._address, _CONNECT_SECONDS)
        except OSError as error:
            reason = TlsError(f"连接不上服务器，请检查网络（{error}）")
            self._hand_over(lambda: self._not_reached(plain, reason))
        else:
            self._hand_over(lambda: self._dialled(plain, sock), sock)

    def _hand_over(self, step: Callable[[], None], sock: socket.socket | None = None) -> None:
        with self._lock:
            if not self._stopped:
                self._loop.call(step)
            elif sock:
                sock.close()

    def _not_reached(self, plain: socket.socket, reason: TlsError) -> None:
        self._dialling.discard(plain)
        plain.close()
        self._fail(reason)

    def _dialled(self, plain: socket.socket, sock: socket.socket) -> None:
        self._dialling.discard(plain)
        try:
            link = self._link(sock)
        except (OSError, TlsError, SSL.Error) as error:
            sock.close()
            plain.close()
            self._fail(error if isinstance(error, TlsError) else TlsError(str(error)))
        else:
            self._links[link] = plain
            link.start(_HANDSHAKE_SECONDS)

    def _link(self, sock: socket.socket) -> Link:
        context.prepare(sock)
        now = self._contexts.current()
        tls = context.connect(now, sock, self._server_name)
        if self._session and self._session.context is now:
            tls.set_session(self._session.session)
        self._session = None  # the server takes each session once
        return Link(self._loop, sock, tls, self)

    def secured(self, link: Link) -> None:
        """Let grpcio's bytes through."""
        link.join(self._links[link])

    def heard(self, link: Link) -> None:
        """The server has accepted us: this is the current connection now."""
        tls = link.tls
        session = tls.get_session()
        self._session = _Session(tls.get_context(), session) if session else None
        self._failure = None
        self._current = _Connected(
            link, context.exporter(tls), context.peer_certificate(tls), context.resumed(tls)
        )
        self._on_change()

    def closed(self, link: Link, reason: Exception | None) -> None:
        """Forget the connection; note why it failed, if it did."""
        self._links.pop(link).close()
        was_current = self._current is not None and self._current.link is link
        if was_current:
            self._current = None
        if reason is not None:
            self._failure = reason if isinstance(reason, TlsError) else TlsError(str(reason))
        if was_current or reason is not None:
            self._on_change()

    def _fail(self, error: TlsError) -> None:
        _log.warning("%s", error)
        self._failure = error
        self._on_change()
