"""Demo fleet: a dozen vehicles, and three weeks of one driver's daily reports."""

from datetime import date, datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.vehicles import daily_pb2, vehicle_pb2
from server.admin.department import Department
from server.admin.person import Person
from server.core.app import App
from server.core.call import Call, User
from server.core.numbering import shanghai_date
from server.vehicles import meter
from server.vehicles.daily import Daily, DailyCheck, DailyService, record_readings, tasks_of
from server.vehicles.identity import check_digit
from server.vehicles.vehicle import Vehicle, register, settle

_V = vehicle_pb2.Vehicle
_D = daily_pb2.Daily
_C = daily_pb2.DailyCheck


class Make(NamedTuple):
    """What vehicles of one make have in common."""

    vin: str  # the first eight characters
    brand: str
    model: str
    fuel: int
    tank: int
    battery: int
    seats: int
    weight: int
    price: int  # fen


TRANSIT = Make("LJXBMCHD", "福特", "新世代全顺", _V.DIESEL, 80, 0, 7, 2650, 58800000)
SPRINTER = Make("WDF9066J", "奔驰", "凌特 519", _V.DIESEL, 93, 0, 6, 3100, 98600000)
MAXUS = Make("LSKG5GL1", "上汽大通", "V90", _V.DIESEL, 80, 0, 7, 2780, 46500000)
ELECTRIC = Make("LSFAM11A", "上汽大通", "EV90", _V.ELECTRIC, 0, 88, 7, 2990, 61200000)
COASTER = Make("JTEBX9FH", "丰田", "柯斯达", _V.PETROL_92, 95, 0, 16, 3600, 72400000)

FLEET = (
    # code, plate, call sign, make, class, grade, group, station,
    # state, km, years old, days to the end of inspection and of insurance
    ("0101", "沪A·D0120", "120急01", TRANSIT, _V.INTENSIVE, _V.ADVANCED, _V.URBAN, "FZ101",
     _V.IN_USE, 86420, 3, 143, 52),
    ("0102", "沪A·D0121", "120急02", TRANSIT, _V.INTENSIVE, _V.ADVANCED, _V.URBAN, "FZ101",
     _V.IN_USE, 91377, 3, 26, 210),
    ("0103", "沪A·D0122", "120急03", SPRINTER, _V.INTENSIVE, _V.ADVANCED, _V.COVER, "FZ101",
     _V.IN_USE, 40268, 2, 318, 318),
    ("0104", "沪A·D0135", "120负04", MAXUS, _V.PROTECTIVE, _V.ADVANCED, _V.NEGATIVE_PRESSURE,
     "FZ101", _V.IN_USE, 52903, 2, 5, 190),
    ("0105", "沪A·F1205", "120转05", ELECTRIC, _V.ORDINARY, _V.TRANSFER, _V.TRANSPORT, "FZ101",
     _V.IN_USE, 23115, 1, 402, 37),
    ("0106", "沪A·D0136", "120急06", MAXUS, _V.INTENSIVE, _V.BASIC, _V.MOBILE, "FZ101",
     _V.REPAIR, 118450, 5, 88, 120),
    ("0201", "沪A·D0201", "120急11", TRANSIT, _V.INTENSIVE, _V.ADVANCED, _V.URBAN, "FZ102",
     _V.IN_USE, 77801, 3, 96, 300),
    ("0202", "沪A·D0202", "120急12", SPRINTER, _V.INTENSIVE, _V.ADVANCED, _V.URBAN, "FZ102",
     _V.IN_USE, 35660, 2, 275, 14),
    ("0203", "沪A·D0203", "120急13", MAXUS, _V.INTENSIVE, _V.BASIC, _V.URBAN, "FZ102",
     _V.SPARE, 102334, 4, 61, 61),
    ("0204", "沪A·F1224", "120转14", ELECTRIC, _V.ORDINARY, _V.TRANSFER, _V.TRANSPORT, "FZ102",
     _V.IN_USE, 18940, 1, 390, 201),
    ("0901", "沪A·D0901", "120指01", COASTER, _V.SPECIAL, _V.COMMAND, _V.COVER, "CG",
     _V.SPARE, 64212, 6, 180, 180),
    ("0902", "沪A·D0902", "120备02", TRANSIT, _V.ORDINARY, _V.RESERVE, _V.STORED, "CG",
     _V.STOPPED, 287650, 9, -12, -40),
)  # fmt: skip
_OPENED = 30  # days before the demo day
_REPORTED = 21  # days with the driver's reports
_DRIVEN = (96, 121, 84, 133, 108, 77, 142)  # km a shift
_FILLED = (0, 4630, 0, 0, 5215, 0, 0)  # hundredths of a litre a shift
_ERRANDS = 6  # km a shift beside the tasks: fuel, washing
_PRICE = 738  # fen a litre


def seed(db: Session, now: datetime, people: dict[str, int]) -> None:
    """Fill the fleet, unless vehicles exist; people are ids by staff number."""
    if db.scalars(select(Vehicle.id).limit(1)).first() is not None:
        return
    keeper = _as(db, now - timedelta(days=_OPENED), people["CG001"])
    departments = {d.code: d.id for d in db.scalars(select(Department))}
    today = shanghai_date(now)
    for number, row in enumerate(FLEET, 1):
        _register(keeper, today, departments, people["SJ001"], number, *row)
    first = db.scalars(select(Vehicle).where(Vehicle.code == FLEET[0][0])).one()
    reading = first.opening_odometer
    for back in range(_REPORTED, 0, -1):
        if back % 3:  # two days on, one off
            reading = _report(db, now, people, first, reading, today - timedelta(days=back), back)


