"""Vehicles: identity, papers, states, the trail of changes."""

from collections.abc import Callable
from datetime import date, timedelta

import grpc
import pytest

from protos.admin import role_pb2
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.vehicles import vehicle_pb2 as pb
from server.vehicles import papers
from server.vehicles.identity import check_digit, is_vin, plate_text
from server.vehicles.vehicle import Vehicle, faults
from tests.people import Clerk, faults_of, refused, text_of
from tests.vehicles.fleet import CHANGE, KEEPER, VEHICLE, Fleet, day, named, vehicle, vin_of

Someone = Callable[..., Clerk]
DAY = date(2026, 11, 24)


def moved(record: pb.Vehicle, reason: str = "因故") -> pb.MoveRequest:
    return pb.MoveRequest(id=record.id, version=record.version, reason=reason)


def changed(record: pb.Vehicle, field: str, value: str) -> pb.Vehicle:
    setattr(record, field, value)
    return record


# Rules


@pytest.mark.parametrize("vin", ["1M8GDM9AXKP042788", "11111111111111111"])
def test_a_vin_carries_its_check_digit(vin: str) -> None:
    assert is_vin(vin)
    assert check_digit(vin) == vin[8]


def test_two_letters_of_a_vin_exchanged_are_noticed() -> None:
    assert not is_vin("1M8GDM9AXKP024788")


@pytest.mark.parametrize("typed", ["沪AD0120", "沪A.D0120", "沪A·D0120", "沪a·d0120"])
def test_a_plate_is_kept_as_it_is_printed(typed: str) -> None:
    assert plate_text(typed) == "沪A·D0120"


def test_an_electric_vehicle_has_no_tank() -> None:
    made = Vehicle(
        vin=vin_of(1), fuel=pb.Vehicle.ELECTRIC, tank_capacity=80, price=0, residual=0,
        opening_on=DAY,
    )  # fmt: skip
    assert [fault.path for fault in faults(made, DAY)] == ["tank_capacity"]


def test_insurance_ends_after_it_begins_and_the_opening_is_not_in_the_future() -> None:
    made = Vehicle(
        vin=vin_of(1), fuel=pb.Vehicle.DIESEL, tank_capacity=80, price=0, residual=0,
        compulsory_from_on=DAY, compulsory_until_on=DAY, opening_on=DAY + timedelta(days=1),
    )  # fmt: skip
    assert {fault.path for fault in faults(made, DAY)} == {"compulsory_until_on", "opening_on"}


@pytest.mark.parametrize(
    ("days", "level"),
    [(-1, pb.Vehicle.EXPIRED), (0, pb.Vehicle.DUE_7), (7, pb.Vehicle.DUE_7), (8, pb.Vehicle.DUE_30),
     (30, pb.Vehicle.DUE_30), (31, pb.Vehicle.DUE_60), (61, pb.Vehicle.VALID)],
)  # fmt: skip
def test_papers_press_at_60_30_and_7_days(days: int, level: int) -> None:
    ends = {
        "inspection_until_on": DAY + timedelta(days=days),
        "compulsory_until_on": DAY + timedelta(days=300),
    }
    assert papers.level(ends, DAY) == level


def test_papers_never_entered_are_not_valid() -> None:
    ends = {"inspection_until_on": DAY + timedelta(days=300), "compulsory_until_on": None}
    assert papers.level(ends, DAY) == pb.Vehicle.INCOMPLETE


# Over the wire


@pytest.mark.requirement(50)
def test_a_vehicle_is_registered_found_and_kept_up(someone: Someone) -> None:
    keeper = someone(*KEEPER)
    made = vehicle(
        keeper.who.department_id, plate="沪AD0120", call_sign="120急01", price=58800000,
        extinguisher_until_on=day(5),
    )  # fmt: skip
    kept = keeper(VEHICLE + "Create", made)
    assert (kept.plate, kept.state, kept.odometer) == ("沪A·D0120", pb.Vehicle.SPARE, 50000)
    assert (kept.due_on, kept.papers) == (day(5), pb.Vehicle.DUE_7)
    assert kept.notice == "灭火器还有5天到期"
    for text in ("d0120", "0101", "120急01", kept.vin[-6:]):
        found = keeper(VEHICLE + "List", ListRequest(text=text))
        assert [row.id for row in found.rows] == [kept.id], text
    due = Filter(field="due_on", op=Filter.BETWEEN, values=["", day(7)])
    assert [r.id for r in keeper(VEHICLE + "List", ListRequest(filters=[due])).rows] == [kept.id]
    kept.extinguisher_until_on, kept.phone = day(365), "13800000000"
    again = keeper(VEHICLE + "Update", kept)
    assert (again.due_on, again.notice) == (day(100), "")
    assert keeper(VEHICLE + "Get", IdRequest(id=kept.id)).phone == "13800000000"


@pytest.mark.requirement(50)
@pytest.mark.parametrize(
    ("field", "value"),
    [("vin", "LJXBMAAB0PT00000"), ("vin", "LJXBMAAB1PT000001"), ("plate", "沪A·I0120"),
     ("plate", "A·D0120"), ("code", "1"), ("inspection_until_on", "2026-13-01")],
)  # fmt: skip
def test_a_mistyped_identity_is_refused_at_its_field(
    someone: Someone, field: str, value: str
) -> None:
    keeper = someone(*KEEPER)
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        keeper(VEHICLE + "Create", changed(vehicle(keeper.who.department_id), field, value))
    assert set(faults_of(error.value)) == {field}
    assert not keeper(VEHICLE + "List", ListRequest()).rows


