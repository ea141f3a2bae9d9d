"""The login window and the lock screen: server, key, PIN; or staff number and password."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from client.core import icons, style
from client.core.dialog import GrowingDialog
from client.core.fields import CodeLine
from client.core.findings import Finding
from client.core.pin import PIN_MOST, PinEdit, wrong_pin_text
from client.core.session import Connection, Keeper, is_offline
from client.core.status_line import StatusLine
from client.core.ukey import CardError, KeyState, KeyWorker
from protos.common import session_pb2

PRODUCT = "院前急救信息系统"
ASK_AGAIN = 3000  # ms between two looks for a server that did not answer


class Entry(QWidget):
    """PIN, or staff number and password, with the button; used to log in and to unlock."""

    submitted = Signal()

    def __init__(self, verb: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._stack = QStackedWidget(self)
        self.pin = self._secret("pin", "PIN", "6 位以上 PIN")
        self.staff_no = CodeLine()
        self.staff_no.setObjectName("staff_no")
        self.staff_no.setMaxLength(20)
        self.password = self._secret("password", "密码", "")
        self.password.setMaxLength(128)
        self._stack.addWidget(self._page(("PIN", self.pin)))
        self._stack.addWidget(self._page(("工号", self.staff_no), ("密码", self.password)))
        self.message = QLabel(self)
        self.message.setProperty("role", "fault")
        self.message.setWordWrap(True)
        self.button = QPushButton(verb, self)
        self.button.setObjectName("log_in")
        self.button.setProperty("role", "primary")
        self.button.setMinimumHeight(self.fontMetrics().height() + 18)
        self._verb = verb
        self._arrange()

    @property
    def by_password(self) -> bool:
        """Whether the password is asked for instead of the key."""
        return self._stack.currentIndex() == 1

    def use_password(self, on: bool) -> None:
        """Ask for the password, or for the key's PIN."""
        self._stack.setCurrentIndex(int(on))
        self._stack.setFixedHeight(self._stack.currentWidget().sizeHint().height())
        self.message.clear()
        self.focus()

    def focus(self) -> None:
        """Put the cursor into the first empty field."""
        fields = (self.staff_no, self.password) if self.by_password else (self.pin,)
        next((field for field in fields if not field.text()), fields[-1]).setFocus()

    def busy(self, text: str = "") -> None:
        """Show that an answer is awaited; without a text, that none is."""
        self._stack.setEnabled(not text)
        self.button.setEnabled(not text)
        self.button.setText(text or self._verb)
        if text:
            self.message.clear()

    def refuse(self, text: str) -> None:
        """Show why it did not work; the secret has to be typed again."""
        self.busy()
        self.pin.clear()
        self.password.clear()
        self.message.setText(text)
        self.focus()

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for widget in (self._stack, self.message, self.button):
            layout.addWidget(widget)
        self.button.clicked.connect(self._submit)
        self.pin.returnPressed.connect(self._submit)
        self.staff_no.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self._submit)
        self.use_password(False)

    def _submit(self) -> None:
        missing = "请输入 PIN" if not self.by_password and not self.pin.text() else ""
        if self.by_password and not (self.staff_no.text().strip() and self.password.text()):
            missing = "请输入工号和密码"
        self.message.setText(missing)
        if missing:
            self.focus()
        elif self.button.isEnabled():
            self.submitted.emit()

    def _secret(self, name: str, label: str, hint: str) -> PinEdit:
        edit = PinEdit(self)
        edit.setObjectName(name)
        edit.setAccessibleName(label)
        edit.setPlaceholderText(hint)
        edit.setMaxLength(PIN_MOST)
        return edit

    def _page(self, *rows: tuple[str, QLineEdit]) -> QWidget:
        page = QWidget(self)
        form = QFormLayout(page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(10)
        for label, edit in rows:
            edit.setMinimumHeight(self.fontMetrics().height() + 14)
            form.addRow(label, edit)
        return page


class Gate(QWidget):
    """An Entry with the state of server and key above it, driving one Keeper."""

    entered = Signal(object)  # Session, or None after an unlock without server

    def __init__(
        self, verb: str, connection: Connection, keys: KeyWorker, keeper: Keeper, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._connection, self._keys, self._keeper = connection, keys, keeper
        self.info: session_pb2.ServerInfo | None = None
        self.server, self.key = StatusLine(self), StatusLine(self)
        self.entry = Entry(verb, self)
        self.switch = QPushButton(self)
        self.switch.setProperty("role", "link")
        self.switch.hide()
        self._arrange()
        self._again = QTimer(self, singleShot=True, interval=ASK_AGAIN)
        self._again.timeout.connect(self.ask)
        self._asking = False
        connection.changed.connect(self.ask)
        keys.state_changed.connect(self._show_key)
        self._show_key(keys.state)
        self.ask()

    def ask(self) -> None:
        """Look whether the server answers; look again later if it does not."""
        if self._asking:
            return
        self._asking = True
        if self.info is None:
            self.server.say("circle-dashed", f"正在连接服务器 {self._address}…", "muted")
        self._keeper.hello(self, self._answered, self._silent)

    @property
    def _address(self) -> str:
        return self._connection.config.server

    def _answered(self, info: session_pb2.ServerInfo) -> None:
        self._asking = False
        self.info = info
        name = info.unit_name or info.name
        self.server.say("check-circle", f"{name}（{self._address}）", "good")
        self.switch.setVisible(info.password_login and not self._keeper.certificate)

    def _silent(self, error: Exception) -> None:
        self._asking = False
        self.info = None
        self.server.say("warning-circle", str(error), "bad")
        self._again.start()

    def _show_key(self, state: KeyState) -> None:
        if state.usable:
            self.key.say("key", f"{state.holder}（{state.staff_no}）的 UKEY", "good")
        elif state.present and not state.trouble:
            self.key.say("key", state.text, "muted")
        else:
            text = state.text if state.trouble or not state.service else "请插入 UKEY"
            self.key.say("key", text, "warn")
        if state.usable and not self.entry.by_password:
            self.entry.message.clear()
            self.entry.focus()

    def _toggle(self) -> None:
        self.entry.use_password(not self.entry.by_password)
        self._name_switch()

    def _name_switch(self) -> None:
        by_password = self.entry.by_password
        self.switch.setText("改用 UKEY 登录" if by_password else "没有 UKEY？用密码登录")
        self.key.setVisible(not by_password)

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for widget in (self.server, self.key, self.entry):
            layout.addWidget(widget)
        layout.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignLeft)
        self.switch.clicked.connect(self._toggle)
        self.entry.submitted.connect(self._submit)
        self._name_switch()

    def _submit(self) -> None:
        self.entry.busy("请稍候…")
        if self.entry.by_password:
            password = self.entry.password.take()
            staff_no = self.entry.staff_no.text().strip()
            self._keeper.log_in_by_password(staff_no, password, self._in, self._refused)
            return
        pin = self.entry.pin.take()
        self._keeper.log_in(pin, self._in, self._or_offline(pin))

    def _or_offline(self, pin: str) -> Callable[[Exception], None]:
        """Without a server the key that logged in may still unlock its own window."""

        def failed(error: Exception) -> None:
            if is_offline(error) and self._keeper.certificate:
                self._keeper.unlock_offline(pin, lambda: self._in(None), self._refused)
            else:
                self._refused(error)

        return failed

    def _in(self, session: session_pb2.Session | None) -> None:
        if not isValid(self):  # the window went while the answer was on its way
            return
        self.entry.busy()
        self.entry.message.clear()
        self.entered.emit(session)

    def _refused(self, error: Exception) -> None:
        if not isValid(self):
            return
        text = wrong_pin_text(error) if isinstance(error, CardError) else str(error)
        self.entry.refuse(text)


class LoginWindow(QWidget):
    """The first window: who we are on the left, who you are on the right."""

    entered = Signal(object)  # Session
    diagnose = Signal()

    def __init__(
        self, connection: Connection, keys: KeyWorker, keeper: Keeper, version: str = ""
    ) -> None:
        super().__init__()
        self.troubles: dict[str, StatusLine] = {}  # by part: what else is not right here
        self.setObjectName("login")
        self.setWindowTitle(f"{PRODUCT} 登录")
        self.setWindowIcon(icons.icon("first-aid-kit", "accent"))
        self.gate = Gate("登录", connection, keys, keeper, self)
        self.gate.entered.connect(self.entered)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._brand(version, keys.notice), 5)
        row.addWidget(self._form(), 6)
        em = self.fontMetrics().height()
        self.resize(style.within_screen(self, em * 44, em * 26))
        QTimer.singleShot(0, self, self.gate.entry.focus)

    def prefill(self, staff_no: str, pin: str) -> None:
        """Fill in what the command line gave, for trials."""
        self.gate.entry.staff_no.setText(staff_no)
        self.gate.entry.pin.setText(pin)

    def tell_trouble(self, finding: Finding) -> None:
        """Show a part of this workstation that is not right; take the line away once it is."""
        line = self.troubles.get(finding.what)
        if finding.tone not in ("warn", "bad"):
            if line is not None:
                line.hide()
            return
        if line is None:
            line = self.troubles[finding.what] = StatusLine(self)
            self._troubles.addWidget(line)
        line.say("warning-circle", f"{finding.what}：{finding.text}", finding.tone)
        line.show()

    def _brand(self, version: str, notice: str) -> QFrame:
        side = QFrame(self)
        side.setObjectName("brand")
        layout = QVBoxLayout(side)
        layout.setContentsMargins(36, 36, 36, 28)
        sign = QLabel(side)
        em = self.fontMetrics().height()
        sign.setPixmap(icons.icon("first-aid-kit", "brand_text").pixmap(em * 4, em * 4))
        name = QLabel(PRODUCT, side)
        name.setProperty("role", "title")
        motto = QLabel("调度 · 病历 · 物资 · 车辆 · 收费", side)
        foot = QLabel("\n".join(part for part in (notice, f"版本 {version}") if part), side)
        foot.setWordWrap(True)
        layout.addStretch(2)
        layout.addWidget(sign)
        layout.addSpacing(12)
        layout.addWidget(name)
        layout.addWidget(motto)
        layout.addStretch(3)
        layout.addWidget(foot)
        return side

    def _form(self) -> QWidget:
        holder = QWidget(self)
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(44, 32, 44, 32)
        heading = QLabel("登录", holder)
        heading.setProperty("role", "title")
        layout.addStretch(1)
        layout.addWidget(heading)
        layout.addSpacing(12)
        layout.addWidget(self.gate)
        layout.addStretch(2)
        self._troubles = QVBoxLayout()
        layout.addLayout(self._troubles)
        look = QPushButton(icons.icon("heartbeat"), "诊断", holder)
        look.setObjectName("diagnose")
        look.setToolTip("检查服务器、UKEY、打印机和输入法，保存诊断包")
        look.setProperty("role", "link")
        look.clicked.connect(lambda _: self.diagnose.emit())
        layout.addWidget(look, 0, Qt.AlignmentFlag.AlignRight)
        return holder


