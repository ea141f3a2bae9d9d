"""Certificates, requests and revocation lists as they are issued."""

import shutil
import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import crl, csr, keys, pem, x509
from hypothesis import given
from hypothesis import strategies as st

from crypto import sm3
from crypto.cert import Authority, Certificate, Profile, Subject, read_request, request
from crypto.errors import CryptoError, InvalidCertificate, InvalidKey, InvalidSignature
from crypto.sm2 import PrivateKey
from tests.crypto.forge import P256_POINT, authority, forge, issue, set_point, staff, staff_key


def test_what_a_certificate_says() -> None:
    start = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    certificate = issue(Profile.USER, days=365, not_before=start)
    assert certificate.common_name == "张三"
    assert certificate.subject_serial == "100234"
    assert certificate.public_key == staff_key().public_key
    assert certificate.not_before == start
    assert certificate.not_after == start + timedelta(days=365)
    assert certificate.fingerprint == sm3.digest(certificate.der).hex()
    assert certificate.asn1.subject.native["organizational_unit_name"] == "信息科"
    assert certificate.names == []
    assert not certificate.is_authority


# The profile table of GM/T 0015 style certificates: one key, one duty.
@pytest.mark.parametrize(
    ("profile", "usages", "purposes"),
    [
        (Profile.SERVER, {"digital_signature"}, {"server_auth"}),
        (Profile.WORKSTATION, {"digital_signature"}, {"client_auth"}),
        (
            Profile.USER,
            {"digital_signature", "non_repudiation"},
            {"client_auth", "email_protection"},
        ),
        (Profile.CODE, {"digital_signature"}, {"code_signing"}),
        (Profile.LOG, {"digital_signature"}, {"log_signing"}),
    ],
)
def test_profiles(profile: Profile, usages: set[str], purposes: set[str]) -> None:
    certificate = issue(profile)
    assert certificate.key_usage == usages
    assert certificate.purposes == purposes
    # GmSSL refuses the empty BasicConstraints of CA:FALSE, so leaves have none.
    assert certificate.asn1.basic_constraints_value is None


def test_subject_alternative_names() -> None:
    names = ["localhost", "127.0.0.1", "::1", "急救.example"]
    assert issue(Profile.SERVER, san=names).names == names


def test_pem_and_der_round_trip() -> None:
    certificate = staff()
    assert Certificate.from_pem(certificate.pem) == certificate
    assert Certificate.from_der(certificate.der) == certificate


