"""A throw-away PostgreSQL server in a folder of its own, on a Unix socket nobody else may open."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """Where PostgreSQL's programs are; None if it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


# A machine that fails takes the whole throw-away server with it: nothing to be saved.
_HASTY = " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"


@contextmanager
def running(*, durable: bool = True) -> Iterator[str]:
    """The SQLAlchemy URL of a fresh server's own database, while the block runs.

    Without durable, commits do not wait for the disk: for tests, not for measuring.
    """
    programs = binaries()
    if programs is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="amb-pg-"))
    user = _give_away(folder)
    data = folder / "data"
    options = f"-k {folder} -c listen_addresses='' -c max_connections=300 -c log_min_messages=fatal"
    options += "" if durable else _HASTY
    try:
        _as(user, programs / "initdb", "-D", data, "-E", "UTF8", "--locale=C", "-A", "trust")
        control = [programs / "pg_ctl", "-D", data, "-w"]
        _as(user, *control, "-o", options, "-l", folder / "log", "start")
        yield f"postgresql+psycopg://{user}@/postgres?host={folder}"
        _as(user, *control, "-m", "fast", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give_away(folder: Path) -> str:
    """PostgreSQL refuses to run as root: let its own user have the folder."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return owner.pw_name


def _as(user: str, *command: object) -> None:
    line = [str(part) for part in command]
    if os.getuid() == 0:
        line = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *line]
    subprocess.run(line, check=True, cwd="/", stdout=subprocess.DEVNULL)
