"""The drivers' daily reports: drafted, submitted, confirmed by the station, corrected if wrong."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from protos.common.list_pb2 import IdRequest
from protos.facts import Fault
from protos.vehicles import daily_pb2 as pb
from protos.vehicles import vehicle_pb2
from server.admin.department import Department
from server.admin.person import Person
from server.core import scope
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Model, Record
from server.core.duty import refuse_self
from server.core.errors import BusinessError, Invalid
from server.core.numbering import document_number
from server.dispatch.task import Task
from server.vehicles import meter, papers, plausibility
from server.vehicles.correction import Change, ReportCorrection, changes, described
from server.vehicles.meter import Meter, Source
from server.vehicles.plausibility import Neighbours
from server.vehicles.vehicle import Vehicle

_COUNTED = (pb.Daily.SUBMITTED, pb.Daily.CONFIRMED, pb.Daily.CORRECTING)


class Daily(Record):
    """One report; kilometres, hundredths of a litre, fen, tenths of a kilometre for tasks."""

    __tablename__ = "vehicles_daily"
    __table_args__ = (
        UniqueConstraint("driver_id", "vehicle_id", "business_on", "shift", name="one_a_shift"),
    )

    number: Mapped[str] = mapped_column(String(20), unique=True)
    business_on: Mapped[date] = mapped_column(index=True)
    shift: Mapped[int]
    vehicle_id: Mapped[int] = mapped_column(ForeignKey(Vehicle.id), index=True)
    driver_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    second_driver_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    doctor_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    stretcher_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    station_id: Mapped[int] = mapped_column(ForeignKey(Department.id), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    start_odometer: Mapped[int]
    end_odometer: Mapped[int | None]
    kilometres: Mapped[int] = mapped_column(default=0)
    start_fuel: Mapped[int | None]
    end_fuel: Mapped[int | None]
    fuel_litres: Mapped[int] = mapped_column(default=0)
    fuel_amount: Mapped[int] = mapped_column(default=0)
    trip_count: Mapped[int] = mapped_column(default=0)
    trip_distance: Mapped[int] = mapped_column(default=0)
    other_use: Mapped[str] = mapped_column(String(200), default="")
    disinfected: Mapped[bool] = mapped_column(default=False)
    defects: Mapped[str] = mapped_column(String(200), default="")
    remark: Mapped[str] = mapped_column(String(200), default="")
    explanation: Mapped[str] = mapped_column(String(200), default="")
    notice: Mapped[str] = mapped_column(String(400), default="")
    submitted_at: Mapped[datetime | None]
    submitter_id: Mapped[int | None]
    confirmer_id: Mapped[int | None]
    confirmed_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(String(100), default="")
    corrected: Mapped[bool] = mapped_column(default=False)
    state: Mapped[int] = mapped_column(default=pb.Daily.DRAFT)

    vehicle: Mapped[Vehicle] = relationship()
    checks: Mapped[list["DailyCheck"]] = relationship(
        cascade="all, delete-orphan", order_by="DailyCheck.position"
    )
    trips: Mapped[list["DailyTrip"]] = relationship(
        cascade="all, delete-orphan", order_by="DailyTrip.position"
    )
    corrections: Mapped[list[ReportCorrection]] = relationship(
        cascade="all, delete-orphan", order_by=ReportCorrection.position
    )


class DailyCheck(Model):
    """One point of the walk around the vehicle."""

    __tablename__ = "vehicles_daily_check"

    daily_id: Mapped[int] = mapped_column(ForeignKey(Daily.id), index=True)
    position: Mapped[int]
    item: Mapped[int]
    before: Mapped[int] = mapped_column(default=0)
    after: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(80), default="")


class DailyTrip(Model):
    """A task of the shift, copied from dispatch so that the report stays as it was confirmed."""

    __tablename__ = "vehicles_daily_trip"

    daily_id: Mapped[int] = mapped_column(ForeignKey(Daily.id), index=True)
    position: Mapped[int]
    task_id: Mapped[int] = mapped_column(ForeignKey(Task.id), index=True)
    serial_no: Mapped[str] = mapped_column(String(20))
    assigned_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    distance: Mapped[int] = mapped_column(default=0)  # tenths of a kilometre
    aborted: Mapped[bool] = mapped_column(default=False)


def take_trips(report: Daily, tasks: list[Task]) -> None:
    """Let the report show those tasks."""
    known = {trip.task_id: trip for trip in report.trips}
    report.trips = [known.get(task.id) or DailyTrip(task_id=task.id) for task in tasks]
    for position, (trip, task) in enumerate(zip(report.trips, tasks, strict=True), 1):
        trip.position, trip.serial_no = position, task.serial_no
        trip.assigned_at, trip.arrived_at = task.assigned_at, task.arrived_at
        trip.completed_at, trip.returned_at = task.completed_at, task.returned_at
        trip.distance, trip.aborted = task.km_driven, task.aborted
    report.trip_count = len(tasks)
    report.trip_distance = sum(task.km_driven for task in tasks)


def count(report: Daily) -> None:
    """Let the kilometres follow the two readings."""
    ended = report.end_odometer is not None
    report.kilometres = (report.end_odometer or 0) - report.start_odometer if ended else 0


def crew_faults(report: Daily) -> Iterator[Fault]:
    """Nobody sits on two seats."""
    seats = ("driver_id", "second_driver_id", "doctor_id", "stretcher_id")
    seen: set[int] = set()
    for name in seats:
        person = getattr(report, name)
        if person in seen:
            yield Fault(name, "同一人不能在一张日报里填两个岗位")
        seen.update({person} - {None})


class DailyService(CrudService[Daily, pb.Daily]):
    """Keeps the reports and, by them, the odometers."""

    model = Daily
    message = pb.Daily
    page = pb.DailyList
    searches = ("number", "remark", "defects")
    display = "number"
    code = "number"

    def visible(self, call: Call) -> Select[Daily]:
        """A driver's own reports; those of the stations in the user's scope."""
        return scope.within(call, select(Daily), Daily.station_id, Daily.driver_id)

    # Drafting ----------------------------------------------------------------------------

    def makers(self, verb: str) -> Sequence[Any]:
        """Driver and submitter; of a correction, who asked for it."""
        if verb != "Correct":
            return (Daily.driver_id, Daily.submitter_id)
        asked = select(ReportCorrection.applicant_id).where(ReportCorrection.daily_id == Daily.id)
        newest = asked.order_by(ReportCorrection.position.desc()).limit(1)
        return (newest.correlate(Daily).scalar_subquery(),)

    def start(self, call: Call, record: Daily) -> None:
        """Number the report; who enters it drove unless it says otherwise."""
        record.number = document_number(call, "RB")

    def check(self, call: Call, record: Daily) -> None:
        """Everything entered so far fits, also with the vehicle's other reports."""
        record.driver_id = record.driver_id or call.user.id
        self._refuse_other(call, record)
        vehicle = _vehicle(call.db, record)
        meter.lock(call.db, vehicle.id)
        record.vehicle, record.station_id = vehicle, vehicle.department_id
        take_trips(record, tasks_of(call.db, record))
        found = [*self._faults(call, record), *_twice(call.db, record)]
        if found:
            raise Invalid(*found)
        count(record)
        record.notice = "；".join(self._notices(call, record))[:400]

    def _refuse_other(self, call: Call, record: Daily) -> None:
        station = call.user.departments is None or call.user.departments
        if record.driver_id != call.user.id and not station:
            raise Invalid.at("driver_id", "只能填写本人的日报，驾驶员请留空或选本人")

    def _faults(self, call: Call, record: Daily) -> Iterator[Fault]:
        yield from plausibility.time_faults(record, call.now)
        yield from plausibility.odometer_faults(record, near(call.db, record))
        yield from plausibility.fuel_faults(record, record.vehicle)
        yield from plausibility.check_faults(record.checks)  # type: ignore[arg-type]
        yield from crew_faults(record)

    def _notices(self, call: Call, record: Daily) -> Iterator[str]:
        yield from plausibility.oddities(record, record.vehicle, near(call.db, record))
        yield from plausibility.review(record, papers.lacking(record.vehicle, record.business_on))

    def Delete(self, call: Call, request: IdRequest) -> object:  # type: ignore[override]
        """Throw a draft away; one that was submitted before stays."""
        if self.find(call, request.id).submitted_at:
            raise BusinessError("提交过的日报不能删除，请修改后重新提交")
        return super().Delete(call, request)

    # Submitting --------------------------------------------------------------------------

    def Submit(self, call: Call, request: IdRequest) -> pb.Daily:
        """Hand the report in; its readings count from now on."""
        report = self.load(call, request)
        shown = meter.lock(call.db, report.vehicle_id)
        with call.db.no_autoflush:
            self._refuse_unfinished(call, report)
        record_readings(call, shown, report)
        report.submitted_at, report.submitter_id = call.now, call.user.id
        report.returned_reason = ""
        return self.save(call, report)

    def _refuse_unfinished(self, call: Call, report: Daily) -> None:
        if missing := list(plausibility.ending_faults(report, report.checks)):  # type: ignore[arg-type]
            raise Invalid(*missing)
        self.check(call, report)
        if found := list(_overlaps(call.db, report)):
            raise Invalid(*found)
        odd = plausibility.oddities(report, report.vehicle, near(call.db, report))
        if odd and not report.explanation:
            raise Invalid.at("explanation", f"{'；'.join(odd)}。请核对，确实如此请填写异常说明")

    def Withdraw(self, call: Call, request: IdRequest) -> pb.Daily:
        """Take a report back that nobody has confirmed yet."""
        return self._reopen(call, request, "")

    def Return(self, call: Call, request: pb.DailyReturnRequest) -> pb.Daily:
        """Send a report back to its driver."""
        call.reason = request.reason
        return self._reopen(call, request, request.reason)

    def _reopen(
        self, call: Call, request: IdRequest | pb.DailyReturnRequest, reason: str
    ) -> pb.Daily:
        report = self.load(call, request)
        meter.set_aside(call, meter.lock(call.db, report.vehicle_id), report.id)
        report.returned_reason = reason
        return self.save(call, report)

    def Confirm(self, call: Call, request: IdRequest) -> pb.Daily:
        """The station agrees; from here on there are only corrections."""
        report = self.load(call, request)
        for maker in (report.driver_id, report.submitter_id or 0):
            refuse_self(call, maker, what="确认")
        report.confirmer_id, report.confirmed_at = call.user.id, call.now
        return self.save(call, report)

    # Correcting --------------------------------------------------------------------------

    def RequestCorrection(self, call: Call, request: pb.CorrectionRequest) -> pb.Daily:
        """Say what should stand in a confirmed report instead."""
        report = self.load(call, request)
        found = changes(report, request)
        if not found:
            raise Invalid.at("end_odometer", "请填写要更正的内容，与原来相同的不用填")
        call.reason = request.reason
        report.corrections.append(
            ReportCorrection(
                position=len(report.corrections) + 1, change=described(found),
                reason=request.reason, applicant_id=call.user.id, applicant_name=call.user.name,
                applied_at=call.now, decision=pb.ReportCorrection.WAITING,
                **{change.name: change.after for change in found},
            )
        )  # fmt: skip
        self._try(call, report, found)
        return self.save(call, report)

    def _try(self, call: Call, report: Daily, found: list[Change]) -> None:
        """Refuse a correction that could not be applied, by applying it and taking it back."""
        with call.db.no_autoflush:
            _apply(report, {change.name: change.after for change in found})
            try:
                self._refuse_misfit(call, report)
            finally:
                _apply(report, {change.name: change.before for change in found})

    def _refuse_misfit(self, call: Call, report: Daily) -> None:
        meter.lock(call.db, report.vehicle_id)
        wrong = [
            *plausibility.odometer_faults(report, near(call.db, report)),
            *plausibility.fuel_faults(report, report.vehicle),
        ]
        if wrong:
            raise Invalid(*wrong)

    def Correct(self, call: Call, request: IdRequest) -> pb.Daily:
        """Apply the correction asked for: new readings in place of the old ones."""
        report = self.load(call, request)
        asked = self._decide(call, report, pb.ReportCorrection.APPROVED, "")
        shown = meter.lock(call.db, report.vehicle_id)
        with call.db.no_autoflush:
            _apply(report, asked.values())
            self._refuse_misfit(call, report)
            count(report)
            report.notice = "；".join(self._notices(call, report))[:400]
        meter.set_aside(call, shown, report.id)
        record_readings(call, shown, report)
        report.corrected = True
        return self.save(call, report)

    def RefuseCorrection(self, call: Call, request: pb.DailyReturnRequest) -> pb.Daily:
        """Leave the report as it is."""
        report = self.load(call, request)
        call.reason = request.reason
        self._decide(call, report, pb.ReportCorrection.REFUSED, request.reason)
        return self.save(call, report)

    def _decide(self, call: Call, report: Daily, decision: int, comment: str) -> ReportCorrection:
        asked = report.corrections[-1]
        refuse_self(call, asked.applicant_id)
        asked.decision, asked.comment = decision, comment
        asked.decider_name, asked.decided_at = call.user.name, call.now
        return asked


