"""Bar codes, QR codes, and texts on pre-printed forms."""

import io
import re

import pypdf
import pytest
from reportlab.lib.units import mm

from resources.print.core.barcode import code128, qr
from resources.print.core.errors import NotEncodable
from resources.print.core.overlay import Calibration, Place, draw_overlay, draw_ruler
from tests.print.forms import blank

PLACES = {
    "payer": Place(30, 40),
    "amount": Place(150, 40, align="right"),
    "note": Place(30, 60, size=10, width=30, lines=2),
}


def found(pdf: bytes, page: int = 0) -> dict[str, tuple[float, float]]:
    """Where each text begins, in millimetres from the upper left corner."""
    sheet = pypdf.PdfReader(io.BytesIO(pdf)).pages[page]
    places: dict[str, tuple[float, float]] = {}

    def visit(text: str, _cm: object, tm: list[float], *_rest: object) -> None:
        if text.strip():
            down = float(sheet.mediabox.height) - tm[5]
            places[text.strip()] = (tm[4] / mm, down / mm)

    sheet.extract_text(visitor_text=visit)
    return places


def drawn(pdf: bytes) -> bytes:
    content = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].get_contents()
    assert content is not None
    return content.get_data()


def test_place_in_millimetres() -> None:
    pdf = draw_overlay(PLACES, [{"payer": "张三"}], "241x140")
    assert found(pdf)["张三"] == pytest.approx((30, 40), abs=0.05)


def test_calibration_shifts_and_stretches() -> None:
    calibration = Calibration(dx=2, dy=-3, scale_x=1.01, scale_y=0.99)
    pdf = draw_overlay(PLACES, [{"payer": "张三"}], "241x140", calibration)
    assert found(pdf)["张三"] == pytest.approx((32.3, 36.6), abs=0.05)


def test_long_text_is_broken_and_made_smaller() -> None:
    note = "上海市浦东新区世纪大道二千弄"
    pdf = draw_overlay(PLACES, [{"note": note}], "241x140")
    text = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert text.replace("\n", "") == note
    assert "\n" in text


def test_text_without_a_place_is_refused() -> None:
    with pytest.raises(KeyError):
        draw_overlay(PLACES, [{"payee": "张三"}], "241x140")


def test_nothing_to_print_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        draw_overlay(PLACES, [], "241x140")


@pytest.mark.parametrize("wrong", [{"scale_x": 2}, {"dx": 60}, {"drift": -11}])
def test_wild_calibration_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Calibration(**wrong)


def test_ruler_page() -> None:
    text = pypdf.PdfReader(io.BytesIO(draw_ruler("241x93"))).pages[0].extract_text()
    assert "100%" in text
    assert "230" in text


@pytest.mark.parametrize("text", ["", "中文", "A\n"])
def test_code128_refuses_what_it_cannot_carry(text: str) -> None:
    with pytest.raises(NotEncodable, match="条形码"), blank() as document:
        code128(document.canvas, text, 0, 0, 100, 20)


def test_qr_refuses_too_much() -> None:
    with pytest.raises(NotEncodable, match="二维码"), blank() as document:
        qr(document.canvas, "长" * 400, 0, 0, 60)


@pytest.mark.parametrize("text", ["A", "https://example.cn/q?c=1", "查" * 14, "查" * 100])
def test_qr_is_drawn(text: str) -> None:
    with blank() as document:
        qr(document.canvas, text, 0, 0, 60)
    assert drawn(document.pdf).count(b" re") > 100


def test_code128_fills_its_box() -> None:
    with blank() as document:
        code128(document.canvas, "RK01202611240001", 100, 200, 120, 20)
    bars = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) 20 re", drawn(document.pdf))
    edges = [(float(x), float(x) + float(width)) for x, _, width in bars]
    assert edges
    assert max(end for _, end in edges) - min(start for start, _ in edges) == pytest.approx(
        120, abs=0.5
    )
