"""Rounds of the stock machine, each on a fresh database."""

import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from server import config
from server.core import keys, schema
from server.core.pki import Pki
from server.core.run import Running
from server.core.sealing import KEYRING
from tests.inventory.test_machine import play

PLAYS, LENGTH = 10, 200  # of one round; Hypothesis ends many plays sooner
MEMORY = Path("/dev/shm")  # noqa: S108 - a database there needs no disk


def rounds(name: str, url: str, steps: int) -> None:
    """Play until so many steps were checked; ``url`` is a PostgreSQL, none means SQLite.

    Raises what the machine raises where the product and the model differ.
    """
    begun, done = time.monotonic(), 0
    while done < steps:
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            done += _round(Path(folder), url)
        print(f"{name}：{done} 步，{time.monotonic() - begun:.0f} 秒，没有差异", flush=True)


def _round(folder: Path, admin: str) -> int:
    home = folder / "server"
    keys.create(home / "keys")
    KEYRING.open(keys.load(home / "keys"))
    pki = Pki(home / "pki")
    pki.create()
    database = _fresh(admin) if admin else ""
    settings = config.load(home=home, port=0, log_level="ERROR", database=database)
    schema.upgrade(settings.database_url)
    running = Running(settings)
    running.start()
    try:
        return play(running, pki, PLAYS, LENGTH)
    finally:
        running.stop(1)


def _fresh(admin: str) -> str:
    """An empty database; the one of the round before goes."""
    engine = create_engine(admin, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS amb_fuzz WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE amb_fuzz"))
    engine.dispose()
    return make_url(admin).set(database="amb_fuzz").render_as_string(hide_password=False)
