"""Guesses at passwords: counted before they are judged, judged without holding the database.

Deriving a hash takes a third of a second, and SQLite has one writer: nobody waits for it. A guess
is counted as failed first, so that of many made at the same time no more are answered than of as
many made in turn.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from server.admin import password
from server.admin.login import LoginFailure
from server.admin.person import Person
from server.core.db import Sessions
from server.core.errors import NotLoggedIn

LOCK_AFTER = 5
LOCK_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Guess:
    """Whether a password was right, and the hash it was compared with (empty: none is kept)."""

    kept: str
    right: bool


def judge(sessions: Sessions, staff_no: str, text: str, workstation: bytes, now: datetime) -> Guess:
    """Count and judge one guess; NotLoggedIn while account or workstation is locked."""
    failure = LoginFailure(account=staff_no[:20], workstation=workstation, failed_at=now)
    with sessions.write() as db:
        _refuse_locked(db, failure)
        db.add(failure)
        chosen = select(Person.password_hash).where(Person.staff_no == staff_no)
        kept = db.scalar(chosen) or ""
    right = password.is_right(kept, text)
    with sessions.write() as db:
        _refuse_locked(db, failure, LoginFailure.id < failure.id)  # by guesses made meanwhile
        if right:
            db.execute(delete(LoginFailure).where(LoginFailure.id == failure.id))
    return Guess(kept, right)


def _refuse_locked(db: Session, mine: LoginFailure, *among: ColumnElement[bool]) -> None:
    recent = LoginFailure.failed_at > mine.failed_at - LOCK_FOR
    failures = select(func.count(LoginFailure.id)).where(recent, *among)
    account = failures.where(LoginFailure.account == mine.account)
    if (db.scalar(account) or 0) >= LOCK_AFTER:
        raise NotLoggedIn(f"密码连续输错{LOCK_AFTER}次，请15分钟后再试")
    here = failures.where(LoginFailure.workstation == mine.workstation)
    if (db.scalar(here) or 0) >= LOCK_AFTER * 4:
        raise NotLoggedIn("这台工作站登录失败过多，请15分钟后再试")
