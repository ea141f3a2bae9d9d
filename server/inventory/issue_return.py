"""Goods taken on by a lower store sent back to the store that issued them (出库退库)."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.common.list_pb2 import IdRequest
from protos.inventory import bill_pb2, stock_pb2
from protos.inventory import issue_return_pb2 as pb
from server.core.call import Call
from server.core.errors import Invalid
from server.inventory.backward import BackBill, BackLine, BackService, Source
from server.inventory.issue import Issue, taken_on
from server.inventory.quarantine import quarantine_of
from server.inventory.warehouse import Warehouse, acting_for, refuse_stranger, scoped, usable


class IssueReturn(BackBill):
    """The header; goods go from ``warehouse_id`` back to ``source_id``, which issued them."""

    __tablename__ = "inventory_issue_return"

    issue_id: Mapped[int] = mapped_column(ForeignKey(Issue.id), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)

    lines: Mapped[list["IssueReturnLine"]] = relationship(
        cascade="all, delete-orphan", order_by="IssueReturnLine.position"
    )


class IssueReturnLine(BackLine):
    """A part of one lot taken on, brought back; its fate is the receiver's verdict."""

    __tablename__ = "inventory_issue_return_line"

    return_id: Mapped[int] = mapped_column(ForeignKey(IssueReturn.id), index=True)


def note_unfit(lines: Sequence[IssueReturnLine], unfit: Sequence[pb.Inspection]) -> str:
    """Mark lines that may not be used again; answers the reasons, raises Invalid."""
    for n, found in enumerate(unfit):
        if not 1 <= found.row <= len(lines):
            raise Invalid.at(f"unfit[{n}].row", f"单据只有{len(lines)}行，请核对行号")
        lines[found.row - 1].fate = bill_pb2.BackLine.QUARANTINED
    return "；".join(f"第{found.row}行{found.reason}" for found in unfit)


class IssueReturnService(BackService[IssueReturn, pb.IssueReturn]):
    """Keeps the returns; the store that gets the goods back posts them."""

    model = IssueReturn
    message = pb.IssueReturn
    page = pb.IssueReturnList
    line = IssueReturnLine
    prefix = "CT"
    move_code = stock_pb2.Move.RETURNED
    verb = "退库"
    searches = ("number", "reason", "remark")

    def visible(self, call: Call) -> Select[IssueReturn]:
        """Returns from and to the user's warehouses."""
        return scoped(call, select(IssueReturn), IssueReturn.warehouse_id, IssueReturn.source_id)

    def source(self, call: Call, bill: IssueReturn) -> Source:
        """The issue, once it was taken on."""
        issue, moves = taken_on(call, bill.issue_id)
        bill.source_id = issue.source_id
        usable(call, issue.target_id, "issue_id")
        return Source(issue, moves, issue.target_id)

    def target(self, call: Call, bill: IssueReturn, line: BackLine) -> int:
        """The issuing store, or its quarantine."""
        if line.fate != bill_pb2.BackLine.QUARANTINED:
            return bill.source_id
        return quarantine_of(call, call.db.get_one(Warehouse, bill.source_id)).id

    def turn(self, call: Call, verb: str) -> ColumnElement[bool]:
        """Only the issuing store takes its goods back."""
        return IssueReturn.source_id.in_(acting_for(call))

    def Approve(self, call: Call, request: IdRequest) -> pb.IssueReturn:
        """Take everything back on the books of the issuing store."""
        self._refuse_stranger(call, request.id)
        return super().Approve(call, request)

    def Inspect(self, call: Call, request: pb.InspectRequest) -> pb.IssueReturn:
        """Take all back and put what may not be used again into quarantine."""
        back = self.load(call, request)
        self._refuse_stranger(call, back.id)
        back.remark = f"{back.remark} {note_unfit(back.lines, request.unfit)}".strip()[:200]
        call.db.flush()
        return super().Approve(call, IdRequest(id=back.id, version=back.version))

    def _refuse_stranger(self, call: Call, record_id: int) -> None:
        back = self.find(call, record_id)
        refuse_stranger(call, call.db.get_one(Warehouse, back.source_id))
