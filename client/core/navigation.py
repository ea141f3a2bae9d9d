"""What a user may open: pages by area, favourites, recent ones, and the jump by initials."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
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
from protos.common import lookup_pb2

NUMBERED = lookup_pb2.DESCRIPTOR.services_by_name["LookupService"].methods_by_name["Numbered"]
ASK_AFTER, LEAST_NUMBER = 150, 4  # ms after the last key; letters of a number at least
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
        self._badges: dict[str, int | None] = {}
        self._age = ""  # since when the badges stand, where they are not true now
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.header().setStretchLastSection(False)
        self.header().setMinimumSectionSize(1)  # an empty badge takes no room from the titles
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

    def set_badge(self, key: str, count: int | None) -> None:
        """Show how much there is to do on a page; 0 shows nothing, None that nobody knows."""
        self._badges[key] = count
        for item in self._leaves():
            entry = item.data(0, _KEY)
            if entry.key == key:
                item.setText(1, _badge(count))

    def set_age(self, text: str) -> None:
        """Show since when the badges stand; no text: they are true now."""
        if text != self._age:
            self._age = text
            for item in self._leaves():
                self._show_age(item)

    def wanted_width(self) -> int:
        """The width that shows every title and a badge in full."""
        self.ensurePolished()  # before the first show the style is not applied yet
        metrics = self.fontMetrics()
        badge = max(metrics.horizontalAdvance("0000"), self.sizeHintForColumn(1))
        bar = self.verticalScrollBar().sizeHint().width()
        return self.sizeHintForColumn(0) + badge + bar + 2 * self.frameWidth()

    def _show_age(self, item: QTreeWidgetItem) -> None:
        item.setToolTip(1, self._age)
        item.setData(
            1, Qt.ItemDataRole.ForegroundRole, style.colour("muted") if self._age else None
        )

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
        item = QTreeWidgetItem(head, [entry.title, _badge(count)])
        item.setData(0, _KEY, entry)
        item.setToolTip(0, f"{entry.area.title} · {entry.title}")
        self._show_age(item)
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


class Found(NamedTuple):
    """A record found by its number, and the page that shows it."""

    entry: Entry
    id: int
    text: str


def _badge(count: int | None) -> str:
    if count is None:
        return "—"
    return str(count) if count else ""


class Jump(QDialog):
    """Ctrl+K: type initials or part of a page's name, or a number; choose by arrows or Enter."""

    chosen = Signal(object)  # Entry
    record = Signal(object)  # Found
    MOST = 9

    def __init__(
        self, entries: Sequence[Entry], memory: Memory, parent: QWidget, api: Api | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("jump")
        self.setModal(True)
        self._entries = entries
        self._api = api
        self._timer = QTimer(self, singleShot=True, interval=ASK_AFTER)
        self._timer.timeout.connect(self._ask)
        self._recent = [entry.key for entry in memory.recent]
        self._edit = QLineEdit(self)
        self._edit.setPlaceholderText("页面名称、拼音首字母（如 rkd）或单号")
        self._edit.setAccessibleName("跳转到页面")
        self._list = QListWidget(self)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        hint = QLabel("↑↓ 选择，回车打开，Alt+数字直接打开，Esc 返回", self)
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
                number = event.key() - Qt.Key.Key_0  # digits by themselves begin a number
                alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
                if not alt or not 1 <= number <= self.MOST:
                    return False
                self._take(self._list.item(number - 1))
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
        if len(typed.strip()) >= LEAST_NUMBER and any(letter.isdigit() for letter in typed):
            self._timer.start()
        else:
            self._timer.stop()

    def _ask(self) -> None:
        text = self._edit.text().strip()
        if self._api is not None:
            request = lookup_pb2.NumberedRequest(text=text)
            self._api.call(NUMBERED, request, self, lambda answer: self._told(text, answer))

    def _told(self, text: str, answer: lookup_pb2.NumberedAnswer) -> None:
        if text != self._edit.text().strip():
            return  # the text has moved on
        for each in answer.found:
            for found in self._shown(each):
                place = f"{found.text}    {found.entry.area.title} · {found.entry.title}"
                item = QListWidgetItem(place, self._list)
                item.setIcon(icons.icon(found.entry.icon))
                item.setData(_KEY, found)
        if self._list.currentRow() < 0:
            self._list.setCurrentRow(0)

    def _shown(self, each: lookup_pb2.Numbered) -> Iterable[Found]:
        """A record on every page that opens its kind."""
        for entry in self._entries:
            page = entry.page
            if page.service.full_name == each.service and page.form and page.offers("Get"):
                yield Found(entry, each.hit.id, each.hit.text)

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.accept()
            meant = item.data(_KEY)
            (self.record if isinstance(meant, Found) else self.chosen).emit(meant)
