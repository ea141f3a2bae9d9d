"""SM4 (GM/T 0002, GB/T 32907): sealed values by GCM, and the raw modes old protocols ask for."""

import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB, GCM
from cryptography.hazmat.primitives.padding import PKCS7

from crypto.errors import InvalidCiphertext

KEY_SIZE = BLOCK = 16
_VERSION, _IV, _TAG = b"\x01", 12, 16
_HEAD = 3 + _IV


def seal(key: bytes, plaintext: bytes, aad: bytes = b"", key_id: int = 1) -> bytes:
    """01 ‖ key_id(2) ‖ iv(12) ‖ ciphertext ‖ tag(16); `aad` names the place it belongs to.

    The IV is random: at most 2^30 values per key.
    """
    head = _VERSION + key_id.to_bytes(2, "big")
    iv = secrets.token_bytes(_IV)
    return head + iv + gcm_encrypt(key, iv, plaintext, head + aad)


def unseal(key_of: Callable[[int], bytes] | bytes, sealed: bytes, aad: bytes = b"") -> bytes:
    """The plaintext of `seal`; `key_of` is the key or finds it by key id.

    Raises InvalidCiphertext for a changed, cut or moved value; what `key_of` raises for an unknown
    key passes through.
    """
    if len(sealed) < _HEAD + _TAG or sealed[:1] != _VERSION:
        raise InvalidCiphertext("密文不完整或版本不符")
    head, iv = sealed[:3], sealed[3:_HEAD]
    key = key_of(int.from_bytes(head[1:], "big")) if callable(key_of) else key_of
    return gcm_decrypt(key, iv, sealed[_HEAD:], head + aad)


def gcm_encrypt(key: bytes, iv: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
    """SM4-GCM (RFC 8998): ciphertext ‖ tag(16).  An IV must never serve twice under one key."""
    box = Cipher(SM4(key), GCM(iv)).encryptor()
    box.authenticate_additional_data(aad)
    return box.update(plaintext) + box.finalize() + box.tag


def gcm_decrypt(key: bytes, iv: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
    """The plaintext of `gcm_encrypt`; raises InvalidCiphertext, then nothing is given out."""
    if len(sealed) < _TAG:
        raise InvalidCiphertext("密文不完整")
    box = Cipher(SM4(key), GCM(iv, sealed[-_TAG:])).decryptor()
    box.authenticate_additional_data(aad)
    try:
        return box.update(sealed[:-_TAG]) + box.finalize()
    except (InvalidTag, ValueError):
        # ValueError: `cryptography` takes an older error in OpenSSL's queue for the reason.
        raise InvalidCiphertext("密文校验失败：数据被改动或密钥不符") from None


def cbc_encrypt(key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    """SM4-CBC with PKCS#7 padding; `iv` has 16 bytes.  Gives no integrity."""
    padder, box = PKCS7(BLOCK * 8).padder(), Cipher(SM4(key), CBC(iv)).encryptor()
    return box.update(padder.update(plaintext) + padder.finalize()) + box.finalize()


def cbc_decrypt(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """The plaintext of `cbc_encrypt`; raises InvalidCiphertext for bad length or padding."""
    box, padder = Cipher(SM4(key), CBC(iv)).decryptor(), PKCS7(BLOCK * 8).unpadder()
    try:
        return padder.update(box.update(ciphertext) + box.finalize()) + padder.finalize()
    except ValueError:
        raise InvalidCiphertext("密文长度或填充不正确") from None


def ecb_block(key: bytes, block: bytes, decrypt: bool = False) -> bytes:
    """One raw 16-byte block, as the PIN commands of GM/T 0017 use it."""
    if len(block) != BLOCK:
        raise ValueError("a block has 16 bytes")
    cipher = Cipher(SM4(key), ECB())  # noqa: S305 - one block, prescribed by the card protocol
    box = cipher.decryptor() if decrypt else cipher.encryptor()
    return box.update(block) + box.finalize()
