"""Money on paper: grouped figures and RMB in capital characters, from whole fen."""

from resources.print.core.errors import AmountTooLarge

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_SECTIONS = ("亿", "万", "")
LIMIT = 10**14  # fen: below one 万亿 yuan


def yuan(fen: int) -> str:
    """Fen as grouped yuan with two decimals: 123450 is 1,234.50."""
    _check(fen)
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{cents:02d}"


def capital(fen: int) -> str:
    """Fen as 大写金额, after 《支付结算办法》 annex 1 with the optional signs fixed.

    零 after 元 when the units of yuan are 0 and 角 is not; 整 after 元 and after 角; 负 in front of
    a red amount; nothing of 元 below one yuan. AmountTooLarge from 10**14 fen either way.
    """
    _check(fen)
    if fen == 0:
        return "零元整"
    whole, cents = divmod(abs(fen), 100)
    sign = "负" if fen < 0 else ""
    return sign + (_whole(whole) + "元" if whole else "") + _cents(whole, cents)


def _check(fen: int) -> None:
    if type(fen) is not int:
        raise TypeError(f"money is whole fen, not {type(fen).__name__}")
    if abs(fen) >= LIMIT:
        raise AmountTooLarge("金额超过 9999 亿元，无法打印，请核对金额。")


def _whole(yuan_: int) -> str:
    """Whole yuan without the sign 元: four places to a section, one 零 for each gap."""
    text, gap = "", False
    for unit, scale in zip(_SECTIONS, (10**8, 10**4, 1), strict=True):
        section = yuan_ // scale % 10**4
        if not section:
            gap = bool(text)
            continue
        if text and (gap or section < 1000):
            text += "零"
        text, gap = text + _section(section) + unit, False
    return text


def _section(number: int) -> str:
    text, gap = "", False
    for digit, place in zip(f"{number:04d}", _PLACES, strict=True):
        if digit == "0":
            gap = bool(text)
            continue
        text, gap = text + ("零" if gap else "") + _DIGITS[int(digit)] + place, False
    return text


def _cents(whole: int, cents: int) -> str:
    jiao, fen = divmod(cents, 10)
    if not cents:
        return "整"
    bridge = "零" if whole and (not jiao or whole % 10 == 0) else ""
    dimes = _DIGITS[jiao] + "角" if jiao else ""
    return bridge + dimes + (_DIGITS[fen] + "分" if fen else "整")
