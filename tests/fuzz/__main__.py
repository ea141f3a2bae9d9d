"""Plays the stock machine for a long time, on SQLite and on PostgreSQL: make fuzz STEPS=n.

Every round begins with a fresh database, so the check of the whole ledger at the end of each play
stays quick. A failure prints the shortest play that shows it.
"""

import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from installers import postgres
from server import config
from server.core import keys, schema
from server.core.pki import Pki
from server.core.run import Running
from server.core.sealing import KEYRING
from tests.inventory.test_machine import play

STEPS = 200_000  # on each database
PLAYS, LENGTH = 20, 50  # of one round
MEMORY = Path("/dev/shm")  # noqa: S108 - a database there needs no disk


def main(steps: int) -> int:
    """So many steps on SQLite, and as many on PostgreSQL where it is installed."""
    _on("SQLite", "", steps)
    if postgres.binaries() is None:
        print("PostgreSQL：未安装，没有运行")
        return 0
    with postgres.running() as url:
        _on("PostgreSQL", url, steps)
    return 0


def _on(name: str, url: str, steps: int) -> None:
    begun, done = time.monotonic(), 0
    while done < steps:
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            _round(Path(folder), url)
        done += PLAYS * LENGTH
        print(f"{name}：{done} 步，{time.monotonic() - begun:.0f} 秒，没有差异", flush=True)


def _round(folder: Path, admin: str) -> None:
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
        play(running, pki, PLAYS, LENGTH)
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


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else STEPS))
