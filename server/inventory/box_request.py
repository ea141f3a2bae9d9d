"""Requests to refill or exchange a box, sent by the box platform: taken in, judged, filled.

What is missing in a box must be in medical records; what is not is a loss with a reason.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from protos.facts import Fault
from protos.inventory import box_pb2 as pb
from protos.inventory import stock_pb2
from server.admin.person import Person
from server.core.call import Call
from server.core.db import Model, Record
from server.core.errors import Invalid
from server.core.mapping import to_datetime
from server.core.numbering import shanghai_date
from server.inventory import ledger, picking
from server.inventory.box import Box, TemplateLine, held, standard, unfit
from server.inventory.codes import Code
from server.inventory.item import Item
from server.inventory.ledger import Entry, Origin
from server.inventory.ledger_tables import Account, Balance, Move
from server.inventory.numbers import LENGTH, stock_number
from server.inventory.refusals import Insufficient
from server.inventory.warehouse import Warehouse

PREFIX = "XL"
_S, _C = pb.BoxRequest, stock_pb2.Move


class BoxRequest(Record):
    """The header; ``request_no`` is the platform's and unique."""

    __tablename__ = "inventory_box_request"

    number: Mapped[str] = mapped_column(String(LENGTH), unique=True)
    request_no: Mapped[str] = mapped_column(String(40), unique=True)
    sent: Mapped[bytes]  # the platform's request as it came, to tell a repetition from a clash
    box_id: Mapped[int] = mapped_column(ForeignKey(Box.id), index=True)
    source_id: Mapped[int | None] = mapped_column(ForeignKey(Warehouse.id), index=True)
    plate: Mapped[str] = mapped_column(String(12), default="")
    crew: Mapped[str] = mapped_column(String(80), default="")
    seal_old: Mapped[str] = mapped_column(String(20), default="")
    seal_new: Mapped[str] = mapped_column(String(20), default="")
    requested_at: Mapped[datetime] = mapped_column(index=True)
    maker_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    witness_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    approved_at: Mapped[datetime | None]
    poster_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    difference: Mapped[int] = mapped_column(default=0)
    uses: Mapped[str] = mapped_column(String(400), default="")
    returned_reason: Mapped[str] = mapped_column(String(80), default="")
    mode: Mapped[int] = mapped_column(default=_S.REFILL)
    replacement_id: Mapped[int | None] = mapped_column(ForeignKey(Box.id), index=True)
    state: Mapped[int] = mapped_column(default=_S.SUBMITTED)

    lines: Mapped[list["BoxRequestLine"]] = relationship(
        cascade="all, delete-orphan", order_by="BoxRequestLine.position"
    )
    box: Mapped[Box] = relationship(foreign_keys=[box_id])
    replacement: Mapped[Box | None] = relationship(foreign_keys=[replacement_id])


class BoxRequestLine(Model):
    """One item: what the box should hold, holds by the books, held when counted, and shall get."""

    __tablename__ = "inventory_box_request_line"

    request_id: Mapped[int] = mapped_column(ForeignKey(BoxRequest.id), index=True)
    position: Mapped[int]
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id))
    standard: Mapped[int] = mapped_column(default=0)
    book: Mapped[int] = mapped_column(default=0)
    remaining: Mapped[int] = mapped_column(default=0)
    expired: Mapped[int] = mapped_column(default=0)
    emr_used: Mapped[int] = mapped_column(default=0)
    difference: Mapped[int] = mapped_column(default=0)  # book - remaining: missing in no record
    requested: Mapped[int] = mapped_column(default=0)
    approved: Mapped[int] = mapped_column(default=0)
    cut_reason: Mapped[str] = mapped_column(String(40), default="")
    loss_reason: Mapped[str] = mapped_column(String(40), default="")

    item: Mapped[Item] = relationship(lazy="joined", innerjoin=True)

    @property
    def base_unit(self) -> str:
        """The smallest unit."""
        return self.item.base_unit

    @property
    def item_name(self) -> str:
        """For print."""
        return self.item.name

    @property
    def spec(self) -> str:
        """For print."""
        return self.item.spec


# Taking in ------------------------------------------------------------------------------------


def taken(call: Call, request: pb.PlatformRequest) -> BoxRequest:
    """The request of that number, made now or before; raises Invalid for another content."""
    sent = request.SerializeToString(deterministic=True)
    known = by_number(call.db, request.request_no)
    if known is not None and known.sent != sent:
        raise Invalid.at(
            "request_no", f"这个申领号已用于另一份内容，请换一个号（{Code.DUPLICATE}）"
        )
    return known or _made(call, request, sent)


def by_number(db: Session, request_no: str) -> BoxRequest | None:
    """The request the platform calls so, if there is one."""
    return db.scalars(select(BoxRequest).where(BoxRequest.request_no == request_no)).first()


