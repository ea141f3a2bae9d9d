"""The status bar: who, where, the server, the key, and what waits to be sent."""

from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QStatusBar, QWidget

from client.core.api import ApiError
from client.core.jobs import JobsDialog, jobs_of
from client.core.outbox import Outbox
from client.core.session import Connection, Keeper
from client.core.ukey import KeyState, KeyWorker
from protos.common import session_pb2

_MESSAGE = 8000  # ms a message stays


class StatusBar(QStatusBar):
    """Follows the connection, the key and the outbox by itself; messages stand at the left."""

    def __init__(
        self,
        connection: Connection,
        keys: KeyWorker,
        keeper: Keeper,
        outbox: Outbox,
        session: session_pb2.Session,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._connection, self._keeper, self._outbox = connection, keeper, outbox
        self.setSizeGripEnabled(False)
        self.labels = {name: QLabel(self) for name in ("notice", "outbox", "key", "server", "user")}
        for label in self.labels.values():
            label.setContentsMargins(8, 2, 8, 2)
            self.addPermanentWidget(label)
        self._jobs = jobs_of(connection.api)
        self.printing = QPushButton(self)
        self.printing.setProperty("role", "link")
        self.printing.setToolTip("打印任务：等待的可以换一台打印机或取消")
        self.printing.clicked.connect(lambda _=False: self.show_jobs())
        self.insertPermanentWidget(0, self.printing)
        self._say("notice", keys.notice and "演示：软件 UKEY", "warn")
        self.labels["notice"].setToolTip(keys.notice)
        self._say("user", f"{session.name}　{session.department}", "")
        self._follow(keys)

    def tell(self, error: ApiError) -> None:
        """Show for a while what went wrong."""
        self.showMessage(error.text, _MESSAGE)

    def tell_unused(self, code: str) -> None:
        """Say that a scanned code was not used."""
        QApplication.beep()
        text = f"扫到 {code}：本页用不到扫码，请打开要查的页面再扫"
        self.showMessage(text, _MESSAGE)

    def show_jobs(self) -> None:
        """The print jobs that wait, and the ways out."""
        dialog = JobsDialog(self._jobs, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_jobs(self) -> None:
        waiting = len(self._jobs.waiting())
        self.printing.setText(f"打印任务 {waiting}")
        self.printing.setVisible(waiting > 0)

    def _follow(self, keys: KeyWorker) -> None:
        keys.state_changed.connect(self._show_key)
        self._connection.api.online.connect(self._show_server)
        self._connection.changed.connect(self._show_server)
        self._outbox.changed.connect(self._show_outbox)
        self._outbox.rejected.connect(self._show_rejected)
        self._jobs.changed.connect(self._show_jobs)
        self._show_jobs()
        self._show_key(keys.state)
        self._show_server()
        self._show_outbox()

    def _say(self, name: str, text: str, tone: str) -> None:
        label = self.labels[name]
        label.setText(text)
        label.setVisible(bool(text))
        label.setProperty("tone", tone)
        label.style().polish(label)

    def _show_key(self, state: KeyState) -> None:
        own = self._keeper.certificate
        if own and state.certificate == own:
            self._say("key", "UKEY 已插入", "")
        else:
            self._say("key", state.text if own or state.present else "", "warn")

    def _show_server(self) -> None:
        address = self._connection.config.server
        ready = self._connection.api.is_online
        text = f"已连接 {address}" if ready else f"未连接 {address}"
        self._say("server", text, "good" if ready else "bad")
        self.labels["server"].setToolTip("" if ready else self._connection.trouble())

    def _show_outbox(self) -> None:
        waiting, refused = len(self._outbox.pending()), len(self._outbox.refused())
        parts = [f"待发送 {waiting}" if waiting else "", f"被退回 {refused}" if refused else ""]
        text = "　".join(part for part in parts if part)
        self._say("outbox", text, "bad" if refused else "info")

    def _show_rejected(self, _id: str, error: ApiError) -> None:
        self.showMessage(f"离线填写的内容被退回：{error.text}", _MESSAGE)
