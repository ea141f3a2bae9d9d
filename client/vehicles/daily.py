"""The page of the drivers' daily reports."""

from typing import Any

from client.core import dates
from client.core.page import Lines, Page
from protos.vehicles import daily_pb2 as pb


def _started(record: Any) -> None:
    record.business_on = dates.today().isoformat()
    record.shift = pb.Daily.DAY
    for value in pb.DailyCheck.Item.DESCRIPTOR.values[1:]:
        record.checks.add(item=value.number, before=pb.DailyCheck.GOOD, after=pb.DailyCheck.GOOD)


dailies = Page(
    title="司机日报",
    service=pb.DESCRIPTOR.services_by_name["DailyService"],
    columns=[
        "number", "business_on", "shift", "vehicle_id", "driver_id", "station_id",
        "start_odometer", "end_odometer", "kilometres", "trip_count", "fuel_litres", "fuel_amount",
        "notice", "state",
    ],
    filters=["number", "business_on", "shift", "vehicle_id", "driver_id", "station_id", "state"],
    form=[
        ["business_on", "shift", "vehicle_id"],
        ["driver_id", "second_driver_id"],
        ["doctor_id", "stretcher_id"],
        ["started_at", "start_odometer", "start_fuel"],
        ["ended_at", "end_odometer", "end_fuel"],
        ["kilometres", "trip_count", "trip_distance"],
        ["fuel_litres", "fuel_amount", "disinfected"],
        ["other_use", "defects"],
        ["explanation"],
        ["remark"],
        ["notice", "returned_reason"],
    ],
    lines=[
        Lines("checks", ["item", "before", "after", "note"]),
        Lines(
            "trips",
            ["serial_no", "assigned_at", "arrived_at", "completed_at", "returned_at", "distance",
             "aborted"],
        ),
        Lines(
            "corrections",
            ["change", "reason", "applicant_name", "applied_at", "decision", "decider_name",
             "decided_at", "comment"],
        ),
    ],
    actions=[
        "Submit", "Withdraw", "Confirm", "Return", "RequestCorrection", "Correct",
        "RefuseCorrection", "Delete",
    ],
    defaults=_started,
    sticky=["business_on", "shift", "vehicle_id"],
    remembered=["vehicle_id", "shift"],
    me=["driver_id"],
    icon="gauge",
)  # fmt: skip