def _made(call: Call, request: pb.PlatformRequest, sent: bytes) -> BoxRequest:
    box = call.db.scalars(select(Box).where(Box.box_no == request.box_no).with_for_update()).first()
    if box is None:
        raise Invalid.at("box_no", f"没有药箱{request.box_no}，请先在“药箱”页面登记")
    if box.seal_no and request.seal_old and request.seal_old != box.seal_no:
        text = f"药箱{box.box_no}登记的铅封号是{box.seal_no}，请核对是否拿错药箱"
        raise Invalid.at("seal_old", text)
    made = BoxRequest(
        number=stock_number(call, PREFIX), request_no=request.request_no, sent=sent,
        box_id=box.id, box=box, source_id=box.warehouse.parent_id, plate=request.plate,
        crew=request.crew, seal_old=request.seal_old,
        requested_at=to_datetime(request.requested_at), maker_id=call.user.id,
        created_at=call.now, created_by=call.user.id, updated_at=call.now,
        uses=used_by(call, box)[:400], mode=request.mode or _S.REFILL,
        replacement=_replacement(call, request),
    )  # fmt: skip
    made.lines = _lines(call, box, request.lines)
    if made.mode == _S.SWAP:
        _refuse_uncounted(call, made)
    made.difference = sum(abs(line.difference) for line in made.lines)
    box.state, box.plate = pb.Box.OPENED, box.plate or request.plate
    call.db.add(made)
    call.db.flush()
    return made


def _replacement(call: Call, request: pb.PlatformRequest) -> Box | None:
    if not request.replacement_no:
        return None
    if request.mode != _S.SWAP:
        raise Invalid.at("replacement_no", "只有换箱才填写换上的药箱，请改方式或清空")
    found = call.db.scalars(select(Box).where(Box.box_no == request.replacement_no)).first()
    if found is None:
        raise Invalid.at("replacement_no", f"没有药箱{request.replacement_no}，请核对")
    return found


def _refuse_uncounted(call: Call, request: BoxRequest) -> None:
    """A box that leaves whole was counted whole, and nothing is asked for line by line."""
    for row, line in enumerate(request.lines):
        if line.requested:
            raise Invalid.at(f"lines[{row}].requested", "换箱不逐行补货，申领数量请填0")
    counted = {line.item_id for line in request.lines}
    there = held(call.db, request.box.warehouse_id)
    left_out = [b[0].lot.item_name for item, b in there.items() if item not in counted]
    if left_out:
        raise Invalid.at("lines", f"换箱要清点整箱，还没有清点：{'、'.join(left_out[:3])}")


def _lines(call: Call, box: Box, told: Sequence[pb.PlatformLine]) -> list[BoxRequestLine]:
    codes = [line.item_code for line in told]
    items = {i.code: i for i in call.db.scalars(select(Item).where(Item.code.in_(codes)))}
    full, there = standard(call.db, box.warehouse_id), held(call.db, box.warehouse_id)
    used = emr_uses(call.db, box)
    made = []
    for row, line in enumerate(told):
        if line.item_code not in items:
            raise Invalid.at(
                f"lines[{row}].item_code", f"没有物资{line.item_code}，请核对（{Code.NOT_BOUND}）"
            )
        if line.expired > line.remaining:
            raise Invalid.at(f"lines[{row}].expired", "过期数量不能多于实点数量")
        item = items[line.item_code]
        book = sum(balance.quantity for balance in there.get(item.id, []))
        good = line.remaining - line.expired
        made.append(
            BoxRequestLine(
                position=row + 1, item_id=item.id, item=item, standard=full.get(item.id, 0),
                book=book, remaining=line.remaining, expired=line.expired,
                emr_used=used.get(item.id, 0), difference=book - line.remaining,
                requested=line.requested,
                approved=min(line.requested, max(full.get(item.id, 0) - good, 0)),
            )
        )  # fmt: skip
    return made


def _since_seal(box: Box) -> list[object]:
    since = [Move.posted_at >= box.sealed_at] if box.sealed_at else []
    return [Move.source_id == box.warehouse_id, Move.emr_id != 0, *since]


def emr_uses(db: Session, box: Box) -> dict[int, int]:
    """Units that records say were used or lost out of the box since its seal, net, by item."""
    found: dict[int, int] = defaultdict(int)
    back = [Move.target_id == box.warehouse_id, Move.emr_id != 0]
    back += [Move.posted_at >= box.sealed_at] if box.sealed_at else []
    for conditions, sign in ((_since_seal(box), 1), (back, -1)):
        chosen = select(Move.item_id, func.sum(Move.quantity)).where(*conditions)
        for item_id, units in db.execute(chosen.group_by(Move.item_id)):
            found[item_id] += sign * int(units)
    return found


def used_by(call: Call, box: Box) -> str:
    """Which records used the box since it was sealed, in words."""
    from server.inventory.consumption_record import Consumption  # which looks for boxes itself

    numbers = (
        select(Consumption.task_no, Consumption.number)
        .join(Move, Move.emr_id == Consumption.emr_id)
        .where(*_since_seal(box))  # type: ignore[arg-type]
        .distinct()
        .order_by(Consumption.number)
    )
    found = [f"{task or '无任务号'}（{number}）" for task, number in call.db.execute(numbers)]
    return "、".join(found) or "没有病历使用这只药箱"


