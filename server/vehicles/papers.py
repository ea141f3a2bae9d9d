"""What of a vehicle runs out and when: inspection, insurance, permits, extinguisher."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Protocol

from protos.vehicles import vehicle_pb2 as pb

_TERMS = (
    ("inspection_until_on", "年检"),
    ("compulsory_until_on", "交强险"),
    ("commercial_until_on", "商业险"),
    ("siren_permit_until_on", "警报器使用证"),
    ("extinguisher_until_on", "灭火器"),
)
BINDING = ("inspection_until_on", "compulsory_until_on")  # without these it may not drive
_LEVELS = ((7, pb.Vehicle.DUE_7), (30, pb.Vehicle.DUE_30), (60, pb.Vehicle.DUE_60))
_LABELS = dict(_TERMS)


class Papers(Protocol):
    """What has these dates: the record; ends are the last day that counts."""

    inspection_until_on: date | None
    compulsory_until_on: date | None
    commercial_until_on: date | None
    siren_permit_until_on: date | None
    extinguisher_until_on: date | None


def earliest(vehicle: Papers) -> date | None:
    """The first day on which something of the vehicle ends."""
    return min((end for _, end in _ends(vehicle) if end), default=None)


def lacking(vehicle: Papers, day: date) -> list[str]:
    """The papers without which it may not drive on that day: expired or never entered."""
    found = []
    for name in BINDING:
        end = getattr(vehicle, name)
        if end is None:
            found.append(f"{_LABELS[name]}未登记")
        elif end < day:
            found.append(f"{_LABELS[name]}已于{end}到期")
    return found


def notice(ends: Mapping[str, date | None], day: date) -> str:
    """What runs out within 60 days or has run out, the most pressing first."""
    near = sorted((end, _LABELS[name]) for name, end in ends.items() if end)
    return "；".join(_phrase(label, (end - day).days) for end, label in near if _near(end, day))


def level(ends: Mapping[str, date | None], day: date) -> pb.Vehicle.Papers.ValueType:
    """How pressing the nearest end is; incomplete while a binding paper was never entered."""
    known = [(end - day).days for end in ends.values() if end]
    left = min(known, default=None)
    if left is not None and left < 0:
        return pb.Vehicle.EXPIRED
    if any(ends.get(name) is None for name in BINDING):
        return pb.Vehicle.INCOMPLETE
    assert left is not None  # the binding ones are there
    return next((mark for days, mark in _LEVELS if left <= days), pb.Vehicle.VALID)


def ends_of(message: pb.Vehicle) -> dict[str, date | None]:
    """The ends as a message states them."""
    texts = {name: getattr(message, name) for name, _ in _TERMS}
    return {name: date.fromisoformat(text) if text else None for name, text in texts.items()}


def _ends(vehicle: Papers) -> Iterator[tuple[str, date | None]]:
    for name, label in _TERMS:
        yield label, getattr(vehicle, name)


def _near(end: date, day: date) -> bool:
    return (end - day).days <= _LEVELS[-1][0]


def _phrase(label: str, left: int) -> str:
    if left < 0:
        return f"{label}已过期{-left}天"
    return f"{label}还有{left}天到期" if left else f"{label}今天到期"
