"""What a user may open: pages by area, favourites, recent ones, and the jump by initials."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from client import areas
from client.core import icons, pinyin, style
from client.core.api import Api
from client.core.page import Page
from client.core.settings import Settings
from protos import facts

RECENT_MOST = 8
_KEY = Qt.ItemDataRole.UserRole
_FAVOURITES, _RECENT, _TABS, _RECORDS = "favourites", "recent", "tabs", "records"
RECORDS_MOST = 8


@dataclass(frozen=True)
class Entry:
    """One page in the menu."""

    key: str  # stable, for favourites and recent pages
    page: Page
    area: areas.Area

    @property
    def title(self) -> str:
        """What the tab is called."""
        return self.page.title

    @property
    def icon(self) -> str:
        """The page's icon, or its area's."""
        return self.page.icon or self.area.icon


def may_see(api: Api, page: Page) -> bool:
    """Whether the user may open a page: may call its List, or its first read."""
    methods = list(page.service.methods)
    reads = [m for m in methods if m.name == "List"] or [m for m in methods if facts.is_read(m)]
    return bool(reads) and api.can(reads[0])


def entries(api: Api, only: str = "") -> list[Entry]:
    """The pages the user may see, of one area or of all, in the order of the menu."""
    shown = [areas.area(only)] if only else areas.AREAS
    return [
        Entry(f"{page.service.full_name}:{page.title}", page, area)
        for area in shown
        for page in areas.pages(area.name)
        if may_see(api, page)
    ]


class Memory:
    """Favourite and recent pages of one user, by key; keys no longer known are passed over."""

    def __init__(self, settings: Settings, known: Iterable[Entry]) -> None:
        self._settings = settings
        self._known = {entry.key: entry for entry in known}

    @property
    def favourites(self) -> list[Entry]:
        """In the order they were marked."""
        return self._entries(_FAVOURITES)

    @property
    def recent(self) -> list[Entry]:
        """The newest first."""
        return self._entries(_RECENT)

    def opened(self, entry: Entry) -> None:
        """Put a page first among the recent ones."""
        keys = [key for key in self._settings.value(_RECENT, []) if key != entry.key]
        self._settings.set(_RECENT, [entry.key, *keys][:RECENT_MOST])

    def toggle(self, entry: Entry) -> None:
        """Make a page a favourite, or no longer."""
        keys = list(self._settings.value(_FAVOURITES, []))
        if entry.key in keys:
            keys.remove(entry.key)
        else:
            keys.append(entry.key)
        self._settings.set(_FAVOURITES, keys)

    def move(self, entry: Entry, step: int) -> None:
        """Put a favourite one place up (-1) or down (1)."""
        keys = [each.key for each in self.favourites]
        at = keys.index(entry.key)
        keys.insert(max(at + step, 0), keys.pop(at))
        self._settings.set(_FAVOURITES, keys)

    @property
    def tabs(self) -> list[Entry]:
        """The pages open at the end of the last time, left to right."""
        return self._entries(_TABS)

    def keep_tabs(self, keys: Sequence[str]) -> None:
        """These pages are open now."""
        known = [key for key in keys if key in self._known]
        if known != self._settings.value(_TABS, []):
            self._settings.set(_TABS, known or None)

    @property
    def records(self) -> list[tuple[Entry, int]]:
        """The records opened last, the newest first: page and id, never a name."""
        kept = self._settings.value(_RECORDS, [])
        return [(self._known[key], id) for key, id in kept if key in self._known]

    def record_opened(self, entry: Entry, id: int) -> None:
        """Put a record first among the recent ones."""
        kept = [each for each in self._settings.value(_RECORDS, []) if each != [entry.key, id]]
        self._settings.set(_RECORDS, [[entry.key, id], *kept][:RECORDS_MOST])

    def _entries(self, name: str) -> list[Entry]:
        keys = self._settings.value(name, [])
        return [self._known[key] for key in keys if key in self._known]


class Navigation(QTreeWidget):
    """The menu at the left: favourites, then the areas with their headings and pages."""

    chosen = Signal(object)  # Entry
    remembered = Signal()  # the favourites changed

    def __init__(self, entries: Sequence[Entry], memory: Memory, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("navigation")
        self.setAccessibleName("功能菜单")
        self._entries = entries
        self._memory = memory
        self._badges: dict[str, int] = {}
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        style.flick(self)
        self.setIndentation(14)
        self.setRootIsDecorated(False)
        self.setVerticalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.itemClicked.connect(self._choose)
        self.fill()

    def fill(self) -> None:
        """Show the menu anew, as after a change of the favourites."""
        folded = {item.text(0) for item in self._heads() if not item.isExpanded()}
        self.clear()
        if self._memory.favourites:
            head = self._head("收藏", "star")
            for entry in self._memory.favourites:
                self._leaf(head, entry)
        heads: dict[str, QTreeWidgetItem] = {}
        for entry in self._entries:
            title = entry.area.title
            if title not in heads:
                heads[title] = self._head(title, entry.area.icon)
            self._leaf(self._group(heads, title, entry), entry)
        for item in self._heads():
            item.setExpanded(item.text(0) not in folded)

    def set_badge(self, key: str, count: int) -> None:
        """Show how much there is to do on a page; 0 shows nothing."""
        self._badges[key] = count
        for item in self._leaves():
            entry = item.data(0, _KEY)
            if entry.key == key:
                item.setText(1, str(count) if count else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._choose(self.currentItem())
        else:
            super().keyPressEvent(event)

    def _group(
        self, heads: dict[str, QTreeWidgetItem], title: str, entry: Entry
    ) -> QTreeWidgetItem:
        group = entry.page.group
        if not group:
            return heads[title]
        name = f"{title}/{group}"
        if name not in heads:
            heads[name] = QTreeWidgetItem(heads[title], [group])
            heads[name].setFlags(Qt.ItemFlag.ItemIsEnabled)
            heads[name].setExpanded(True)
        return heads[name]

    def _head(self, title: str, icon: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self, [title])
        item.setIcon(0, icons.icon(icon))
        font = self.font()
        font.setBold(True)
        item.setFont(0, font)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        return item

    def _leaf(self, head: QTreeWidgetItem, entry: Entry) -> None:
        count = self._badges.get(entry.key, 0)
        item = QTreeWidgetItem(head, [entry.title, str(count) if count else ""])
        item.setData(0, _KEY, entry)
        item.setToolTip(0, f"{entry.area.title} · {entry.title}")
        head.setExpanded(True)

    def _heads(self) -> list[QTreeWidgetItem]:
        root = self.invisibleRootItem()
        return [root.child(at) for at in range(root.childCount())]

    def _leaves(self) -> list[QTreeWidgetItem]:
        found, todo = [], self._heads()
        while todo:
            item = todo.pop()
            todo.extend(item.child(at) for at in range(item.childCount()))
            if item.data(0, _KEY):
                found.append(item)
        return found

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        entry = item.data(0, _KEY)
        if entry:
            self.chosen.emit(entry)
        else:
            item.setExpanded(not item.isExpanded())

    def _menu(self, at: QPoint) -> None:
        item = self.itemAt(at)
        entry = item.data(0, _KEY) if item else None
        if not entry:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        marked = entry in self._memory.favourites
        action = menu.addAction(icons.icon("star"), "取消收藏" if marked else "收藏")
        action.triggered.connect(lambda: self._toggle(entry))
        if marked:
            for label, step in (("上移", -1), ("下移", 1)):
                move = menu.addAction(label)
                move.triggered.connect(lambda _=False, step=step: self._move(entry, step))
        menu.popup(self.viewport().mapToGlobal(at))

    def _toggle(self, entry: Entry) -> None:
        self._memory.toggle(entry)
        self.fill()
        self.remembered.emit()

    def _move(self, entry: Entry, step: int) -> None:
        self._memory.move(entry, step)
        self.fill()
        self.remembered.emit()


class Jump(QDialog):
    """Ctrl+K: type initials or a part of a name, choose by arrow keys, a digit, or Enter."""

    chosen = Signal(object)  # Entry
    MOST = 9

    def __init__(self, entries: Sequence[Entry], memory: Memory, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("jump")
        self.setModal(True)
        self._entries = entries
        self._recent = [entry.key for entry in memory.recent]
        self._edit = QLineEdit(self)
        self._edit.setPlaceholderText("页面名称或拼音首字母，如 rkd")
        self._edit.setAccessibleName("跳转到页面")
        self._list = QListWidget(self)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        hint = QLabel("↑↓ 选择，回车或数字打开，Esc 返回", self)
        hint.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 10)
        for widget in (self._edit, self._list, hint):
            layout.addWidget(widget)
        self._edit.installEventFilter(self)
        self._edit.textChanged.connect(self._show)
        self._list.itemClicked.connect(self._take)
        em = self.fontMetrics().height()
        self.resize(style.within_screen(self, em * 26, em * 20))
        self._show("")

    def hits(self, typed: str) -> list[Entry]:
        """The pages meant, the likeliest first: recent ones, then in the order of the menu."""
        found = [entry for entry in self._entries if pinyin.matches(entry.title, typed)]
        return sorted(found, key=lambda entry: self._rank(entry, typed))[: self.MOST]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        row = self._list.currentRow()
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self._list.setCurrentRow((row + step) % max(1, self._list.count()))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._take(self._list.currentItem())
            case _:
                digit = event.text()
                if len(digit) != 1 or not "1" <= digit <= "9":
                    return False
                self._take(self._list.item(int(digit) - 1))
        return True

    def _rank(self, entry: Entry, typed: str) -> tuple[bool, int]:
        wanted = typed.strip().lower()
        starts = not wanted or any(each.startswith(wanted) for each in pinyin.initials(entry.title))
        recent = self._recent.index(entry.key) if entry.key in self._recent else RECENT_MOST
        return (not (starts or entry.title.startswith(typed)), recent)

    def _show(self, typed: str) -> None:
        self._list.clear()
        for number, entry in enumerate(self.hits(typed), 1):
            item = QListWidgetItem(f"{number}  {entry.title}    {entry.area.title}", self._list)
            item.setIcon(icons.icon(entry.icon))
            item.setData(_KEY, entry)
        self._list.setCurrentRow(0)

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.accept()
            self.chosen.emit(item.data(_KEY))
