"""SM2 in pure Python on the curve arithmetic of `gmssl`: the fallback, and an oracle for tests.

`gmssl` itself draws k from `random`, skips the range checks and the C3 check, and strips leading
zeros and fours of a public key given as 04‖X‖Y; only its point arithmetic is used as it is.
"""

import secrets
from typing import Any

from asn1crypto import core
from gmssl.sm2 import CryptSM2, default_ecc_table

from crypto import sm3
from crypto.encoding import A, B, N, P, decode_signature, encode_signature
from crypto.errors import InvalidCiphertext, InvalidKey, InvalidSignature


class SM2Cipher(core.Sequence):
    """GM/T 0009: C1 as two integers, C3, C2."""

    _fields = [
        ("x", core.Integer),
        ("y", core.Integer),
        ("hash", core.OctetString),
        ("cipher_text", core.OctetString),
    ]


def _curve(point_hex: str, scalar: int = 1) -> Any:
    curve = CryptSM2(f"{scalar:064x}", "", mode=1)
    curve.public_key = point_hex  # past the constructor's lstrip("04")
    return curve


def _multiply(k: int, point_hex: str) -> str:
    return str(_curve(point_hex)._kg(k, point_hex))


def _on_curve(point: bytes) -> bool:
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    return x < P and y < P and (y * y - (x * x * x + A * x + B)) % P == 0


def _mask(shared_hex: str, data: bytes) -> bytes:
    """KDF of GM/T 0003.4 over the shared point, laid over `data`."""
    shared, stream = bytes.fromhex(shared_hex), b""
    for counter in range(1, len(data) // 32 + 2):
        stream += sm3.digest(shared + counter.to_bytes(4, "big"))
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def _seal_hash(shared_hex: str, plaintext: bytes) -> bytes:
    shared = bytes.fromhex(shared_hex)
    return sm3.digest(shared[:32] + plaintext + shared[32:])


def _random_k() -> int:
    return secrets.randbelow(N - 1) + 1


class GmsslVerifyingKey:
    """A public key for pure Python."""

    def __init__(self, point: bytes) -> None:
        if not _on_curve(point):
            raise InvalidKey("密钥无效：公钥不在 SM2 曲线上")
        self._hex = point[1:].hex()

    def verify(self, e: bytes, signature: bytes) -> None:
        r, s = decode_signature(signature)
        try:
            good = _curve(self._hex).verify(f"{r:064x}{s:064x}", e)
        except TypeError:  # gmssl's point at infinity is None
            good = False
        if not good:
            raise InvalidSignature("签名与内容或证书不符")

    def encrypt(self, plaintext: bytes) -> bytes:
        k = _random_k()
        c1, shared = _multiply(k, default_ecc_table["g"]), _multiply(k, self._hex)
        cipher = {
            "x": int(c1[:64], 16),
            "y": int(c1[64:], 16),
            "hash": _seal_hash(shared, plaintext),
            "cipher_text": _mask(shared, plaintext),
        }
        return bytes(SM2Cipher(cipher).dump())


class GmsslSigningKey:
    """A private key for pure Python."""

    def __init__(self, scalar: int) -> None:
        self._scalar = scalar
        self.point = b"\x04" + bytes.fromhex(_multiply(scalar, default_ecc_table["g"]))

    def sign(self, e: bytes) -> bytes:
        while True:
            raw = self.sign_with(e, _random_k())
            if raw is not None:
                return encode_signature(int(raw[:64], 16), int(raw[64:], 16))

    def sign_with(self, e: bytes, k: int) -> str | None:
        """r‖s in hex for a given k: for the vectors of the standard; None when k will not do."""
        raw: str | None = _curve(self.point[1:].hex(), self._scalar).sign(e, f"{k:064x}")
        return raw

    def decrypt(self, ciphertext: bytes) -> bytes:
        try:
            cipher = SM2Cipher.load(ciphertext, strict=True)
            x, y = cipher["x"].native, cipher["y"].native
            c1 = b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
            c2, c3 = cipher["cipher_text"].native, cipher["hash"].native
        except (ValueError, TypeError, OverflowError):
            raise InvalidCiphertext("密文编码不正确") from None
        if not _on_curve(c1):
            raise InvalidCiphertext("密文无效或密钥不符")
        shared = _multiply(self._scalar, c1[1:].hex())
        plaintext = _mask(shared, c2)
        if not sm3.equal(_seal_hash(shared, plaintext), c3):
            raise InvalidCiphertext("密文无效或密钥不符")
        return plaintext

    def export(self) -> int:
        return self._scalar


class GmsslProvider:
    """SM2 keys in pure Python."""

    name = "gmssl"

    def generate(self) -> GmsslSigningKey:
        return self.private_key(secrets.randbelow(N - 2) + 1)

    def private_key(self, scalar: int) -> GmsslSigningKey:
        return GmsslSigningKey(scalar)

    def public_key(self, point: bytes) -> GmsslVerifyingKey:
        return GmsslVerifyingKey(point)
