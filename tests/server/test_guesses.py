"""Passwords are judged outside the transaction: nobody waits, and no guess goes uncounted."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from crypto import sm3
from protos import facts
from protos.admin import department_pb2, person_pb2
from protos.common import session_pb2 as pb
from server.admin import password
from server.admin.person import Person
from server.core.registry import Registry
from server.core.run import Running
from server.services import SERVICES
from tests.people import Clerk, refused, text_of

RPC = facts.service("common.SessionService").methods_by_name
GOOD, BETTER = "Correct-Horse-7", "Better-Horse-8"
SECONDS = 15.0
Someone = Callable[..., Clerk]
Later = Callable[[Callable[[], Any]], "Future[Any]"]


class Held:
    """The derivation of hashes, held until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self._go = threading.Event()
        self._derive = sm3.pbkdf2

    def derive(self, *arguments: Any) -> bytes:
        """What stands in for `sm3.pbkdf2`: the same, later."""
        self.begun.release()
        assert self._go.wait(SECONDS)
        return self._derive(*arguments)

    def let_go(self) -> None:
        """Let every derivation go on."""
        self._go.set()


@pytest.fixture
def user(someone: Someone, server: Running, monkeypatch: pytest.MonkeyPatch) -> Clerk:
    """Somebody with a password, derived by fewer rounds."""
    monkeypatch.setattr(password, "ROUNDS", 2000)
    clerk = someone("admin.department.read", "admin.person.key", "admin.person.read")
    with server.worker.app.sessions.write() as db:
        person = db.get_one(Person, clerk.who.id)
        password.put(person, password.derive("", GOOD), datetime.now(UTC))
    return clerk


@pytest.fixture
def held(user: Clerk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Derivations begun from now on are held."""
    del user
    made = Held()
    monkeypatch.setattr(sm3, "pbkdf2", made.derive)
    yield made
    made.let_go()


@pytest.fixture
def later(held: Held) -> Iterator[Later]:
    """Runs something beside the test."""
    with ThreadPoolExecutor(16) as pool:
        yield pool.submit
        held.let_go()


def guess(clerk: Clerk, text: str) -> str:
    """Try a password; answers what the user would read, empty if let in."""
    request = pb.PasswordLoginRequest(staff_no=clerk.who.staff_no, password=text)
    try:
        clerk.raw(RPC["PasswordLogin"], request)
    except grpc.RpcError as error:
        return text_of(error)
    return ""


def change(clerk: Clerk) -> None:
    request = pb.ChangePasswordRequest(old_password=GOOD, new_password=BETTER)
    clerk("common.SessionService.ChangePassword", request)


def reset(clerk: Clerk) -> None:
    request = person_pb2.ResetPasswordRequest(id=clerk.who.id, version=2, password=BETTER)
    clerk("admin.PersonService.ResetPassword", request)


@pytest.mark.parametrize("slow", [lambda clerk: guess(clerk, GOOD), change, reset])
def test_others_write_while_a_password_is_judged(
    user: Clerk, someone: Someone, held: Held, later: Later, slow: Callable[[Clerk], object]
) -> None:
    writer = someone("admin.department.write", "admin.department.read")
    waiting = later(lambda: slow(user))
    assert held.begun.acquire(timeout=SECONDS)
    station = department_pb2.Department(
        code="MW1", name="分站", kind=department_pb2.Department.STATION
    )
    assert writer("admin.DepartmentService.Create", station).id
    assert not waiting.done()
    held.let_go()
    assert not waiting.result(SECONDS)


def test_guesses_at_the_same_time_are_no_more_than_in_turn(
    user: Clerk, held: Held, later: Later
) -> None:
    wrong = [later(lambda: guess(user, "Wrong-Horse-7")) for _ in range(5)]
    for _ in wrong:
        assert held.begun.acquire(timeout=SECONDS)
    assert "连续输错5次" in guess(user, GOOD), "the sixth is refused before the five are judged"
    held.let_go()
    assert {one.result(SECONDS) for one in wrong} == {"工号或密码不对"}
    assert "连续输错5次" in guess(user, GOOD)


def test_a_right_password_refused_for_another_reason_is_no_failure(
    user: Clerk, server: Running, held: Held
) -> None:
    held.let_go()
    with server.worker.app.sessions.write() as db:
        db.get_one(Person, user.who.id).state = person_pb2.Person.ON_LEAVE
    assert {guess(user, GOOD) for _ in range(6)} == {"账号已停用或不在岗，请联系系统管理员"}


def test_a_password_reset_while_another_was_derived_stands(
    user: Clerk, server: Running, held: Held, later: Later
) -> None:
    waiting = later(lambda: change(user))
    assert held.begun.acquire(timeout=SECONDS)
    with server.worker.app.sessions.write() as db:
        person = db.get_one(Person, user.who.id)
        person.password_history = "|".join([person.password_history] * 2)
    held.let_go()
    with refused(grpc.StatusCode.ABORTED) as error:
        waiting.result(SECONDS)
    assert "刚刚被修改" in text_of(error.value)


def test_a_login_by_a_password_replaced_meanwhile_is_refused(
    user: Clerk, server: Running, held: Held, later: Later
) -> None:
    waiting = later(lambda: guess(user, GOOD))
    assert held.begun.acquire(timeout=SECONDS)
    with server.worker.app.sessions.write() as db:
        db.get_one(Person, user.who.id).password_hash = ""
    held.let_go()
    assert waiting.result(SECONDS) == "工号或密码不对"


def test_what_is_prepared_belongs_to_an_rpc() -> None:
    registry = Registry(SERVICES)
    rpcs = {(type(run.__self__), method.name) for method, run in registry.methods()}
    prepared = {
        (type(service), name.removeprefix("Prepare"))
        for service in registry.by_name.values()
        for name in dir(service)
        if name.startswith("Prepare") and (type(service), name) not in rpcs
    }
    assert prepared
    assert prepared <= rpcs
