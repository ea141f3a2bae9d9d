"""Finds bills by what stands in their lines."""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import ColumnElement, Select


class AmongLines(property):
    """A field of a header that can only be queried: true where one of its lines has the value.

    ``owners`` selects the header ids of lines, ``column`` is what a line must have; both are asked
    late, because a bill is declared before its lines.
    """

    def __init__(
        self,
        owners: Callable[[], Select[Any]],
        column: Callable[[], Any],
        header: Callable[[], Any],
    ) -> None:
        super().__init__(lambda _: None)
        self._owners, self.column, self._header = owners, column, header

    def _among(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        found: ColumnElement[bool] = self._header().in_(self._owners().where(condition))
        return found

    def in_(self, values: Collection[Any]) -> ColumnElement[bool]:
        """One of the values."""
        return self._among(self.column().in_(values))

    def contains(self, text: str, *, autoescape: bool = True) -> ColumnElement[bool]:
        """The text somewhere in it."""
        return self._among(self.column().contains(text, autoescape=autoescape))

    def startswith(self, text: str, *, autoescape: bool = True) -> ColumnElement[bool]:
        """The text at its beginning."""
        return self._among(self.column().startswith(text, autoescape=autoescape))
