"""The signed case sheet: it must be the doctor's, and say what the record says."""

from datetime import datetime

import pypdfium2

from crypto.errors import CryptoError
from protos.emr import case_record_pb2 as pb
from resources.print.core.page import PrintMeta
from resources.print.emr import case_sheet
from server.core.call import Call
from server.core.errors import Invalid
from server.emr.signing import SignedSheet
from server.emr.tables import CaseRecord

MAX_BYTES = 12 * 1024 * 1024


def verified(
    call: Call, record: CaseRecord, message: pb.CaseRecord, file: bytes, printed_at: datetime
) -> SignedSheet:
    """The sheet to keep; Invalid when it is not the doctor's or another text."""
    from crypto import pdf  # slow to import: the server starts without it

    if len(file) > MAX_BYTES:
        raise Invalid.at("pdf", "签名病历超过12MB，请重新打印")
    try:
        last = pdf.verify(file, call.app.trust)[-1]
    except CryptoError as error:
        raise Invalid.at("pdf", f"签名验证未通过：{error}") from error
    own = last.certificate.subject_serial == call.user.staff_no
    if not own or call.user.id != record.doctor_id:
        raise Invalid.at("pdf", f"病历应由主管医师{record.doctor_name}本人签名并上传")
    ours = case_sheet.draw(message, PrintMeta(call.user.name, printed_at))
    if words(file) != words(ours):
        raise Invalid.at("pdf", "文件内容与病历不一致，请重新打印、签名后上传")
    return SignedSheet(
        case_record_id=record.id, revision=record.revision, pdf=file,
        signer_name=last.name or call.user.name, signed_at=last.signing_time or call.now,
        stored_at=call.now,
    )  # fmt: skip


def words(file: bytes) -> str:
    """All text of a PDF without spaces: the same whatever the machine's fonts are."""
    document = pypdfium2.PdfDocument(file)
    try:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
    return "".join("".join(pages).split())
