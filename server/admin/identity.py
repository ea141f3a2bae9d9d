"""Identity cards after GB 11643: checksum, birth date and sex they state."""

from datetime import date
from typing import NamedTuple

from protos.admin import person_pb2 as pb

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


class Stated(NamedTuple):
    """What an identity card says of its holder."""

    birth_on: date
    sex: "pb.Person.Sex.ValueType"


def read_id_card(number: str) -> Stated:
    """What an 18-digit number states; raises ValueError with the reason in Chinese."""
    number = number.upper()
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    if _CHECKS[total % 11] != number[17]:
        raise ValueError("身份证号的校验位不对，请核对是否录错")
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise ValueError("身份证号里的出生日期不对，请核对是否录错") from None
    return Stated(birth, pb.Person.MALE if int(number[16]) % 2 else pb.Person.FEMALE)
