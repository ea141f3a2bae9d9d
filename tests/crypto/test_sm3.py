"""SM3 and what is built on it, against published values and other implementations."""

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor

import pytest
from gmssl import sm3 as gmssl_sm3
from hypothesis import given
from hypothesis import strategies as st

from crypto import sm3


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        # GM/T 0004-2012 appendix A, examples 1 and 2; the empty message from OpenSSL's vectors
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
        (b"", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"),
    ],
)
def test_digest_vectors(message: bytes, digest: str) -> None:
    assert sm3.digest(message).hex() == digest


@pytest.mark.parametrize(
    ("key", "message", "mac"),
    [
        (  # a widely used example, recomputed with OpenSSL
            b"key",
            b"The quick brown fox jumps over the lazy dog",
            "bd4a34077888162b210645b8ebf74b9af357303789357a27c7fc457244ebd398",
        ),
        (  # C2SP Wycheproof, hmac_sm3_test.json
            bytes.fromhex("1e225cafb90339bba1b24076d4206c3e79c355805d851682bc818baa4f5a7779"),
            b"",
            "f9938b1b2515117f25dcd636c9a6a0e7f00bccaf5347e0e0df435cfca736cfc1",
        ),
    ],
)
def test_hmac_vectors(key: bytes, message: bytes, mac: str) -> None:
    assert sm3.hmac(key, message).hex() == mac


@given(st.binary(max_size=200))
def test_digest_equals_pure_python(message: bytes) -> None:
    assert sm3.digest(message).hex() == gmssl_sm3.sm3_hash(list(message))


@given(st.binary(max_size=150), st.binary(max_size=150))
def test_hmac_equals_the_standard_library(key: bytes, message: bytes) -> None:
    assert sm3.hmac(key, message) == hmac.digest(key, message, "sm3")


def test_hkdf_follows_rfc_5869() -> None:
    secret, info, salt = b"s" * 20, b"login", b"salt"
    extracted = hmac.digest(salt, secret, "sm3")
    first = hmac.digest(extracted, info + b"\x01", "sm3")
    second = hmac.digest(extracted, first + info + b"\x02", "sm3")
    assert sm3.hkdf(secret, info, 50, salt) == (first + second)[:50]


def test_hkdf_without_salt_uses_zeros() -> None:
    extracted = hmac.digest(bytes(32), b"s", "sm3")
    assert sm3.hkdf(b"s", b"i") == hmac.digest(extracted, b"i\x01", "sm3")


def test_hkdf_separates_purposes() -> None:
    assert sm3.hkdf(b"s", b"a") != sm3.hkdf(b"s", b"b")


def test_pbkdf2_equals_the_standard_library() -> None:
    wanted = hashlib.pbkdf2_hmac("sm3", b"password", b"salt" * 4, 1000, 48)
    assert sm3.pbkdf2(b"password", b"salt" * 4, 1000, 48) == wanted


def test_equal() -> None:
    assert sm3.equal(b"abc", b"abc")
    assert not sm3.equal(b"abc", b"abd")
    assert not sm3.equal(b"abc", b"ab")


def test_hmac_from_many_threads() -> None:
    keys = [bytes([n]) * 16 for n in range(100)]  # more keys than contexts are kept
    with ThreadPoolExecutor(8) as pool:
        macs = list(pool.map(lambda key: sm3.hmac(key, b"x" * 100), keys * 10))
    assert macs == [hmac.digest(key, b"x" * 100, "sm3") for key in keys] * 10