def _as(db: Session, now: datetime, person_id: int) -> Call:
    person = db.get_one(Person, person_id)
    user = User(
        person.id, person.staff_no, person.name, person.department_id, frozenset(), departments=None
    )
    method = vehicle_pb2.DESCRIPTOR.services_by_name["VehicleService"].methods_by_name["Create"]
    return Call(cast(App, None), db, user, method, now)  # the rules called here need no App


def _register(
    call: Call, today: date, departments: dict[str, int], driver: int, number: int,
    code: str, plate: str, call_sign: str, make: Make, kind: int, grade: int, group: int,
    station: str, state: int, kilometres: int, years: int, inspection: int, insurance: int,
) -> None:  # fmt: skip
    bought = today - timedelta(days=365 * years + 40 + number)
    insured = today + timedelta(days=insurance)
    vehicle = Vehicle(
        code=code, plate=plate, call_sign=call_sign, vin=_vin(make.vin, number),
        engine_no=f"{make.vin[3:6]}{80412 + number * 137}", asset_no=f"GD{bought.year}{number:04d}",
        barcode=f"AMB{code}", brand=make.brand, model=make.model, ambulance_class=kind,
        drive=_V.REAR, emission="" if make.fuel == _V.ELECTRIC else "国Ⅵ", fuel=make.fuel,
        tank_capacity=make.tank, battery_capacity=make.battery, seats=make.seats, colour="白",
        curb_weight=make.weight, department_id=departments[station],
        driver_id=driver if number == 1 else None, purchased_on=bought, price=make.price,
        supplier="上海急救车辆销售有限公司", funding="财政资金", depreciation_years=8,
        residual=make.price // 20, licence_no=f"3100{51280 + number}", registered_on=bought,
        inspection_until_on=today + timedelta(days=inspection), compulsory_insurer="中国人保财险",
        compulsory_policy=f"PDZA{bought.year}3101{number:04d}",
        compulsory_from_on=insured - timedelta(days=365), compulsory_until_on=insured,
        commercial_insurer="中国人保财险", commercial_policy=f"PDAA{bought.year}3101{number:04d}",
        commercial_from_on=insured - timedelta(days=365), commercial_until_on=insured,
        siren_permit_no=f"沪警标{2100 + number}",
        siren_permit_until_on=today + timedelta(days=500),
        extinguisher_until_on=today + timedelta(days=240 + number), toll_exempt=True,
        opening_odometer=kilometres, opening_on=shanghai_date(call.now),
        phone=f"021-6800{number:04d}", group=group, grade=grade, sort=number,
        order_target=f"MDT{code}", state=state, created_at=call.now, updated_at=call.now,
        created_by=call.user.id, updated_by=call.user.id,
    )  # fmt: skip
    settle(vehicle)
    call.db.add(vehicle)
    call.db.flush()
    register(call, vehicle)


def _vin(start: str, number: int) -> str:
    body = f"{start}0P{'TA'[number % 2]}{210340 + number * 61:06d}"
    return body[:8] + check_digit(body) + body[9:]


def _report(
    db: Session, now: datetime, people: dict[str, int], vehicle: Vehicle, reading: int, day: date,
    number: int,
) -> int:  # fmt: skip
    """One day shift, confirmed unless it is yesterday's; answers the reading at its end."""
    started = meter.start_of(day) + timedelta(hours=7, minutes=50)
    call = _as(db, started + timedelta(hours=12, minutes=20), people["SJ001"])
    turn = number % len(_DRIVEN)
    litres = _FILLED[turn]
    report = Daily(
        business_on=day, shift=_D.DAY, vehicle=vehicle, vehicle_id=vehicle.id,
        driver_id=call.user.id, doctor_id=people["YS001"], started_at=started,
        ended_at=started + timedelta(hours=12), start_odometer=reading,
        start_fuel=70, end_fuel=45 + turn, fuel_litres=litres, fuel_amount=litres * _PRICE // 100,
        other_use="加油" if litres else "", disinfected=True, created_at=call.now,
        created_by=call.user.id, updated_at=call.now, updated_by=call.user.id,
        submitted_at=call.now, submitter_id=call.user.id, state=_D.SUBMITTED,
        checks=[
            DailyCheck(position=n, item=n, before=_C.GOOD, after=_C.GOOD)
            for n in _C.Item.values() if n
        ],
    )  # fmt: skip
    tasks = sum(task.km_driven for task in tasks_of(db, report))  # tenths
    end = report.end_odometer = reading + (tasks // 10 + _ERRANDS if tasks else _DRIVEN[turn])
    service = DailyService()
    with db.no_autoflush:
        service.start(call, report)
        service.check(call, report)
    if day < shanghai_date(now) - timedelta(days=1):
        report.state, report.confirmer_id = _D.CONFIRMED, people["CG001"]
        report.confirmed_at = call.now + timedelta(hours=14)
    db.add(report)
    db.flush()
    record_readings(call, meter.lock(db, vehicle.id), report)
    return end
