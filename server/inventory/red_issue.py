"""Red reversals: a posted issue booked by mistake, undone by its mirror image (红冲)."""

from collections.abc import Iterable

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.common.list_pb2 import IdRequest
from protos.inventory import issue_pb2, stock_pb2
from protos.inventory import red_issue_pb2 as pb
from server.core.call import Call
from server.core.errors import BusinessError
from server.core.numbering import shanghai_date
from server.inventory import ledger
from server.inventory.backward import BackBill, BackLine, BackService, Source
from server.inventory.codes import Code
from server.inventory.issue import Issue, IssueLine, taken_on
from server.inventory.ledger import Balance, Key, Move
from server.inventory.requisition import follow
from server.inventory.warehouse import Warehouse, scoped


class RedIssue(BackBill):
    """The header; goods are booked from ``warehouse_id`` back to ``source_id``."""

    __tablename__ = "inventory_red_issue"

    issue_id: Mapped[int] = mapped_column(ForeignKey(Issue.id), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    reopened_id: Mapped[int | None] = mapped_column(ForeignKey(Issue.id))

    lines: Mapped[list["RedIssueLine"]] = relationship(
        cascade="all, delete-orphan", order_by="RedIssueLine.position"
    )


class RedIssueLine(BackLine):
    """A part of one lot taken on, reversed."""

    __tablename__ = "inventory_red_issue_line"

    red_id: Mapped[int] = mapped_column(ForeignKey(RedIssue.id), index=True)


def counted_since(move: Move, places: Iterable[int], balances: dict[Key, Balance]) -> bool:
    """Whether the lot of a movement was counted in one of those places after it was posted."""
    there = (balances.get(Key(place, move.lot_id)) for place in places)
    return any(b and b.counted_at and b.counted_at > move.posted_at for b in there)


def refuse_counted(red: RedIssue, balances: dict[Key, Balance]) -> None:
    """Refuse lots that were counted at either end since they were taken on.

    A posted stocktake has settled the mistake already; reversing it would bring it back.
    """
    for line in red.lines:
        if counted_since(line.move, (red.warehouse_id, red.source_id), balances):
            raise BusinessError(
                f"{line.item.title} 批号{line.lot_no or '无'}在入账之后盘点过，"
                f"差异已由盘点调整，不能再红冲；请删去这一行（{Code.STATE}）"
            )


class RedIssueService(BackService[RedIssue, pb.RedIssue]):
    """Keeps the red reversals; approving one posts it."""

    model = RedIssue
    message = pb.RedIssue
    page = pb.RedIssueList
    line = RedIssueLine
    prefix = "HC"
    side = "source_id"
    move_code = stock_pb2.Move.REVERSED
    verb = "红冲"
    searches = ("number", "reason", "remark")

    def visible(self, call: Call) -> Select[RedIssue]:
        """Reversals at the user's warehouses."""
        return scoped(call, select(RedIssue), RedIssue.warehouse_id, RedIssue.source_id)

    def source(self, call: Call, bill: RedIssue) -> Source:
        """The issue, once it was taken on."""
        issue, moves = taken_on(call, bill.issue_id)
        bill.source_id = issue.source_id
        return Source(issue, moves, issue.target_id)

    def target(self, call: Call, bill: RedIssue, line: BackLine) -> int:
        """Back to the sender."""
        return bill.source_id

    def refuse_late(self, call: Call, bill: RedIssue) -> None:
        """A stocktake since then stands against it."""
        places = (bill.warehouse_id, bill.source_id)
        keys = {Key(place, line.lot_id or 0) for line in bill.lines for place in places}
        refuse_counted(bill, ledger.lock(call.db, keys))

    def settle(self, call: Call, bill: RedIssue) -> None:
        """Book the mirror image; the requisition the issue served is served no more."""
        super().settle(call, bill)
        follow(call, call.db.get_one(Issue, bill.issue_id))

    def Reopen(self, call: Call, request: IdRequest) -> pb.RedIssue:
        """Make a draft of what was reversed, to be corrected and posted anew."""
        red = self.load(call, request)
        if red.reopened_id:
            raise BusinessError("已经重开过出库单，请打开那张单据修改")
        issue = call.db.get_one(Issue, red.issue_id)
        draft = reopened(call, red, issue)
        call.db.add(draft)
        call.db.flush()
        red.reopened_id = draft.id
        call.changed.add(issue_pb2.DESCRIPTOR.services_by_name["IssueService"].full_name)
        return self.save(call, red)


def reopened(call: Call, red: RedIssue, issue: Issue) -> Issue:
    """A draft issue of the reversed units for the same requisition, lots by turn again."""
    serves = {line.id: line.requisition_line_id for line in issue.lines}
    return Issue(
        kind=issue.kind, source_id=issue.source_id, target_id=issue.target_id,
        business_on=shanghai_date(call.now), remark=f"红冲{red.number}后重开",
        requisition_id=issue.requisition_id,
        maker_id=call.user.id, state=issue_pb2.Issue.DRAFT, created_at=call.now,
        created_by=call.user.id, updated_at=call.now,
        lines=[
            IssueLine(
                item_id=line.item_id, quantity=line.base_quantity, unit=line.item.base_unit,
                base_quantity=line.base_quantity, position=line.position,
                requisition_line_id=serves.get(line.move.line_id, 0),
            )
            for line in red.lines
        ],
    )  # fmt: skip
