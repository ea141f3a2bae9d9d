"""What both ends of an SM TLS connection must agree on (RFC 8998), and the files it rests on."""

import ipaddress
import logging
import socket as socket_module
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from socket import IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_NODELAY, socket

from cryptography import x509
from cryptography.hazmat.bindings._rust import _openssl
from OpenSSL import SSL, crypto

from crypto.errors import CryptoError

SUITE = "TLS_SM4_GCM_SM3"
GROUP = "curveSM2"
SIGNATURE = "sm2sig_sm3"
PROTOCOL = b"h2"
EXPORTER = b"EXPORTER-Channel-Binding"
SESSION_SECONDS = 3600

_lib = _openssl.lib
_log = logging.getLogger(__name__)
_NO_SUBJECT_NAME = 0x20  # X509_CHECK_FLAG_NEVER_CHECK_SUBJECT: only the SAN names a server
_NO_PARTIAL_WILDCARD = 0x4
_KEEPALIVE = {  # seconds, tries, milliseconds
    "TCP_KEEPIDLE": 60,
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 60_000,
}
_END_OF_CRL = b"-----END X509 CRL-----"

Stamp = tuple[tuple[int, int, int], ...]


def library_version() -> str:
    """The OpenSSL that ends the connections, as it names itself: OpenSSL 4.0.3 …."""
    return SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode()


class TlsError(CryptoError):
    """A TLS connection was refused, or there is none; the text is for the user."""


@dataclass(frozen=True)
class TlsFiles:
    """The PEM files of one end; a file that changes holds for the next connection.

    `certificate` may carry intermediate certificates after the leaf, `roots` and `crl` several
    entries. With `crl` every certificate of a chain below a root must be covered by a CRL in force.
    """

    certificate: Path
    private_key: Path
    roots: Path
    crl: Path | None

    def stamp(self) -> Stamp:
        """Tell one state of the files from another (raises OSError when one is missing)."""
        paths = [self.certificate, self.private_key, self.roots, *([self.crl] if self.crl else [])]
        stats = [path.stat() for path in paths]
        return tuple((s.st_mtime_ns, s.st_size, s.st_ino) for s in stats)


class Contexts:
    """The SSL context now in force for one end.

    It is made anew when a file changes and when the CRL runs out, and with it every resumable
    session is forgotten: a resumed handshake does not look at chain and CRL again. New files that
    cannot be read are logged and the old context stays, for as long as its CRL lasts.
    """

    def __init__(self, files: TlsFiles, *, server: bool) -> None:
        self._files = files
        self._server = server
        self._stamp = files.stamp()
        self._context, self._crl_end = _build(files, server=server)

    def current(self) -> SSL.Context:
        """Return the context for a new connection; keep the object to know it again."""
        try:
            stamp = self._files.stamp()
        except OSError as error:
            _log.error("TLS files missing: %s", error)
            stamp = self._stamp
        if stamp != self._stamp or time.time() >= self._crl_end:
            self._reload(stamp)
        return self._context

    def _reload(self, stamp: Stamp) -> None:
        self._stamp = stamp
        try:
            self._context, crl_end = _build(self._files, server=self._server)
        except (OSError, ValueError, SSL.Error, crypto.Error) as error:
            _log.error("TLS files unusable, the earlier ones stay in force: %s", error)
            if time.time() >= self._crl_end:
                raise TlsError("吊销列表已过期，请管理员更新") from error
        else:
            # an outdated CRL refuses everyone by itself; no need to read it again each time
            self._crl_end = crl_end if crl_end > time.time() else float("inf")


def _build(files: TlsFiles, *, server: bool) -> tuple[SSL.Context, float]:
    context = SSL.Context(SSL.TLS_SERVER_METHOD if server else SSL.TLS_CLIENT_METHOD)
    _force_sm(context)
    context.use_certificate_chain_file(str(files.certificate))
    context.use_privatekey_file(str(files.private_key))
    context.check_privatekey()
    context.load_verify_locations(str(files.roots))
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
    crl_end = _add_crls(context, files.crl) if files.crl else float("inf")
    _set_sessions(context)
    _set_protocol(context, server=server)
    return context, crl_end


def _force_sm(context: SSL.Context) -> None:
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_tls13_ciphersuites(SUITE.encode())
    # pyOpenSSL has no call for these two; without the first OpenSSL prefers X25519MLKEM768
    _must(_lib.SSL_CTX_set1_curves_list(context._context, GROUP.encode()))
    _must(_lib.SSL_CTX_set1_sigalgs_list(context._context, SIGNATURE.encode()))


def _must(result: int) -> None:
    if result != 1:
        raise TlsError("密码库不支持国密TLS，请按安装说明更新程序")


def _add_crls(context: SSL.Context, path: Path) -> float:
    store = context.get_cert_store()
    if store is None:
        raise TlsError("密码库不支持吊销列表，请按安装说明更新程序")
    ends = []
    for block in path.read_bytes().split(_END_OF_CRL)[:-1]:
        crl = x509.load_pem_x509_crl(block + _END_OF_CRL + b"\n")
        store.add_crl(crl)
        ends.append(_end(crl.next_update_utc))
    if not ends:
        raise ValueError(f"no CRL in {path}")
    store.set_flags(crypto.X509StoreFlags.CRL_CHECK | crypto.X509StoreFlags.CRL_CHECK_ALL)
    return min(ends)


def _end(next_update: datetime | None) -> float:
    # OpenSSL accepts a CRL for the whole of the second it names
    return next_update.timestamp() + 1 if next_update else float("inf")


