"""Requisitions: what a store asks of the one above it, level by level.

Every line stands in balance: requested = granted + forwarded + cut. Granted units are issued from
the store that was asked, forwarded ones were passed on as a requisition of that store, cut ones
will not come. What is issued and received is never kept here; issues say it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Select, String, case, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship

from protos import facts
from protos.common.approval_pb2 import Decision
from protos.facts import Fault
from protos.inventory import issue_pb2, stock_pb2, warehouse_pb2
from protos.inventory import requisition_pb2 as pb
from server.core.approval import decisions_on, message
from server.core.call import Call
from server.core.errors import BusinessError, Invalid
from server.inventory.codes import Code
from server.inventory.document import Bill, BillLine, submit
from server.inventory.issue import Issue, IssueLine
from server.inventory.ledger_tables import Move
from server.inventory.refusals import refuse
from server.inventory.warehouse import Warehouse

PREFIX = "SL"
_LEVEL = pb.Requisition.DESCRIPTOR.fields_by_name["level"]
_S, _W, _I = pb.Requisition, warehouse_pb2.Warehouse, issue_pb2.Issue
LEVELS: dict[int, int] = {
    _W.STATION: _S.STATION, _W.SUB_CENTER: _S.SUB_CENTER, _W.CENTER: _S.CENTER,
}  # fmt: skip
MOVING = (_S.APPROVED, _S.PARTLY_ISSUED, _S.ISSUED)  # states that follow what is issued
DECIDED = (*MOVING, _S.DONE, _S.CLOSED, _S.REJECTED)
_PLANNED = (_I.DRAFT, _I.SUBMITTED, _I.APPROVED)
_SENT = (_I.ISSUED, _I.RECEIVED, _I.PARTLY_RECEIVED)
_TAKEN = (_I.RECEIVED, _I.PARTLY_RECEIVED)


class Requisition(Bill):
    """The header; its sums follow the lines."""

    __tablename__ = "inventory_requisition"

    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("inventory_requisition.id"), index=True
    )
    level: Mapped[int] = mapped_column(default=0)
    urgent: Mapped[bool] = mapped_column(default=False)
    notice: Mapped[str] = mapped_column(String(200), default="")
    requested: Mapped[int] = mapped_column(default=0)
    granted: Mapped[int] = mapped_column(default=0)
    forwarded: Mapped[int] = mapped_column(default=0)
    cut: Mapped[int] = mapped_column(default=0)
    issued: Mapped[int] = mapped_column(default=0)
    received: Mapped[int] = mapped_column(default=0)

    lines: Mapped[list["RequisitionLine"]] = relationship(
        cascade="all, delete-orphan", order_by="RequisitionLine.position"
    )
    source: Mapped[Warehouse] = relationship(foreign_keys="Requisition.source_id")
    warehouse: Mapped[Warehouse] = relationship(foreign_keys="Requisition.warehouse_id")


class RequisitionLine(BillLine):
    """So much of one item; all decisions are in smallest units."""

    __tablename__ = "inventory_requisition_line"

    requisition_id: Mapped[int] = mapped_column(ForeignKey(Requisition.id), index=True)
    parent_line_id: Mapped[int | None] = mapped_column(
        ForeignKey("inventory_requisition_line.id"), index=True
    )
    reason: Mapped[str] = mapped_column(String(40), default="")
    on_hand: Mapped[int] = mapped_column(default=0)  # of the asking store, when submitted
    target: Mapped[int] = mapped_column(default=0)
    granted: Mapped[int] = mapped_column(default=0)
    forwarded: Mapped[int] = mapped_column(default=0)
    cut: Mapped[int] = mapped_column(default=0)
    cut_reason: Mapped[str] = mapped_column(String(40), default="")

    @property
    def due(self) -> int:
        """What the asking store is to get, sooner or later."""
        return self.granted + self.forwarded


class Progress(NamedTuple):
    """Units of one line in issues: not yet sent, sent (less what came back), taken on."""

    planned: int = 0
    issued: int = 0
    received: int = 0


def progress(db: Session, line_ids: Iterable[int]) -> dict[int, Progress]:
    """What issues say of those lines; one query, lines without an issue are left out.

    What was reversed in red never came; goods sent back by a return did.
    """
    wanted = list(line_ids)
    undone = _reversed(wanted).subquery()
    kept = IssueLine.base_quantity - IssueLine.refused - func.coalesce(undone.c.units, 0)

    def units(states: Sequence[int]) -> Any:
        return func.sum(case((Issue.state.in_(states), kept), else_=0))

    chosen = (
        select(IssueLine.requisition_line_id, units(_PLANNED), units(_SENT), units(_TAKEN))
        .join(Issue, Issue.id == IssueLine.issue_id)
        .outerjoin(undone, undone.c.line_id == IssueLine.id)
        .where(IssueLine.requisition_line_id.in_(wanted))
        .group_by(IssueLine.requisition_line_id)
    )
    return {row[0]: Progress(*(int(n) for n in row[1:])) for row in db.execute(chosen)}


def _reversed(line_ids: Sequence[int]) -> Select[int, int]:
    """Units reversed in red, by line of the issues that serve those lines."""
    back, taken = aliased(Move), aliased(Move)
    return (
        select(taken.line_id.label("line_id"), func.sum(back.quantity).label("units"))
        .join(back, back.reverses_id == taken.id)
        .join(IssueLine, IssueLine.id == taken.line_id)
        .where(
            taken.code == stock_pb2.Move.TAKEN_ON,
            back.code == stock_pb2.Move.REVERSED,
            IssueLine.requisition_line_id.in_(line_ids),
        )
        .group_by(taken.line_id)
    )


# Deciding -------------------------------------------------------------------------------------


def suggest(lines: Iterable[RequisitionLine], free: dict[int, int], *, top: bool) -> None:
    """Write a first decision: grant what is free, pass the shortfall on; the top grants all.

    ``free`` are usable units of the store that was asked, by item. High-value and controlled items
    are decided by the centre.
    """
    for line in lines:
        own = line.base_quantity if top else min(line.base_quantity, free.get(line.item_id, 0))
        line.granted = 0 if for_centre(line) and not top else own
        line.forwarded = line.base_quantity - line.granted
        line.cut, line.cut_reason = 0, ""


def for_centre(line: RequisitionLine) -> bool:
    """Whether only the centre may grant the item."""
    return line.item.controlled or line.item.high_value


def decision_faults(lines: Sequence[RequisitionLine], *, top: bool) -> Iterator[Fault]:
    """Decisions that do not add up, or that this level may not make."""
    for row, line in enumerate(lines):
        if line.due > line.base_quantity:
            yield Fault(
                f"lines[{row}].granted",
                f"批准与转报共{line.due}{line.base_unit}，超过申领的{line.base_quantity}"
                f"{line.base_unit}，请改小（{Code.LIMIT}）",
            )
        elif line.due < line.base_quantity and not line.cut_reason:
            yield Fault(f"lines[{row}].cut_reason", "核减了数量，请填写核减原因")
        if line.forwarded and top:
            yield Fault(f"lines[{row}].forwarded", "没有上级库可以转报，请批准或核减")
        if line.granted and for_centre(line) and not top:
            yield Fault(f"lines[{row}].granted", "高值和麻精物资由中心审批，请把数量填在“转报上级”")


def settle_decision(requisition: Requisition) -> None:
    """What is neither granted nor forwarded is cut; raises Invalid."""
    top = requisition.level == _S.CENTER
    refuse(list(decision_faults(requisition.lines, top=top)))
    for line in requisition.lines:
        line.cut = line.base_quantity - line.due
        if not line.cut:
            line.cut_reason = ""
    _sum(requisition)


def approve_lines(call: Call, requisition: Requisition) -> Requisition | None:
    """Make the decision count: tell the level below what was cut, ask the one above the rest.

    Answers the requisition to the level above, if there is one.
    """
    settle_decision(requisition)
    if not requisition.granted + requisition.forwarded:
        raise BusinessError("全部核减了，请改用“不批准”并填写原因")
    for line in requisition.lines:
        _tell_below(call, line, line.cut, line.cut_reason)
    return forward(call, requisition) if requisition.forwarded else None


def forward(call: Call, requisition: Requisition) -> Requisition:
    """The shortfall as a requisition in the name of the store that was asked.

    An urgent one goes to the top at once.
    """
    above = _above(call, requisition.source)
    if requisition.urgent:
        while (higher := call.db.get(Warehouse, above.parent_id or 0)) is not None:
            above = higher
    child = Requisition(
        warehouse_id=requisition.source_id, source_id=above.id, source=above,
        urgent=requisition.urgent,
        parent_id=requisition.id, level=level_of(above), business_on=requisition.business_on,
        remark=f"转报{requisition.number} {requisition.remark}".strip()[:200],
        maker_id=call.user.id, state=_S.SUBMITTED, created_at=call.now, created_by=call.user.id,
        updated_at=call.now, updated_by=call.user.id,
        notice="加急，越级直报" if above.id != requisition.source.parent_id else "",
    )  # fmt: skip
    child.lines = [
        RequisitionLine(
            position=at, item_id=line.item_id, item=line.item, unit=line.base_unit, factor=1,
            quantity=line.forwarded, base_quantity=line.forwarded, parent_line_id=line.id,
            reason=line.reason,
        )
        for at, line in enumerate((x for x in requisition.lines if x.forwarded), 1)
    ]  # fmt: skip
    child.requested = requisition.forwarded
    call.db.add(child)
    submit(call, child, PREFIX)
    return child


def _above(call: Call, warehouse: Warehouse) -> Warehouse:
    above = call.db.get(Warehouse, warehouse.parent_id or 0)
    if above is None:
        raise BusinessError(f"{warehouse.name}没有上级库，不能转报，请批准或核减")
    return above


def level_of(source: Warehouse) -> int:
    """The level that decides what is asked of a store; raises Invalid where none does."""
    if source.kind not in LEVELS:
        raise Invalid.at("source_id", f"{source.name}不是分站库、分中心库或中心库，请另选")
    return LEVELS[source.kind]


def decisions(call: Call, requisition: Requisition) -> list[Decision]:
    """Who decided at which level, from the first asker up."""
    found = []
    for header in family(call, requisition):
        level = facts.value_label(_LEVEL, header.level)
        kind = DECIDED_BY.get(header.level, "")
        found += [message(each, level) for each in decisions_on(call.db, kind, header.id)]
    return found


def family(call: Call, requisition: Requisition) -> list[Requisition]:
    """The requisition everything began with, and all that were forwarded from it."""
    first = requisition
    while first.parent_id:
        first = call.db.get_one(Requisition, first.parent_id)
    found, heads = [first], [first.id]
    while heads:
        below = list(call.db.scalars(select(Requisition).where(Requisition.parent_id.in_(heads))))
        found += below
        heads = [each.id for each in below]
    return found


# Cutting --------------------------------------------------------------------------------------


def reject_lines(call: Call, requisition: Requisition, reason: str) -> None:
    """Cut everything."""
    for line in requisition.lines:
        line.granted, line.forwarded, line.cut = 0, line.base_quantity, 0
        _cut(call, line, line.base_quantity, reason)
    _sum(requisition)


def close_lines(call: Call, requisition: Requisition, reason: str) -> None:
    """Cut what was not issued; a request to the level above that nobody touched falls with it."""
    there = progress(call.db, [line.id for line in requisition.lines])
    if any(each.planned for each in there.values()):
        raise BusinessError("还有备好没有发出的出库单，请先发出或作废，再终止申领单")
    for line in requisition.lines:
        _cut(call, line, line.due - there.get(line.id, Progress()).issued, reason)
    waiting = select(Requisition).where(
        Requisition.parent_id == requisition.id, Requisition.state == _S.SUBMITTED
    )
    for child in call.db.scalars(waiting.with_for_update()):
        reject_lines(call, child, f"下级终止：{reason}")
        child.state, child.returned_reason = _S.CLOSED, f"下级终止：{reason}"[:80]
    refigure(call, requisition)


def _cut(call: Call, line: RequisitionLine, units: int, reason: str) -> None:
    """Move units of a line to cut, those forwarded first, and tell the level below."""
    passed = min(units, line.forwarded)
    line.forwarded -= passed
    line.granted -= units - passed
    line.cut += units
    if units:
        line.cut_reason = reason[:40]
        _tell_below(call, line, units, reason)


def _tell_below(call: Call, line: RequisitionLine, units: int, reason: str) -> None:
    """The line this one was forwarded from will not get those units either."""
    if not units or not line.parent_line_id:
        return
    origin = call.db.get_one(RequisitionLine, line.parent_line_id, with_for_update=True)
    gone = min(units, origin.forwarded)
    origin.forwarded -= gone
    lost = min(gone, gone + origin.due - _promised(call.db, origin.id))
    origin.granted += gone - lost  # its own store has sent or prepared that much already
    if not lost:
        return
    origin.cut += lost
    origin.cut_reason = f"上级核减：{reason}"[:40]
    _tell_below(call, origin, lost, reason)
    refigure(call, call.db.get_one(Requisition, origin.requisition_id, with_for_update=True))


def _promised(db: Session, line_id: int) -> int:
    moved = progress(db, [line_id]).get(line_id, Progress())
    return moved.issued + moved.planned


# Following ------------------------------------------------------------------------------------


def refigure(call: Call, requisition: Requisition) -> None:
    """Bring sums and state in line with decisions and issues."""
    call.db.flush()
    there = progress(call.db, [line.id for line in requisition.lines])
    requisition.issued = sum(each.issued for each in there.values())
    requisition.received = sum(each.received for each in there.values())
    _sum(requisition)
    if requisition.state in (*MOVING, _S.DONE):  # a red reversal opens it again
        requisition.state = _state(requisition)
    requisition.updated_at, requisition.updated_by = call.now, call.user.id
    call.changed.update(SHOWING)


DECIDED_BY: dict[int, str] = {  # the service where each level decides
    _S.STATION: "inventory.StationApprovalService",
    _S.SUB_CENTER: "inventory.SubCenterApprovalService",
    _S.CENTER: "inventory.CenterApprovalService",
}
SHOWING = ("inventory.RequisitionService", *DECIDED_BY.values())


def _sum(requisition: Requisition) -> None:
    lines = requisition.lines
    requisition.requested = sum(line.base_quantity for line in lines)
    requisition.granted = sum(line.granted for line in lines)
    requisition.forwarded = sum(line.forwarded for line in lines)
    requisition.cut = sum(line.cut for line in lines)


def _state(requisition: Requisition) -> int:
    due = requisition.granted + requisition.forwarded
    if not due:
        return _S.CLOSED
    if requisition.received >= due:
        return _S.DONE
    if requisition.issued >= due:
        return _S.ISSUED
    return _S.PARTLY_ISSUED if requisition.issued else _S.APPROVED


def follow(call: Call, issue: Issue) -> None:
    """An issue went on: so does the requisition it serves."""
    if issue.requisition_id:
        chosen = select(Requisition).where(Requisition.id == issue.requisition_id)
        refigure(call, call.db.scalars(chosen.with_for_update()).one())


def gaps(db: Session) -> list[str]:
    """One sentence for each decided line that is out of balance."""
    chosen = select(RequisitionLine, Requisition).join(
        Requisition, Requisition.id == RequisitionLine.requisition_id
    )
    rows = list(db.execute(chosen.where(Requisition.state.in_(DECIDED))))
    there = progress(db, [line.id for line, _ in rows])
    found = []
    for line, header in rows:
        moved = there.get(line.id, Progress())
        if line.base_quantity != line.granted + line.forwarded + line.cut:
            found.append(
                f"申领单{header.number}第{line.position}行：申领不等于批准、转报与核减之和"
            )
        if not moved.received <= moved.issued <= line.due:
            found.append(f"申领单{header.number}第{line.position}行：发放{moved}超过{line.due}")
    return found
