"""A small authority for the tests, and certificates no honest authority would issue."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from asn1crypto import keys, x509

from crypto import chain
from crypto.cert import Authority, Certificate, Profile, Subject
from crypto.sm2 import PrivateKey, PublicKey

# A point of P-256 (its generator), which is not on the SM2 curve.
P256_POINT = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


def now() -> datetime:
    return datetime.now(UTC)


@lru_cache
def authority() -> Authority:
    return Authority.create("测试根证书", 3650)


@lru_cache
def other_authority() -> Authority:
    return Authority.create("测试根证书", 3650)  # same name, other key


@lru_cache
def staff_key() -> PrivateKey:
    return PrivateKey.generate()


@lru_cache
def staff() -> Certificate:
    return issue(Profile.USER)


def issue(profile: Profile, key: PublicKey | None = None, **options: Any) -> Certificate:
    subject = Subject("张三", "100234", "信息科")
    options = {"days": 365} | options
    return authority().issue(profile, subject, key or staff_key().public_key, **options)


def forge(
    certificate: Certificate,
    change: Callable[[x509.TbsCertificate], object],
    by: PrivateKey | None = None,
) -> Certificate:
    """The certificate with a changed body, signed again by the authority's key, or another."""
    asn1 = x509.Certificate.load(certificate.der).copy()
    tbs = asn1["tbs_certificate"]
    change(tbs)
    asn1["signature_value"] = (by or authority().private_key).sign(tbs.dump(force=True))
    return Certificate.from_der(asn1.dump(force=True))


def set_point(point: bytes) -> Callable[[x509.TbsCertificate], object]:
    def change(tbs: x509.TbsCertificate) -> None:
        tbs["subject_public_key_info"]["public_key"] = keys.ECPointBitString(point)

    return change


def set_extension(
    kind: str, value: object, critical: bool = True
) -> Callable[[x509.TbsCertificate], object]:
    def change(tbs: x509.TbsCertificate) -> None:
        others = [e for e in tbs["extensions"] if e["extn_id"].native != kind]
        if value is not None:
            extension = {"extn_id": kind, "critical": critical, "extn_value": value}
            others.append(x509.Extension(extension))
        tbs["extensions"] = x509.Extensions(others)

    return change


def write_trust(folder: Path, *revoked: tuple[int, str] | tuple[int, str, datetime]) -> chain.Trust:
    """Root and CRL number 1 in two files of `folder`, and the trust in them."""
    (folder / "ca.crt").write_bytes(authority().certificate.pem)
    (folder / "ca.crl").write_bytes(authority().revoke_list(1, revoked))
    return chain.Trust(folder / "ca.crt", folder / "ca.crl")
