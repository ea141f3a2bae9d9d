"""套打: after calibration every field lands within a millimetre, on sheet 1 and on sheet 10.

The printer is a model of what goes wrong with pin printers: it starts at the wrong place, its
steps are of another width, and each sheet is fed too far. Rulers are read to half a millimetre.
"""

import io
import re
from dataclasses import dataclass

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.units import mm

from resources.print.core.calibrating import LAST, Measured, corrected, expected
from resources.print.core.errors import PrintError
from resources.print.core.overlay import PLAIN, Calibration, Place, draw_overlay, draw_ruler
from resources.print.core.page import PAPERS, paper_of

FORM = "241x140"
PLACES = {"A": Place(20, 25), "B": Place(200, 60, align="right"), "C": Place(120, 125)}
SHEET = {"A": "甲", "B": "100.00", "C": "丙"}


@dataclass(frozen=True)
class Printer:
    """Offsets in mm, step widths as factors, and how far each sheet is fed beyond its length."""

    right: float
    down: float
    step_x: float
    step_y: float
    feed: float

    def lands(self, pages: list[tuple[float, float, float]], number: int) -> tuple[float, float]:
        """Where on sheet `number` of the form a point of that page lies, in millimetres.

        `pages` are (height, x, y) of each page: y counted from its upper edge.
        """
        fed = sum(height for height, _, _ in pages[:number]) + number * self.feed
        _, x, y = pages[number]
        strip = fed + y * self.step_y + self.down
        return self.right + x * self.step_x, strip - number * PAPERS[FORM].height


def drawn(pdf: bytes, name: str) -> list[tuple[float, float, float]]:
    """(height, x, y) of a text on each page, in millimetres from the upper left corner."""
    pages = []
    for sheet in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        height, places = float(sheet.mediabox.height), {}

        def visit(text: str, _cm: object, tm: list[float], *_rest: object) -> None:
            places[text.strip()] = tm[4] / mm, (height - tm[5]) / mm  # noqa: B023 - used at once

        sheet.extract_text(visitor_text=visit)
        pages.append((height / mm, *places[name]))
    return pages


def half(value: float) -> float:
    """As read from a ruler."""
    return round(value * 2) / 2


def read(printer: Printer, known: Calibration) -> Measured:
    """What a clerk measures on ruler pages printed with a calibration."""
    crosses = expected(paper_of(FORM))
    places = {
        "1": Place(crosses.left, crosses.top),
        "2": Place(crosses.right, crosses.top),
        "3": Place(crosses.left, crosses.bottom),
    }
    pdf = draw_overlay(places, [{name: name for name in places}] * LAST, FORM, known)
    pages = {name: drawn(pdf, name) for name in places}
    first = printer.lands(pages["1"], 0)
    return Measured(
        left=half(first[0]),
        top=half(first[1]),
        right=half(printer.lands(pages["2"], 0)[0]),
        bottom=half(printer.lands(pages["3"], 0)[1]),
        last=half(printer.lands(pages["1"], LAST - 1)[1]),
    )


def worst(printer: Printer, calibration: Calibration, *, single: bool) -> float:
    """How far the fields are off on the first and the tenth sheet, in mm.

    `single`: each sheet is a job of its own, as bills are printed.
    """
    if single:
        pdfs = [draw_overlay(PLACES, [SHEET], FORM, calibration, fed) for fed in range(LAST)]
        pages = {t: [drawn(pdf, t)[0] for pdf in pdfs] for t in SHEET.values() if t != "100.00"}
    else:
        pdf = draw_overlay(PLACES, [SHEET] * LAST, FORM, calibration)
        pages = {text: drawn(pdf, text) for text in SHEET.values() if text != "100.00"}
    aims = {SHEET[name]: (place.x, place.y) for name, place in PLACES.items()}
    off = []
    for text, found in pages.items():
        for number in (0, LAST - 1):
            x, y = printer.lands(found, number)
            off += [abs(x - aims[text][0]), abs(y - aims[text][1])]
    return max(off)


PRINTERS = st.builds(
    Printer,
    right=st.floats(-8, 8),
    down=st.floats(-8, 8),
    step_x=st.floats(0.99, 1.01),
    step_y=st.floats(0.99, 1.01),
    feed=st.floats(-4, 4),
)


@given(PRINTERS)
@settings(max_examples=6, deadline=None)
def test_after_calibration_a_field_is_within_a_millimetre(printer: Printer) -> None:
    made = corrected(PLAIN, paper_of(FORM), read(printer, PLAIN))
    made = corrected(made, paper_of(FORM), read(printer, made))  # looked at once more, as told
    assert worst(printer, made, single=True) < 1
    assert worst(printer, made, single=False) < 1


def test_an_uncalibrated_printer_of_the_model_is_off() -> None:
    printer = Printer(2, -1.5, 1.004, 0.997, 0.4)
    assert worst(printer, PLAIN, single=True) > 2
    assert worst(Printer(0, 0, 1, 1, 0), PLAIN, single=True) < 0.1


def test_the_pages_of_a_drifting_printer_are_whole_points() -> None:
    """Printing systems cut pages to points: what they would cut off must not be there."""
    heights = []
    for fed in range(LAST):
        pdf = draw_overlay(PLACES, [SHEET], FORM, Calibration(drift=0.4), fed)
        heights.append(float(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].mediabox.height))
    assert [height % 1 for height in heights] == [0] * LAST
    assert sum(heights) / mm == pytest.approx((139.7 - 0.4) * LAST, abs=0.2)


def test_a_printer_that_scales_is_refused_with_its_cause() -> None:
    found = Measured(left=25, top=25, right=230, bottom=115)
    with pytest.raises(PrintError, match="缩放"):
        corrected(PLAIN, paper_of(FORM), found)
    with pytest.raises(PrintError, match="次序不对"):
        corrected(PLAIN, paper_of(FORM), Measured(left=200, top=25, right=25, bottom=115))


def test_ruler_pages_show_where_to_measure() -> None:
    pdf = draw_ruler("A5-landscape", sheets=LAST)
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == LAST
    assert f"第 {LAST} 张" in pages[-1].extract_text()
    content = pages[0].get_contents()
    assert content is not None
    cross = rb"59\.52\d* 348\.66\d* m 82\.20\d* 348\.66\d* l"  # (25 ± 4, 148 - 25) mm
    assert re.search(cross, content.get_data())
