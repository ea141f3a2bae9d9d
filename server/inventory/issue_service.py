"""The service of issues: from the sender's draft to the receiver's taking on."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select

from protos.common.approval_pb2 import Decision
from protos.common.list_pb2 import IdRequest
from protos.inventory import issue_pb2 as pb
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.call import Call
from server.core.duty import refuse_self
from server.core.errors import Invalid
from server.inventory import picking
from server.inventory.choosing import refuse_skipping, take_scanned
from server.inventory.document import BillService, measure, storage_faults
from server.inventory.issue import (
    Issue,
    IssueLine,
    note_refusals,
    receive,
    refuse_wrong_kind,
    send,
    waiting,
)
from server.inventory.quarantine import issuing, refuse_quarantine
from server.inventory.refusals import refuse
from server.inventory.requisition import Requisition, RequisitionLine, decisions
from server.inventory.role_item import refuse_holding
from server.inventory.served import refuse_beyond, refuse_other_terms, serve
from server.inventory.taking import estimate, reserve
from server.inventory.warehouse import acting_for, refuse_stranger, scoped, usable


def _fill_requested(call: Call, lines: Sequence[pb.IssueLine]) -> None:
    """What was asked for: by the requisition, at the first of its lines; else what is issued."""
    asked = (
        select(IssueLine.id, RequisitionLine.id, RequisitionLine.base_quantity)
        .join(RequisitionLine, RequisitionLine.id == IssueLine.requisition_line_id)
        .where(IssueLine.id.in_([line.id for line in lines]))
    )
    served = {row[0]: (row[1], row[2]) for row in call.db.execute(asked)} if lines else {}
    seen: set[int] = set()
    for line in lines:
        of, quantity = served.get(line.id, (line.id, line.base_quantity))
        line.requested = 0 if of in seen else quantity
        seen.add(of)


class IssueService(BillService[Issue, pb.Issue]):
    """Keeps the issues."""

    model = Issue
    message = pb.Issue
    page = pb.IssueList
    prefix = "CK"
    side = "source_id"
    details = ("business_on", "remark")

    def visible(self, call: Call) -> Select[Issue]:
        """Issues out of or into the user's warehouses."""
        return scoped(call, select(Issue), Issue.source_id, Issue.target_id)

    def selectable(self, call: Call) -> Select[Issue]:
        """Those taken on: bills that refer to an issue take it back."""
        done = (pb.Issue.RECEIVED, pb.Issue.PARTLY_RECEIVED)
        return self.visible(call).where(Issue.state.in_(done))

    def prefix_of(self, bill: Issue) -> str:
        """A transfer is a document of its own kind."""
        return "DB" if bill.kind == pb.Issue.TRANSFER else self.prefix

    def check(self, call: Call, record: Issue) -> None:
        """Both warehouses may take part, the lines make sense, and no more than is granted."""
        source = issuing(call, record.source_id, "source_id")
        target = usable(call, record.target_id, "target_id", anyone=True)
        refuse_quarantine(target, "target_id")
        if record.source_id == record.target_id:
            raise Invalid.at("target_id", "发出和接收不能是同一个仓库")
        refuse_wrong_kind(record, source, target)
        measure(call, record.lines)
        refuse(list(storage_faults(record.lines, target)))
        refuse_holding(call, target, record.lines)
        take_scanned(call, record.source_id, record.lines)
        refuse_other_terms(call, record)
        refuse_beyond(call, record)

    def complete(self, call: Call, messages: Sequence[pb.Issue]) -> None:
        """Names, and how long goods have waited for their receiver."""
        super().complete(call, messages)
        _fill_requested(call, [line for message in messages for line in message.lines])
        for message in messages:
            message.reminder = waiting(message, call.now)

    def decisions(self, call: Call, record: Issue) -> list[Decision]:
        """Those on the requisition it serves too: its approval counts."""
        asked = call.db.get(Requisition, record.requisition_id or 0)
        return [*(decisions(call, asked) if asked else ()), *super().decisions(call, record)]

    def turn(self, call: Call, verb: str) -> ColumnElement[bool]:
        """The sender decides what leaves, not who gets it."""
        return Issue.source_id.in_(acting_for(call))

    def Approve(self, call: Call, request: IdRequest) -> pb.Issue:
        """Approve what leaves a store of the user."""
        self.refuse_other_side(call, self.find(call, request.id), "审批")
        return super().Approve(call, request)

    def Reject(self, call: Call, request: ReturnRequest) -> pb.Issue:
        """Send it back to its maker, who works for the same store."""
        self.refuse_other_side(call, self.find(call, request.id), "退回")
        return super().Reject(call, request)

    def prepare(self, call: Call, bill: Issue) -> None:
        """Reserve the lots that will leave."""
        reserve(call, bill.source_id, bill, lambda c: refuse_skipping(bill.lines, c))

    def release(self, call: Call, bill: Issue) -> None:
        """Give the reserved lots up."""
        picking.release(call.db, bill.source_id, bill.lines)

    def Estimate(self, call: Call, request: pb.EstimateRequest) -> pb.EstimateAnswer:
        """What the lines would take along if the issue were submitted now."""
        issuing(call, request.source_id, "source_id")
        lines = [
            IssueLine(item_id=line.item_id, lot_id=line.lot_id or None, unit=line.unit,
                      quantity=line.quantity)
            for line in request.lines
        ]  # fmt: skip
        measure(call, lines)
        found = estimate(call, request.source_id, lines)
        return pb.EstimateAnswer(lines=[pb.Worth(amount=fen, why=why) for fen, why in found])

    def Post(self, call: Call, request: IdRequest) -> pb.Issue:
        """Let the goods leave; they are in transit until the receiver takes them on."""
        issue = self.load(call, request)
        issuing(call, issue.source_id, "source_id")
        refuse_beyond(call, issue)
        send(call, issue)
        return self._saved(call, issue)

    def Receive(self, call: Call, request: IdRequest) -> pb.Issue:
        """Take all on the receiver's books."""
        return self._received(call, self.load(call, request))

    def ReceivePart(self, call: Call, request: pb.ReceivePartRequest) -> pb.Issue:
        """Take on what is good and send the rest back."""
        issue = self.load(call, request)
        note_refusals(issue, request.refusals)
        return self._received(call, issue)

    def _received(self, call: Call, issue: Issue) -> pb.Issue:
        refuse_stranger(call, issue.target)
        refuse_self(call, issue.poster_id or 0, what="入账")
        receive(call, issue)
        return self._saved(call, issue)

    def _saved(self, call: Call, issue: Issue) -> pb.Issue:
        answer = self.save(call, issue)
        serve(call, issue)
        return answer
