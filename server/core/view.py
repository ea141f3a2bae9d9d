"""Read-only models over a select: rows that no table holds, listed and filtered like any."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Date, cast
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from server.core.db import Model


class View(Model):
    """A model whose ``__table__`` is a subquery with a column ``id``."""

    __abstract__ = True

    def __init_subclass__(cls, **values: Any) -> None:
        cls.__mapper_args__ = {"primary_key": [cls.__table__.c.id]}
        super().__init_subclass__(**values)


class shanghai_date(FunctionElement[date]):  # noqa: N801 - reads as the function it is in SQL
    """The date of a moment in Shanghai, which is eight hours ahead of UTC all the year."""

    type = Date()
    inherit_cache = True


@compiles(shanghai_date, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **values: Any) -> str:
    return f"date({compiler.process(element.clauses, **values)}, '+8 hours')"


@compiles(shanghai_date)
def _elsewhere(element: Any, compiler: Any, **values: Any) -> str:
    moment = compiler.process(element.clauses, **values)
    return f"CAST(({moment}) AT TIME ZONE 'Asia/Shanghai' AS DATE)"


def whole(sum_of: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as an integer; PostgreSQL sums big integers to numeric."""
    return cast(sum_of, BigInteger)
