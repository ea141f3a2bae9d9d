"""A migrated database to copy for each test: a SQLite file, or a PostgreSQL template."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.pool import NullPool
from sqlalchemy.util import LRUCache

from server.core import schema

_ADMIN = os.environ.get("AMB_TEST_POSTGRES", "")  # the URL of a server to make databases on
_TEMPLATE = f"amb_template_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


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


@contextmanager
def empty() -> Iterator[str]:
    """The URL of an empty PostgreSQL database; empty where the run is on SQLite."""
    if not _ADMIN:
        yield ""
        return
    with _made() as url:
        yield url


@contextmanager
def copy() -> Iterator[str]:
    """The URL of a fresh PostgreSQL copy; empty on SQLite, where the file is copied with home."""
    if not _ADMIN:
        yield ""
        return
    with _made(f"TEMPLATE {_TEMPLATE}") as url:
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
