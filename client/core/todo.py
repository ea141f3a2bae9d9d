"""Keeps what is on the screen true: the to-do numbers of the menu, and lists others changed."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from PySide6.QtCore import QObject, QTimer

from client.core import entry
from client.core.api import Api, ApiError
from client.core.main_window import MainWindow
from protos.common import approval_pb2
from protos.common import presence_pb2 as presence
from protos.common.list_pb2 import Empty

_TODO = approval_pb2.DESCRIPTOR.services_by_name["ApprovalService"].methods_by_name["Todo"]
_CHANGED = presence.DESCRIPTOR.services_by_name["PresenceService"].methods_by_name["Changed"]
_SOON = 300  # ms: several changes at once are asked for once
_EVERY = 60_000  # ms: numbers change with the rights and the day, too
LOOK_EVERY = 15_000  # ms between two looks at what others changed


class TodoWatch(QObject):
    """Asks what waits, now, after every change and each minute; lives as long as the window."""

    def __init__(self, api: Api, window: MainWindow) -> None:
        super().__init__(window)
        self._api = api
        self._window = window
        self._at: Timestamp | None = None
        self._newest: dict[str, int] = {}
        self._true_at = ""  # when the numbers came, on the clock
        self._soon = QTimer(self, singleShot=True, interval=_SOON)
        self._soon.timeout.connect(self.ask)
        self._every = QTimer(self, interval=_EVERY)
        self._every.timeout.connect(self.ask)
        self._every.start()
        self._look = QTimer(self, interval=LOOK_EVERY)
        self._look.timeout.connect(self.look)
        self._look.start()
        api.changed.connect(self._ask_soon)
        self.ask()
        self.look()

    def ask(self) -> None:
        """Ask the server what waits."""
        if not self._window.is_locked:
            self._api.call(_TODO, Empty(), self, self._show, self._not_told)

    def _ask_soon(self) -> None:
        # A slot of this object: the signal forgets it with the window, as it would not a lambda.
        self._soon.start()

    def look(self) -> None:
        """Ask what others changed; open lists of it are fetched again and keep their place."""
        if self._window.is_locked:
            return
        request = presence.ChangedRequest()
        if self._at is not None:
            request.since.CopyFrom(self._at)
        self._api.call(_CHANGED, request, self, self._seen, lambda _: None)

    def _seen(self, answer: presence.ChangedAnswer) -> None:
        found = {change.service: change.newest for change in answer.changes}
        fresh = {name for name, newest in found.items() if self._newest.get(name) != newest}
        self._newest |= found
        self._at = answer.at
        if fresh:
            self._api.changed.emit(frozenset(fresh))

    def _not_told(self, _: ApiError) -> None:
        """The numbers stand as they were, and say since when."""
        if self._true_at:
            self._window.set_todo_age(f"{self._true_at} 时的数字，之后没有取到新的")

    def _show(self, answer: approval_pb2.TodoAnswer) -> None:
        self._true_at = entry.clock_text(datetime.now(UTC))
        self._window.set_todo_age("")
        counts = {todo.service: todo.count for todo in answer.todos}
        for page in self._window.entries:
            service = page.page.service.full_name
            if service in counts:
                self._window.set_todo(page, counts[service])