def test_no_two_vehicles_share_code_plate_or_vin(fleet: Fleet) -> None:
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        fleet.keeper(VEHICLE + "Create", vehicle(fleet.station))
    assert set(faults_of(error.value)) == {"code", "plate", "vin"}
    assert "沪A·D0101" in faults_of(error.value)["plate"]


def test_what_changed_is_on_the_trail(fleet: Fleet) -> None:
    fleet.vehicle.plate, fleet.vehicle.fuel = "沪A·D0999", pb.Vehicle.PETROL_95
    fleet.vehicle.driver_id = fleet.driver.who.id
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        fleet.keeper(VEHICLE + "Update", fleet.vehicle)
    assert set(faults_of(error.value)) == {"change_reason"}
    fleet.vehicle.change_reason = "换牌"
    fleet.keeper(VEHICLE + "Update", fleet.vehicle)
    mine = Filter(field="vehicle_id", values=[str(fleet.vehicle.id)])
    rows = fleet.keeper(CHANGE + "List", ListRequest(filters=[mine])).rows
    changed = {row.field_label: (row.before, row.after, row.reason) for row in rows}
    assert changed == {
        "登记车辆": ("", "沪A·D0101", ""),
        "状态": ("备用", "在用", "验收合格"),
        "车牌号码": ("沪A·D0101", "沪A·D0999", "换牌"),
        "燃料": ("0号柴油", "95号汽油", "换牌"),
        "责任驾驶员": ("", "孙师傅", "换牌"),
    }
    assert {row.person_id for row in rows} == {fleet.keeper.who.id}


def test_a_refused_change_leaves_no_trail(fleet: Fleet) -> None:
    before = len(fleet.keeper(CHANGE + "List", ListRequest()).rows)
    fleet.vehicle.vin = vin_of(2)[:-1] + "9"
    fleet.vehicle.phone = "1"
    with refused(grpc.StatusCode.INVALID_ARGUMENT):
        fleet.keeper(VEHICLE + "Update", fleet.vehicle)
    assert len(fleet.keeper(CHANGE + "List", ListRequest()).rows) == before


@pytest.mark.parametrize("field", ["inspection_until_on", "compulsory_until_on"])
@pytest.mark.parametrize("until", ["", day(-1)])
def test_a_vehicle_without_valid_papers_is_not_put_on_the_road(
    someone: Someone, field: str, until: str
) -> None:
    keeper = someone(*KEEPER)
    made = keeper(VEHICLE + "Create", changed(vehicle(keeper.who.department_id), field, until))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        keeper(VEHICLE + "Activate", moved(made))
    assert "不能启用" in text_of(error.value)


def test_a_vehicle_goes_to_repair_and_comes_back(fleet: Fleet) -> None:
    away = fleet.keeper(VEHICLE + "SendToRepair", moved(fleet.vehicle, "制动异响"))
    assert away.state == pb.Vehicle.REPAIR
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        fleet.keeper(VEHICLE + "Lend", moved(away))
    assert "维修的记录不能外借" in text_of(error.value)
    assert fleet.keeper(VEHICLE + "Activate", moved(away)).state == pb.Vehicle.IN_USE


def test_scrapping_needs_another_person(fleet: Fleet, someone: Someone) -> None:
    both = someone(*KEEPER, "vehicles.vehicle.approve")
    waiting = both(VEHICLE + "ApplyScrap", moved(fleet.vehicle, "达到年限"))
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        both(VEHICLE + "Scrap", moved(waiting))
    other = someone("vehicles.vehicle.read", "vehicles.vehicle.approve")
    gone = other(VEHICLE + "Scrap", moved(waiting, "同意"))
    assert gone.state == pb.Vehicle.SCRAPPED
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        fleet.keeper(VEHICLE + "Update", gone)


def test_a_stale_version_is_refused(fleet: Fleet) -> None:
    stale = pb.Vehicle()
    stale.CopyFrom(fleet.vehicle)
    fleet.vehicle.phone = "1"
    fleet.keeper(VEHICLE + "Update", fleet.vehicle)
    with refused(grpc.StatusCode.ABORTED):
        fleet.keeper(VEHICLE + "Update", stale)


def test_a_driver_sees_the_vehicles_of_the_own_station_and_changes_none(
    fleet: Fleet, someone: Someone
) -> None:
    assert [row.id for row in fleet.driver(VEHICLE + "List", ListRequest()).rows] == [
        fleet.vehicle.id
    ]
    stranger = someone("vehicles.vehicle.read", scope=role_pb2.Role.SELF)
    assert not stranger(VEHICLE + "List", ListRequest()).rows
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        fleet.driver(VEHICLE + "Update", fleet.vehicle)
    with refused(grpc.StatusCode.NOT_FOUND):
        stranger(VEHICLE + "Get", named(fleet.vehicle))


def test_the_opening_reading_may_be_mended_until_somebody_reports(fleet: Fleet) -> None:
    fleet.vehicle.opening_odometer, fleet.vehicle.change_reason = 49000, "录入错误"
    fleet.vehicle = fleet.keeper(VEHICLE + "Update", fleet.vehicle)
    assert fleet.odometer() == 49000
    fleet.submitted(49010, 49100)
    fleet.vehicle.opening_odometer, fleet.vehicle.change_reason = 48000, "录入错误"
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        fleet.keeper(VEHICLE + "Update", fleet.vehicle)
    assert "日报更正" in faults_of(error.value)["opening_odometer"]
    rows = fleet.keeper(CHANGE + "List", ListRequest()).rows
    mended = [(r.before, r.after) for r in rows if r.field_label == "登记里程"]
    assert mended == [("50000", "49000")]
