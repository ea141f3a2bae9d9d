"""Logging in by UKEY and by password: every way it must not work, and the way it must."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from sqlalchemy import func, select, update

from crypto import sm3
from crypto.cert import Authority, Certificate, Profile, Subject
from crypto.errors import InvalidSignature
from crypto.sm2 import PrivateKey
from protos import facts, signing
from protos.admin import person_pb2
from protos.common import session_pb2 as pb
from protos.common.list_pb2 import Empty, ListRequest
from server import config
from server.admin import password
from server.admin.login import LoginFailure, LoginSession
from server.admin.person import Person
from server.core import tokens
from server.core.audit import AuditRow
from server.core.errors import Invalid
from server.core.pki import Pki
from server.core.run import Running
from tests.people import Clerk, Who, faults_of, make_person_in, refused, text_of

RPC = facts.service("common.SessionService").methods_by_name
LIST = "admin.DepartmentService.List"
DENIED = grpc.StatusCode.UNAUTHENTICATED
GOOD = "Correct-Horse-7"
Someone = Callable[..., Clerk]


@dataclass
class Attempt:
    """Everything a UKEY login is made of, to be spoiled piece by piece."""

    clerk: Clerk
    pki: Pki
    transaction: bytes
    client_random: bytes
    server_random: bytes
    server_name: str
    server_digest: bytes
    workstation_digest: bytes
    exporter: bytes
    certificate: Certificate
    key: PrivateKey

    @classmethod
    def of(cls, clerk: Clerk, pki: Pki) -> "Attempt":
        """A login begun on the clerk's connection, with nothing wrong yet."""
        clerk.session.Clear()
        challenge = clerk.raw(RPC["BeginLogin"], pb.BeginLoginRequest())
        return cls(
            clerk, pki, challenge.transaction, secrets.token_bytes(32), challenge.server_random,
            challenge.server_name, sm3.digest(clerk.tunnel.server_certificate()),
            sm3.digest(pki.certificate("workstation").der), clerk.tunnel.exporter(),
            clerk._certificate, clerk.key,
        )  # fmt: skip

    def text(self) -> bytes:
        """What is signed."""
        return signing.login_text(
            self.transaction, self.client_random, self.server_random, self.server_name,
            self.server_digest, self.workstation_digest, self.exporter, self.certificate.serial,
        )  # fmt: skip

    def request(self) -> pb.FinishLoginRequest:
        """The request over the signed text."""
        return pb.FinishLoginRequest(
            transaction=self.transaction,
            client_random=self.client_random,
            certificate=self.certificate.der,
            signature=self.key.sign(self.text()),
        )

    def finish(self, request: pb.FinishLoginRequest | None = None) -> pb.Session:
        """Send it."""
        answer: pb.Session = self.clerk.raw(RPC["FinishLogin"], request or self.request())
        return answer


@pytest.fixture
def clerk(someone: Someone) -> Clerk:
    return someone("admin.department.read")


@pytest.fixture
def attempt(clerk: Clerk, pki: Pki) -> Attempt:
    return Attempt.of(clerk, pki)


# By UKEY


def test_an_honest_login_is_let_in_and_welcomed(attempt: Attempt) -> None:
    session = attempt.finish()
    welcome = signing.welcome_text(
        attempt.server_random, attempt.client_random, session.staff_no, session.id
    )
    server = Certificate.from_der(session.server_certificate)
    server.public_key.verify(welcome, session.server_signature)
    with pytest.raises(InvalidSignature):
        server.public_key.verify(welcome + b"x", session.server_signature)
    attempt.clerk.session = session
    assert attempt.clerk(LIST, ListRequest()).rows


Spoil = Callable[[Attempt, Clerk, Running], Attempt]


def issued(seconds: int) -> Spoil:
    """A challenge as the server would have made it so many seconds away from now."""

    def spoil(good: Attempt, _: Clerk, server: Running) -> Attempt:
        then = datetime.now(UTC) + timedelta(seconds=seconds)
        token = tokens.issue(server.worker.app.keys.token, "login", good.exporter, then)
        return replace(
            good, transaction=token, server_random=sm3.digest(b"AMB-SERVER-RANDOM" + token)
        )

    return spoil


def for_signing(good: Attempt, _: Clerk, server: Running) -> Attempt:
    """A number handed out for signing calls, not for logging in."""
    key = server.worker.app.keys.token
    token = tokens.issue(key, "call", good.exporter, datetime.now(UTC))
    return replace(good, transaction=token, server_random=sm3.digest(b"AMB-SERVER-RANDOM" + token))


def another_authority(good: Attempt, _: Clerk, __: Running) -> Attempt:
    subject = Subject("张三 T1", "T1")
    forged = Authority.create("别处的CA", 30).issue(Profile.USER, subject, good.key.public_key, 30)
    return replace(good, certificate=forged)


