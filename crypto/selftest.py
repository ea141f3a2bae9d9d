"""Known-answer tests at start: whoever cannot reproduce the standards' examples must not run.

Sources of the values: GM/T 0004 (SM3), GM/T 0002 (SM4), RFC 8998 A.1 (SM4-GCM), GM/T 0003.5 and
GB/T 32918.5 (SM2 on the recommended curve), Wycheproof (HMAC-SM3).
"""

from collections.abc import Callable
from functools import partial

from crypto import sm3, sm4
from crypto.errors import CryptoError, InvalidCiphertext, InvalidSignature, SelfTestFailed
from crypto.sm2 import PrivateKey, PublicKey, from_raw

_D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
_POINT = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_MESSAGE = b"message digest"
_E = bytes.fromhex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640")
_SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
# x, y, C3 and C2 of the standard's encryption example in the DER of GM/T 0009
_CIPHERTEXT = bytes.fromhex(
    "307c022004ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    "022100e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
    "042059983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
    "041321886ca989ca9c7d58087307ca93092d651efa"
)
_SM4_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
_GCM_IV = bytes.fromhex("00001234567800000000abcd")
_GCM_AAD = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
_GCM_PLAIN = b"".join(bytes([octet]) * 8 for octet in bytes.fromhex("aabbccddeeffeeaa"))
_GCM_SEALED = bytes.fromhex(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec"
)


def run() -> None:
    """Check every algorithm against its published example; raises SelfTestFailed."""
    for name, check in _CHECKS.items():
        try:
            check()
        except CryptoError as reason:
            raise SelfTestFailed(f"密码自检未通过（{name}），程序不能启动") from reason


def _expect(got: object, wanted: object) -> None:
    if got != wanted:
        raise SelfTestFailed("known answer differs")


def _refused(action: Callable[[], object], refusal: type[CryptoError]) -> None:
    try:
        action()
    except refusal:
        return
    raise SelfTestFailed("a spoiled value was accepted")


def _spoiled(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1])


def _check_sm3() -> None:
    wanted = {
        b"": "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
        b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
    }
    for message, digest in wanted.items():
        _expect(sm3.digest(message).hex(), digest)


def _check_hmac() -> None:
    key = bytes.fromhex("1e225cafb90339bba1b24076d4206c3e79c355805d851682bc818baa4f5a7779")
    wanted = "f9938b1b2515117f25dcd636c9a6a0e7f00bccaf5347e0e0df435cfca736cfc1"
    _expect(sm3.hmac(key, b"").hex(), wanted)


def _check_sm4() -> None:
    block = bytes.fromhex("681edf34d206965e86b3e94f536e4246")
    _expect(sm4.ecb_block(_SM4_KEY, _SM4_KEY), block)
    _expect(sm4.ecb_block(_SM4_KEY, block, decrypt=True), _SM4_KEY)


def _check_gcm() -> None:
    key = _SM4_KEY
    _expect(sm4.gcm_encrypt(key, _GCM_IV, _GCM_PLAIN, _GCM_AAD), _GCM_SEALED)
    _expect(sm4.gcm_decrypt(key, _GCM_IV, _GCM_SEALED, _GCM_AAD), _GCM_PLAIN)
    spoiled = _spoiled(_GCM_SEALED)
    _refused(lambda: sm4.gcm_decrypt(key, _GCM_IV, spoiled, _GCM_AAD), InvalidCiphertext)


def _check_sm2() -> None:
    private, public = PrivateKey.from_scalar(_D), PublicKey.from_point(_POINT)
    _expect(private.public_key.point, _POINT)
    _expect(public.digest(_MESSAGE), _E)
    for signature in (from_raw(_SIGNATURE), private.sign(_MESSAGE), private.sign_digest(_E)):
        public.verify(_MESSAGE, signature)
        _refused(partial(public.verify, _spoiled(_MESSAGE), signature), InvalidSignature)


def _check_sm2_encryption() -> None:
    private = PrivateKey.from_scalar(_D)
    _expect(private.decrypt(_CIPHERTEXT), b"encryption standard")
    _expect(private.decrypt(private.public_key.encrypt(_MESSAGE)), _MESSAGE)
    _refused(lambda: private.decrypt(_spoiled(_CIPHERTEXT)), InvalidCiphertext)


_CHECKS: dict[str, Callable[[], None]] = {
    "SM3": _check_sm3,
    "HMAC-SM3": _check_hmac,
    "SM4": _check_sm4,
    "SM4-GCM": _check_gcm,
    "SM2 签名": _check_sm2,
    "SM2 加密": _check_sm2_encryption,
}
