"""Who is at this window: the connection, the login by UKEY or password, lock, unlock, logout."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from client.core.api import Api, ApiError, StatusCode
from client.core.config import Config
from client.core.ukey import CardError, KeyWorker, Signing
from crypto import sm3
from crypto.cert import Certificate
from crypto.errors import CryptoError
from crypto.tls import TlsError, Tunnel
from protos import signing
from protos.common import list_pb2
from protos.common import session_pb2 as pb

SERVICE = pb.DESCRIPTOR.services_by_name["SessionService"]
Failed = Callable[[Exception], None]  # ApiError, CardError or LoginError; str() is for the user


class LoginError(Exception):
    """The server did not prove itself, or the wrong person came back; the text is for the user."""


class Connection(QObject):
    """The SM TLS tunnel to the server and the Api that runs through it."""

    changed = Signal()  # the TLS connection began, ended, or failed

    def __init__(self, config: Config, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.config = config
        self._news.connect(self.changed, Qt.ConnectionType.QueuedConnection)
        self._tunnel = Tunnel(
            config.files, config.host, config.port, config.server_name, on_change=self._tell
        )
        self.workstation = Certificate.from_pem(Path(config.files.certificate).read_bytes())
        self.api = Api(self._tunnel.start(), self)
        self.api.reason = self.trouble

    _news = Signal()

    def trouble(self) -> str:
        """Why there is no connection, for the user; empty while there is one."""
        failure = self._tunnel.failure
        return str(failure) if failure else ""

    def exporter(self) -> bytes:
        """The channel binding of the current TLS connection; raises TlsError."""
        return self._tunnel.exporter()

    def server_certificate(self) -> Certificate:
        """The certificate the server proved in the current connection; raises TlsError."""
        return Certificate.from_der(self._tunnel.server_certificate())

    def close(self) -> None:
        """Log out, close the channel, then the tunnel."""
        self.api.close()
        self._tunnel.stop()

    def _tell(self) -> None:
        if isValid(self):  # on the tunnel's thread
            self._news.emit()


class Keeper(QObject):
    """Logs in and out, locks and unlocks; remembers whose window this is.

    Every method returns at once; done or failed is called later in the GUI thread.
    """

    logged_in = Signal(object)  # Session: at the first login and at every unlock
    locked = Signal(str)  # why, for the user

    def __init__(self, connection: Connection, keys: KeyWorker) -> None:
        super().__init__(connection)
        self._connection = connection
        self._api = connection.api
        self._keys = keys
        self.certificate = b""  # DER, of the key this window belongs to
        self.staff_no = ""
        self.is_locked = False
        keys.removed.connect(self._key_gone)
        self._api.expired.connect(self.lock)

    def hello(self, owner: QObject, done: Callable[[pb.ServerInfo], None], failed: Failed) -> None:
        """Ask the server who it is; nobody is told once owner is gone."""
        self._api.call(_rpc("Hello"), list_pb2.Empty(), owner, done, failed, timeout=5)

    def log_in(self, pin: str, done: Callable[[pb.Session], None], failed: Failed) -> None:
        """Log in, or unlock, with the inserted key."""
        if self._is_stranger():
            failed(LoginError("请插入原来的 UKEY；换人使用请先退出登录"))
            return
        _KeyLogin(self._connection, self._keys, self._entered(done, failed), failed).start(pin)

    def log_in_by_password(
        self, staff_no: str, password: str, done: Callable[[pb.Session], None], failed: Failed
    ) -> None:
        """Log in, or unlock, by staff number and password."""
        if self.certificate:
            failed(LoginError("请用原来的 UKEY 解锁；换人使用请先退出登录"))
            return
        request = pb.PasswordLoginRequest(staff_no=staff_no, password=password)
        entered = self._entered(done, failed)

        def answered(session: pb.Session) -> None:
            entered(session, b"")

        self._api.call(_rpc("PasswordLogin"), request, self, answered, failed)

    def unlock_offline(self, pin: str, done: Callable[[], None], failed: Failed) -> None:
        """Unlock while the server is away: the same key proves itself to this program."""
        if not self.certificate:
            failed(LoginError("连接不上服务器，密码登录需要联网"))
            return
        text = b"AMB-UNLOCK-V1\0" + secrets.token_bytes(32)

        def signed(answer: Signing) -> None:
            try:
                self._check_same(answer, text)
            except (LoginError, CryptoError) as error:
                failed(error)
                return
            self.is_locked = False
            done()

        self._keys.sign(pin, [text], self, signed, failed)

    def lock(self, why: str) -> None:
        """Show nothing and accept nothing until the same person logs in again."""
        if self.is_locked or self._api.session is None:
            return
        self.is_locked = True
        self.locked.emit(why)
        self._api.call(_rpc("Lock"), list_pb2.Empty(), self, _ignore, _ignore, timeout=5)

    def log_out(self) -> None:
        """End the session; the window belongs to nobody afterwards."""
        if self._api.session is not None:
            self._api.call(_rpc("Logout"), list_pb2.Empty(), self, _ignore, _ignore, timeout=5)
        self._api.session = None
        self.certificate, self.staff_no, self.is_locked = b"", "", False

    def change_password(
        self, old: str, new: str, owner: QObject, done: Callable[[Any], None], failed: Failed
    ) -> None:
        """Replace the user's password; nobody is told once owner is gone."""
        request = pb.ChangePasswordRequest(old_password=old, new_password=new)
        self._api.call(_rpc("ChangePassword"), request, owner, done, failed)

    def refresh(self) -> None:
        """Tell the server that the user is working."""
        if self._api.session is not None and not self.is_locked:
            self._api.call(_rpc("Refresh"), list_pb2.Empty(), self, self._refreshed, _ignore)

    def _refreshed(self, session: pb.Session) -> None:
        current = self._api.session
        if current is not None and list(session.permissions) != list(current.permissions):
            current.permissions[:] = session.permissions
            self._api.session = current

    def _entered(
        self, done: Callable[[pb.Session], None], failed: Failed
    ) -> Callable[[pb.Session, bytes], None]:
        def entered(session: pb.Session, certificate: bytes) -> None:
            stranger = self.certificate and certificate != self.certificate
            if stranger or self.staff_no not in {"", session.staff_no}:
                failed(LoginError("这个窗口属于另一位用户；换人使用请先退出登录"))
                return
            self.certificate, self.staff_no = certificate, session.staff_no
            self.is_locked = False
            self._api.session = session
            done(session)
            self.logged_in.emit(session)

        return entered

    def _is_stranger(self) -> bool:
        inserted = self._keys.state.certificate
        return bool(self.certificate and inserted and inserted != self.certificate)

    def _check_same(self, answer: Signing, text: bytes) -> None:
        if answer.certificate != self.certificate:
            raise LoginError("请插入原来的 UKEY；换人使用请先退出登录")
        key = Certificate.from_der(self.certificate).public_key
        key.verify(text, answer.signatures[0])

    def _key_gone(self) -> None:
        if self.certificate:
            self.lock("UKEY 已拔出，窗口已锁定")


