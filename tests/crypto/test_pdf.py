"""PDF signatures: one, several, and every kind of tampering after the fact."""

from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from reportlab.pdfgen import canvas

from crypto import pdf
from crypto.__main__ import main
from crypto.errors import CryptoError, InvalidCertificate, InvalidSignature
from tests.crypto.forge import authority, staff, staff_key, write_trust

AT = datetime(2026, 11, 22, 8, 30, 15, tzinfo=UTC)


@lru_cache
def plain() -> bytes:
    page = BytesIO()
    sheet = canvas.Canvas(page)
    sheet.drawString(72, 720, "Ambulance receipt 0001, 1234.50")
    sheet.save()
    return page.getvalue()


def sign(data: bytes, field: str = "Sig1", name: str = "张三", at: datetime | None = None) -> bytes:
    chain = [authority().certificate]
    return pdf.sign(data, staff(), chain, staff_key().sign_digest, name, "审核通过", field, at)


@lru_cache
def signed() -> bytes:
    return sign(plain())


@lru_cache
def signed_twice() -> bytes:
    return sign(signed(), "Sig2", "李四")


def updated(data: bytes) -> bytes:
    """The page overwritten in an incremental update, as an editor would save it."""
    writer = IncrementalPdfFileWriter(BytesIO(data))
    page: Any = writer.root["/Pages"]["/Kids"][0]
    stream = generic.StreamObject(stream_data=b"BT /F1 12 Tf 72 720 Td (9999.99) Tj ET")
    page["/Contents"] = writer.add_object(stream)
    writer.update_container(page)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def gap(data: bytes) -> tuple[int, int]:
    """Where the first signature value stands, brackets included."""
    found = PdfFileReader(BytesIO(data)).embedded_signatures[0]
    _, first, second, _ = (int(part) for part in found.byte_range)
    return first, second


def test_one_signature(tmp_path: Path) -> None:
    data = sign(plain(), at=AT)
    assert data.startswith(plain())
    assert pdf.verify(data, None) == [pdf.PdfSignature(staff(), AT, "张三", "审核通过")]
    assert pdf.verify(signed(), write_trust(tmp_path))[0].certificate == staff()


def test_only_sm_algorithms_inside() -> None:
    found = PdfFileReader(BytesIO(signed())).embedded_signatures[0]
    signer = found.signer_info
    assert signer["digest_algorithm"]["algorithm"].native == "sm3"
    assert signer["signature_algorithm"]["algorithm"].native == "sm2_sm3"
    assert b"sha256" not in signer["signed_attrs"].dump()
    assert bytes.fromhex("608648016503040201") not in signer["signed_attrs"].dump()  # SHA-256


def test_two_signatures(tmp_path: Path) -> None:
    both = pdf.verify(signed_twice(), write_trust(tmp_path))
    assert [each.name for each in both] == ["张三", "李四"]


def test_no_signature() -> None:
    with pytest.raises(InvalidSignature, match="没有签名"):
        pdf.verify(plain(), None)


@pytest.mark.parametrize("junk", [b"", b"hello", b"%PDF-1.7\n", bytes(1000)])
def test_no_pdf(junk: bytes) -> None:
    with pytest.raises(InvalidSignature):
        pdf.verify(junk, None)


@pytest.mark.parametrize("start", range(8))
def test_changed_bytes_are_refused(start: int) -> None:
    """One byte in 53, other ones in each run; the value itself, which no digest covers, in full."""
    data, (first, second) = signed(), gap(signed())
    whole = range(first + start, min(second, first + 2500), 8)
    for at in [*range(start * 7, len(data), 8 * 53), *whole, second - 1 - start]:
        bad = bytearray(data)
        bad[at] ^= 0x20 if at % 2 else 0x01
        with pytest.raises(InvalidSignature):
            pdf.verify(bytes(bad), None)


@pytest.mark.parametrize("more", [b"\n", b" ", b"%%EOF\n", b"\x00"])
def test_anything_appended_is_refused(more: bytes) -> None:
    for data in (signed(), signed_twice()):
        with pytest.raises(InvalidSignature):
            pdf.verify(data + more, None)


def test_a_later_revision_is_refused() -> None:
    with pytest.raises(InvalidSignature, match="追加"):
        pdf.verify(updated(signed()), None)


def test_a_later_revision_is_refused_though_signed_again() -> None:
    with pytest.raises(InvalidSignature, match="签名之后文件又被改动"):
        pdf.verify(sign(updated(signed()), "Sig2"), None)


def test_a_document_changed_before_signing_is_fine() -> None:
    assert len(pdf.verify(sign(updated(plain())), None)) == 1


def test_an_earlier_signature_stands_alone() -> None:
    assert pdf.verify(signed_twice()[: len(signed())], None)[0].name == "张三"


