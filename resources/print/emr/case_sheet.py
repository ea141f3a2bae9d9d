"""The case sheets: F1 rescue, F2 transfer, F3 ride home, F4 empty run."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from reportlab.lib.units import mm

from protos.emr import case_record_pb2 as pb
from resources.emr.words import clock, said
from resources.print.core.page import Document, Heading, PrintMeta
from resources.print.core.signature import Signature, draw_signature_boxes
from resources.print.core.table import Column, Field, draw_grid, draw_section, draw_table
from resources.print.emr import words

R = pb.CaseRecord
VERSION = 1  # of the template
TEMPLATE = f"模板 v{VERSION}"
SIZE = 9.5
_TITLES = {
    R.RESCUE: "院前急救病历",
    R.URGENT_TRANSFER: "转运病人记录单",
    R.TRANSFER: "转运病人记录单",
    R.INCUBATOR: "转运病人记录单",
    R.HOME: "出院转运记录",
    R.EMPTY_RUN: "空车记录单",
}
_VITALS = [
    Column("时刻", 24, "center"),
    Column("阶段", 18, "center"),
    Column("T(℃)", 13, "center"),
    Column("P(次/分)", 15, "center"),
    Column("R(次/分)", 15, "center"),
    Column("BP(mmHg)", 40, "center"),
    Column("SpO₂(%)", 15, "center"),
    Column("血糖(mmol/L)", 20, "center"),
    Column("神志", 26, "center"),
]
_TREATMENTS = [
    Column("时刻", 24, "center"),
    Column("时间段", 18, "center"),
    Column("类别", 16, "center"),
    Column("措施/药品/耗材", 52),
    Column("数量", 14, "center"),
    Column("剂量、途径、反应", 40),
    Column("执行/核对", 22, "center"),
]


def draw(record: R, meta: PrintMeta) -> bytes:
    """The sheet of the record's kind as PDF; the same record and print time, the same bytes."""
    title = _TITLES.get(record.kind, "院前急救病历")
    note = f"修订{record.revision}　{TEMPLATE}"
    heading = Heading(title, record.record_no, record.record_no, note, "病历号")
    with Document(heading, meta, "A4") as document:
        _run(document, record)
        if record.kind == R.EMPTY_RUN:
            _empty(document, record)
        else:
            _patient(document, record)
            _history(document, record)
            _examination(document, record)
            _treatment(document, record)
            _judgement(document, record)
        _crew(document, record)
    return document.pdf


def _grid(document: Document, rows: list[list[Field]]) -> None:
    draw_grid(document, rows, size=SIZE, label_width=22)


def _text_rows(pairs: list[tuple[str, str]]) -> list[list[Field]]:
    """One full row for each text that is there."""
    return [[Field(label, text)] for label, text in pairs if text]


def _run(document: Document, record: R) -> None:
    _grid(
        document,
        [
            [
                Field("任务流水号", record.serial_no),
                Field("事件类型", said(record, "kind")),
                Field("车辆", f"{record.plate}（{record.vehicle_code}）"),
            ],
            [
                Field("出车", words.when(record, "depart_at")),
                Field("到达现场", words.when(record, "arrive_scene_at")),
                Field("离开现场", words.when(record, "leave_scene_at")),
            ],
            [
                Field("送达时间", words.when(record, "arrive_dest_at")),
                Field("送达地点", _destination(record), span=2),
            ],
        ],
    )


def _destination(record: R) -> str:
    if record.not_carried:
        return words.with_note("未送院", said(record, "not_sent_reason"))
    return record.send_address


def _empty(document: Document, record: R) -> None:
    reason = words.with_note(said(record, "empty_reason"), record.empty_note)
    _grid(document, [[Field("原任务类型", said(record, "original_event_type"))]])
    _grid(document, [[Field("空车原因", reason, min_lines=3)], [Field("备注", record.remark)]])


def _patient(document: Document, record: R) -> None:
    _grid(
        document,
        [
            [
                Field("姓名", record.name),
                Field("性别", said(record, "sex"), span=0.7),
                Field("年龄", words.age(record), span=0.7),
                Field("联系电话", record.contact_phone, span=1.1),
            ],
            [
                Field("呼救地址", record.local_address, span=2),
                Field("现场类型", said(record, "scene_type")),
            ],
        ],
    )


