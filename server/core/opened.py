"""The database and keys of a home, opened for one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from server.config import Settings
from server.core import keys
from server.core.db import Sessions
from server.core.sealing import KEYRING


@contextmanager
def opened(settings: Settings) -> Iterator[Sessions]:
    """Sessions on the database, with the keyring open; closed when the command ends."""
    KEYRING.open(keys.load(settings.home / "keys"))
    sessions = Sessions(settings.database_url)
    try:
        yield sessions
    finally:
        sessions.close()
