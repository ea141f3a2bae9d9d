"""Goods sent from one warehouse to another, in transit until the receiver takes them on."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.common.list_pb2 import IdRequest
from protos.facts import Fault
from protos.inventory import issue_pb2 as pb
from protos.inventory import stock_pb2, warehouse_pb2
from server.admin.person import Person
from server.core.call import Call
from server.core.duty import refuse_self
from server.core.errors import Invalid
from server.core.mapping import to_datetime
from server.core.numbering import shanghai_date
from server.inventory import ledger, picking, trace
from server.inventory.among import AmongLines
from server.inventory.document import (
    Bill,
    BillService,
    measure,
    posted,
    storage_faults,
    total,
)
from server.inventory.ledger import Account, Entry, Lot, Move, Origin
from server.inventory.picking import Choice
from server.inventory.refusals import LotBlocked, refuse
from server.inventory.role_item import refuse_holding
from server.inventory.taking import TakenLine, reserve, the_lot
from server.inventory.warehouse import Warehouse, refuse_stranger, scoped, usable

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
    links: Mapped[str] = mapped_column(String(200), default="")
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


class IssueLine(TakenLine):
    """One lot issued; ``refused`` counts smallest units the receiver sent back."""

    __tablename__ = "inventory_issue_line"

    issue_id: Mapped[int] = mapped_column(ForeignKey(Issue.id), index=True)
    reason: Mapped[str] = mapped_column(String(40), default="")
    refused: Mapped[int] = mapped_column(default=0)
    refused_reason: Mapped[str] = mapped_column(String(40), default="")
    trace_codes: Mapped[str] = mapped_column(String(4000), default="")
    requisition_line_id: Mapped[int] = mapped_column(default=0, index=True)


def skip_faults(lines: Sequence[IssueLine], choices: Sequence[Choice]) -> Iterator[Fault]:
    """Lots chosen out of turn without saying why."""
    for choice in choices:
        if choice.skipped and not lines[choice.row].reason:
            yield Fault(
                f"lines[{choice.row}].reason", "没有用先到期的批次，请填写换批原因或清空批次"
            )


def send(call: Call, issue: Issue) -> None:
    """Move the goods from the source into transit."""
    picking.release(call.db, issue.source_id, issue.lines)
    refuse_blocked(call, issue)
    moves = ledger.post(
        call,
        origin(issue, "post", issue.approver_id or 0),
        [
            Entry(_CODE.ISSUED, the_lot(line), issue.source_id, Account.TRANSIT,
                  line.base_quantity, line.id, line.reason,
                  codes=tuple(trace.parse(line.trace_codes)))
            for line in issue.lines
        ],
    )  # fmt: skip
    for line, move in zip(issue.lines, moves, strict=True):
        line.amount = move.amount
    issue.amount = total(issue.lines, lambda line: line.amount)
    posted(call, issue)


def refuse_blocked(call: Call, issue: Issue) -> None:
    """Refuse lots that were recalled or held, or ran out, after they were reserved.

    Asked once the balances are locked, so a recall is either seen here or waits for the goods.
    """
    chosen = select(Lot).where(Lot.id.in_([line.lot_id for line in issue.lines]))
    for lot in call.db.scalars(chosen.execution_options(populate_existing=True)):
        why = picking.blocked(lot, shanghai_date(call.now))
        if why:
            raise LotBlocked(f"{lot.item_name} 批号{lot.lot_no}", why)


def serve(call: Call, issue: Issue) -> None:
    """Let the requisition an issue serves follow its new state."""
    from server.inventory.requisition import follow  # requisitions are served by issues

    follow(call, issue)
    if issue.state in (pb.Issue.RECEIVED, pb.Issue.PARTLY_RECEIVED):
        from server.inventory.recall import late  # recalls look into issues

        late(call, [the_lot(line) for line in issue.lines])


def take_scanned(call: Call, issue: Issue) -> None:
    """Scanned codes decide the lot of their line; raises Invalid where they do not fit it."""
    for row, line in enumerate(issue.lines):
        codes = trace.parse(line.trace_codes)
        if not codes:
            continue
        there = trace.codes_at(call.db, issue.source_id, codes)
        missing = sorted(set(codes) - {code.code for code, _ in there})
        text = ""
        if missing:
            text = f"追溯码{missing[0]}不在发出的仓库，请核对实物"
        elif len({code.lot_id for code, _ in there}) > 1:
            text = "这些追溯码属于不同批次，请分成几行"
        elif there[0][0].item_id != line.item_id:
            text = "追溯码不是这种物资的，请核对"
        elif sum(units for _, units in there[:-1]) >= line.base_quantity:
            text = "扫的追溯码比数量多，请删去多扫的或改数量"
        if text:
            raise Invalid.at(f"lines[{row}].trace_codes", text)
        line.lot_id, line.reason = there[0][0].lot_id, line.reason or "扫码指定"


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
                    amount=line.amount - back)  # fmt: skip
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
    return Origin("issue", issue.id, action, issue.number or "", second_operator_id=second)


def note_refusals(issue: Issue, refusals: Sequence[pb.Refusal]) -> None:
    """Write what the receiver refuses to the lines, by row number; raises Invalid."""
    for n, refusal in enumerate(refusals):
        if refusal.row > len(issue.lines):
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


class IssueService(BillService[Issue, pb.Issue]):
    """Keeps the issues."""

    model = Issue
    message = pb.Issue
    page = pb.IssueList
    prefix = "CK"
    details = ("business_on", "remark")

    def visible(self, call: Call) -> Select[Issue]:
        """Issues out of or into the user's warehouses."""
        return scoped(call, select(Issue), Issue.source_id, Issue.target_id)

    def selectable(self, call: Call) -> Select[Issue]:
        """Those taken on: bills that refer to an issue take it back."""
        done = (pb.Issue.RECEIVED, pb.Issue.PARTLY_RECEIVED)
        return self.visible(call).where(Issue.state.in_(done))

    def check(self, call: Call, record: Issue) -> None:
        """Both warehouses may take part and the lines make sense."""
        source = usable(call, record.source_id, "source_id")
        if source.kind == warehouse_pb2.Warehouse.QUARANTINE:
            raise Invalid.at("source_id", "隔离库的物资不能出库，请先在“隔离库存”页解除隔离")
        target = usable(call, record.target_id, "target_id", anyone=True)
        if record.source_id == record.target_id:
            raise Invalid.at("target_id", "发出和接收不能是同一个仓库")
        measure(call, record.lines)
        refuse(list(storage_faults(record.lines, target)))
        refuse_holding(call, target, record.lines)
        take_scanned(call, record)

    def complete(self, call: Call, messages: Sequence[pb.Issue]) -> None:
        """Names, and how long goods have waited for their receiver."""
        super().complete(call, messages)
        for message in messages:
            message.reminder = waiting(message, call.now)

    def prepare(self, call: Call, bill: Issue) -> None:
        """Reserve the lots that will leave."""
        lines = list(bill.lines)
        reserve(call, bill.source_id, lines, lambda c: refuse(list(skip_faults(bill.lines, c))))
        bill.lines[:] = lines
        bill.amount = total(bill.lines, lambda line: line.amount)

    def release(self, call: Call, bill: Issue) -> None:
        """Give the reserved lots up."""
        picking.release(call.db, bill.source_id, bill.lines)

    def Post(self, call: Call, request: IdRequest) -> pb.Issue:
        """Let the goods leave; they are in transit until the receiver takes them on."""
        issue = self.load(call, request)
        usable(call, issue.source_id, "source_id")
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
