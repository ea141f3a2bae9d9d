"""Signed documents: what is made, what other products make, and everything that must fail."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import core
from gmssl.sm2 import CryptSM2

from crypto import cms, oids, sm3
from crypto.cert import Certificate, Profile
from crypto.encoding import to_raw
from crypto.errors import InvalidCertificate, InvalidSignature
from crypto.sm2 import PrivateKey
from tests.crypto.forge import authority, issue, now, other_authority, staff, staff_key, write_trust

CONTENT = "出库单 CK20261122-0001 金额 1234.50".encode()
AT = datetime(2026, 11, 22, 8, 30, 15, tzinfo=UTC)


def sign(content: bytes = CONTENT, at: datetime | None = None, detached: bool = True) -> bytes:
    return cms.sign(content, staff(), staff_key().sign_digest, at or now(), detached)


def rebuilt(blob: bytes, change: Callable[[Any], object]) -> bytes:
    """The document with its SignedData changed and encoded again, its signature as it was."""
    whole = asn1_cms.ContentInfo.load(blob).copy()
    change(whole["content"])
    return bytes(whole.dump(force=True))


def test_attached_and_detached() -> None:
    attached = cms.verify(sign(at=AT, detached=False))
    assert attached == cms.Signed(staff(), AT, CONTENT)
    assert cms.verify(sign(at=AT), CONTENT) == attached
    assert cms.verify(sign(at=AT, detached=False), CONTENT) == attached


def test_the_identifiers_are_those_of_the_standard() -> None:
    whole = asn1_cms.ContentInfo.load(sign())
    signer = whole["content"]["signer_infos"][0]
    assert whole["content_type"].dotted == oids.GM_SIGNED_DATA
    inner = whole["content"]["encap_content_info"]["content_type"]
    assert inner.dotted == oids.GM_DATA
    assert signer["digest_algorithm"]["algorithm"].dotted == oids.SM3
    assert signer["signature_algorithm"]["algorithm"].dotted == oids.SM2_SIGN


def test_another_implementation_accepts_the_signature() -> None:
    """SM2 over the DER SET OF attributes, ZA and arithmetic by gmssl."""
    signer = asn1_cms.ContentInfo.load(sign())["content"]["signer_infos"][0]
    oracle = CryptSM2("", "")
    oracle.public_key = staff().public_key.point[1:].hex()
    signed = signer["signed_attrs"].untag().dump()
    assert oracle.verify_with_sm3(to_raw(signer["signature"].native).hex(), signed)


def test_a_trusted_signer(tmp_path: Path) -> None:
    assert cms.verify(sign(), CONTENT, write_trust(tmp_path)).certificate == staff()


def test_a_token_is_given_32_bytes() -> None:
    given: list[bytes] = []

    def token(e: bytes) -> bytes:
        given.append(e)
        return staff_key().sign_digest(e)

    cms.verify(cms.sign(CONTENT, staff(), token, now()), CONTENT)
    assert [len(e) for e in given] == [32]


def foreign(
    content_oid: str,
    data_oid: str,
    algorithm: str,
    attributes: bool = True,
    more: tuple[tuple[str, Any], ...] = (),
) -> bytes:
    """As other products write it: other identifiers, with or without attributes."""
    values = [
        ("content_type", asn1_cms.ContentType(data_oid)),
        ("message_digest", core.OctetString(sm3.digest(CONTENT))),
        *more,
    ]
    signed = asn1_cms.CMSAttributes([{"type": kind, "values": [v]} for kind, v in values])
    names = {"issuer": staff().asn1.issuer, "serial_number": staff().serial}
    signer = {
        "version": "v1",
        "sid": asn1_cms.SignerIdentifier("issuer_and_serial_number", names),
        "digest_algorithm": {"algorithm": "sm3", "parameters": core.Null()},
        "signature_algorithm": {"algorithm": algorithm},
        "signature": staff_key().sign(signed.dump() if attributes else CONTENT),
    } | ({"signed_attrs": signed} if attributes else {})
    body = asn1_cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sm3"}],
            "encap_content_info": {"content_type": data_oid, "content": CONTENT},
            "certificates": [staff().asn1],
            "signer_infos": [signer],
        }
    )
    return bytes(asn1_cms.ContentInfo({"content_type": content_oid, "content": body}).dump())


@pytest.mark.parametrize("algorithm", ["sm2", "sm2_sm3"])
@pytest.mark.parametrize("kinds", [("gm_signed_data", "gm_data"), ("signed_data", "data")])
@pytest.mark.parametrize("attributes", [True, False])
def test_what_other_products_write_is_read(
    kinds: tuple[str, str], algorithm: str, attributes: bool, tmp_path: Path
) -> None:
    signed = cms.verify(foreign(*kinds, algorithm, attributes), None, write_trust(tmp_path))
    assert signed == cms.Signed(staff(), None, CONTENT)


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_every_changed_byte_is_refused(mask: int) -> None:
    blob = sign(detached=False)
    for at in range(len(blob)):
        bad = bytearray(blob)
        bad[at] ^= mask
        with pytest.raises(InvalidSignature):
            cms.verify(bytes(bad))


def substitute(certificate: Certificate) -> Callable[[Any], object]:
    return lambda body: body.__setitem__("certificates", [certificate.asn1])


def same_name_other_key() -> Certificate:
    from tests.crypto.forge import forge

    key = PrivateKey.generate()
    other = issue(Profile.USER, key.public_key)
    return forge(other, lambda tbs: tbs.__setitem__("serial_number", staff().serial))


def drop_attributes(body: Any) -> None:
    del body["signer_infos"][0]["signed_attrs"]


def repeat_signer(body: Any) -> None:
    body["signer_infos"] = [body["signer_infos"][0], body["signer_infos"][0]]


def repeat_attribute(body: Any) -> None:
    attributes = body["signer_infos"][0]["signed_attrs"]
    attributes.append(attributes[0])


def change_time(body: Any) -> None:
    for attribute in body["signer_infos"][0]["signed_attrs"]:
        if attribute["type"].native == "signing_time":
            attribute["values"] = [asn1_cms.Time("utc_time", AT)]


def next_version(body: Any) -> None:
    body["version"] = "v3"


def next_signer_version(body: Any) -> None:
    body["signer_infos"][0]["version"] = "v3"


def use_sha256(body: Any) -> None:
    body["signer_infos"][0]["digest_algorithm"] = {"algorithm": "sha256"}


BAD: dict[str, Callable[[Any], object]] = {
    "signature stripped": lambda body: body.__setitem__("signer_infos", []),
    "signature empty": lambda body: body["signer_infos"][0].__setitem__("signature", b""),
    "two signers": repeat_signer,
    "attributes stripped": drop_attributes,
    "attribute repeated": repeat_attribute,
    "time changed": change_time,
    "no certificate": lambda body: body.__setitem__("certificates", []),
    "certificate of another": substitute(issue(Profile.SERVER)),
    "same name, other key": substitute(same_name_other_key()),
    "a stranger's certificate carried along": lambda body: body["certificates"].append(
        other_authority().issue(Profile.USER, _subject(), staff_key().public_key, 1).asn1
    ),
    "another digest algorithm": use_sha256,
    "another version": next_version,
    "another version of the signer": next_signer_version,
}


def _subject() -> Any:
    from crypto.cert import Subject

    return Subject("李四")


@pytest.mark.parametrize("case", BAD)
def test_tampered_documents_are_refused(case: str) -> None:
    with pytest.raises(InvalidSignature):
        cms.verify(rebuilt(sign(), BAD[case]), CONTENT)


def test_rebuilding_alone_does_no_harm() -> None:
    cms.verify(rebuilt(sign(), lambda _: None), CONTENT)


def test_attributes_in_another_order_are_refused() -> None:
    blob = sign()
    attributes = asn1_cms.ContentInfo.load(blob)["content"]["signer_infos"][0]["signed_attrs"]
    parts = [attribute.dump() for attribute in attributes]
    swapped = blob.replace(b"".join(parts), b"".join(parts[::-1]))
    assert swapped != blob
    with pytest.raises(InvalidSignature):
        cms.verify(swapped, CONTENT)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ((("message_digest", core.OctetString(bytes(32))),), "重复"),
        ((("signing_certificate_v2", cms.certificate_id(authority().certificate)),), "被替换"),
    ],
)
def test_contradictions_of_the_signer_are_refused(
    more: tuple[tuple[str, Any], ...], reason: str
) -> None:
    with pytest.raises(InvalidSignature, match=reason):
        cms.verify(foreign("signed_data", "data", "sm2", more=more))


def test_a_content_type_other_than_the_signed_one_is_refused() -> None:
    signed_as_other = foreign("signed_data", "data", "sm2")
    body = rebuilt(
        signed_as_other, lambda b: b["encap_content_info"].__setitem__("content_type", "gm_data")
    )
    with pytest.raises(InvalidSignature, match="内容类型不符"):
        cms.verify(body)


def test_another_spelling_of_the_same_document_is_refused() -> None:
    """BER with an indefinite length outside says the same, and is not what was signed."""
    blob = sign()
    assert blob[:2] == b"\x30\x82"
    with pytest.raises(InvalidSignature, match=r"DER|编码"):
        cms.verify(b"\x30\x80" + blob[4:] + b"\x00\x00", CONTENT)
    with pytest.raises(InvalidSignature, match="DER"):
        cms.verify(b"\x30\x83\x00" + blob[2:], CONTENT)


def test_the_content_of_another_record_is_refused() -> None:
    for detached in (True, False):
        with pytest.raises(InvalidSignature):
            cms.verify(sign(detached=detached), CONTENT.replace(b"0001", b"0002"))


def test_a_detached_signature_needs_its_content() -> None:
    with pytest.raises(InvalidSignature, match="请提供原文"):
        cms.verify(sign())


@pytest.mark.parametrize("junk", [b"", b"\x30\x00", b"hello", bytes(100)])
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(InvalidSignature):
        cms.verify(junk, CONTENT)


def test_bytes_behind_the_document_are_refused() -> None:
    with pytest.raises(InvalidSignature):
        cms.verify(sign() + b"\x00", CONTENT)


def test_an_unknown_issuer_is_refused(tmp_path: Path) -> None:
    stranger = other_authority().issue(Profile.USER, _subject(), staff_key().public_key, 1)
    blob = cms.sign(CONTENT, stranger, staff_key().sign_digest, now())
    cms.verify(blob, CONTENT)
    with pytest.raises(InvalidCertificate):
        cms.verify(blob, CONTENT, write_trust(tmp_path))


def test_a_revoked_signer_is_refused(tmp_path: Path) -> None:
    trust = write_trust(tmp_path, (staff().serial, "key_compromise"))
    with pytest.raises(InvalidCertificate, match="已被吊销"):
        cms.verify(sign(), CONTENT, trust)


@pytest.mark.parametrize("days", [-400, 400])
def test_signed_outside_the_validity_of_the_certificate(tmp_path: Path, days: int) -> None:
    blob = sign(at=now() + timedelta(days=days))
    with pytest.raises(InvalidCertificate):
        cms.verify(blob, CONTENT, write_trust(tmp_path))


def test_the_issuer_may_be_carried_along() -> None:
    carried = rebuilt(
        sign(), lambda body: body["certificates"].append(authority().certificate.asn1)
    )
    assert cms.verify(carried, CONTENT).certificate == staff()
