"""A running server: the TLS front, worker and background jobs, started and stopped in order."""

import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from crypto.cert import Certificate
from crypto.sm2 import PrivateKey
from crypto.tls import Front, Peer, TlsFiles
from server.admin.session import identify
from server.config import Settings
from server.core import ids
from server.core.app import App
from server.core.checkpoints import Checkpoints
from server.core.serve import Server
from server.services import SERVICES

log = logging.getLogger(__name__)
COPY = Path("audit-checkpoints.jsonl")


class Worker:
    """One process's share: services over gRPC on a private Unix socket."""

    def __init__(
        self, settings: Settings, inner: Path, peer: Callable[[str], Peer], number: int = 0
    ) -> None:
        ids.set_node((settings.node * 64 + number) & 0x3FF)
        self.app = App(settings, SERVICES, identify, peer, worker=number)
        self._server = Server(self.app, f"unix:{inner}")

    def start(self) -> None:
        """Serve."""
        self.app.start()
        self._server.start()

    def stop(self, grace: float) -> None:
        """Let running calls end, then close."""
        self._server.stop(grace)
        self.app.close()


class Running:
    """The whole server in one process: front, one worker, checkpoints."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._folder = tempfile.TemporaryDirectory(prefix="amb-")
        inner = Path(self._folder.name) / "w0.sock"
        self.front = Front(tls_files(settings), inner, settings.host, settings.port)
        self.worker = Worker(settings, inner, self.front.peer)
        self.checkpoints = Checkpoints(
            self.worker.app.sessions, log_key(settings), settings.home / COPY
        )

    @property
    def port(self) -> int:
        """The port clients connect to."""
        return self.front.port

    def start(self) -> None:
        """Serve; returns once connections are accepted."""
        self.worker.start()
        self.checkpoints.start()
        self.front.start()
        log.info("serving", extra={"host": self.settings.host, "port": self.port})

    def stop(self, grace: float = 5.0) -> None:
        """Take no new connections, finish running calls, seal the log, close."""
        self.front.stop(grace)
        self.worker._server.stop(grace)
        self.worker.app.reads.stop()
        self.checkpoints.stop()
        self.worker.app.close()
        self._folder.cleanup()
        log.info("stopped", extra={"pid": os.getpid()})


def tls_files(settings: Settings) -> TlsFiles:
    """The server's certificate, key and trust for the TLS front."""
    return TlsFiles(
        certificate=settings.path(settings.certificate),
        private_key=settings.path(settings.private_key),
        roots=settings.path(settings.roots),
        crl=settings.path(settings.crl),
    )


def log_key(settings: Settings) -> PrivateKey:
    """The key that signs checkpoints."""
    return PrivateKey.from_pem(settings.path(settings.log_key).read_bytes())


def log_certificate(settings: Settings) -> Certificate:
    """The certificate checkpoints are verified by."""
    return Certificate.from_pem(settings.path(settings.log_certificate).read_bytes())
