"""Object identifiers of GM/T 0006 and GM/T 0010, registered with asn1crypto once, on import."""

from typing import Any

from asn1crypto import algos, cms, core, keys, x509

SM2_CURVE = "1.2.156.10197.1.301"
SM2_SIGN = "1.2.156.10197.1.301.1"
SM3 = "1.2.156.10197.1.401"
HMAC_SM3 = "1.2.156.10197.1.401.2"
SM2_SM3 = "1.2.156.10197.1.501"
SM4_CBC = "1.2.156.10197.1.104.2"
GM_DATA = "1.2.156.10197.6.1.4.2.1"
GM_SIGNED_DATA = "1.2.156.10197.6.1.4.2.2"
# Private arc (ITU-T X.667, a UUID): no public arc names a signer of audit-log checkpoints.
LOG_SIGNING = "2.25.286187415126874520193847561029384756102"


def _name(kind: Any, names: dict[str, str]) -> None:
    kind._map.update(names)
    kind._reverse_map = None  # asn1crypto rebuilds it at the next look-up


def _register() -> None:
    keys.NamedCurve.register("sm2p256v1", SM2_CURVE, 32)
    _name(algos.DigestAlgorithmId, {SM3: "sm3"})
    _name(algos.SignedDigestAlgorithmId, {SM2_SM3: "sm2_sm3", SM2_SIGN: "sm2"})
    _name(algos.HmacAlgorithmId, {HMAC_SM3: "hmac_sm3"})
    _name(algos.EncryptionAlgorithmId, {SM4_CBC: "sm4_cbc"})
    _name(x509.KeyPurposeId, {LOG_SIGNING: "log_signing"})
    _name(cms.ContentType, {GM_DATA: "gm_data", GM_SIGNED_DATA: "gm_signed_data"})
    algos.EncryptionAlgorithm._oid_specs["sm4_cbc"] = core.OctetString
    cms.EncapsulatedContentInfo._oid_specs["gm_data"] = core.OctetString
    cms.ContentInfo._oid_specs["gm_data"] = core.OctetString
    cms.ContentInfo._oid_specs["gm_signed_data"] = cms.SignedData


_register()
