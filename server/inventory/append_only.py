"""Tables whose rows are written once: the mapper refuses changes, and so does the database."""

from typing import Any

from sqlalchemy import DDL, event
from sqlalchemy.orm import Mapper

from server.core.db import Model

_TEXT = "the ledger is append-only"
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION inventory_append_only() RETURNS trigger AS $$ "
    f"BEGIN RAISE EXCEPTION '{_TEXT}'; END $$ LANGUAGE plpgsql"
)


def triggers(table: str, dialect: str) -> list[str]:
    """The statements that make a database refuse changes; migrations run them too."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    trigger = (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION inventory_append_only()"
    )
    return [_FUNCTION, trigger]


def forbid_changes(kind: type[Model]) -> None:
    """Let rows of a model be inserted and never changed."""
    event.listen(kind, "before_update", _refuse)
    event.listen(kind, "before_delete", _refuse)
    for dialect in ("sqlite", "postgresql"):
        for statement in triggers(kind.__tablename__, dialect):
            made = DDL(statement).execute_if(dialect=dialect)
            event.listen(kind.__table__, "after_create", made)


def _refuse(_mapper: Mapper[Any], _connection: object, target: Model) -> None:
    raise RuntimeError(f"{type(target).__name__} {target.id}: {_TEXT}")
