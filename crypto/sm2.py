"""SM2 keys (GM/T 0003, GB/T 32918) in the encodings of GM/T 0009, on top of a provider."""

from functools import cached_property

from asn1crypto import pem

from crypto import pkcs8, provider, sm3
from crypto.encoding import GX, GY, SPKI_HEAD, A, B, N, from_raw, to_raw
from crypto.errors import InvalidKey
from crypto.provider import Provider, SigningKey

__all__ = ["USER_ID", "PrivateKey", "PublicKey", "from_raw", "to_raw"]

USER_ID = b"1234567812345678"
_Z_HEAD = (len(USER_ID) * 8).to_bytes(2, "big") + USER_ID
_Z_HEAD += b"".join(value.to_bytes(32, "big") for value in (A, B, GX, GY))


class PublicKey:
    """A point on the SM2 curve that verifies and encrypts; safe to share between threads."""

    def __init__(self, point: bytes, by: Provider | None = None) -> None:
        if len(point) != 65 or point[0] != 4:
            raise InvalidKey("公钥应为65字节的未压缩点")
        self.point = bytes(point)
        self._za = sm3.digest(_Z_HEAD + self.point[1:])
        self._key = (by or provider.current()).public_key(self.point)

    @classmethod
    def from_point(cls, point: bytes, by: Provider | None = None) -> "PublicKey":
        """The key of 04‖X‖Y, 65 bytes; raises InvalidKey off the curve."""
        return cls(point, by)

    @classmethod
    def from_spki(cls, der: bytes, by: Provider | None = None) -> "PublicKey":
        """The key of a DER SubjectPublicKeyInfo naming the SM2 curve; raises InvalidKey."""
        if not der.startswith(SPKI_HEAD):  # in DER there is one way to say it
            raise InvalidKey("公钥不是 SM2 曲线上的密钥")
        return cls(der[len(SPKI_HEAD) :], by)

    @cached_property
    def spki(self) -> bytes:
        """The DER SubjectPublicKeyInfo."""
        return SPKI_HEAD + self.point

    def digest(self, message: bytes) -> bytes:
        """e = SM3(ZA‖M), 32 bytes: what a card or a signature server signs."""
        return sm3.digest(self._za + message)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Check a DER signature over `message`; raises InvalidSignature."""
        self._key.verify(self.digest(message), signature)

    def verify_digest(self, e: bytes, signature: bytes) -> None:
        """Check a DER signature over e (32 bytes); raises InvalidSignature."""
        self._key.verify(_e(e), signature)

    def encrypt(self, plaintext: bytes) -> bytes:
        """DER SM2Cipher (order C1, C3, C2) of 1 byte or more, meant for short keys."""
        if not plaintext:
            raise ValueError("nothing to encrypt")
        return self._key.encrypt(plaintext)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.point == self.point

    def __hash__(self) -> int:
        return hash(self.point)


class PrivateKey:
    """An SM2 private key; safe to share between threads."""

    def __init__(self, key: SigningKey, by: Provider | None = None) -> None:
        self._key = key
        self.public_key = PublicKey(key.point, by)

    @classmethod
    def generate(cls, by: Provider | None = None) -> "PrivateKey":
        """A fresh key from the random source of the operating system."""
        return cls((by or provider.current()).generate(), by)

    @classmethod
    def from_scalar(cls, scalar: int, by: Provider | None = None) -> "PrivateKey":
        """The key d, 1..n-2; raises InvalidKey."""
        if not 1 <= scalar <= N - 2:
            raise InvalidKey("私钥超出允许范围")
        return cls((by or provider.current()).private_key(scalar), by)

    @classmethod
    def from_pem(cls, data: bytes, password: bytes | None = None) -> "PrivateKey":
        """The key of a PKCS#8 PEM, plain or protected by `password`; raises InvalidKey."""
        scalar, point = pkcs8.load(_unarmor(data), password)
        key = cls.from_scalar(scalar)
        if point is not None and point != key.public_key.point:
            raise InvalidKey("私钥文件中的公钥与私钥不符")
        return key

    def to_pem(self, password: bytes | None = None) -> bytes:
        """PKCS#8 PEM; with a password PBES2: PBKDF2-HMAC-SM3 and SM4-CBC."""
        der = pkcs8.dump(self.scalar, self.public_key.point)
        if password is None:
            return bytes(pem.armor("PRIVATE KEY", der))
        return bytes(pem.armor("ENCRYPTED PRIVATE KEY", pkcs8.encrypt(der, password)))

    @property
    def scalar(self) -> int:
        """d, 1..n-2; raises InvalidKey where the provider does not let it out."""
        return self._key.export()

    def sign(self, message: bytes) -> bytes:
        """DER signature over `message` with the default user ID."""
        return self._key.sign(self.public_key.digest(message))

    def sign_digest(self, e: bytes) -> bytes:
        """DER signature over e = SM3(ZA‖M), 32 bytes."""
        return self._key.sign(_e(e))

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Plaintext of a DER SM2Cipher; raises InvalidCiphertext."""
        return self._key.decrypt(ciphertext)


def _e(value: bytes) -> bytes:
    if len(value) != sm3.SIZE:
        raise ValueError("e must have 32 bytes")
    return value


def _unarmor(data: bytes) -> bytes:
    try:
        kind, _, der = pem.unarmor(data)
    except (ValueError, TypeError):
        raise InvalidKey("私钥文件不是 PEM 格式") from None
    if kind not in {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY"}:
        raise InvalidKey("私钥文件不是 PKCS#8 格式")
    return bytes(der)
