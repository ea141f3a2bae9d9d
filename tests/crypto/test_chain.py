"""Which certificates are good: the catalogue of those that are not, one line each."""

import os
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import core, pem, x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateBuilder, Name, NameAttribute, random_serial_number
from cryptography.x509.oid import NameOID
from OpenSSL._util import lib as openssl_lib

from crypto import chain, sm2, sm3
from crypto.cert import Authority, Certificate, Profile, Subject
from crypto.errors import InvalidCertificate
from crypto.sm2 import PrivateKey
from tests.crypto.forge import (
    P256_POINT,
    authority,
    forge,
    issue,
    now,
    other_authority,
    set_extension,
    set_point,
    staff,
    staff_key,
    write_trust,
)

DAY = timedelta(days=1)


def crl(*revoked: int, days: int = 7, since: datetime | None = None) -> bytes:
    return authority().revoke_list(1, [(n, "key_compromise") for n in revoked], days, since)


def check(certificate: Certificate, crls: list[bytes] | None = None, **options: str) -> None:
    lists = [crl()] if crls is None else crls
    chain.verify(certificate, [authority().certificate], lists, None, **options)


@pytest.mark.parametrize(
    ("profile", "purpose"),
    [
        (Profile.SERVER, "server_auth"),
        (Profile.WORKSTATION, "client_auth"),
        (Profile.USER, "client_auth"),
        (Profile.USER, "email_protection"),
        (Profile.CODE, "code_signing"),
        (Profile.LOG, "log_signing"),
    ],
)
def test_good_certificates(profile: Profile, purpose: str) -> None:
    check(issue(profile), purpose=purpose)


def test_other_peoples_revocations_do_no_harm() -> None:
    check(staff(), [crl(staff().serial + 1)])


def empty_id_signature(certificate: Certificate) -> Certificate:
    """Signed as OpenSSL 3.0 does by default: with an empty user ID."""
    key = authority().private_key
    curve = sm2._Z_HEAD[len(sm2.USER_ID) + 2 :]
    za = sm3.digest(b"\x00\x00" + curve + key.public_key.point[1:])
    asn1 = x509.Certificate.load(certificate.der).copy()
    asn1["signature_value"] = key.sign_digest(sm3.digest(za + asn1["tbs_certificate"].dump()))
    return Certificate.from_der(asn1.dump(force=True))


def spoiled_signature(certificate: Certificate) -> Certificate:
    return Certificate.from_der(certificate.der[:-1] + bytes([certificate.der[-1] ^ 1]))


def spoiled_name(certificate: Certificate) -> Certificate:
    return Certificate.from_der(certificate.der.replace("张三".encode(), "李四".encode()))


def under_leaf() -> Certificate:
    """Issued by a certificate that is none of an authority."""
    return forge(staff(), lambda tbs: tbs.__setitem__("issuer", staff().asn1.subject), staff_key())


def intermediate(constraints: dict[str, object] | None) -> tuple[Certificate, Certificate]:
    """A second authority below the first, which allows none, and a leaf of it."""
    key = PrivateKey.generate()
    middle = issue(Profile.SERVER, key.public_key)
    middle = forge(middle, set_extension("key_usage", {"key_cert_sign", "crl_sign"}))
    middle = forge(middle, set_extension("extended_key_usage", None))
    middle = forge(middle, set_extension("basic_constraints", constraints))
    leaf = forge(staff(), lambda tbs: tbs.__setitem__("issuer", middle.asn1.subject), key)
    issuer = x509.AuthorityKeyIdentifier({"key_identifier": middle.asn1.key_identifier})
    return middle, forge(leaf, set_extension("authority_key_identifier", issuer, False), key)


def p256_certificate() -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = Name([NameAttribute(NameOID.COMMON_NAME, "P-256")])
    builder = CertificateBuilder(name, name, key.public_key(), random_serial_number())
    builder = builder.not_valid_before(now() - DAY).not_valid_after(now() + DAY)
    return Certificate.from_der(builder.sign(key, SHA256()).public_bytes(Encoding.DER))


