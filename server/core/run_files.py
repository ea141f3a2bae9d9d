"""The files a running server works with."""

from pathlib import Path

from crypto.cert import Certificate
from crypto.tls import TlsFiles
from server.config import Settings

COPY = Path("audit-checkpoints.jsonl")


def tls_files(settings: Settings) -> TlsFiles:
    """The server's certificate, key and trust for the TLS front."""
    return TlsFiles(
        certificate=settings.path(settings.certificate),
        private_key=settings.path(settings.private_key),
        roots=settings.path(settings.roots),
        crl=settings.path(settings.crl),
    )


def log_certificate(settings: Settings) -> Certificate:
    """The certificate checkpoints are verified by."""
    return Certificate.from_pem(settings.path(settings.log_certificate).read_bytes())
