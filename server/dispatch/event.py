"""What people called 120 for, and how each call was handled; written by the importer only."""

from datetime import datetime

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Record
from server.core.sealing import Sealed


class Event(Record):
    """One happening; every call and every vehicle sent for it refers here."""

    __tablename__ = "dispatch_event"

    event_code: Mapped[str] = mapped_column(String(18), unique=True)
    event_name: Mapped[str] = mapped_column(String(100))
    first_call_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    origin: Mapped[str] = mapped_column(String(20))
    event_type: Mapped[str] = mapped_column(String(20))
    accident_type: Mapped[str] = mapped_column(String(20), default="")
    accident_level: Mapped[str] = mapped_column(String(20), default="")
    is_test: Mapped[bool] = mapped_column(default=False)
    first_dispatcher: Mapped[str] = mapped_column(String(30))
    first_accept_at: Mapped[datetime]
    first_dispatch_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspend_reason: Mapped[str] = mapped_column(String(40), default="")
    appointed_at: Mapped[datetime | None]
    main_event_code: Mapped[str] = mapped_column(String(18), default="")
    longitude: Mapped[int] = mapped_column(default=0)  # millionths of a degree
    latitude: Mapped[int] = mapped_column(default=0)
    datum: Mapped[str] = mapped_column(String(10), default="")
    area: Mapped[str] = mapped_column(String(20))
    seat_no: Mapped[str] = mapped_column(String(10), default="")
    centre_code: Mapped[str] = mapped_column(String(12), index=True)
    severity: Mapped[str] = mapped_column(String(20), default="")
    is_dropped: Mapped[bool] = mapped_column(default=False)

    first_call_phone = Sealed("PHONE")


class Acceptance(Record):
    """One call-taker's handling of one call; numbered within its event."""

    __tablename__ = "dispatch_acceptance"
    __table_args__ = (UniqueConstraint("event_code", "acceptance_no"),)

    event_code: Mapped[str] = mapped_column(String(18))
    acceptance_no: Mapped[str] = mapped_column(String(2))
    kind: Mapped[str] = mapped_column(String(20), default="")
    taker: Mapped[str] = mapped_column(String(30))
    call_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    ring_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    order_sent_at: Mapped[datetime | None]
    scene_address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    wait_address: Mapped[str] = mapped_column(String(200), default="")
    send_place: Mapped[str] = mapped_column(String(200), default="")
    scene_type: Mapped[str] = mapped_column(String(20), default="")
    contact_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    contact_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    patient_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    sex: Mapped[str] = mapped_column(String(4), default="")
    age: Mapped[int | None]
    complaint_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    disease_guess: Mapped[str] = mapped_column(String(30), default="")
    severity: Mapped[str] = mapped_column(String(20), default="")
    stretcher: Mapped[bool] = mapped_column(default=False)
    patient_count: Mapped[int]
    special_needs: Mapped[str] = mapped_column(String(100), default="")
    note: Mapped[str] = mapped_column(String(400), default="")

    call_phone = Sealed("PHONE")
    scene_address = Sealed("ADDRESS")
    contact_name = Sealed("NAME")
    contact_phone = Sealed("PHONE")
    patient_name = Sealed("NAME")
    complaint = Sealed("MEDICAL")
