"""SM2: the standard's examples, an independent implementation both ways, hostile input."""

import resource
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from asn1crypto import keys
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from crypto import provider
from crypto.encoding import N, P
from crypto.errors import InvalidCiphertext, InvalidKey, InvalidSignature
from crypto.libcrypto import LibcryptoProvider
from crypto.provider import Provider
from crypto.pure import GmsslProvider, GmsslSigningKey, SM2Cipher
from crypto.sm2 import PrivateKey, PublicKey, from_raw, to_raw
from tests.crypto.forge import P256_POINT

# GM/T 0003.5-2012 / GB/T 32918.5-2017: signature and encryption examples
D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
POINT = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
K = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
E_VALUE = bytes.fromhex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640")
R_S = (
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
C1_X = 0x04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73
C1_Y = 0xE858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0
C3 = bytes.fromhex("59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766")
C2 = bytes.fromhex("21886ca989ca9c7d58087307ca93092d651efa")

PROVIDERS: list[Provider] = [LibcryptoProvider(), GmsslProvider()]
both = pytest.mark.parametrize("by", PROVIDERS, ids=lambda by: by.name)
pairs = pytest.mark.parametrize(
    ("one", "other"), [PROVIDERS, PROVIDERS[::-1]], ids=["libcrypto-gmssl", "gmssl-libcrypto"]
)


def test_libcrypto_is_what_runs_here() -> None:
    assert provider.current().name == "libcrypto"


@both
def test_public_key_and_digest_vector(by: Provider) -> None:
    key = PrivateKey.from_scalar(D, by).public_key
    assert key.point == POINT
    assert key.digest(b"message digest") == E_VALUE


@both
def test_signature_vector_verifies(by: Provider) -> None:
    key = PublicKey.from_point(POINT, by)
    key.verify(b"message digest", from_raw(bytes.fromhex(R_S)))
    key.verify_digest(E_VALUE, from_raw(bytes.fromhex(R_S)))
    with pytest.raises(InvalidSignature):
        key.verify(b"message Digest", from_raw(bytes.fromhex(R_S)))


def test_signature_vector_is_made() -> None:
    assert GmsslSigningKey(D).sign_with(E_VALUE, K) == R_S


@both
def test_encryption_vector_is_opened(by: Provider) -> None:
    cipher = SM2Cipher({"x": C1_X, "y": C1_Y, "hash": C3, "cipher_text": C2}).dump()
    assert PrivateKey.from_scalar(D, by).decrypt(cipher) == b"encryption standard"


@pairs
def test_signatures_pass_between_implementations(one: Provider, other: Provider) -> None:
    signer = PrivateKey.generate(one)
    reader = PublicKey.from_point(signer.public_key.point, other)
    for message in (b"", b"x", bytes(1000)):
        reader.verify(message, signer.sign(message))
        reader.verify(message, signer.sign_digest(reader.digest(message)))
        with pytest.raises(InvalidSignature):
            reader.verify(message + b"!", signer.sign(message))


@pairs
def test_ciphertexts_pass_between_implementations(one: Provider, other: Provider) -> None:
    owner = PrivateKey.generate(one)
    writer = PublicKey.from_point(owner.public_key.point, other)
    for plaintext in (b"k", bytes(16), bytes(range(256)) * 2):
        assert owner.decrypt(writer.encrypt(plaintext)) == plaintext


def test_short_coordinates_are_opened() -> None:
    """C1 with leading zero bytes: the DER INTEGER is shorter than 32 bytes."""
    owner = PrivateKey.generate()
    sealed = (owner.public_key.encrypt(b"key") for _ in range(20_000))
    short = next(s for s in sealed if SM2Cipher.load(s)["y"].native < 1 << 248)
    assert owner.decrypt(short) == b"key"
    assert PrivateKey.from_scalar(owner.scalar, PROVIDERS[1]).decrypt(short) == b"key"


@both
@pytest.mark.parametrize("at", [0, 1, 5, 40, 80, 105, -1])
def test_a_changed_ciphertext_is_refused(by: Provider, at: int) -> None:
    owner = PrivateKey.from_scalar(D, by)
    bad = bytearray(owner.public_key.encrypt(b"0123456789abcdef"))
    bad[at] ^= 1
    with pytest.raises(InvalidCiphertext):
        owner.decrypt(bytes(bad))


@both
@pytest.mark.parametrize("junk", [b"", b"\x30\x00", bytes(100), b"\x30\x84\xff\xff\xff\xff"])
def test_a_ciphertext_that_is_none_is_refused(by: Provider, junk: bytes) -> None:
    with pytest.raises(InvalidCiphertext):
        PrivateKey.from_scalar(D, by).decrypt(junk)


def test_nothing_is_not_encrypted() -> None:
    with pytest.raises(ValueError, match="nothing"):
        PublicKey.from_point(POINT).encrypt(b"")


def integer(value: bytes) -> bytes:
    return b"\x02" + bytes([len(value)]) + value


def sequence(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return b"\x30" + bytes([len(body)]) + body


def unsigned(value: int) -> bytes:
    return integer(value.to_bytes(value.bit_length() // 8 + 1, "big"))


R, S = unsigned(int(R_S[:64], 16)), unsigned(int(R_S[64:], 16))
GOOD = sequence(R, S)
BAD_SIGNATURES = {
    "r is 0": sequence(unsigned(0), S),
    "s is 0": sequence(R, unsigned(0)),
    "r is n": sequence(unsigned(N), S),
    "s is n": sequence(R, unsigned(N)),
    "r is n+1": sequence(unsigned(N + 1), S),
    "s is n+1": sequence(R, unsigned(N + 1)),
    "r+s is n": sequence(unsigned(1), unsigned(N - 1)),
    "r is negative": sequence(integer(b"\xff"), S),
    "s is negative": sequence(R, integer(b"\x80")),
    "r lacks its sign byte": sequence(integer(bytes.fromhex(R_S[:64])), S),
    "r has leading zeros": sequence(integer(b"\x00\x00" + bytes.fromhex(R_S[:64])), S),
    "s has a needless zero": sequence(R, integer(b"\x00\x01")),
    "r has 33 bytes": sequence(unsigned(1 << 256), S),
    "r is empty": sequence(b"\x02\x00", S),
    "long form of length": b"\x30\x81" + GOOD[1:],
    "indefinite length": b"\x30\x80" + GOOD[2:] + b"\x00\x00",
    "one byte more": GOOD + b"\x00",
    "one byte more inside": sequence(R, S, b"\x00"),
    "one byte less": GOOD[:-1],
    "three integers": sequence(R, S, S),
    "one integer": sequence(R),
    "r is an octet string": sequence(b"\x04" + R[1:], S),
    "a set": b"\x31" + GOOD[1:],
    "r and s exchanged": sequence(S, R),
    "raw": bytes.fromhex(R_S),
    "empty": b"",
    "one byte": b"\x30",
}


def test_the_good_signature_is_good() -> None:
    PublicKey.from_point(POINT).verify(b"message digest", GOOD)


@both
@pytest.mark.parametrize("case", BAD_SIGNATURES)
def test_bad_signatures_are_refused(by: Provider, case: str) -> None:
    with pytest.raises(InvalidSignature):
        PublicKey.from_point(POINT, by).verify(b"message digest", BAD_SIGNATURES[case])


@pytest.mark.parametrize("case", sorted(BAD_SIGNATURES.keys() - {"r+s is n", "r and s exchanged"}))
def test_bad_encodings_are_refused_before_any_arithmetic(case: str) -> None:
    with pytest.raises(InvalidSignature):
        to_raw(BAD_SIGNATURES[case])


@both
def test_a_needless_zero_spoils_a_good_signature(by: Provider) -> None:
    key = PrivateKey.from_scalar(D, by)
    signatures = (key.sign(b"x") for _ in range(200))
    short = next(s for s in signatures if s[3] == 32)
    r, s = short[4:36], short[36:]
    key.public_key.verify(b"x", sequence(integer(r), s))
    with pytest.raises(InvalidSignature, match="最短"):
        key.public_key.verify(b"x", sequence(integer(b"\x00" + r), s))


def test_raw_and_der() -> None:
    assert to_raw(GOOD).hex() == R_S
    assert from_raw(bytes.fromhex(R_S)) == GOOD
    small = bytes(31) + b"\x01" + bytes(31) + b"\x80"
    assert to_raw(from_raw(small)) == small
    assert from_raw(small).hex() == "300702010102020080"


@pytest.mark.parametrize("raw", [b"", bytes(63), bytes(64), bytes(65), b"\xff" * 64])
def test_bad_raw_signatures_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidSignature):
        from_raw(raw)


BAD_POINTS = {
    "infinity": b"\x00",
    "zeros": b"\x04" + bytes(64),
    "off the curve": POINT[:-1] + b"\x14",
    "on P-256": P256_POINT,
    "compressed": b"\x03" + POINT[1:33],
    "hybrid": b"\x07" + POINT[1:],
    "short": POINT[:-1],
    "long": POINT + b"\x00",
    "x above p": b"\x04" + P.to_bytes(32, "big") + POINT[33:],
    "y above p": POINT[:33] + b"\xff" * 32,
    "empty": b"",
}


@both
@pytest.mark.parametrize("case", BAD_POINTS)
def test_bad_public_keys_are_refused(by: Provider, case: str) -> None:
    with pytest.raises(InvalidKey):
        PublicKey.from_point(BAD_POINTS[case], by)


@pytest.mark.parametrize("scalar", [-1, 0, N - 1, N, N + 1, 1 << 256])
def test_bad_private_keys_are_refused(scalar: int) -> None:
    with pytest.raises(InvalidKey):
        PrivateKey.from_scalar(scalar)


def test_spki_round_trip() -> None:
    key = PublicKey.from_point(POINT)
    assert PublicKey.from_spki(key.spki) == key
    assert keys.PublicKeyInfo.load(key.spki)["public_key"].native == POINT


def p256() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(1, ec.SECP256R1())


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30\x00",
        PublicKey.from_point(POINT).spki + b"\x00",
        PublicKey.from_point(POINT).spki.replace(b"\x03\x42\x00", b"\x03\x42\x01"),
        p256().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ],
)
def test_bad_spki_is_refused(der: bytes) -> None:
    with pytest.raises(InvalidKey):
        PublicKey.from_spki(der)


@pytest.mark.parametrize("password", [None, b"s3cret", "口令".encode()])
def test_pem_round_trip(password: bytes | None) -> None:
    key = PrivateKey.generate()
    text = key.to_pem(password)
    assert (b"ENCRYPTED" in text) == (password is not None)
    assert PrivateKey.from_pem(text, password).scalar == key.scalar


def test_the_password_matters() -> None:
    text = PrivateKey.generate().to_pem(b"right")
    for wrong in (b"wrong", b"", None):
        with pytest.raises(InvalidKey):
            PrivateKey.from_pem(text, wrong)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"hello",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        p256().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        p256().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    ],
)
def test_bad_pem_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidKey):
        PrivateKey.from_pem(text, b"x")


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=20)


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl command")
def test_openssl_agrees_on_the_user_id(tmp_path: Path) -> None:
    """Its command computes ZA itself from the ID we name."""
    key, message = PrivateKey.generate(), tmp_path / "message"
    secret, signature = tmp_path / "key.pem", tmp_path / "signature"
    secret.write_bytes(key.to_pem())
    message.write_bytes("出库单 CK20261122-0001".encode())
    common: list[str | Path] = ["-rawin", "-digest", "sm3", "-inkey", secret, "-in", message]
    common += ["-pkeyopt", "distid:1234567812345678"]
    signature.write_bytes(key.sign(message.read_bytes()))
    openssl("pkeyutl", "-verify", *common, "-sigfile", signature)
    openssl("pkeyutl", "-sign", *common, "-out", signature)
    key.public_key.verify(message.read_bytes(), signature.read_bytes())


def test_keys_are_shared_between_threads() -> None:
    key = PrivateKey.generate()

    def work(n: int) -> None:
        message = n.to_bytes(4, "big")
        key.public_key.verify(message, key.sign(message))
        assert key.decrypt(key.public_key.encrypt(message)) == message

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(400)))


def test_nothing_leaks() -> None:
    key = PrivateKey.generate()

    def refuse(action: Callable[[], object]) -> None:
        with pytest.raises((InvalidSignature, InvalidCiphertext, InvalidKey)):
            action()

    def work(times: int) -> None:
        for _ in range(times):
            signature = key.sign(b"x")
            PublicKey.from_point(key.public_key.point).verify(b"x", signature)
            PrivateKey.from_scalar(D).decrypt(PublicKey.from_point(POINT).encrypt(b"x"))
            refuse(lambda s=signature: key.public_key.verify(b"y", s))  # type: ignore[misc]
            refuse(lambda: PublicKey.from_point(P256_POINT))

    work(300)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work(700)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 1024  # KiB; one leaked EVP_PKEY each time would be some 2,000
