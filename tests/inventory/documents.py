"""What the documents say of the stock, added up without looking at the ledger."""

from collections import Counter
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from protos.inventory import (
    count_pb2,
    disposal_pb2,
    final_issue_pb2,
    issue_pb2,
    loss_pb2,
    receipt_pb2,
    red_pb2,
    stock_pb2,
    supplier_return_pb2,
)
from server.inventory.consumption_record import ConsumptionLine
from server.inventory.count import Count, CountLine
from server.inventory.disposal import Disposal, DisposalLine
from server.inventory.final_issue import FinalIssue, FinalIssueLine
from server.inventory.issue import Issue, IssueLine
from server.inventory.issue_return import IssueReturnLine
from server.inventory.ledger_tables import Account, Balance, Move
from server.inventory.loss import Loss, LossLine
from server.inventory.receipt import Receipt, ReceiptLine
from server.inventory.red import Red, RedLine
from server.inventory.supplier_return import SupplierReturn, SupplierReturnLine

LINES = (ReceiptLine, IssueLine, LossLine, DisposalLine, SupplierReturnLine, IssueReturnLine,
         FinalIssueLine, RedLine)  # fmt: skip
_MOVE = stock_pb2.Move


def _sums(chosen: Select[Any, Any]) -> Select[Any, Any]:
    return chosen.group_by(chosen.selected_columns[0])


def _in_and_out() -> list[tuple[int, Select[Any, Any]]]:
    """What brings units of an item into the unit (1) or lets them leave it (-1)."""
    came = select(ReceiptLine.item_id, func.sum(ReceiptLine.base_quantity)).join(Receipt)
    lost = select(LossLine.item_id, func.sum(LossLine.base_quantity)).join(Loss)
    gone = select(DisposalLine.item_id, func.sum(DisposalLine.base_quantity)).join(Disposal)
    back = select(SupplierReturnLine.item_id, func.sum(SupplierReturnLine.base_quantity))
    found = select(CountLine.item_id, func.sum(CountLine.counted - CountLine.book)).join(Count)
    given = select(FinalIssueLine.item_id, func.sum(FinalIssueLine.base_quantity))
    red = select(RedLine.item_id, func.sum(RedLine.base_quantity)).join(Red)
    red = red.where(Red.state == red_pb2.Red.POSTED)
    used = select(ConsumptionLine.item_id, func.sum(ConsumptionLine.issued))
    return [
        (1, came.where(Receipt.state == receipt_pb2.Receipt.POSTED)),
        (-1, lost.where(Loss.state == loss_pb2.Loss.POSTED)),
        (-1, gone.where(Disposal.state == disposal_pb2.Disposal.POSTED)),
        (-1, back.join(SupplierReturn).where(
            SupplierReturn.state == supplier_return_pb2.SupplierReturn.POSTED)),
        (-1, given.join(FinalIssue).where(
            FinalIssue.state == final_issue_pb2.FinalIssue.POSTED)),
        (-1, red.where(Red.kind == red_pb2.Red.RECEIPT)),
        (1, red.where(Red.kind.in_(
            (red_pb2.Red.LOSS, red_pb2.Red.FINAL_ISSUE, red_pb2.Red.SUPPLIER_RETURN)))),
        (1, found.where(Count.state == count_pb2.Count.POSTED, CountLine.counted.is_not(None))),
        (-1, used.where(ConsumptionLine.item_id.is_not(None))),
    ]  # fmt: skip


def unlike_documents(db: Session) -> list[str]:
    """Items of which more or less lies about than documents brought and took (I1).

    Boxes and recalls write off by papers of their own, which are not looked at here.
    """
    told: Counter[int] = Counter()
    for sign, chosen in _in_and_out():
        for item_id, units in db.execute(_sums(chosen)):
            told[item_id] += sign * int(units)
    lying = _sums(select(Balance.item_id, func.sum(Balance.quantity)))
    there = {row[0]: int(row[1]) for row in db.execute(lying)}
    return [
        f"{item}: {there.get(item, 0)} lie about, documents say {told[item]}"
        for item in {*told, *there}
        if there.get(item, 0) != told[item]
    ]


def unlike_sent(db: Session) -> list[str]:
    """Lots of which another quantity is in transit than was sent and not taken on yet (I1)."""
    sent = select(IssueLine.lot_id, func.sum(IssueLine.base_quantity)).join(Issue)
    waiting = _sums(sent.where(Issue.state == issue_pb2.Issue.ISSUED))
    told = {row[0]: int(row[1]) for row in db.execute(waiting)}
    held = select(Balance.lot_id, Balance.quantity).where(Balance.warehouse_id == Account.TRANSIT)
    there = {row[0]: row[1] for row in db.execute(held.where(Balance.quantity > 0))}
    return [] if there == told else [f"in transit {there}, sent {told}"]


def mismeasured(db: Session) -> list[str]:
    """Lines whose units times factor are not what moved (I5)."""
    found = []
    for line in LINES:
        wrong = select(line).where(line.quantity * line.factor != line.base_quantity)
        found += [
            f"{line.__name__}: {each.quantity}×{each.factor} is no {each.base_quantity}"
            for each in db.scalars(wrong)
        ]
    moved = (
        select(IssueLine.base_quantity, func.sum(Move.quantity))
        .join(Move, Move.line_id == IssueLine.id)
        .where(Move.code == _MOVE.ISSUED)
        .group_by(IssueLine.id, IssueLine.base_quantity)
    )
    rows = [(int(line), int(move)) for line, move in db.execute(moved)]
    return found + [f"a line of {line} moved {move}" for line, move in rows if line != move]


def faults(db: Session) -> list[str]:
    """What holds whatever happened."""
    return [*unlike_sent(db), *mismeasured(db)]
