"""What in a daily report cannot be, and what is odd enough to ask the driver for a reason."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

from protos.facts import Fault, decimal
from protos.vehicles import daily_pb2 as pb
from protos.vehicles import vehicle_pb2
from server.core.numbering import shanghai_date

TOP_SPEED = 120  # km/h, averaged over a shift
LONG_SHIFT = 600  # km
UNREPORTED = 50  # km driven between two reports
APART = 20  # km a report may differ from its tasks, or a tenth of it
PRICES = (400, 1500)  # fen a litre
LONGEST = timedelta(hours=36)
_OVERFILL = 105  # per cent of the tank


class Sheet(Protocol):
    """The entered part of a report; kilometres, hundredths of a litre, fen, tenths for trips."""

    business_on: date
    started_at: datetime
    ended_at: datetime | None
    start_odometer: int
    end_odometer: int | None
    fuel_litres: int
    fuel_amount: int
    trip_distance: int


class Tank(Protocol):
    """What of the vehicle matters for fuel."""

    fuel: int
    tank_capacity: int  # litres


class Neighbours(NamedTuple):
    """The readings next to a report in time; None where there is none."""

    before: int | None
    after: int | None


def time_faults(sheet: Sheet, now: datetime) -> Iterator[Fault]:
    """The shift belongs to its day, has happened, and has a sensible length."""
    if sheet.started_at > now:
        yield Fault("started_at", "出班时间不能晚于现在")
    elif shanghai_date(sheet.started_at) != sheet.business_on:
        yield Fault("started_at", f"出班时间要在日报日期{sheet.business_on}当天")
    if sheet.ended_at is None:
        return
    if sheet.ended_at <= sheet.started_at:
        yield Fault("ended_at", "收班时间要晚于出班时间")
    elif sheet.ended_at > now:
        yield Fault("ended_at", "收班时间不能晚于现在，请收班后再填")
    elif sheet.ended_at - sheet.started_at > LONGEST:
        yield Fault("ended_at", "一张日报最长36小时，请核对日期")


def odometer_faults(sheet: Sheet, near: Neighbours) -> Iterator[Fault]:
    """An odometer never goes back: not in the shift, nor against its neighbours in time."""
    start, end = sheet.start_odometer, sheet.end_odometer
    if near.before is not None and start < near.before:
        yield Fault("start_odometer", f"里程不能倒退：上次读数是{near.before}公里，请核对里程表")
    if end is None:
        if near.after is not None and start > near.after:
            text = f"这之后已有读数{near.after}公里，出班里程不能更大，请核对"
            yield Fault("start_odometer", text)
        return
    if end < start:
        yield Fault("end_odometer", f"收班里程不能小于出班里程{start}公里，请核对里程表")
    elif near.after is not None and end > near.after:
        yield Fault("end_odometer", f"这之后已有读数{near.after}公里，收班里程不能更大，请核对")


def fuel_faults(sheet: Sheet, tank: Tank) -> Iterator[Fault]:
    """Litres and amount come together, and only into a vehicle that burns something."""
    if tank.fuel == vehicle_pb2.Vehicle.ELECTRIC and (sheet.fuel_litres or sheet.fuel_amount):
        yield Fault("fuel_litres", "纯电车辆不加油，请清空加油量和金额")
    elif sheet.fuel_litres and not sheet.fuel_amount:
        yield Fault("fuel_amount", "填了加油量，请一并填写加油金额")
    elif sheet.fuel_amount and not sheet.fuel_litres:
        yield Fault("fuel_litres", "填了加油金额，请一并填写加油量")


def check_faults(checks: Iterable[pb.DailyCheck]) -> Iterator[Fault]:
    """Each point is looked at once, and a fault is described."""
    seen = set()
    for row, check in enumerate(checks):
        if check.item in seen:
            yield Fault(f"checks[{row}].item", "这一项填了两遍，请删去一行")
        seen.add(check.item)
        if pb.DailyCheck.FAULTY in (check.before, check.after) and not check.note:
            yield Fault(f"checks[{row}].note", "检查异常要写明情况")


def ending_faults(sheet: Sheet, checks: Iterable[pb.DailyCheck]) -> Iterator[Fault]:
    """What must be there before a report is submitted."""
    if sheet.ended_at is None:
        yield Fault("ended_at", "请填写收班时间")
    if sheet.end_odometer is None:
        yield Fault("end_odometer", "请填写收班里程")
    known = {check.item for check in checks if check.before and check.after}
    items = pb.DailyCheck.Item.DESCRIPTOR.values
    missing = [value for value in items if value.number and value.number not in known]
    if missing:
        yield Fault("checks", f"车辆检查还有{len(missing)}项没有填写出班前和收班后的结果")


def oddities(sheet: Sheet, tank: Tank, near: Neighbours) -> list[str]:
    """What may be true but wants a reason."""
    return [*_distance_oddities(sheet, near), *_fuel_oddities(sheet, tank)]


def _distance_oddities(sheet: Sheet, near: Neighbours) -> Iterator[str]:
    if near.before is not None and sheet.start_odometer - near.before > UNREPORTED:
        gap = sheet.start_odometer - near.before
        yield f"与上次读数{near.before}公里之间有{gap}公里没有日报"
    if sheet.end_odometer is None or sheet.ended_at is None:
        return
    driven = sheet.end_odometer - sheet.start_odometer
    hours = (sheet.ended_at - sheet.started_at) / timedelta(hours=1)
    if driven > TOP_SPEED * hours:
        yield f"{driven}公里按时间算超过每小时{TOP_SPEED}公里"
    elif driven > LONG_SHIFT:
        yield f"一班行驶{driven}公里，超过{LONG_SHIFT}公里"


def _fuel_oddities(sheet: Sheet, tank: Tank) -> Iterator[str]:
    if not sheet.fuel_litres:
        return
    if tank.tank_capacity and sheet.fuel_litres > tank.tank_capacity * _OVERFILL:
        yield f"加油{decimal(sheet.fuel_litres, 2)}升超过油箱容积{tank.tank_capacity}升"
    low, high = PRICES
    if not low * sheet.fuel_litres <= sheet.fuel_amount * 100 <= high * sheet.fuel_litres:
        price = decimal(sheet.fuel_amount * 100 // sheet.fuel_litres, 2)
        yield f"油价合每升{price}元，不在常见范围"


def review(sheet: Sheet, lacking: Iterable[str]) -> Iterator[str]:
    """What whoever confirms should look at: papers, kilometres against those of the tasks."""
    yield from lacking
    if sheet.end_odometer is None:
        return
    driven = (sheet.end_odometer - sheet.start_odometer) * 10
    apart = abs(driven - sheet.trip_distance)
    if sheet.trip_distance and apart > max(APART * 10, driven // 10):
        yield f"里程表{decimal(driven, 1)}公里，任务合计{decimal(sheet.trip_distance, 1)}公里"
