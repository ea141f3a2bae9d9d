"""A table's columns by keys: the current one is sorted by, moved, sized, hidden and frozen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QObject, QPoint
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from client.core import keys
from protos import facts

if TYPE_CHECKING:
    from client.core.table import RecordTable

NOT_SORTED = "不能按“{label}”排序"


class ColumnKeys(QObject):
    """What the header does to a mouse, for the column of the current cell; and the column menu."""

    def __init__(self, table: "RecordTable") -> None:
        super().__init__(table)
        self._table, self._columns, self._sorting = table, table.columns, table.sorting
        self._acts: dict[str, Callable[[int], None]] = {
            "sort": lambda column: self.sort(column, second=False),
            "sort_second": lambda column: self.sort(column, second=True),
            "column_left": lambda column: self._columns.move(column, -1),
            "column_right": lambda column: self._columns.move(column, 1),
            "narrower": lambda column: self._columns.widen(column, -1),
            "wider": lambda column: self._columns.widen(column, 1),
            "column_menu": self.open_menu,
        }
        head = table.horizontalHeader()
        head.customContextMenuRequested.connect(self._asked)

    def press(self, pressed: QKeySequence) -> bool:
        """Do what the pressed keys mean for the current column; whether they mean something."""
        act = next((act for name, act in self._acts.items() if keys.is_key(name, pressed)), None)
        if act is None:
            return False
        column = self._current()
        if column is not None:
            act(column)
        return True

    def _current(self) -> int | None:
        """The column of the current cell, or the first one in sight."""
        shown, column = self._columns.visible(), self._table.currentIndex().column()
        return column if column in shown else next(iter(shown), None)

    def sort(self, column: int, *, second: bool) -> None:
        """As a click on the header, and the bar stays in the column."""
        field = self._table.records.fields[column]
        if not facts.of_field(field).filter:
            self._table.told.emit(NOT_SORTED.format(label=facts.label(field)))
            return
        self._table.stay_in(column)
        self._sorting.click(column, second=second)

    def hide(self, column: int) -> None:
        """Hide a column; the bar goes to the one that takes its place."""
        at = self._columns.visible().index(column)
        self._columns.show_column(column, False)
        left, row = self._columns.visible(), self._table.currentIndex().row()
        if column not in left and row >= 0:
            nearest = self._table.records.index(row, left[min(at, len(left) - 1)])
            flag = QItemSelectionModel.SelectionFlag.NoUpdate
            self._table.selectionModel().setCurrentIndex(nearest, flag)

    def _order(self, column: int, *, descending: bool) -> None:
        self._table.stay_in(column)
        self._sorting.by_column(column, descending=descending)

    def _asked(self, place: QPoint) -> None:
        head = self._table.horizontalHeader()
        self.menu(head.logicalIndexAt(place)).popup(head.mapToGlobal(place))

    def open_menu(self, column: int) -> None:
        """Show the column menu below the column's head."""
        head = self._table.horizontalHeader()
        at = max(head.sectionViewportPosition(column), 0)
        menu = self.menu(column)
        menu.popup(head.mapToGlobal(QPoint(at, head.height())))
        menu.setActiveAction(menu.actions()[0])

    def menu(self, at: int = -1) -> QMenu:
        """What may be done with a column and with all; `at` is the column it was asked for on."""
        menu = QMenu(self._table)
        menu.aboutToHide.connect(menu.deleteLater)
        if at in self._columns.visible():
            self._add_sorting(menu, at)
            self._add_shape(menu, at)
        if self._columns.frozen:
            menu.addAction("取消冻结(&U)", lambda: self._columns.freeze(0))
        menu.addSeparator()
        self._columns.choose(menu.addMenu("显示哪些列(&C)"))
        menu.addAction("按内容调整列宽(&T)", self._columns.fit_and_save)
        menu.addAction("恢复默认列和排序(&R)", self._columns.reset)
        return menu

    def _add_sorting(self, menu: QMenu, at: int) -> None:
        if facts.of_field(self._table.records.fields[at]).filter:
            menu.addAction("升序(&A)", lambda: self._order(at, descending=False))
            menu.addAction("降序(&D)", lambda: self._order(at, descending=True))
            act = menu.addAction("作第二排序(&2)", lambda: self.sort(at, second=True))
            act.setEnabled(bool(self._sorting.by))
            menu.addSeparator()

    def _add_shape(self, menu: QMenu, at: int) -> None:
        columns = self._columns
        label = facts.label(self._table.records.fields[at])
        count = columns.visible().index(at) + 1
        menu.addAction("左移(&L)", lambda: columns.move(at, -1))
        menu.addAction("右移(&G)", lambda: columns.move(at, 1))
        menu.addAction("加宽(&W)", lambda: columns.widen(at, 1))
        menu.addAction("缩窄(&N)", lambda: columns.widen(at, -1))
        menu.addAction(f"隐藏“{label}”(&H)", lambda: self.hide(at))
        menu.addSeparator()
        menu.addAction(f"冻结到“{label}”(&F)", lambda: columns.freeze(count))
