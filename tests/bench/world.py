"""A server's home for measuring: keys, authority, a database with a thousand departments."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url, text

from crypto.sm2 import PrivateKey
from installers import postgres
from protos.admin import department_pb2 as pb
from server import config
from server.admin.department import Department
from server.config import Settings
from server.core import keys, schema
from server.core.db import Sessions
from server.core.pki import Pki
from server.core.sealing import KEYRING
from tests.people import Clerk, Who, make_person_in

DEPARTMENTS = 1000
RIGHTS = ("admin.department.read", "admin.department.write")


@dataclass(frozen=True)
class World:
    """Where the server lives, its authority and its database, seen from outside the server."""

    settings: Settings
    pki: Pki
    sessions: Sessions

    @property
    def home(self) -> Path:
        """The server's folder."""
        return self.settings.home

    def person(self, rights: Sequence[str] = RIGHTS) -> tuple[Who, PrivateKey]:
        """A new person with a key of its own."""
        key = PrivateKey.generate()
        return make_person_in(self.sessions, self.pki, key, rights), key

    @contextmanager
    def clerk(self, port: int, rights: Sequence[str] = RIGHTS) -> Iterator[Clerk]:
        """Somebody logged in over SM TLS."""
        who, key = self.person(rights)
        with self.sessions.read() as db:
            certificate = who.certificate(db)
        clerk = Clerk(port, self.pki, who, key, certificate)
        clerk.log_in()
        try:
            yield clerk
        finally:
            clerk.close()


@contextmanager
def world(database: str = "") -> Iterator[World]:
    """A fresh home; its database is SQLite, or the empty one of that URL."""
    with tempfile.TemporaryDirectory(prefix="amb-bench-") as folder:
        home = Path(folder) / "server"
        keys.create(home / "keys")
        KEYRING.open(keys.load(home / "keys"))
        pki = Pki(home / "pki")
        pki.create()
        settings = config.load(home=home, database=database, log_level="ERROR")
        schema.upgrade(settings.database_url)
        sessions = Sessions(settings.database_url)
        _fill(sessions)
        try:
            yield World(settings, pki, sessions)
        finally:
            sessions.close()


def _fill(sessions: Sessions) -> None:
    now = datetime.now(UTC)
    with sessions.write() as db:
        for number in range(DEPARTMENTS):
            node = Department(
                code=f"B{number}",
                name=f"第{number}分站",
                kind=pb.Department.STATION,
                created_at=now,
                updated_at=now,
            )
            node.path = f"/{node.id}/"
            db.add(node)


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """The databases to measure on, name and URL: SQLite, and PostgreSQL where it is installed.

    AMB_TEST_POSTGRES may name a server to use instead of one started for the purpose.
    """
    found = {"SQLite": ""}
    if given := os.environ.get("AMB_TEST_POSTGRES"):
        with _fresh(given) as url:
            yield found | {"PostgreSQL": url}
    elif postgres.binaries() is None:
        yield found
    else:
        with postgres.running() as admin, _fresh(admin) as url:
            yield found | {"PostgreSQL": url}


@contextmanager
def _fresh(admin: str) -> Iterator[str]:
    name = f"bench_{os.getpid()}"
    sessions = Sessions(admin)
    with sessions.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(admin).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    sessions.close()
