"""GS1 element strings of a scanned label: goods number, lot, dates, serial number.

Variable parts end with the separator the scanner sends for FNC1 (GS, or a printable | set in it)
or, where the label was typed out, with the next bracket.
"""

import re
from datetime import date
from typing import NamedTuple

_FIXED = {"01": 14, "02": 14, "11": 6, "13": 6, "15": 6, "17": 6, "20": 2}
_MOST = {"10": 20, "21": 20, "30": 8, "37": 8}
_SEPARATORS = "\x1d|~"


class Label(NamedTuple):
    """What a label says; empty texts where it is silent, dates as yyyy-mm-dd."""

    code: str  # the barcode of the goods, an EAN-13 where it is one
    lot_no: str = ""
    produced_on: str = ""
    expires_on: str = ""


def read(scanned: str) -> Label:
    """The label of a scanned text; a text that is no element string is a code by itself."""
    try:
        parts = dict(_bracketed(scanned) if scanned.startswith("(") else _plain(scanned))
        number = parts["01"]
        return Label(
            number[1:] if number.startswith("0") else number,
            parts.get("10", ""),
            _day(parts.get("11", "")),
            _day(parts.get("17", "")),
        )
    except (KeyError, ValueError):
        return Label(scanned)


def _bracketed(text: str) -> list[tuple[str, str]]:
    return re.findall(r"\((\d{2,4})\)([^(]*)", text)


def _plain(text: str) -> list[tuple[str, str]]:
    if not re.match(r"01\d{14}.", text) or not _checks(text[2:16]):
        raise ValueError("no element string")
    parts, rest = [], text
    while rest := rest.lstrip(_SEPARATORS):
        name, rest = rest[:2], rest[2:]
        if size := _FIXED.get(name):
            value, rest = rest[:size], rest[size:]
        elif most := _MOST.get(name):
            value = re.split(f"[{_SEPARATORS}]", rest[: most + 1])[0]
            rest = rest[len(value) :]
        else:
            raise ValueError(name)
        parts.append((name, value))
    return parts


def _checks(number: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(number[:-1]))
    return (10 - total % 10) % 10 == int(number[-1])


def _day(text: str) -> str:
    """YYMMDD as a date; day 00 is the last of the month."""
    if not text:
        return ""
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    if day == 0:
        following = date(year + month // 12, month % 12 + 1, 1)
        return date.fromordinal(following.toordinal() - 1).isoformat()
    return date(year, month, day).isoformat()
