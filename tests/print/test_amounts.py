"""Figures and capital characters: the table of the finance rules and the edges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.print.core.amounts import LIMIT, capital, yuan
from resources.print.core.errors import AmountTooLarge

CAPITALS = [
    (0, "零元整"),
    (1, "壹分"),
    (5, "伍分"),
    (10, "壹角整"),
    (50, "伍角整"),
    (56, "伍角陆分"),
    (100, "壹元整"),
    (105, "壹元零伍分"),
    (1000, "壹拾元整"),
    (1005, "壹拾元零伍分"),
    (1050, "壹拾元零伍角整"),
    (3000, "叁拾元整"),
    (7250, "柒拾贰元伍角整"),
    (10100, "壹佰零壹元整"),
    (32504, "叁佰贰拾伍元零肆分"),
    (100101, "壹仟零壹元零壹分"),
    (101010, "壹仟零壹拾元零壹角整"),
    (140950, "壹仟肆佰零玖元伍角整"),
    (168032, "壹仟陆佰捌拾元零叁角贰分"),
    (600714, "陆仟零柒元壹角肆分"),
    (1000100, "壹万零壹元整"),
    (1640902, "壹万陆仟肆佰零玖元零贰分"),
    (10005000, "壹拾万零伍拾元整"),
    (10100000, "壹拾万壹仟元整"),
    (10700053, "壹拾万柒仟元零伍角叁分"),
    (27602066, "贰拾柒万陆仟零贰拾元零陆角陆分"),
    (100000000, "壹佰万元整"),
    (1000000100, "壹仟万零壹元整"),
    (10001000000, "壹亿零壹万元整"),
    (10000100000, "壹亿零壹仟元整"),
    (101000000000, "壹拾亿壹仟万元整"),
    (100000000100, "壹拾亿零壹元整"),
    (9999999999, "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    (LIMIT - 1, "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    (-7250, "负柒拾贰元伍角整"),
    (-1, "负壹分"),
]
FIGURES = [
    (0, "0.00"),
    (1, "0.01"),
    (-1, "-0.01"),
    (123450, "1,234.50"),
    (-123450, "-1,234.50"),
    (LIMIT - 1, "999,999,999,999.99"),
]


@pytest.mark.parametrize(("fen", "text"), CAPITALS)
def test_capital(fen: int, text: str) -> None:
    assert capital(fen) == text


@pytest.mark.parametrize(("fen", "text"), FIGURES)
def test_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text


@pytest.mark.parametrize("amount", [LIMIT, -LIMIT])
def test_too_large_is_refused(amount: int) -> None:
    with pytest.raises(AmountTooLarge, match="核对金额"):
        capital(amount)


@pytest.mark.parametrize("amount", [1.0, True, "1"])
def test_only_whole_fen(amount: object) -> None:
    with pytest.raises(TypeError):
        yuan(amount)  # type: ignore[arg-type]


@given(st.integers(-LIMIT + 1, LIMIT - 1))
def test_capital_reads_back(fen: int) -> None:
    assert _read(capital(fen)) == fen


@given(st.integers(-LIMIT + 1, LIMIT - 1))
def test_capital_never_doubles_zero(fen: int) -> None:
    assert "零零" not in capital(fen)


def _read(text: str) -> int:
    """The opposite of `capital`, by adding up digit times unit."""
    sign, text = (-1, text[1:]) if text.startswith("负") else (1, text)
    units = {"拾": 10, "佰": 100, "仟": 1000}
    total = section = digit = 0
    for character in text:
        if character in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(character)
        elif character in units:
            section, digit = section + digit * units[character], 0
        elif character in "万亿":
            total += (section + digit) * (10**4 if character == "万" else 10**8)
            section = digit = 0
        elif character == "元":
            total, section, digit = (total + section + digit) * 100, 0, 0
        elif character in "角分":
            total, digit = total + digit * (10 if character == "角" else 1), 0
    return sign * total