def _history(document: Document, record: R) -> None:
    draw_section(document, "急救病史")
    past = words.with_note(said(record, "past_history"), record.past_history_note)
    allergy = words.with_note(said(record, "allergy"), record.allergy_note)
    help_ = words.with_note(said(record, "self_help"), record.self_help_note)
    _grid(
        document,
        [
            [
                Field("供史人", said(record, "history_givers")),
                Field("病种分类", said(record, "disease_classes"), span=2),
            ],
            *_text_rows(
                [
                    ("主诉", record.chief_complaint),
                    ("现病史", record.present_illness),
                    ("呼叫医院", record.from_hospital),
                    ("转出院诊断", record.discharge_diagnosis),
                    ("院内治疗", record.hospital_treatment),
                    ("转出时病情", record.symptom_at_pickup),
                    ("其他必要记录", record.other_necessary),
                    ("自救措施", help_),
                ]
            ),
            [Field("既往病史", past, span=2), Field("药物过敏", allergy, span=1.2)],
            *_text_rows([("平时用药", record.medication)]),
        ],
    )


def _examination(document: Document, record: R) -> None:
    draw_section(document, "体格检查")
    if record.vital_sets:
        draw_table(document, _VITALS, [_vital_row(v) for v in record.vital_sets], size=8.5)
    findings = words.sentence(words.exam_text(item) for item in record.exam_items)
    notes = words.sentence(f"{clock(v.measured_at)} {v.note}" for v in record.vital_sets if v.note)
    scored = "\n".join(words.score_text(score) for score in record.scores)
    rows = [("查体所见", findings), ("病情记录", notes), ("评分", scored)]
    rows += [("初步印象", words.diagnoses(record))]
    _grid(document, _text_rows(rows))


def _vital_row(row: pb.VitalSet) -> list[str]:
    oxygen = "（吸氧）" if row.on_oxygen else ""
    return [
        words.when(row, "measured_at"),
        said(row, "period"),
        words.measured(row, "temperature"),
        words.measured(row, "pulse"),
        words.measured(row, "rr"),
        words.pressure(row),
        words.measured(row, "spo2") + oxygen,
        words.measured(row, "glucose"),
        said(row, "consciousness"),
    ]


def _treatment(document: Document, record: R) -> None:
    draw_section(document, "诊疗操作")
    if record.treatment_refused:
        _grid(document, [[Field("救治", "患者或家属拒绝治疗")]])
    if record.treatments:
        rows = [_treatment_row(row) for row in sorted(record.treatments, key=_order)]
        draw_table(document, _TREATMENTS, rows, size=8.5)
    changed = words.with_note(said(record, "condition_change"), record.condition_note)
    _grid(document, [[Field("病情变化", changed)]])


def _order(row: pb.Treatment) -> tuple[int, int]:
    return row.done_at.seconds, row.done_at.nanos


def _treatment_row(row: pb.Treatment) -> list[str]:
    return [
        words.when(row, "done_at"),
        said(row, "period"),
        said(row, "kind"),
        words.treatment_name(row),
        f"{row.quantity}{row.unit}",
        words.treatment_detail(row),
        "/".join(part for part in (row.done_by, row.checked_by) if part),
    ]


def _judgement(document: Document, record: R) -> None:
    draw_section(document, "结果")
    alert = said(record, "pre_alert")
    if record.pre_alert == R.ALERTED:
        alert = f"报（{words.when(record, 'pre_alert_at')} {record.pre_alert_to}）"
    cooperation = words.with_note(said(record, "cooperation"), record.cooperation_note)
    rows = [
        [
            Field("病情分类", said(record, "severity")),
            Field("急救效果", said(record, "effect")),
            Field("病家合作", cooperation),
        ],
        [
            Field("病情预报", alert, span=2),
            Field("重大突发", "是" if record.major_emergency else "否"),
        ],
    ]
    if record.death_case:
        certificate = "开具" if record.death_certificate else "未开具"
        rows.append([Field("死亡病例", said(record, "death_case")), Field("死亡证明", certificate)])
    _grid(document, [*rows, *_text_rows([("备注", record.remark)])])


def _crew(document: Document, record: R) -> None:
    _grid(
        document,
        [
            [
                Field("站名", record.station_name),
                Field("护士", record.nurse_name),
                Field("驾驶员", record.driver_name),
                Field("担架员", record.stretcher_names),
            ]
        ],
    )
    document.skip(1 * mm)
    doctor = record.signer_name or record.doctor_name
    draw_signature_boxes(
        document,
        [
            Signature("主管医师", doctor, moment(record.submitted_at)),
            Signature("上级医师", "", None),
        ],
        SIZE,
    )


def moment(stamp: Timestamp) -> datetime | None:
    """An aware time; None for one that was never set."""
    return stamp.ToDatetime(tzinfo=UTC) if stamp.seconds else None
