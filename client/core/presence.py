"""Tells others that a record is open here, and this user that it is open elsewhere: no lock."""

from datetime import UTC

from PySide6.QtCore import QObject, QTimer, Signal

from client.core import entry
from client.core.api import Api
from protos.common import presence_pb2 as pb

EVERY = 60_000  # ms between two signs of life; the server forgets after two and a half minutes
_RPC = pb.DESCRIPTOR.services_by_name["PresenceService"].methods_by_name


class Presence(QObject):
    """The sign of life of one open form; `others` tells whom else it meets."""

    others = Signal(str)  # a sentence for the user; empty when nobody else is there

    def __init__(self, api: Api, service: str, parent: QObject) -> None:
        super().__init__(parent)
        self._api, self._service, self._id = api, service, 0
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(self.tell)

    def follow(self, id: int) -> None:
        """This record is open for changes; 0: none is."""
        if id == self._id:
            return
        self.leave()
        self._id = id
        if id:
            self._timer.start()
            self.tell()

    def tell(self) -> None:
        """Give a sign of life now."""
        if self._id and self._api.session is not None:
            self._api.call(_RPC["Hold"], self._request(), self, self._met, _ignore)

    def leave(self) -> None:
        """The record is closed or can no longer be changed."""
        if self._id and self._api.session is not None:
            self._api.call(_RPC["Leave"], self._request(), self._api, _ignore, _ignore)
        self._timer.stop()
        self._id = 0
        self.others.emit("")

    def _request(self) -> pb.PresenceRequest:
        return pb.PresenceRequest(service=self._service, id=self._id)

    def _met(self, answer: pb.PresenceAnswer) -> None:
        names = [
            f"{each.name}（{entry.clock_text(each.since.ToDatetime(UTC))} 起）"
            for each in answer.others
        ]
        self.others.emit(
            f"{'、'.join(names)}也打开了这条记录，保存时如有冲突会逐项提示。" if names else ""
        )


def _ignore(_: object) -> None:
    """A notice that does not get through is no trouble of the user's."""
