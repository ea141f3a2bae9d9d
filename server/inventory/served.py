"""What an issue may send for the requisition it serves: what was granted and not a piece more.

Over-issues have no back door: who is to get more asks again, or is sent it by an issue that serves
no requisition.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from protos.facts import Fault
from protos.inventory import issue_pb2 as pb
from server.core.call import Call
from server.core.errors import Invalid
from server.inventory.codes import Code
from server.inventory.issue import Issue, IssueLine
from server.inventory.recall import late
from server.inventory.refusals import refuse
from server.inventory.requisition import (
    Progress,
    Requisition,
    RequisitionLine,
    follow,
    progress,
)
from server.inventory.taking import the_lot


def refuse_other_terms(call: Call, issue: Issue) -> None:
    """Kind, stores and items are those of the requisition; lines that were added serve it too."""
    if not issue.requisition_id:
        return
    asked = call.db.get_one(Requisition, issue.requisition_id)
    kept: dict[str, tuple[Any, Any]] = {
        "kind": (issue.kind, pb.Issue.REQUISITION),
        "source_id": (issue.source_id, asked.source_id),
        "target_id": (issue.target_id, asked.warehouse_id),
    }
    for name, (now, should) in kept.items():
        if now != should:
            text = f"这是为申领单{asked.number}备的货，这一项不能改；要发往别处请另开直接出库单"
            raise Invalid.at(name, text)
    refuse(list(_assigned(issue.lines, asked)))


def _assigned(lines: Sequence[IssueLine], asked: Requisition) -> Iterator[Fault]:
    """Let each line serve the line of the requisition that asks for its item."""
    of_item = {line.item_id: line.id for line in reversed(asked.lines)}
    known = {line.id: line.item_id for line in asked.lines}
    for row, line in enumerate(lines):
        if known.get(line.requisition_line_id) != line.item_id:
            line.requisition_line_id = of_item.get(line.item_id, 0)
        if not line.requisition_line_id:
            text = f"申领单{asked.number}没有申领{line.item.title}，请删去这一行或另开直接出库单"
            yield Fault(f"lines[{row}].item_id", text)


def refuse_beyond(call: Call, issue: Issue) -> None:
    """Refuse to send more than is granted, counting all that was sent or is prepared (I11)."""
    if not issue.requisition_id:
        return
    chosen = select(Requisition).where(Requisition.id == issue.requisition_id)
    asked = call.db.scalars(chosen.with_for_update()).one()  # others prepare for it as well
    call.db.flush()
    lines = {line.id: line for line in asked.lines}
    there = progress(call.db, lines)
    refuse([
        _fault(row, lines[line.requisition_line_id], there[line.requisition_line_id])
        for row, line in enumerate(issue.lines)
        if _over(lines[line.requisition_line_id], there[line.requisition_line_id])
    ])  # fmt: skip


def _over(line: RequisitionLine, moved: Progress) -> int:
    return max(moved.issued + moved.planned - line.due, 0)


def _fault(row: int, line: RequisitionLine, moved: Progress) -> Fault:
    unit = line.base_unit
    return Fault(
        f"lines[{row}].quantity",
        f"超过批准数量：{line.item.title}批准{line.due}{unit}，已发和备货共"
        f"{moved.issued + moved.planned}{unit}，请减少{_over(line, moved)}{unit}；"
        f"还需要的请重新申领，或另开直接出库单（{Code.LIMIT}）",
    )


def serve(call: Call, issue: Issue) -> None:
    """Let the requisition an issue serves follow its new state; late recalled goods are told of."""
    follow(call, issue)
    if issue.state in (pb.Issue.RECEIVED, pb.Issue.PARTLY_RECEIVED):
        late(call, [the_lot(line) for line in issue.lines])
