"""Lookup codes of a record: pinyin in every reading, 五笔, and aliases.

Kept in one column as words with a space before each, so "a word begins with" is one LIKE.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product

from pypinyin import Style, pinyin
from pywubi import combine_wubi, lookup

_MOST = 400  # letters the column holds
_READINGS = 24  # spellings kept of one name: many polyphones multiply
_HAN = re.compile(r"[^\u2e80-\u9fff\U00020000-\U0003ffff]+")


def codes(name: str, *aliases: str) -> str:
    """All words a record may be called by, lower case, each behind a space; likelier ones first."""
    names = [name, *(alias for alias in aliases if alias and _HAN.sub("", alias))]
    words = dict.fromkeys(each.lower() for each in (name, *aliases) if each)
    for each in names:
        words |= dict.fromkeys(_spellings(each, Style.FIRST_LETTER))
    for each in names:
        words |= dict.fromkeys(_strokes(each))
    for each in names:
        words |= dict.fromkeys(_spellings(each, Style.NORMAL))
    return _within_room(words)


def _within_room(words: dict[str, None]) -> str:
    kept, room = "", _MOST
    for word in words:
        if len(word) < room:
            kept += f" {word}"
            room -= len(word) + 1
    return kept


@lru_cache(4096)
def _spellings(name: str, style: Style) -> tuple[str, ...]:
    """The name spelt in every reading, whole and without what is not Chinese."""
    han = _HAN.sub("", name)
    ways = [name] if han in ("", name) else [name, han]
    return tuple(word for way in ways for word in islice(_others(way, style), 1 + _READINGS))


@lru_cache(4096)
def _strokes(name: str) -> tuple[str, ...]:
    """五笔 (86) of the name as a phrase, as one types it, and the first letter of each character.

    Characters without a code, those beyond the basic plane, are left out.
    """
    known = "".join(letter for letter in _HAN.sub("", name) if lookup(letter))
    if not known:
        return ()
    return combine_wubi(known), "".join(lookup(letter)[0][0] for letter in known)


def _others(name: str, style: Style) -> Iterator[str]:
    """The usual reading, then one letter of the name read otherwise, then several."""
    usual = [each[0].lower() for each in pinyin(name, style=style)]
    options = [
        list(dict.fromkeys([here, *(reading.lower() for reading in other)]))
        for here, other in zip(usual, pinyin(name, style=style, heteronym=True), strict=True)
    ]
    yield "".join(usual)
    for at, readings in enumerate(options):
        for reading in readings[1:]:
            yield "".join([*usual[:at], reading, *usual[at + 1 :]])
    yield from ("".join(way) for way in product(*options))
