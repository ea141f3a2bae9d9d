"""Lookup codes of a record: pinyin initials and full pinyin of a name, every reading, plus aliases.

Kept in one column as words with a space before each, so "a word begins with" is one LIKE.
"""

from itertools import islice, product

from pypinyin import Style, pinyin

_READINGS = 8  # combinations kept for names with several polyphones


def codes(name: str, *aliases: str) -> str:
    """All words a record may be called by, lower case, each behind a space."""
    words = dict.fromkeys([name.lower(), *_initials(name), *_full(name)])
    words |= dict.fromkeys(alias.lower() for alias in aliases if alias)
    return "".join(f" {word}" for word in words if word)[:400]


def _initials(name: str) -> list[str]:
    return _joined(pinyin(name, style=Style.FIRST_LETTER, heteronym=True))


def _full(name: str) -> list[str]:
    return _joined(pinyin(name, style=Style.NORMAL, heteronym=True))


def _joined(readings: list[list[str]]) -> list[str]:
    unique = [list(dict.fromkeys(reading)) for reading in readings]
    return ["".join(choice).lower() for choice in islice(product(*unique), _READINGS)]
