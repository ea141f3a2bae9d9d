"""Stock past its end or near it: bands, quarantine, and notices told once."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, and_, not_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from protos.common.list_pb2 import Empty, Filter, IdRequest, ListRequest
from protos.inventory import expiry_pb2 as pb
from protos.inventory import stock_pb2, warehouse_pb2
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Record
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.inventory import picking
from server.inventory.blind import BlindService, under_count
from server.inventory.codes import Code
from server.inventory.item import Item
from server.inventory.ledger_tables import LAST_ACCOUNT, Balance, Lot
from server.inventory.quarantine import move_all, set_apart
from server.inventory.stock import FIGURES, WARN, band, describe, in_use
from server.inventory.warehouse import Warehouse, scoped, usable

_B = stock_pb2.Stock
# First and last day of each band, counted from today; None: without end.
_REACH: dict[int, tuple[int | None, int | None]] = {
    _B.EXPIRED: (None, -1),
    _B.WITHIN_30: (0, 30),
    _B.WITHIN_90: (31, 90),
    _B.WITHIN_180: (91, 180),
    _B.WARNED: (181, None),
}


def in_band(db: Session, number: int, day: date) -> ColumnElement[bool]:
    """Whether a balance lies in a band, seen from a day."""
    until = Balance.expires_on
    if number == _B.UNLIMITED:
        return until.is_(None)
    if number == _B.FRESH:
        return and_(until.is_not(None), not_(near(db, day)))
    first, last = _REACH[number]
    ends = [] if first is None else [until >= day + timedelta(days=first)]
    ends += [] if last is None else [until <= day + timedelta(days=last)]
    return and_(near(db, day), *ends)


def near(db: Session, day: date) -> ColumnElement[bool]:
    """Whether a balance is within the days its item warns before the end, or past it."""
    kinds = db.scalars(select(Item.warn_days).distinct()).all()
    of_item = [
        and_(
            Balance.item_id.in_(select(Item.id).where(Item.warn_days == days)),
            Balance.expires_on <= day + timedelta(days=days or WARN),
        )
        for days in kinds
    ]
    return and_(Balance.expires_on.is_not(None), or_(False, *of_item))


def _there() -> Select[Balance]:
    return select(Balance).where(Balance.quantity > 0, Balance.warehouse_id > LAST_ACCOUNT)


def _shut() -> Select[int]:
    quarantine = warehouse_pb2.Warehouse.QUARANTINE
    return select(Warehouse.id).where(Warehouse.kind == quarantine)


class WatchedService(BlindService[Balance, pb.Expiring]):
    """What the two lists of stock by expiry share: they begin with what ends first."""

    model = Balance
    message = pb.Expiring
    page = pb.ExpiringList
    searches = ("codes", "lot_no")
    display = "lot_no"
    figures = FIGURES

    def hidden(self, call: Call) -> ColumnElement[bool]:
        """What is just counted blind."""
        return under_count(call)

    def condition(self, call: Call, asked: Filter) -> ColumnElement[bool]:
        """Bands are ranges of days; whether it may be used is no column either."""
        day = shanghai_date(call.now)
        if asked.field == "use":
            return in_use(asked.values, day)
        if asked.field != "band":
            return super().condition(call, asked)
        bands = [_B.Band.Value(name) for name in asked.values]
        return or_(False, *(in_band(call.db, number, day) for number in bands))

    def complete(self, call: Call, messages: Sequence[pb.Expiring]) -> None:
        """Names, unit, band, days left."""
        describe(call, messages)
        day = shanghai_date(call.now)
        for message in messages:
            if message.expires_on:
                message.days_left = (date.fromisoformat(message.expires_on) - day).days
        above = select(Warehouse.id, Warehouse.parent_id).where(
            Warehouse.id.in_({message.warehouse_id for message in messages})
        )
        parents = {row[0]: row[1] for row in call.db.execute(above)}
        for message in messages:
            message.parent_id = parents.get(message.warehouse_id) or 0

    def List(self, call: Call, request: ListRequest) -> pb.ExpiringList:
        """What ends first stands first, unless another order is asked for."""
        request.order_by = request.order_by or "expires_on"
        return super().List(call, request)


class ExpiryService(WatchedService):
    """Stock that ends within the days its item warns before, or has ended, outside quarantine."""

    def visible(self, call: Call) -> Select[Balance]:
        """Of the user's warehouses."""
        soon = near(call.db, shanghai_date(call.now))
        watched = _there().where(soon, Balance.warehouse_id.not_in(_shut()))
        return scoped(call, watched, Balance.warehouse_id)

    def Quarantine(self, call: Call, request: stock_pb2.QuarantineRequest) -> Empty:
        """Put what is free of a lot where nobody may use it."""
        set_apart(call, self.find(call, request.id), request.reason)
        return Empty()

    def Notify(self, call: Call, request: pb.NotifyRequest) -> Empty:
        """Put a notice of the lot before its keepers, with what they are to do."""
        balance = self.find(call, request.id)
        if self.covered(call, [balance]):  # the notice would tell the books
            raise BusinessError("您参加的盲盘正在进行，盘完再通知")
        notice = _notice(balance, _band_of(balance, shanghai_date(call.now)), call.now)
        earlier = select(ExpiryNotice).where(
            ExpiryNotice.warehouse_id == notice.warehouse_id,
            ExpiryNotice.lot_id == notice.lot_id,
            ExpiryNotice.band == notice.band,
        )
        notice = call.db.scalars(earlier.with_for_update()).first() or notice
        notice.note, notice.sender_id = request.note, call.user.id
        notice.told_at = notice.updated_at = call.now
        notice.quantity, notice.state = balance.quantity, pb.ExpiryNotice.NEW
        call.db.add(notice)
        call.changed.add(call.app.registry.name_of(ExpiryNoticeService))
        return Empty()


