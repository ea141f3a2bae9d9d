"""The printed sheets: what stands on them, the same bytes each time; signed ones archived."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select

from crypto import pdf, sm3
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.emr import case_record_pb2 as pb
from resources.print.core.errors import PrintError
from resources.print.core.page import PrintMeta
from resources.print.emr import case_sheet, handover, words
from server.core.run import Running
from server.emr.signing import SignedSheet
from tests.emr.world import RECORD, Crew, filled, named, refused, treatments, vital
from tests.people import Clerk

R = pb.CaseRecord
AT = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
META = PrintMeta("陈医生", AT)


def sample() -> R:
    """A finished record."""
    record = R(
        record_no="012026112000057-1", kind=R.RESCUE, name="林国栋", sex="1", age=67,
        age_unit="year", serial_no="20261120-0057", plate="沪A·120急01", vehicle_code="0101",
        local_address="上海市浦东新区张杨路500号3号楼602室", send_address="上海市东方医院急诊科",
        scene_type="home", station_name="浦东分站", doctor_name="陈医生", nurse_name="赵护士",
        driver_name="孙师傅", revision=1, contact_phone="10013800011",
    )  # fmt: skip
    whole = filled(record, 1, 2)
    for row, name in zip(whole.treatments[1:], ("盐酸肾上腺素注射液 1ml:1mg", "静脉留置针 22G"),
                         strict=True):  # fmt: skip
        row.item_name, row.unit = name, "支"
    return whole


def text(file: bytes) -> str:
    """All text of a PDF without spaces."""
    pages = (page.extract_text() for page in PdfReader(BytesIO(file)).pages)
    return "".join("".join(pages).split())


def test_the_case_sheet_says_what_the_record_says() -> None:
    found = text(case_sheet.draw(sample(), META))
    for part in (
        "院前急救病历", "病历号：012026112000057-1", "林国栋", "67岁", "沪A·120急01（0101）",
        "胸痛伴出汗半小时", "本人、配偶", "高血压、其他（高脂血症，未规律服药）", "否认",
        "150/92（20.0/12.3kPa）", "36.5", "格拉斯哥昏迷指数15分轻度", "急性冠脉综合征？",
        "盐酸肾上腺素注射液1ml:1mg", "2支", "1mg静注", "心电监测", "危重", "急诊科张护士",
        "打印人：陈医生", "打印时间：2026-11-2010:30", "第1页共1页", "修订1",
    ):  # fmt: skip
        assert part in found, part


def test_the_handover_sheet_says_what_the_hospital_needs() -> None:
    found = text(handover.draw(sample(), META))
    for part in (
        "院前急救交接记录", "浦东分站", "上海市东方医院急诊科", "84次/分", "128/76mmHg", "98%",
        "胸痛缓解，生命体征平稳", "急性冠脉综合征？", "心电监测；盐酸肾上腺素注射液1ml:1mg1mg静注",
        "出诊医师：", "接诊医师：", "李医师",
    ):  # fmt: skip
        assert part in found, part


def test_the_same_record_prints_the_same_bytes() -> None:
    record = sample()
    assert case_sheet.draw(record, META) == case_sheet.draw(record, META)
    assert handover.draw(record, META) == handover.draw(record, META)


def test_a_long_record_goes_on_with_page_numbers() -> None:
    record = sample()
    for _ in range(20):
        record.treatments.extend(treatments(1, 2))
        record.vital_sets.append(vital("08:50", 80, 120, 80))
    found = text(case_sheet.draw(record, META))
    assert "第2页共" in found


@pytest.mark.parametrize(
    ("kind", "title", "part"),
    [
        (R.TRANSFER, "转运病人记录单", "转出院诊断"),
        (R.HOME, "出院转运记录", "转出院诊断"),
        (R.EMPTY_RUN, "空车记录单", "车到人走"),
    ],
)
def test_each_kind_has_its_sheet(kind: "R.Kind.ValueType", title: str, part: str) -> None:
    record = sample()
    record.kind, record.discharge_diagnosis, record.empty_reason = kind, "脑梗死恢复期", "gone"
    found = text(case_sheet.draw(record, META))
    assert title in found
    assert part in found


def test_an_empty_record_prints() -> None:
    assert "院前急救病历" in text(case_sheet.draw(R(record_no="X-1"), META))
    assert "院前急救交接记录" in text(handover.draw(R(record_no="X-1"), META))


def test_pressure_is_printed_high_over_low_with_kilopascals() -> None:
    assert words.pressure(pb.VitalSet(sbp=120, dbp=80)) == "120/80（16.0/10.7kPa）"
    assert words.pressure(pb.VitalSet(bp_state=pb.UNABLE)) == "测不出"


def test_the_receivers_handwriting_stands_in_its_box() -> None:
    record = sample()
    stream = BytesIO()
    Image.new("RGB", (120, 60), "white").save(stream, "PNG")
    record.receiver_signature = stream.getvalue()
    pages = PdfReader(BytesIO(handover.draw(record, META))).pages
    assert len(pages[0].images) == 1
    record.receiver_signature = b"no picture"
    with pytest.raises(PrintError, match="请重新签名"):
        handover.draw(record, META)


def signed_sheet(clerk: Clerk, record: R, at: datetime = AT) -> pb.ArchivePdfRequest:
    """The record's sheet, printed and signed with the clerk's key."""
    file = case_sheet.draw(record, PrintMeta(clerk.who.name, at))
    signed = pdf.sign(
        file, clerk._certificate, [], clerk.key.sign_digest, clerk.who.name, "病历签名"
    )
    printed_at = Timestamp()
    printed_at.FromDatetime(at)
    return pb.ArchivePdfRequest(
        id=record.id, version=record.version, pdf=signed, printed_at=printed_at
    )


def test_a_signed_sheet_is_archived_and_downloaded_whole(crew: Crew, server: Running) -> None:
    record = crew.signed()
    request = signed_sheet(crew.doctor, record)
    stored = crew.doctor(RECORD + "ArchivePdf", request)
    assert stored.pdf_archived_at.seconds
    got = crew.nurse(RECORD + "DownloadPdf", IdRequest(id=record.id))
    assert got.pdf == request.pdf
    assert got.sm3 == sm3.digest(request.pdf)
    assert (got.signer_name, got.revision) == ("陈医生", 1)
    pdf.verify(got.pdf, server.worker.app.trust)
    with server.worker.app.sessions.read() as db:
        row = db.scalars(select(SignedSheet)).one()
        assert b"%PDF" not in row.pdf_sealed
    with refused("不必重复上传"):
        again = signed_sheet(crew.doctor, stored)
        crew.doctor(RECORD + "ArchivePdf", again)
    with refused("只有车组人员"):
        crew.chief(RECORD + "DownloadPdf", IdRequest(id=record.id))
    reviewed = crew.chief(RECORD + "Review", named(stored))
    archived = crew.chief(RECORD + "Archive", named(reviewed))
    assert archived.state == R.ARCHIVED


def test_a_sheet_that_is_not_the_doctors_or_not_the_record_is_refused(crew: Crew) -> None:
    record = crew.signed()
    with refused("本人签名"):
        crew.nurse(RECORD + "ArchivePdf", signed_sheet(crew.nurse, record))
    other = R()
    other.CopyFrom(record)
    other.chief_complaint = "头痛三天"
    with refused("内容与病历不一致"):
        crew.doctor(RECORD + "ArchivePdf", signed_sheet(crew.doctor, other))
    spoiled = signed_sheet(crew.doctor, record)
    spoiled.pdf = spoiled.pdf.replace(b"/Producer", b"/Producex", 1)
    with refused("签名验证未通过"):
        crew.doctor(RECORD + "ArchivePdf", spoiled)
    unsigned = signed_sheet(crew.doctor, record)
    unsigned.pdf = case_sheet.draw(record, META)
    with refused("没有签名"):
        crew.doctor(RECORD + "ArchivePdf", unsigned)
    assert not crew.doctor(RECORD + "Get", named(record)).HasField("pdf_archived_at")


def test_a_record_without_a_signed_sheet_says_so(crew: Crew) -> None:
    record = crew.draft()
    with refused("还没有签名存档"):
        crew.doctor(RECORD + "DownloadPdf", IdRequest(id=record.id))


def test_records_are_listed_filtered_and_their_print_is_what_was_listed(crew: Crew) -> None:
    record = crew.signed()
    wanted = Filter(field="state", op=Filter.EQ, values=["SUBMITTED"])
    listed = crew.doctor(RECORD + "List", ListRequest(filters=[wanted], totals=True))
    assert listed.info.count == 1
    whole = crew.doctor(RECORD + "Get", named(listed.rows[0]))
    assert record.record_no in text(case_sheet.draw(whole, META))
