"""Goods sent from one warehouse to another, in transit until the receiver takes them on."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.inventory import issue_pb2 as pb
from protos.inventory import stock_pb2
from server.admin.person import Person
from server.core.call import Call
from server.core.errors import Invalid
from server.core.mapping import to_datetime
from server.inventory import ledger, picking, trace
from server.inventory.among import AmongLines
from server.inventory.choosing import ChosenLine, refuse_blocked, why
from server.inventory.document import Bill, posted
from server.inventory.ledger import Entry, Origin
from server.inventory.ledger_tables import Account, Lot, Move
from server.inventory.taking import the_lot, value
from server.inventory.warehouse import Warehouse

_CODE = stock_pb2.Move
PATIENCE = 3  # days goods may be in transit before both sides are reminded


class Issue(Bill):
    """The header of an issue."""

    __tablename__ = "inventory_issue"

    kind: Mapped[int]
    source_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    target_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    amount: Mapped[int] = mapped_column(default=0)  # fen
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    received_at: Mapped[datetime | None]
    requisition_id: Mapped[int] = mapped_column(default=0, index=True)  # what it serves

    lines: Mapped[list["IssueLine"]] = relationship(
        cascade="all, delete-orphan", order_by="IssueLine.position"
    )
    target: Mapped[Warehouse] = relationship(foreign_keys="Issue.target_id")

    line_item_id = AmongLines(
        lambda: select(IssueLine.issue_id), lambda: IssueLine.item_id, lambda: Issue.id
    )
    line_lot_no = AmongLines(
        lambda: select(IssueLine.issue_id).join(Lot, Lot.id == IssueLine.lot_id),
        lambda: Lot.lot_no, lambda: Issue.id,
    )  # fmt: skip


class IssueLine(ChosenLine):
    """One lot issued; ``refused`` counts smallest units the receiver sent back."""

    __tablename__ = "inventory_issue_line"

    issue_id: Mapped[int] = mapped_column(ForeignKey(Issue.id), index=True)
    refused: Mapped[int] = mapped_column(default=0)
    refused_reason: Mapped[str] = mapped_column(String(40), default="")
    requisition_line_id: Mapped[int] = mapped_column(default=0, index=True)


def refuse_wrong_kind(issue: Issue, source: Warehouse, target: Warehouse) -> None:
    """Requisitions make their own issues; a transfer is between stores of one level."""
    if issue.kind == pb.Issue.REQUISITION and not issue.requisition_id:
        text = "申领出库由申领单的“备货”生成；没有申领单时请选“直接出库”或“调拨”"
        raise Invalid.at("kind", text)
    if issue.kind == pb.Issue.TRANSFER and source.kind != target.kind:
        text = f"调拨只在同一级仓库之间，{source.name}和{target.name}不同级，请选“直接出库”"
        raise Invalid.at("kind", text)


def send(call: Call, issue: Issue) -> None:
    """Move the goods from the source into transit."""
    picking.release(call.db, issue.source_id, issue.lines)
    refuse_blocked(call, issue.lines)
    moves = ledger.post(
        call,
        origin(issue, "post", issue.approver_id or 0),
        [
            Entry(_CODE.ISSUED, the_lot(line), issue.source_id, Account.TRANSIT,
                  line.base_quantity, line.id, why(line),
                  codes=tuple(trace.parse(line.trace_codes)), unit=line.unit, factor=line.factor)
            for line in issue.lines
        ],
    )  # fmt: skip
    value(issue, moves)
    posted(call, issue)


def receive(call: Call, issue: Issue) -> None:
    """Move what arrived from transit to the target, and what was refused back to the source."""
    entries = [entry for line in issue.lines for entry in _arrivals(issue, line)]
    ledger.post(call, origin(issue, "receive", issue.poster_id or 0), entries)
    issue.receiver_id, issue.received_at = call.user.id, call.now


def _arrivals(issue: Issue, line: IssueLine) -> Iterator[Entry]:
    """The two ways a line ends; together they carry the value that was sent."""
    kept = line.base_quantity - line.refused
    back = line.amount * line.refused // line.base_quantity
    transit, lot = Account.TRANSIT, the_lot(line)
    if kept:
        yield Entry(_CODE.TAKEN_ON, lot, transit, issue.target_id, kept, line.id,
                    amount=line.amount - back, unit=line.unit, factor=line.factor)  # fmt: skip
    if line.refused:
        yield Entry(_CODE.REFUSED, lot, transit, issue.source_id, line.refused, line.id,
                    line.refused_reason, back)  # fmt: skip


def taken_on(call: Call, issue_id: int) -> tuple[Issue, list[Move]]:
    """A posted issue and what its receiver took on; raises Invalid before that."""
    issue = call.db.get(Issue, issue_id)
    if issue is None or issue.state not in (pb.Issue.RECEIVED, pb.Issue.PARTLY_RECEIVED):
        raise Invalid.at("issue_id", "只能选已入账的出库单，请重新选择")
    lines = [line.id for line in issue.lines]
    chosen = select(Move).where(Move.line_id.in_(lines), Move.code == _CODE.TAKEN_ON)
    return issue, list(call.db.scalars(chosen.order_by(Move.id)))


def origin(issue: Issue, action: str, second: int) -> Origin:
    """Where a movement of this issue comes from."""
    then = issue.occurred_at if action == "post" else None  # the receiver's time is his own
    return Origin(
        "issue", issue.id, action, issue.number or "", second_operator_id=second, occurred_at=then
    )


def note_refusals(issue: Issue, refusals: Sequence[pb.Refusal]) -> None:
    """Write what the receiver refuses to the lines, by row number; raises Invalid."""
    for n, refusal in enumerate(refusals):
        if not 1 <= refusal.row <= len(issue.lines):
            raise Invalid.at(f"refusals[{n}].row", f"单据只有{len(issue.lines)}行，请核对行号")
        line = issue.lines[refusal.row - 1]
        if refusal.quantity > line.base_quantity - line.refused:
            text = f"第{refusal.row}行发出{line.base_quantity}{line.base_unit}，拒收不能更多"
            raise Invalid.at(f"refusals[{n}].quantity", text)
        line.refused += refusal.quantity
        line.refused_reason = refusal.reason


def waiting(issue: pb.Issue, now: datetime) -> str:
    """What to say of goods that wait too long for their receiver; empty while they may."""
    if issue.state != pb.Issue.ISSUED or not issue.HasField("posted_at"):
        return ""
    days = (now - to_datetime(issue.posted_at)).days
    if days < PATIENCE:
        return ""
    return f"已在途{days}天：请接收人清点入账，或联系发货人核实"
