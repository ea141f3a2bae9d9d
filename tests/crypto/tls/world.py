"""A small world for trying SM TLS in: an authority, certificates on disk, an echo service."""

import logging
import queue
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import grpc
from OpenSSL import SSL

from crypto.cert import Authority, Certificate, Profile, Subject
from crypto.sm2 import PrivateKey
from crypto.tls import Front, TlsFiles, Tunnel, context

SECONDS = 10.0
BIG = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]


class Pki:
    """An authority and the PEM files of those it certified."""

    def __init__(self, folder: Path, name: str = "测试根") -> None:
        self.folder = folder
        self.authority = Authority.create(name, 30)
        self.revoked: list[tuple[int, str]] = []
        self._number = 0
        (folder / "root.pem").write_bytes(self.authority.certificate.pem)
        self.write_crl()

    @property
    def crl(self) -> Path:
        return self.folder / "crl.pem"

    def write_crl(self, now: datetime | None = None, days: int = 7) -> None:
        self._number += 1
        fresh = self.folder / "crl.new"
        fresh.write_bytes(self.authority.revoke_list(self._number, self.revoked, days, now))
        fresh.replace(self.crl)

    def revoke(self, files: TlsFiles) -> None:
        serial = Certificate.from_pem(files.certificate.read_bytes()).serial
        self.revoked.append((serial, "key_compromise"))
        self.write_crl()

    def issue(
        self,
        name: str,
        profile: Profile = Profile.WORKSTATION,
        *,
        days: int = 5,
        not_before: datetime | None = None,
    ) -> TlsFiles:
        key = PrivateKey.generate()
        san = ["localhost", "127.0.0.1"] if profile is Profile.SERVER else []
        subject = Subject(name)
        certificate = self.authority.issue(profile, subject, key.public_key, days, san, not_before)
        paths = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        paths[0].write_bytes(certificate.pem)
        paths[1].write_bytes(key.to_pem())
        return TlsFiles(*paths, self.folder / "root.pem", self.crl)


class Echo:
    """A gRPC server on a private Unix socket: Echo, Peer (who calls), Hold (until released)."""

    def __init__(self, folder: Path, name: str = "inner.sock") -> None:
        self.path = folder / name
        self.peers: queue.Queue[str] = queue.Queue()
        self.release: queue.Queue[bytes] = queue.Queue()
        self._pool = futures.ThreadPoolExecutor(16)
        self._server = grpc.server(self._pool, options=BIG)
        handlers = {
            "Echo": grpc.unary_unary_rpc_method_handler(lambda request, _call: request),
            "Peer": grpc.unary_unary_rpc_method_handler(lambda _request, call: _peer(call)),
            "Hold": grpc.unary_unary_rpc_method_handler(self._hold),
        }
        handler = grpc.method_handlers_generic_handler("test", handlers)
        self._server.add_generic_rpc_handlers((handler,))
        self._server.add_insecure_port(f"unix:{self.path}")
        self._server.start()

    def _hold(self, _request: bytes, call: grpc.ServicerContext) -> bytes:
        self.peers.put(call.peer())
        return self.release.get(timeout=SECONDS)

    def stop(self, grace: float = 0) -> None:
        self._server.stop(grace).wait()
        self._pool.shutdown()


def _peer(call: grpc.ServicerContext) -> bytes:
    return str(call.peer()).encode()


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder with a path short enough for Unix sockets."""
    with tempfile.TemporaryDirectory(prefix="amb-test-") as folder:
        yield Path(folder)


@dataclass
class World:
    """A server behind a front, and what is needed to call it."""

    pki: Pki
    folder: Path
    server: TlsFiles
    client: TlsFiles
    echo: Echo
    front: Front

    @contextmanager
    def tunnel(self, files: TlsFiles | None = None, name: str = "localhost") -> Iterator[Tunnel]:
        tunnel = Tunnel(files or self.client, "127.0.0.1", self.front.port, name)
        try:
            yield tunnel
        finally:
            tunnel.stop()

    @contextmanager
    def channel(self, files: TlsFiles | None = None) -> Iterator[tuple[grpc.Channel, Tunnel]]:
        with self.tunnel(files) as tunnel, open_channel(tunnel.start()) as channel:
            yield channel, tunnel


@contextmanager
def open_channel(target: str) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(target, options=BIG) as channel:
        yield channel


@contextmanager
def running(pki: Pki, folder: Path, echo: Echo, **limits: float) -> Iterator[World]:
    """A front with the given limits before the echo service."""
    server = pki.issue("server", Profile.SERVER)
    client = pki.issue("client")
    front = Front(server, echo.path, "127.0.0.1", 0, **limits)  # type: ignore[arg-type]
    front.start()
    try:
        yield World(pki, folder, server, client, echo, front)
    finally:
        front.stop(0)


def call(channel: grpc.Channel, method: str = "Echo", request: bytes = b"hello") -> bytes:
    answer: bytes = method_of(channel, method)(request, timeout=SECONDS)
    return answer


def method_of(channel: grpc.Channel, method: str) -> Any:
    """The method, bytes in and bytes out; it also has `.future`."""
    return channel.unary_unary(f"/test/{method}", None, None)


def shake_hands(tls: SSL.Connection) -> None:
    """Finish a handshake and hear whether the server takes our certificate (SSL.Error if not)."""
    tls.do_handshake()
    tls.recv(1)


def unchecking(files: TlsFiles) -> TlsFiles:
    """The same files without a revocation list."""
    return replace(files, crl=None)


def until(condition: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Wait until the real thing is so."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        pause.wait(0.01)


class Refusals(logging.Handler):
    """The front's log lines, to be waited for."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: queue.Queue[str] = queue.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.put(record.getMessage())

    def next(self) -> str:
        return self._lines.get(timeout=SECONDS)


@contextmanager
def raw(port: int, sm_context: SSL.Context) -> Iterator[SSL.Connection]:
    """A blocking TLS client without a tunnel; the handshake is the caller's."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        tls = SSL.Connection(sm_context, sock)
        tls.set_connect_state()
        yield tls
        # without this OpenSSL would take its session for spoilt and never offer it again
        tls.set_shutdown(SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN)


def sm_context(files: TlsFiles) -> SSL.Context:
    """The client context as the product makes it."""
    return context.Contexts(files, server=False).current()


def der(files: TlsFiles) -> bytes:
    """The DER of an end's certificate."""
    return Certificate.from_pem(files.certificate.read_bytes()).der
