"""Signed documents as SignedData of GM/T 0010 (GB/T 35275), one signer, SM3 with SM2."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Never

from asn1crypto import cms, core, tsp

from crypto import oids, sm3
from crypto.cert import Certificate
from crypto.chain import Trust
from crypto.errors import InvalidCertificate, InvalidKey, InvalidSignature

# Some products write the plain PKCS#7 identifiers, or 1.2.156.10197.1.501 for the signature.
_SIGNED_DATA = {oids.GM_SIGNED_DATA, "1.2.840.113549.1.7.2"}
_DATA = {oids.GM_DATA, "1.2.840.113549.1.7.1"}
_SIGNATURES = {oids.SM2_SIGN, oids.SM2_SM3}
_DIGEST = {"algorithm": "sm3"}
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)


@dataclass(frozen=True)
class Signed:
    """What a verified signature says; the time is the signer's own claim."""

    certificate: Certificate
    signing_time: datetime | None
    content: bytes


def sign(
    content: bytes,
    certificate: Certificate,
    sign_digest: Callable[[bytes], bytes],
    signing_time: datetime,
    detached: bool = True,
) -> bytes:
    """DER SignedData over `content`; detached means the content is kept elsewhere.

    `sign_digest` turns e = SM3(ZA‖M), 32 bytes, into a DER signature: a key or a token.
    """
    attributes = _attributes(content, certificate, signing_time)
    e = certificate.public_key.digest(attributes.dump())
    signer = {
        "version": "v1",
        "sid": _signer_id(certificate),
        "digest_algorithm": _DIGEST,
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sm2"},
        "signature": sign_digest(e),
    }
    body = {
        "version": "v1",
        "digest_algorithms": [_DIGEST],
        "encap_content_info": {"content_type": "gm_data"}
        | ({} if detached else {"content": content}),
        "certificates": [certificate.asn1],
        "signer_infos": [signer],
    }
    whole = {"content_type": "gm_signed_data", "content": cms.SignedData(body)}
    return bytes(cms.ContentInfo(whole).dump())


def verify(blob: bytes, content: bytes | None = None, trust: Trust | None = None) -> Signed:
    """Signer, time and content of a DER SignedData; `content` is needed when it is detached.

    Without `trust` only the signature is checked, not whose certificate it is.  Raises
    InvalidSignature, or InvalidCertificate from the trust.
    """
    try:
        body = _signed_data(blob)
        signer = _only(body["signer_infos"], "签名者")
        certificate = _signer_certificate(body, signer)
        content = _content(body, content)
        signing_time = _check_signer(signer, body, certificate, content)
    except _MALFORMED:
        raise InvalidSignature("签名数据编码不正确") from None
    except InvalidKey:
        raise InvalidSignature("签名者证书的公钥无效") from None
    if trust is not None and signing_time is None:
        trust.verify(certificate)
    elif trust is not None and signing_time is not None:
        trust.verify_signed(certificate, signing_time)
    return Signed(certificate, signing_time, content)


def _attributes(content: bytes, certificate: Certificate, at: datetime) -> cms.CMSAttributes:
    moment = cms.Time("utc_time", at.astimezone(UTC).replace(microsecond=0))
    values = {
        "content_type": cms.ContentType("gm_data"),
        "message_digest": core.OctetString(sm3.digest(content)),
        "signing_time": moment,
        "signing_certificate_v2": certificate_id(certificate),
    }
    return cms.CMSAttributes([{"type": kind, "values": [v]} for kind, v in values.items()])


def certificate_id(certificate: Certificate) -> tsp.SigningCertificateV2:
    """The signed attribute that pins a certificate by its SM3 (RFC 5035)."""
    pin = {"hash_algorithm": _DIGEST, "cert_hash": sm3.digest(certificate.der)}
    return tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2(pin)]})


def _signer_id(certificate: Certificate) -> cms.SignerIdentifier:
    names = {"issuer": certificate.asn1.issuer, "serial_number": certificate.serial}
    return cms.SignerIdentifier("issuer_and_serial_number", names)


def _signed_data(blob: bytes) -> Any:
    whole = cms.ContentInfo.load(blob, strict=True)
    if whole["content_type"].dotted not in _SIGNED_DATA:
        _refuse("不是签名数据")
    body = whole["content"]
    _ = body.native  # parse all of it here
    if whole.dump(force=True) != blob:
        _refuse("签名数据不是 DER 编码")
    if body["version"].native != "v1":
        _refuse("签名数据版本不受支持")
    for algorithm in body["digest_algorithms"]:
        _require(algorithm, {oids.SM3})
    if body["encap_content_info"]["content_type"].dotted not in _DATA:
        _refuse("签名数据的内容类型不受支持")
    return body


