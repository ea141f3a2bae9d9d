"""The demo fleet is as the rules want it, and leaves the demo day to be filled in."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.vehicles import daily_pb2 as pb
from server.admin import seed as admin
from server.core.numbering import SHANGHAI
from server.core.registry import Registry
from server.services import SERVICES
from server.vehicles import seed as fleet
from server.vehicles.daily import Daily
from server.vehicles.meter import Meter
from server.vehicles.vehicle import Vehicle, faults


@pytest.mark.parametrize(("days", "hour"), [(0, 0), (1, 9), (2, 20), (95, 23)])
def test_a_dozen_vehicles_and_weeks_of_reports(
    db: Session, now: datetime, days: int, hour: int
) -> None:
    """The demo looks alike on every day, whatever the clock says."""
    start = now.astimezone(SHANGHAI).replace(hour=hour, minute=40)
    now = (start + timedelta(days=days)).astimezone(UTC)
    people = admin.seed(db, now, Registry(SERVICES).permissions())
    fleet.seed(db, now, people)
    fleet.seed(db, now, people)
    today = now.astimezone(SHANGHAI).date()
    vehicles = {vehicle.code: vehicle for vehicle in db.scalars(select(Vehicle))}
    assert len(vehicles) == 12
    assert [found for each in vehicles.values() for found in faults(each, today)] == []
    reports = list(db.scalars(select(Daily).order_by(Daily.business_on)))
    assert len(reports) == 14
    assert max(report.business_on for report in reports) < today
    assert {report.state for report in reports} == {pb.Daily.CONFIRMED, pb.Daily.SUBMITTED}
    assert [report.notice for report in reports if report.notice] == []
    shown = db.scalars(select(Meter).where(Meter.vehicle_id == vehicles["0101"].id)).one()
    assert shown.reading == reports[-1].end_odometer
