"""Finds what a scanned code stands for in the list of a page."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from client.core import gs1
from client.core.api import Api, ApiError
from client.core.conditions import Contains, Refers
from client.core.filters import FilterBar
from client.core.page import Page
from client.core.queries import State
from client.core.sources import FIND
from protos import facts
from protos.common import list_pb2, lookup_pb2
from protos.common.list_pb2 import Filter

LOT = "lot_no"


class Query(NamedTuple):
    """A query that may list what was scanned: the bar's state, and what it looks at."""

    state: State
    what: str  # as the user calls it, with what was found there


class ScanSearch(QObject):
    """Asks, in this order, for the record a condition refers to by the code, for the code in the
    fuzzy text, and for the code in each text condition; the first that lists anything is shown.

    A newer scan takes the place of one still under way.
    """

    found = Signal(str)  # what the list now shows
    missed = Signal(str)  # why the list stands as it did

    def __init__(self, page: Page, api: Api, bar: FilterBar) -> None:
        super().__init__(bar)
        self._page, self._api, self._bar = page, api, bar
        self._code = ""
        self._number = 0  # of the newest scan

    def find(self, code: str) -> None:
        """Look for a scanned code."""
        self._number += 1
        self._code = code
        label = gs1.read(code)
        self._ask_next(self._number, label, iter(self._references()))

    def _references(self) -> list[Refers]:
        return [each for each in self._bar.conditions.values() if isinstance(each, Refers)]

    def _ask_next(self, number: int, label: gs1.Label, left: Iterator[Refers]) -> None:
        """Whether the code is that of a record the next condition can name."""
        condition = next(left, None)
        if condition is None:
            self._try_next(number, iter(self._texts(label.code)))
            return

        def answered(answer: lookup_pb2.FindAnswer) -> None:
            exact = [hit for hit in answer.hits if hit.exact]
            if number != self._number:
                return
            if len(exact) == 1:
                self._show(self._of_record(condition, exact[0], label))
            else:
                self._ask_next(number, label, left)

        service = facts.of_field(condition.field).ref
        request = lookup_pb2.FindRequest(service=service, text=label.code, limit=10)
        go_on = self._unless_offline(number, lambda: self._ask_next(number, label, left))
        self._api.call(FIND, request, self, answered, go_on)

    def _of_record(self, condition: Refers, hit: lookup_pb2.Hit, label: gs1.Label) -> Query:
        """The list of one record's rows, and of the lot a label names where the page knows lots."""
        state = {condition.field.name: [str(hit.id)]}
        what = f"{facts.label(condition.field)} {hit.text}"
        if label.lot_no and isinstance(self._bar.conditions.get(LOT), Contains):
            state[LOT] = [label.lot_no]
            what += f"，批号 {label.lot_no}"
        return Query(state, what)

    def _texts(self, code: str) -> list[Query]:
        texts = [each for each in self._bar.conditions.values() if isinstance(each, Contains)]
        named = [Query({each.field.name: [code]}, facts.label(each.field)) for each in texts]
        return [Query({"": [code]}, "模糊查询"), *named]

    def _try_next(self, number: int, left: Iterator[Query]) -> None:
        """Whether the next query lists anything."""
        query = next(left, None)
        if query is None:
            self._miss("本页没有找到它，列表没有变；请核对标签，或换到要查的页面再扫")
            return

        def answered(answer: Any) -> None:
            if number != self._number:
                return
            if answer.rows:
                self._show(query)
            else:
                self._try_next(number, left)

        request = list_pb2.ListRequest(limit=1)
        for name, (text, *_) in query.state.items():
            if name:
                request.filters.append(Filter(field=name, op=Filter.CONTAINS, values=[text]))
            else:
                request.text = text
        go_on = self._unless_offline(number, lambda: self._try_next(number, left))
        self._api.call(self._page.method("List"), request, self, answered, go_on)

    def _unless_offline(self, number: int, go_on: Callable[[], None]) -> Callable[[ApiError], None]:
        """A query the server refuses is none of this page; without a server all is over."""

        def failed(error: ApiError) -> None:
            if number != self._number:
                return
            if error.offline or error.unauthenticated:
                self._miss(error.text)
            else:
                go_on()

        return failed

    def _show(self, query: Query) -> None:
        self.found.emit(f"扫到 {self._code}：{query.what}")
        self._bar.use(query.state)

    def _miss(self, why: str) -> None:
        QApplication.beep()
        self.missed.emit(f"扫到 {self._code}：{why}")
