"""SM4: published values, another implementation, and every way a sealed value may be spoiled."""

import pytest
from gmssl.sm4 import SM4_DECRYPT, SM4_ENCRYPT, CryptSM4
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL._util import ffi as openssl_ffi
from OpenSSL._util import lib as openssl_lib

from crypto import sm4
from crypto.errors import InvalidCiphertext

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
# RFC 8998 appendix A.1
IV = bytes.fromhex("00001234567800000000abcd")
AAD = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
PLAIN = bytes.fromhex(
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
    "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
)
CIPHER = bytes.fromhex(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
)
TAG = bytes.fromhex("83de3541e4c2b58177e065a9bf7b62ec")


def test_block_vector() -> None:  # GM/T 0002-2012 appendix A, example 1
    block = bytes.fromhex("681edf34d206965e86b3e94f536e4246")
    assert sm4.ecb_block(KEY, KEY) == block
    assert sm4.ecb_block(KEY, block, decrypt=True) == KEY


def test_a_million_blocks() -> None:  # GM/T 0002-2012 appendix A, example 2
    # CBC over zeros encrypts the block before again and again.
    chained = sm4.cbc_encrypt(KEY, KEY, bytes(16 * 1_000_000))
    assert chained[-32:-16].hex() == "595298c7c6fd271f0402f804c33d3f66"


def test_ecb_takes_one_block_only() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        sm4.ecb_block(KEY, bytes(32))


def test_gcm_vector_both_ways() -> None:
    assert sm4.gcm_encrypt(KEY, IV, PLAIN, AAD) == CIPHER + TAG
    assert sm4.gcm_decrypt(KEY, IV, CIPHER + TAG, AAD) == PLAIN


@pytest.mark.parametrize("bit", range(128))
def test_gcm_refuses_every_spoiled_tag_bit(bit: int) -> None:
    tag = bytearray(TAG)
    tag[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidCiphertext):
        sm4.gcm_decrypt(KEY, IV, CIPHER + tag, AAD)


@pytest.mark.parametrize("length", [0, 1, 15])
def test_gcm_refuses_a_short_tag(length: int) -> None:
    with pytest.raises(InvalidCiphertext):
        sm4.gcm_decrypt(KEY, IV, TAG[:length])


def test_a_spoiled_tag_is_refused_whatever_went_wrong_before() -> None:
    """An error of another library call in OpenSSL's queue does not change the refusal."""
    bio = openssl_lib.BIO_new_mem_buf(b"junk", 4)
    assert openssl_lib.d2i_X509_bio(bio, openssl_ffi.NULL) == openssl_ffi.NULL
    openssl_lib.BIO_free(bio)
    assert openssl_lib.ERR_peek_error() != 0
    with pytest.raises(InvalidCiphertext):
        sm4.gcm_decrypt(KEY, IV, CIPHER + bytes(16), AAD)
    openssl_lib.ERR_clear_error()


@given(st.binary(max_size=100), st.binary(max_size=40), st.integers(0, 65535))
def test_seal_and_unseal(plaintext: bytes, aad: bytes, key_id: int) -> None:
    sealed = sm4.seal(KEY, plaintext, aad, key_id)
    assert sealed[:3] == b"\x01" + key_id.to_bytes(2, "big")
    assert len(sealed) == len(plaintext) + 31
    assert sm4.unseal(KEY, sealed, aad) == plaintext
    assert sm4.unseal({key_id: KEY}.__getitem__, sealed, aad) == plaintext


def test_an_id_card_number_grows_to_49_bytes() -> None:
    assert len(sm4.seal(KEY, b"310101199003070011")) == 49


def test_every_changed_byte_is_refused() -> None:
    sealed = sm4.seal(KEY, b"13812345678", b"patient|phone|7")
    for at in range(len(sealed)):
        bad = bytearray(sealed)
        bad[at] ^= 0x40
        with pytest.raises(InvalidCiphertext):
            sm4.unseal(KEY, bytes(bad), b"patient|phone|7")


def test_every_cut_is_refused() -> None:
    sealed = sm4.seal(KEY, b"13812345678")
    for length in range(len(sealed)):
        with pytest.raises(InvalidCiphertext):
            sm4.unseal(KEY, sealed[:length])


def test_a_value_moved_to_another_row_is_refused() -> None:
    sealed = sm4.seal(KEY, b"13812345678", b"patient|phone|7")
    with pytest.raises(InvalidCiphertext, match="校验失败"):
        sm4.unseal(KEY, sealed, b"patient|phone|8")


def test_another_key_is_refused() -> None:
    with pytest.raises(InvalidCiphertext):
        sm4.unseal(bytes(16), sm4.seal(KEY, b"x"))


def test_a_destroyed_key_speaks_for_itself() -> None:
    with pytest.raises(KeyError):
        sm4.unseal({1: KEY}.__getitem__, sm4.seal(KEY, b"x", key_id=2))


def test_the_iv_never_repeats() -> None:
    assert len({sm4.seal(KEY, b"x")[3:15] for _ in range(10_000)}) == 10_000


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=80))
def test_cbc_both_ways_with_pure_python(key: bytes, plaintext: bytes) -> None:
    oracle, iv = CryptSM4(), bytes(range(16))
    oracle.set_key(key, SM4_ENCRYPT)
    sealed = sm4.cbc_encrypt(key, iv, plaintext)
    assert sealed == oracle.crypt_cbc(iv, plaintext)
    oracle.set_key(key, SM4_DECRYPT)
    assert oracle.crypt_cbc(iv, sealed) == plaintext == sm4.cbc_decrypt(key, iv, sealed)


@pytest.mark.parametrize("sealed", [b"", bytes(15), bytes(16), bytes(17)])
def test_cbc_refuses_bad_length_or_padding(sealed: bytes) -> None:
    with pytest.raises(InvalidCiphertext):
        sm4.cbc_decrypt(KEY, bytes(16), sealed)
