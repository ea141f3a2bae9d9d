"""A server in a process of its own, as in production: ``python -m tests.bench.serve HOME KIND``.

KIND is ``sm`` (the product) or ``grpcio`` (the same handlers behind grpcio's own TLS, P-256 and
AES, to compare with). It prints its port; for each line it reads it prints its figures.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crypto.tls import Peer
from server import config
from server.config import Settings
from server.core import logs
from server.core.pki import Pki
from server.core.run import Worker, start

EXPORTER = bytes(32)  # grpcio's TLS tells none; the session of its clerk is bound to this


class Process:
    """A started server: its port, and how much it has used."""

    def __init__(self, home: Path, kind: str = "sm", **settings: object) -> None:
        environment = {f"AMB_{name.upper()}": str(value) for name, value in settings.items()}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.serve", str(home), kind],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._line())

    def cpu(self) -> float:
        """Processor seconds it has used."""
        return float(self._ask()["cpu"])

    def memory(self) -> float:
        """MiB it holds now."""
        return float(self._ask()["memory"])

    def _ask(self) -> dict[str, float]:
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found: dict[str, float] = json.loads(self._line())
        return found

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the measured server did not start, or has ended")
        return line

    def stop(self) -> None:
        """End it and wait."""
        self._process.communicate()


@contextmanager
def process(home: Path, kind: str = "sm", **settings: object) -> Iterator[Process]:
    """A server while the block runs; settings beside those of the environment."""
    started = Process(home, kind, **settings)
    try:
        yield started
    finally:
        started.stop()


def memory(pid: str = "self") -> float:
    """MiB of memory a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


# in the other process


def main(home: Path, kind: str) -> None:
    """Serve until the input ends."""
    logs.configure("ERROR")
    settings = config.load(home=home, port=0, log_level="ERROR")
    with _product(settings) if kind == "sm" else _grpcio(settings) as port:
        print(port, flush=True)
        for _ in sys.stdin:
            print(json.dumps({"cpu": time.process_time(), "memory": memory()}), flush=True)


@contextmanager
def _product(settings: Settings) -> Iterator[int]:
    running = start(settings)
    try:
        yield running.port
    finally:
        running.stop(1)


@contextmanager
def _grpcio(settings: Settings) -> Iterator[int]:
    workstation = Pki(settings.home / "pki").certificate("workstation").der
    peer = Peer("bench", workstation, EXPORTER, "127.0.0.1:0")
    worker = Worker(settings, settings.home / "unused.sock", lambda _: peer, number=1)
    key, certificate = p256(settings.home)
    credentials = grpc.ssl_server_credentials([(key, certificate)])
    port = worker._server._grpc.add_secure_port("127.0.0.1:0", credentials)
    worker.start()
    try:
        yield port
    finally:
        worker.finish(1)
        worker.close()


def p256(home: Path) -> tuple[bytes, bytes]:
    """A P-256 key and its own certificate for localhost, PEM; left in home for the client."""
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
    pem = serialization.Encoding.PEM
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (home / "p256.crt").write_bytes(certificate.public_bytes(pem))
    return key.private_bytes(pem, pkcs8, plain), certificate.public_bytes(pem)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
