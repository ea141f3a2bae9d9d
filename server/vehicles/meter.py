"""Odometers: every reading taken, in the order of time; what a vehicle shows is the newest one.

A reading lies between its neighbours in time, whenever it is entered. A wrong one is set aside
and replaced, never changed.
"""

from datetime import date, datetime, time
from enum import IntEnum

from sqlalchemy import ColumnElement, ForeignKey, Index, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.core.call import Call
from server.core.db import Model
from server.core.numbering import SHANGHAI


class Source(IntEnum):
    """Where a reading comes from."""

    OPENING = 1
    SHIFT_START = 2
    SHIFT_END = 3


class Meter(Model):
    """What one vehicle's odometer shows; its row lock orders those who report readings."""

    __tablename__ = "vehicles_meter"

    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicles_vehicle.id"), unique=True)
    reading: Mapped[int] = mapped_column(default=0)  # kilometres
    read_at: Mapped[datetime | None]


class Reading(Model):
    """One reading in kilometres; those set aside are kept."""

    __tablename__ = "vehicles_reading"
    __table_args__ = (Index("ix_vehicles_reading_vehicle_id_read_at", "vehicle_id", "read_at"),)

    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicles_vehicle.id"))
    read_at: Mapped[datetime]
    reading: Mapped[int]
    source: Mapped[int]
    document_id: Mapped[int] = mapped_column(default=0, index=True)  # the report it stands in
    person_id: Mapped[int]
    valid: Mapped[bool] = mapped_column(default=True)


def lock(db: Session, vehicle_id: int) -> Meter:
    """The vehicle's meter; whoever else asks waits until this transaction ends."""
    chosen = select(Meter).where(Meter.vehicle_id == vehicle_id)
    return db.scalars(chosen.with_for_update().execution_options(populate_existing=True)).one()


def before(db: Session, vehicle_id: int, at: datetime, *, without: int = -1) -> int | None:
    """The highest reading up to a moment, without those of one document."""
    chosen = select(func.max(Reading.reading)).where(*_valid(vehicle_id, without))
    return db.execute(chosen.where(Reading.read_at <= at)).scalar_one()


def after(db: Session, vehicle_id: int, at: datetime, *, without: int = -1) -> int | None:
    """The lowest reading from a moment on, without those of one document."""
    chosen = select(func.min(Reading.reading)).where(*_valid(vehicle_id, without))
    return db.execute(chosen.where(Reading.read_at >= at)).scalar_one()


def take(
    call: Call, meter: Meter, source: Source, at: datetime, reading: int, document: int = 0
) -> None:
    """Add a reading that fits between its neighbours to a locked meter."""
    call.db.add(
        Reading(
            vehicle_id=meter.vehicle_id,
            read_at=at,
            reading=reading,
            source=source,
            document_id=document,
            person_id=call.user.id,
            valid=True,
        )
    )
    _settle(call.db, meter)


def set_aside(call: Call, meter: Meter, document: int) -> None:
    """Let the readings of a document no longer count."""
    call.db.execute(
        update(Reading)
        .where(Reading.vehicle_id == meter.vehicle_id, Reading.document_id == document)
        .values(valid=False)
    )
    _settle(call.db, meter)


def start_of(day: date) -> datetime:
    """The first moment of a day in Shanghai."""
    return datetime.combine(day, time.min, SHANGHAI)


def _valid(vehicle_id: int, without: int) -> list[ColumnElement[bool]]:
    return [
        Reading.vehicle_id == vehicle_id,
        Reading.valid.is_(True),
        Reading.document_id != without,
    ]


def _settle(db: Session, meter: Meter) -> None:
    db.flush()
    newest = select(Reading).where(Reading.vehicle_id == meter.vehicle_id, Reading.valid.is_(True))
    last = db.scalars(newest.order_by(Reading.read_at.desc(), Reading.reading.desc())).first()
    meter.reading = last.reading if last else 0
    meter.read_at = last.read_at if last else None
