"""Who is at the other end of a TLS connection, told to the process that serves it."""

import base64
import json
import logging
import socket
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from crypto.tls.loop import READ, Loop

_PREFIX = "unix-abstract:"  # how grpcio writes an abstract socket name
_MOST = 65536
_CACHED = 4096
_SECONDS = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Peer:
    """What is known of one TLS connection.

    `name` is what gRPC's `context.peer()` says, without its scheme; `certificate` is DER;
    `exporter` the 32 bytes of `tls-exporter` (RFC 9266); `address` is `ip:port`.
    """

    name: str
    certificate: bytes
    exporter: bytes
    address: str


def normalise(grpc_peer: str) -> str:
    """Return the `Peer.name` that gRPC's `context.peer()` stands for."""
    return grpc_peer.removeprefix(_PREFIX)


class PeerTable:
    """The peers of the open TLS connections; any thread may ask."""

    def __init__(self) -> None:
        self._peers: dict[str, Peer] = {}

    def add(self, peer: Peer) -> None:
        """Make a peer known."""
        self._peers[peer.name] = peer

    def remove(self, name: str) -> None:
        """Forget a peer whose connection has ended."""
        self._peers.pop(name, None)

    def peer(self, grpc_peer: str) -> Peer:
        """Return the peer of an open connection; KeyError for any other."""
        return self._peers[normalise(grpc_peer)]


class PeerDesk:
    """Answers the questions of worker processes on a control socket (one packet each way)."""

    def __init__(self, loop: Loop, table: PeerTable, control: Path) -> None:
        self._loop = loop
        self._table = table
        self._control = control
        self._workers: set[socket.socket] = set()
        self._listener = _packet_socket()
        control.unlink(missing_ok=True)
        self._listener.bind(str(control))
        control.chmod(0o600)
        self._listener.listen()
        self._listener.setblocking(False)

    def open(self) -> None:
        """Start answering; like `close`, on the loop's thread."""
        self._loop.watch(self._listener, READ, self._accept)

    def close(self) -> None:
        """Hang up and remove the control socket."""
        for sock in [self._listener, *self._workers]:
            self._loop.watch(sock, 0, self._accept)
            sock.close()
        self._workers.clear()
        self._control.unlink(missing_ok=True)

    def _accept(self, _events: int) -> None:
        worker, _ = self._listener.accept()
        worker.setblocking(False)
        self._workers.add(worker)
        self._loop.watch(worker, READ, lambda _events: self._answer(worker))

    def _answer(self, worker: socket.socket) -> None:
        try:
            question = worker.recv(_MOST)
            if question:
                worker.send(self._look_up(question.decode()))
                return
        except OSError as error:
            _log.warning("worker lost: %s", error)
        self._loop.watch(worker, 0, self._accept)
        self._workers.discard(worker)
        worker.close()

    def _look_up(self, grpc_peer: str) -> bytes:
        try:
            return _pack(self._table.peer(grpc_peer))
        except KeyError:
            return b"{}"


class Peers:
    """A worker process's view of the front's peers, asked over the control socket.

    Names are never used twice, so an answer is kept: a call still running may be told a peer
    whose connection has just ended.
    """

    def __init__(self, control: Path) -> None:
        self._control = control
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._cache: OrderedDict[str, Peer] = OrderedDict()

    def peer(self, grpc_peer: str) -> Peer:
        """Return the peer gRPC's `context.peer()` names; KeyError when the front has none such.

        OSError when the front does not answer.
        """
        name = normalise(grpc_peer)
        with self._lock:
            if name not in self._cache:
                self._cache[name] = _unpack(name, self._ask(name.encode()))
                if len(self._cache) > _CACHED:
                    self._cache.popitem(last=False)
            self._cache.move_to_end(name)
            return self._cache[name]

    def close(self) -> None:
        """Hang up; the next question connects anew."""
        with self._lock:
            self._hang_up()

    def _ask(self, question: bytes) -> bytes:
        try:
            return self._ask_once(question)
        except OSError:  # the front was restarted: once more on a new connection
            self._hang_up()
            return self._ask_once(question)

    def _ask_once(self, question: bytes) -> bytes:
        if self._socket is None:
            self._socket = _packet_socket()
            self._socket.settimeout(_SECONDS)
            self._socket.connect(str(self._control))
        self._socket.send(question)
        answer = self._socket.recv(_MOST)
        if not answer:
            raise ConnectionResetError("the TLS front has hung up")
        return answer

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _packet_socket() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _pack(peer: Peer) -> bytes:
    encoded = {
        "certificate": base64.b64encode(peer.certificate).decode(),
        "exporter": base64.b64encode(peer.exporter).decode(),
        "address": peer.address,
    }
    return json.dumps(encoded).encode()


def _unpack(name: str, answer: bytes) -> Peer:
    facts = json.loads(answer)
    if not facts:
        raise KeyError(name)
    certificate, exporter = (base64.b64decode(facts[key]) for key in ("certificate", "exporter"))
    return Peer(name, certificate, exporter, facts["address"])
