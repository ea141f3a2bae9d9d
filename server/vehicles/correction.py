"""Corrections of confirmed daily reports: what is asked for, in values and in words."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from protos import facts
from protos.vehicles import daily_pb2 as pb
from server.core.db import Model

CORRECTABLE = ("start_odometer", "end_odometer", "fuel_litres", "fuel_amount")


class ReportCorrection(Model):
    """One correction asked for; the new values, None where nothing changes."""

    __tablename__ = "vehicles_report_correction"

    daily_id: Mapped[int] = mapped_column(ForeignKey("vehicles_daily.id"), index=True)
    position: Mapped[int]
    change: Mapped[str] = mapped_column(String(400))
    reason: Mapped[str] = mapped_column(String(200))
    start_odometer: Mapped[int | None]
    end_odometer: Mapped[int | None]
    fuel_litres: Mapped[int | None]
    fuel_amount: Mapped[int | None]
    applicant_id: Mapped[int]
    applicant_name: Mapped[str] = mapped_column(String(40))
    applied_at: Mapped[datetime]
    decision: Mapped[int]
    decider_name: Mapped[str] = mapped_column(String(40), default="")
    decided_at: Mapped[datetime | None]
    comment: Mapped[str] = mapped_column(String(100), default="")

    def values(self) -> dict[str, int | None]:
        """What it changes, by the report's field."""
        asked = {name: getattr(self, name) for name in CORRECTABLE}
        return {name: value for name, value in asked.items() if value is not None}


class Change(NamedTuple):
    """One field of a report with its value now and the one it should have."""

    name: str
    before: int | None
    after: int


def changes(report: Any, request: pb.CorrectionRequest) -> list[Change]:
    """What a request would change in a report."""
    entered = [name for name in CORRECTABLE if request.HasField(name)]  # type: ignore[arg-type]
    found = [Change(name, getattr(report, name), getattr(request, name)) for name in entered]
    return [change for change in found if change.before != change.after]


def described(found: list[Change]) -> str:
    """The changes in words: 收班里程 50080 → 50060."""
    return "；".join(f"{_label(c)} {_text(c, c.before)} → {_text(c, c.after)}" for c in found)


def _label(change: Change) -> str:
    return facts.label(facts.field_named(pb.Daily.DESCRIPTOR, change.name))


def _text(change: Change, value: int | None) -> str:
    scale = facts.of_field(facts.field_named(pb.Daily.DESCRIPTOR, change.name)).scale
    return "" if value is None else facts.decimal(value, scale)
