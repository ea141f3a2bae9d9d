"""SM2 certificates, requests and revocation lists in the profiles of GM/T 0015 (GB/T 20518)."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Protocol

from asn1crypto import core, crl, csr, keys, pem, x509

from crypto import oids, sm3
from crypto.errors import InvalidCertificate, InvalidKey, InvalidSignature
from crypto.sm2 import PrivateKey, PublicKey

_ALGORITHM = {"algorithm": "sm2_sm3"}
_CLOCK_SKEW = timedelta(minutes=5)
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)  # asn1crypto's refusals
_MAX_NAME = 64  # ub-common-name and ub-serial-number of X.520


class Signer(Protocol):
    """Anything that signs for a public key: a PrivateKey, or a token."""

    @property
    def public_key(self) -> PublicKey:
        """The public half."""

    def sign_digest(self, e: bytes) -> bytes:
        """DER signature over e = SM3(ZA‖M), 32 bytes."""


class Profile(Enum):
    """What a certificate is for: (key usages, extended key usages)."""

    SERVER = (("digital_signature",), ("server_auth",))
    WORKSTATION = (("digital_signature",), ("client_auth",))
    USER = (("digital_signature", "non_repudiation"), ("client_auth", "email_protection"))
    CODE = (("digital_signature",), ("code_signing",))
    LOG = (("digital_signature",), ("log_signing",))

    @property
    def usages(self) -> tuple[str, ...]:
        """Key usages by their asn1crypto names."""
        return self.value[0]

    @property
    def purposes(self) -> tuple[str, ...]:
        """Extended key usages by their asn1crypto names."""
        return self.value[1]


@dataclass(frozen=True)
class Subject:
    """Who a certificate names; `serial_number` is the staff or device number, never an ID card."""

    common_name: str
    serial_number: str | None = None
    unit: str | None = None

    def name(self) -> x509.Name:
        """The X.501 name, UTF-8; raises ValueError for empty, overlong or unprintable parts."""
        parts = {
            "country_name": "CN",
            "organizational_unit_name": self.unit,
            "serial_number": self.serial_number,
            "common_name": self.common_name,
        }
        given = {key: value for key, value in parts.items() if value is not None}
        for value in given.values():
            if not (0 < len(value) <= _MAX_NAME and value.isprintable()):
                raise ValueError("a name part has 1 to 64 printable characters")
        return x509.Name.build(given)


class Certificate:
    """One X.509 certificate with an SM2 key; parsing does not make it trusted (see `chain`)."""

    def __init__(self, asn1: x509.Certificate, der: bytes) -> None:
        self.asn1 = asn1
        self.der = der

    @classmethod
    def from_der(cls, der: bytes) -> "Certificate":
        """The certificate of a DER encoding; raises InvalidCertificate."""
        try:
            asn1 = x509.Certificate.load(der, strict=True)
            _ = asn1.native  # parse all of it now, not at some later attribute
        except _MALFORMED:
            raise InvalidCertificate("证书编码不正确") from None
        return cls(asn1, bytes(der))

    @classmethod
    def from_pem(cls, data: bytes) -> "Certificate":
        """The first certificate of a PEM text; raises InvalidCertificate."""
        return cls.from_der(unarmor(data, "CERTIFICATE")[0])

    @cached_property
    def pem(self) -> bytes:
        """The PEM text."""
        return bytes(pem.armor("CERTIFICATE", self.der))

    @cached_property
    def public_key(self) -> PublicKey:
        """The subject's key; raises InvalidKey when it is not a point on the SM2 curve."""
        return PublicKey.from_spki(self._tbs["subject_public_key_info"].dump())

    @property
    def serial(self) -> int:
        """The serial number within its issuer."""
        return int(self._tbs["serial_number"].native)

    @property
    def common_name(self) -> str:
        """The subject's name; raises InvalidCertificate unless there is exactly one."""
        name = self._attribute("common_name")
        if name is None:
            raise InvalidCertificate("证书没有名称")
        return name

    @property
    def subject_serial(self) -> str | None:
        """The subject's staff or device number (X.520 serialNumber)."""
        return self._attribute("serial_number")

    @property
    def not_before(self) -> datetime:
        """Start of validity, UTC."""
        return _utc(self._tbs["validity"]["not_before"].native)

    @property
    def not_after(self) -> datetime:
        """End of validity, UTC."""
        return _utc(self._tbs["validity"]["not_after"].native)

    @cached_property
    def fingerprint(self) -> str:
        """SM3 of the DER, 64 lower-case hex digits."""
        return sm3.digest(self.der).hex()

    @property
    def key_usage(self) -> set[str]:
        """What the key may do, e.g. `digital_signature`; empty when the extension is missing."""
        value = self.asn1.key_usage_value
        return set(value.native) if value is not None else set()

    @property
    def purposes(self) -> set[str]:
        """Extended key usages, e.g. `client_auth`; empty when the extension is missing."""
        value = self.asn1.extended_key_usage_value
        return set(value.native) if value is not None else set()

    @property
    def names(self) -> list[str]:
        """DNS names and IP addresses of the subject alternative name."""
        value = self.asn1.subject_alt_name_value
        kinds = {"dns_name", "ip_address"}
        return [str(n.native) for n in value or () if n.name in kinds]

    @property
    def is_authority(self) -> bool:
        """Whether it may issue certificates."""
        return bool(self.asn1.ca) and "key_cert_sign" in self.key_usage

    @property
    def _tbs(self) -> Any:
        return self.asn1["tbs_certificate"]

    def _attribute(self, kind: str) -> str | None:
        found = [
            pair["value"].native
            for rdn in self._tbs["subject"].chosen
            for pair in rdn
            if pair["type"].native == kind
        ]
        if len(found) > 1:
            raise InvalidCertificate("证书主体中有重复的名称项")
        return str(found[0]) if found else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and other.der == self.der

    def __hash__(self) -> int:
        return hash(self.der)


