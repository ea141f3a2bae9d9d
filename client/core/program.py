"""The running client: from the login window to the main window and back."""

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QLibraryInfo,
    QObject,
    Qt,
    QTimer,
    QTranslator,
    Signal,
)
from PySide6.QtGui import QGuiApplication

from client import __version__
from client.core import drafts, style
from client.core.checks import Checks
from client.core.config import Config
from client.core.diagnosis import DiagnosisDialog
from client.core.findings import Finding
from client.core.login import LoginWindow
from client.core.main_window import MainWindow, apply_look
from client.core.outbox import Outbox
from client.core.preferences import Preferences
from client.core.session import Connection, Keeper
from client.core.settings import Settings
from client.core.store import Store
from client.core.todo import TodoWatch
from client.core.ukey import KeyWorker
from client.core.vault import open_store
from protos.common import session_pb2
from ukey.key import Tokens


def speak_chinese() -> None:
    """Let Qt's own buttons and menus be Chinese too; once is enough."""
    app = QCoreApplication.instance()
    if app is None or app.property("speaks"):
        return
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load("qtbase_zh_CN", folder):
        app.installTranslator(translator)
        app.setProperty("speaks", True)


class Program(QObject):
    """Owns the connection, the key's worker and the windows; close it before leaving."""

    opened = Signal(object)  # MainWindow: somebody is in

    def __init__(
        self, config: Config, *, area: str = "", tablet: bool = False, tokens: Tokens | None = None
    ) -> None:
        super().__init__()
        speak_chinese()
        self.config, self._area, self._tablet = config, area, tablet
        self.connection = Connection(config, self)
        self.keys = KeyWorker(tokens, self)
        self.connection.api.keys = self.keys
        self.keeper = Keeper(self.connection, self.keys)
        self._closed = False
        style.look().tablet = tablet
        QGuiApplication.styleHints().colorSchemeChanged.connect(style.look().system_changed)
        self.login: LoginWindow | None = None
        self.window: MainWindow | None = None
        self.store: Store | None = None
        self.preferences: Preferences | None = None

    def start(self, staff_no: str = "", pin: str = "") -> LoginWindow:
        """Show the login window, filled in with what is given."""
        apply_look(Settings("", self.config.home))
        self.login = LoginWindow(self.connection, self.keys, self.keeper, __version__)
        self.login.prefill(staff_no, pin)
        self.login.entered.connect(self._enter)
        self.login.diagnose.connect(self._diagnose)
        self.login.show()
        checks = Checks(self.connection, self.keys, self.keeper, self.login)
        checks.found.connect(self._warn)
        QTimer.singleShot(0, checks, checks.run_local)
        return self.login

    def _warn(self, finding: Finding) -> None:
        """The login window itself tells of server and key."""
        if self.login is not None and finding.what in ("打印机", "输入法"):
            self.login.tell_trouble(finding)

    def _diagnose(self) -> None:
        """The diagnosis before anyone is logged in; it goes with the login window."""
        assert self.login is not None
        dialog = DiagnosisDialog(self.connection, self.keys, self.keeper, self.login)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def close(self) -> None:
        """Close windows, key and connection, in this order; more than once does no harm."""
        if self._closed:
            return
        self._closed = True
        self._leave_preferences()
        for window in (self.window, self.login):
            if window is not None:
                window.hide()
                window.deleteLater()
        self.window = self.login = None
        _close_behind_pages(self.store)
        self.store = None
        self.keys.close()
        self.connection.close()

    def _enter(self, session: session_pb2.Session) -> None:
        """Fetch what the user prefers, then show the window."""
        settings = Settings(session.staff_no, self.config.home)
        self.preferences = Preferences(self.connection.api, settings, self.connection.api)
        self.preferences.read(lambda: self._open(session, settings))

    def _open(self, session: session_pb2.Session, settings: Settings) -> None:
        if self._closed or self.window is not None:
            return
        workstation = Settings("", self.config.home)
        apply_look(settings)
        settings.store = self.store = open_store(self.config.home, session.staff_no)
        drafts.sweep(self.store)
        outbox = Outbox(self.connection.api, self.store)
        self.window = MainWindow(
            self.connection,
            self.keys,
            self.keeper,
            settings,
            outbox,
            self._area,
            tablet=self._tablet,
        )
        self.window.logged_out.connect(self._log_out)
        TodoWatch(self.connection.api, self.window)
        workstation.set("percent", style.look().percent)
        workstation.set("theme", style.look().theme)
        self.window.show()
        if self.login is not None:
            self.login.close()
            self.login.deleteLater()
            self.login = None
        outbox.drain()
        if session.must_change_password:
            self.window.change_password("初次登录或密码已到期，请先修改密码", insist=True)
        self.opened.emit(self.window)

    def _log_out(self) -> None:
        """Back to the login window, as if freshly started."""
        self._leave_preferences()
        self.keeper.log_out()
        if self.window is not None:
            self.window.deleteLater()
            self.window = None
        store, self.store = self.store, None
        QTimer.singleShot(0, lambda: _close_behind_pages(store))
        self.start()

    def _leave_preferences(self) -> None:
        preferences, self.preferences = self.preferences, None
        if preferences is not None:
            preferences.leave()


def _close_behind_pages(store: Store | None) -> None:
    """Close a local store once no page is left that could ask it."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if store is not None:
        store.close()
