"""The tables of the case record and its rows; what they mean stands in the contract."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.emr import case_record_pb2 as pb
from server.admin.department import Department
from server.admin.person import Person
from server.core.db import Model, Record
from server.core.sealing import Sealed
from server.dispatch.task import Task
from server.inventory.item import Item


class CaseRecord(Record):
    """One patient seen in one task."""

    __tablename__ = "emr_case_record"
    __table_args__ = (UniqueConstraint("task_id", "patient_order"),)

    client_key: Mapped[str] = mapped_column(String(36), unique=True)
    record_no: Mapped[str] = mapped_column(String(30), unique=True)
    state: Mapped[int] = mapped_column(default=pb.CaseRecord.DRAFT, index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey(Task.id))
    patient_order: Mapped[int] = mapped_column(default=0)
    kind: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    task_code: Mapped[str] = mapped_column(String(30), default="", index=True)
    serial_no: Mapped[str] = mapped_column(String(30), default="", index=True)
    original_event_type: Mapped[str] = mapped_column(String(20), default="")
    station_id: Mapped[int] = mapped_column(ForeignKey(Department.id), index=True)
    station_name: Mapped[str] = mapped_column(String(40), default="")
    vehicle_code: Mapped[str] = mapped_column(String(30), default="")
    plate: Mapped[str] = mapped_column(String(30), default="", index=True)
    doctor_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    doctor_name: Mapped[str] = mapped_column(String(30), default="")
    nurse_name: Mapped[str] = mapped_column(String(30), default="")
    driver_name: Mapped[str] = mapped_column(String(30), default="")
    stretcher_names: Mapped[str] = mapped_column(String(100), default="")
    trainee: Mapped[str] = mapped_column(String(30), default="")
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    name_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    sex: Mapped[str] = mapped_column(String(20), default="")
    age: Mapped[int | None]
    age_unit: Mapped[str] = mapped_column(String(20), default="")
    birth_on: Mapped[date | None]
    id_type: Mapped[str] = mapped_column(String(20), default="")
    id_no_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    id_no_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    unidentified: Mapped[bool] = mapped_column(default=False)
    call_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    contact_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    contact_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    area: Mapped[str] = mapped_column(String(20), default="")
    local_address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    scene_type: Mapped[str] = mapped_column(String(20), default="")
    send_address: Mapped[str] = mapped_column(String(100), default="")
    send_type: Mapped[str] = mapped_column(String(20), default="")
    not_carried: Mapped[bool] = mapped_column(default=False)
    not_sent_reason: Mapped[str] = mapped_column(String(20), default="")
    depart_at: Mapped[datetime | None]
    arrive_scene_at: Mapped[datetime | None] = mapped_column(index=True)
    leave_scene_at: Mapped[datetime | None]
    arrive_dest_at: Mapped[datetime | None]
    history_givers: Mapped[list[str]] = mapped_column(JSON, default=list)
    disease_classes: Mapped[list[str]] = mapped_column(JSON, default=list)
    disease_class_note: Mapped[str] = mapped_column(String(50), default="")
    chief_complaint_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    present_illness_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    self_help: Mapped[list[str]] = mapped_column(JSON, default=list)
    self_help_note: Mapped[str] = mapped_column(String(50), default="")
    past_history: Mapped[list[str]] = mapped_column(JSON, default=list)
    past_history_note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    allergy: Mapped[int] = mapped_column(default=0)
    allergy_note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    medication_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    last_known_well_at: Mapped[datetime | None]
    from_hospital: Mapped[str] = mapped_column(String(50), default="")
    discharge_diagnosis_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    hospital_treatment_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    symptom_at_pickup_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    other_necessary_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    severity: Mapped[str] = mapped_column(String(20), default="", index=True)
    pre_alert: Mapped[int] = mapped_column(default=0)
    pre_alert_at: Mapped[datetime | None]
    pre_alert_to: Mapped[str] = mapped_column(String(50), default="")
    death_case: Mapped[str] = mapped_column(String(20), default="")
    death_certificate: Mapped[bool | None]
    effect: Mapped[str] = mapped_column(String(20), default="")
    cooperation: Mapped[str] = mapped_column(String(20), default="")
    cooperation_note: Mapped[str] = mapped_column(String(100), default="")
    major_emergency: Mapped[bool] = mapped_column(default=False)
    treatment_refused: Mapped[bool] = mapped_column(default=False)
    condition_change: Mapped[int] = mapped_column(default=0)
    condition_note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    empty_reason: Mapped[str] = mapped_column(String(20), default="")
    empty_note: Mapped[str] = mapped_column(String(100), default="")
    remark: Mapped[str] = mapped_column(String(500), default="")
    exam_overall: Mapped[int] = mapped_column(default=0)
    handover_at: Mapped[datetime | None]
    receive_unit: Mapped[str] = mapped_column(String(50), default="")
    receive_dept: Mapped[str] = mapped_column(String(50), default="")
    handover_condition_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    handover_diagnosis_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    handover_treatment_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    handover_pulse: Mapped[int | None]
    handover_rr: Mapped[int | None]
    handover_sbp: Mapped[int | None]
    handover_dbp: Mapped[int | None]
    handover_spo2: Mapped[int | None]
    handover_consciousness: Mapped[str] = mapped_column(String(20), default="")
    handover_other_signs_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    receiver_name: Mapped[str] = mapped_column(String(30), default="")
    receiver_signed_at: Mapped[datetime | None]
    receiver_signature: Mapped[bytes | None] = mapped_column(LargeBinary())
    sign_refusal: Mapped[str] = mapped_column(String(100), default="")
    belongings: Mapped[str] = mapped_column(String(200), default="")
    documents: Mapped[str] = mapped_column(String(200), default="")
    wait_from_at: Mapped[datetime | None]
    wait_reason: Mapped[str] = mapped_column(String(20), default="")
    begin_fill_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None] = mapped_column(index=True)
    signer_name: Mapped[str] = mapped_column(String(30), default="")
    reviewed_at: Mapped[datetime | None]
    reviewer_name: Mapped[str] = mapped_column(String(30), default="")
    archived_at: Mapped[datetime | None]
    return_reason: Mapped[str] = mapped_column(String(200), default="")
    pdf_archived_at: Mapped[datetime | None]
    issue_note: Mapped[str] = mapped_column(String(200), default="")

    vital_sets: Mapped[list["VitalSet"]] = relationship(
        cascade="all, delete-orphan", order_by="VitalSet.position"
    )
    exam_items: Mapped[list["ExamItem"]] = relationship(
        cascade="all, delete-orphan", order_by="ExamItem.position"
    )
    scores: Mapped[list["Score"]] = relationship(
        cascade="all, delete-orphan", order_by="Score.position"
    )
    diagnoses: Mapped[list["Diagnosis"]] = relationship(
        cascade="all, delete-orphan", order_by="Diagnosis.position"
    )
    treatments: Mapped[list["Treatment"]] = relationship(
        cascade="all, delete-orphan", order_by="Treatment.position"
    )
    conflicts: Mapped[list["Conflict"]] = relationship(
        cascade="all, delete-orphan", order_by="Conflict.id"
    )

    name = Sealed("NAME")
    id_no = Sealed("ID_CARD")
    call_phone = Sealed("PHONE")
    contact_name = Sealed("NAME")
    contact_phone = Sealed("PHONE")
    local_address = Sealed("ADDRESS")
    chief_complaint = Sealed("MEDICAL")
    present_illness = Sealed("MEDICAL")
    past_history_note = Sealed("MEDICAL")
    allergy_note = Sealed("MEDICAL")
    medication = Sealed("MEDICAL")
    discharge_diagnosis = Sealed("MEDICAL")
    hospital_treatment = Sealed("MEDICAL")
    symptom_at_pickup = Sealed("MEDICAL")
    other_necessary = Sealed("MEDICAL")
    condition_note = Sealed("MEDICAL")
    handover_condition = Sealed("MEDICAL")
    handover_diagnosis = Sealed("MEDICAL")
    handover_treatment = Sealed("MEDICAL")
    handover_other_signs = Sealed("MEDICAL")


class VitalSet(Model):
    """One set of vital signs."""

    __tablename__ = "emr_vital_set"
    __table_args__ = (UniqueConstraint("case_record_id", "client_key"),)

    case_record_id: Mapped[int] = mapped_column(ForeignKey(CaseRecord.id), index=True)
    position: Mapped[int]
    client_key: Mapped[str] = mapped_column(String(36), default="")
    measured_at: Mapped[datetime | None]
    period: Mapped[int] = mapped_column(default=0)
    temperature: Mapped[int | None]
    temperature_state: Mapped[int] = mapped_column(default=0)
    pulse: Mapped[int | None]
    pulse_state: Mapped[int] = mapped_column(default=0)
    heart_rate: Mapped[int | None]
    rr: Mapped[int | None]
    rr_state: Mapped[int] = mapped_column(default=0)
    sbp: Mapped[int | None]
    dbp: Mapped[int | None]
    bp_state: Mapped[int] = mapped_column(default=0)
    spo2: Mapped[int | None]
    spo2_state: Mapped[int] = mapped_column(default=0)
    on_oxygen: Mapped[bool] = mapped_column(default=False)
    oxygen_flow: Mapped[int | None]
    glucose: Mapped[int | None]
    glucose_state: Mapped[int] = mapped_column(default=0)
    pain: Mapped[int | None]
    consciousness: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    from_monitor: Mapped[bool] = mapped_column(default=False)
    prior_care: Mapped[bool] = mapped_column(default=False)


class ExamItem(Model):
    """One item of the physical examination."""

    __tablename__ = "emr_exam_item"
    __table_args__ = (UniqueConstraint("case_record_id", "client_key"),)

    case_record_id: Mapped[int] = mapped_column(ForeignKey(CaseRecord.id), index=True)
    position: Mapped[int]
    client_key: Mapped[str] = mapped_column(String(36), default="")
    item: Mapped[str] = mapped_column(String(20), default="")
    state: Mapped[int] = mapped_column(default=0)
    findings: Mapped[list[str]] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(String(200), default="")
    not_done_reason: Mapped[str] = mapped_column(String(20), default="")
    left: Mapped[int | None]
    right: Mapped[int | None]
    bulk_set: Mapped[bool] = mapped_column(default=False)


class Score(Model):
    """One clinical score."""

    __tablename__ = "emr_score"
    __table_args__ = (UniqueConstraint("case_record_id", "client_key"),)

    case_record_id: Mapped[int] = mapped_column(ForeignKey(CaseRecord.id), index=True)
    position: Mapped[int]
    client_key: Mapped[str] = mapped_column(String(36), default="")
    scale: Mapped[str] = mapped_column(String(20), default="")
    scored_at: Mapped[datetime | None]
    period: Mapped[int] = mapped_column(default=0)
    picks: Mapped[list[str]] = mapped_column(JSON, default=list)
    total: Mapped[int | None]
    band: Mapped[str] = mapped_column(String(30), default="")


class Diagnosis(Model):
    """One working diagnosis."""

    __tablename__ = "emr_diagnosis"
    __table_args__ = (UniqueConstraint("case_record_id", "client_key"),)

    case_record_id: Mapped[int] = mapped_column(ForeignKey(CaseRecord.id), index=True)
    position: Mapped[int]
    client_key: Mapped[str] = mapped_column(String(36), default="")
    kind: Mapped[int] = mapped_column(default=0)
    code: Mapped[str] = mapped_column(String(20), default="")
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    certain: Mapped[bool] = mapped_column(default=False)

    text = Sealed("MEDICAL")


class Treatment(Model):
    """One measure, drug, consumable or loss."""

    __tablename__ = "emr_treatment"
    __table_args__ = (UniqueConstraint("case_record_id", "client_key"),)

    case_record_id: Mapped[int] = mapped_column(ForeignKey(CaseRecord.id), index=True)
    position: Mapped[int]
    client_key: Mapped[str] = mapped_column(String(36), default="")
    kind: Mapped[int] = mapped_column(default=0)
    period: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    measure: Mapped[str] = mapped_column(String(20), default="")
    item_id: Mapped[int | None] = mapped_column(ForeignKey(Item.id), index=True)
    item_name: Mapped[str] = mapped_column(String(120), default="")
    quantity: Mapped[int] = mapped_column(default=0)
    unit: Mapped[str] = mapped_column(String(30), default="")
    dose: Mapped[str] = mapped_column(String(30), default="")
    route: Mapped[str] = mapped_column(String(20), default="")
    lot_id: Mapped[int] = mapped_column(default=0)
    lot_no: Mapped[str] = mapped_column(String(40), default="")
    ordered_by: Mapped[str] = mapped_column(String(30), default="")
    done_by: Mapped[str] = mapped_column(String(30), default="")
    checked_by: Mapped[str] = mapped_column(String(30), default="")
    response: Mapped[int] = mapped_column(default=0)
    loss_reason: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(String(100), default="")
    trace_code: Mapped[str] = mapped_column(String(40), default="")  # of the pack it came out of
    residual: Mapped[str] = mapped_column(String(60), default="")


class Conflict(Model):
    """A field changed on both sides, until somebody decides."""

    __tablename__ = "emr_conflict"

    case_record_id: Mapped[int] = mapped_column(ForeignKey(CaseRecord.id), index=True)
    path: Mapped[str] = mapped_column(String(120), default="")
    label: Mapped[str] = mapped_column(String(120), default="")
    base_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    theirs_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    mine_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())
    found_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(String(20), default="field")
    patch_sealed: Mapped[bytes | None] = mapped_column(LargeBinary())

    base = Sealed("ACCOUNT")
    theirs = Sealed("ACCOUNT")
    mine = Sealed("ACCOUNT")
    patch = Sealed("MEDICAL")  # the device's value, as a record holding only that, base64
