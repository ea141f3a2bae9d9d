"""Key columns that stay in sight while a table is scrolled sideways."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView
from shiboken6 import isValid

from client.core import style

if TYPE_CHECKING:
    from client.core.columns import Columns
    from client.core.table import RecordTable


class FrozenColumns(QTableView):
    """The leading columns once more, laid over the left edge once they would be scrolled away.

    It shares model and selection with the table and never takes the focus.
    """

    def __init__(self, table: "RecordTable", columns: "Columns") -> None:
        super().__init__(table)
        self._table, self._columns = table, columns
        self.setModel(table.model())
        self.setSelectionModel(table.selectionModel())
        self.setItemDelegate(table.itemDelegate())
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(table.selectionBehavior())
        self.setSelectionMode(table.selectionMode())
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.sectionClicked.connect(lambda at: table.sorting.click(at, second=False))
        self.setAccessibleName("冻结的列")
        self.hide()
        self._connect()

    def _connect(self) -> None:
        table, head = self._table, self._table.horizontalHeader()
        table.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        table.horizontalScrollBar().valueChanged.connect(lambda _: self.follow())
        table.horizontalScrollBar().rangeChanged.connect(lambda *_: self.follow())
        head.sectionResized.connect(lambda *_: self.follow())
        head.sectionMoved.connect(lambda *_: self.follow())
        head.geometriesChanged.connect(self.follow)
        self._columns.frozen_changed.connect(self.follow)
        self.doubleClicked.connect(lambda _: table.opened.emit())
        style.look().changed.connect(self.follow)

    def frozen(self) -> list[int]:
        """The columns kept in sight."""
        return self._columns.visible()[: self._columns.frozen]

    def follow(self) -> None:
        """Lie where and as the table's own columns would, or not at all."""
        if not (isValid(self) and isValid(self._columns.header)):  # the page is closing
            return
        table, frozen = self._table, self.frozen()
        width = sum(table.columnWidth(column) for column in frozen)
        scrolled = table.horizontalScrollBar().value() > 0
        if not frozen or not scrolled or width > table.viewport().width() // 2:
            self.hide()
            return
        for column in range(table.model().columnCount()):
            self.setColumnHidden(column, column not in frozen)
        for at, column in enumerate(frozen):
            self.setColumnWidth(column, table.columnWidth(column))
            head = self.horizontalHeader()
            head.moveSection(head.visualIndex(column), at)
        self.verticalHeader().setDefaultSectionSize(table.verticalHeader().defaultSectionSize())
        self.horizontalHeader().setFixedHeight(table.horizontalHeader().height())
        edge, high = table.frameWidth(), table.horizontalHeader().height()
        self.setGeometry(edge, edge, width, high + table.viewport().height())
        self.show()
        self.raise_()
        self.verticalScrollBar().setValue(table.verticalScrollBar().value())

    def clear_of(self, column: int) -> None:
        """Scroll the table so that a column is not under this one."""
        if not self.isVisible() or column in self.frozen():
            return
        left = self._table.columnViewportPosition(column)
        if left < self.width():
            bar = self._table.horizontalScrollBar()
            bar.setValue(bar.value() + left - self.width())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the table beneath."""
        self._table.wheelEvent(event)
