"""The main window: menu, tabs, status bar, lock; it knows pages only as widgets with a title."""

from collections.abc import Callable
from typing import Protocol, cast, runtime_checkable

from google.protobuf.message import Message
from PySide6.QtCore import QByteArray, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QActionGroup, QCloseEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QPushButton,
    QSplitter,
    QTabBar,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from client.core import about, icons, keys, letters, navigation, operations, pinyin, style
from client.core.api import ApiError
from client.core.background import background
from client.core.curtain import Curtain
from client.core.diagnosis import DiagnosisPage
from client.core.idle import IdleWatch
from client.core.login import PRODUCT, LockDialog
from client.core.navigation import Entry, Memory, Navigation
from client.core.outbox import Outbox
from client.core.password import PasswordDialog
from client.core.scanning import ScanTarget
from client.core.session import Connection, Keeper
from client.core.settings import Settings
from client.core.start import StartPage
from client.core.status import StatusBar
from client.core.ukey import KeyWorker
from protos.common import session_pb2

TABS_MOST = 12  # open pages that are still easy to find again
SIDE_MARGIN = 6  # pixels beside the menu
LOOK_AGAIN = 3000  # ms between two looks for a lost server


@runtime_checkable
class Tab(Protocol):
    """What the window asks of a page's widget beyond being a widget."""

    def close_ok(self) -> bool:
        """Whether it may be closed; asks the user when something would be lost."""

    def note_changed(self, services: frozenset[str]) -> None:
        """Records of these services changed."""


@runtime_checkable
class RecordPage(Protocol):
    """A page whose records open in a form."""

    opened: SignalInstance  # the form

    def open_id(self, id: int) -> None:
        """Open the record of that id."""

    def show_waiting(self) -> None:
        """List what waits for the user's decision."""


@runtime_checkable
class ScanPage(Protocol):
    """A page that finds records by scanned codes."""

    def scan(self, code: str) -> None:
        """List what the code stands for, or say that it stands for nothing here."""

    def claims_scan(self, field: QWidget) -> bool:
        """Whether a scan with the cursor in this text field is for `scan` all the same."""


