"""The record pages of the desk: case records, handover sheets, requests to amend."""

from client.core.page import Lines, Page
from client.emr.filling import RecordForm
from protos.emr import amendment_pb2, case_record_pb2
from resources.print.emr import case_sheet, handover

_RECORDS = case_record_pb2.DESCRIPTOR.services_by_name["CaseRecordService"]

records = Page(
    title="急救病历",
    service=_RECORDS,
    columns=[
        "record_no", "serial_no", "kind", "name", "sex", "age", "chief_complaint", "severity",
        "plate", "station_id", "doctor_name", "arrive_scene_at", "submitted_at", "state",
    ],
    filters=[
        "record_no", "serial_no", "name", "kind", "severity", "plate", "station_id", "doctor_id",
        "arrive_scene_at", "submitted_at", "state",
    ],
    form=[
        ["task_id", "patient_order", "kind"],
        ["record_no", "plate", "doctor_name"],
        ["name", "sex", "unidentified"],
        ["age", "age_unit", "birth_on"],
        ["id_type", "id_no"],
        ["contact_name", "contact_phone", "call_phone"],
        ["area", "scene_type"],
        ["local_address"],
        ["send_address", "send_type"],
        ["not_carried", "not_sent_reason"],
        ["depart_at", "arrive_scene_at"],
        ["leave_scene_at", "arrive_dest_at"],
        ["history_givers", "disease_classes"],
        ["chief_complaint", "disease_class_note"],
        ["present_illness"],
        ["self_help", "self_help_note"],
        ["past_history"],
        ["past_history_note"],
        ["allergy", "allergy_note", "medication"],
        ["from_hospital", "discharge_diagnosis"],
        ["symptom_at_pickup"],
        ["other_necessary"],
        ["severity", "pre_alert"],
        ["pre_alert_at", "pre_alert_to"],
        ["effect", "cooperation", "cooperation_note"],
        ["death_case", "death_certificate", "major_emergency"],
        ["treatment_refused", "condition_change"],
        ["condition_note"],
        ["empty_reason", "empty_note"],
        ["handover_at", "receive_unit", "receive_dept"],
        ["handover_condition"],
        ["handover_pulse", "handover_rr", "handover_spo2"],
        ["handover_sbp", "handover_dbp", "handover_consciousness"],
        ["handover_other_signs"],
        ["handover_diagnosis"],
        ["handover_treatment"],
        ["receiver_name", "receiver_signed_at", "sign_refusal"],
        ["belongings", "documents"],
        ["remark"],
        ["return_reason", "issue_note"],
    ],
    lines=[
        Lines(
            "vital_sets",
            ["measured_at", "period", "temperature", "pulse", "rr", "sbp", "dbp", "spo2",
             "glucose", "consciousness", "note"],
        ),
        Lines("exam_items", ["item", "state", "note", "left", "right", "not_done_reason"]),
        Lines("scores", ["scale", "scored_at", "period", "total", "band"]),
        Lines("diagnoses", ["kind", "code", "text", "certain"]),
        Lines(
            "treatments",
            ["kind", "period", "done_at", "measure", "item_id", "quantity", "unit", "dose",
             "route", "lot_no", "trace_code", "ordered_by", "done_by", "checked_by",
             "residual", "response", "loss_reason"],
            scan="item_id",
        ),
    ],
    actions=["Submit", "Review", "SendBack", "Archive"],
    sticky=["task_id"],
    dialog=RecordForm,
    print_form=case_sheet.draw,
    icon="clipboard-text",
)  # fmt: skip

handovers = Page(
    title="交接单",
    service=_RECORDS,
    columns=[
        "record_no", "name", "severity", "receive_unit", "receive_dept", "handover_at",
        "receiver_name", "sign_refusal", "wait_reason", "doctor_name", "state",
    ],
    filters=["record_no", "severity", "station_id", "submitted_at", "state"],
    print_form=handover.draw,
    icon="handshake",
)  # fmt: skip

amendments = Page(
    title="病历修改申请",
    service=amendment_pb2.DESCRIPTOR.services_by_name["AmendmentService"],
    columns=[
        "record_no", "reason", "applicant_name", "applied_at", "from_device", "state",
        "decider_name", "decided_at",
    ],
    filters=["record_no", "applied_at", "state"],
    form=[["record_id"], ["reason"], ["applicant_name", "applied_at"], ["refusal"]],
    actions=["Withdraw", "Approve", "Refuse"],
    icon="note-pencil",
)  # fmt: skip
