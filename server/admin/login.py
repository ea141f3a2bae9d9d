"""Sessions of logged-in people, and failed password logins."""

from datetime import datetime

from sqlalchemy import LargeBinary, String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.core.db import Model


class LoginSession(Model):
    """A logged-in user on one workstation; the id the client holds is kept as its SM3 only."""

    __tablename__ = "admin_session"

    token: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary(48), unique=True)
    person_id: Mapped[int] = mapped_column(index=True)
    workstation: Mapped[bytes] = mapped_column(LargeBinary(32))
    exporter: Mapped[bytes | None] = mapped_column(LargeBinary(32))  # of a UKEY login
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary())
    address: Mapped[str] = mapped_column(String(80))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(40), default="")


class LoginFailure(Model):
    """A failed password login, by account and by workstation."""

    __tablename__ = "admin_login_failure"

    account: Mapped[str] = mapped_column(String(20), index=True)
    workstation: Mapped[bytes] = mapped_column(LargeBinary(32))
    failed_at: Mapped[datetime]


def end_sessions(db: Session, person_id: int, now: datetime, reason: str) -> None:
    """End every session of a person: the next call of each is refused."""
    live = update(LoginSession).where(
        LoginSession.person_id == person_id, LoginSession.ended_at.is_(None)
    )
    db.execute(live.values(ended_at=now, end_reason=reason))
