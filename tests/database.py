"""A migrated database to copy for each test: a SQLite file, or a PostgreSQL template."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

import server.services  # noqa: F401 - imports every model
from server.core.db import Model, Sessions

_ADMIN = os.environ.get("AMB_TEST_POSTGRES", "")  # the URL of a server to make databases on
_TEMPLATE = f"amb_template_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


def create_template(sqlite_url: str) -> None:
    """Make the database every test's own is a copy of."""
    if _ADMIN:
        _execute(f"CREATE DATABASE {_TEMPLATE}")
    sessions = Sessions(_url(_TEMPLATE) if _ADMIN else sqlite_url)
    Model.metadata.create_all(sessions.engine)
    sessions.close()


@contextmanager
def copy() -> Iterator[str]:
    """The URL of a fresh PostgreSQL copy; empty on SQLite, where the file is copied with home."""
    if not _ADMIN:
        yield ""
        return
    name = f"amb_{secrets.token_hex(6)}"
    _execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    yield _url(name)
    _execute(f"DROP DATABASE {name} WITH (FORCE)")


def _url(name: str) -> str:
    return make_url(_ADMIN).set(database=name).render_as_string(hide_password=False)


def _execute(statement: str) -> None:
    engine = create_engine(_ADMIN, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
