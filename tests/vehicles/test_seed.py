"""The demo fleet is as the rules want it, and leaves the demo day to be filled in."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.vehicles import daily_pb2 as pb
from server.admin.person import Person
from server.core.numbering import SHANGHAI
from server.vehicles import seed as fleet
from server.vehicles.daily import Daily
from server.vehicles.meter import Meter
from server.vehicles.vehicle import Vehicle, faults

pytestmark = pytest.mark.demo


@pytest.fixture
def people(db: Session) -> dict[str, int]:
    """The demo people, by staff number."""
    return {person.staff_no: person.id for person in db.scalars(select(Person))}


@pytest.mark.parametrize("later", [0, 1, 2, 95])
def test_a_dozen_vehicles_and_weeks_of_reports(
    db: Session, now: datetime, people: dict[str, int], later: int
) -> None:
    now += timedelta(days=later)  # the demo looks alike on every day
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
