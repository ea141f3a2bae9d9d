"""Handing out a token: key pair made inside, certificate made by the authority, both checked."""

from pathlib import Path

from crypto.cert import Authority, Certificate, Profile, Subject, request
from crypto.sm2 import PrivateKey, PublicKey
from ukey.errors import CardError
from ukey.key import Ukey

DAYS = 3 * 365
CERTIFICATE_FILE = "ca.crt"
KEY_FILE = "ca.key"


class _InToken:
    """The signing key of an opened token, in the form certificate requests are signed with."""

    def __init__(self, key: Ukey, point: bytes) -> None:
        self.public_key = PublicKey.from_point(point)
        self.sign_digest = key.sign_digest


def issue(
    key: Ukey, pin: str, authority: Authority, subject: Subject, days: int = DAYS
) -> Certificate:
    """Make a new key pair in the token and store a user certificate for it.

    The request is signed inside the token, so the authority certifies only a key that is there.
    Raises CardError, WrongPin; the token's old key is lost even if a later step fails.
    """
    key.verify_pin(pin)
    signer = _InToken(key, key.generate())
    certificate = authority.sign_request(request(signer, subject), Profile.USER, days)
    key.import_certificate(certificate.der)
    if key.certificate() != certificate.der or key.public_key() != signer.public_key.point:
        raise CardError(0, "写入后核对不一致，请更换 UKEY")
    return certificate


def authority(directory: Path, password: bytes | None = None) -> Authority:
    """The authority whose certificate and key lie in a folder as ca.crt and ca.key (PEM).

    Raises OSError, InvalidCertificate, InvalidKey.
    """
    certificate = Certificate.from_pem((directory / CERTIFICATE_FILE).read_bytes())
    key = PrivateKey.from_pem((directory / KEY_FILE).read_bytes(), password)
    return Authority(certificate, key)


def is_protected(directory: Path) -> bool:
    """Whether the authority's key asks for a password."""
    return b"ENCRYPTED" in (directory / KEY_FILE).read_bytes()
