"""F9, the handover sheet: what the receiving hospital is told, signed by both sides."""

from io import BytesIO

from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader

from protos.emr import case_record_pb2 as pb
from resources.emr.words import said
from resources.print.core.errors import PrintError
from resources.print.core.page import Box, Document, Heading, PrintMeta
from resources.print.core.signature import Signature, draw_signature_boxes
from resources.print.core.table import Field, draw_grid, draw_section
from resources.print.emr import words
from resources.print.emr.case_sheet import SIZE, TEMPLATE, moment

VERSION = 1  # of the template


def draw(record: pb.CaseRecord, meta: PrintMeta) -> bytes:
    """The sheet as PDF; the same record and print time, the same bytes."""
    heading = Heading(
        "院前急救交接记录", record.record_no, record.record_no,
        f"修订{record.revision}　{TEMPLATE}", "病历号",
    )  # fmt: skip
    with Document(heading, meta, "A4") as document:
        _basics(document, record)
        _condition(document, record)
        _text(document, "交接时诊断", record.handover_diagnosis or words.diagnoses(record))
        _text(document, "交接处理措施", record.handover_treatment or _treatments(record))
        _things(document, record)
        _signatures(document, record)
    return document.pdf


def _grid(document: Document, rows: list[list[Field]]) -> None:
    draw_grid(document, rows, size=SIZE, label_width=28)


def _basics(document: Document, record: pb.CaseRecord) -> None:
    draw_section(document, "基础信息")
    receiver = f"{record.receive_unit}　{record.receive_dept}".strip()
    _grid(
        document,
        [
            [
                Field("出诊单位", record.station_name),
                Field("车辆", f"{record.plate}（{record.vehicle_code}）"),
            ],
            [Field("交接时间", words.when(record, "handover_at")), Field("接诊单位", receiver)],
            [
                Field("姓名", record.name),
                Field("性别", said(record, "sex")),
                Field("年龄", words.age(record)),
                Field("病情判断", said(record, "severity")),
            ],
            [Field("主诉", record.chief_complaint)],
            [Field("交接时主要病情", record.handover_condition, min_lines=3)],
        ],
    )


def _condition(document: Document, record: pb.CaseRecord) -> None:
    draw_section(document, "交接时病情")
    pressure = ""
    if record.HasField("handover_sbp") and record.HasField("handover_dbp"):
        pressure = f"{record.handover_sbp}/{record.handover_dbp} mmHg"
    allergy = words.with_note(said(record, "allergy"), record.allergy_note)
    _grid(
        document,
        [
            [
                Field("脉搏", _unit(record, "handover_pulse", "次/分")),
                Field("呼吸", _unit(record, "handover_rr", "次/分")),
                Field("血压", pressure),
            ],
            [
                Field("血氧饱和度", _unit(record, "handover_spo2", "%")),
                Field("神志", said(record, "handover_consciousness")),
                Field("药物过敏", allergy),
            ],
            [Field("其他体征", record.handover_other_signs)],
        ],
    )


def _unit(record: pb.CaseRecord, name: str, unit: str) -> str:
    value = said(record, name)
    return f"{value} {unit}" if value else ""


def _text(document: Document, title: str, text: str) -> None:
    draw_section(document, title)
    draw_grid(document, [[Field("", text, min_lines=3)]], size=SIZE)


def _treatments(record: pb.CaseRecord) -> str:
    """The treatments in the order they were done, drugs with dose and route."""
    rows = sorted(record.treatments, key=lambda row: row.done_at.seconds)
    texts = []
    for row in rows:
        if row.kind in (pb.Treatment.MEASURE, pb.Treatment.DRUG):
            dose = " ".join(part for part in (row.dose, said(row, "route")) if part)
            texts.append(f"{words.treatment_name(row)} {dose}".strip())
    return "；".join(texts)


def _things(document: Document, record: pb.CaseRecord) -> None:
    rows = [
        [Field("随身物品", record.belongings or "无"), Field("资料交接", record.documents or "无")]
    ]
    if record.HasField("wait_from_at") or record.wait_reason:
        wait = f"{words.when(record, 'wait_from_at')}起　{said(record, 'wait_reason')}"
        rows.append([Field("等待", wait)])
    if record.sign_refusal:
        rows.append([Field("未签名原因", record.sign_refusal)])
    _grid(document, rows)


def _signatures(document: Document, record: pb.CaseRecord) -> None:
    document.skip(1 * mm)
    boxes = draw_signature_boxes(
        document,
        [
            Signature(
                "出诊医师", record.signer_name or record.doctor_name, moment(record.handover_at)
            ),
            Signature("接诊医师", record.receiver_name, moment(record.receiver_signed_at)),
        ],
        SIZE,
    )
    if record.receiver_signature:
        _draw_writing(document, boxes[1], record.receiver_signature)


def _draw_writing(document: Document, box: Box, image: bytes) -> None:
    """The receiver's handwriting at the right of its box; PrintError when it is no picture."""
    try:
        picture = ImageReader(BytesIO(image))
        width, height = picture.getSize()
    except (OSError, ValueError) as error:
        raise PrintError("接诊医师的手写签名不是可以打印的图片，请重新签名") from error
    room = box.height - 2 * mm
    wide = min(room * width / height, box.width / 3)
    left = box.x + box.width - wide - 1 * mm
    document.canvas.drawImage(
        picture, left, box.y + 1 * mm, wide, wide * height / width, mask="auto"
    )
