"""A running server: TLS front, workers and background jobs, started and stopped in order."""

import logging
import multiprocessing
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from crypto.sm2 import PrivateKey
from crypto.tls import Front, Peer, Peers
from server.admin.session import identify
from server.config import Settings
from server.core import ids, logs
from server.core.app import App
from server.core.checkpoints import Checkpoints
from server.core.db import Sessions
from server.core.run_files import COPY, tls_files
from server.core.serve import Server
from server.services import SERVICES

log = logging.getLogger(__name__)
_WATCH_SECONDS = 1.0
_START_SECONDS, _START_TURNS = 60.0, 600


class Worker:
    """One process's share: the services over gRPC on a private Unix socket."""

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

    def finish(self, grace: float) -> None:
        """Take no new calls, let the running ones end, write what is queued."""
        self._server.stop(grace)
        self.app.finish()

    def close(self) -> None:
        """Close the database."""
        self.app.sessions.close()


class Service(Protocol):
    """A started server, in one process or several."""

    @property
    def port(self) -> int:
        """The port clients connect to."""

    def stop(self, grace: float = 5.0) -> None:
        """Finish running calls, seal the log, close."""


def start(settings: Settings) -> Service:
    """Start serving with as many processes as configured."""
    running = Running(settings) if settings.workers == 1 else Cluster(settings)
    running.start()
    return running


class Running:
    """The whole server in one process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._folder = Path(
            tempfile.mkdtemp(prefix="amb-")
        )  # 0700: nobody else reaches the sockets
        inner = self._folder / "w0.sock"
        self.front = Front(tls_files(settings), inner, settings.host, settings.port)
        self.worker = Worker(settings, inner, self.front.peer)
        self.checkpoints = make_checkpoints(settings, self.worker.app.sessions)

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
        """Finish running calls, seal the log, close."""
        self.worker.finish(grace)
        self.checkpoints.stop()
        self.front.stop(grace)
        self.worker.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        log.info("stopped")


class Cluster:
    """A front in this process and workers in their own; a worker that dies is started again."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._folder = Path(tempfile.mkdtemp(prefix="amb-"))
        self._control = self._folder / "peers.sock"
        self._inner = [self._control.with_name(f"w{n}.sock") for n in range(settings.workers)]
        self.front = Front(
            tls_files(settings), self._inner, settings.host, settings.port, control=self._control
        )
        self._sessions = Sessions(settings.database_url)
        self.checkpoints = make_checkpoints(settings, self._sessions)
        self._context = multiprocessing.get_context("spawn")
        self.workers: list[BaseProcess] = []
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._keep_alive, name="workers", daemon=True)

    @property
    def port(self) -> int:
        """The port clients connect to."""
        return self.front.port

    def start(self) -> None:
        """Start the workers, then accept connections."""
        self.workers = [self._spawn(number) for number in range(self.settings.workers)]
        self.checkpoints.start()
        self.front.start()
        self._watch.start()

    def stop(self, grace: float = 5.0) -> None:
        """Finish running calls, seal the log, close."""
        self._stopping.set()
        self._watch.join()
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.join(grace + 5)
        self.front.stop(grace)
        self.checkpoints.stop()
        self._sessions.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _spawn(self, number: int) -> BaseProcess:
        ready = self._context.Event()
        arguments = (self.settings, self._inner[number], self._control, number, ready)
        worker = self._context.Process(target=work, args=arguments, name=f"worker-{number}")
        worker.start()
        for _ in range(_START_TURNS):
            if ready.wait(_START_SECONDS / _START_TURNS):
                return worker
            if not worker.is_alive():
                break
        worker.kill()
        raise RuntimeError(f"worker {number} did not start")

    def _keep_alive(self) -> None:
        while not self._stopping.wait(_WATCH_SECONDS):
            for number, worker in enumerate(self.workers):
                if not worker.is_alive():
                    log.error("worker ended", extra={"worker": number, "code": worker.exitcode})
                    self._replace(number)

    def _replace(self, number: int) -> None:
        """Start a worker in place of a dead one; what hinders it now may be over the next time."""
        try:
            self.workers[number] = self._spawn(number)
        except RuntimeError as error:
            log.warning("%s; trying again", error)


class Ready(Protocol):
    """What tells the parent that a worker serves."""

    def set(self) -> None:
        """Say so."""


def work(settings: Settings, inner: Path, control: Path, number: int, ready: Ready) -> None:
    """A worker process: serve until SIGTERM."""
    logs.configure(settings.log_level)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when
    inner.unlink(missing_ok=True)
    peers = Peers(control)
    worker = Worker(settings, inner, peers.peer, number)
    worker.start()
    ready.set()
    stopping.wait()
    worker.finish(5.0)
    worker.close()
    peers.close()


def make_checkpoints(settings: Settings, sessions: Sessions) -> Checkpoints:
    """The maker of signed checkpoints; its copy stands beside the database."""
    key = PrivateKey.from_pem(settings.path(settings.log_key).read_bytes())
    return Checkpoints(sessions, key, settings.home / COPY)