class _KeyLogin:
    """One login after GB/T 15843.3: both sides sign, bound to the TLS connection."""

    def __init__(
        self,
        connection: Connection,
        keys: KeyWorker,
        done: Callable[[pb.Session, bytes], None],
        failed: Failed,
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._done = done
        self._failed = failed
        self._random = secrets.token_bytes(32)

    def start(self, pin: str) -> None:
        """Ask for the challenge; the PIN goes to the key only."""

        def challenged(challenge: pb.Challenge) -> None:
            self._guard(lambda: self._sign(pin, challenge))

        self._call("BeginLogin", pb.BeginLoginRequest(), challenged)

    def _sign(self, pin: str, challenge: pb.Challenge) -> None:
        server = self._connection.server_certificate()
        if challenge.server_name not in {*server.names, server.common_name}:
            raise LoginError("服务器自报的名称与它的证书不符，请联系管理员")
        exporter = self._connection.exporter()

        def compose(certificate: bytes) -> list[bytes]:
            return [self._text(challenge, server, exporter, certificate)]

        def signed(answer: Signing) -> None:
            self._finish(challenge, server, answer)

        self._keys.sign(pin, compose, self._connection, signed, self._failed)

    def _text(
        self, challenge: pb.Challenge, server: Certificate, exporter: bytes, certificate: bytes
    ) -> bytes:
        return signing.login_text(
            challenge.transaction,
            self._random,
            challenge.server_random,
            challenge.server_name,
            sm3.digest(server.der),
            sm3.digest(self._connection.workstation.der),
            exporter,
            Certificate.from_der(certificate).serial,
        )

    def _finish(self, challenge: pb.Challenge, server: Certificate, answer: Signing) -> None:
        request = pb.FinishLoginRequest(
            transaction=challenge.transaction,
            client_random=self._random,
            certificate=answer.certificate,
            signature=answer.signatures[0],
        )

        def finished(session: pb.Session) -> None:
            self._guard(lambda: self._welcome(challenge, server, session, answer.certificate))

        self._call("FinishLogin", request, finished)

    def _welcome(
        self, challenge: pb.Challenge, server: Certificate, session: pb.Session, certificate: bytes
    ) -> None:
        text = signing.welcome_text(
            challenge.server_random, self._random, session.staff_no, session.id
        )
        if session.server_certificate != server.der:
            raise LoginError("回应登录的不是所连接的服务器，请联系管理员")
        server.public_key.verify(text, session.server_signature)
        self._done(session, certificate)

    def _call(self, name: str, request: Any, done: Callable[[Any], None]) -> None:
        self._connection.api.call(_rpc(name), request, self._connection, done, self._failed)

    def _guard(self, step: Callable[[], None]) -> None:
        try:
            step()
        except CryptoError:
            self._failed(LoginError("服务器没能证明自己的身份，没有登录；请联系管理员"))
        except (LoginError, TlsError) as error:
            self._failed(error)


def is_offline(error: Exception) -> bool:
    """Whether a login failed for want of a server."""
    return isinstance(error, ApiError) and error.offline


def retries_left(error: Exception) -> int | None:
    """Tries left after a wrong PIN; None for any other error."""
    retries = getattr(error, "retries", None) if isinstance(error, CardError) else None
    return retries if isinstance(retries, int) else None


def is_refused(error: Exception) -> bool:
    """Whether the server knows the user but does not let them in."""
    refusals = {StatusCode.PERMISSION_DENIED, StatusCode.UNAUTHENTICATED}
    return isinstance(error, ApiError) and error.code in refusals


def _rpc(name: str) -> Any:
    return SERVICE.methods_by_name[name]


def _ignore(_: Any) -> None:
    """For calls whose failure changes nothing: the server forgets idle sessions by itself."""
