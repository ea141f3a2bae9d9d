"""Chain, validity, revocation and usage of certificates, by the X.509 store of OpenSSL 4.

Whatever cannot be checked is refused: without a fresh CRL no certificate is good.
"""

import logging
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import crl as asn1_crl
from cryptography import x509
from OpenSSL import crypto as openssl
from OpenSSL._util import lib as _openssl_lib

from crypto import oids
from crypto.cert import Certificate, unarmor
from crypto.errors import CryptoError, InvalidCertificate, InvalidKey, InvalidSignature

_FLAGS = openssl.X509StoreFlags
# Not X509_STRICT: it refuses roots of licensed authorities over form, and every authority here is
# one an administrator put into the file.
_CHECKS = _FLAGS.CRL_CHECK | _FLAGS.CRL_CHECK_ALL
_CLOCK_SKEW = timedelta(minutes=5)
# Only these leave signatures standing that claim to be older than the revocation: with any other
# reason the claimed time itself cannot be believed.
_HARMLESS = {
    x509.ReasonFlags.superseded,
    x509.ReasonFlags.cessation_of_operation,
    x509.ReasonFlags.affiliation_changed,
}
# X509_V_ERR_* of OpenSSL's x509_vfy.h
_REASONS = {
    2: "找不到签发机构",
    3: "缺少吊销列表",
    7: "签名不正确",
    8: "吊销列表的签名不正确",
    9: "尚未生效",
    10: "已过期",
    11: "吊销列表尚未生效",
    12: "吊销列表已过期",
    18: "自签名，不受信任",
    19: "根证书不受信任",
    20: "找不到签发机构",
    21: "不是由受信任的机构签发",
    23: "已被吊销",
    24: "签发者不是证书机构",
    25: "证书链过长",
    32: "签发者无权签发证书",
    79: "签发者不是证书机构",
}


def verify(
    certificate: Certificate,
    roots: list[Certificate],
    crls: list[bytes],
    at: datetime | None,
    usage: str = "digital_signature",
    purpose: str | None = None,
) -> None:
    """Refuse, with the reason, a certificate that was not good at `at` (None: now).

    `crls` are PEM; `usage` and `purpose` are key usage and extended key usage by their asn1crypto
    names.  Raises InvalidCertificate.
    """
    lists = [_parse_crl(der) for data in crls for der in unarmor(data, "X509 CRL")]
    _verify(certificate, _store(roots, lists, at), usage, purpose)


class Trust:
    """Roots and CRLs in two PEM files, read again when the files change.

    A CRL that is unreadable or whose number went back is not taken: the last good one stays in
    force until it runs out, and `problem` says what is wrong.
    """

    def __init__(self, roots_path: Path | str, crl_path: Path | str) -> None:
        self._paths = Path(roots_path), Path(crl_path)
        self._lock = threading.Lock()
        self._numbers: dict[bytes, int] = {}
        self.problem = ""
        self._stamp = self._stamps()
        self.reload()

    def reload(self) -> None:
        """Read the files; raises InvalidCertificate and keeps what was in force."""
        roots = [Certificate.from_der(der) for der in _blocks(self._paths[0], "CERTIFICATE")]
        blocks = _blocks(self._paths[1], "X509 CRL")
        numbers = dict(_number(der) for der in blocks)
        for issuer, number in numbers.items():
            if number < self._numbers.get(issuer, -1):
                raise InvalidCertificate("吊销列表编号倒退，可能被换成了旧文件")
        crls = [_parse_crl(der) for der in blocks]
        self._state = (roots, crls, _store(roots, crls, None))
        self._numbers |= numbers

    @property
    def roots(self) -> list[Certificate]:
        """The trusted authorities in force."""
        return list(self._state[0])

    def verify(
        self,
        certificate: Certificate,
        at: datetime | None = None,
        usage: str = "digital_signature",
        purpose: str | None = None,
    ) -> None:
        """As `verify` of this module, against the files."""
        self._refresh()
        roots, crls, store = self._state
        if at is not None:
            store = _store(roots, crls, at)
        _verify(certificate, store, usage, purpose)

    def verify_signed(
        self,
        certificate: Certificate,
        signed_at: datetime,
        usage: str = "digital_signature",
        purpose: str | None = None,
    ) -> None:
        """Refuse a certificate that cannot vouch for a document signed at `signed_at`.

        It must have been good then, however long ago; revocation is judged by today's CRL.  A
        harmless revocation (replaced, duties ended) leaves older signatures standing.
        """
        self._refresh()
        roots, crls, _ = self._state
        if signed_at > datetime.now(UTC) + _CLOCK_SKEW:
            raise InvalidCertificate("签名时间晚于当前时间")
        then = _store(roots, (), signed_at, checks=0)
        _verify(certificate, then, usage, purpose)
        _require_unrevoked(certificate, roots, crls, signed_at)

    def _refresh(self) -> None:
        with self._lock:
            stamp = self._stamps()
            if stamp == self._stamp:
                return
            self._stamp = stamp
            try:
                self.reload()
                self.problem = ""
            except CryptoError as reason:
                self.problem = str(reason)
                logging.getLogger(__name__).warning("certificate files refused: %s", reason)

    def _stamps(self) -> list[tuple[int, int, int]]:
        return [_stamp(path) for path in self._paths]


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, 0, 0
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _blocks(path: Path, kind: str) -> list[bytes]:
    try:
        return unarmor(path.read_bytes(), kind)
    except OSError:
        raise InvalidCertificate(f"读不到证书文件 {path}") from None


