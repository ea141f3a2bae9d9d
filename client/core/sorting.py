"""The order of a table: a click on a header sorts, Shift and click adds a second column."""

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from client.core.settings import Settings
from protos import facts

if TYPE_CHECKING:
    from client.core.table import RecordTable

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


class By(NamedTuple):
    """One column of the order."""

    name: str
    descending: bool


class Sorting(QObject):
    """Keeps a table's order by one or two columns, per user and page; the server sorts."""

    def __init__(self, table: "RecordTable", settings: Settings, key: str) -> None:
        super().__init__(table)
        self._table, self._records = table, table.records
        self._settings, self._key = settings, f"sort.{key}"
        self._header = table.horizontalHeader()
        self.by: list[By] = []
        self._restore()
        self._header.sortIndicatorChanged.connect(self._clicked)
        table.columns.was_reset.connect(self.reset)

    def reset(self) -> None:
        """Back to the server's own order."""
        self._take([])

    def click(self, column: int, *, second: bool) -> None:
        """As a click on a header: up, down, and then not at all; `second` keeps the first."""
        name = self._records.fields[column].name
        if not facts.of_field(self._records.fields[column]).filter:
            self._show()
            return
        first = self.by[:1] if second and self.by[:1] and self.by[0].name != name else []
        before = next((each for each in self.by[len(first) :] if each.name == name), None)
        if before is None:
            self._take([*first, By(name, False)])
        elif not before.descending:
            self._take([*first, By(name, True)])
        else:
            self._take(first)

    def by_column(self, column: int, *, descending: bool) -> None:
        """Order by one sortable column."""
        self._take([By(self._records.fields[column].name, descending)])

    def _clicked(self, column: int, order: Qt.SortOrder) -> None:
        shift = QApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier
        if column < 0:  # the third click on the first column
            self._take(self.by[1:] if shift else [])
        elif shift and self.by:
            self.click(column, second=True)
        elif facts.of_field(self._records.fields[column]).filter:
            self._take([By(self._records.fields[column].name, order is DOWN)])
        else:
            self._show()

    def _take(self, by: list[By]) -> None:
        if by == self.by:
            self._show()
            return
        self.by = by
        self._settings.set(self._key, [list(each) for each in by] or None)
        self._show()
        first, second = (*by, By("", False), By("", False))[:2]
        self._records.order(first.name, first.descending, second.name, second.descending)

    def _restore(self) -> None:
        fields = {field.name: field for field in self._records.fields}
        kept = [By(*each) for each in self._settings.value(self._key, [])]
        known = [by for by in kept if by.name in fields and facts.of_field(fields[by.name]).filter]
        self.by = known[:2]
        self._show()
        first, second = (*self.by, By("", False), By("", False))[:2]
        self._records.set_order(first.name, first.descending, second.name, second.descending)

    def _show(self) -> None:
        """The arrow on the first column; the second one tells itself in its title."""
        places = {field.name: at for at, field in enumerate(self._records.fields)}
        self._header.blockSignals(True)
        if self.by:
            order = DOWN if self.by[0].descending else UP
            self._header.setSortIndicator(places[self.by[0].name], order)
        else:
            self._header.setSortIndicator(-1, UP)
        self._header.blockSignals(False)
        self._header.viewport().update()
