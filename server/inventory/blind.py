"""What counters may not see: the books of what is counted blind, on whichever page they stand."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Any, ClassVar, TypeVar

from google.protobuf.message import Message
from sqlalchemy import ColumnElement, Select, false, func, select

from protos.common.list_pb2 import Filter, ListInfo, ListRequest
from protos.inventory import count_pb2
from server.core.call import Call
from server.core.db import Model
from server.core.errors import BusinessError
from server.core.reading import ReadService
from server.inventory.count import Count
from server.inventory.ledger_tables import Balance

MARK = "盲盘中，盘完可见"
COUNTS = "inventory.count.count"  # whoever may fill in a sheet is a counter
_RUNNING = (count_pb2.Count.COUNTING, count_pb2.Count.RECOUNT)
M = TypeVar("M", bound=Model)
P = TypeVar("P", bound=Message)


def under_count(call: Call) -> ColumnElement[bool]:
    """The condition that a balance is just counted blind and the user is one who counts."""
    if not call.user.may(COUNTS):
        return false()
    running = select(Count.id).where(Count.blind, Count.state.in_(_RUNNING))
    return Balance.count_id.in_(running)


def hidden_items(call: Call, places: Collection[int]) -> set[tuple[int, int]]:
    """Warehouse and item of the books hidden from the user in these warehouses."""
    if not call.user.may(COUNTS):
        return set()
    chosen = select(Balance.warehouse_id, Balance.item_id).where(
        Balance.warehouse_id.in_(places), under_count(call)
    )
    return {(row[0], row[1]) for row in call.db.execute(chosen)}


def cover(message: Any, figures: Sequence[str]) -> None:
    """Take the figures out of a message and say why they are missing."""
    for name in figures:
        message.ClearField(name)
    message.veiled = MARK


class BlindService(ReadService[M, P]):
    """A list of books; rows of a blind count come to counters without figures.

    What could give the figures away does so neither: totals leave the rows out, filters by a
    figure do not find them, and there is no order by one.
    """

    figures: ClassVar[Sequence[str]]

    @abstractmethod
    def hidden(self, call: Call) -> ColumnElement[bool]:
        """The condition on a row of the model whose figures the user may not see."""

    def List(self, call: Call, request: ListRequest) -> Any:
        """As everywhere; no order gives hidden figures away."""
        if request.order_by in self.figures and self._any(call):
            raise BusinessError("您参加的盲盘正在进行，盘完之前不能按数量或金额排序，请换一列")
        return super().List(call, request)

    def condition(self, call: Call, asked: Filter) -> ColumnElement[bool]:
        """A figure is not looked for among the hidden ones."""
        found = super().condition(call, asked)
        return found & ~self.hidden(call) if asked.field in self.figures else found

    def covered(self, call: Call, messages: Sequence[Any]) -> set[int]:
        """The ids of those messages whose figures the user may not see; one query."""
        ids = [message.id for message in messages]
        chosen = select(self.model.id).where(self.model.id.in_(ids), self.hidden(call))
        return set(call.db.scalars(chosen))

    def _any(self, call: Call) -> bool:
        chosen = self.visible(call).where(self.hidden(call)).with_only_columns(self.model.id)
        return call.db.scalars(chosen.limit(1)).first() is not None

    def _add_totals(self, call: Call, base: Select[Any], info: ListInfo) -> None:
        super()._add_totals(call, base.where(~self.hidden(call)), info)
        if call.user.may(COUNTS):
            counted = base.with_only_columns(func.count(self.model.id))
            info.count = call.db.scalars(counted).one()

    def _finish(self, call: Call, messages: Sequence[Any]) -> None:
        super()._finish(call, messages)
        if not call.user.may(COUNTS):
            return
        covered = self.covered(call, messages)
        for message in messages:
            if message.id in covered:
                cover(message, self.figures)
