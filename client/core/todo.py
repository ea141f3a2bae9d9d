"""Keeps the badges of the menu true: how many records wait for the user's decision."""

from PySide6.QtCore import QObject, QTimer

from client.core.api import Api
from client.core.main_window import MainWindow
from protos.common import approval_pb2
from protos.common.list_pb2 import Empty

_TODO = approval_pb2.DESCRIPTOR.services_by_name["ApprovalService"].methods_by_name["Todo"]
_SOON = 300  # ms: several changes at once are asked for once
_EVERY = 60_000  # ms: others submit without our hearing of it


class TodoWatch(QObject):
    """Asks what waits, now, after every change and each minute; lives as long as the window."""

    def __init__(self, api: Api, window: MainWindow) -> None:
        super().__init__(window)
        self._api = api
        self._window = window
        self._soon = QTimer(self, singleShot=True, interval=_SOON)
        self._soon.timeout.connect(self.ask)
        self._every = QTimer(self, interval=_EVERY)
        self._every.timeout.connect(self.ask)
        self._every.start()
        api.changed.connect(lambda _: self._soon.start())
        self.ask()

    def ask(self) -> None:
        """Ask the server what waits."""
        if not self._window.is_locked:
            self._api.call(_TODO, Empty(), self, self._show, lambda _: None)

    def _show(self, answer: approval_pb2.TodoAnswer) -> None:
        counts = {todo.service: todo.count for todo in answer.todos}
        for entry in self._window.entries:
            service = entry.page.service.full_name
            if service in counts:
                self._window.set_todo(entry, counts[service])
