"""SM3 (GM/T 0004, GB/T 32905) and what is built on it: HMAC, HKDF, PBKDF2."""

import hashlib
from functools import lru_cache
from hmac import compare_digest

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

SIZE = 32
_SM3 = hashes.SM3()
# Copying a fresh context costs 0.6 us, making one by name 1.0 us.  A Python built without SM3
# takes the slower context of `cryptography`.
_FRESH = hashlib.new("sm3") if "sm3" in hashlib.algorithms_available else None


def digest(data: bytes) -> bytes:
    """SM3 of `data`, 32 bytes."""
    if _FRESH is None:
        return hashes.Hash.hash(_SM3, data)
    state = _FRESH.copy()
    state.update(data)
    return state.digest()


def hmac(key: bytes, data: bytes) -> bytes:
    """HMAC-SM3 (RFC 2104), 32 bytes."""
    state = _keyed(bytes(key)).copy()
    state.update(data)
    return state.finalize()


@lru_cache(maxsize=64)
def _keyed(key: bytes) -> HMAC:
    return HMAC(key, _SM3)


def hkdf(secret: bytes, info: bytes, length: int = SIZE, salt: bytes = b"") -> bytes:
    """HKDF-SM3 (RFC 5869): `length` bytes (1..8160) bound to the purpose `info`."""
    return HKDF(_SM3, length, salt or None, info).derive(secret)


def pbkdf2(password: bytes, salt: bytes, rounds: int, length: int = SIZE) -> bytes:
    """PBKDF2-HMAC-SM3 (RFC 8018): `length` bytes after `rounds` (at least 1) iterations."""
    return PBKDF2HMAC(_SM3, length, salt, rounds).derive(password)


def equal(a: bytes, b: bytes) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return compare_digest(a, b)