# Deciding and filling -------------------------------------------------------------------------


def decision_faults(lines: Sequence[BoxRequestLine]) -> Iterator[Fault]:
    """Lines cut without a reason, or whose difference is not explained."""
    for row, line in enumerate(lines):
        if line.approved > line.requested:
            yield Fault(f"lines[{row}].approved", f"批准不能多于申领，请改小（{Code.LIMIT}）")
        if line.approved < line.requested and not line.cut_reason:
            yield Fault(f"lines[{row}].cut_reason", "核减了数量，请填写核减原因")
        if line.difference > 0 and not line.loss_reason:
            text = f"箱内比账面少{line.difference}{line.base_unit}，病历里没有，请填写差异原因"
            yield Fault(f"lines[{row}].loss_reason", text)
        if line.difference < 0:
            text = f"箱内比账面多{-line.difference}{line.base_unit}：请先改正病历或盘点药箱"
            yield Fault(f"lines[{row}].loss_reason", text)


def fill(call: Call, request: BoxRequest, source: Warehouse) -> None:
    """Write off what is missing, take out what expired, put in what was approved."""
    box = request.box.warehouse_id
    taken_out = _taken_out(call, request, box, source.id)
    put_in = _put_in(call, request, box, source)
    second = request.approver_id or 0
    for action, entries in (("clear", taken_out), ("fill", put_in)):
        if entries:
            origin = Origin(
                "box_request", request.id, action, request.number, second_operator_id=second
            )
            ledger.post(call, origin, entries)
    request.poster_id = call.user.id


def _taken_out(call: Call, request: BoxRequest, box: int, store: int) -> list[Entry]:
    """Losses, and all that may not stay in the box; what of the expired is missing goes first."""
    balances = ledger.lock_items(call.db, box, {line.item_id for line in request.lines})
    template = {line.item_id: line for line in request.box.template.lines}
    day = shanghai_date(call.now)
    entries = []
    for line in request.lines:
        of_item = [b for b in balances if b.item_id == line.item_id]
        faults = {b.lot_id: unfit(template.get(line.item_id), b, day) for b in of_item}
        past = [b for b in of_item if picking.expired(b.expires_on, day)]
        bad = [b for b in of_item if faults[b.lot_id] and b not in past]
        good = [b for b in of_item if not faults[b.lot_id]]
        there = sum(b.available for b in past)
        gone = min(max(line.difference, 0), max(there - line.expired, 0))
        kept = {p.balance.lot_id: p.quantity for p in picking.take_from(past, there - gone)}
        lost = list(written_off(line, [*past, *good, *bad], kept))
        left = {entry.lot.id: entry.quantity for entry in lost}
        entries += lost
        for balance in (*past, *bad):
            part = balance.available - left.get(balance.lot_id, 0)
            if part > 0:
                why = f"药箱取出：{faults[balance.lot_id]}"[:80]
                entries.append(Entry(_C.SWAPPED, balance.lot, box, store, part, line.id, why))
    return entries


def written_off(
    line: BoxRequestLine, balances: Sequence[Balance], left: dict[int, int]
) -> Iterator[Entry]:
    """What is missing of a line as a loss; ``left`` are units of a lot that leave otherwise."""
    missing = line.difference
    why = f"药箱差异：{line.loss_reason}"[:80]
    for balance in balances:
        part = min(missing, balance.available - left.get(balance.lot_id, 0))
        if part > 0:
            yield Entry(
                _C.LOST, balance.lot, balance.warehouse_id, Account.LOSS, part, line.id, why
            )
            missing -= part


def _put_in(call: Call, request: BoxRequest, box: int, source: Warehouse) -> list[Entry]:
    wanted = [line for line in request.lines if line.approved]
    balances = ledger.lock_items(call.db, source.id, {line.item_id for line in wanted})
    life = _least_life(call.db, request.box)
    entries = []
    for line in wanted:
        picks = picking.take_from(
            _fresh(balances, line.item_id, life.get(line.item_id, 0), shanghai_date(call.now)),
            line.approved,
        )
        found = sum(pick.quantity for pick in picks)
        if found < line.approved:
            what = f"{source.name}效期够长的{line.item.title}"
            raise Insufficient(what, found, line.approved, line.base_unit)
        entries += [
            Entry(_C.TRANSFERRED, p.balance.lot, source.id, box, p.quantity, line.id, "补箱")
            for p in picks
        ]
    return entries


def _fresh(balances: Sequence[Balance], item_id: int, days: int, today: date) -> list[Balance]:
    until = today + timedelta(days=days)
    of_item = [b for b in balances if b.item_id == item_id]
    return [b for b in picking.queue(of_item, today) if not b.expires_on or b.expires_on >= until]


def _least_life(db: Session, box: Box) -> dict[int, int]:
    chosen = select(TemplateLine.item_id, TemplateLine.min_life_days)
    rows = db.execute(chosen.where(TemplateLine.template_id == box.template_id))
    return {row[0]: row[1] for row in rows}
