"""Login by UKEY or password, the session, and who is behind a call."""

import secrets
from datetime import datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session, joinedload

from crypto import sm3
from crypto.cert import Certificate
from crypto.errors import CryptoError
from crypto.tls import Peer
from protos import signing
from protos.admin import role_pb2
from protos.common import list_pb2
from protos.common import session_pb2 as pb
from server import __version__
from server.admin import password
from server.admin.department import Department
from server.admin.deputy import principals_of
from server.admin.guess import Guess, judge
from server.admin.login import LoginFailure, LoginSession
from server.admin.person import MAY_LOG_IN, Grant, Person
from server.admin.rights import RIGHTS, Rights
from server.admin.role import Role
from server.core import tokens
from server.core.approval import is_approval
from server.core.call import Call, Signed, User
from server.core.errors import Forbidden, Invalid, NotLoggedIn
from server.core.numbering import shanghai_date

CHALLENGE_SECONDS = 60
Change = password.Derived | None  # None: the old password was wrong
_SEEN_EVERY = timedelta(seconds=30)
_KNOWN = (  # asked at every call, so it is put together once
    select(LoginSession, Person)
    .join(Person, Person.id == LoginSession.person_id, isouter=True)
    .where(LoginSession.token == bindparam("token"))
)
_ALWAYS = frozenset({"ChangePassword", "Logout", "Refresh"})


def current_rights(db: Session, person: Person, now: datetime) -> Rights:
    """The rights of a person, perhaps as they were half a minute ago."""
    return RIGHTS.of(person.id, person.version, now, lambda: rights_of(db, person, now))


def rights_of(db: Session, person: Person, now: datetime) -> Rights:
    """What the genuine, unexpired grants of a person add up to, and what absent people lend."""
    roles = _roles_of(db, person.id, now)
    own = frozenset(p for role in roles for p in role.permissions)
    departments = _departments(db, person, roles)
    lent: dict[str, str] = {}
    for principal_id in principals_of(db, person.id, shanghai_date(now)):
        principal = db.get_one(Person, principal_id)
        theirs = _roles_of(db, principal_id, now)
        lent |= dict.fromkeys(_approvals(theirs) - own, principal.name)
        departments = _joined(departments, _departments(db, principal, theirs))
    return Rights(own | lent.keys(), departments, tuple(r.name for r in roles), lent)


def _roles_of(db: Session, person_id: int, now: datetime) -> list[Role]:
    """The roles a person has by genuine grants that have not run out."""
    today = shanghai_date(now)
    chosen = select(Grant).where(Grant.person_id == person_id).options(joinedload(Grant.role))
    return [
        grant.role
        for grant in db.scalars(chosen)
        if grant.is_genuine()
        and grant.role.is_genuine()
        and grant.role.state == role_pb2.Role.ACTIVE
        and (grant.until_on is None or grant.until_on >= today)
    ]


def _approvals(roles: list[Role]) -> frozenset[str]:
    """The approvals in roles, and the right to read what is to be approved."""
    held = frozenset(p for role in roles for p in role.permissions)
    approvals = {p for p in held if is_approval(p)}
    return held & (approvals | {p.rpartition(".")[0] + ".read" for p in approvals})


def _departments(db: Session, person: Person, roles: list[Role]) -> frozenset[int] | None:
    scope = max((role.scope for role in roles), default=role_pb2.Role.SELF)
    if scope == role_pb2.Role.ALL:
        return None
    if scope == role_pb2.Role.BELOW:
        own = db.get(Department, person.department_id)
        assert own is not None
        below = select(Department.id).where(Department.path.startswith(own.path))
        return frozenset(db.scalars(below))
    return frozenset({person.department_id} if scope == role_pb2.Role.DEPARTMENT else ())


def _joined(one: frozenset[int] | None, other: frozenset[int] | None) -> frozenset[int] | None:
    return None if one is None or other is None else one | other


def identify(call: Call, token: bytes) -> User:
    """The user behind a session id; raises NotLoggedIn if the session is not good here and now."""
    known = call.db.execute(_KNOWN, {"token": sm3.digest(bytes(token))}).first()
    if known is None or known.LoginSession.ended_at is not None:
        raise NotLoggedIn("登录已失效，请重新登录")
    login, person = known
    _refuse_elsewhere(login, call.peer)
    _refuse_idle(call, login)
    if person is None:
        raise NotLoggedIn("账号已停用，请联系系统管理员")
    _refuse_disabled(person)
    by_password = not login.certificate
    if by_password and password.is_due(person, call.now) and call.method.name not in _ALWAYS:
        raise Forbidden("请先修改密码")
    return user_of(call, person, login)


def user_of(call: Call, person: Person, login: LoginSession) -> User:
    """The user as services see it."""
    rights = current_rights(call.db, person, call.now)
    return User(
        id=person.id,
        staff_no=person.staff_no,
        name=person.name,
        department_id=person.department_id,
        permissions=rights.permissions,
        departments=rights.departments,
        roles=rights.roles,
        lent=rights.lent,
        session_id=login.id,
        certificate=login.certificate or b"",
    )


