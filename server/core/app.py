"""What one server process works with; every Call carries it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crypto.cert import Certificate
from crypto.chain import Trust
from crypto.errors import CryptoError
from crypto.sm2 import PrivateKey
from crypto.tls import Peer
from protos import signing
from server.config import Settings
from server.core import audit, keys, tokens
from server.core.call import Call, Signed, User
from server.core.db import Sessions
from server.core.errors import Forbidden, NotLoggedIn
from server.core.later import Later
from server.core.reads import PersonalReads
from server.core.registry import Registry
from server.core.sealing import KEYRING

NONCE_SECONDS = 300
Identify = Callable[[Call, bytes], User]


@dataclass(frozen=True)
class Identity:
    """The server's own certificate and key: it signs the welcome after a login."""

    certificate: Certificate
    private_key: PrivateKey


class App:
    """Settings, database, keys, services and log of one server process."""

    def __init__(
        self,
        settings: Settings,
        services: Iterable[type],
        identify: Identify,
        peer: Callable[[str], Peer],
        *,
        worker: int = 0,
    ) -> None:
        self.settings = settings
        self.sessions = Sessions(settings.database_url)
        self.keys = keys.load(settings.home / "keys")
        KEYRING.open(self.keys)
        self.registry = Registry(services)
        self.permissions = self.registry.permissions()
        self.lookups = self.registry.lookup_permissions()
        self.trust = Trust(settings.path(settings.roots), settings.path(settings.crl))
        self.identity = load_identity(settings)
        self.peer = peer
        self.identify = identify
        self.log = audit.Log(f"n{settings.node}-w{worker}", self.keys.audit)
        with self.sessions.write() as db:
            self.log.open(db)
        self.reads = PersonalReads(self.sessions, self.log)
        self.later = Later(self.sessions)

    def start(self) -> None:
        """Start the background work."""
        self.reads.start()
        self.later.start()

    def finish(self) -> None:
        """Write what the background work still holds, and end it."""
        self.reads.stop()
        self.later.stop()

    def verify_call(self, call: Call, raw: bytes, metadata: Mapping[str, Any]) -> Signed:
        """The verified signature of a signed call; Forbidden when there is none or it is wrong."""
        nonce, signature = metadata.get(signing.NONCE, b""), metadata.get(signing.SIGNATURE, b"")
        if not call.user.certificate:
            raise Forbidden("这项操作要用UKEY签名，请用UKEY登录后再做")
        if not signature or not tokens.is_good(
            self.keys.token, "call", _session(call), nonce, call.now, NONCE_SECONDS
        ):
            raise Forbidden("签名缺失或已过期，请重新签名")
        certificate = Certificate.from_der(call.user.certificate)
        text = signing.call_text(call.method, nonce, call.request_id, raw)
        try:
            self.trust.verify(certificate, purpose="client_auth")
            certificate.public_key.verify(text, signature)
        except CryptoError as error:
            raise Forbidden(f"签名验证未通过：{error}") from error
        return Signed(text, signature, call.user.certificate)

    def nonce(self, call: Call) -> bytes:
        """A fresh number for one call of this session to be signed."""
        if not call.user.session_id:
            raise NotLoggedIn("请先登录")
        return tokens.issue(self.keys.token, "call", _session(call), call.now)


def _session(call: Call) -> bytes:
    return str(call.user.session_id).encode()


def load_identity(settings: Settings) -> Identity:
    """The server certificate and key from the configured files."""
    certificate = Certificate.from_pem(settings.path(settings.certificate).read_bytes())
    private_key = PrivateKey.from_pem(settings.path(settings.private_key).read_bytes())
    return Identity(certificate, private_key)
