"""Fonts, their chain and the text layer; breaking of lines."""

import io
from pathlib import Path
from typing import Any, cast

import pypdf
import pytest

from resources.print.core.errors import FontsMissing
from resources.print.core.fonts import CHAIN, MISSING, drawable, find, font_of, load, runs
from resources.print.core.text import fit, text_width, wrap
from tests.print.forms import blank

RARE = "㛃㻮龥鿍𠂇𠮷𬭎𫖯𬍛𪣻𫟹𬱖𨱏𫓧䶮㐂"


def _embedded(reader: pypdf.PdfReader) -> dict[str, bool]:
    resources = cast("Any", reader.pages[0]["/Resources"])
    fonts = resources["/Font"].get_object()
    return {
        font.get_object()["/BaseFont"]: "/FontFile2" in font.get_object().get("/FontDescriptor", {})
        for font in fonts.values()
    }


def test_text_layer_reads_back_beyond_the_basic_plane() -> None:
    with blank() as document:
        document.text(100, 500, f"王𬭎 ABC 1,234.50 ℃ {RARE}")
        document.text(100, 450, "粗体王𬭎𠮷", bold=True)
    text = pypdf.PdfReader(io.BytesIO(document.pdf)).pages[0].extract_text()
    assert f"王𬭎 ABC 1,234.50 ℃ {RARE}" in text
    assert "粗体王𬭎𠮷" in text


def test_many_characters_read_back() -> None:
    """More than two subsets, so that codes go through every block of the text map."""
    lines = ["".join(map(chr, range(at, at + 30))) for at in range(0x4E00, 0x4E00 + 690, 30)]
    with blank() as document:
        for number, line in enumerate(lines):
            document.text(60, 700 - number * 20, line)
    text = pypdf.PdfReader(io.BytesIO(document.pdf)).pages[0].extract_text()
    assert [line for line in lines if line not in text] == []


def test_every_font_is_embedded_and_small() -> None:
    with blank() as document:
        document.text(100, 500, "王𬭎㻮 ABC")
    fonts = _embedded(pypdf.PdfReader(io.BytesIO(document.pdf)))
    used = {name: whole for name, whole in fonts.items() if "Helvetica" not in name}
    assert len(used) == 3
    assert all(used.values())
    assert len(document.pdf) < 60_000


def test_runs_follow_the_chain() -> None:
    assert [(run.font, run.text) for run in runs("王𬭎A㻮")] == [
        ("Text", "王"),
        ("Rare", "𬭎"),
        ("Text", "A"),
        ("ExtA", "㻮"),
    ]


def test_an_empty_glyph_is_no_glyph() -> None:
    assert load(CHAIN[0]).face.charToGlyph.get(ord("℃")) is not None
    assert font_of("℃") == "ExtA"


def test_signs_of_the_trade_are_all_drawn() -> None:
    signs = "℃①⑩ⅠⅤⅩ≥≤≠±×÷μ→↑↓·—…¥￥㎡‰αβΩ√%“”‘’•●○△★№〔〕《》"
    assert drawable(signs) == signs


def test_what_no_font_has_is_marked_not_lost() -> None:
    assert drawable("甲\U0001f691乙") == f"甲{MISSING}乙"


def test_controls_vanish() -> None:
    assert drawable("甲\x00\u200b\ufeff\ufe0f乙\t丙\r") == "甲乙 丙 "


def test_missing_font_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match="apt install fonts-lxgw-wenkai"):
        find(CHAIN[2], [tmp_path])


def test_font_beside_the_program_is_found(tmp_path: Path) -> None:
    own = tmp_path / "LXGWWenKai-Regular.ttf"
    own.write_bytes(b"")
    assert find(CHAIN[2], [tmp_path]) == own


@pytest.mark.parametrize(
    ("text", "signs", "lines"),
    [
        ("", 5, [""]),
        ("一二三四五六", 5, ["一二三四五", "六"]),
        ("一二三四五，六", 5, ["一二三四", "五，六"]),
        ("一二三四（五）", 5, ["一二三四", "（五）"]),
        ("一二三四。」五", 5, ["一二三", "四。」五"]),
        ("甲\n\n乙", 5, ["甲", "", "乙"]),
        ("血压120/80正常", 6, ["血压120/80", "正常"]),
        ("一二三四1,234.50", 5, ["一二三四", "1,234.50"]),
        ("hello world", 3, ["hello", "world"]),
        ("一二三四，，，，，，五", 3, ["一二三", "四，，", "，，，", "，五"]),
    ],
)
def test_wrap(text: str, signs: int, lines: list[str]) -> None:
    assert wrap(text, 10, signs * 10) == lines


def test_wrap_cuts_a_word_wider_than_the_line() -> None:
    lines = wrap("A" * 60, 10, 100)
    assert "".join(lines) == "A" * 60
    assert len(lines) > 1
    assert all(text_width(line, 10) <= 100 for line in lines)


def test_wrap_ends_in_a_cell_narrower_than_a_sign() -> None:
    assert wrap("一二", 10, 1) == ["一", "二"]


def test_fit() -> None:
    assert fit("一二", 10, 100) == 10
    assert fit("一" * 20, 10, 160) == pytest.approx(8)
    assert fit("一" * 200, 10, 160) == 6