class QuarantineService(WatchedService):
    """What lies in quarantine."""

    def visible(self, call: Call) -> Select[Balance]:
        """Of the user's warehouses."""
        return scoped(call, _there().where(Balance.warehouse_id.in_(_shut())), Balance.warehouse_id)

    def Release(self, call: Call, request: pb.ReleaseRequest) -> Empty:
        """Put a lot that may be used after all back into a warehouse."""
        balance = self.find(call, request.id)
        target = usable(call, request.warehouse_id, "warehouse_id")
        if target.kind == warehouse_pb2.Warehouse.QUARANTINE:
            raise Invalid.at("warehouse_id", "请选一个不是隔离库的仓库")
        if why := picking.stopped(balance.lot):
            raise BusinessError(
                f"这个批次{why}，不能解除隔离；请先解冻、验收合格或撤销召回（{Code.LOT_BLOCKED}）"
            )
        if band(balance.expires_on, shanghai_date(call.now)) == _B.EXPIRED:
            raise BusinessError(
                f"已过期的批次不能解除隔离，请填作废销毁单或退回供应商（{Code.LOT_BLOCKED}）"
            )
        move_all(call, balance, target.id, stock_pb2.Move.RELEASED, request.reason)
        return Empty()


# Notices --------------------------------------------------------------------------------------


class ExpiryNotice(Record):
    """That a lot in a warehouse entered a band; once for each band."""

    __tablename__ = "inventory_expiry_notice"
    __table_args__ = (UniqueConstraint("warehouse_id", "lot_id", "band"),)

    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey(Item.id), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey(Lot.id))
    lot_no: Mapped[str] = mapped_column(String(40))
    expires_on: Mapped[date] = mapped_column(index=True)
    band: Mapped[int]
    quantity: Mapped[int]
    told_at: Mapped[datetime] = mapped_column(index=True)
    seen_by_id: Mapped[int | None]
    seen_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(80), default="")  # by who told it; the nightly job: ""
    sender_id: Mapped[int | None]
    state: Mapped[int] = mapped_column(default=pb.ExpiryNotice.NEW)


def tell(db: Session, now: datetime) -> int:
    """Write a notice for each lot that entered a band since the last run; answers how many."""
    day = shanghai_date(now)
    watched = _there().where(near(db, day), Balance.warehouse_id.not_in(_shut()))
    columns = ExpiryNotice.warehouse_id, ExpiryNotice.lot_id, ExpiryNotice.band
    known = {(row[0], row[1], row[2]) for row in db.execute(select(*columns))}
    new = [_notice(b, _band_of(b, day), now) for b in db.scalars(watched)]
    new = [n for n in new if (n.warehouse_id, n.lot_id, n.band) not in known]
    db.add_all(new)
    db.flush()
    return len(new)


def _band_of(balance: Balance, day: date) -> int:
    return band(balance.expires_on, day, balance.lot.item.warn_days)


def _notice(balance: Balance, number: int, now: datetime) -> ExpiryNotice:
    return ExpiryNotice(
        warehouse_id=balance.warehouse_id, item_id=balance.item_id, lot_id=balance.lot_id,
        lot_no=balance.lot_no, expires_on=balance.expires_on, band=number,
        quantity=balance.quantity, told_at=now, created_at=now, updated_at=now,
    )  # fmt: skip


class ExpiryNoticeService(CrudService[ExpiryNotice, pb.ExpiryNotice]):
    """The notices to the keepers."""

    model = ExpiryNotice
    message = pb.ExpiryNotice
    page = pb.ExpiryNoticeList
    searches = ("lot_no",)
    display = "lot_no"

    def visible(self, call: Call) -> Select[ExpiryNotice]:
        """Of the user's warehouses."""
        return scoped(call, select(ExpiryNotice), ExpiryNotice.warehouse_id)

    def Acknowledge(self, call: Call, request: IdRequest) -> pb.ExpiryNotice:
        """Note that somebody saw to it."""
        notice = self.load(call, request)
        notice.seen_by_id, notice.seen_at = call.user.id, call.now
        return self.save(call, notice)
