"""Carries a user's settings between this workstation and the server: read once, written behind."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from PySide6.QtCore import QObject, QTimer, Signal

from client.core.api import Api, ApiError
from client.core.settings import Settings, travels
from protos.common import list_pb2
from protos.common import preference_pb2 as pb

DELAY = 1500  # ms from a change to its sending: dragging a column is sent once
PATIENCE = 4.0  # s a login waits for the settings before it goes on with those of the last time
MOST = 16_000  # letters of one value the server takes
_RPC = pb.DESCRIPTOR.services_by_name["PreferenceService"].methods_by_name


class Preferences(QObject):
    """The settings of who is logged in; a change that cannot be sent waits in a file."""

    arrived = Signal()  # shared queries came, or went

    def __init__(self, api: Api, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._api, self._settings = api, settings
        self.shared: list[pb.SharedQuery] = []
        self._sending: dict[str, datetime] = {}
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self.send)
        settings.changed = self._changed
        api.session_changed.connect(self._entered)
        api.online.connect(self._entered)

    def read(self, then: Callable[[], None]) -> None:
        """Take over what the server has, then go on; without an answer, with what is here."""

        def answered(answer: pb.Preferences) -> None:
            self.shared = list(answer.shared)
            if answer.preferences:
                kept = {p.key: _value(p) for p in answer.preferences if travels(p.key)}
                self._settings.take(kept)
            else:
                self._settings.adopt()
            self.arrived.emit()
            self._start()
            then()

        def failed(_: ApiError) -> None:
            then()

        request = list_pb2.Empty()
        self._api.call(_RPC["Read"], request, self, answered, failed, timeout=PATIENCE)

    def send(self) -> None:
        """Send what is unsent; what fails is sent after the next change, login or reconnection."""
        unsent = self._settings.unsent()
        if not unsent or self._sending or self._api.session is None:
            return
        self._sending = unsent

        def sent(_: list_pb2.Empty) -> None:
            self._sending = {}
            self._settings.sent(unsent)
            self._start()

        def failed(_: ApiError) -> None:
            self._sending = {}

        self._api.call(_RPC["Write"], self._request(unsent), self, sent, failed)

    def flush(self) -> None:
        """Send what is unsent before leaving, waiting a moment for the answer."""
        unsent = self._settings.unsent()
        self._timer.stop()
        if unsent and self._api.last(_RPC["Write"], self._request(unsent)):
            self._settings.sent(unsent)

    def leave(self) -> None:
        """Flush, and follow these settings no longer."""
        self.flush()
        self._settings.changed = None
        self.setParent(None)
        self.deleteLater()

    def share(self, query: pb.SharedQuery, done: Callable[[], None]) -> None:
        """Offer a query to a role; a refusal is shown by the window."""

        def shared(answer: pb.SharedQuery) -> None:
            self.shared = [each for each in self.shared if each.id != answer.id] + [answer]
            self.arrived.emit()
            done()

        self._api.call(_RPC["Share"], query, self, shared)

    def unshare(self, query: pb.SharedQuery) -> None:
        """Take a shared query back."""

        def gone(_: list_pb2.Empty) -> None:
            self.shared = [each for each in self.shared if each.id != query.id]
            self.arrived.emit()

        request = list_pb2.IdRequest(id=query.id, version=query.version)
        self._api.call(_RPC["Unshare"], request, self, gone)

    def _request(self, unsent: dict[str, datetime]) -> pb.WritePreferences:
        request = pb.WritePreferences()
        for key, at in unsent.items():
            value = self._settings.value(key)
            text = "" if value is None else json.dumps(value, ensure_ascii=False)
            if len(text) <= MOST:  # a longer one stays this workstation's
                stamp = Timestamp()
                stamp.FromDatetime(at)
                request.changes.append(pb.Preference(key=key, value=text, changed_at=stamp))
        return request

    def _changed(self, _: str) -> None:
        self._start()

    def _entered(self, there: object) -> None:
        if there:
            self._start()

    def _start(self) -> None:
        if self._settings.unsent() and not self._timer.isActive():
            self._timer.start()


def of(api: Api) -> Preferences | None:
    """The preferences of whoever is logged in; None before a login."""
    return api.findChild(Preferences)


def _value(kept: pb.Preference) -> tuple[Any, datetime]:
    return json.loads(kept.value), kept.changed_at.ToDatetime(UTC)