class Authority:
    """A certificate authority with its key in this process."""

    def __init__(self, certificate: Certificate, private_key: PrivateKey) -> None:
        if not certificate.is_authority:
            raise InvalidCertificate("该证书不能签发证书")
        if certificate.public_key != private_key.public_key:
            raise InvalidKey("私钥与签发机构证书不符")
        self.certificate = certificate
        self.private_key = private_key

    @classmethod
    def create(cls, common_name: str, days: int, not_before: datetime | None = None) -> "Authority":
        """A new self-signed authority that issues end-entity certificates only (pathlen 0)."""
        key, name = PrivateKey.generate(), Subject(common_name).name()
        start = _start(not_before)
        extensions = [
            _extension("basic_constraints", {"ca": True, "path_len_constraint": 0}, critical=True),
            _extension("key_usage", {"key_cert_sign", "crl_sign"}, critical=True),
            *_key_ids(key.public_key, key.public_key),
        ]
        end = start + timedelta(days=days)
        tbs = _tbs(name, name, key.public_key, (start, end), extensions)
        return cls(_signed(tbs, key), key)

    def issue(
        self,
        profile: Profile,
        subject: Subject,
        public_key: PublicKey,
        days: int,
        san: Iterable[str] = (),
        not_before: datetime | None = None,
    ) -> Certificate:
        """A certificate for `days` (never beyond the authority's own); `san`: DNS names and IPs."""
        start = _start(not_before)
        end = min(start + timedelta(days=days), self.certificate.not_after)
        extensions = [
            _extension("key_usage", set(profile.usages), critical=True),
            _extension("extended_key_usage", list(profile.purposes)),
            *_key_ids(public_key, self.private_key.public_key),
        ]
        if names := [_general_name(text) for text in san]:
            extensions.append(_extension("subject_alt_name", names))
        tbs = _tbs(self._name, subject.name(), public_key, (start, end), extensions)
        return _signed(tbs, self.private_key)

    def sign_request(
        self,
        request: bytes,
        profile: Profile = Profile.WORKSTATION,
        days: int = 365,
        san: Iterable[str] = (),
    ) -> Certificate:
        """A certificate for a PKCS#10 request (PEM or DER) that proves possession of its key.

        Raises InvalidSignature, InvalidKey or InvalidCertificate.  Extensions the request asks for
        are ignored: the profile decides.
        """
        subject, public_key = read_request(request)
        return self.issue(profile, subject, public_key, days, san)

    def revoke_list(
        self,
        number: int,
        revoked: Iterable[tuple[int, str] | tuple[int, str, datetime]],
        days: int = 7,
        now: datetime | None = None,
    ) -> bytes:
        """PEM CRL `number`, good for `days`.

        `revoked`: (serial, reason by its asn1crypto name[, since when; else now]).
        """
        called = datetime.now(UTC).replace(microsecond=0)
        at = (now or called - _CLOCK_SKEW).replace(microsecond=0)  # verifiers' clocks may be behind
        known = [now or called]
        entries = [_revoked(one, reason, *(since or known)) for one, reason, *since in revoked]
        tbs = {
            "version": "v2",
            "signature": _ALGORITHM,
            "issuer": self._name,
            "this_update": _time(at),
            "next_update": _time(at + timedelta(days=days)),
            "crl_extensions": [
                _extension("crl_number", core.Integer(number)),
                _extension("authority_key_identifier", _authority_id(self.private_key.public_key)),
            ],
        } | ({"revoked_certificates": entries} if entries else {})
        body = crl.TbsCertList(tbs)
        signature = self.private_key.sign(body.dump())
        whole = {
            "tbs_cert_list": body,
            "signature_algorithm": _ALGORITHM,
            "signature": signature,
        }
        return bytes(pem.armor("X509 CRL", crl.CertificateList(whole).dump()))

    @property
    def _name(self) -> x509.Name:
        return self.certificate.asn1.subject


