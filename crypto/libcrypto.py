"""SM2 through the EVP interface of OpenSSL's libcrypto 3.0 or newer, by ctypes."""

import ctypes
import ctypes.util
import secrets
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from crypto.encoding import SPKI_HEAD, N, decode_signature
from crypto.errors import (
    CryptoError,
    InvalidCiphertext,
    InvalidKey,
    InvalidSignature,
    ProviderUnavailable,
)

# SEC 1 ECPrivateKey around d, its lengths fixed.
_SEC1_HEAD, _SEC1_TAIL = bytes.fromhex("30310201010420"), bytes.fromhex("a00a06082a811ccf5501822d")

_PTR, _INT, _SIZE, _BYTES = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t, ctypes.c_char_p
_OUT = ctypes.POINTER(_SIZE)
_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "OpenSSL_version_num": (ctypes.c_ulong,),
    "ERR_clear_error": (None,),
    "d2i_PUBKEY": (_PTR, _PTR, ctypes.POINTER(_BYTES), ctypes.c_long),
    "d2i_AutoPrivateKey": (_PTR, _PTR, ctypes.POINTER(_BYTES), ctypes.c_long),
    "i2d_PUBKEY": (_INT, _PTR, ctypes.POINTER(_PTR)),
    "EVP_PKEY_free": (None, _PTR),
    "EVP_PKEY_CTX_new": (_PTR, _PTR, _PTR),
    "EVP_PKEY_CTX_free": (None, _PTR),
    "EVP_PKEY_sign_init": (_INT, _PTR),
    "EVP_PKEY_sign": (_INT, _PTR, _BYTES, _OUT, _BYTES, _SIZE),
    "EVP_PKEY_verify_init": (_INT, _PTR),
    "EVP_PKEY_verify": (_INT, _PTR, _BYTES, _SIZE, _BYTES, _SIZE),
    "EVP_PKEY_encrypt_init": (_INT, _PTR),
    "EVP_PKEY_encrypt": (_INT, _PTR, _BYTES, _OUT, _BYTES, _SIZE),
    "EVP_PKEY_decrypt_init": (_INT, _PTR),
    "EVP_PKEY_decrypt": (_INT, _PTR, _BYTES, _OUT, _BYTES, _SIZE),
}


def _names() -> list[str]:
    """Where libcrypto may be: beside the program, then where the system has it."""
    bundle = Path(getattr(sys, "_MEIPASS", ""))
    if sys.platform == "win32":
        files = ("libcrypto-3-x64.dll", "libcrypto-3.dll", "libcrypto-3-arm64.dll")
        folders = (bundle, Path(sys.base_prefix) / "DLLs", Path(sys.base_prefix))
        return [str(f / name) for f in folders for name in files if (f / name).exists()]
    bundled = [str(bundle / "libcrypto.so.3")] if hasattr(sys, "_MEIPASS") else []
    return [*bundled, "libcrypto.so.3", ctypes.util.find_library("crypto") or "libcrypto.so"]


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL:
    """The loaded libcrypto with its functions typed; raises ProviderUnavailable."""
    for name in _names():
        try:
            lib = ctypes.CDLL(name)
            for function, (result, *arguments) in _FUNCTIONS.items():
                entry = getattr(lib, function)
                entry.restype, entry.argtypes = result, arguments
        except (OSError, AttributeError):
            continue
        if lib.OpenSSL_version_num() >> 28 >= 3:
            return lib
    raise ProviderUnavailable("找不到 OpenSSL libcrypto 3.0 或更新版本")


class _Key:
    """One EVP_PKEY, freed with the object; threads may share it, each call has its own context."""

    _pointer: int | None = None

    def __init__(self, pointer: int) -> None:
        self._lib = library()
        self._pointer = pointer

    def __del__(self) -> None:
        if self._pointer is not None:  # nothing was loaded where the key was refused
            self._lib.EVP_PKEY_free(self._pointer)

    def _context(self, init: str) -> "_Context":
        return _Context(self._lib, self._pointer, init)