@pytest.mark.parametrize("cut", [1, 2, 100, 1000])
def test_a_cut_file_is_refused(cut: int) -> None:
    with pytest.raises(InvalidSignature):
        pdf.verify(signed()[:-cut], None)


def with_range(template: str) -> bytes:
    """The file with its byte range rewritten in place, in as many characters."""
    data = signed()
    start = data.index(b"/ByteRange")
    end = data.index(b"]", start) + 1
    numbers = [int(part) for part in data[start:end].split(b"[")[1].rstrip(b"]").split()]
    first, second, rest = numbers[1:]
    changed = template.format(
        first=first,
        less=first - 10,
        second=second,
        later=second + 10,
        rest=rest,
        short=rest - 1,
        long=rest + 1,
        behind=rest - 10,
    )
    text = f"/ByteRange [{changed}]".encode()
    assert len(text) <= end - start
    return data[:start] + text.ljust(end - start) + data[end:]


def test_the_byte_range_written_as_it_was_is_read() -> None:
    found = PdfFileReader(BytesIO(with_range("0 {first} {second} {rest}"))).embedded_signatures[0]
    assert list(found.byte_range)[:2] == [0, gap(signed())[0]]


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("1 {first} {second} {rest}", "覆盖范围不正确"),
        ("0 {less} {second} {rest}", "缺口"),
        ("0 {first} {later} {behind}", "缺口"),
        ("0 {first} {second} {short}", "内容与签名不符"),
        ("0 {first} {second} {long}", "覆盖范围不正确"),
        ("0 {second} {second} {rest}", "覆盖范围不正确"),
        ("0 -1 {second} {rest}", "覆盖范围不正确"),
        ("0 {first} {second} -1", "覆盖范围不正确"),
        ("0 {first}", "覆盖范围不正确"),
        ("", "覆盖范围不正确"),
        ("0 {first} {second} /X", "已损坏"),
    ],
)
def test_a_byte_range_with_gaps_is_refused(template: str, reason: str) -> None:
    with pytest.raises(InvalidSignature, match=reason):
        pdf.verify(with_range(template), None)


def test_the_value_in_other_letters_is_refused() -> None:
    first, second = gap(signed())
    value = signed()[first:second]
    letter = next(at for at in range(len(value)) if value[at : at + 1].isalpha())
    mixed = value[:letter] + value[letter : letter + 1].swapcase() + value[letter + 1 :]
    assert bytes.fromhex(mixed[1:-1].decode()) == bytes.fromhex(value[1:-1].decode())
    with pytest.raises(InvalidSignature):
        pdf.verify(signed()[:first] + mixed + signed()[second:], None)


def test_a_second_contents_entry_is_refused() -> None:
    """Two values in the dictionary: a reader might show the one that was not checked."""
    first, _ = gap(signed())
    head = signed()[:first].rstrip()
    assert head.endswith(b"/Contents")
    doubled = signed()[:first] + b"<00> /Contents " + signed()[first:]
    with pytest.raises(InvalidSignature):
        pdf.verify(doubled, None)


def test_a_signature_moved_to_another_document_is_refused() -> None:
    first, second = gap(signed())
    other = sign(updated(plain()))
    at, end = gap(other)
    value = signed()[first:second].strip(b"<>").ljust(end - at - 2, b"0")[: end - at - 2]
    with pytest.raises(InvalidSignature):
        pdf.verify(other[:at] + b"<" + value + b">" + other[end:], None)


def test_a_revoked_signer_is_refused(tmp_path: Path) -> None:
    trust = write_trust(tmp_path, (staff().serial, "key_compromise"))
    with pytest.raises(InvalidCertificate, match="已被吊销"):
        pdf.verify(signed(), trust)


def test_a_signed_field_is_not_signed_again() -> None:
    with pytest.raises(CryptoError, match="无法签名"):
        sign(signed(), "Sig1")


def test_a_refusing_token_is_heard() -> None:
    class Removed(Exception):
        pass

    def token(_: bytes) -> bytes:
        raise Removed

    with pytest.raises(Removed):
        pdf.sign(plain(), staff(), [], token, "张三", "审核")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_trust(tmp_path)
    file = tmp_path / "receipt.pdf"
    file.write_bytes(signed())
    trust = ["--roots", str(tmp_path / "ca.crt"), "--crl", str(tmp_path / "ca.crl")]
    assert main(["verify-pdf", str(file), *trust]) == 0
    assert "张三（100234）" in capsys.readouterr().out
    file.write_bytes(signed() + b"\n")
    assert main(["verify-pdf", str(file), *trust]) == 1
    assert "未通过：签名之后文件又被追加了内容" in capsys.readouterr().err
    assert main(["verify-pdf", str(tmp_path / "none.pdf"), *trust]) == 1
    assert main(["verify-pdf", str(file), "--roots", str(tmp_path / "none")]) == 1
