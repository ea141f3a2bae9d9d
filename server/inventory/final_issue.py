"""Goods that leave our books for good: used by a department, or given to another institution."""

from collections.abc import Iterator

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.common.list_pb2 import IdRequest
from protos.facts import Fault
from protos.inventory import final_issue_pb2 as pb
from protos.inventory import stock_pb2, warehouse_pb2
from server.admin.department import Department
from server.core.call import Call
from server.core.errors import Invalid
from server.inventory import ledger, picking, trace
from server.inventory.choosing import (
    ChosenLine,
    refuse_blocked,
    refuse_skipping,
    take_scanned,
    why,
)
from server.inventory.document import Bill, BillService, measure, posted
from server.inventory.ledger import Entry, Origin
from server.inventory.ledger_tables import Account
from server.inventory.quarantine import issuing
from server.inventory.refusals import refuse
from server.inventory.taking import reserve, the_lot, value
from server.inventory.warehouse import Warehouse, scoped

_K, _W = pb.FinalIssue, warehouse_pb2.Warehouse
_CODES: dict[int, tuple[int, Account]] = {
    _K.DEPARTMENT: (stock_pb2.Move.USED_UP, Account.LOSS),
    _K.OUTSIDE: (stock_pb2.Move.GIVEN_OUT, Account.OUTSIDE),
}


class FinalIssue(Bill):
    """The header."""

    __tablename__ = "inventory_final_issue"

    kind: Mapped[int]
    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey(Department.id), index=True)
    unit_name: Mapped[str] = mapped_column(String(60), default="", index=True)
    taker: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(60))
    amount: Mapped[int] = mapped_column(default=0)  # fen

    lines: Mapped[list["FinalIssueLine"]] = relationship(
        cascade="all, delete-orphan", order_by="FinalIssueLine.position"
    )


class FinalIssueLine(ChosenLine):
    """One lot that leaves."""

    __tablename__ = "inventory_final_issue_line"

    final_issue_id: Mapped[int] = mapped_column(ForeignKey(FinalIssue.id), index=True)


def header_faults(issue: FinalIssue) -> Iterator[Fault]:
    """A department uses, an institution gets; never both."""
    inside = issue.kind == _K.DEPARTMENT
    if inside and not issue.department_id:
        yield Fault("department_id", "科室领用要填写领用科室")
    if inside and issue.unit_name:
        yield Fault("unit_name", "科室领用不填外部单位，请清空或改为外部出库")
    if not inside and not issue.unit_name:
        yield Fault("unit_name", "外部出库要填写外部单位的全称")
    if not inside and issue.department_id:
        yield Fault("department_id", "外部出库不填领用科室，请清空或改为科室领用")


def drug_faults(issue: FinalIssue) -> Iterator[Fault]:
    """Controlled drugs never go to another institution."""
    for row, line in enumerate(issue.lines):
        if issue.kind == _K.OUTSIDE and line.item.controlled:
            text = f"{line.item.title}是麻醉或第一类精神药品，不能外部出库"
            yield Fault(f"lines[{row}].item_id", text)


def send(call: Call, issue: FinalIssue) -> None:
    """Let the goods leave the books."""
    picking.release(call.db, issue.warehouse_id, issue.lines)
    refuse_blocked(call, issue.lines)
    code, account = _CODES[issue.kind]
    moves = ledger.post(
        call,
        Origin("final_issue", issue.id, "post", issue.number or "",
               second_operator_id=issue.approver_id or 0, occurred_at=issue.occurred_at),
        [
            Entry(code, the_lot(line), issue.warehouse_id, account, line.base_quantity, line.id,
                  f"{issue.purpose} {why(line)}".strip()[:80],
                  codes=tuple(trace.parse(line.trace_codes)), unit=line.unit, factor=line.factor)
            for line in issue.lines
        ],
    )  # fmt: skip
    value(issue, moves)
    posted(call, issue)


class FinalIssueService(BillService[FinalIssue, pb.FinalIssue]):
    """Keeps them."""

    model = FinalIssue
    message = pb.FinalIssue
    page = pb.FinalIssueList
    prefix = "LY"
    searches = ("number", "unit_name", "taker", "purpose", "remark")

    def visible(self, call: Call) -> Select[FinalIssue]:
        """Out of the user's warehouses."""
        return scoped(call, select(FinalIssue), FinalIssue.warehouse_id)

    def check(self, call: Call, record: FinalIssue) -> None:
        """Out of a store that issues, to somebody named."""
        refuse(list(header_faults(record)))
        if issuing(call, record.warehouse_id).kind == _W.PERSON:
            raise Invalid.at("warehouse_id", "个人药库不能领用出库，请另选仓库")
        measure(call, record.lines)
        refuse(list(drug_faults(record)))
        take_scanned(call, record.warehouse_id, record.lines)

    def prepare(self, call: Call, bill: FinalIssue) -> None:
        """Reserve the lots that will leave."""
        reserve(call, bill.warehouse_id, bill, lambda c: refuse_skipping(bill.lines, c))

    def release(self, call: Call, bill: FinalIssue) -> None:
        """Give the reserved lots up."""
        picking.release(call.db, bill.warehouse_id, bill.lines)

    def Post(self, call: Call, request: IdRequest) -> pb.FinalIssue:
        """Let an approved one leave."""
        issue = self.load(call, request)
        issuing(call, issue.warehouse_id)
        send(call, issue)
        return self.save(call, issue)
