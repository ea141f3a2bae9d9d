"""The counters' side of a stocktake: a sheet that never shows the books of a blind count."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from protos.common.list_pb2 import IdRequest
from protos.inventory import count_pb2 as pb
from server.core.call import Call
from server.core.crud import CrudService
from server.inventory.count import (
    Count,
    CountLine,
    ask_again,
    beyond_tolerance,
    books,
    fill_gaps,
    held,
    refuse_empty,
    refuse_same_counter,
    sum_up,
    take_down,
)
from server.inventory.document import fill_names
from server.inventory.warehouse import scoped

_C = pb.Count


def on_sheet(count: Count) -> list[CountLine]:
    """The lines now to be counted: all, or in a recount those put up for it."""
    again = count.state == _C.RECOUNT
    return [line for line in count.lines if line.recount or not again]


class CountSheetService(CrudService[Count, pb.CountSheet]):
    """What is to be counted, and what was found."""

    model = Count
    message = pb.CountSheet
    page = pb.CountSheetList
    searches = ("number", "remark")
    display = "number"
    code = "number"

    def visible(self, call: Call) -> Select[Count]:
        """Counts of the user's warehouses that have begun."""
        begun = select(Count).where(Count.state != _C.PLANNED)
        return scoped(call, begun, Count.warehouse_id)

    def complete(self, call: Call, messages: Sequence[pb.CountSheet]) -> None:
        """Names; only lines to be counted; no books where the count is blind."""
        fill_names(call, messages)
        for message in messages:
            if not message.lines:
                continue
            count = self.find(call, message.id)
            shown = {line.id for line in on_sheet(count)}
            lines = [line for line in message.lines if line.id in shown]
            there = {} if count.blind else books(call, count)
            lots = {line.id: line.lot_id for line in count.lines}
            for line in lines:
                line.ClearField("book")
                if lots[line.id] in there:
                    line.book = there[lots[line.id]]
            del message.lines[:]
            message.lines.extend(lines)

    def Update(self, call: Call, request: pb.CountSheet) -> pb.CountSheet:
        """Keep what was counted so far; each line with the books of this moment."""
        count = self.load(call, request)
        refuse_same_counter(call, count)
        balances = held(call, count)
        known = {line.id: line for line in on_sheet(count)}
        for row in request.lines:
            line = known.get(row.id)
            if line is None:
                continue
            line.note = row.note
            counted = row.counted if row.HasField("counted") else None
            if counted != line.counted:
                take_down(line, counted, balances.get(line.lot_id), call.now)
        self._sign(call, count)
        return self.save(call, count)

    def Submit(self, call: Call, request: IdRequest) -> pb.CountSheet:
        """Hand the sheet in: to another counter if too much differs, else for review."""
        count = self.load(call, request)
        refuse_same_counter(call, count)
        lines = on_sheet(count)
        refuse_empty(count, lines)
        balances = held(call, count)
        if count.freeze == _C.NONE:
            for line in lines:
                if line.counted is not None:
                    take_down(line, line.counted, balances.get(line.lot_id), call.now)
        self._sign(call, count)
        fill_gaps(call, count, balances)
        doubtful = [line for line in lines if beyond_tolerance(count, line)]
        if count.state == _C.COUNTING and doubtful:
            ask_again(doubtful)
            count.state = _C.RECOUNT
        else:
            count.state = _C.REVIEW
        sum_up(count)
        return self.save(call, count)

    def _sign(self, call: Call, count: Count) -> None:
        if count.state == _C.RECOUNT:
            count.recounter_id = call.user.id
        else:
            count.counter_id = call.user.id

    def note_change(self, call: Call) -> None:
        """Both faces of the record changed."""
        super().note_change(call)
        call.changed.add("inventory.CountService")
