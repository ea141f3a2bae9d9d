"""Looks at the parts the program leans on and tells each finding as it comes."""

import time

from PySide6.QtCore import QObject, Signal

from client.core.background import background
from client.core.findings import (
    Finding,
    of_key,
    of_printers,
    of_screen,
    of_server,
    of_system,
    of_versions,
)
from client.core.input_method import of_input_method
from client.core.printers import Printers
from client.core.queues import PrintError, Queue, queues
from client.core.session import Connection, Keeper
from client.core.settings import Settings
from client.core.ukey import KeyWorker
from protos.common import session_pb2


class Checks(QObject):
    """The checks of one workstation; needs nobody to be logged in."""

    found = Signal(object)  # Finding; a part under way is told in the tone "muted"

    def __init__(
        self, connection: Connection, keys: KeyWorker, keeper: Keeper, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._connection, self._keys, self._keeper = connection, keys, keeper
        keys.state_changed.connect(self._key_changed)

    def run(self) -> None:
        """Look at everything."""
        self._began = time.perf_counter()
        self._tell(Finding("服务器", "正在询问…", "muted"))
        self._keeper.hello(self, self._answered, self._silent)
        self.run_local()
        for finding in (of_key(self._keys), of_screen(), of_versions()):
            self._tell(finding)
        self._tell(Finding("系统部件", "正在查看…", "muted"))
        background().run(of_system, self, self._tell, self._unknown)

    def run_local(self) -> None:
        """Look at printers and input method only."""
        self._tell(Finding("打印机", "正在询问…", "muted"))
        background().run(queues, self, self._printers, self._no_printing)
        self._tell(Finding("输入法", "正在查看…", "muted"))
        background().run(of_input_method, self, self._tell, self._no_input)

    def _key_changed(self) -> None:
        self._tell(of_key(self._keys))

    def _tell(self, finding: Finding) -> None:
        self.found.emit(finding)

    def _printers(self, found: list[Queue]) -> None:
        station = Settings("", self._connection.config.home)
        self._tell(of_printers(found, Printers(station).chosen()))

    def _no_printing(self, error: Exception) -> None:
        self._tell(Finding("打印机", str(error), "bad"))
        if not isinstance(error, PrintError):
            raise error

    def _answered(self, info: session_pb2.ServerInfo) -> None:
        self._tell(of_server(info, (time.perf_counter() - self._began) * 1000))

    def _silent(self, error: Exception) -> None:
        self._tell(Finding("服务器", f"{self._connection.config.server}：{error}", "bad"))

    def _no_input(self, error: Exception) -> None:
        self._tell(Finding("输入法", f"查不到：{error}", "warn"))

    def _unknown(self, error: Exception) -> None:
        self._tell(Finding("系统部件", f"查不到：{error}", "warn"))