class LockDialog(GrowingDialog):
    """Stands before the locked window; leaves only by the same person's unlock or a logout."""

    log_out = Signal()

    def __init__(
        self, connection: Connection, keys: KeyWorker, keeper: Keeper, why: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("lock")
        self.setWindowTitle("已锁定")
        self.setWindowModality(Qt.WindowModality.ApplicationModal)
        self.setWindowFlag(Qt.WindowType.WindowCloseButtonHint, on=False)
        self._may_leave = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 32, 24)
        layout.setSpacing(12)
        heading = QLabel(why, self)
        heading.setProperty("role", "heading")
        heading.setWordWrap(True)
        hint = QLabel("打开的页面和已填写的内容都还在，解锁后继续。", self)
        hint.setProperty("role", "muted")
        self.gate = Gate("解锁", connection, keys, keeper, self)
        self.gate.entered.connect(self._leave)
        self.gate.entry.use_password(not keeper.certificate)
        self.gate.entry.staff_no.setText(keeper.staff_no)
        self.gate.entry.staff_no.setEnabled(False)
        out = QPushButton("退出登录", self)
        out.setProperty("role", "link")
        out.setAutoDefault(False)
        out.clicked.connect(self.log_out)
        for widget in (heading, hint, self.gate):
            layout.addWidget(widget)
        layout.addWidget(out, 0, Qt.AlignmentFlag.AlignLeft)
        self.setMinimumWidth(self.fontMetrics().height() * 22)
        self.gate.entry.button.setAutoDefault(False)
        QTimer.singleShot(0, self, self.gate.entry.focus)

    def reject(self) -> None:
        """Escape does not open a lock."""

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_leave:
            event.ignore()

    def _leave(self) -> None:
        self._may_leave = True
        self.accept()
