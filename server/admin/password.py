"""Passwords: rules, storage and history, after the figures of security chapter 4.4."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from crypto import sm3
from server.core.errors import Invalid, Stale
from server.core.sealing import KEYRING

ROUNDS = 600_000
MIN_LENGTH = 10
CLASSES = 3
KEPT = 5
MAX_AGE = timedelta(days=90)
_COMMON = ("password", "qwerty", "123456", "abc123", "admin", "ambulance", "1q2w3e", "iloveyou")


class HasPassword(Protocol):
    """What of a person this module writes."""

    password_hash: str
    password_set_at: datetime | None
    password_history: str
    must_change_password: bool


def refuse_weak(password: str, staff_no: str, codes: str, field: str = "password") -> None:
    """Raise Invalid with the first rule a password breaks."""
    lower = password.lower()
    kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    if len(password) < MIN_LENGTH:
        raise Invalid.at(field, f"密码至少{MIN_LENGTH}位")
    if sum(any(map(kind, password)) for kind in kinds) < CLASSES:
        raise Invalid.at(field, "密码要含大写、小写、数字、符号中的至少三类")
    own = [staff_no.lower(), *(word for word in codes.split() if len(word) > 3)]
    if any(word in lower for word in (*_COMMON, *own) if word):
        raise Invalid.at(field, "密码含有工号、姓名拼音或常见字样，请另设")


@dataclass(frozen=True)
class Derived:
    """A new password made ready to be put: its hash, and the history it was compared with."""

    hash: str  # empty: it is one of the history
    history: str


def derive(history: str, password: str) -> Derived:
    """Make a new password ready; takes seconds, so do it before the transaction."""
    if any(_fits(password, old) for old in _each(history)):
        return Derived("", history)
    return Derived(make_hash(password), history)


def put(person: HasPassword, new: Derived, now: datetime, field: str = "new_password") -> None:
    """Set a password; raises Invalid if it is one of the last five, Stale if they changed."""
    if new.history != person.password_history:
        raise Stale("密码刚刚被修改过，请重试")
    if not new.hash:
        raise Invalid.at(field, f"不能与最近{KEPT}次的密码相同")
    person.password_hash = new.hash
    person.password_set_at = now
    person.password_history = "|".join([new.hash, *_each(new.history)][:KEPT])
    person.must_change_password = False


def _each(history: str) -> list[str]:
    return [kept for kept in history.split("|") if kept]


def make_hash(password: str) -> str:
    """``rounds$salt$hash`` with PBKDF2-HMAC-SM3 and the pepper."""
    salt = secrets.token_bytes(16)
    return f"{ROUNDS}${salt.hex()}${_derive(password, salt, ROUNDS).hex()}"


def is_right(kept: str, password: str) -> bool:
    """Whether a password fits the hash; as slow where none is kept as where one is."""
    return _fits(password, kept or _nobodys()) and bool(kept)


def is_due(person: HasPassword, now: datetime) -> bool:
    """Whether the password must be changed before anything else."""
    return person.must_change_password or (
        person.password_set_at is not None and now - person.password_set_at > MAX_AGE
    )


def _nobodys() -> str:
    """What a password is compared with where none is kept, for the same time."""
    return f"{ROUNDS}${'00' * 16}${'00' * 32}"


def _fits(password: str, kept: str) -> bool:
    rounds, salt, wanted = kept.split("$")
    found = _derive(password, bytes.fromhex(salt), int(rounds))
    return sm3.equal(found, bytes.fromhex(wanted))


def _derive(password: str, salt: bytes, rounds: int) -> bytes:
    peppered = sm3.hmac(KEYRING.keys.pepper, password.encode())
    return sm3.pbkdf2(peppered, salt, rounds)
