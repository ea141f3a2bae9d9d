"""What people type, read as numbers, dates and times; errors say in Chinese what to type."""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone

from google.protobuf.descriptor import FieldDescriptor

from protos import facts

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
_NUMBER = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?([+-]?)")
_UNSIGNED = {FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_UINT64}
_SHORT = {FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_SINT32}


class EntryError(ValueError):
    """What was typed means nothing here; the text says what to type instead."""


def half_width(text: str) -> str:
    """The text with full-width digits, letters and signs made plain, trimmed."""
    return unicodedata.normalize("NFKC", text).strip()


def number(text: str, scale: int = 0) -> int | None:
    """A typed number in units of 10**-scale; None if nothing was typed.

    Takes full-width digits, thousand marks, a currency sign and a minus at the end.
    """
    plain = re.sub(r"[,，\s¥￥元]", "", half_width(text)).replace("。", ".").replace("−", "-")
    if not plain:
        return None
    found = _NUMBER.fullmatch(plain)
    if not found or not (found[2] or found[3]) or (found[1] and found[4]):
        raise EntryError("请输入数字")
    decimals = (found[3] or "").rstrip("0")
    if len(decimals) > scale:
        raise EntryError(f"最多{scale}位小数" if scale else "请输入整数")
    value = int((found[2] or "0") + decimals.ljust(scale, "0"))
    return -value if "-" in (found[1], found[4]) else value


def number_for(field: FieldDescriptor, text: str) -> int | float | None:
    """A typed number as the field holds it; EntryError if the field cannot."""
    if facts.kind(field) is facts.Kind.DECIMAL:
        value = number(text, 6)
        return None if value is None else value / 10**6
    value = number(text, facts.of_field(field).scale)
    if value is not None:
        least, most = limits(field)
        if not least <= value <= most:
            raise EntryError("不能是负数" if value < least == 0 else "数字超出范围")
    return value


def limits(field: FieldDescriptor) -> tuple[int, int]:
    """The smallest and greatest number the field's wire type can carry."""
    bits = 32 if field.type in _SHORT else 64
    if field.type in _UNSIGNED:
        return 0, 2**bits - 1
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def grouped(value: int, scale: int = 0) -> str:
    """A fixed-point integer with thousand marks: grouped(1234500, 2) is "12,345.00"."""
    whole, dot, part = facts.decimal(abs(value), scale).partition(".")
    return ("-" if value < 0 else "") + f"{int(whole):,}" + dot + part


def day(text: str, today: date) -> date | None:
    """A typed date; None if nothing was typed.

    22 is that day of this month, 1122 or 11.22 that day of this year, 261122 and 20261122 are
    whole dates, t or 今天 is today, +1 and -1 count from today.
    """
    plain = half_width(text).lower()
    if not plain:
        return None
    if plain in ("t", "今天", "今"):
        return today
    if re.fullmatch(r"[+-]\d{1,4}", plain):
        return today + timedelta(days=int(plain))
    try:
        return _calendar(plain, today)
    except ValueError as error:
        raise EntryError("日期不对，可输入 22、1122、20261122、t（今天）、+1、-1") from error


def _calendar(plain: str, today: date) -> date:
    if plain.isdigit():
        return _digits(plain, today)
    parts = [int(part) for part in re.split(r"[-./年月日]+", plain) if part]
    if len(parts) == 2:
        return date(today.year, *parts)
    year, month, number_of_day = parts
    return date(year + 2000 if year < 100 else year, month, number_of_day)


def _digits(plain: str, today: date) -> date:
    match len(plain):
        case 1 | 2:
            return today.replace(day=int(plain))
        case 3 | 4:
            return date(today.year, int(plain[:-2]), int(plain[-2:]))
        case 6:
            return date(2000 + int(plain[:2]), int(plain[2:4]), int(plain[4:]))
        case 8:
            return date(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
    raise ValueError(plain)


def moment(text: str, now: datetime) -> datetime | None:
    """A typed time of day, date, or both, as an aware UTC time; None if nothing was typed.

    930 and 0930 are times of today, "22 930" of the 22nd, n is now.
    """
    plain = half_width(text).lower()
    if not plain:
        return None
    here = now.astimezone(SHANGHAI)
    if plain in ("n", "现在"):
        return here.replace(second=0, microsecond=0).astimezone(UTC)
    first, _, rest = plain.partition(" ")
    if not rest and (":" in first or (first.isdigit() and len(first) in (3, 4))):
        first, rest = here.date().isoformat(), first
    on = day(first, here.date()) or here.date()
    return datetime.combine(on, _clock(rest.strip()), SHANGHAI).astimezone(UTC)


def _clock(plain: str) -> time:
    if not plain:
        return time()
    parts = plain.split(":") if ":" in plain else [plain[:-2] or "0", plain[-2:]]
    try:
        hour, minute, second = (int(part) for part in [*parts, *["0"] * (3 - len(parts))])
        return time(hour, minute, second)
    except ValueError as error:
        raise EntryError("时间不对，可输入 0930、9:30、22 0930、n（现在）") from error


def clock_text(at: datetime, seconds: bool = False) -> str:
    """A time as Asia/Shanghai people read it: 2026-11-22 09:30."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def weekday(on: date) -> str:
    """周一 to 周日."""
    return "周" + WEEKDAYS[on.weekday()]


def period(name: str, today: date) -> tuple[date, date]:
    """First and last day of 今天, 昨天, 本周, 本月 or 上月."""
    first = today.replace(day=1)
    match name:
        case "昨天":
            return today - timedelta(1), today - timedelta(1)
        case "本周":
            monday = today - timedelta(today.weekday())
            return monday, monday + timedelta(6)
        case "本月":
            return first, (first + timedelta(31)).replace(day=1) - timedelta(1)
        case "上月":
            last = first - timedelta(1)
            return last.replace(day=1), last
        case _:
            return today, today


PERIODS = ("今天", "昨天", "本周", "本月", "上月")
