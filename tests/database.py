"""A migrated database to copy for each test: a SQLite file, or a PostgreSQL template."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.pool import NullPool
from sqlalchemy.util import LRUCache

from server import seed
from server.core import schema
from server.core.db import Sessions

_ADMIN = os.environ.get("AMB_TEST_POSTGRES", "")  # the URL of a server to make databases on
_TEMPLATE = f"amb_template_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
_DEMO = f"{_TEMPLATE}_demo"


def compile_once() -> None:
    """Let all servers of the run share compiled statements: a fifth of the suite's time.

    SQLAlchemy keeps them for each engine and each dialect object; here every test has its own, and
    all of a class talk to the same kind of database.
    """
    shared: LRUCache[Any, Any] = LRUCache(5000)

    def use(connection: Connection) -> None:
        connection.execution_options(compiled_cache=shared)

    event.listen(Engine, "engine_connect", use)
    setattr(DefaultDialect, "__eq__", lambda self, other: type(self) is type(other))  # noqa: B010
    setattr(DefaultDialect, "__hash__", lambda self: hash(type(self)))  # noqa: B010


def create_template(sqlite_url: str) -> None:
    """Make the database every test's own is a copy of."""
    if _ADMIN:
        _execute(f"CREATE DATABASE {_TEMPLATE}")
    schema.upgrade(_url(_TEMPLATE) if _ADMIN else sqlite_url)


def create_demo_template(sqlite_url: str, now: datetime) -> None:
    """Make the database that starts with the data of `make demo`; on SQLite it is there, empty."""
    if _ADMIN:
        _execute(f"CREATE DATABASE {_DEMO} TEMPLATE {_TEMPLATE}")
    sessions = Sessions(_url(_DEMO) if _ADMIN else sqlite_url)
    with sessions.write() as db:
        seed.seed(db, now)
    sessions.close()


@contextmanager
def empty() -> Iterator[str]:
    """The URL of an empty PostgreSQL database; empty where the run is on SQLite."""
    if not _ADMIN:
        yield ""
        return
    with _made() as url:
        yield url


@contextmanager
def copy(*, demo: bool = False) -> Iterator[str]:
    """The URL of a fresh PostgreSQL copy; empty on SQLite, where the file is copied with home."""
    if not _ADMIN:
        yield ""
        return
    with _made(f"TEMPLATE {_DEMO if demo else _TEMPLATE}") as url:
        yield url


@contextmanager
def _made(how: str = "") -> Iterator[str]:
    name = f"amb_{secrets.token_hex(6)}"
    _execute(f"CREATE DATABASE {name} {how}")
    yield _url(name)
    _execute(f"DROP DATABASE {name} WITH (FORCE)")


def _url(name: str) -> str:
    return make_url(_ADMIN).set(database=name).render_as_string(hide_password=False)


def _execute(statement: str) -> None:
    engine = create_engine(_ADMIN, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
