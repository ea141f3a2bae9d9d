"""Pinyin initials with every reading, for matching short local lists while typing."""

from functools import cache
from itertools import islice, product

MOST = 64  # readings kept of one text: many polyphones multiply


def warm() -> None:
    """Import the tables of readings, a third of a second, before somebody waits for them."""
    import pypinyin  # noqa: F401


def _letters(text: str) -> list[str]:
    return list(text)


@cache
def initials(text: str) -> frozenset[str]:
    """Every way to spell a text by initials, lower case: 长宁 gives {"cn", "zn"}."""
    from pypinyin import Style, pinyin  # slow to import

    letters = pinyin(text, style=Style.FIRST_LETTER, heteronym=True, errors=_letters)  # type: ignore[arg-type]
    options = [sorted({reading[0].lower() for reading in each if reading}) for each in letters]
    return frozenset("".join(way) for way in islice(product(*options), MOST))


def matches(text: str, typed: str) -> bool:
    """Whether typed is part of a text or begins one of its spellings by initials."""
    wanted = typed.strip().lower()
    if not wanted or wanted in text.lower():
        return True
    return any(wanted in spelling for spelling in initials(text))


# GB 2312 orders its 3755 common characters by pinyin: where each initial begins there.
_BEGINS = (
    (0xB0A1, "A"), (0xB0C5, "B"), (0xB2C1, "C"), (0xB4EE, "D"), (0xB6EA, "E"), (0xB7A2, "F"),
    (0xB8C1, "G"), (0xB9FE, "H"), (0xBBF7, "J"), (0xBFA6, "K"), (0xC0AC, "L"), (0xC2E8, "M"),
    (0xC4C3, "N"), (0xC5B6, "O"), (0xC5BE, "P"), (0xC6DA, "Q"), (0xC8BB, "R"), (0xC8F6, "S"),
    (0xCBFA, "T"), (0xCDDA, "W"), (0xCEF4, "X"), (0xD1B9, "Y"), (0xD4D1, "Z"), (0xD7FA, ""),
)  # fmt: skip


def initial(character: str) -> str:
    """The usual initial of a common character, upper case, without loading any table; else ""."""
    if character.isascii():
        return character.upper() if character.isalpha() else ""
    code = int.from_bytes(character.encode("gb2312", "ignore"))
    return next((letter for begin, letter in reversed(_BEGINS) if code >= begin), "")
