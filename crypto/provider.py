"""The one interface behind SM2: who holds keys and does the arithmetic.

Drivers for tokens (SKF), server devices (SDF) and signature servers stand in by offering the same
three protocols; all of them are given the 32-byte digest e = SM3(ZA‖M) of GM/T 0009.
"""

import logging
from functools import lru_cache
from typing import Protocol

from crypto.errors import ProviderUnavailable
from crypto.libcrypto import LibcryptoProvider
from crypto.pure import GmsslProvider

__all__ = [
    "GmsslProvider",
    "LibcryptoProvider",
    "Provider",
    "SigningKey",
    "VerifyingKey",
    "current",
]


class VerifyingKey(Protocol):
    """A public key held by a provider."""

    def verify(self, e: bytes, signature: bytes) -> None:
        """Check a DER signature over e (32 bytes); raises InvalidSignature."""

    def encrypt(self, plaintext: bytes) -> bytes:
        """DER SM2Cipher (C1, C3, C2) of 1 or more bytes."""


class SigningKey(Protocol):
    """A private key held by a provider; it need not be able to leave."""

    @property
    def point(self) -> bytes:
        """The public point, 04‖X‖Y, 65 bytes."""

    def sign(self, e: bytes) -> bytes:
        """DER signature over e (32 bytes)."""

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Plaintext of a DER SM2Cipher; raises InvalidCiphertext."""

    def export(self) -> int:
        """The scalar, 1..n-2; raises InvalidKey where the key may not leave."""


class Provider(Protocol):
    """Makes and loads keys."""

    name: str

    def generate(self) -> SigningKey:
        """A fresh private key."""

    def private_key(self, scalar: int) -> SigningKey:
        """The private key of a scalar 1..n-2; raises InvalidKey."""

    def public_key(self, point: bytes) -> VerifyingKey:
        """The public key of a point 04‖X‖Y on the curve; raises InvalidKey."""


@lru_cache(maxsize=1)
def current() -> Provider:
    """The fastest provider this machine has: libcrypto, else the pure Python one."""
    try:
        return LibcryptoProvider()
    except ProviderUnavailable as reason:
        logging.getLogger(__name__).warning("SM2 falls back to pure Python: %s", reason)
        return GmsslProvider()
