"""Passwords: rules, storage and history, after the figures of security chapter 4.4."""

import secrets
from datetime import datetime, timedelta
from typing import Protocol

from crypto import sm3
from server.core.errors import Invalid
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


def put(person: HasPassword, password: str, now: datetime, field: str = "new_password") -> None:
    """Set a password; raises Invalid if it is one of the last five."""
    history = [h for h in person.password_history.split("|") if h]
    if any(_fits(password, old) for old in history):
        raise Invalid.at(field, f"不能与最近{KEPT}次的密码相同")
    person.password_hash = make_hash(password)
    person.password_set_at = now
    person.password_history = "|".join([person.password_hash, *history][:KEPT])
    person.must_change_password = False


def make_hash(password: str) -> str:
    """``rounds$salt$hash`` with PBKDF2-HMAC-SM3 and the pepper."""
    salt = secrets.token_bytes(16)
    return f"{ROUNDS}${salt.hex()}${_derive(password, salt, ROUNDS).hex()}"


def is_right(person: HasPassword | None, password: str) -> bool:
    """Whether the password is the person's; as slow for an unknown person as for a known one."""
    known = person.password_hash if person else ""
    return _fits(password, known or _nobodys()) and bool(known)


def is_due(person: HasPassword, now: datetime) -> bool:
    """Whether the password must be changed before anything else."""
    return person.must_change_password or (
        person.password_set_at is not None and now - person.password_set_at > MAX_AGE
    )


def _nobodys() -> str:
    """What the password of an unknown person is compared with, for the same time."""
    return f"{ROUNDS}${'00' * 16}${'00' * 32}"


def _fits(password: str, kept: str) -> bool:
    rounds, salt, wanted = kept.split("$")
    found = _derive(password, bytes.fromhex(salt), int(rounds))
    return sm3.equal(found, bytes.fromhex(wanted))


def _derive(password: str, salt: bytes, rounds: int) -> bytes:
    peppered = sm3.hmac(KEYRING.keys.pepper, password.encode())
    return sm3.pbkdf2(peppered, salt, rounds)