def _only(values: Any, what: str) -> Any:
    if len(values) != 1:
        _refuse(f"应当恰有一个{what}")
    return values[0]


def _require(algorithm: Any, allowed: set[str]) -> None:
    if algorithm["algorithm"].dotted not in allowed or algorithm["parameters"].native is not None:
        _refuse("签名没有使用国密算法 SM2、SM3")


def _signer_certificate(body: Any, signer: Any) -> Certificate:
    """The certificate the signer names; any others must be its issuers, each soundly signed."""
    try:
        given = [Certificate.from_der(choice.chosen.dump()) for choice in body["certificates"]]
    except InvalidCertificate:
        _refuse("签名中的证书编码不正确")
    wanted = signer["sid"].chosen
    if signer["sid"].name != "issuer_and_serial_number":
        _refuse("签名者标识不受支持")
    key = wanted["issuer"].dump(), wanted["serial_number"].native
    found = [c for c in given if (c.asn1.issuer.dump(), c.serial) == key]
    certificate: Certificate = _only(found, "签名者证书")
    for other in given:
        if other is not certificate:
            _require_issued(other, given)
    return certificate


def _require_issued(certificate: Certificate, among: list[Certificate]) -> None:
    asn1 = certificate.asn1
    _require(asn1["signature_algorithm"], {oids.SM2_SM3})
    tbs, signature = asn1["tbs_certificate"].dump(), asn1["signature_value"].native
    for issuer in among:
        if issuer.asn1.subject.dump() == asn1.issuer.dump():
            issuer.public_key.verify(tbs, signature)
            return
    _refuse("签名中夹带了无关的证书")


def _content(body: Any, given: bytes | None) -> bytes:
    inside: bytes | None = body["encap_content_info"]["content"].native
    if inside is None and given is None:
        _refuse("签名不含原文，请提供原文")
    if inside is not None and given is not None and inside != given:
        _refuse("签名所含原文与所给原文不同")
    return inside if inside is not None else given or b""


def _check_signer(
    signer: Any, body: Any, certificate: Certificate, content: bytes
) -> datetime | None:
    if signer["version"].native != "v1":
        _refuse("签名者信息版本不受支持")
    _require(signer["digest_algorithm"], {oids.SM3})
    _require(signer["signature_algorithm"], _SIGNATURES)
    signature = signer["signature"].native
    if not isinstance(signer["signed_attrs"], cms.CMSAttributes):
        certificate.public_key.verify(content, signature)
        return None
    # The bytes as they came, with the tag of SET OF: a re-encoding would hide a changed order.
    signed = b"\x31" + signer["signed_attrs"].dump()[1:]
    certificate.public_key.verify(signed, signature)
    return _check_attributes(signer["signed_attrs"], body, certificate, content)


def _check_attributes(
    attributes: Any, body: Any, certificate: Certificate, content: bytes
) -> datetime | None:
    found: dict[str, Any] = {}
    for attribute in attributes:
        kind = attribute["type"].native
        if kind in found:
            _refuse("签名属性重复")
        found[kind] = _only(attribute["values"], "签名属性值")
    if not sm3.equal(found["message_digest"].native, sm3.digest(content)):
        _refuse("内容与签名不符，可能已被改动")
    if found["content_type"].dotted != body["encap_content_info"]["content_type"].dotted:
        _refuse("签名属性中的内容类型不符")
    if (named := found.get("signing_certificate_v2")) is not None:
        _check_named(named["certs"][0], certificate)
    moment = found.get("signing_time")
    return moment.native.astimezone(UTC) if moment is not None else None


def _check_named(named: Any, certificate: Certificate) -> None:
    # Some products pin by SHA-256, the default of RFC 5035; the signature itself is SM3 anyway.
    hashed = {"sm3": sm3.digest, "sha256": lambda der: hashlib.sha256(der).digest()}
    if named["cert_hash"].native != hashed[named["hash_algorithm"]["algorithm"].native](
        certificate.der
    ):
        _refuse("签名者证书被替换")


def _refuse(text: str) -> Never:
    raise InvalidSignature(text)
