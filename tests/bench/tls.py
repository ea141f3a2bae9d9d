"""What SM TLS costs: handshakes per second, and lists beside grpcio's own TLS."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.struct_pb2 import ListValue
from OpenSSL import SSL

from crypto.cert import Profile
from crypto.tls import Front, TlsFiles, Tunnel
from tests.crypto.tls.world import Pki, private_folder, raw, shake_hands, sm_context

ROWS = 50
ROUNDS = 4
ROUND_SECONDS = 0.4
HANDSHAKE_SECONDS = 1.0
IN_FLIGHT = 64

Result = dict[str, str | float]


def measure() -> list[Result]:
    """Run everything in about 12 seconds; each result has `name`, `value` and `unit`."""
    with private_folder() as folder:
        pki = Pki(folder)
        pki.issue("server", Profile.SERVER)
        client = pki.issue("client")
        _write_p256(folder)
        return [*_handshakes(folder, client), *_lists(folder, client)]


# handshakes


def _handshakes(folder: Path, client: TlsFiles) -> Iterator[Result]:
    with _child("both", folder) as front:
        context = sm_context(client)
        for name, keep in (("full", False), ("resumed", True)):
            busy = front.cpu()
            done = _shake_for(HANDSHAKE_SECONDS, front.port, context, keep=keep)
            per_core = done / (front.cpu() - busy)
            yield _result(f"tls.handshakes.{name}", done / HANDSHAKE_SECONDS, "1/s")
            yield _result(f"tls.handshakes.{name}.per_server_core", per_core, "1/s")


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


# lists


def _lists(folder: Path, client: TlsFiles) -> Iterator[Result]:
    with ExitStack() as stack:
        calls = {
            "grpcio_tls": stack.enter_context(_grpcio_tls(folder)),
            "sm_own_process": stack.enter_context(_sm(folder, client, ("inner", "front"))),
            "sm_same_process": stack.enter_context(_sm(folder, client, ("both",))),
        }
        for kind, rate in (("serial", _serial), ("parallel", _parallel)):
            best = dict.fromkeys(calls, 0.0)
            for _ in range(ROUNDS):  # in turns, so that other work on the machine hits all alike
                for name, call in calls.items():
                    best[name] = max(best[name], rate(call))
            for name, value in best.items():
                yield _result(f"tls.list.{kind}.{name}", value, "1/s")
            ratio = best["sm_own_process"] / best["grpcio_tls"]
            yield _result(f"tls.list.{kind}.ratio_to_grpcio_tls", ratio, "")


def _serial(call: Any) -> float:
    return _rate(lambda: (call(b""), 1)[1])


def _parallel(call: Any) -> float:
    def batch() -> int:
        waiting = [call.future(b"") for _ in range(IN_FLIGHT)]
        return len([answer.result() for answer in waiting])

    return _rate(batch)


def _rate(step: Callable[[], int]) -> float:
    step()
    start, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - start) < ROUND_SECONDS:
        done += step()
    return done / spent


@contextmanager
def _grpcio_tls(folder: Path) -> Iterator[Any]:
    roots = grpc.ssl_channel_credentials((folder / "p256.crt").read_bytes())
    with (
        _child("grpcio", folder) as server,
        grpc.secure_channel(f"localhost:{server.port}", roots) as channel,
    ):
        yield _list_of(channel)


@contextmanager
def _sm(folder: Path, client: TlsFiles, roles: tuple[str, ...]) -> Iterator[Any]:
    with ExitStack() as stack:
        children = [stack.enter_context(_child(role, folder)) for role in roles]
        tunnel = Tunnel(client, "127.0.0.1", children[-1].port, "localhost")
        stack.callback(tunnel.stop)
        yield _list_of(stack.enter_context(grpc.insecure_channel(tunnel.start())))


def _list_of(channel: grpc.Channel) -> Any:
    method: Any = channel.unary_unary("/bench/List", None, ListValue.FromString)
    method(b"", wait_for_ready=True)
    return method


def _result(name: str, value: float, unit: str) -> Result:
    return {"name": name, "value": round(value, 2), "unit": unit}


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
    port, inner = 0, folder / ("both.sock" if role == "both" else "inner.sock")
    with ExitStack() as stack:
        if role != "front":
            port = stack.enter_context(_rows_server(role, folder, inner))
        if role in ("front", "both"):
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
            pair = (folder / "p256.key").read_bytes(), (folder / "p256.crt").read_bytes()
            port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials([pair]))
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


def _write_p256(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "p256.crt").write_bytes(certificate.public_bytes(pem))
    pkcs8 = serialization.PrivateFormat.PKCS8
    (folder / "p256.key").write_bytes(key.private_bytes(pem, pkcs8, plain))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _serve(sys.argv[1], Path(sys.argv[2]))
    else:
        for line in measure():
            print(line)
