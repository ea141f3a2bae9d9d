"""Read-only models over a select: rows that no table holds, listed and filtered like any."""

from typing import Any

from sqlalchemy import BigInteger, cast
from sqlalchemy.sql.elements import ColumnElement

from server.core.db import Model


class View(Model):
    """A model whose ``__table__`` is a subquery with a column ``id``."""

    __abstract__ = True

    def __init_subclass__(cls, **values: Any) -> None:
        cls.__mapper_args__ = {"primary_key": [cls.__table__.c.id]}
        super().__init_subclass__(**values)


def whole(sum_of: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as an integer; PostgreSQL sums big integers to numeric."""
    return cast(sum_of, BigInteger)
