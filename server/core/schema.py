"""The tables: brought to the newest revision by alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

_HERE = Path(__file__).resolve().parent.parent / "migrations"


def config(url: str) -> Config:
    """Alembic's configuration for one database."""
    made = Config()
    made.set_main_option("script_location", str(_HERE))
    made.attributes["url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to a revision, creating what is missing."""
    command.upgrade(config(url), revision)


def revise(url: str, message: str) -> None:
    """Bring the database to head, then write a revision holding what models have beyond it."""
    upgrade(url)
    command.revision(config(url), message, autogenerate=True)


def check(url: str) -> None:
    """Raise if models and database differ."""
    command.check(config(url))


def behind(url: str) -> bool:
    """Whether the database lacks revisions this program has, or was never made."""
    return revision(url) in {None, *_revisions(url)[1:]}


def unknown(url: str) -> bool:
    """Whether the database is of a revision this program does not know: a newer one made it."""
    return revision(url) not in {None, *_revisions(url)}


def revision(url: str) -> str | None:
    """The revision a database is of; None if it was never made."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _revisions(url: str) -> list[str]:
    """Every revision of this program, the newest first."""
    return [each.revision for each in ScriptDirectory.from_config(config(url)).walk_revisions()]