@pytest.mark.parametrize(
    "junk",
    [b"", b"hello", b"\x30\x00", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
)
def test_junk_is_no_certificate(junk: bytes) -> None:
    with pytest.raises(InvalidCertificate):
        Certificate.from_pem(junk)
    with pytest.raises(InvalidCertificate):
        Certificate.from_der(junk)


@given(st.data())
def test_a_damaged_certificate_or_request_is_refused_by_name(data: st.DataObject) -> None:
    """Whatever the damage, the refusal is one of ours, never an error of a parser."""
    for whole, read in ((staff().der, everything_of), (csr_der(), read_request)):
        bad = bytearray(whole)
        for _ in range(data.draw(st.integers(1, 4))):
            bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
        with suppress(CryptoError):
            read(bytes(bad))


def everything_of(der: bytes) -> None:
    read = Certificate.from_der(der)
    _ = read.common_name, read.subject_serial, read.key_usage, read.purposes, read.names
    _ = read.not_before, read.not_after, read.serial, read.is_authority, read.public_key


@lru_cache
def csr_der() -> bytes:
    return bytes(pem.unarmor(request(staff_key(), Subject("WS-0001")))[2])


def test_bytes_after_a_certificate_are_refused() -> None:
    with pytest.raises(InvalidCertificate):
        Certificate.from_der(staff().der + b"\x00")


def test_serials_are_long_and_never_the_same() -> None:
    serials = {issue(Profile.USER).serial for _ in range(20)}
    assert len(serials) == 20
    assert max(serials).bit_length() > 100
    assert min(serials) > 0


@pytest.mark.parametrize(
    "name", ["", "张" * 65, "x" * 65536, "a\nb", "a\x00b", "\u202ekcul"], ids=lambda n: n[:4]
)
def test_bad_names_are_not_certified(name: str) -> None:
    for subject in (Subject(name), Subject("张三", name), Subject("张三", None, name)):
        with pytest.raises(ValueError, match="printable"):
            authority().issue(Profile.USER, subject, staff_key().public_key, 1)


def test_two_common_names_are_refused() -> None:
    def change(tbs: x509.TbsCertificate) -> None:
        parts = tbs["subject"].chosen
        parts.append(parts[-1])

    with pytest.raises(InvalidCertificate, match="重复"):
        _ = forge(staff(), change).common_name


def test_look_alike_names_are_different_people() -> None:
    """People are told apart by number, whatever their name looks like."""
    latin, cyrillic = Subject("A", "1"), Subject("\u0410", "2")
    issued = [
        authority().issue(Profile.USER, who, staff_key().public_key, 1) for who in (latin, cyrillic)
    ]
    assert [each.subject_serial for each in issued] == ["1", "2"]
    assert issued[0].common_name != issued[1].common_name


def test_a_certificate_does_not_outlive_its_authority() -> None:
    short = Authority.create("短", 10)
    leaf = short.issue(Profile.USER, Subject("张三"), staff_key().public_key, 365)
    assert leaf.not_after == short.certificate.not_after


def test_dates_after_2049() -> None:
    old = Authority.create("久", 365 * 30)
    assert old.certificate.asn1["tbs_certificate"]["validity"]["not_after"].name == "general_time"
    assert old.certificate.not_after.year == datetime.now(UTC).year + 29 or (
        old.certificate.not_after.year == datetime.now(UTC).year + 30
    )


def test_an_authority_needs_its_own_certificate_and_key() -> None:
    with pytest.raises(InvalidCertificate):
        Authority(staff(), staff_key())
    with pytest.raises(InvalidKey):
        Authority(authority().certificate, staff_key())


def test_request_and_its_certificate() -> None:
    key = PrivateKey.generate()
    asked = request(key, Subject("WS-0001", "W1"))
    certificate = authority().sign_request(asked, Profile.WORKSTATION, 30, ["ws1.local"])
    assert certificate.public_key == key.public_key
    assert (certificate.common_name, certificate.subject_serial) == ("WS-0001", "W1")
    assert certificate.names == ["ws1.local"]
    assert certificate.purposes == {"client_auth"}
    _, _, der = pem.unarmor(asked)
    assert read_request(der) == read_request(asked)


def test_a_request_for_the_key_of_another_is_refused() -> None:
    _, _, der = pem.unarmor(request(PrivateKey.generate(), Subject("WS-0001")))
    stolen = csr.CertificationRequest.load(der)
    info = stolen["certification_request_info"]
    info["subject_pk_info"]["public_key"] = keys.ECPointBitString(staff_key().public_key.point)
    with pytest.raises(InvalidSignature):
        authority().sign_request(stolen.dump(force=True))


@pytest.mark.parametrize("junk", [b"", b"\x30\x00", b"hello"])
def test_junk_is_no_request(junk: bytes) -> None:
    with pytest.raises(InvalidCertificate):
        authority().sign_request(junk)


def test_a_key_off_the_curve_is_found_when_it_is_used() -> None:
    certificate = forge(staff(), set_point(P256_POINT))
    with pytest.raises(InvalidKey):
        _ = certificate.public_key


def test_revocation_list() -> None:
    since = datetime(2026, 5, 1, tzinfo=UTC)
    entries: list[Any] = [(staff().serial, "key_compromise"), (7, "superseded", since)]
    _, _, der = pem.unarmor(authority().revoke_list(12, entries, days=3))
    listed = crl.CertificateList.load(der)
    body = listed["tbs_cert_list"]
    assert listed.crl_number_value.native == 12
    assert [e["user_certificate"].native for e in body["revoked_certificates"]] == [
        staff().serial,
        7,
    ]
    assert body["revoked_certificates"][1]["revocation_date"].native == since
    span = body["next_update"].native - body["this_update"].native
    assert span == timedelta(days=3)
    authority().certificate.public_key.verify(body.dump(), listed["signature"].native)


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl command")
def test_openssl_accepts_what_we_issue(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("ca.pem", "user.pem", "log.pem", "ws.csr")]
    texts = (
        authority().certificate.pem,
        staff().pem,
        issue(Profile.LOG).pem,
        request(staff_key(), Subject("WS-0001")),
    )
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    ca, user, log, asked = (str(path) for path in paths)
    user_id = ["-vfyopt", "distid:1234567812345678"]
    for command in (
        ["verify", *user_id, "-x509_strict", "-CAfile", ca, user, log],
        ["req", "-in", asked, "-noout", "-verify", *user_id],
    ):
        subprocess.run(["openssl", *command], check=True, capture_output=True, timeout=20)
