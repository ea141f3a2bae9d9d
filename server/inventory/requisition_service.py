"""The pages of requisitions: asking, following, and deciding at three levels."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Select, or_, select

from protos import facts
from protos.common.approval_pb2 import Decision
from protos.common.list_pb2 import IdRequest
from protos.inventory import issue_pb2
from protos.inventory import requisition_pb2 as pb
from protos.inventory.bill_pb2 import ReturnRequest
from server.admin.deputy import principals_of
from server.admin.person import Person
from server.core.approval import Outcome, decide, refuse_if_decided
from server.core.call import Call
from server.core.crud import CrudService
from server.core.duty import refuse_self
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.inventory import controlled
from server.inventory.blind import hidden_items
from server.inventory.document import BillService, approve, fill_names, measure, submit, total
from server.inventory.issue import Issue, IssueLine
from server.inventory.issue_service import IssueService
from server.inventory.proposing import describe, propose, usable_units
from server.inventory.quarantine import refuse_quarantine
from server.inventory.requisition import (
    DECIDED,
    DECIDED_BY,
    PREFIX,
    SHOWING,
    Progress,
    Requisition,
    RequisitionLine,
    approve_lines,
    close_lines,
    decisions,
    family,
    level_of,
    progress,
    reject_lines,
    settle_decision,
    suggest,
)
from server.inventory.role_item import limits, on_hand, refuse_holding, refuse_requesting
from server.inventory.stock_level import StockLevel
from server.inventory.taking import reserve
from server.inventory.warehouse import Keeper, Warehouse, mine, usable

_S = pb.Requisition
_LEVEL = _S.DESCRIPTOR.fields_by_name["level"]


class RequisitionService(BillService[Requisition, pb.Requisition]):
    """Keeps the requisitions of the user's stores, and those asked of them."""

    model = Requisition
    message = pb.Requisition
    page = pb.RequisitionList
    prefix = PREFIX

    def visible(self, call: Call) -> Select[Requisition]:
        """Of the user's stores, asked of them, or made by the user."""
        if call.user.departments is None:
            return select(Requisition)
        ours = mine(call)
        return select(Requisition).where(
            or_(
                Requisition.warehouse_id.in_(ours),
                Requisition.source_id.in_(ours),
                Requisition.maker_id == call.user.id,
            )
        )

    def complete(self, call: Call, messages: Sequence[pb.Requisition]) -> None:
        """Names; of one opened requisition also what issues say and what every level did."""
        fill_names(call, messages)
        for message in messages:
            if message.lines:  # only Get carries lines
                _fill(call, message)

    def check(self, call: Call, record: Requisition) -> None:
        """The stores may ask and be asked, and the lines make sense."""
        warehouse = usable(call, record.warehouse_id, "warehouse_id")
        refuse_quarantine(warehouse, "warehouse_id")
        record.source_id = record.source_id or warehouse.parent_id or 0
        if not record.source_id:
            raise Invalid.at("source_id", f"{warehouse.name}没有上级库，请选择向哪个库申领")
        source = usable(call, record.source_id, "source_id", anyone=True)
        if source.id == warehouse.id:
            raise Invalid.at("source_id", "不能向自己申领，请另选供货仓库")
        record.source, record.level = source, level_of(source)
        if not record.lines and call.method.name == "Create":
            record.lines = propose(call, warehouse, source)
        measure(call, record.lines)
        refuse_requesting(call, record.lines)
        describe(call, record.warehouse_id, record.lines)
        record.requested = total(record.lines, lambda line: line.base_quantity)

    def Propose(self, call: Call, request: IdRequest) -> pb.Requisition:
        """Begin the lines anew with what the store is short of."""
        record = self.load(call, request)
        warehouse = call.db.get_one(Warehouse, record.warehouse_id)
        if hidden_items(call, [warehouse.id]):
            raise BusinessError(f"{warehouse.name}正在盲盘，建议数量会透露账面数；请盘完再建议")
        record.lines = propose(call, warehouse, record.source)
        if not record.lines:
            raise BusinessError(f"{warehouse.name}近期用量都有库存或在途，没有要建议的，可手工填写")
        self.check(call, record)
        return self.save(call, record)

    def decisions(self, call: Call, record: Requisition) -> list[Decision]:
        """Of every level."""
        return decisions(call, record)

    def note_change(self, call: Call) -> None:
        """The approvers' lists show the same requisitions."""
        call.changed.update(SHOWING)

    def prepare(self, call: Call, bill: Requisition) -> None:
        """A first decision for the approver, from what the store that is asked has."""
        if not bill.lines:
            raise Invalid.at("lines", "申领单没有明细，请填写或按“自动建议”")
        _suggest(call, bill)

    def Withdraw(self, call: Call, request: IdRequest) -> pb.Requisition:
        """Take a requisition back while nobody has acted on it."""
        record = self.find(call, request.id)
        if record.parent_id:
            raise BusinessError("这是转报上级的申领单，不能撤回；不再需要时请终止下级的申领单")
        refuse_if_decided(call, record, DECIDED_BY[record.level])
        return super().Withdraw(call, request)

    def Close(self, call: Call, request: ReturnRequest) -> pb.Requisition:
        """Give up what was not issued yet."""
        record = self.load(call, request)
        close_lines(call, record, request.reason)
        record.returned_reason = call.reason = request.reason
        return self.save(call, record)

    def Prepare(self, call: Call, request: IdRequest) -> pb.Requisition:
        """Make an issue of what is granted and on hand; the approval of the requisition counts."""
        record = self.load(call, request)
        usable(call, record.source_id, "source_id")
        issue = Issue(
            kind=issue_pb2.Issue.REQUISITION, source_id=record.source_id,
            target_id=record.warehouse_id, business_on=shanghai_date(call.now),
            remark=f"申领单{record.number}", maker_id=call.user.id, requisition_id=record.id,
            state=issue_pb2.Issue.APPROVED, approver_id=record.approver_id,
            approved_at=record.approved_at, created_at=call.now, created_by=call.user.id,
            updated_at=call.now, updated_by=call.user.id,
        )  # fmt: skip
        issue.lines = _open_lines(call, record)
        refuse_holding(call, record.warehouse, issue.lines)
        call.db.add(issue)
        reserve(call, record.source_id, issue)
        submit(call, issue, IssueService.prefix)
        call.changed.add(call.app.registry.name_of(IssueService))
        return self.save(call, record)


