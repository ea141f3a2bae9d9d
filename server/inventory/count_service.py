"""The planner's and approver's side of a stocktake."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from protos.common.list_pb2 import IdRequest
from protos.inventory import count_pb2 as pb
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.approval import Outcome, decide
from server.core.call import Call
from server.core.crud import CrudService
from server.core.duty import refuse_self
from server.core.errors import Invalid
from server.inventory.count import (
    Count,
    ask_again,
    begin,
    books,
    differing,
    let_go,
    plan_faults,
    post,
    refuse_new_plan,
    refuse_unexplained,
)
from server.inventory.document import fill_names
from server.inventory.refusals import SameSecond, refuse
from server.inventory.warehouse import scoped, usable

_C = pb.Count


class CountService(CrudService[Count, pb.Count]):
    """Keeps the stocktakes."""

    model = Count
    message = pb.Count
    page = pb.CountList
    searches = ("number", "remark")
    display = "number"
    code = "number"

    def visible(self, call: Call) -> Select[Count]:
        """Counts of the user's warehouses."""
        return scoped(call, select(Count), Count.warehouse_id)

    def makers(self, verb: str) -> Sequence[Any]:
        """Who counted."""
        return (Count.counter_id, Count.recounter_id)

    def start(self, call: Call, record: Count) -> None:
        """The user is the planner."""
        record.maker_id = call.user.id
        record.state = _C.PLANNED

    def check(self, call: Call, record: Count) -> None:
        """The warehouse may be counted and the scope is whole."""
        usable(call, record.warehouse_id, "warehouse_id")
        refuse(list(plan_faults(record)))

    def complete(self, call: Call, messages: Sequence[pb.Count]) -> None:
        """Names; no books while a blind count runs; what moved since each line was counted."""
        fill_names(call, messages)
        for message in messages:
            running = message.state in (_C.COUNTING, _C.RECOUNT)
            for line in message.lines:
                if message.blind and running:
                    line.ClearField("book")
                    line.ClearField("difference")
                    line.ClearField("amount")
            if message.state == _C.REVIEW and message.lines:
                self._note_moves(call, message)
            if message.blind and running:
                message.differing = message.amount = 0

    def _note_moves(self, call: Call, message: pb.Count) -> None:
        count = self.find(call, message.id)
        now = books(call, count)
        lots = {line.id: line.lot_id for line in count.lines}
        for line in message.lines:
            if line.HasField("book"):
                line.moved_since = now.get(lots[line.id], 0) - line.book

    def Update(self, call: Call, request: pb.Count) -> pb.Count:
        """Change a plan; in review only the reasons of differences."""
        count = self.load(call, request)
        if count.state == _C.PLANNED:
            if request.lines:
                raise Invalid.at("lines[0].reason", "开始盘点后才有明细，请先清空")
            return super().Update(call, request)
        refuse_new_plan(self.mapping.to_message(count), request)
        known = {line.id: line for line in count.lines}
        for row in request.lines:
            if row.id in known:
                known[row.id].reason, known[row.id].note = row.reason, row.note
        return self.save(call, count)

    def Start(self, call: Call, request: IdRequest) -> pb.Count:
        """List what is to be counted and hold it for this count."""
        count = self.load(call, request)
        self.check(call, count)
        begin(call, count)
        return self.save(call, count)

    def Report(self, call: Call, request: pb.ReportRequest) -> pb.Count:
        """Put the incident report of a controlled drug's difference on file."""
        count = self.load(call, request)
        if call.user.id in (count.counter_id, count.recounter_id):
            raise SameSecond("麻精差异不能由盘点人登记")
        count.incident_no = call.reason = request.incident_no
        return self.save(call, count)

    def Approve(self, call: Call, request: IdRequest) -> pb.Count:
        """Post the differences; refused to everybody who counted."""
        count = self.load(call, request)
        for person in (count.counter_id, count.recounter_id):
            refuse_self(call, person or 0)
        refuse_unexplained(count)
        if decide(call, count, count.counter_id or 0) is Outcome.PENDING:
            return self.save(call, count, move=False)
        count.approver_id = call.user.id
        post(call, count)
        return self.save(call, count)

    def Reject(self, call: Call, request: ReturnRequest) -> pb.Count:
        """Let the differing lines be counted once more, by another person."""
        count = self.load(call, request)
        decide(call, count, count.counter_id or 0, approved=False, comment=request.reason)
        lines = differing(count.lines) or list(count.lines)
        count.returned_reason = call.reason = request.reason
        ask_again(lines)
        return self.save(call, count)

    def Cancel(self, call: Call, request: ReturnRequest) -> pb.Count:
        """Give a count up; nothing is posted."""
        count = self.load(call, request)
        count.returned_reason = call.reason = request.reason
        let_go(call, count)
        return self.save(call, count)
