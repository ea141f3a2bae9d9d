"""What SM TLS costs by itself: handshakes, and calls that do no work beside grpcio's own TLS."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.struct_pb2 import ListValue
from OpenSSL import SSL

from crypto.cert import Profile
from crypto.tls import Front, TlsFiles, Tunnel
from tests.bench.figures import Figure, compared
from tests.bench.serve import p256
from tests.crypto.tls.world import Pki, private_folder, raw, shake_hands, sm_context

ROWS = 50
ROUNDS = 5
SECONDS = 1.0
IN_FLIGHT = 64


def measure() -> Iterator[Figure]:
    """Handshakes of one client in turn, then calls: one at a time and many at once."""
    with private_folder() as folder:
        pki = Pki(folder)
        pki.issue("server", Profile.SERVER)
        client = pki.issue("client")
        yield from _handshakes(folder, client)
        yield from _calls(folder, client)


# handshakes


def _handshakes(folder: Path, client: TlsFiles) -> Iterator[Figure]:
    with _child("both", folder) as front:
        context = sm_context(client)
        for name, keep, bar in (("full", False, 100), ("resumed", True, 300)):
            rounds = [_round(front, context, keep=keep) for _ in range(ROUNDS)]
            seen, per_core = (statistics.median(values) for values in zip(*rounds, strict=True))
            yield Figure(f"SM TLS handshakes, {name}, one client in turn", seen, "1/s")
            yield Figure(f"SM TLS handshakes, {name}, per server core", per_core, "1/s", bar)


def _round(front: "_Child", context: SSL.Context, *, keep: bool) -> tuple[float, float]:
    """Handshakes per second, and per second of the server's processor time."""
    busy = front.cpu()
    done = _shake_for(SECONDS, front.port, context, keep=keep)
    return done / SECONDS, done / (front.cpu() - busy)


def _shake_for(seconds: float, port: int, context: SSL.Context, *, keep: bool) -> int:
    session, done, end = None, 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        with raw(port, context) as tls:
            if keep and session:
                tls.set_session(session)
            shake_hands(tls)
            session = tls.get_session()
            done += 1
    return done


# calls without work: the hardest case, for nothing else takes time


def _calls(folder: Path, client: TlsFiles) -> Iterator[Figure]:
    with _sm(folder, client) as ours, _grpcio_tls(folder) as theirs:
        *_, one = compared(lambda: ours(b""), lambda: theirs(b""))
        yield Figure("No-work call, SM TLS ÷ grpcio's TLS, one at a time", one, "")
        *_, many = compared(lambda: _at_once(ours), lambda: _at_once(theirs))
        yield Figure(f"No-work call, SM TLS ÷ grpcio's TLS, {IN_FLIGHT} at once", many, "")


def _at_once(call: Any) -> None:
    for answer in [call.future(b"") for _ in range(IN_FLIGHT)]:
        answer.result()


@contextmanager
def _grpcio_tls(folder: Path) -> Iterator[Any]:
    with _child("grpcio", folder) as server:
        roots = grpc.ssl_channel_credentials((folder / "p256.crt").read_bytes())
        with grpc.secure_channel(f"localhost:{server.port}", roots) as channel:
            yield _list_of(channel)


@contextmanager
def _sm(folder: Path, client: TlsFiles) -> Iterator[Any]:
    with ExitStack() as stack:
        server = stack.enter_context(_child("both", folder))
        tunnel = Tunnel(client, "127.0.0.1", server.port, "localhost")
        stack.callback(tunnel.stop)
        yield _list_of(stack.enter_context(grpc.insecure_channel(tunnel.start())))


def _list_of(channel: grpc.Channel) -> Any:
    method: Any = channel.unary_unary("/bench/List", None, ListValue.FromString)
    method(b"", wait_for_ready=True)
    return method


# the other processes


class _Child:
    def __init__(self, role: str, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.bench.tls", role, str(folder)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port = int(self._ask(""))

    def cpu(self) -> float:
        """Processor seconds it has used."""
        return float(self._ask("cpu\n"))

    def _ask(self, question: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(question)
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def stop(self) -> None:
        self._process.communicate()


@contextmanager
def _child(role: str, folder: Path) -> Iterator[_Child]:
    child = _Child(role, folder)
    try:
        yield child
    finally:
        child.stop()


def _serve(role: str, folder: Path) -> None:
    inner = folder / "both.sock"
    with ExitStack() as stack:
        port = stack.enter_context(_rows_server(role, folder, inner))
        if role == "both":
            files = [folder / name for name in ("server.crt", "server.key", "root.pem", "crl.pem")]
            front = Front(TlsFiles(*files), inner, "127.0.0.1", 0)
            front.start()
            stack.callback(front.stop, 0)
            port = front.port
        print(port, flush=True)
        for _line in sys.stdin:
            print(time.process_time(), flush=True)


@contextmanager
def _rows_server(role: str, folder: Path, inner: Path) -> Iterator[int]:
    with futures.ThreadPoolExecutor(16) as pool:
        server = grpc.server(pool)
        rows = grpc.unary_unary_rpc_method_handler(_rows, None, ListValue.SerializeToString)
        handler = grpc.method_handlers_generic_handler("bench", {"List": rows})
        server.add_generic_rpc_handlers((handler,))
        if role == "grpcio":
            credentials = grpc.ssl_server_credentials([p256(folder)])
            port = server.add_secure_port("localhost:0", credentials)
        else:
            port = server.add_insecure_port(f"unix:{inner}")
        server.start()
        yield port
        server.stop(0).wait()


def _rows(_request: bytes, _call: grpc.ServicerContext) -> ListValue:
    rows = ListValue()
    for number in range(ROWS):
        row = rows.values.add().list_value
        for cell in (f"物资名称{number}", "x" * 40, "支", "在用"):
            row.values.add().string_value = cell
    return rows


if __name__ == "__main__":
    _serve(sys.argv[1], Path(sys.argv[2]))
