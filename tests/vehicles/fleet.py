"""A small fleet for tests: keeper, station head, driver, one vehicle in use."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from protos.admin import role_pb2
from protos.common.list_pb2 import IdRequest
from protos.vehicles import daily_pb2, vehicle_pb2
from server.core.mapping import timestamp
from server.core.numbering import SHANGHAI
from server.vehicles.identity import check_digit
from server.vehicles.meter import start_of
from tests.people import Clerk

VEHICLE, DAILY = "vehicles.VehicleService.", "vehicles.DailyService."
CHANGE = "vehicles.VehicleChangeService."
KEEPER = ("vehicles.vehicle.read", "vehicles.vehicle.write", "vehicles.vehicle.trail")
DRIVER = ("vehicles.vehicle.read", "vehicles.daily.read", "vehicles.daily.write")
HEAD = ("vehicles.daily.read", "vehicles.daily.approve", "vehicles.daily.correct")
TODAY = datetime.now(UTC).astimezone(SHANGHAI).date()
YESTERDAY = TODAY - timedelta(days=1)
ITEMS = [item for item in daily_pb2.DailyCheck.Item.values() if item]


def named(record: Any) -> IdRequest:
    """The version of a record just answered."""
    return IdRequest(id=record.id, version=record.version)


def day(days: int) -> str:
    """A wire date so many days from today in Shanghai."""
    return (TODAY + timedelta(days=days)).isoformat()


def at(days: int, hour: int) -> Timestamp:
    """An hour of a day from today in Shanghai, on the wire."""
    return timestamp(start_of(TODAY + timedelta(days=days)) + timedelta(hours=hour))


def vin_of(number: int) -> str:
    """A genuine VIN; different for each number."""
    body = f"LJXBMAAB0PT{number:06d}"
    return body[:8] + check_digit(body) + body[9:]


def vehicle(department: int, /, number: int = 1, **values: Any) -> vehicle_pb2.Vehicle:
    """An ambulance with valid papers and 50000 km ten days ago, not yet registered."""
    facts = {
        "code": f"01{number:02d}", "plate": f"沪A·D01{number:02d}", "vin": vin_of(number),
        "brand": "福特", "ambulance_class": vehicle_pb2.Vehicle.INTENSIVE,
        "fuel": vehicle_pb2.Vehicle.DIESEL, "tank_capacity": 80, "department_id": department,
        "inspection_until_on": day(200), "compulsory_until_on": day(100),
        "opening_odometer": 50000, "opening_on": day(-10), **values,
    }  # fmt: skip
    return vehicle_pb2.Vehicle(**facts)


class Fleet:
    """The people and the vehicle; the driver sees only what is his own."""

    def __init__(self, someone: Callable[..., Clerk]) -> None:
        self.keeper = someone(*KEEPER, name="钱车管")
        self.station = self.keeper.who.department_id
        self.driver = someone(
            *DRIVER, name="孙师傅", scope=role_pb2.Role.SELF, department_id=self.station
        )
        self.head = someone(*HEAD, name="站长", department_id=self.station)
        made = self.keeper(VEHICLE + "Create", vehicle(self.station))
        request = vehicle_pb2.MoveRequest(id=made.id, version=made.version, reason="验收合格")
        self.vehicle = self.keeper(VEHICLE + "Activate", request)

    def report(self, start: int, end: int, **values: Any) -> daily_pb2.Daily:
        """A complete day-shift report of yesterday, not yet kept."""
        facts = {
            "business_on": YESTERDAY.isoformat(), "shift": daily_pb2.Daily.DAY,
            "vehicle_id": self.vehicle.id, "started_at": at(-1, 8), "ended_at": at(-1, 20),
            "start_odometer": start, "end_odometer": end,
            "checks": [
                daily_pb2.DailyCheck(
                    item=item,
                    before=daily_pb2.DailyCheck.GOOD,
                    after=daily_pb2.DailyCheck.GOOD,
                )
                for item in ITEMS
            ],
            **values,
        }  # fmt: skip
        return daily_pb2.Daily(**facts)

    def submitted(self, start: int, end: int, **values: Any) -> daily_pb2.Daily:
        """A report handed in."""
        made = self.driver(DAILY + "Create", self.report(start, end, **values))
        return self.driver(DAILY + "Submit", named(made))

    def confirmed(self, start: int, end: int, **values: Any) -> daily_pb2.Daily:
        """A report the station agreed to."""
        handed = self.submitted(start, end, **values)
        return self.head(DAILY + "Confirm", named(handed))

    def odometer(self) -> int:
        """What the vehicle shows."""
        return int(self.keeper(VEHICLE + "Get", IdRequest(id=self.vehicle.id)).odometer)