class _Context:
    """An EVP_PKEY_CTX for one operation, freed at the end of the with block."""

    def __init__(self, lib: ctypes.CDLL, key: int | None, init: str) -> None:
        self._lib = lib
        self._pointer = lib.EVP_PKEY_CTX_new(key, None)
        if not self._pointer or getattr(lib, init)(self._pointer) != 1:
            self.__exit__()
            raise CryptoError(f"libcrypto 不支持 {init}")

    def __enter__(self) -> int:
        pointer: int = self._pointer
        return pointer

    def __exit__(self, *_: object) -> None:
        self._lib.EVP_PKEY_CTX_free(self._pointer)


def _load(function: str, der: bytes) -> int:
    """The EVP_PKEY of a DER structure that must be consumed to its last byte."""
    lib, start = library(), ctypes.c_char_p(der)
    pointer: int | None = getattr(lib, function)(None, ctypes.byref(start), len(der))
    if not pointer:
        lib.ERR_clear_error()
        raise InvalidKey("密钥无效：不是 SM2 曲线上的密钥")
    return pointer


def _point_of(pointer: int | None) -> bytes:
    out = ctypes.create_string_buffer(128)
    cursor = ctypes.c_void_p(ctypes.addressof(out))
    length = library().i2d_PUBKEY(pointer, ctypes.byref(cursor))
    return out.raw[length - 65 : length]


class LibcryptoVerifyingKey(_Key):
    """A public key as an EVP_PKEY."""

    def __init__(self, point: bytes) -> None:
        super().__init__(_load("d2i_PUBKEY", SPKI_HEAD + point))

    def verify(self, e: bytes, signature: bytes) -> None:
        decode_signature(signature)
        with self._context("EVP_PKEY_verify_init") as context:
            ok = self._lib.EVP_PKEY_verify(context, signature, len(signature), e, len(e))
        if ok != 1:
            self._lib.ERR_clear_error()
            raise InvalidSignature("签名与内容或证书不符")

    def encrypt(self, plaintext: bytes) -> bytes:
        with self._context("EVP_PKEY_encrypt_init") as context:
            size = ctypes.c_size_t(0)
            call = self._lib.EVP_PKEY_encrypt
            call(context, None, ctypes.byref(size), plaintext, len(plaintext))
            out = ctypes.create_string_buffer(size.value)
            if call(context, out, ctypes.byref(size), plaintext, len(plaintext)) != 1:
                self._lib.ERR_clear_error()
                raise CryptoError("SM2 加密失败")
        return out.raw[: size.value]


class LibcryptoSigningKey(_Key):
    """A private key as an EVP_PKEY; a software key, so it can be exported."""

    def __init__(self, scalar: int) -> None:
        octets = scalar.to_bytes(32, "big")
        super().__init__(_load("d2i_AutoPrivateKey", _SEC1_HEAD + octets + _SEC1_TAIL))
        self._scalar = scalar
        self.point = _point_of(self._pointer)

    def sign(self, e: bytes) -> bytes:
        with self._context("EVP_PKEY_sign_init") as context:
            out, size = ctypes.create_string_buffer(80), ctypes.c_size_t(80)
            if self._lib.EVP_PKEY_sign(context, out, ctypes.byref(size), e, len(e)) != 1:
                self._lib.ERR_clear_error()
                raise CryptoError("SM2 签名失败")
        return out.raw[: size.value]

    def decrypt(self, ciphertext: bytes) -> bytes:
        with self._context("EVP_PKEY_decrypt_init") as context:
            # The plaintext is always shorter than the ciphertext that carries it.
            out, size = ctypes.create_string_buffer(len(ciphertext) + 1), ctypes.c_size_t(0)
            size.value = len(ciphertext) + 1
            call = self._lib.EVP_PKEY_decrypt
            if call(context, out, ctypes.byref(size), ciphertext, len(ciphertext)) != 1:
                self._lib.ERR_clear_error()
                raise InvalidCiphertext("密文无效或密钥不符")
        return out.raw[: size.value]

    def export(self) -> int:
        return self._scalar


class LibcryptoProvider:
    """SM2 keys in libcrypto; raises ProviderUnavailable where there is none."""

    name = "libcrypto"

    def __init__(self) -> None:
        library()

    def generate(self) -> LibcryptoSigningKey:
        return self.private_key(secrets.randbelow(N - 2) + 1)

    def private_key(self, scalar: int) -> LibcryptoSigningKey:
        return LibcryptoSigningKey(scalar)

    def public_key(self, point: bytes) -> LibcryptoVerifyingKey:
        return LibcryptoVerifyingKey(point)