def record_readings(call: Call, shown: Meter, report: Daily) -> None:
    """Put both readings of a complete report on its vehicle's locked meter."""
    assert report.ended_at is not None
    assert report.end_odometer is not None
    start = (Source.SHIFT_START, report.started_at, report.start_odometer)
    end = (Source.SHIFT_END, report.ended_at, report.end_odometer)
    for source, at, reading in (start, end):
        meter.take(call, shown, source, at, reading, report.id)


def near(db: Session, report: Daily) -> Neighbours:
    """The readings next to a report in time, its own left out."""
    vehicle, own = report.vehicle_id, report.id
    until = report.ended_at or report.started_at
    return Neighbours(
        meter.before(db, vehicle, report.started_at, without=own),
        meter.after(db, vehicle, until, without=own),
    )


def tasks_of(db: Session, report: Daily) -> list[Task]:
    """The tasks dispatch gave the vehicle during the shift; a moment belongs to one shift only."""
    if report.ended_at is None:
        return []
    chosen = select(Task).where(
        Task.vehicle_code == report.vehicle.code,
        Task.assigned_at >= report.started_at,
        Task.assigned_at < report.ended_at,
    )
    return list(db.scalars(chosen.order_by(Task.assigned_at)))


def _vehicle(db: Session, report: Daily) -> Vehicle:
    vehicle = db.get(Vehicle, report.vehicle_id)
    if vehicle is None or vehicle.state == vehicle_pb2.Vehicle.SCRAPPED:
        raise Invalid.at("vehicle_id", "没有这辆车或车辆已报废，请重新选择")
    return vehicle


def _twice(db: Session, report: Daily) -> Iterator[Fault]:
    same = select(Daily).where(
        Daily.driver_id == report.driver_id,
        Daily.vehicle_id == report.vehicle_id,
        Daily.business_on == report.business_on,
        Daily.shift == report.shift,
        Daily.id != report.id,
    )
    if other := db.scalars(same).first():
        yield Fault("shift", f"这位驾驶员这一班已有日报{other.number}，请打开它修改")


def _overlaps(db: Session, report: Daily) -> Iterator[Fault]:
    during = select(Daily).where(
        Daily.id != report.id,
        Daily.state.in_(_COUNTED),
        Daily.started_at < report.ended_at,
        Daily.ended_at > report.started_at,
    )
    if other := db.scalars(during.where(Daily.vehicle_id == report.vehicle_id)).first():
        yield Fault("started_at", f"这辆车这段时间已有日报{other.number}，请核对出班和收班时间")
    elif other := db.scalars(during.where(Daily.driver_id == report.driver_id)).first():
        yield Fault("started_at", f"驾驶员这段时间在另一辆车上，见日报{other.number}")


def _apply(report: Daily, values: dict[str, int | None]) -> None:
    for name, value in values.items():
        setattr(report, name, value)
