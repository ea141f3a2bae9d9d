"""The sheet of a daily report: a cashier's day with its bills and its sums."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.finance import daily_pb2 as pb
from server.admin.department import Department
from server.admin.person import Person
from server.core.db import Model, Record
from server.finance.bill import Charge


class DaySheet(Record):
    """One cashier's day; sums are fen and follow the payments, never typed."""

    __tablename__ = "finance_daily"
    __table_args__ = (UniqueConstraint("cashier_id", "day_on"),)

    number: Mapped[str] = mapped_column(String(20), unique=True)
    day_on: Mapped[date] = mapped_column(index=True)
    cashier_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    department_id: Mapped[int] = mapped_column(ForeignKey(Department.id), index=True)
    charges: Mapped[int] = mapped_column(default=0)
    ticked: Mapped[int] = mapped_column(default=0)
    due: Mapped[int] = mapped_column(default=0)
    reduction: Mapped[int] = mapped_column(default=0)
    received: Mapped[int] = mapped_column(default=0)
    refunded: Mapped[int] = mapped_column(default=0)
    net: Mapped[int] = mapped_column(default=0)
    arrears: Mapped[int] = mapped_column(default=0)
    cash_due: Mapped[int] = mapped_column(default=0)
    cash_handed: Mapped[int | None]
    difference: Mapped[int] = mapped_column(default=0)
    difference_reason: Mapped[str] = mapped_column(String(80), default="")
    remark: Mapped[str] = mapped_column(String(200), default="")
    submitted_at: Mapped[datetime | None]
    checker_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    confirmer_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    returned_reason: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[int] = mapped_column(default=pb.DailyReport.DRAFT)

    lines: Mapped[list["DaySheetLine"]] = relationship(
        cascade="all, delete-orphan", order_by="DaySheetLine.position"
    )
    methods: Mapped[list["DaySheetMethod"]] = relationship(
        cascade="all, delete-orphan", order_by="DaySheetMethod.method"
    )
    groups: Mapped[list["DaySheetGroup"]] = relationship(
        cascade="all, delete-orphan", order_by="DaySheetGroup.group"
    )
    papers: Mapped[list["DaySheetPaper"]] = relationship(
        cascade="all, delete-orphan", order_by="DaySheetPaper.first_no"
    )
    corrections: Mapped[list["DaySheetCorrection"]] = relationship(
        cascade="all, delete-orphan", order_by="DaySheetCorrection.id"
    )


class DaySheetLine(Model):
    """One bill of the day."""

    __tablename__ = "finance_daily_line"

    report_id: Mapped[int] = mapped_column(ForeignKey(DaySheet.id), index=True)
    position: Mapped[int]
    ticked: Mapped[bool] = mapped_column(default=False)
    charge_id: Mapped[int] = mapped_column(ForeignKey(Charge.id), index=True)
    charge_no: Mapped[str] = mapped_column(String(20))
    task_code: Mapped[str] = mapped_column(String(22))
    run_type: Mapped[int]
    hospital: Mapped[str] = mapped_column(String(200))
    charge_km: Mapped[int]
    due: Mapped[int]
    reduction: Mapped[int]
    received: Mapped[int]
    refunded: Mapped[int]
    arrears: Mapped[int]
    methods_text: Mapped[str] = mapped_column(String(80))
    invoice_no: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(80), default="")


class DaySheetMethod(Model):
    """What came and went by one way of payment."""

    __tablename__ = "finance_daily_method"

    report_id: Mapped[int] = mapped_column(ForeignKey(DaySheet.id), index=True)
    method: Mapped[int]
    count: Mapped[int]
    received: Mapped[int]
    refunded: Mapped[int]
    net: Mapped[int]


class DaySheetGroup(Model):
    """What of the payments is for one group of fees."""

    __tablename__ = "finance_daily_group"

    report_id: Mapped[int] = mapped_column(ForeignKey(DaySheet.id), index=True)
    group: Mapped[int]
    amount: Mapped[int]


class DaySheetPaper(Model):
    """What was used of one segment of invoices."""

    __tablename__ = "finance_daily_paper"

    report_id: Mapped[int] = mapped_column(ForeignKey(DaySheet.id), index=True)
    bill_code: Mapped[str] = mapped_column(String(12))
    first_no: Mapped[str] = mapped_column(String(12))
    last_no: Mapped[str] = mapped_column(String(12))
    used: Mapped[int]
    voided: Mapped[int]
    refunded: Mapped[int]
    amount: Mapped[int]


class DaySheetCorrection(Model):
    """A proposed change of the cash handed in, and what became of it."""

    __tablename__ = "finance_daily_correction"

    report_id: Mapped[int] = mapped_column(ForeignKey(DaySheet.id), index=True)
    before: Mapped[int]
    after: Mapped[int]
    reason: Mapped[str] = mapped_column(String(80))
    requester_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    requested_at: Mapped[datetime]
    approver_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    outcome: Mapped[str] = mapped_column(String(100), default="待审核")
