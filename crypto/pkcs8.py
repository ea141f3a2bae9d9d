"""SM2 private keys as PKCS#8 (RFC 5958), plain or under a password by PBES2 (RFC 8018)."""

import secrets
from typing import Any

from asn1crypto import algos, core, keys

from crypto import oids, sm3, sm4
from crypto.errors import InvalidCiphertext, InvalidKey

_ROUNDS, _MAX_ROUNDS = 100_000, 10_000_000
_CURVE = keys.ECDomainParameters("named", "sm2p256v1")


def dump(scalar: int, point: bytes) -> bytes:
    """DER PrivateKeyInfo of d and 04‖X‖Y."""
    inner = keys.ECPrivateKey({"version": 1, "private_key": scalar, "public_key": point})
    info = {
        "version": 0,
        "private_key_algorithm": {"algorithm": "ec", "parameters": _CURVE},
        "private_key": inner,
    }
    return bytes(keys.PrivateKeyInfo(info).dump())


def load(der: bytes, password: bytes | None) -> tuple[int, bytes | None]:
    """d and, where it is written down, the public point; raises InvalidKey."""
    plain = der if _is_plain(der) else _decrypt(der, password)
    try:
        info = keys.PrivateKeyInfo.load(plain, strict=True)
        if info["private_key_algorithm"]["parameters"].chosen.dotted != oids.SM2_CURVE:
            raise InvalidKey("私钥不是 SM2 曲线上的密钥")
        inner = info["private_key"].parsed
        return inner["private_key"].native, inner["public_key"].native
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InvalidKey("私钥编码不正确") from None


def _is_plain(der: bytes) -> bool:
    """PrivateKeyInfo begins with an INTEGER, EncryptedPrivateKeyInfo with a SEQUENCE."""
    try:
        return bool(core.SequenceOf.load(der, spec=core.Any)[0].dump()[0] == 0x02)
    except (ValueError, TypeError, IndexError):
        raise InvalidKey("私钥编码不正确") from None


def encrypt(der: bytes, password: bytes) -> bytes:
    """DER EncryptedPrivateKeyInfo: PBKDF2-HMAC-SM3 (100,000 rounds), SM4-CBC."""
    salt, iv = secrets.token_bytes(16), secrets.token_bytes(16)
    key = sm3.pbkdf2(password, salt, _ROUNDS, 16)
    derivation = algos.Pbkdf2Params(
        {
            "salt": algos.Pbkdf2Salt("specified", salt),
            "iteration_count": _ROUNDS,
            "prf": {"algorithm": "hmac_sm3", "parameters": core.Null()},
        }
    )
    scheme = algos.Pbes2Params(
        {
            "key_derivation_func": {"algorithm": "pbkdf2", "parameters": derivation},
            "encryption_scheme": {"algorithm": "sm4_cbc", "parameters": iv},
        }
    )
    sealed = {
        "encryption_algorithm": {"algorithm": "pbes2", "parameters": scheme},
        "encrypted_data": sm4.cbc_encrypt(key, iv, der),
    }
    return bytes(keys.EncryptedPrivateKeyInfo(sealed).dump())


def _decrypt(der: bytes, password: bytes | None) -> bytes:
    if password is None:
        raise InvalidKey("私钥有口令保护，请提供口令")
    try:
        info = keys.EncryptedPrivateKeyInfo.load(der, strict=True)
        scheme = info["encryption_algorithm"]["parameters"]
        key = _derive(scheme["key_derivation_func"], password)
        cipher = scheme["encryption_scheme"]
        if cipher["algorithm"].native != "sm4_cbc":
            raise InvalidKey("私钥的加密算法不受支持，请改用 SM4-CBC")
        iv, data = cipher["parameters"].native, info["encrypted_data"].native
        return sm4.cbc_decrypt(key, iv, data)
    except InvalidCiphertext:
        raise InvalidKey("私钥口令不正确") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InvalidKey("私钥编码不正确") from None


def _derive(function: Any, password: bytes) -> bytes:
    parameters = function["parameters"]
    rounds = parameters["iteration_count"].native
    if parameters["prf"]["algorithm"].native != "hmac_sm3" or not 1 <= rounds <= _MAX_ROUNDS:
        raise InvalidKey("私钥的口令算法不受支持，请改用 PBKDF2-HMAC-SM3")
    return sm3.pbkdf2(password, parameters["salt"].chosen.native, rounds, 16)
