"""Demo bills by which goods leave for good, and what was booked wrong and put right in red."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from protos.inventory import final_issue_pb2, receipt_pb2
from server.core.call import Call
from server.core.numbering import shanghai_date
from server.inventory import receipt as receiving
from server.inventory.document import approve
from server.inventory.final_issue import FinalIssue, FinalIssueLine, FinalIssueService, send
from server.inventory.loss import Loss, LossLine, StoreLossService
from server.inventory.receipt import Receipt, ReceiptLine, ReceiptService
from server.inventory.red import Red, RedService
from server.inventory.seed_bills import Days
from server.inventory.warehouse import Warehouse

_F = final_issue_pb2.FinalIssue


def seed(db: Session, now: datetime, people: dict[str, int], stores: dict[str, Warehouse]) -> None:
    """Write them; every kind once done and once waiting for somebody."""
    days = Days(db, now, people, stores)
    _opening_put_right(days)
    _written_off(days)
    _handed_out(days)
    db.flush()


def _opening_put_right(days: Days) -> None:
    """An opening entered ten times too high: finance has booked the reversal of the surplus."""
    keeper, head = days.call("KG001", 3), days.call("KG002", 3)
    opened, twice = (_opened(days, keeper, head, units) for units in (100, 10))
    red = _red(opened, "wrong_quantity", "多录一个零")
    days.made(keeper, RedService(), red)
    for line in red.lines:
        line.quantity = line.quantity * 9 // 10
    days.posted(keeper, head, RedService(), red, days.call("CW001", 2))
    days.submitted(days.call("KG001", 0), RedService(), _red(twice, "twice", "前一天已录"))


def _opened(days: Days, keeper: Call, head: Call, units: int) -> Receipt:
    """A posted opening of elastic bandages."""
    bandage, day = days.named("医用弹力绷带"), shanghai_date(days.now)
    line = ReceiptLine(
        item_id=bandage.id, item=bandage, lot_no="TD2608", unit="", quantity=units, price=650,
        produced_on=day - timedelta(days=90), expires_on=day + timedelta(days=900),
    )  # fmt: skip
    opened = Receipt(
        kind=receipt_pb2.Receipt.OPENING, warehouse_id=days.stores["ZXK"].id, invoice_no="",
        remark="盘点补录期初", lines=[line],
    )  # fmt: skip
    days.submitted(keeper, ReceiptService(), opened)
    approve(head, opened)
    receiving.post(keeper, opened)
    opened.state = receipt_pb2.Receipt.POSTED
    days.db.flush()
    return opened


def _red(wrong: Receipt, reason: str, note: str) -> Red:
    return Red(original_no=wrong.number, reason=reason, note=note, remark="", lines=[])


def _written_off(days: Days) -> None:
    """Broken on arrival and posted; and a dear one that waits for the level above."""
    keeper, head = days.call("KG001", 2), days.call("KG002", 2)
    fallen = (("甘露醇注射液", 2), ("0.9%氯化钠注射液", 3), ("5%葡萄糖注射液", 1))
    small = _loss(days, fallen, "broken", "搬运跌落")
    days.posted(keeper, head, StoreLossService(), small)
    dear = _loss(days, (("喉罩", 6),), "soiled", "包装进水")
    days.submitted(days.call("KG001", 0), StoreLossService(), dear)


def _loss(days: Days, what: Sequence[tuple[str, int]], reason: str, note: str) -> Loss:
    items = [(days.named(name), units) for name, units in what]
    return Loss(
        personal=False, warehouse_id=days.stores["ZXK"].id, task_no="", source_no="", remark="",
        lines=[
            LossLine(item_id=item.id, item=item, quantity=units, reason=reason, note=note)
            for item, units in items
        ],
    )  # fmt: skip


def _handed_out(days: Days) -> None:
    """Training material has left; what a hospital borrows waits for approval."""
    keeper, head = days.call("KG001", 2), days.call("KG002", 2)
    practised = (("一次性使用静脉留置针", 20), ("医用外科口罩", 50), ("口咽通气管", 5))
    training = _final(days, _F.DEPARTMENT, practised, "新员工急救培训")
    days.submitted(keeper, FinalIssueService(), training)
    approve(head, training)
    send(keeper, training)
    training.state = _F.POSTED
    days.db.flush()
    lent = _final(days, _F.OUTSIDE, (("医用外科口罩", 200),), "重大活动联合保障")
    days.submitted(days.call("KG001", 0), FinalIssueService(), lent)


def _final(
    days: Days, kind: "_F.Kind.ValueType", what: Sequence[tuple[str, int]], why: str
) -> FinalIssue:
    items, inside = [(days.named(name), units) for name, units in what], kind == _F.DEPARTMENT
    return FinalIssue(
        kind=kind, warehouse_id=days.stores["ZXK"].id, purpose=why, remark="",
        department_id=days.stores["ZXK"].department_id if inside else None,
        unit_name="" if inside else "上海市东方医院", taker="钱培训" if inside else "李护士长",
        lines=[FinalIssueLine(item_id=item.id, item=item, quantity=units) for item, units in items],
    )  # fmt: skip
