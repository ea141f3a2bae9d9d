"""The tables: brought to the newest revision by alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config

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