def _set_sessions(context: SSL.Context) -> None:
    # Sessions kept by the server: OpenSSL would protect stateless tickets with AES and SHA-256,
    # and each of these may be used once only.
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
    # A peer that dies without a goodbye ends the line but keeps its session; HTTP/2 itself tells
    # a message cut short.
    context.set_options(_lib.SSL_OP_IGNORE_UNEXPECTED_EOF)
    context.set_session_cache_mode(SSL.SESS_CACHE_SERVER)
    context.set_session_id(b"amb")  # without it resuming clients with certificates are refused
    context.set_timeout(SESSION_SECONDS)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)


def _set_protocol(context: SSL.Context, *, server: bool) -> None:
    if server:
        context.set_alpn_select_callback(_select_protocol)
    else:
        context.set_alpn_protos([PROTOCOL])


_NONE_IN_COMMON = SSL.NO_OVERLAPPING_PROTOCOLS


def _select_protocol(_connection: SSL.Connection, offered: list[bytes]) -> bytes:
    return PROTOCOL if PROTOCOL in offered else _NONE_IN_COMMON  # type: ignore[return-value]


def expect_name(connection: SSL.Connection, name: str) -> None:
    """Let the handshake succeed only when the server certificate's SAN holds this host or IP."""
    parameters = _lib.SSL_get0_param(connection._ssl)
    _lib.X509_VERIFY_PARAM_set_hostflags(parameters, _NO_SUBJECT_NAME | _NO_PARTIAL_WILDCARD)
    address = _packed(name)
    if address:
        _must(_lib.X509_VERIFY_PARAM_set1_ip(parameters, address, len(address)))
    else:
        host = name.encode("idna")
        _must(_lib.X509_VERIFY_PARAM_set1_host(parameters, host, len(host)))
        connection.set_tlsext_host_name(host)


def _packed(name: str) -> bytes:
    try:
        return ipaddress.ip_address(name).packed
    except ValueError:
        return b""


def prepare(sock: socket) -> None:
    """Set a connected TCP socket up for a link: non-blocking, prompt, and aware of dead peers."""
    sock.setblocking(False)
    sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    sock.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket_module, name):  # some are for Linux only
            sock.setsockopt(IPPROTO_TCP, getattr(socket_module, name), value)


def accept(context: SSL.Context, sock: socket) -> SSL.Connection:
    """Make the server end of a TLS connection over a connected non-blocking socket."""
    connection = SSL.Connection(context, sock)
    connection.set_accept_state()
    return connection


def connect(context: SSL.Context, sock: socket, server_name: str) -> SSL.Connection:
    """Make the client end of a TLS connection over a connected non-blocking socket."""
    connection = SSL.Connection(context, sock)
    connection.set_connect_state()
    expect_name(connection, server_name)
    return connection


def check(connection: SSL.Connection) -> None:
    """Assert after a handshake, full or resumed, what it must have agreed on."""
    if connection.get_cipher_name() != SUITE or connection.get_group_name() != GROUP:
        raise TlsError("对方没有使用国密算法，连接已断开")
    if connection.get_alpn_proto_negotiated() != PROTOCOL:
        raise TlsError("对方不是本系统的程序，连接已断开")
    certificate = connection.get_peer_certificate()
    if certificate is None or certificate.has_expired():
        raise TlsError("对方证书已过期，请更换证书")


def peer_certificate(connection: SSL.Connection) -> bytes:
    """Return the DER of the certificate the other end proved."""
    certificate = connection.get_peer_certificate()
    if certificate is None:
        raise TlsError("对方没有出示证书")
    return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)


def exporter(connection: SSL.Connection) -> bytes:
    """Return the 32-byte `tls-exporter` channel binding (RFC 9266)."""
    return connection.export_keying_material(EXPORTER, 32, b"")


def resumed(connection: SSL.Connection) -> bool:
    """Say whether the handshake resumed an earlier session."""
    return bool(_lib.SSL_session_reused(connection._ssl))


_OWN_REASONS = {
    _lib.X509_V_ERR_CERT_HAS_EXPIRED: "对方证书已过期，请更换证书",
    _lib.X509_V_ERR_CERT_NOT_YET_VALID: "对方证书尚未生效，请核对本机时间",
    _lib.X509_V_ERR_CERT_REVOKED: "对方证书已吊销，请联系管理员",
    _lib.X509_V_ERR_CRL_HAS_EXPIRED: "吊销列表已过期，请管理员更新",
    _lib.X509_V_ERR_UNABLE_TO_GET_CRL: "缺少吊销列表，请管理员更新",
    _lib.X509_V_ERR_HOSTNAME_MISMATCH: "服务器证书与服务器名称不符，请核对服务器地址",
    _lib.X509_V_ERR_IP_ADDRESS_MISMATCH: "服务器证书与服务器名称不符，请核对服务器地址",
}
_ALERT_REASONS = {
    "certificate revoked": "本机证书已吊销，请联系管理员",
    "certificate expired": "对方认为本机证书或吊销列表已过期，请联系管理员",
    "unknown ca": "对方不信任本机证书，请联系管理员",
    "alert": "对方拒绝了本机的安全连接，请联系管理员",
    "certificate verify failed": "对方证书不可信，请联系管理员",
}


def explain(connection: SSL.Connection, error: Exception) -> TlsError:
    """Turn what OpenSSL raised into a sentence for the user, with its own words after it."""
    detail = _openssl_words(error)
    verdict = _lib.SSL_get_verify_result(connection._ssl)
    reason = _OWN_REASONS.get(verdict) or next(
        (text for word, text in _ALERT_REASONS.items() if word in detail),
        "安全连接没有建立，请检查网络后重试",
    )
    return TlsError(f"{reason}（{detail}）" if detail else reason)


def _openssl_words(error: Exception) -> str:
    first = error.args[0] if error.args else ""
    if isinstance(first, list):
        return "; ".join(str(entry[-1]) for entry in first)
    return " ".join(str(arg) for arg in error.args)
