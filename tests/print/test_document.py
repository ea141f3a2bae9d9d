"""The frame, tables over pages, the general form: read back from the file."""

import io
import timeit
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pypdf
import pytest
from reportlab.lib.units import mm

from resources.print.core.document import draw_document
from resources.print.core.errors import PrintError
from resources.print.core.page import PAPERS, Document, PrintMeta
from resources.print.core.rows import Checks
from resources.print.core.signature import Signature, draw_signature_boxes
from resources.print.core.table import (
    Column,
    Field,
    draw_checks,
    draw_grid,
    draw_section,
    draw_table,
)
from tests.print.forms import AGAIN, COLUMNS, META, blank, lines, receipt


def texts(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def operators(pdf: bytes, page: int = 0) -> bytes:
    content = pypdf.PdfReader(io.BytesIO(pdf)).pages[page].get_contents()
    assert content is not None
    return content.get_data()


def test_receipt_says_everything() -> None:
    (text,) = texts(receipt(3))
    for part in (
        "上海市医疗急救中心",
        "物资入库单",
        "单号：RK0120261124-0001",
        "仓库：浦东分中心一号库",
        "合计（大写）柒拾伍元整",
        "75.00",
        "验收人：",
        "打印人：王𬭎",
        "打印时间：2026-11-25 00:05",
        "模板 v1",
        "第 1 页 共 1 页",
    ):
        assert part in text


def test_same_input_same_bytes() -> None:
    assert receipt(30) == receipt(30)


def test_threads_draw_the_same_bytes() -> None:
    with ThreadPoolExecutor(8) as pool:
        files = set(pool.map(receipt, [40] * 24))
    assert files == {receipt(40)}


def test_first_print_has_no_mark_a_reprint_has() -> None:
    assert "补打" not in texts(receipt(1))[0]
    assert "补打 第 2 次" in texts(receipt(1, meta=AGAIN))[0]


@pytest.mark.parametrize("paper", PAPERS)
def test_paper_sizes(paper: str) -> None:
    page = pypdf.PdfReader(io.BytesIO(receipt(1, paper))).pages[0]
    sheet = PAPERS[paper]
    assert float(page.mediabox.width) == pytest.approx(sheet.width * mm, abs=0.1)
    assert float(page.mediabox.height) == pytest.approx(sheet.height * mm, abs=0.1)


@pytest.mark.parametrize("paper", ["A4", "A5", "241x140", "241x93"])
@pytest.mark.parametrize("count", [1, 5, 23, 60])
def test_every_line_once_head_on_every_page_none_empty(paper: str, count: int) -> None:
    pages = texts(receipt(count, paper))
    whole = "".join(pages)
    assert [whole.count(f"L{n:04d}") for n in range(1, count + 1)] == [1] * count
    for number, page in enumerate(pages, 1):
        assert "物资名称" in page
        assert "L0" in page
        assert f"第 {number} 页 共 {len(pages)} 页" in page
    assert "合计（大写）" in pages[-1]
    assert "验收人" in pages[-1]


def test_totals_never_stand_alone() -> None:
    for count in range(25, 50):
        assert "L0" in texts(receipt(count))[-1], count


def test_copies_have_their_marks_and_page_numbers() -> None:
    marks = ("第一联 存根", "第二联 交患者", "第三联 记账")
    pages = texts(receipt(25, "241x140", copies=marks))
    assert len(pages) == 6
    for at, page in enumerate(pages):
        assert marks[at // 2] in page
        assert f"第 {at % 2 + 1} 页 共 2 页" in page


def test_red_document() -> None:
    pdf = receipt(1, red=True)
    assert "红字" in texts(pdf)[0]
    assert b".78 .04 .04 rg" in operators(pdf)
    assert b".78 .04 .04 rg" not in operators(receipt(1))


def test_watermark_is_under_the_text() -> None:
    pdf = receipt(1, meta=replace(META, watermark="预览"))
    (text,) = texts(pdf)
    assert "预" in text
    assert operators(pdf).index(b".88 .88 .88 rg") < operators(pdf).index(b"0 0 0 rg")


def test_title_of_the_file() -> None:
    info = pypdf.PdfReader(io.BytesIO(receipt(1))).metadata
    assert info is not None
    assert info.title == "物资入库单 RK0120261124-0001"


def test_row_taller_than_a_page_is_split() -> None:
    story = "".join(f"第{n}句，病情平稳。" for n in range(1, 700))
    with blank("A5") as document:
        draw_grid(document, [[Field("现病史", story)]])
    pages = texts(document.pdf)
    assert len(pages) > 2
    whole = "".join(pages).replace("\n", "")
    assert all(f"第{n}句" in whole for n in (1, 350, 699))


def test_grid_and_checks() -> None:
    with blank() as document:
        draw_section(document, "一、基本信息")
        gender = Checks(("男", "女", "不详"), frozenset({"女"}))
        draw_grid(document, [[Field("姓名", "王𬭎"), Field("性别", gender), Field("", "无标签")]])
        draw_checks(document, ["高血压", "糖尿病"], ["糖尿病"])
    (text,) = texts(document.pdf)
    for part in ("一、基本信息", "姓名", "王𬭎", "男", "不详", "无标签", "糖尿病"):
        assert part in text


def test_ticks_are_drawn() -> None:
    def strokes(*chosen: str) -> int:
        with blank() as document:
            draw_checks(document, ["甲", "乙", "丙"], chosen)
        return operators(document.pdf).count(b" l\n") + operators(document.pdf).count(b" l ")

    assert strokes("甲", "丙") - strokes() == 4


def test_tick_at_no_option_is_refused() -> None:
    with pytest.raises(ValueError, match="丁"):
        Checks(("甲", "乙"), frozenset({"丁"}))


def test_a_page_is_quick() -> None:
    """At most 100 ms once fonts are loaded; 10 ms were measured."""
    receipt(12)
    times = sorted(timeit.repeat(lambda: receipt(12), number=1, repeat=7))
    assert times[3] < 0.1


def test_section_is_not_left_alone() -> None:
    with blank() as document:
        document.skip(document.room - 30)
        draw_section(document, "二、急救病史")
        draw_grid(document, [[Field("主诉", "胸痛")]])
    first, second = texts(document.pdf)
    assert "急救病史" not in first
    assert "急救病史" in second


def test_signature_boxes_tell_their_place() -> None:
    with blank() as document:
        signed = Signature("医师", "张三", datetime(2026, 11, 24, 2, tzinfo=UTC))
        boxes = draw_signature_boxes(document, [signed, Signature("接诊医师")])
    (text,) = texts(document.pdf)
    assert "张三" in text
    assert "2026-11-24 10:00" in text
    assert [box.page for box in boxes] == [0, 0]
    assert boxes[0].x + boxes[0].width == pytest.approx(boxes[1].x)


def test_empty_table_still_has_its_head() -> None:
    pdf = draw_document("盘点表", "", "", [], COLUMNS, [], [], [], META)
    assert "物资名称" in texts(pdf)[0]


def test_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="row 2"), blank() as document:
        draw_table(document, COLUMNS, [*lines(1), ["1"]])


def test_unknown_paper_is_refused() -> None:
    with pytest.raises(PrintError, match="没有纸张"):
        receipt(1, "B5")


def test_bare_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        PrintMeta("张三", datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake under test


def test_unfinished_document_has_no_file() -> None:
    document: Document = blank()
    with pytest.raises(RuntimeError):
        _ = document.pdf


def test_failed_drawing_gives_no_file() -> None:
    document = blank()
    with pytest.raises(ZeroDivisionError), document:
        _ = 1 / 0
    with pytest.raises(RuntimeError):
        _ = document.pdf


def test_amounts_stand_at_the_right() -> None:
    ends: list[float] = []
    with blank() as document:
        draw_table(document, [Column("金额", 1, "right")], [["1.00"], ["1,234.50"]])

    def visit(text: str, _cm: object, tm: list[float], *_rest: object) -> None:
        if text.strip() in {"1.00", "1,234.50"}:
            ends.append(tm[4])

    page = pypdf.PdfReader(io.BytesIO(document.pdf)).pages[0]
    page.extract_text(visitor_text=visit)
    assert len(ends) == 2
    assert ends[1] < ends[0]