def request(signer: Signer, subject: Subject) -> bytes:
    """PEM PKCS#10 request for the key of `signer`."""
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": subject.name(),
            "subject_pk_info": keys.PublicKeyInfo.load(signer.public_key.spki),
            "attributes": [],
        }
    )
    whole = {
        "certification_request_info": info,
        "signature_algorithm": _ALGORITHM,
        "signature": signer.sign_digest(signer.public_key.digest(info.dump())),
    }
    return bytes(pem.armor("CERTIFICATE REQUEST", csr.CertificationRequest(whole).dump()))


def read_request(data: bytes) -> tuple[Subject, PublicKey]:
    """Subject and key of a PKCS#10 request whose own signature holds."""
    der = unarmor(data, "CERTIFICATE REQUEST")[0] if pem.detect(data) else data
    try:
        whole = csr.CertificationRequest.load(der, strict=True)
        info = whole["certification_request_info"]
        public_key = PublicKey.from_spki(info["subject_pk_info"].dump())
        name, signature = info["subject"].native, whole["signature"].native
        algorithm = whole["signature_algorithm"]["algorithm"].dotted
    except _MALFORMED:
        raise InvalidCertificate("证书申请编码不正确") from None
    if algorithm != oids.SM2_SM3:
        raise InvalidSignature("证书申请不是用 SM2 签名的")
    public_key.verify(info.dump(), signature)
    parts = [name.get(k) for k in ("common_name", "serial_number", "organizational_unit_name")]
    if not isinstance(parts[0], str) or any(isinstance(part, list) for part in parts):
        raise InvalidCertificate("证书申请的主体名称不正确")
    return Subject(*parts), public_key


def unarmor(data: bytes, kind: str) -> list[bytes]:
    """The DER blocks of `kind` in a PEM text, at least one; raises InvalidCertificate."""
    try:
        blocks = [der for name, _, der in pem.unarmor(data, multiple=True) if name == kind]
    except (ValueError, TypeError):
        blocks = []
    if not blocks:
        raise InvalidCertificate("文件中没有所需的 PEM 内容")
    return blocks


def _start(not_before: datetime | None) -> datetime:
    start = not_before or datetime.now(UTC) - _CLOCK_SKEW
    return start.astimezone(UTC).replace(microsecond=0)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _time(moment: datetime) -> x509.Time:
    return x509.Time("utc_time" if moment.year < 2050 else "general_time", moment)  # RFC 5280


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.GeneralName("ip_address", str(ip_address(text)))
    except ValueError:
        return x509.GeneralName("dns_name", text)


def _extension(kind: str, value: Any, *, critical: bool = False) -> dict[str, Any]:
    return {"extn_id": kind, "critical": critical, "extn_value": value}


def _key_id(key: PublicKey) -> bytes:
    return sm3.digest(key.point)[:20]


def _authority_id(key: PublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier({"key_identifier": _key_id(key)})


def _key_ids(subject: PublicKey, issuer: PublicKey) -> list[dict[str, Any]]:
    return [
        _extension("key_identifier", _key_id(subject)),
        _extension("authority_key_identifier", _authority_id(issuer)),
    ]


def _revoked(serial: int, reason: str, at: datetime) -> dict[str, Any]:
    return {
        "user_certificate": serial,
        "revocation_date": _time(at.replace(microsecond=0)),
        "crl_entry_extensions": [_extension("crl_reason", crl.CRLReason(reason))],
    }


def _tbs(
    issuer: x509.Name,
    subject: x509.Name,
    key: PublicKey,
    validity: tuple[datetime, datetime],
    extensions: list[dict[str, Any]],
) -> x509.TbsCertificate:
    start, end = validity
    return x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(127) | 1,
            "signature": _ALGORITHM,
            "issuer": issuer,
            "validity": {"not_before": _time(start), "not_after": _time(end)},
            "subject": subject,
            "subject_public_key_info": keys.PublicKeyInfo.load(key.spki),
            "extensions": extensions,
        }
    )


def _signed(tbs: x509.TbsCertificate, key: PrivateKey) -> Certificate:
    whole = {
        "tbs_certificate": tbs,
        "signature_algorithm": _ALGORITHM,
        "signature_value": key.sign(tbs.dump()),
    }
    return Certificate.from_der(x509.Certificate(whole).dump())


def revoked_in(data: bytes) -> list[tuple[int, str, datetime]]:
    """What a PEM revocation list holds, as ``Authority.revoke_list`` takes it."""
    _, _, der = pem.unarmor(data)
    entries = crl.CertificateList.load(der)["tbs_cert_list"]["revoked_certificates"]
    return [
        (
            entry["user_certificate"].native,
            entry.crl_reason_value.native if entry.crl_reason_value else "unspecified",
            entry["revocation_date"].native,
        )
        for entry in entries
    ]