BAD: dict[str, tuple[Callable[[], Certificate], str]] = {
    "wrong user ID": (lambda: empty_id_signature(staff()), "签名不正确"),
    "spoiled signature": (lambda: spoiled_signature(staff()), "签名不正确"),
    "spoiled name": (lambda: spoiled_name(staff()), "签名不正确"),
    "expired": (lambda: issue(Profile.USER, days=1, not_before=now() - 2 * DAY), "已过期"),
    "not yet valid": (lambda: issue(Profile.USER, not_before=now() + DAY), "尚未生效"),
    "other key, same name": (
        lambda: other_authority().issue(
            Profile.USER, Subject("张三", "100234", "信息科"), staff_key().public_key, 365
        ),
        "找不到签发机构|签名不正确|不是由受信任",
    ),
    "self-signed": (lambda: Authority.create("自", 10).certificate, "自签名"),
    "issued by a leaf": (under_leaf, "找不到签发机构|不是由受信任"),
    "unknown critical extension": (
        lambda: forge(staff(), set_extension("1.2.3.4", core.ParsableOctetString(b""))),
        "critical extension",
    ),
    "point off the curve": (lambda: forge(staff(), set_point(P256_POINT)), "公钥不在|密钥无效"),
    "point at infinity": (lambda: forge(staff(), set_point(b"\x00")), "公钥|密钥"),
    "P-256": (p256_certificate, "不是用 SM2 签发"),
    "no key usage": (lambda: forge(staff(), set_extension("key_usage", None)), "用途不符"),
    "encryption certificate": (
        lambda: forge(staff(), set_extension("key_usage", {"key_encipherment"})),
        "用途不符",
    ),
    "the authority itself": (lambda: authority().certificate, "用途不符"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_certificates_are_refused(case: str) -> None:
    build, reason = BAD[case]
    with pytest.raises(InvalidCertificate, match=reason):
        check(build())


@pytest.mark.parametrize("case", BAD)
def test_a_refusal_leaves_no_error_behind(case: str) -> None:
    """OpenSSL's queue belongs to the thread: its next call must not be blamed."""
    with pytest.raises(InvalidCertificate):
        check(BAD[case][0]())
    assert openssl_lib.ERR_peek_error() == 0


@pytest.mark.parametrize(
    ("profile", "purpose"),
    [
        (Profile.SERVER, "client_auth"),
        (Profile.WORKSTATION, "server_auth"),
        (Profile.USER, "server_auth"),
        (Profile.USER, "code_signing"),
        (Profile.CODE, "log_signing"),
        (Profile.LOG, "code_signing"),
    ],
)
def test_a_certificate_serves_its_own_purpose_only(profile: Profile, purpose: str) -> None:
    with pytest.raises(InvalidCertificate, match="不是为此签发"):
        check(issue(profile), purpose=purpose)


def test_only_people_sign_for_good() -> None:
    check(staff(), usage="non_repudiation")
    with pytest.raises(InvalidCertificate, match="用途不符"):
        check(issue(Profile.SERVER), usage="non_repudiation")


def stranger_crl() -> bytes:
    return other_authority().revoke_list(1, [])


def spoiled_crl() -> bytes:
    _, _, der = pem.unarmor(crl())
    return bytes(pem.armor("X509 CRL", der[:-1] + bytes([der[-1] ^ 1])))


BAD_LISTS: dict[str, tuple[Callable[[], list[bytes]], str]] = {
    "revoked": (lambda: [crl(staff().serial)], "已被吊销"),
    "none": (list, "缺少吊销列表"),
    "stale": (lambda: [crl(days=1, since=now() - 2 * DAY)], "吊销列表已过期"),
    "from the future": (lambda: [crl(since=now() + DAY)], "吊销列表尚未生效"),
    "of another authority": (lambda: [stranger_crl()], "缺少吊销列表|签名不正确"),
    "spoiled": (lambda: [spoiled_crl()], "签名不正确"),
    "junk": (lambda: [b"hello"], "PEM"),
    "empty": (
        lambda: [b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n"],
        "吊销列表编码",
    ),
}


@pytest.mark.parametrize("case", BAD_LISTS)
def test_bad_revocation_lists_are_refused(case: str) -> None:
    build, reason = BAD_LISTS[case]
    with pytest.raises(InvalidCertificate, match=reason):
        check(staff(), build())


@pytest.mark.parametrize("start", range(4))
def test_a_damaged_list_is_refused_by_name(start: int) -> None:
    _, _, der = pem.unarmor(crl(5))
    for at in range(start, len(der), 4):
        bad = bytearray(der)
        bad[at] ^= 0x01 << at % 8
        with pytest.raises(InvalidCertificate):
            check(staff(), [pem.armor("X509 CRL", bytes(bad))])


@pytest.mark.parametrize(
    ("constraints", "reason"),
    [
        ({"ca": True}, "证书链过长"),
        ({"ca": False}, "签发者不是证书机构|无权|未通过"),
        (None, "签发者不是证书机构|无权|未通过"),
    ],
)
def test_authorities_below_the_root_are_refused(
    constraints: dict[str, object] | None, reason: str
) -> None:
    middle, leaf = intermediate(constraints)
    roots = [authority().certificate, middle]
    with pytest.raises(InvalidCertificate, match=reason):
        chain.verify(leaf, roots, [crl()], None)


def test_no_roots_no_trust() -> None:
    with pytest.raises(InvalidCertificate):
        chain.verify(staff(), [], [crl()], None)


@pytest.mark.parametrize(("days", "reason"), [(-3, "尚未生效"), (2, "已过期")])
def test_the_time_is_an_argument(days: int, reason: str) -> None:
    certificate = issue(Profile.USER, days=1)
    lists = [crl(days=30, since=now() - 10 * DAY)]
    root = forge(authority().certificate, lambda tbs: _valid_from(tbs, now() - 20 * DAY))
    chain.verify(certificate, [root], lists, now() + DAY / 2)
    with pytest.raises(InvalidCertificate, match=reason):
        chain.verify(certificate, [root], lists, now() + days * DAY)


def _valid_from(tbs: x509.TbsCertificate, moment: datetime) -> None:
    tbs["validity"]["not_before"] = x509.Time("utc_time", moment.replace(microsecond=0))


def touch(path: Path, data: bytes) -> None:
    """Write and make sure the change can be seen, however coarse the clock of the disk."""
    stamp = path.stat().st_mtime_ns + 1_000_000_000
    path.write_bytes(data)
    os.utime(path, ns=(stamp, stamp))


def test_trust_takes_up_a_new_list(tmp_path: Path) -> None:
    trust = write_trust(tmp_path)
    trust.verify(staff(), purpose="client_auth")
    touch(tmp_path / "ca.crl", authority().revoke_list(2, [(staff().serial, "key_compromise")]))
    with pytest.raises(InvalidCertificate, match="已被吊销"):
        trust.verify(staff())


def test_trust_takes_up_a_new_root(tmp_path: Path) -> None:
    trust = write_trust(tmp_path)
    touch(tmp_path / "ca.crt", other_authority().certificate.pem)
    with pytest.raises(InvalidCertificate):
        trust.verify(staff())
    assert trust.roots == [other_authority().certificate]


def test_an_older_list_does_not_bring_the_revoked_back(tmp_path: Path) -> None:
    trust = write_trust(tmp_path)
    old = (tmp_path / "ca.crl").read_bytes()
    touch(tmp_path / "ca.crl", authority().revoke_list(2, [(staff().serial, "key_compromise")]))
    with pytest.raises(InvalidCertificate, match="已被吊销"):
        trust.verify(staff())
    touch(tmp_path / "ca.crl", old)
    with pytest.raises(InvalidCertificate, match="已被吊销"):
        trust.verify(staff())
    assert "编号倒退" in trust.problem
    with pytest.raises(InvalidCertificate, match="编号倒退"):
        trust.reload()


@pytest.mark.parametrize("name", ["ca.crt", "ca.crl"])
def test_an_unreadable_file_leaves_the_last_good_one_in_force(tmp_path: Path, name: str) -> None:
    trust = write_trust(tmp_path)
    good = (tmp_path / name).read_bytes()
    touch(tmp_path / name, b"half a fi")
    trust.verify(staff())
    assert trust.problem
    touch(tmp_path / name, good)
    trust.verify(staff())
    assert not trust.problem


@pytest.mark.parametrize("name", ["ca.crt", "ca.crl"])
def test_trust_does_not_start_without_its_files(tmp_path: Path, name: str) -> None:
    write_trust(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InvalidCertificate, match="读不到"):
        chain.Trust(tmp_path / "ca.crt", tmp_path / "ca.crl")


# Signed documents outlive certificates; a revocation reaches back unless it is harmless.
@pytest.mark.parametrize(
    ("reason", "signed_before", "stands"),
    [
        ("superseded", True, True),
        ("cessation_of_operation", True, True),
        ("affiliation_changed", True, True),
        ("superseded", False, False),
        ("key_compromise", True, False),
        ("unspecified", True, False),
    ],
)
def test_signatures_older_than_the_revocation(
    tmp_path: Path, reason: str, signed_before: bool, stands: bool
) -> None:
    trust = write_trust(tmp_path, (staff().serial, reason, now()))
    signed_at = now() + timedelta(minutes=-1 if signed_before else 1)
    refusal = pytest.raises(InvalidCertificate, match="已被吊销")
    with nullcontext() if stands else refusal:
        trust.verify_signed(staff(), signed_at)


def test_a_document_outlives_its_certificate(tmp_path: Path) -> None:
    start = now() - 400 * DAY
    root = forge(authority().certificate, lambda tbs: _valid_from(tbs, start))
    trust = write_trust(tmp_path)
    touch(tmp_path / "ca.crt", root.pem)
    old = issue(Profile.USER, days=365, not_before=start)
    trust.verify_signed(old, start + 100 * DAY)
    for moment in (start - DAY, start + 366 * DAY):
        with pytest.raises(InvalidCertificate, match=r"尚未生效|已过期"):
            trust.verify_signed(old, moment)


def test_documents_from_the_future_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidCertificate, match="晚于"):
        write_trust(tmp_path).verify_signed(staff(), now() + DAY)


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (stranger_crl, "签名不正确"),
        (spoiled_crl, "签名不正确"),
        (lambda: crl(days=1, since=now() - 2 * DAY), "已过期"),
        (lambda: crl(since=now() + DAY), "尚未生效"),
    ],
)
def test_documents_need_a_good_list_of_today(
    tmp_path: Path, build: Callable[[], bytes], reason: str
) -> None:
    (tmp_path / "ca.crt").write_bytes(authority().certificate.pem)
    (tmp_path / "ca.crl").write_bytes(build())
    trust = chain.Trust(tmp_path / "ca.crt", tmp_path / "ca.crl")
    with pytest.raises(InvalidCertificate, match=reason):
        trust.verify_signed(staff(), now())
