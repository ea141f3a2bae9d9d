"""The curve of SM2 and its signatures on the wire (GM/T 0009): DER SEQUENCE { r, s }, raw r‖s."""

from crypto.errors import InvalidSignature

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
# DER of the SubjectPublicKeyInfo of an SM2 key up to the point: every length is fixed.
SPKI_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


def check_range(r: int, s: int) -> None:
    """Refuse a signature whose r or s lies outside 1..n-1 with InvalidSignature."""
    if not (0 < r < N and 0 < s < N):
        raise InvalidSignature("签名值超出允许范围")


def decode_signature(der: bytes) -> tuple[int, int]:
    """r and s of a DER SM2Signature; only the one minimal encoding passes."""
    try:
        if der[0] != 0x30 or der[1] > 0x7F or der[1] + 2 != len(der):
            raise InvalidSignature("签名编码不正确")
        r, end = _integer(der, 2)
        s, end = _integer(der, end)
    except IndexError:
        raise InvalidSignature("签名不完整") from None
    if end != len(der):
        raise InvalidSignature("签名编码不正确")
    check_range(r, s)
    return r, s


def _integer(der: bytes, at: int) -> tuple[int, int]:
    length, start = der[at + 1], at + 2
    if der[at] != 0x02 or not 1 <= length <= 33 or start + length > len(der):
        raise InvalidSignature("签名编码不正确")
    negative = der[start] & 0x80
    padded = der[start] == 0 and length > 1 and not der[start + 1] & 0x80
    if negative or padded:
        raise InvalidSignature("签名编码不是最短形式")
    return int.from_bytes(der[start : start + length], "big"), start + length


def encode_signature(r: int, s: int) -> bytes:
    """The DER SM2Signature of r and s, each 1..n-1."""
    check_range(r, s)
    body = b"".join(_der_integer(value) for value in (r, s))
    return bytes([0x30, len(body)]) + body


def _der_integer(value: int) -> bytes:
    octets = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes([0x02, len(octets)]) + octets


def to_raw(der: bytes) -> bytes:
    """A DER signature as r‖s, 64 bytes, the form of tokens and card commands."""
    r, s = decode_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def from_raw(raw: bytes) -> bytes:
    """r‖s, exactly 64 bytes, as a DER signature."""
    if len(raw) != 64:
        raise InvalidSignature("签名应为64字节")
    return encode_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
