"""How this workstation prints: printers for each kind of document, bill printers, calibrations.

It is kept for the workstation, whoever uses it: printers and their paper stay where they are.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from client.core.queues import LONG_EDGE, ONE_SIDED, PrintError, Queue
from client.core.settings import Settings
from resources.print.core.overlay import PLAIN, Calibration

_KINDS, _BILLS, _CALIBRATIONS, _FED = (
    "print.kinds",
    "print.bills",
    "print.calibrations",
    "print.fed",
)
_FORMAT = "amb-calibrations-1"


@dataclass(frozen=True)
class Preference:
    """How one kind of document is printed here."""

    queue: str = ""
    copies: int = 1
    duplex: bool = False
    over: bool = False  # on pre-printed forms: only the entries
    paper: str = ""  # another than the form's own

    @property
    def sides(self) -> str:
        """As IPP says it."""
        return LONG_EDGE if self.duplex else ONE_SIDED


class Printers:
    """What this workstation knows of its printers; each question reads what was last set."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def preference(self, form: str) -> Preference:
        """How documents of this kind are printed; plainly if nobody said."""
        kept: dict[str, Any] = self._value(_KINDS).get(form, {})
        return Preference(**kept)

    def prefer(self, form: str, preference: Preference) -> None:
        """Print documents of this kind so from now on."""
        self._put(_KINDS, form, asdict(preference))

    def chosen(self) -> frozenset[str]:
        """Every queue that some kind of document, or bills, are printed on here."""
        kept = (value.get("queue", "") for value in self._value(_KINDS).values())
        return frozenset(name for name in kept if name) | self.bill_queues()

    def bill_queues(self) -> frozenset[str]:
        """The queues that have the paper of bills in them."""
        return frozenset(self._value(_BILLS))

    def mark_bill(self, queue: str, *, bill: bool) -> None:
        """Say whether a queue is for bills."""
        self._put(_BILLS, queue, bill or None)

    def usable(self, known: list[Queue], *, bill: bool) -> list[Queue]:
        """The queues a document may go to: bills only to bill printers, others to these last."""
        marked = self.bill_queues()
        if bill:
            return [queue for queue in known if queue.name in marked]
        return sorted(known, key=lambda queue: queue.name in marked)

    def refuse(self, queue: str, *, bill: bool) -> None:
        """PrintError for a bill on a printer that is not for bills."""
        if bill and queue not in self.bill_queues():
            raise PrintError(f"“{queue}”不是票据打印机，票据没有打印；请在“打印设置”中选定")

    def calibration(self, form: str, queue: str) -> Calibration:
        """How this queue is off with this form."""
        kept: dict[str, Any] = self._value(_CALIBRATIONS).get(_key(form, queue), {})
        return Calibration(**kept) if kept else PLAIN

    def calibrate(self, form: str, queue: str, calibration: Calibration) -> None:
        """Keep a calibration; the paper counts as just put in."""
        self._put(_CALIBRATIONS, _key(form, queue), asdict(calibration))
        self.put_in(form, queue)

    def fed(self, form: str, queue: str) -> int:
        """Sheets that went through since the paper was put in."""
        return int(self._value(_FED).get(_key(form, queue), 0))

    def feed(self, form: str, queue: str, sheets: int) -> None:
        """So many sheets more went through."""
        self._put(_FED, _key(form, queue), self.fed(form, queue) + sheets)

    def put_in(self, form: str, queue: str) -> None:
        """The paper was put in afresh: its first sheet lies right."""
        self._put(_FED, _key(form, queue), None)

    def exported(self) -> str:
        """Every calibration as text, to be kept in a file."""
        kept = {"format": _FORMAT, "calibrations": self._value(_CALIBRATIONS)}
        return json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True)

    def take_in(self, text: str) -> int:
        """Keep the calibrations of an exported text; answers how many.

        PrintError if it is none, and then nothing is changed.
        """
        try:
            found = json.loads(text)
            if found["format"] != _FORMAT:
                raise ValueError(found["format"])
            kept = {str(key): asdict(Calibration(**v)) for key, v in found["calibrations"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PrintError("这不是套打校准文件，没有导入") from error
        station = self._settings.station
        station.set(_CALIBRATIONS, {**self._value(_CALIBRATIONS), **kept})
        return len(kept)

    def _value(self, name: str) -> dict[str, Any]:
        return dict(self._settings.station.value(name, {}))

    def _put(self, name: str, key: str, value: object) -> None:
        values = self._value(name)
        values.pop(key, None)
        if value is not None:
            values[key] = value
        self._settings.station.set(name, values)


def _key(form: str, queue: str) -> str:
    return f"{form}|{queue}"