def _refuse_elsewhere(login: LoginSession, peer: Peer | None) -> None:
    """A session id is good on the workstation, and after a UKEY login the connection, it is for."""
    if peer is None or not sm3.equal(login.workstation, sm3.digest(peer.certificate)):
        raise NotLoggedIn("登录属于另一台工作站，请重新登录")
    if login.exporter is not None and not sm3.equal(login.exporter, peer.exporter):
        raise NotLoggedIn("网络连接已更换，请用UKEY重新确认")


def _refuse_idle(call: Call, login: LoginSession) -> None:
    settings = call.app.settings
    if call.now - login.seen_at > timedelta(seconds=settings.idle_seconds):
        raise NotLoggedIn("长时间没有操作，请重新登录")
    if call.now - login.began_at > timedelta(seconds=settings.absolute_seconds):
        raise NotLoggedIn("本次登录已到时限，请重新登录")
    if call.now - login.seen_at > _SEEN_EVERY:
        mine = (LoginSession.id == login.id, LoginSession.seen_at < call.now)
        call.app.later.put(login.id, update(LoginSession).where(*mine).values(seen_at=call.now))


class SessionService:
    """Logs people in and out."""

    contract = pb.DESCRIPTOR

    def Hello(self, call: Call, request: list_pb2.Empty) -> pb.ServerInfo:
        """What a client may know before anybody logged in."""
        settings = call.app.settings
        return pb.ServerInfo(
            name=settings.server_name,
            version=__version__,
            time=_stamp(call.now),
            password_login=settings.password_login,
            unit_name=settings.unit_name,
        )

    def BeginLogin(self, call: Call, request: pb.BeginLoginRequest) -> pb.Challenge:
        """A challenge for this connection; nothing is kept of it."""
        peer = _peer(call)
        token = tokens.issue(call.app.keys.token, "login", peer.exporter, call.now)
        return pb.Challenge(
            transaction=token,
            server_random=sm3.digest(b"AMB-SERVER-RANDOM" + token),
            server_name=call.app.settings.server_name,
            server_time=_stamp(call.now),
        )

    def FinishLogin(self, call: Call, request: pb.FinishLoginRequest) -> pb.Session:
        """Log in by a UKEY's signature over the challenge, bound to this TLS connection."""
        peer = _peer(call)
        certificate = _checked_certificate(call, request.certificate)
        person = call.db.scalars(
            select(Person).where(Person.certificate_serial == f"{certificate.serial:x}")
        ).first()
        if person is None or person.certificate != request.certificate:
            raise NotLoggedIn("这把UKEY没有绑定账号，请联系系统管理员")
        _note_who(call, person)
        self._verify_login(call, request, certificate, peer)
        _refuse_disabled(person)
        login, token = self._begin(call, person, peer, request)
        session = self._session(call, person, login, token)
        server_random = sm3.digest(b"AMB-SERVER-RANDOM" + request.transaction)
        welcome = signing.welcome_text(server_random, request.client_random, person.staff_no, token)
        session.server_signature = call.app.identity.private_key.sign(welcome)
        session.server_certificate = call.app.identity.certificate.der
        return session

    def PreparePasswordLogin(self, call: Call, request: pb.PasswordLoginRequest) -> Guess:
        """Judge the password."""
        if not call.app.settings.password_login:
            raise Forbidden("本系统只能用UKEY登录")
        workstation = sm3.digest(_peer(call).certificate)
        call.user = User(0, request.staff_no, "", 0, frozenset())
        sessions = call.app.sessions
        return judge(sessions, request.staff_no, request.password, workstation, call.now)

    def PasswordLogin(
        self, call: Call, request: pb.PasswordLoginRequest, guess: Guess
    ) -> pb.Session:
        """Log in by password, where the configuration allows it."""
        person = call.db.scalars(select(Person).where(Person.staff_no == request.staff_no)).first()
        if person is not None:
            _note_who(call, person)
        if person is None or not guess.right or guess.kept != person.password_hash:
            raise NotLoggedIn("工号或密码不对")
        _refuse_disabled(person)
        if any(self._is_administrator(call, person)):
            raise Forbidden("管理员必须用UKEY登录")
        call.db.execute(delete(LoginFailure).where(LoginFailure.account == person.staff_no))
        login, token = self._begin(call, person, _peer(call), None)
        session = self._session(call, person, login, token)
        session.must_change_password = password.is_due(person, call.now)
        return session

    def PrepareChangePassword(self, call: Call, request: pb.ChangePasswordRequest) -> Change:
        """Judge the old password; derive the new one only if it was right."""
        with call.app.sessions.read() as db:
            person = db.get_one(Person, call.user.id)
        if not password.is_right(person.password_hash, request.old_password):
            return None
        return password.derive(person.password_history, request.new_password)

    def ChangePassword(
        self, call: Call, request: pb.ChangePasswordRequest, change: Change
    ) -> list_pb2.Empty:
        """Change one's own password."""
        person = call.db.get_one(Person, call.user.id)
        if change is None:
            raise Invalid.at("old_password", "原密码不对")
        password.refuse_weak(request.new_password, person.staff_no, person.codes, "new_password")
        password.put(person, change, call.now)
        return list_pb2.Empty()

    def Refresh(self, call: Call, request: list_pb2.Empty) -> pb.Session:
        """The session as it stands; the rights may have changed."""
        person = call.db.get_one(Person, call.user.id)
        login = call.db.get_one(LoginSession, call.user.session_id)
        return self._session(call, person, login, b"")

    def Lock(self, call: Call, request: list_pb2.Empty) -> list_pb2.Empty:
        """End the session because the key is out or nobody is there."""
        return self._end(call, "锁定")

    def Logout(self, call: Call, request: list_pb2.Empty) -> list_pb2.Empty:
        """End the session because the user leaves."""
        return self._end(call, "退出")

    def Nonces(self, call: Call, request: pb.NoncesRequest) -> pb.NoncesAnswer:
        """Numbers for calls about to be signed."""
        count = request.count or 1
        return pb.NoncesAnswer(nonces=[call.app.nonce(call) for _ in range(count)])

    def _end(self, call: Call, reason: str) -> list_pb2.Empty:
        login = call.db.get_one(LoginSession, call.user.session_id)
        login.ended_at, login.end_reason = call.now, reason
        return list_pb2.Empty()

    def _verify_login(
        self, call: Call, request: pb.FinishLoginRequest, certificate: Certificate, peer: Peer
    ) -> None:
        fresh = tokens.is_good(
            call.app.keys.token,
            "login",
            peer.exporter,
            request.transaction,
            call.now,
            CHALLENGE_SECONDS,
        )
        if not fresh or len(request.client_random) != 32:
            raise NotLoggedIn("登录请求已过期，请重试")
        used = select(LoginSession.id).where(LoginSession.challenge == request.transaction)
        if call.db.scalars(used).first():
            raise NotLoggedIn("登录请求已用过，请重试")
        text = signing.login_text(
            request.transaction,
            request.client_random,
            sm3.digest(b"AMB-SERVER-RANDOM" + request.transaction),
            call.app.settings.server_name,
            sm3.digest(call.app.identity.certificate.der),
            sm3.digest(peer.certificate),
            peer.exporter,
            certificate.serial,
        )
        try:
            certificate.public_key.verify(text, request.signature)
        except CryptoError as error:
            raise NotLoggedIn("UKEY签名不对，登录被拒绝") from error
        call.signed = Signed(text, request.signature, request.certificate)

    def _begin(
        self, call: Call, person: Person, peer: Peer, by_key: pb.FinishLoginRequest | None
    ) -> tuple[LoginSession, bytes]:
        self._end_oldest(call, person)
        token = secrets.token_bytes(32)
        login = LoginSession(
            token=sm3.digest(token),
            challenge=by_key.transaction if by_key else None,
            person_id=person.id,
            workstation=sm3.digest(peer.certificate),
            exporter=peer.exporter if by_key else None,
            certificate=by_key.certificate if by_key else None,
            address=peer.address,
            began_at=call.now,
            seen_at=call.now,
        )
        call.db.add(login)
        call.db.flush()
        call.user = user_of(call, person, login)
        return login, token

    def _end_oldest(self, call: Call, person: Person) -> None:
        live = select(LoginSession).where(
            LoginSession.person_id == person.id, LoginSession.ended_at.is_(None)
        )
        keep = call.app.settings.sessions_per_user - 1
        for login in list(call.db.scalars(live.order_by(LoginSession.began_at.desc())))[keep:]:
            login.ended_at, login.end_reason = call.now, "在别处登录"

    def _session(self, call: Call, person: Person, login: LoginSession, token: bytes) -> pb.Session:
        settings = call.app.settings
        rights = current_rights(call.db, person, call.now)
        return pb.Session(
            id=token,
            user_id=person.id,
            staff_no=person.staff_no,
            name=person.name,
            department=person.department.name,
            department_id=person.department_id,
            roles=rights.roles,
            permissions=sorted(rights.permissions),
            idle_seconds=settings.idle_seconds,
            absolute_seconds=settings.absolute_seconds,
        )

    def _is_administrator(self, call: Call, person: Person) -> list[bool]:
        chosen = select(Grant).where(Grant.person_id == person.id).options(joinedload(Grant.role))
        return [g.role.kind != role_pb2.Role.BUSINESS for g in call.db.scalars(chosen)]


def _peer(call: Call) -> Peer:
    if call.peer is None:
        raise NotLoggedIn("连接不可信，请检查网络后重试")
    return call.peer


def _note_who(call: Call, person: Person) -> None:
    """Let the audit row name the person, whatever becomes of the login."""
    call.user = User(person.id, person.staff_no, person.name, person.department_id, frozenset())


def _checked_certificate(call: Call, der: bytes) -> Certificate:
    try:
        certificate = Certificate.from_der(der)
        call.app.trust.verify(certificate, purpose="client_auth")
    except CryptoError as error:
        raise NotLoggedIn(f"UKEY证书不能用：{error}") from error
    return certificate


def _refuse_disabled(person: Person) -> None:
    if person.state not in MAY_LOG_IN:
        raise NotLoggedIn("账号已停用或不在岗，请联系系统管理员")


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
