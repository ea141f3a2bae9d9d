"""What people may do, kept for a short while so that not every call reads every grant."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

_SECONDS = 30.0


@dataclass(frozen=True)
class Rights:
    """What a person may do and how far the person sees; None = everything."""

    permissions: frozenset[str]
    departments: frozenset[int] | None
    roles: tuple[str, ...]
    lent: Mapping[str, str]  # permissions held only in place of somebody: whose name


class RightsCache:
    """Rights by person, as of the person's version, for half a minute at most.

    A changed role counts at once in the process that changed it, in others when that time is over.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[int, tuple[float, int, Rights]] = {}

    def of(self, person_id: int, version: int, now: datetime, read: Callable[[], Rights]) -> Rights:
        """The rights of a person, read again when old or when the person changed."""
        stamp = now.timestamp()
        with self._lock:
            kept = self._kept.get(person_id)
        if kept and kept[1] == version and stamp - kept[0] < _SECONDS:
            return kept[2]
        rights = read()
        with self._lock:
            self._kept[person_id] = (stamp, version, rights)
        return rights

    def forget(self) -> None:
        """Read everybody's rights again at their next call."""
        with self._lock:
            self._kept.clear()


RIGHTS = RightsCache()
