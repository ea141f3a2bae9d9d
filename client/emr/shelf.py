"""What the tablet must have at hand without a server: the crew's tasks and the doctor's store.

All of it lies in the encrypted local store and is asked for anew whenever there is a server.
"""

from collections.abc import Iterable
from functools import partial
from typing import TypeVar

from google.protobuf.message import Message
from PySide6.QtCore import QObject, QTimer, Signal

from client.core.api import Api, ApiError
from client.core.store import Store
from protos import facts
from protos.common import list_pb2
from protos.dispatch import task_pb2
from protos.inventory import item_pb2, stock_pb2

TASKS, STOCK, ITEMS = "emr.tasks", "emr.stock", "emr.items"
NEWEST = 30  # tasks asked for; a crew has some ten a day
EVERY = 60_000  # ms between two refreshes
M = TypeVar("M", bound=Message)
_TASKS = task_pb2.DESCRIPTOR.services_by_name["TaskService"].methods_by_name
_STOCK = stock_pb2.DESCRIPTOR.services_by_name["PersonalStockService"].methods_by_name
_ITEMS = item_pb2.DESCRIPTOR.services_by_name["ItemService"].methods_by_name


class Shelf(QObject):
    """Keeps tasks and stock on this tablet and fetches them anew while there is a server."""

    changed = Signal()
    failed = Signal(str)  # why it could not be refreshed, for the user

    def __init__(self, api: Api, store: Store, parent: QObject) -> None:
        super().__init__(parent)
        self._api, self._store = api, store
        self._seen: dict[int, int] = {}  # versions of tasks asked for since the start
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        api.online.connect(lambda ready: self.refresh() if ready else None)
        api.session_changed.connect(lambda session: self.refresh() if session else None)

    def tasks(self) -> list[task_pb2.Task]:
        """The tasks kept, the newest first."""
        kept = self._kept(TASKS, task_pb2.Task)
        return sorted(kept, key=lambda task: task.assigned_at.seconds, reverse=True)

    def task(self, code: str) -> task_pb2.Task | None:
        """The task of that code, if it is kept."""
        value = self._store.get(TASKS, code)
        return task_pb2.Task.FromString(value) if value is not None else None

    def stock(self) -> list[stock_pb2.Stock]:
        """What lies in the doctor's own store, by name and expiry."""
        kept = self._kept(STOCK, stock_pb2.Stock)
        return sorted(kept, key=lambda each: (each.item_name, each.expires_on or "9"))

    def stopped(self) -> list[stock_pb2.Stock]:
        """What lies in the store and must not be used: recalled, held, expired and the like."""
        return [each for each in self.stock() if each.blocked]

    def item(self, id: int) -> item_pb2.Item | None:
        """An item's master data, if it is kept."""
        value = self._store.get(ITEMS, str(id))
        return item_pb2.Item.FromString(value) if value is not None else None

    def refresh(self) -> None:
        """Ask for everything anew; nothing happens without a session or a server."""
        session = self._api.session
        if session is None or not self._api.is_online:
            return
        if self._api.can(_TASKS["List"]):
            request = list_pb2.ListRequest(limit=NEWEST)
            self._call("tasks", request, self._listed)
        if self._api.can(_STOCK["List"]):
            request = list_pb2.ListRequest(limit=1000)
            self._call("stock", request, self._stocked)

    def _call(self, what: str, request: Message, done: object) -> None:
        method = {"tasks": _TASKS["List"], "stock": _STOCK["List"]}[what]
        self._api.call(method, request, self, done, self._refused)  # type: ignore[arg-type]

    def _listed(self, answer: task_pb2.TaskList) -> None:
        for row in answer.rows:
            if self._seen.get(row.id) == row.version:
                continue
            request = list_pb2.IdRequest(id=row.id)
            self._api.call(_TASKS["Get"], request, self, self._got_task, self._refused)

    def _got_task(self, task: task_pb2.Task) -> None:
        self._seen[task.id] = task.version
        session = self._api.session
        mine = session and any(each.person_id == session.user_id for each in task.crew)
        if not mine:
            return
        value = task.SerializeToString(deterministic=True)
        if self._store.get(TASKS, task.task_code) != value:
            self._store.put(TASKS, task.task_code, value)
            self.changed.emit()

    def _stocked(self, answer: stock_pb2.StockList) -> None:
        rows = {f"{each.item_id}/{each.lot_id}": each for each in answer.rows}
        with self._store.together():
            for key, _ in self._store.items(STOCK):
                if key not in rows:
                    self._store.delete(STOCK, key)
            for key, stock in rows.items():
                self._store.put(STOCK, key, stock.SerializeToString())
        self.changed.emit()
        if self._api.can(_ITEMS["Get"]):
            self._fetch_items({each.item_id for each in answer.rows})

    def _fetch_items(self, ids: Iterable[int]) -> None:
        for id in ids:
            request = list_pb2.IdRequest(id=id)
            keep = partial(self._keep_item, id)
            self._api.call(_ITEMS["Get"], request, self, keep, self._refused)

    def _keep_item(self, id: int, item: item_pb2.Item) -> None:
        self._store.put(ITEMS, str(id), item.SerializeToString())

    def _refused(self, error: ApiError) -> None:
        if not error.offline and not error.unauthenticated:
            self.failed.emit(error.text)

    def _kept(self, bucket: str, kind: type[M]) -> list[M]:
        return [kind.FromString(value) for _, value in self._store.items(bucket)]


def why_stopped(stock: stock_pb2.Stock) -> str:
    """What of a lot must not be used, and why, as people read it."""
    use = facts.value_label(stock_pb2.Stock.DESCRIPTOR.fields_by_name["use"], stock.use)
    lot = f"批号{stock.lot_no}" if stock.lot_no else "无批号"
    return f"{lot} {use} {stock.blocked}{stock.unit}"


def crew_text(task: task_pb2.Task) -> str:
    """The crew by role, as people read it."""
    role = facts.field_named(task_pb2.CrewMember.DESCRIPTOR, "role")
    return "　".join(f"{facts.value_label(role, each.role)} {each.name}" for each in task.crew)
