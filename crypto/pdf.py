"""PDF signatures with SM2 (GM/T 0112): made by pyHanko, verified here.

pyHanko's own validator knows neither the curve nor the algorithms, so the cryptographic part is
ours; its reader finds the signatures and its difference analysis judges earlier revisions.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Never

from asn1crypto import algos
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import attributes, signers
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import SigningError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from crypto import cms, oids
from crypto.cert import Certificate
from crypto.chain import Trust
from crypto.errors import CryptoError, InvalidSignature

_MECHANISM = {"algorithm": algos.SignedDigestAlgorithmId.map(oids.SM2_SM3)}
_SIGNATURE_SIZE = 72  # the longest DER SM2Signature
_SUBFILTERS = {"/adbe.pkcs7.detached", "/ETSI.CAdES.detached"}


@dataclass(frozen=True)
class PdfSignature:
    """One verified signature of a PDF; time, name and reason are the signer's own words."""

    certificate: Certificate
    signing_time: datetime | None
    name: str
    reason: str


class _CertificateId(attributes.CMSAttributeProvider):
    """Pins the signer's certificate by SM3, where pyHanko would take SHA-256."""

    attribute_type = "signing_certificate_v2"

    def __init__(self, certificate: Certificate) -> None:
        self._certificate = certificate

    async def build_attr_value(self, dry_run: bool = False) -> Any:
        return cms.certificate_id(self._certificate)


class _Attributes(attributes.SignedAttributeProviderSpec):
    """What is signed beside the digest: whose certificate, and when."""

    def __init__(self, certificate: Certificate, at: datetime) -> None:
        self._certificate, self._at = certificate, at

    def signed_attr_providers(
        self, data_digest: bytes, digest_algorithm: str
    ) -> Iterator[attributes.CMSAttributeProvider]:
        yield _CertificateId(self._certificate)
        yield attributes.SigningTimeProvider(self._at)


class _Signer(signers.Signer):
    """Hands pyHanko's signed attributes to a key or token."""

    def __init__(
        self,
        certificate: Certificate,
        chain: list[Certificate],
        sign_digest: Callable[[bytes], bytes],
        at: datetime,
    ) -> None:
        others = SimpleCertificateStore()
        others.register_multiple([link.asn1 for link in chain])
        super().__init__(
            signing_cert=certificate.asn1,
            cert_registry=others,
            signature_mechanism=algos.SignedDigestAlgorithm(_MECHANISM),
        )
        self.signed_attr_prov_spec = _Attributes(certificate, at)
        self._certificate, self._sign_digest = certificate, sign_digest

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        if dry_run:
            return bytes(_SIGNATURE_SIZE)
        return self._sign_digest(self._certificate.public_key.digest(data))


class _PdfSigner(signers.PdfSigner):
    """pyHanko's signer with the time given instead of read from the clock."""

    at: datetime

    def init_signing_session(self, *args: Any, **options: Any) -> Any:
        session = super().init_signing_session(*args, **options)
        session.system_time = self.at
        return session


def sign(
    pdf: bytes,
    certificate: Certificate,
    chain: list[Certificate],
    sign_digest: Callable[[bytes], bytes],
    name: str,
    reason: str,
    field: str = "Sig1",
    at: datetime | None = None,
) -> bytes:
    """The PDF with one more signature appended as an incremental update.

    `sign_digest` turns e (32 bytes) into a DER signature; `chain` are issuers to embed; `field`
    must not be signed yet.  Raises CryptoError when the PDF cannot be signed.
    """
    meta = signers.PdfSignatureMetadata(
        field_name=field, md_algorithm="sm3", name=name, reason=reason
    )
    moment = (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    signer = _PdfSigner(meta, _Signer(certificate, chain, sign_digest, moment))
    signer.at = moment
    try:
        signed = signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)))
    except (PdfError, SigningError) as reason_why:
        raise CryptoError(f"这份 PDF 无法签名：{reason_why}") from reason_why
    return bytes(signed.getvalue())


def verify(pdf: bytes, trust: Trust | None) -> list[PdfSignature]:
    """All signatures of a PDF, in the order they were made, every one good; at least one.

    The last must cover the whole file, and what came after an earlier one must be nothing but
    further signatures.  Raises InvalidSignature, or InvalidCertificate from the trust.
    """
    found = sorted(_signatures(pdf), key=lambda each: int(each.byte_range[2]))
    if not found:
        raise InvalidSignature("这份 PDF 没有签名")
    checked = [_check(pdf, each, trust) for each in found]
    if _end(found[-1]) != len(pdf):
        _refuse("签名之后文件又被追加了内容")
    for earlier in found[:-1]:
        _check_additions(earlier)
    return checked


def _signatures(pdf: bytes) -> list[Any]:
    try:
        found = list(PdfFileReader(BytesIO(pdf)).embedded_signatures)
        ranges = [[int(part) for part in each.byte_range] for each in found]
    except Exception as damage:  # a parser of hostile files fails in many ways
        raise InvalidSignature("文件已损坏或不是 PDF") from damage
    if any(len(numbers) != 4 for numbers in ranges):
        _refuse("签名覆盖范围不正确")
    return found


def _end(signature: Any) -> int:
    return int(signature.byte_range[2]) + int(signature.byte_range[3])


def _check(pdf: bytes, found: Any, trust: Trust | None) -> PdfSignature:
    blob, content = _covered(pdf, [int(part) for part in found.byte_range])
    if str(found.sig_object.get("/SubFilter")) not in _SUBFILTERS:
        _refuse("签名格式不受支持")
    signed = cms.verify(_unpadded(blob), content, trust)
    name, reason = (str(found.sig_object.get(key, "")) for key in ("/Name", "/Reason"))
    return PdfSignature(signed.certificate, signed.signing_time, name, reason)


def _covered(pdf: bytes, byte_range: list[int]) -> tuple[bytes, bytes]:
    """The signature value in the one gap of the byte range, and all bytes around it."""
    start, first, second, rest = byte_range
    if start != 0 or not 0 < first < second or rest <= 0 or second + rest > len(pdf):
        _refuse("签名覆盖范围不正确")
    gap = pdf[first:second]
    try:
        blob = bytes.fromhex(gap[1:-1].decode("ascii"))
    except ValueError:
        _refuse("签名覆盖范围中有缺口")
    # Only one spelling passes: the gap is the one part of the file no digest covers.
    if gap not in {b"<%s>" % text for text in (_hex(blob), _hex(blob).upper())}:
        _refuse("签名覆盖范围中有缺口")
    return blob, pdf[:first] + pdf[second : second + rest]


def _hex(blob: bytes) -> bytes:
    return blob.hex().encode("ascii")


def _unpadded(blob: bytes) -> bytes:
    """The DER value at the front; what follows must be the zeros of the reserved space."""
    if len(blob) < 4 or blob[:2] != b"\x30\x82":  # every SignedData is 256 to 65,535 bytes
        _refuse("签名数据编码不正确")
    length = 4 + int.from_bytes(blob[2:4], "big")
    if length > len(blob) or any(blob[length:]):
        _refuse("签名数据编码不正确")
    return blob[:length]


def _check_additions(earlier: Any) -> None:
    try:
        earlier.compute_integrity_info()
        level = earlier.diff_result.modification_level
    except Exception as damage:  # SuspiciousModification has no level; parsers fail in many ways
        raise InvalidSignature("签名之后文件又被改动") from damage
    if level > ModificationLevel.FORM_FILLING:
        _refuse("签名之后文件又被改动")


def _refuse(text: str) -> Never:
    raise InvalidSignature(text)
