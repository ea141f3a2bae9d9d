"""The unit's vehicles: identity, papers, place in the organisation, and where in life they are."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from protos.facts import Fault
from protos.vehicles import vehicle_pb2 as pb
from server.admin.department import Department
from server.admin.person import Person
from server.core import approval
from server.core.approval import Outcome
from server.core.call import Call
from server.core.codes import codes
from server.core.crud import CrudService
from server.core.db import Record
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.vehicles import meter, papers, trail
from server.vehicles.identity import check_digit, is_vin, plate_text
from server.vehicles.meter import Meter, Reading, Source

_GONE = (pb.Vehicle.SCRAP_PENDING, pb.Vehicle.SCRAPPED)
_TELLING = ("plate", "vin", "engine_no", "opening_odometer", "opening_on")  # changed with a reason
_SPANS = (
    ("compulsory_from_on", "compulsory_until_on", "交强险"),
    ("commercial_from_on", "commercial_until_on", "商业险"),
    ("registered_on", "inspection_until_on", "年检"),
)


class Vehicle(Record):
    """One vehicle; money in fen, distances in kilometres, weights in kilograms."""

    __tablename__ = "vehicles_vehicle"

    code: Mapped[str] = mapped_column(String(5), unique=True)
    plate: Mapped[str] = mapped_column(String(9), unique=True)
    call_sign: Mapped[str] = mapped_column(String(20), default="")
    vin: Mapped[str] = mapped_column(String(17), unique=True)
    engine_no: Mapped[str] = mapped_column(String(30), default="")
    asset_no: Mapped[str] = mapped_column(String(30), default="")
    barcode: Mapped[str] = mapped_column(String(40), default="")
    brand: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(String(40), default="")
    ambulance_class: Mapped[int]
    drive: Mapped[int] = mapped_column(default=0)
    emission: Mapped[str] = mapped_column(String(10), default="")
    fuel: Mapped[int]
    tank_capacity: Mapped[int] = mapped_column(default=0)  # litres
    battery_capacity: Mapped[int] = mapped_column(default=0)  # kilowatt hours
    seats: Mapped[int] = mapped_column(default=0)
    colour: Mapped[str] = mapped_column(String(20), default="")
    curb_weight: Mapped[int] = mapped_column(default=0)
    department_id: Mapped[int] = mapped_column(ForeignKey(Department.id), index=True)
    driver_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id), index=True)
    purchased_on: Mapped[date | None]
    price: Mapped[int] = mapped_column(default=0)
    supplier: Mapped[str] = mapped_column(String(60), default="")
    funding: Mapped[str] = mapped_column(String(40), default="")
    depreciation_years: Mapped[int] = mapped_column(default=0)
    residual: Mapped[int] = mapped_column(default=0)
    licence_no: Mapped[str] = mapped_column(String(20), default="")
    registered_on: Mapped[date | None]
    inspection_until_on: Mapped[date | None]
    compulsory_insurer: Mapped[str] = mapped_column(String(40), default="")
    compulsory_policy: Mapped[str] = mapped_column(String(40), default="")
    compulsory_from_on: Mapped[date | None]
    compulsory_until_on: Mapped[date | None]
    commercial_insurer: Mapped[str] = mapped_column(String(40), default="")
    commercial_policy: Mapped[str] = mapped_column(String(40), default="")
    commercial_from_on: Mapped[date | None]
    commercial_until_on: Mapped[date | None]
    siren_permit_no: Mapped[str] = mapped_column(String(30), default="")
    siren_permit_until_on: Mapped[date | None]
    extinguisher_until_on: Mapped[date | None]
    toll_exempt: Mapped[bool] = mapped_column(default=False)
    medical_licence: Mapped[str] = mapped_column(String(40), default="")
    opening_odometer: Mapped[int] = mapped_column(default=0)
    opening_on: Mapped[date]
    phone: Mapped[str] = mapped_column(String(20), default="")
    group: Mapped[int] = mapped_column(default=0)
    grade: Mapped[int] = mapped_column(default=0)
    sort: Mapped[int] = mapped_column(default=0)
    order_target: Mapped[str] = mapped_column(String(20), default="")
    remark: Mapped[str] = mapped_column(String(200), default="")
    due_on: Mapped[date | None] = mapped_column(index=True)
    scrap_applicant_id: Mapped[int | None]
    state: Mapped[int] = mapped_column(default=pb.Vehicle.SPARE)
    codes: Mapped[str] = mapped_column(String(400), default="")


def settle(vehicle: Vehicle) -> None:
    """Let what follows from the entered fields follow: plate as printed, codes, earliest end."""
    vehicle.plate = plate_text(vehicle.plate)
    vehicle.codes = codes(vehicle.plate, vehicle.plate[3:], vehicle.code, vehicle.call_sign)
    vehicle.due_on = papers.earliest(vehicle)


def faults(vehicle: Vehicle, today: date) -> Iterator[Fault]:
    """What in the record contradicts itself or the calendar."""
    if not is_vin(vehicle.vin):
        right = check_digit(vehicle.vin)
        yield Fault("vin", f"车架号第9位校验码应为{right}，请对照行驶证核对")
    for start, end, label in _SPANS:
        first, last = getattr(vehicle, start), getattr(vehicle, end)
        if first and last and last <= first:
            yield Fault(end, f"{label}的止期要晚于起期")
    if vehicle.fuel == pb.Vehicle.ELECTRIC and vehicle.tank_capacity:
        yield Fault("tank_capacity", "纯电车辆没有油箱，请填写电池容量")
    if vehicle.residual > vehicle.price:
        yield Fault("residual", "残值不能高于购置价")
    for name, label in (
        ("purchased_on", "购置"),
        ("opening_on", "里程登记"),
        ("registered_on", "注册"),
    ):
        if (on := getattr(vehicle, name)) and on > today:
            yield Fault(name, f"{label}日期不能晚于今天")


class VehicleService(CrudService[Vehicle, pb.Vehicle]):
    """Keeps the vehicles."""

    model = Vehicle
    message = pb.Vehicle
    page = pb.VehicleList
    searches = ("codes", "plate", "vin", "asset_no", "call_sign")
    display = "plate"
    code = "code"
    details = ("call_sign", "brand", "model")

    def visible(self, call: Call) -> Select[Vehicle]:
        """Vehicles of the user's departments, of the user's own station, and the user's own."""
        if call.user.departments is None:
            return select(Vehicle)
        places = call.user.departments | {call.user.department_id}
        own = Vehicle.driver_id == call.user.id
        return select(Vehicle).where(or_(Vehicle.department_id.in_(places), own))

    def selectable(self, call: Call) -> Select[Vehicle]:
        """Vehicles that are not on their way out."""
        return self.visible(call).where(Vehicle.state.not_in(_GONE))

    def complete(self, call: Call, messages: Sequence[pb.Vehicle]) -> None:
        """Add the odometer, and what runs out."""
        shown = _readings(call.db, [message.id for message in messages])
        today = shanghai_date(call.now)
        for message in messages:
            message.odometer = shown.get(message.id, 0)
            days = (today - date.fromisoformat(message.opening_on)).days
            message.daily_average = (message.odometer - message.opening_odometer) // max(days, 1)
            ends = papers.ends_of(message)
            message.papers, message.notice = papers.level(ends, today), papers.notice(ends, today)

    def makers(self, verb: str) -> Sequence[Any]:
        """Who asked for scrapping."""
        return (Vehicle.scrap_applicant_id,)

    def check(self, call: Call, record: Vehicle) -> None:
        """Identity is genuine and nobody else's; dates agree; the odometer fits its history."""
        record.opening_on = record.opening_on or shanghai_date(call.now)
        settle(record)
        found = [*faults(record, shanghai_date(call.now)), *self._shared(call, record)]
        if found:
            raise Invalid(*found)

    def _shared(self, call: Call, record: Vehicle) -> Iterator[Fault]:
        for name, label in (("code", "车辆编码"), ("plate", "车牌"), ("vin", "车架号")):
            same = select(Vehicle).where(
                getattr(Vehicle, name) == getattr(record, name), Vehicle.id != record.id
            )
            if other := call.db.scalars(same).first():
                yield Fault(name, f"这个{label}已登记在车辆{other.code}（{other.plate}）上，请核对")

    def Create(self, call: Call, request: pb.Vehicle) -> pb.Vehicle:
        """Register a vehicle; it starts as a spare, its odometer with the opening reading."""
        record = Vehicle(created_at=call.now, created_by=call.user.id, updated_at=call.now)
        self.mapping.apply(request, record)
        self.check(call, record)
        call.db.add(record)
        call.db.flush()
        register(call, record)
        return self.save(call, record)

    def Update(self, call: Call, request: pb.Vehicle) -> pb.Vehicle:
        """Change a vehicle's record; what identifies it changes only with a reason."""
        call.reason = request.change_reason
        record = self.load(call, request)
        with call.db.no_autoflush:
            self.mapping.apply(request, record)
            self.check(call, record)
            changed = {found.field.name for found in trail.differences(record)}
        if changed & set(_TELLING) and not request.change_reason.strip():
            raise Invalid.at("change_reason", "改车牌、车架号、发动机号或登记里程要写明原因")
        if changed & {"opening_odometer", "opening_on"}:
            self._reopen(call, record)
        return self.save(call, record)

    def _reopen(self, call: Call, record: Vehicle) -> None:
        with call.db.no_autoflush:  # the trail is written from what is not yet flushed
            found = trail.differences(record)
            shown = meter.lock(call.db, record.id)
            reports = select(Reading.id).where(
                Reading.vehicle_id == record.id, Reading.document_id != 0, Reading.valid.is_(True)
            )
            if call.db.scalars(reports.limit(1)).first():
                raise Invalid.at("opening_odometer", "已有日报按登记里程填写，请改用日报更正")
        trail.note(call, record, found)
        meter.set_aside(call, shown, 0)
        _open(call, shown, record)

    def save(self, call: Call, record: Vehicle, *, move: bool = True) -> pb.Vehicle:
        """Keep the record, and a trail of what changed in it."""
        if move and call.rpc.to_state:
            record.state = self.state(call.rpc.to_state)
        with call.db.no_autoflush:
            trail.note(call, record, trail.differences(record))
        return super().save(call, record, move=False)

    def _move(self, call: Call, request: pb.MoveRequest) -> pb.Vehicle:
        record = self.load(call, request)
        call.reason = request.reason
        return self.save(call, record)

    def Activate(self, call: Call, request: pb.MoveRequest) -> pb.Vehicle:
        """Put a vehicle on the road; refused without valid inspection and insurance."""
        record = self.load(call, request)
        if missing := papers.lacking(record, shanghai_date(call.now)):
            raise BusinessError(f"{'、'.join(missing)}，不能启用，请先更新证照日期")
        call.reason = request.reason
        return self.save(call, record)

    def Reserve(self, call: Call, request: pb.MoveRequest) -> pb.Vehicle:
        """Keep a vehicle as a spare."""
        return self._move(call, request)

    def SendToRepair(self, call: Call, request: pb.MoveRequest) -> pb.Vehicle:
        """Send a vehicle to the workshop."""
        return self._move(call, request)

    def Stop(self, call: Call, request: pb.MoveRequest) -> pb.Vehicle:
        """Take a vehicle off the road."""
        return self._move(call, request)

    def Lend(self, call: Call, request: pb.MoveRequest) -> pb.Vehicle:
        """Lend a vehicle to another unit."""
        return self._move(call, request)

    def ApplyScrap(self, call: Call, request: pb.MoveRequest) -> pb.Vehicle:
        """Ask for a vehicle to be scrapped."""
        record = self.load(call, request)
        call.reason = request.reason
        record.scrap_applicant_id = call.user.id
        return self.save(call, record)

    def Scrap(self, call: Call, request: pb.MoveRequest) -> pb.Vehicle:
        """Agree to scrapping; the last step takes the vehicle out for good."""
        record = self.load(call, request)
        call.reason = request.reason
        maker = record.scrap_applicant_id or 0
        outcome = approval.decide(call, record, maker, comment=request.reason)
        return self.save(call, record, move=outcome is Outcome.APPROVED)

    def RefuseScrap(self, call: Call, request: pb.MoveRequest) -> pb.Vehicle:
        """Refuse scrapping; the vehicle stands still."""
        record = self.load(call, request)
        call.reason = request.reason
        maker = record.scrap_applicant_id or 0
        approval.decide(call, record, maker, approved=False, comment=request.reason)
        return self.save(call, record)


def register(call: Call, record: Vehicle) -> None:
    """Give a new vehicle its odometer and the first row of its trail."""
    shown = Meter(vehicle_id=record.id, reading=record.opening_odometer)
    call.db.add(shown)
    _open(call, shown, record)
    trail.note_created(call, record, record.plate)


def _open(call: Call, shown: Meter, record: Vehicle) -> None:
    at: datetime = meter.start_of(record.opening_on)
    meter.take(call, shown, Source.OPENING, at, record.opening_odometer)


def _readings(db: Session, vehicle_ids: Sequence[int]) -> dict[int, int]:
    chosen = select(Meter.vehicle_id, Meter.reading).where(Meter.vehicle_id.in_(vehicle_ids))
    return {row.vehicle_id: row.reading for row in db.execute(chosen)}