def _number(der: bytes) -> tuple[bytes, int]:
    """Issuer and number of a CRL; one without a number counts as 0."""
    try:
        listed = asn1_crl.CertificateList.load(der, strict=True)
        value = listed.crl_number_value
        return listed.issuer.dump(), value.native if value is not None else 0
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InvalidCertificate("吊销列表编码不正确") from None


def _parse_crl(der: bytes) -> x509.CertificateRevocationList:
    try:
        crl = x509.load_der_x509_crl(der)
        openssl.X509Store().add_crl(crl)  # OpenSSL's parser is the stricter one
        _ = [entry.extensions for entry in crl], crl.issuer, crl.extensions
        return crl
    except (ValueError, x509.InvalidVersion, x509.DuplicateExtension, openssl.Error):
        raise InvalidCertificate("吊销列表编码不正确") from None


def _openssl(certificate: Certificate) -> openssl.X509:
    try:
        return openssl.load_certificate(openssl.FILETYPE_ASN1, certificate.der)
    except openssl.Error:
        raise InvalidCertificate("证书编码不正确") from None


def _store(
    roots: Iterable[Certificate],
    crls: Iterable[x509.CertificateRevocationList],
    at: datetime | None,
    checks: int = _CHECKS,
) -> openssl.X509Store:
    store = openssl.X509Store()
    for root in roots:
        _require_sm2(root)
        store.add_cert(_openssl(root))
    for crl in crls:
        store.add_crl(crl)
    if at is not None:
        store.set_time(at.astimezone(UTC))
    store.set_flags(checks)
    return store


def _verify(
    certificate: Certificate, store: openssl.X509Store, usage: str, purpose: str | None
) -> None:
    _require_sm2(certificate)
    try:
        openssl.X509StoreContext(store, _openssl(certificate)).verify_certificate()
    except openssl.X509StoreContextError as error:
        code, depth, text = error.errors
        whose = "证书" if depth == 0 else "签发机构的证书"
        raise InvalidCertificate(f"{whose}{_REASONS.get(code, '未通过验证')}（{text}）") from None
    finally:
        # What is left in the queue would be blamed on the next call of this thread, TLS or cipher.
        _openssl_lib.ERR_clear_error()
    if usage not in certificate.key_usage:
        raise InvalidCertificate("证书用途不符：不允许这样使用密钥")
    if purpose is not None and purpose not in certificate.purposes:
        raise InvalidCertificate("证书用途不符：不是为此签发的")


def _require_sm2(certificate: Certificate) -> None:
    if certificate.asn1["signature_algorithm"]["algorithm"].dotted != oids.SM2_SM3:
        raise InvalidCertificate("证书不是用 SM2 签发的")
    try:
        _ = certificate.public_key
    except InvalidKey as reason:
        raise InvalidCertificate(f"证书中的{reason}") from None


def _require_unrevoked(
    certificate: Certificate,
    roots: list[Certificate],
    crls: list[x509.CertificateRevocationList],
    signed_at: datetime,
) -> None:
    issuer = certificate.asn1.issuer.dump()
    issued = [crl for crl in crls if crl.issuer.public_bytes() == issuer]
    if not issued:
        raise InvalidCertificate("证书缺少吊销列表")
    for crl in issued:
        _require_fresh(crl, [root for root in roots if root.asn1.subject.dump() == issuer])
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial)
        if entry is not None and not _stands(entry, signed_at):
            raise InvalidCertificate("证书已被吊销")


def _require_fresh(crl: x509.CertificateRevocationList, issuers: list[Certificate]) -> None:
    now = datetime.now(UTC)
    if crl.next_update_utc is None or crl.next_update_utc < now:
        raise InvalidCertificate("证书吊销列表已过期")
    if crl.last_update_utc > now + _CLOCK_SKEW:
        raise InvalidCertificate("证书吊销列表尚未生效")
    for issuer in issuers:
        try:
            return issuer.public_key.verify(crl.tbs_certlist_bytes, crl.signature)
        except InvalidSignature:
            continue
    raise InvalidCertificate("证书吊销列表的签名不正确")


def _stands(entry: x509.RevokedCertificate, signed_at: datetime) -> bool:
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return False
    return reason in _HARMLESS and signed_at < entry.revocation_date_utc