def unbound(good: Attempt, _: Clerk, __: Running) -> Attempt:
    return replace(good, certificate=good.pki.issue_for(good.key.public_key, "NOBODY", "无名"))


def second_certificate(good: Attempt, _: Clerk, __: Running) -> Attempt:
    """Another certificate for the same key and person than the one bound."""
    again = good.pki.issue_for(good.key.public_key, good.clerk.who.staff_no, good.clerk.who.name)
    return replace(good, certificate=again)


def of_the_workstation(good: Attempt, _: Clerk, __: Running) -> Attempt:
    return replace(good, certificate=good.pki.certificate("workstation"))


SPOILT: dict[str, Spoil] = {
    "challenge of another connection": lambda good, other, _: replace(
        good, transaction=Attempt.of(other, good.pki).transaction
    ),
    "exporter of another connection": lambda good, other, _: replace(
        good, exporter=other.tunnel.exporter()
    ),
    "challenge older than a minute": issued(-61),
    "challenge of the future": issued(30),
    "challenge made up": lambda good, *_: replace(good, transaction=secrets.token_bytes(48)),
    "number for another purpose": for_signing,
    "another server's certificate": lambda good, *_: replace(
        good, server_digest=sm3.digest(b"another server")
    ),
    "another server's name": lambda good, *_: replace(good, server_name="elsewhere"),
    "another workstation's certificate": lambda good, *_: replace(
        good, workstation_digest=sm3.digest(b"another workstation")
    ),
    "certificate of another authority": another_authority,
    "certificate bound to nobody": unbound,
    "second certificate of the same key": second_certificate,
    "certificate of a workstation": of_the_workstation,
    "certificate of somebody else": lambda good, other, _: replace(
        good, certificate=other._certificate
    ),
    "key of somebody else": lambda good, other, _: replace(good, key=other.key),
    "short client random": lambda good, *_: replace(good, client_random=b"\0" * 31),
    "empty client random": lambda good, *_: replace(good, client_random=b""),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_login_is_refused_and_logged(
    name: str, attempt: Attempt, someone: Someone, server: Running
) -> None:
    spoilt = SPOILT[name](attempt, someone("admin.department.read"), server)
    before = logins(server)
    with refused(DENIED):
        spoilt.finish()
    assert logins(server) == before
    with server.worker.app.sessions.read() as db:
        chosen = select(AuditRow.result).order_by(AuditRow.id.desc())
        assert db.scalars(chosen).first() == DENIED.name


Resign = Callable[[Attempt], tuple[bytes, bytes]]
SIGNATURES: dict[str, Resign] = {
    # what is signed, what is sent as signature of it
    "signature over a digest the client chose": lambda a: (a.key.sign(sm3.digest(a.text())), b""),
    "signature over the text without its tag": lambda a: (a.key.sign(a.text()[13:]), b""),
    "fields shifted by a byte": lambda a: (a.key.sign(shifted(a)), b""),
    "signature with a byte behind": lambda a: (a.key.sign(a.text()), b"\0"),
    "no signature": lambda _: (b"", b""),
    "signature of zeros": lambda _: (bytes.fromhex("3006020100020100"), b""),
}


def shifted(attempt: Attempt) -> bytes:
    """The text with the border of two fields moved, which only lengths can tell."""
    moved = replace(
        attempt,
        client_random=attempt.client_random[:-1],
        server_random=attempt.client_random[-1:] + attempt.server_random,
    )
    return moved.text()


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_wrong_signature_is_refused(name: str, attempt: Attempt) -> None:
    signature, tail = SIGNATURES[name](attempt)
    request = attempt.request()
    request.signature = signature + tail
    with refused(DENIED):
        attempt.finish(request)


def test_a_challenge_is_good_once(attempt: Attempt) -> None:
    request = attempt.request()
    attempt.finish(request)
    with refused(DENIED) as error:
        attempt.finish(request)
    assert "已用过" in text_of(error.value)


def test_a_user_stopped_between_begin_and_finish_is_refused(
    attempt: Attempt, server: Running
) -> None:
    with server.worker.app.sessions.write() as db:
        db.get_one(Person, attempt.clerk.who.id).state = person_pb2.Person.DISABLED
    with refused(DENIED) as error:
        attempt.finish()
    assert "停用" in text_of(error.value)


def test_a_revoked_certificate_is_refused(attempt: Attempt, home: Path) -> None:
    Pki(home / "pki").revoke([attempt.certificate.serial])
    with refused(DENIED) as error:
        attempt.finish()
    assert "证书不能用" in text_of(error.value)


def test_a_session_is_not_found_by_what_is_kept_of_it(clerk: Clerk, server: Running) -> None:
    with server.worker.app.sessions.read() as db:
        kept = db.scalars(select(LoginSession.token)).one()
    assert kept == sm3.digest(clerk.session.id)
    clerk.session.id = kept
    with refused(DENIED):
        clerk(LIST, ListRequest())


def test_the_oldest_session_gives_way(clerk: Clerk, server: Running) -> None:
    first = clerk.session.id
    for _ in range(server.settings.sessions_per_user):
        clerk.session.Clear()
        clerk.log_in()
    assert clerk(LIST, ListRequest()).rows
    clerk.session.id = first
    with refused(DENIED):
        clerk(LIST, ListRequest())


@pytest.mark.parametrize("verb", ["Lock", "Logout"])
def test_a_locked_session_does_nothing_more(clerk: Clerk, verb: str) -> None:
    clerk(f"common.SessionService.{verb}", Empty())
    with refused(DENIED):
        clerk(LIST, ListRequest())


def logins(server: Running) -> int:
    with server.worker.app.sessions.read() as db:
        return db.scalar(select(func.count(LoginSession.id))) or 0


# By password


@pytest.fixture
def quick() -> Iterator[None]:
    """Fewer rounds, so that the tests of the rules do not wait for the derivation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password, "ROUNDS", 2000)
        yield


def set_password(server: Running, who: Who, **values: object) -> None:
    with server.worker.app.sessions.write() as db:
        person = db.get_one(Person, who.id)
        new = password.derive(person.password_history, GOOD)
        password.put(person, new, datetime.now(UTC))
        for name, value in values.items():
            setattr(person, name, value)


def by_password(clerk: Clerk, staff_no: str = "", text: str = GOOD) -> pb.Session:
    clerk.session.Clear()
    request = pb.PasswordLoginRequest(staff_no=staff_no or clerk.who.staff_no, password=text)
    clerk.session = clerk.raw(RPC["PasswordLogin"], request)
    return clerk.session


@pytest.fixture
def user(clerk: Clerk, server: Running, quick: None) -> Clerk:
    del quick
    set_password(server, clerk.who)
    return clerk


@pytest.mark.usefixtures("fresh_home")
def test_a_hash_is_salted_and_derived_by_many_rounds() -> None:
    one, other = password.make_hash(GOOD), password.make_hash(GOOD)
    assert one != other
    assert int(one.split("$")[0]) >= 600_000


@pytest.mark.requirement(135)
def test_a_password_lets_in(user: Clerk) -> None:
    session = by_password(user)
    assert (session.staff_no, session.must_change_password) == (user.who.staff_no, False)
    assert user(LIST, ListRequest()).rows


@pytest.mark.usefixtures("quick")
def test_a_password_session_cannot_sign(someone: Someone, server: Running) -> None:
    clerk = someone("admin.person.grant", "admin.person.read")
    set_password(server, clerk.who)
    by_password(clerk)
    with refused(grpc.StatusCode.PERMISSION_DENIED) as error:
        clerk("admin.PersonService.Grant", person_pb2.GrantRequest(id=someone().who.id, version=1))
    assert "UKEY" in text_of(error.value)


@pytest.mark.parametrize("name", ["", "T99999999", "' OR 1=1 --"])
def test_the_answer_does_not_tell_whether_the_account_exists(user: Clerk, name: str) -> None:
    with refused(DENIED) as error:
        by_password(user, name, "Wrong-Horse-7")
    assert text_of(error.value) == "工号或密码不对"


@pytest.mark.requirement(135)
@pytest.mark.parametrize("known", [True, False])
def test_five_failures_lock_known_and_unknown_accounts_alike(
    user: Clerk, server: Running, known: bool
) -> None:
    name = user.who.staff_no if known else "T99999999"
    for _ in range(5):
        with refused(DENIED):
            by_password(user, name, "Wrong-Horse-7")
    with refused(DENIED) as error:
        by_password(user, name, GOOD)
    assert text_of(error.value) == "密码连续输错5次，请15分钟后再试"
    earlier = datetime.now(UTC) - timedelta(minutes=15, seconds=1)
    with server.worker.app.sessions.write() as db:
        db.execute(update(LoginFailure).values(failed_at=earlier))
    if known:
        assert by_password(user, name).id
    else:
        with refused(DENIED) as error:
            by_password(user, name)
        assert text_of(error.value) == "工号或密码不对"


def test_a_workstation_that_tries_many_accounts_is_locked(user: Clerk) -> None:
    for number in range(20):
        with refused(DENIED):
            by_password(user, f"T9999{number}", "Wrong-Horse-7")
    with refused(DENIED) as error:
        by_password(user)
    assert "工作站" in text_of(error.value)


def test_a_good_login_forgets_the_failures(user: Clerk) -> None:
    for _ in range(4):
        with refused(DENIED):
            by_password(user, text="Wrong-Horse-7")
    by_password(user)
    for _ in range(4):
        with refused(DENIED):
            by_password(user, text="Wrong-Horse-7")
    assert by_password(user).id


def change(clerk: Clerk, old: str, new: str) -> None:
    request = pb.ChangePasswordRequest(old_password=old, new_password=new)
    clerk("common.SessionService.ChangePassword", request)


@pytest.mark.requirement(135)
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "values",
    [
        {"must_change_password": True},
        {"password_set_at": datetime.now(UTC) - timedelta(days=91)},
    ],
    ids=["first login", "older than 90 days"],
)
def test_a_due_password_must_be_changed_before_anything_else(
    clerk: Clerk, server: Running, values: dict[str, Any]
) -> None:
    set_password(server, clerk.who, **values)
    assert by_password(clerk).must_change_password
    with refused(grpc.StatusCode.PERMISSION_DENIED) as error:
        clerk(LIST, ListRequest())
    assert text_of(error.value) == "请先修改密码"
    change(clerk, GOOD, "Better-Horse-8")
    assert clerk(LIST, ListRequest()).rows
    assert not by_password(clerk, text="Better-Horse-8").must_change_password


def test_the_last_five_passwords_are_not_taken_again(user: Clerk) -> None:
    by_password(user)
    now = GOOD
    for number in range(5):
        with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
            change(user, now, GOOD)
        assert "最近5次" in faults_of(error.value)["new_password"]
        change(user, now, now := f"Battery-Staple-{number}")
    change(user, now, GOOD)


def test_the_old_password_is_asked(user: Clerk) -> None:
    by_password(user)
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        change(user, "Wrong-Horse-7", "Better-Horse-8")
    assert set(faults_of(error.value)) == {"old_password"}


@pytest.mark.parametrize(
    "weak",
    [
        "Sh0rt-pw", "alllowercase1", "ALLUPPER123", "Password-123", "Qwerty-98765",
        "Admin@2026xx", "Kg001-Hello-x", "Zhangsan-77x", "1q2w3e-HORSE",
    ],
)  # fmt: skip
def test_weak_passwords_are_refused(weak: str) -> None:
    with pytest.raises(Invalid):
        password.refuse_weak(weak, "KG001", " zhangsan zs kg001")


def test_a_decent_password_is_taken() -> None:
    password.refuse_weak(GOOD, "KG001", " zhangsan zs kg001")


def test_a_reset_unlocks_and_must_be_changed(user: Clerk, someone: Someone) -> None:
    for _ in range(5):
        with refused(DENIED):
            by_password(user, text="Wrong-Horse-7")
    keeper = someone("admin.person.key", "admin.person.read")
    fresh = "Fresh-Start-77"
    request = person_pb2.ResetPasswordRequest(id=user.who.id, version=2, password=fresh)
    keeper("admin.PersonService.ResetPassword", request)
    assert by_password(user, text=fresh).must_change_password


def test_a_stopped_account_has_no_password_login(user: Clerk, server: Running) -> None:
    with server.worker.app.sessions.write() as db:
        db.get_one(Person, user.who.id).state = person_pb2.Person.ON_LEAVE
    with refused(DENIED):
        by_password(user)


def test_an_administrator_needs_a_key(user: Clerk, server: Running) -> None:
    from protos.admin import role_pb2

    with server.worker.app.sessions.write() as db:
        role = db.get_one(Person, user.who.id).grants[0].role
        role.kind = role_pb2.Role.SECURITY
        role.seal()
    with refused(grpc.StatusCode.PERMISSION_DENIED) as error:
        by_password(user)
    assert "UKEY" in text_of(error.value)


@pytest.mark.usefixtures("quick")
def test_password_login_may_be_switched_off(
    home: Path, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMB_PASSWORD_LOGIN", "false")
    running = Running(config.load(home=home, port=0))
    running.start()
    key = PrivateKey.generate()
    who = make_person_in(running.worker.app.sessions, pki, key, [])
    set_password(running, who)
    with running.worker.app.sessions.read() as db:
        clerk = Clerk(running.port, pki, who, key, who.certificate(db))
    try:
        assert not clerk.raw(RPC["Hello"], Empty()).password_login
        with refused(grpc.StatusCode.PERMISSION_DENIED):
            by_password(clerk)
    finally:
        clerk.close()
        running.stop(grace=1)


def test_the_password_stands_nowhere_readable(user: Clerk, server: Running) -> None:
    by_password(user)
    with server.worker.app.sessions.read() as db:
        kept = db.get_one(Person, user.who.id).password_hash
        rows = db.scalars(select(AuditRow.detail + AuditRow.reason)).all()
    assert GOOD not in kept
    assert all(GOOD not in row and kept not in row for row in rows)
