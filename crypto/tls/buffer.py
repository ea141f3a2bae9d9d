"""Memory that sockets and OpenSSL share, so that bytes pass through without being copied."""

from cryptography.hazmat.bindings._rust import _openssl
from OpenSSL import SSL

RECORD = 16384  # the most a TLS record carries
SIZE = 16 * RECORD

_lib, _ffi = _openssl.lib, _openssl.ffi


class Buffer:
    """256 KiB for one callback at a time; what must outlive the callback is copied out of it.

    pyOpenSSL's own `recv` and `send` make a new buffer each time and copy it, which costs more
    than the decryption of a short message.
    """

    def __init__(self) -> None:
        self.view = memoryview(bytearray(SIZE))
        self._start = _ffi.from_buffer(self.view)

    def decrypt(self, tls: SSL.Connection, start: int) -> int:
        """Read at most one record to `start`; answers its length, raises what `recv` raises."""
        got: int = _lib.SSL_read(tls._ssl, self._start + start, min(RECORD, SIZE - start))
        if got <= 0:
            tls._raise_ssl_error(tls._ssl, got)
        return got

    def encrypt(self, tls: SSL.Connection, start: int, end: int) -> int:
        """Write at most one record of what stands from `start` to `end`, as `send` does."""
        put: int = _lib.SSL_write(tls._ssl, self._start + start, min(RECORD, end - start))
        if put <= 0:
            tls._raise_ssl_error(tls._ssl, put)
        return put
