"""What stands on which step of the tablet, and what must be filled before signing."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from client.emr.sheet import Rows
from protos import facts
from protos.emr.case_record_pb2 import CaseRecord, Treatment
from resources.emr import rules

STEPS = ("任务", "病史", "体格检查", "生命体征", "评分", "救治措施", "交接", "小结签名")
TASK, HISTORY, EXAM, VITALS, SCORES, TREATMENT, HANDOVER, SUMMARY = range(len(STEPS))


class Part(NamedTuple):
    """One card of fields."""

    title: str
    rows: Rows


class Due(NamedTuple):
    """Something still to be filled, and on which step."""

    step: int
    path: str
    text: str


PARTS: dict[int, Sequence[Part]] = {
    TASK: (
        Part("事件", [["kind"], ["area"], ["not_carried"], ["not_sent_reason"],
                    ["empty_reason"], ["empty_note"]]),
        Part(
            "患者",
            [
                ["name", "sex"],
                ["age", "age_unit"],
                ["local_address"],
                ["send_address"],
                ["contact_name", "contact_phone"],
                ["id_no", "unidentified"],
            ],
        ),
        Part(
            "时刻",
            [["depart_at", "arrive_scene_at"], ["leave_scene_at", "arrive_dest_at"]],
        ),
    ),
    HISTORY: (
        Part("主诉与现病史", [["history_givers"], ["disease_classes"], ["disease_class_note"],
                        ["chief_complaint"],
                        ["present_illness"]]),
        Part("既往", [["past_history"], ["past_history_note"], ["allergy"], ["allergy_note"],
                    ["medication"], ["self_help"], ["self_help_note"]]),
        Part("转院与出院", [["from_hospital"], ["discharge_diagnosis"], ["hospital_treatment"],
                       ["symptom_at_pickup"], ["other_necessary"]]),
    ),
    # What only transfers and runs home have stands with the history.
    HANDOVER: (
        Part("交接", [["handover_at"], ["receive_unit", "receive_dept"], ["handover_condition"],
                    ["handover_diagnosis"], ["handover_treatment"]]),
        Part("交接时体征", [["handover_pulse", "handover_rr"], ["handover_sbp", "handover_dbp"],
                       ["handover_spo2"], ["handover_consciousness"], ["handover_other_signs"]]),
        Part("接收", [["receiver_name"], ["sign_refusal"], ["belongings"], ["documents"]]),
    ),
    SUMMARY: (
        Part("判断", [["severity"], ["pre_alert"], ["pre_alert_to", "pre_alert_at"], ["effect"],
                    ["cooperation"], ["cooperation_note"], ["death_case"], ["death_certificate"],
                    ["condition_change"], ["condition_note"],
                    ["major_emergency", "treatment_refused"], ["remark"]]),
    ),
}  # fmt: skip

VITAL_ROWS: Rows = [
    ["measured_at", "period"],
    ["temperature", "pulse", "rr"],
    ["sbp", "dbp", "spo2"],
    ["heart_rate", "glucose", "pain"],
    ["consciousness"],
    ["on_oxygen", "oxygen_flow"],
    ["note"],
]
STATE_ROWS: Rows = [
    ["temperature_state", "pulse_state"],
    ["rr_state", "bp_state"],
    ["spo2_state", "glucose_state"],
]
MEASURED = {  # the state that tells how a value came about, by value
    "temperature": "temperature_state",
    "pulse": "pulse_state",
    "rr": "rr_state",
    "sbp": "bp_state",
    "spo2": "spo2_state",
    "glucose": "glucose_state",
}
_ROWS = {
    "vital_sets": VITALS,
    "exam_items": EXAM,
    "scores": SCORES,
    "diagnoses": SCORES,
    "treatments": TREATMENT,
    "area": TASK,
}


_TRANSFERS = (CaseRecord.URGENT_TRANSFER, CaseRecord.TRANSFER)
_CONCERNS: dict[str, Callable[[CaseRecord], bool]] = {
    "not_sent_reason": lambda r: r.not_carried,
    "empty_reason": lambda r: r.kind == CaseRecord.EMPTY_RUN,
    "empty_note": lambda r: r.kind == CaseRecord.EMPTY_RUN,
    "disease_class_note": lambda r: "other" in r.disease_classes,
    "past_history_note": lambda r: bool(r.past_history),
    "self_help_note": lambda r: "other" in r.self_help,
    "allergy_note": lambda r: r.allergy == CaseRecord.ALLERGIC,
    "from_hospital": lambda r: r.kind in _TRANSFERS,
    "discharge_diagnosis": lambda r: r.kind in (*_TRANSFERS, CaseRecord.HOME),
    "hospital_treatment": lambda r: r.kind in _TRANSFERS,
    "symptom_at_pickup": lambda r: r.kind in _TRANSFERS,
    "other_necessary": lambda r: r.kind in _TRANSFERS,
    "pre_alert_to": lambda r: r.pre_alert == CaseRecord.ALERTED,
    "pre_alert_at": lambda r: r.pre_alert == CaseRecord.ALERTED,
    "cooperation_note": lambda r: r.cooperation == "no",
    "death_case": lambda r: r.severity == "dead",
    "death_certificate": lambda r: r.severity == "dead",
    "condition_note": lambda r: r.condition_change == CaseRecord.CHANGED,
    "sign_refusal": lambda r: not r.receiver_name,
}


def belongs(record: CaseRecord, name: str) -> bool:
    """Whether a field concerns a record as it is now."""
    return _CONCERNS.get(name, lambda _: True)(record)


def due(record: CaseRecord, now: datetime) -> list[Due]:
    """What must still be filled or put right before signing, in the order of the steps."""
    faults = [*facts.faults(record), *rules.form_faults(record)]
    errors = [each.fault for each in findings(record, now) if each.severity is rules.Severity.ERROR]
    found: dict[tuple[str, str], Due] = {}
    for path, text in [*faults, *errors]:
        found.setdefault((path, text), Due(step_of(path), path, text))
    return sorted(found.values(), key=lambda each: each.step)


def warnings(record: CaseRecord, now: datetime) -> list[rules.Finding]:
    """What the doctor must acknowledge before signing."""
    return [each for each in findings(record, now) if each.severity is rules.Severity.WARNING]


def findings(record: CaseRecord, now: datetime) -> list[rules.Finding]:
    """Every rule of signing that does not hold."""
    return rules.submit_findings(record, now)


def step_of(path: str) -> int:
    """The step a field stands on; the summary for what stands on none."""
    name = path.partition("[")[0].partition(".")[0]
    return _ROWS.get(name, _STEPS.get(name, SUMMARY))


_STEPS = {
    name: step
    for step, parts in PARTS.items()
    for part in parts
    for row in part.rows
    for name in row
}


def treatment_rows(entry: Any) -> Rows:
    """The fields of one treatment, by its kind."""
    rows: list[list[str]] = [["done_at", "quantity"], ["period"]]
    if entry.kind == Treatment.DRUG:
        rows += [["dose", "ordered_by"], ["done_by", "checked_by"], ["route"], ["residual"],
                 ["response"]]  # fmt: skip
    if entry.kind in (Treatment.DRUG, Treatment.CONSUMABLE):
        rows += [["trace_code"]]
    if entry.kind in (Treatment.LOST_DRUG, Treatment.LOST_CONSUMABLE):
        rows += [["loss_reason"]]
    return [*rows, ["note"]]
