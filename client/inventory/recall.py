"""The pages of recalls, their notices and patients, and of trace codes."""

from client.core.page import Lines, Page
from protos.inventory import recall_pb2, trace_code_pb2
from resources.print.inventory import recall, recall_notice

_GROUP = "召回与追溯"
_SERVICES = recall_pb2.DESCRIPTOR.services_by_name

recalls = Page(
    title="一键召回物资",
    service=_SERVICES["RecallService"],
    columns=[
        "number", "drill", "grade", "item_id", "lot_nos", "notice_no", "started_at", "progress",
        "countdown", "state",
    ],
    filters=["number", "grade", "origin", "item_id", "notice_no", "started_at", "drill", "state"],
    form=[
        ["grade", "origin", "notice_no"],
        ["item_id", "lot_nos", "trace_code"],
        ["reason"],
        ["quarantine_id", "drill"],
        ["countdown", "progress", "patients"],
        ["started_at", "ended_at", "attested"],
        ["log"],
        ["conclusion"],
    ],
    lines=[
        Lines(
            "lots",
            ["lot_no", "received_on", "supplier", "received", "quarantined", "elsewhere",
             "transit", "returned", "scrapped", "consumed", "lost", "other", "gap"],
        ),
        Lines("holdings", ["place", "lot_no", "quantity", "holder", "note"]),
    ],
    actions=["Start", "File", "Report", "Witness", "Dispose", "Close", "Revoke"],
    print_form=recall.draw,
    group=_GROUP,
    icon="warning-octagon",
)  # fmt: skip

recall_notices = Page(
    title="召回通知与回执",
    service=_SERVICES["RecallNoticeService"],
    columns=[
        "number", "drill", "warehouse_id", "item_id", "lot_no", "book", "transit", "found",
        "deadline", "acknowledger_id", "acknowledged_at", "state",
    ],
    filters=["number", "warehouse_id", "item_id", "lot_no", "sent_at", "drill", "state"],
    form=[
        ["number", "grade", "notice_no"],
        ["warehouse_id", "item_id", "lot_no"],
        ["reason"],
        ["book", "transit", "found"],
        ["explanation", "deadline"],
        ["sent_at", "acknowledged_at", "collected_at"],
    ],
    actions=["Acknowledge", "Collect"],
    print_form=recall_notice.draw,
    group=_GROUP,
    icon="bell-ringing",
)  # fmt: skip

recall_patients = Page(
    title="召回患者随访",
    service=_SERVICES["RecallPatientService"],
    columns=[
        "number", "task_no", "record_no", "name", "phone", "lot_no", "quantity", "used_at",
        "doctor_id", "outcome", "state",
    ],
    filters=["number", "task_no", "lot_no", "used_at", "doctor_id", "state"],
    form=[
        ["number", "task_no", "record_no"],
        ["name", "phone"],
        ["lot_no", "quantity", "used_at"],
        ["doctor_id", "contacter_id", "contacted_at"],
        ["outcome"],
    ],
    actions=["Contact"],
    group=_GROUP,
    icon="user-focus",
)  # fmt: skip

trace_codes = Page(
    title="追溯码查询",
    service=trace_code_pb2.DESCRIPTOR.services_by_name["TraceCodeService"],
    columns=[
        "code", "item_id", "lot_no", "received_on", "units", "left", "unit", "whereabouts", "state",
    ],
    filters=["code", "item_id", "lot_no", "received_on", "state"],
    form=[
        ["code", "item_id"],
        ["lot_no", "received_on"],
        ["units", "left", "unit"],
        ["whereabouts"],
    ],
    lines=[
        Lines(
            "steps",
            ["happened_at", "what", "number", "source", "target", "units", "scanned", "operator",
             "task_no", "patient"],
        )
    ],
    group=_GROUP,
    icon="qr-code",
)  # fmt: skip
