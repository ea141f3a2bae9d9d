"""Daily reports: the odometer never goes back, one a shift, from draft to correction."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from sqlalchemy import select

from protos.admin import role_pb2
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.vehicles import daily_pb2 as pb
from protos.vehicles import vehicle_pb2
from server.core.run import Running
from server.dispatch.task import Task
from server.vehicles.daily import Daily, DailyTrip, take_trips
from server.vehicles.meter import Reading, start_of
from server.vehicles.plausibility import (
    Neighbours,
    fuel_faults,
    oddities,
    odometer_faults,
    review,
    time_faults,
)
from server.vehicles.vehicle import Vehicle
from tests.people import Clerk, faults_of, refused, text_of
from tests.vehicles.fleet import DAILY, DRIVER, VEHICLE, YESTERDAY, Fleet, at, named, vehicle

Someone = Callable[..., Clerk]
DAY = date(2026, 11, 24)
MORNING = start_of(DAY) + timedelta(hours=8)
VAN = Vehicle(fuel=vehicle_pb2.Vehicle.DIESEL, tank_capacity=80)


def sheet(start: int = 1000, end: int | None = 1100, **values: Any) -> Daily:
    facts = {
        "business_on": DAY, "started_at": MORNING, "ended_at": MORNING + timedelta(hours=12),
        "fuel_litres": 0, "fuel_amount": 0, "trip_distance": 0, **values,
    }  # fmt: skip
    return Daily(start_odometer=start, end_odometer=end, **facts)


def returned(record: pb.Daily, reason: str = "请核对") -> pb.DailyReturnRequest:
    return pb.DailyReturnRequest(id=record.id, version=record.version, reason=reason)


def correction(record: pb.Daily, **values: Any) -> pb.CorrectionRequest:
    return pb.CorrectionRequest(id=record.id, version=record.version, reason="看错读数", **values)


def fault_of(clerk: Clerk, verb: str, request: Message) -> dict[str, str]:
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(DAILY + verb, request)
    return faults_of(error.value)


# Rules


@pytest.mark.parametrize(
    ("start", "end", "before", "after", "paths"),
    [
        (1000, 1100, 1000, 1100, []),
        (1000, 1000, None, None, []),
        (999, 1100, 1000, None, ["start_odometer"]),
        (1000, 999, 1000, None, ["end_odometer"]),
        (1000, 1101, 1000, 1100, ["end_odometer"]),
        (1000, None, 1000, 999, ["start_odometer"]),
    ],
)
def test_an_odometer_lies_between_its_neighbours_in_time(
    start: int, end: int | None, before: int | None, after: int | None, paths: list[str]
) -> None:
    found = odometer_faults(sheet(start, end), Neighbours(before, after))
    assert [fault.path for fault in found] == paths


@pytest.mark.parametrize(
    ("values", "near", "word"),
    [
        ({"end": 1700}, Neighbours(1000, None), "超过600公里"),
        ({"end": 3000}, Neighbours(1000, None), "每小时120公里"),
        ({}, Neighbours(949, None), "51公里没有日报"),
        ({"fuel_litres": 8401, "fuel_amount": 60000}, Neighbours(1000, None), "超过油箱容积80升"),
        ({"fuel_litres": 5000, "fuel_amount": 4000}, Neighbours(1000, None), "每升0.80元"),
    ],
)
def test_what_is_odd_is_named(values: dict[str, Any], near: Neighbours, word: str) -> None:
    (text,) = oddities(sheet(**values), VAN, near)
    assert word in text


def test_an_ordinary_shift_is_not_odd() -> None:
    usual = sheet(end=1600, fuel_litres=8400, fuel_amount=63000)
    assert oddities(usual, VAN, Neighbours(950, None)) == []


def test_kilometres_far_from_those_of_the_tasks_are_shown_to_the_station() -> None:
    assert list(review(sheet(trip_distance=795), [])) == ["里程表100.0公里，任务合计79.5公里"]
    assert list(review(sheet(trip_distance=800), [])) == []


@pytest.mark.parametrize(
    ("litres", "amount", "fuel", "paths"),
    [
        (5000, 0, vehicle_pb2.Vehicle.DIESEL, ["fuel_amount"]),
        (0, 40000, vehicle_pb2.Vehicle.DIESEL, ["fuel_litres"]),
        (5000, 40000, vehicle_pb2.Vehicle.ELECTRIC, ["fuel_litres"]),
        (5000, 40000, vehicle_pb2.Vehicle.DIESEL, []),
    ],
)
def test_fuel_and_its_price_come_together(
    litres: int, amount: int, fuel: int, paths: list[str]
) -> None:
    found = fuel_faults(sheet(fuel_litres=litres, fuel_amount=amount), Vehicle(fuel=fuel))
    assert [fault.path for fault in found] == paths


@pytest.mark.parametrize(
    ("values", "paths"),
    [
        ({}, []),
        ({"ended_at": MORNING}, ["ended_at"]),
        ({"ended_at": MORNING + timedelta(hours=15)}, ["ended_at"]),
        ({"business_on": DAY - timedelta(days=1)}, ["started_at"]),
        ({"started_at": MORNING + timedelta(days=1)}, ["started_at", "ended_at"]),
    ],
)
def test_a_shift_has_happened_on_its_day(values: dict[str, Any], paths: list[str]) -> None:
    found = time_faults(sheet(**values), MORNING + timedelta(hours=14))
    assert [fault.path for fault in found] == paths


def test_tasks_are_counted_and_summed() -> None:
    report = Daily(trips=[DailyTrip(task_id=7)])
    kept = report.trips[0]
    tasks = [Task(id=n, serial_no=str(n), km_driven=153, aborted=False) for n in (7, 8)]
    take_trips(report, tasks)
    assert report.trips[0] is kept
    assert (report.trip_count, report.trip_distance) == (2, 306)


# Over the wire


@pytest.mark.requirement(61)
def test_a_driver_s_report_is_filled_in_handed_in_confirmed_and_found(fleet: Fleet) -> None:
    morning = fleet.report(50000, 0)
    morning.ClearField("end_odometer")
    morning.ClearField("ended_at")
    kept = fleet.driver(DAILY + "Create", morning)
    assert (kept.state, kept.driver_id, kept.station_id) == (
        pb.Daily.DRAFT, fleet.driver.who.id, fleet.station,
    )  # fmt: skip
    assert fleet.odometer() == 50000
    assert set(fault_of(fleet.driver, "Submit", named(kept))) == {"ended_at", "end_odometer"}
    kept.ended_at.CopyFrom(at(-1, 20))
    kept.end_odometer, kept.fuel_litres, kept.fuel_amount = 50123, 5012, 37590
    kept = fleet.driver(DAILY + "Update", kept)
    handed = fleet.driver(DAILY + "Submit", named(kept))
    assert (handed.state, handed.kilometres) == (pb.Daily.SUBMITTED, 123)
    assert fleet.odometer() == 50123
    done = fleet.head(DAILY + "Confirm", named(handed))
    assert (done.state, done.confirmer_id) == (pb.Daily.CONFIRMED, fleet.head.who.id)
    asked = ListRequest(
        filters=[
            Filter(field="vehicle_id", values=[str(fleet.vehicle.id)]),
            Filter(field="state", values=["CONFIRMED"]),
        ],
        totals=True,
    )
    found = fleet.driver(DAILY + "List", asked)
    assert [row.number for row in found.rows] == [handed.number]
    assert (found.info.totals["kilometres"], found.info.totals["fuel_amount"]) == (123, 37590)
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        fleet.driver(DAILY + "Update", done)


@pytest.mark.requirement(61)
def test_the_odometer_never_goes_back(fleet: Fleet) -> None:
    fleet.submitted(50000, 50100)
    night = {"shift": pb.Daily.NIGHT, "started_at": at(-1, 20), "ended_at": at(0, 0)}
    assert "50100" in fault_of(
        fleet.driver, "Create", fleet.report(50099, 50150, **night)
    )["start_odometer"]  # fmt: skip
    assert "end_odometer" in fault_of(fleet.driver, "Create", fleet.report(50100, 50099, **night))
    fleet.submitted(50100, 50150, **night)
    assert fleet.odometer() == 50150


def test_a_late_report_fits_between_those_around_it(fleet: Fleet) -> None:
    fleet.submitted(50080, 50150, explanation="昨日白班未报")
    earlier = {
        "business_on": (YESTERDAY - timedelta(days=1)).isoformat(),
        "started_at": at(-2, 8), "ended_at": at(-2, 20),
    }  # fmt: skip
    assert "50080" in fault_of(
        fleet.driver, "Create", fleet.report(50000, 50081, **earlier)
    )["end_odometer"]  # fmt: skip
    fleet.submitted(50000, 50080, **earlier)
    assert fleet.odometer() == 50150


def test_an_odd_distance_wants_a_reason(fleet: Fleet) -> None:
    made = fleet.driver(DAILY + "Create", fleet.report(50000, 50700))
    assert "700公里" in fault_of(fleet.driver, "Submit", named(made))["explanation"]
    assert fleet.odometer() == 50000
    made.explanation = "长途转运至合肥"
    made = fleet.driver(DAILY + "Update", made)
    handed = fleet.driver(DAILY + "Submit", named(made))
    assert "700公里" in handed.notice
    assert fleet.odometer() == 50700


def test_one_report_for_a_driver_vehicle_and_shift(fleet: Fleet) -> None:
    first = fleet.driver(DAILY + "Create", fleet.report(50000, 50100))
    again = fault_of(fleet.driver, "Create", fleet.report(50000, 50100))
    assert first.number in again["shift"]
    fleet.driver(DAILY + "Delete", named(first))
    fleet.driver(DAILY + "Create", fleet.report(50000, 50100))


def test_a_vehicle_is_on_one_shift_and_a_driver_on_one_vehicle_at_a_time(
    fleet: Fleet, someone: Someone
) -> None:
    fleet.submitted(50000, 50100)
    whole = fleet.report(50100, 50200, shift=pb.Daily.WHOLE, started_at=at(-1, 10))
    other = someone(*DRIVER, scope=role_pb2.Role.SELF, department_id=fleet.station)
    # the day shift's end reading lies inside, so the odometer alone would already refuse 50000
    made = other(DAILY + "Create", fleet.report(50100, 50200, started_at=at(-1, 12),
                                                ended_at=at(-1, 21)))  # fmt: skip
    assert "这辆车" in fault_of(other, "Submit", named(made))["started_at"]
    second = fleet.keeper(VEHICLE + "Create", vehicle(fleet.station, 2))
    whole.vehicle_id, whole.start_odometer, whole.end_odometer = second.id, 50000, 50040
    mine = fleet.driver(DAILY + "Create", whole)
    assert "另一辆车" in fault_of(fleet.driver, "Submit", named(mine))["started_at"]


def test_two_drivers_reporting_at_once_do_not_both_get_the_same_kilometres(
    fleet: Fleet, someone: Someone
) -> None:
    other = someone(*DRIVER, scope=role_pb2.Role.SELF, department_id=fleet.station)
    made = [
        (clerk, clerk(DAILY + "Create", fleet.report(50000, 50000 + driven)))
        for clerk, driven in ((fleet.driver, 90), (other, 80))
    ]
    ready, codes = threading.Barrier(2), []

    def hand_in(clerk: Clerk, report: pb.Daily) -> None:
        ready.wait(10)
        try:
            clerk(DAILY + "Submit", named(report))
            codes.append(grpc.StatusCode.OK)
        except grpc.RpcError as error:
            codes.append(error.code())

    threads = [threading.Thread(target=hand_in, args=each) for each in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(code.name for code in codes) == ["INVALID_ARGUMENT", "OK"]
    assert fleet.odometer() in (50080, 50090)


def test_a_report_taken_back_or_returned_leaves_no_reading(fleet: Fleet) -> None:
    handed = fleet.submitted(50000, 50100)
    back = fleet.driver(DAILY + "Withdraw", named(handed))
    assert (back.state, fleet.odometer()) == (pb.Daily.DRAFT, 50000)
    handed = fleet.driver(DAILY + "Submit", named(back))
    sent = fleet.head(DAILY + "Return", returned(handed, "收班里程看不清"))
    assert (sent.state, sent.returned_reason) == (pb.Daily.RETURNED, "收班里程看不清")
    assert fleet.odometer() == 50000
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        fleet.driver(DAILY + "Delete", named(sent))
    sent.end_odometer = 50090
    again = fleet.driver(DAILY + "Submit", named(fleet.driver(DAILY + "Update", sent)))
    assert (again.returned_reason, fleet.odometer()) == ("", 50090)


def test_nobody_confirms_the_own_report(fleet: Fleet, someone: Someone) -> None:
    both = someone(*DRIVER, "vehicles.daily.approve", department_id=fleet.station)
    made = both(DAILY + "Create", fleet.report(50000, 50100))
    handed = both(DAILY + "Submit", named(made))
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        both(DAILY + "Confirm", named(handed))
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        fleet.driver(DAILY + "Confirm", named(handed))


def test_every_point_of_the_vehicle_is_checked_and_faults_are_described(fleet: Fleet) -> None:
    report = fleet.report(50000, 50100)
    del report.checks[0]
    made = fleet.driver(DAILY + "Create", report)
    assert "1项" in fault_of(fleet.driver, "Submit", named(made))["checks"]
    made.checks[2].after = pb.DailyCheck.FAULTY
    assert set(fault_of(fleet.driver, "Update", made)) == {"checks[2].note"}
    made.checks.add().CopyFrom(pb.DailyCheck(item=made.checks[0].item))
    assert "checks[6].item" in fault_of(fleet.driver, "Update", made)


def test_a_driver_reports_for_nobody_else_and_sees_no_other_s_reports(
    fleet: Fleet, someone: Someone
) -> None:
    other = someone(*DRIVER, scope=role_pb2.Role.SELF, department_id=fleet.station)
    made = fleet.driver(DAILY + "Create", fleet.report(50000, 50100))
    assert "本人" in fault_of(
        other, "Create", fleet.report(50000, 50100, driver_id=fleet.driver.who.id)
    )["driver_id"]  # fmt: skip
    with refused(grpc.StatusCode.NOT_FOUND):
        other(DAILY + "Get", IdRequest(id=made.id))


def test_a_confirmed_report_is_corrected_by_another_person(fleet: Fleet, server: Running) -> None:
    done = fleet.confirmed(50000, 50180)
    assert "end_odometer" in fault_of(fleet.driver, "RequestCorrection", correction(done))
    assert "end_odometer" in fault_of(
        fleet.driver, "RequestCorrection", correction(done, end_odometer=49999)
    )
    asked = fleet.driver(DAILY + "RequestCorrection", correction(done, end_odometer=50108))
    assert (asked.state, asked.end_odometer) == (pb.Daily.CORRECTING, 50180)
    assert asked.corrections[0].change == "收班里程 50180 → 50108"
    assert fleet.odometer() == 50180
    fixed = fleet.head(DAILY + "Correct", named(asked))
    assert (fixed.state, fixed.end_odometer, fixed.kilometres) == (pb.Daily.CONFIRMED, 50108, 108)
    assert fixed.corrected
    assert fixed.corrections[0].decision == pb.ReportCorrection.APPROVED
    assert fleet.odometer() == 50108
    with server.worker.app.sessions.read() as db:
        readings = db.scalars(select(Reading).where(Reading.document_id == done.id))
        kept = sorted((reading.reading, reading.valid) for reading in readings)
    assert kept == [(50000, False), (50000, True), (50108, True), (50180, False)]


def test_a_correction_may_be_refused_and_nobody_decides_on_the_own(
    fleet: Fleet, someone: Someone
) -> None:
    done = fleet.confirmed(50000, 50180)
    both = someone("vehicles.daily.read", "vehicles.daily.write", "vehicles.daily.correct")
    asked = both(DAILY + "RequestCorrection", correction(done, fuel_litres=100, fuel_amount=800))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        both(DAILY + "Correct", named(asked))
    assert "自己" in text_of(error.value)
    kept = fleet.head(DAILY + "RefuseCorrection", returned(asked, "有油票为证"))
    assert (kept.state, kept.fuel_litres, kept.corrected) == (pb.Daily.CONFIRMED, 0, False)
    assert kept.corrections[0].comment == "有油票为证"


def test_a_correction_is_checked_again_when_it_is_applied(fleet: Fleet) -> None:
    done = fleet.confirmed(50000, 50100)
    asked = fleet.driver(DAILY + "RequestCorrection", correction(done, end_odometer=50200))
    fleet.submitted(
        50100, 50150, shift=pb.Daily.NIGHT, started_at=at(-1, 20), ended_at=at(0, 0)
    )  # fmt: skip
    assert "50100" in fault_of(fleet.head, "Correct", named(asked))["end_odometer"]
    assert fleet.odometer() == 50150


def test_a_list_asks_no_query_for_each_row(fleet: Fleet, db_statements: list[str]) -> None:
    fleet.submitted(50000, 50100)
    fleet.driver(DAILY + "List", ListRequest())
    db_statements.clear()
    fleet.driver(DAILY + "List", ListRequest())
    one = len(db_statements)
    for back in (2, 3, 4):
        day = (datetime.now(UTC) - timedelta(days=back)).astimezone(MORNING.tzinfo).date()
        fleet.driver(
            DAILY + "Create",
            fleet.report(50000, 50000, business_on=day.isoformat(), started_at=at(-back, 8),
                         ended_at=at(-back, 20)),
        )  # fmt: skip
    db_statements.clear()
    assert len(fleet.driver(DAILY + "List", ListRequest()).rows) == 4
    assert len(db_statements) == one
