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
