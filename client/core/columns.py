"""Which columns a table shows, in what order and how wide: kept per user and page."""

from collections.abc import Sequence

from google.protobuf.descriptor import FieldDescriptor
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView

from client.core import style
from client.core.settings import Settings
from protos import facts

VERSION = 1
FROZEN = 1  # as a page begins: the key is the first column
SAVE_DELAY = 300  # ms after the last drag


class Columns(QObject):
    """The user's arrangement of a table's columns, stored by name so that it outlives updates."""

    frozen_changed = Signal()
    was_reset = Signal()

    def __init__(
        self,
        view: QTableView,
        fields: Sequence[FieldDescriptor],
        shown: Sequence[str],
        settings: Settings,
        key: str,
    ) -> None:
        super().__init__(view)
        self._view, self._fields, self._shown = view, list(fields), list(shown)
        self._settings, self._key = settings, f"columns.{key}"
        self._timer = QTimer(self, singleShot=True, interval=SAVE_DELAY)
        self._timer.timeout.connect(self.save)
        self._busy = False
        self.frozen = FROZEN  # leading columns that stay in sight
        self._percent = style.look().percent  # what the widths now are made for
        self.header = view.horizontalHeader()
        self.header.setSectionsMovable(True)
        self.header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.header.sectionResized.connect(self._touched)
        self.header.sectionMoved.connect(self._touched)
        self.restore()
        style.look().changed.connect(self._scale)

    @property
    def widths_known(self) -> bool:
        """Whether the user arranged this table before."""
        return self._saved() is not None

    def visible(self) -> list[int]:
        """The shown columns, left to right."""
        order = [self.header.logicalIndex(at) for at in range(self.header.count())]
        return [column for column in order if not self.header.isSectionHidden(column)]

    def save(self) -> None:
        """Keep the arrangement now."""
        header = self.header
        order = [header.logicalIndex(at) for at in range(header.count())]
        columns = [
            {
                "name": self._fields[column].name,
                "width": header.sectionSize(column) or None,
                "shown": not header.isSectionHidden(column),
            }
            for column in order
        ]
        kept = {"v": VERSION, "percent": self._percent, "columns": columns, "frozen": self.frozen}
        self._settings.set(self._key, kept)

    def restore(self) -> None:
        """Arrange the columns as saved, or as the page says."""
        self._busy = True
        saved = self._saved()
        for column, field in enumerate(self._fields):
            self.header.setSectionHidden(column, field.name not in self._shown)
        if saved:
            self._apply(saved)
        self._busy = False

    def reset(self) -> None:
        """Forget the user's arrangement."""
        self._settings.set(self._key, None)
        self.frozen = FROZEN
        self.frozen_changed.emit()
        self.was_reset.emit()
        self._order([field.name for field in self._fields])
        self.restore()
        self.fit()
        self.was_reset.emit()

    def fit(self, sample: int = 50) -> None:
        """Give each column the width its first rows need."""
        self._busy = True
        model, metrics = self._view.model(), self._view.fontMetrics()
        em = metrics.height()
        rows = min(sample, model.rowCount())
        for column in range(len(self._fields)):
            title = str(model.headerData(column, Qt.Orientation.Horizontal))
            texts = [str(model.index(row, column).data() or "") for row in range(rows)]
            widest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
            room = (
                em * 5 // 2 if facts.kind(self._fields[column]) is facts.Kind.ENUM else em * 4 // 3
            )
            wanted = max(widest + room, metrics.horizontalAdvance(title) + em * 7 // 4)
            self.header.resizeSection(column, min(wanted, metrics.averageCharWidth() * 45))
        self._busy = False

    def _scale(self) -> None:
        """Follow the size of the letters."""
        before, self._percent = self._percent, style.look().percent
        if before == self._percent:
            return
        self._busy = True
        for column in range(self.header.count()):
            if width := self.header.sectionSize(column):
                self.header.resizeSection(column, round(width * self._percent / before))
        self._busy = False

    def _saved(self) -> list[dict[str, object]] | None:
        kept = self._settings.value(self._key)
        return kept["columns"] if kept and kept.get("v") == VERSION else None

    def freeze(self, count: int) -> None:
        """Keep so many leading columns in sight."""
        self.frozen = count
        self.save()
        self.frozen_changed.emit()

    def _apply(self, saved: list[dict[str, object]]) -> None:
        percent = self._settings.value(self._key).get("percent", 100)
        self.frozen = self._settings.value(self._key).get("frozen", FROZEN)
        places = {field.name: column for column, field in enumerate(self._fields)}
        known = [each for each in saved if each["name"] in places]
        for each in known:
            column = places[str(each["name"])]
            self.header.setSectionHidden(column, not each["shown"])
            if each["width"]:
                width = int(str(each["width"])) * self._percent / percent
                self.header.resizeSection(column, round(width))
        self._order([str(each["name"]) for each in known])

    def _order(self, names: list[str]) -> None:
        places = {field.name: column for column, field in enumerate(self._fields)}
        for at, name in enumerate(names):
            self.header.moveSection(self.header.visualIndex(places[name]), at)

    def _touched(self) -> None:
        if not self._busy:
            self._timer.start()

    def choose(self, menu: QMenu) -> None:
        """Fill a menu with the columns to show."""
        for column, field in enumerate(self._fields):
            action = menu.addAction(facts.label(field))
            action.setCheckable(True)
            action.setChecked(not self.header.isSectionHidden(column))
            action.toggled.connect(lambda on, column=column: self.show_column(column, on))

    def fit_and_save(self) -> None:
        """Give each column the width its first rows need, and keep it."""
        self.fit()
        self.save()

    def move(self, column: int, step: int) -> None:
        """Put a column one place to the left (-1) or right (1); at the edge it stays."""
        shown = self.visible()
        at = shown.index(column) + step
        if 0 <= at < len(shown):
            to = self.header.visualIndex(shown[at])
            self.header.moveSection(self.header.visualIndex(column), to)
            self.save()

    def widen(self, column: int, step: int) -> None:
        """Make a column a letter wider (1) or narrower (-1)."""
        em = self._view.fontMetrics().height()
        self.header.resizeSection(column, max(self.header.sectionSize(column) + step * em, em))
        self.save()

    def show_column(self, column: int, on: bool) -> None:
        """Show or hide a column; the last one stays."""
        if not on and self.visible() == [column]:
            return
        self.header.setSectionHidden(column, not on)
        if on and self.header.sectionSize(column) < 20:
            self.header.resizeSection(column, 100)
        self.save()


def sortable(header: QHeaderView) -> None:
    """Let clicks on the header choose the order."""
    header.setSectionsClickable(True)
    header.setSortIndicatorShown(True)
    header.setSortIndicatorClearable(True)
