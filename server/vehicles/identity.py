"""How a vehicle is named in the world: its plate and its vehicle identification number."""

import re

_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_LETTERS = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9,
                                                2, 3, 4, 5, 6, 7, 8, 9), strict=True))  # fmt: skip
_CHECK_AT = 8


def plate_text(plate: str) -> str:
    """A plate as GA 36 prints it, with the dot behind the letter of the office: 沪A·D0120."""
    bare = re.sub(r"[·.\s]", "", plate).upper()
    return f"{bare[:2]}·{bare[2:]}"


def check_digit(vin: str) -> str:
    """The ninth character that GB 16735 demands for the other sixteen of a 17-character VIN."""
    values = (_LETTERS.get(letter) or int(letter) for letter in vin)
    rest = sum(value * weight for value, weight in zip(values, _WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def is_vin(vin: str) -> bool:
    """Whether a VIN of 17 well-formed characters carries the check digit it should."""
    return vin[_CHECK_AT] == check_digit(vin)