def _suggest(call: Call, record: Requisition) -> None:
    free = usable_units(call, record.source_id, [line.item_id for line in record.lines])
    top = record.level == _S.CENTER
    suggest(record.lines, free, top=top)
    short = [x.item.name for x in record.lines if top and free.get(x.item_id, 0) < x.base_quantity]
    if short:
        record.notice = f"库存不足：{'、'.join(short)}"[:200]


def _open_lines(call: Call, record: Requisition) -> list[IssueLine]:
    """Issue lines for what is due, not in an issue yet and on hand; raises if there is nothing."""
    there = progress(call.db, [line.id for line in record.lines])
    free = usable_units(call, record.source_id, [line.item_id for line in record.lines])
    made: list[IssueLine] = []
    for line in record.lines:
        moved = there.get(line.id, Progress())
        units = min(line.due - moved.issued - moved.planned, free.get(line.item_id, 0))
        if units > 0:
            free[line.item_id] -= units
            made.append(_issue_line(line, units, len(made) + 1))
    if not made:
        text = "没有可备的货：批准的都已备好，或供货仓库没有库存。请等上级到货，或终止申领单"
        raise BusinessError(text)
    return made


def _issue_line(line: RequisitionLine, units: int, position: int) -> IssueLine:
    even = units % line.factor == 0
    factor = line.factor if even else 1
    return IssueLine(
        position=position, item_id=line.item_id, item=line.item, factor=factor,
        unit=line.unit if even else line.base_unit, quantity=units // factor, base_quantity=units,
        requisition_line_id=line.id,
    )  # fmt: skip


def _fill(call: Call, message: pb.Requisition) -> None:
    there = progress(call.db, [line.id for line in message.lines])
    hidden = hidden_items(call, [message.warehouse_id])
    for line in message.lines:
        if (message.warehouse_id, line.item_id) in hidden:
            line.ClearField("on_hand")
        moved = there.get(line.id, Progress())
        line.issued, line.received = moved.issued, moved.received
        if message.state not in DECIDED:  # what the approver is proposed is no decision yet
            line.granted = line.forwarded = line.cut = 0
            line.cut_reason = ""
    message.steps.extend(steps(call, call.db.get_one(Requisition, message.id)))


def steps(call: Call, requisition: Requisition) -> list[pb.RequisitionStep]:
    """What every level did with every item, from the first asker up."""
    levels = family(call, requisition)
    lines = [(header, line) for header in levels for line in header.lines]
    there = progress(call.db, [line.id for _, line in lines])
    people = select(Person.id, Person.name).where(Person.id.in_([h.approver_id for h in levels]))
    names: dict[int, str] = {row[0]: row[1] for row in call.db.execute(people)}
    found = []
    for header, line in sorted(lines, key=lambda pair: (pair[1].item_id, pair[0].id)):
        moved = there.get(line.id, Progress())
        decided = header.state in DECIDED
        found.append(
            pb.RequisitionStep(
                number=header.number or "", level=facts.value_label(_LEVEL, header.level),
                item=line.item.title, item_id=line.item_id, requested=line.base_quantity,
                granted=line.granted * decided,
                forwarded=line.forwarded * decided, cut=line.cut * decided,
                cut_reason=line.cut_reason,
                issued=moved.issued, received=moved.received,
                approver=names.get(header.approver_id or 0, ""), state=header.state,  # type: ignore[arg-type]
            )
        )  # fmt: skip
    return found