class MainWindow(QMainWindow):
    """Everything a logged-in user works in; the same window for all areas or for one."""

    logged_out = Signal()

    def __init__(
        self,
        connection: Connection,
        key_worker: KeyWorker,
        keeper: Keeper,
        settings: Settings,
        outbox: Outbox,
        area: str = "",
        *,
        tablet: bool = False,
    ) -> None:
        super().__init__()
        session = connection.api.session
        assert session is not None
        self.connection, self.api, self.keeper = connection, connection.api, keeper
        self.settings, self.outbox, self.tablet = settings, outbox, tablet
        self._keys = key_worker
        self._server_version = ""
        self._views: dict[str, QWidget] = {}
        self._lock_dialog: LockDialog | None = None
        self._leaving = False
        self._reopening: list[Entry] = []
        self._curtain = Curtain(self)
        self.entries = navigation.entries(self.api, area)
        self.memory = Memory(settings, self.entries)
        keys.habit().choose(settings.value("keys", "own"))
        self.setObjectName("main")
        self.setWindowIcon(icons.icon("first-aid-kit", "accent"))
        self.setWindowTitle(PRODUCT)
        self._build(session, key_worker)
        self._bind()
        self._idle = IdleWatch(session.idle_seconds, self)
        self._follow()
        self._restore()
        self._open_first(area)
        self._reopening = [] if tablet else self.memory.tabs
        QTimer.singleShot(0, self, self._reopen)
        background().run(pinyin.warm, self, lambda _: None, lambda _: None)  # what fails is missed

    # --- pages -------------------------------------------------------------------------------

    def open_page(self, entry: Entry) -> QWidget:
        """Show a page in its tab, made if it is not open; answers its widget."""
        view = self._tab_of(entry)
        self.tabs.setCurrentWidget(view)
        view.setFocus()
        self.memory.opened(entry)
        self.start.refresh()
        if self.tabs.count() - 1 > TABS_MOST:
            count = self.tabs.count() - 1
            self.status.showMessage(f"已打开 {count} 个页面，用完的请关闭（Ctrl+W）", LOOK_AGAIN)
        return view

    def _tab_of(self, entry: Entry) -> QWidget:
        """The page's tab, made if it is not open."""
        view = self._views.get(entry.key)
        if view is None:
            view = self._make(entry)
            self._views[entry.key] = view
            at = self.tabs.addTab(view, icons.icon(entry.icon), entry.title)
            self.tabs.setTabToolTip(at, f"{entry.area.title} · {entry.title}")
            self._style_close(at)
            self._keep_tabs()
        return view

    def open_title(self, title: str) -> QWidget:
        """Show the page of that title; KeyError if the user may not see one."""
        for entry in self.entries:
            if entry.title == title:
                return self.open_page(entry)
        raise KeyError(title)

    def open_tab(self, key: str, title: str, icon: str, make: Callable[[], QWidget]) -> QWidget:
        """Show any widget in a tab of its own, made if it is not open."""
        if key not in self._views:
            self._views[key] = make()
            self._style_close(self.tabs.addTab(self._views[key], icons.icon(icon), title))
        self.tabs.setCurrentWidget(self._views[key])
        return self._views[key]

    def close_tab(self, at: int) -> bool:
        """Close a tab unless its page objects; the start page stays."""
        view = self.tabs.widget(at)
        if view is None or view is self.start:
            return False
        self.tabs.setCurrentIndex(at)
        if isinstance(view, Tab) and not view.close_ok():
            return False
        self._views = {key: each for key, each in self._views.items() if each is not view}
        self.tabs.removeTab(self.tabs.indexOf(view))
        view.deleteLater()
        self._keep_tabs()
        return True

    def set_todo(self, entry: Entry, count: int) -> None:
        """Show in menu and start page that so much waits on a page."""
        self.menu.set_badge(entry.key, count)
        self.start.set_todo(entry.key, entry.title, count, lambda: self._open_todo(entry))

    def set_todo_age(self, text: str) -> None:
        """Say since when the numbers stand, or, with no text, that they are true now."""
        self.menu.set_age(text)
        self.start.set_age(text)

    def _open_todo(self, entry: Entry) -> None:
        """Open exactly the list the number counted."""
        view = self.open_page(entry)
        if isinstance(view, RecordPage):
            view.show_waiting()

    def jump(self) -> None:
        """Ask by initials where to go."""
        dialog = navigation.Jump(self.entries, self.memory, self, self.api)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.open_page)
        dialog.record.connect(lambda found: self.open_record(found.entry, found.id))
        at = self.mapToGlobal(self.rect().center()) - dialog.rect().center()
        dialog.move(at.x(), self.mapToGlobal(self.rect().topLeft()).y() + self.height() // 6)
        dialog.open()

    def diagnose(self) -> None:
        """Show which part is ill."""
        self.open_tab("diagnosis", "诊断", "heartbeat", self._diagnosis)

    def change_password(self, why: str = "", *, insist: bool = False) -> None:
        """Ask for a new password; where the server insists, no new one means to leave."""
        dialog = PasswordDialog(self.keeper, why, self)
        if insist:
            dialog.rejected.connect(self.log_out)
        dialog.open()

    # --- lock --------------------------------------------------------------------------------

    @property
    def is_locked(self) -> bool:
        """Whether everything is hidden until the same person comes back."""
        return self._lock_dialog is not None

    def show_lock(self, why: str) -> None:
        """Hide everything and wait for the same person; pages stay as they are."""
        if self._lock_dialog is not None:
            return
        self._curtain.draw()
        lock = LockDialog(self.connection, self._keys, self.keeper, why, self)
        self._lock_dialog = lock
        self._curtain.spare(lock)
        lock.accepted.connect(self._unlocked)
        lock.log_out.connect(self.log_out)
        lock.open()
        lock.raise_()
        lock.activateWindow()

    def log_out(self) -> None:
        """End the session; asks for pages with unsaved entries unless locked."""
        if self._lock_dialog is None and not self._may_close():
            return
        self._leaving = True
        self.logged_out.emit()
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._leaving and (self.is_locked or not self._may_close()):
            event.ignore()
            return
        self._leaving = True
        self._remember()
        self.outbox.stop()
        if self._lock_dialog is not None:
            self._lock_dialog.deleteLater()
        event.accept()

    def _unlocked(self) -> None:
        lock, self._lock_dialog = self._lock_dialog, None
        self._curtain.open()
        if lock is not None:
            lock.deleteLater()
        self.activateWindow()
        self.outbox.drain()

    def _may_close(self) -> bool:
        for view in list(self._views.values()):
            if isinstance(view, Tab):
                self.tabs.setCurrentWidget(view)
                if not view.close_ok():
                    return False
        return True

    # --- building ----------------------------------------------------------------------------

    def _build(self, session: session_pb2.Session, key_worker: KeyWorker) -> None:
        self.menu = Navigation(self.entries, self.memory, self)
        self.start = StartPage(session, self.memory, self.api, self)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setMovable(True)
        self.tabs.setTabsClosable(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)  # many tabs scroll
        self.tabs.tabBar().setExpanding(False)
        self.tabs.addTab(self.start, icons.icon("house"), "首页")
        self.tabs.tabBar().setTabButton(0, QTabBar.ButtonPosition.RightSide, cast(QWidget, None))
        self.tabs.setCornerWidget(self._user_button(session), Qt.Corner.TopRightCorner)
        self._split = QSplitter(self)
        self._split.addWidget(self._side())
        self._split.addWidget(self.tabs)
        self._split.setStretchFactor(1, 1)
        self._split.setCollapsible(1, False)
        em = self.fontMetrics().height()
        self.resize(style.within_screen(self, em * 76, em * 46))
        side = self._side_width(em * 11)
        self._split.setSizes([side, em * 76 - side])
        self._percent = style.look().percent
        style.look().changed.connect(self._scale)
        self.setCentralWidget(self._split)
        self.status = StatusBar(
            self.connection, key_worker, self.keeper, self.outbox, session, self
        )
        self.setStatusBar(self.status)

    def _scale(self) -> None:
        """Keep the menu as wide in letters as it was, and its titles whole."""
        side, rest = self._split.sizes()
        wanted = self._side_width(round(side * style.look().percent / self._percent))
        self._percent = style.look().percent
        self._split.setSizes([wanted, rest + side - wanted])

    def _side_width(self, least: int) -> int:
        """The width that shows every title whole, within reason."""
        wanted = self.menu.wanted_width() + 2 * SIDE_MARGIN
        return max(least, min(wanted, self.fontMetrics().height() * 16))

    def _side(self) -> QWidget:
        side = QWidget(self)
        side.setObjectName("side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(SIDE_MARGIN, 8, SIDE_MARGIN, 6)
        find = QPushButton(icons.icon("magnifying-glass"), f"跳转…　{keys.text('go')}", side)
        find.setObjectName("jump_button")
        find.clicked.connect(lambda _: self.jump())
        layout.addWidget(find)
        layout.addWidget(self.menu, 1)
        return side

    def _user_button(self, session: session_pb2.Session) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("user_menu")
        button.setIcon(icons.icon("user-circle"))
        button.setText(session.name)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        self._look_menu(menu.addMenu(icons.icon("moon"), "配色"), style.THEMES, "theme")
        self._look_menu(menu.addMenu(icons.icon("text-aa"), "字号"), style.SIZES, "percent")
        self._key_menu(menu.addMenu(icons.icon("keyboard"), "按键习惯"))
        self._look_menu(menu.addMenu(icons.icon("rows"), "行距"), style.DENSITIES, "density")
        menu.addSeparator()
        for icon, text, slot in (
            ("keyboard", "按键一览", self._show_keys),
            ("heartbeat", "诊断", self.diagnose),
            ("lock-key", "修改密码", self.change_password),
            ("info", "关于", self._show_about),
        ):
            menu.addAction(icons.icon(icon), text).triggered.connect(lambda _, slot=slot: slot())
        menu.addSeparator()
        lock = menu.addAction(icons.icon("lock"), "锁定")
        lock.triggered.connect(lambda _: self.keeper.lock("窗口已锁定"))
        out = menu.addAction(icons.icon("sign-out"), "退出登录")
        out.triggered.connect(lambda _: self.log_out())
        button.setMenu(menu)
        return button

    def _look_menu(self, menu: QMenu, choices: dict[str, str] | dict[int, str], name: str) -> None:
        group = QActionGroup(menu)
        for value, text in choices.items():
            label = f"{text}（{value}%）" if name == "percent" else text
            action = menu.addAction(label)
            action.setCheckable(True)
            action.setChecked(getattr(style.look(), name) == value)
            action.triggered.connect(lambda _, value=value: self._set_look(name, value))
            group.addAction(action)

    def _key_menu(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for name, (label, _) in keys.PROFILES.items():
            action = menu.addAction(label)
            action.setCheckable(True)
            action.setChecked(keys.habit().name == name)
            action.triggered.connect(lambda _, name=name: self._choose_keys(name))
            group.addAction(action)

    def _choose_keys(self, name: str) -> None:
        self.settings.set("keys", name)
        keys.habit().choose(name)

    def _bind(self) -> None:
        for name, slot in (
            ("go", self.jump),
            ("sheet", self._show_keys),
            ("help", self._show_keys),
            ("close_tab", lambda: self.close_tab(self.tabs.currentIndex())),
            ("next_tab", self._next_tab),
            ("lock", lambda: self.keeper.lock("窗口已锁定")),
        ):
            keys.bind(self, name, slot, Qt.ShortcutContext.WindowShortcut)

    def _follow(self) -> None:
        self.menu.chosen.connect(self.open_page)
        self.menu.remembered.connect(self.start.refresh)
        self.start.chosen.connect(self.open_page)
        self.start.record_chosen.connect(self.open_record)
        self.tabs.tabCloseRequested.connect(self.close_tab)
        self.tabs.tabBar().tabMoved.connect(lambda *_: self._keep_tabs())
        self.api.error.connect(self.show_error)
        ScanTarget(self, self._claims_scan).scanned.connect(self._scanned)
        self.api.changed.connect(self._note_changed)
        self.keeper.locked.connect(self.show_lock)
        self._idle.idle.connect(lambda: self.keeper.lock("长时间没有操作，窗口已锁定"))
        self._idle.active.connect(self.keeper.refresh)
        self._again = QTimer(self, interval=LOOK_AGAIN)
        self._again.timeout.connect(self._look_for_server)
        self._again.start()
        self.keeper.hello(self, self._greeted, lambda _: None)

    # --- what is shown -----------------------------------------------------------------------

    def show_error(self, error: ApiError) -> None:
        """Tell of a failure nobody else handles, without a box where a line will do."""
        if error.offline or self.is_locked:
            self.status.tell(error)
        else:
            operations.show_error(self, error)

    def _make(self, entry: Entry) -> QWidget:
        make = entry.page.view
        if make is None:
            from client.core.view import PageView  # only with the first page: it imports a lot

            make = PageView
        view = cast(QWidget, make(entry.page, self.api, self.settings, self.tabs))
        if isinstance(view, RecordPage):
            view.opened.connect(lambda form: self._record_opened(entry, form.record))
        return view

    def _claims_scan(self, field: QWidget) -> bool:
        page = self.tabs.currentWidget()
        return isinstance(page, ScanPage) and page.isAncestorOf(field) and page.claims_scan(field)

    def _scanned(self, code: str) -> None:
        page = self.tabs.currentWidget()
        if isinstance(page, ScanPage):
            page.scan(code)
        else:
            self.status.tell_unused(code)

    def _record_opened(self, entry: Entry, record: Message) -> None:
        if id := getattr(record, "id", 0):
            self.memory.record_opened(entry, id)
            self.start.refresh()

    def open_record(self, entry: Entry, id: int) -> None:
        """Show a record in the form of its page."""
        view = self.open_page(entry)
        if isinstance(view, RecordPage):
            view.open_id(id)

    def _diagnosis(self) -> QWidget:
        return DiagnosisPage(self.connection, self._keys, self.keeper, self.tabs)

    def _note_changed(self, services: frozenset[str]) -> None:
        for view in self._views.values():
            if isinstance(view, Tab):
                view.note_changed(services)

    def _greeted(self, info: session_pb2.ServerInfo) -> None:
        self._server_version = info.version
        if info.unit_name:
            self.setWindowTitle(f"{info.unit_name} · {PRODUCT}")

    def _look_for_server(self) -> None:
        """A call makes the channel try again; without one it would rest."""
        if not self.api.is_online:
            self.keeper.hello(self, self._greeted, lambda _: None)

    def _show_keys(self) -> None:
        about.key_sheet(self, letters.shown_in(self.tabs.currentWidget())).open()

    def _show_about(self) -> None:
        about.about(self._server_version, self).open()

    def _set_look(self, name: str, value: str | int) -> None:
        self.settings.set(_size_key() if name == "percent" else name, value)
        apply_look(self.settings)

    def _style_close(self, at: int) -> None:
        button = QToolButton(self.tabs)
        button.setIcon(icons.icon("x"))
        button.setToolTip(f"关闭（{keys.text('close_tab')}）")
        button.setAccessibleName("关闭标签页")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view = self.tabs.widget(at)
        button.clicked.connect(lambda _: self.close_tab(self.tabs.indexOf(view)))
        self.tabs.tabBar().setTabButton(at, QTabBar.ButtonPosition.RightSide, button)

    def _next_tab(self) -> None:
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + 1) % self.tabs.count())

    def _open_first(self, area: str) -> None:
        """On a tablet, and in an area of one page, there is nothing to choose."""
        if self.tablet:
            self._split.widget(0).hide()
        if area and self.entries and (self.tablet or len(self.entries) == 1):
            self.open_page(self.entries[0])

    def _reopen(self) -> None:
        """Open the pages of the last time one after the other, so that the window stays alive."""
        if self._reopening and not self._leaving:
            self._tab_of(self._reopening.pop(0))
            QTimer.singleShot(0, self, self._reopen)

    def _keep_tabs(self) -> None:
        keys = {view: key for key, view in self._views.items()}
        shown = [keys.get(self.tabs.widget(at), "") for at in range(self.tabs.count())]
        later = [entry.key for entry in self._reopening]
        self.memory.keep_tabs([key for key in shown if key] + later)

    def _restore(self) -> None:
        kept = self.settings.value("geometry")
        if kept:
            self.restoreGeometry(QByteArray.fromBase64(kept.encode()))
        sizes = self.settings.value("split")
        if sizes:
            self._split.setSizes(sizes)

    def _remember(self) -> None:
        self.settings.set("geometry", bytes(self.saveGeometry().toBase64().data()).decode())
        self.settings.set("split", self._split.sizes())


def apply_look(settings: Settings) -> None:
    """Show the theme and the size this user chose."""
    style.look().density = settings.value("density", "normal")
    style.look().apply(
        settings.value("theme", "light"),
        settings.value(_size_key(), 130 if style.look().touch else 100),
    )


def _size_key() -> str:
    """A tablet is read from farther away than a desk's screen: a size for each."""
    return "percent_touch" if style.look().touch else "percent"