class _Approvals(CrudService[Requisition, pb.RequisitionReview]):
    """What waits at one level; deputies see what their principals see."""

    model = Requisition
    message = pb.RequisitionReview
    page = pb.ReviewList
    display = "number"
    code = "number"
    searches = ("number", "remark")
    level: ClassVar[int]

    def visible(self, call: Call) -> Select[Requisition]:
        """Asked of the user's stores of this level, once submitted."""
        chosen = select(Requisition).where(
            Requisition.level == self.level, Requisition.state.not_in((_S.DRAFT, _S.VOID))
        )
        if call.user.departments is None:
            return chosen
        ours = or_(
            Requisition.source_id.in_(mine(call)), Requisition.source_id.in_(_of_principals(call))
        )
        return chosen.where(ours)

    def makers(self, verb: str) -> Sequence[Any]:
        """Who asked."""
        return (Requisition.maker_id, Requisition.submitter_id)

    def complete(self, call: Call, messages: Sequence[pb.RequisitionReview]) -> None:
        """What this level may give of each item now."""
        for message in messages:
            if not message.lines:
                continue  # a row of a list
            free = usable_units(call, message.source_id, [x.item_id for x in message.lines])
            if message.state == pb.RequisitionReview.SUBMITTED:
                warn_above(call, message)
            for line in message.lines:
                line.available = free.get(line.item_id, 0)

    def check(self, call: Call, record: Requisition) -> None:
        """Decisions add up; the lines are the applicant's."""
        refuse_self(call, record.maker_id)
        if any(line.item is None or not line.base_quantity for line in record.lines):
            raise Invalid.at("lines", "审批只能改核定数量，不能增加行")
        settle_decision(record)

    def Update(self, call: Call, request: pb.RequisitionReview) -> pb.RequisitionReview:
        """Write the decision on each line; no line may be added or left out."""
        known = {line.id for line in self.find(call, request.id).lines}
        if {line.id for line in request.lines} != known or len(request.lines) != len(known):
            raise Invalid.at("lines", "审批只能改核定数量，不能增减行，请刷新后重填")
        return super().Update(call, request)

    def Approve(self, call: Call, request: IdRequest) -> pb.RequisitionReview:
        """Grant, forward and cut as the lines say."""
        record = self.load(call, request)
        if record.level == _S.CENTER:
            given = [line for line in record.lines if line.granted]
            controlled.refuse_unqualified(call, given, dear=True)
        if decide(call, record, record.maker_id) is Outcome.PENDING:
            return self.save(call, record, move=False)
        approve(call, record)
        child = approve_lines(call, record)
        if child is not None:
            _suggest(call, child)
        return self.save(call, record)

    def Reject(self, call: Call, request: ReturnRequest) -> pb.RequisitionReview:
        """Give nothing, for a reason; the levels below hear of it."""
        record = self.load(call, request)
        decide(call, record, record.maker_id, approved=False, comment=request.reason)
        record.approver_id, record.approved_at = call.user.id, call.now
        reject_lines(call, record, request.reason)
        record.returned_reason = call.reason = request.reason
        return self.save(call, record)

    def note_change(self, call: Call) -> None:
        """The applicants' list and those of the other levels show the same requisitions."""
        call.changed.update(SHOWING)


def warn_above(call: Call, review: pb.RequisitionReview) -> None:
    """Say on each line where granting it would take the asking store above its upper limit."""
    store = call.db.get_one(Warehouse, review.warehouse_id)
    items = [line.item_id for line in review.lines]
    most = upper_limits(call, store, items)
    there = on_hand(call.db, store.id, items)
    for line in review.lines:
        would = there.get(line.item_id, 0) + line.granted + line.forwarded
        limit = most.get(line.item_id, 0)
        if limit and would > limit:
            line.warning = f"批准后将有{would}{line.base_unit}，超过上限{limit}{line.base_unit}"


def upper_limits(call: Call, store: Warehouse, items: Sequence[int]) -> dict[int, int]:
    """How much of each item a store should hold at most: its owner's roles, else its level."""
    if store.owner_id:
        bound = limits(call.db, store.owner_id, items, shanghai_date(call.now))
        return {item: limit.most for item, limit in bound.items()}
    levels = select(StockLevel.item_id, StockLevel.most).where(
        StockLevel.warehouse_id == store.id, StockLevel.item_id.in_(items)
    )
    return {row[0]: row[1] for row in call.db.execute(levels)}


def _of_principals(call: Call) -> Select[int]:
    """The stores of those the user stands in for today."""
    day = shanghai_date(call.now)
    principals = principals_of(call.db, call.user.id, day)
    theirs = select(Person.department_id).where(Person.id.in_(principals))
    kept = select(Keeper.warehouse_id).where(Keeper.person_id.in_(principals))
    return select(Warehouse.id).where(
        or_(Warehouse.department_id.in_(theirs), Warehouse.id.in_(kept))
    )


class StationApprovalService(_Approvals):
    """What a station decides."""

    level = _S.STATION


class SubCenterApprovalService(_Approvals):
    """What a sub-centre decides."""

    level = _S.SUB_CENTER


class CenterApprovalService(_Approvals):
    """What the centre decides."""

    level = _S.CENTER
