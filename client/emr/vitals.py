"""Vital signs as a series of sets; the next one starts from the last."""

from collections.abc import Sequence
from typing import Any

from client.core.api import Api
from client.core.settings import Settings
from client.emr.sections import MEASURED, STATE_ROWS, VITAL_ROWS
from client.emr.series import Series
from client.emr.stamps import fresh_key, stamp
from protos.emr import case_record_pb2 as pb
from resources.emr.words import clock

_NEXT = {pb.SCENE: pb.CARRYING, pb.CARRYING: pb.TRANSPORT, pb.TRANSPORT: pb.HOSPITAL}


class VitalSeries(Series):
    """The sets of one record: values typed are measured ones."""

    def show_record(self, record: pb.CaseRecord) -> None:
        """Show the sets of a record and keep them up to date from now on."""
        self.show_message(record)

    def settle_states(self) -> None:
        """What has a value was measured; what lost it is open again."""
        for entry in self.entries:
            for name, state in MEASURED.items():
                present = entry.HasField(name)
                if present:
                    setattr(entry, state, pb.MEASURED)
                elif getattr(entry, state) == pb.MEASURED:
                    setattr(entry, state, pb.UNSET)


def vital_series(api: Api, settings: Settings) -> VitalSeries:
    """The series of a record's vital signs; ``vital_sets.add`` adds a set."""
    made = VitalSeries(
        "vital_sets",
        "一组体征",
        lambda _: [*VITAL_ROWS, *STATE_ROWS],
        api,
        settings,
        start=_start,
        folded=[name for row in STATE_ROWS for name in row],
        unfold="拒测、测不出、未测…",
        title=lambda number, entry: f"第 {number + 1} 组　{clock(entry.measured_at)}",
    )
    made.changed.connect(made.settle_states)
    return made


def _start(entry: Any, before: Sequence[Any]) -> None:
    """A new set takes the last one's oxygen and consciousness, and the next period."""
    entry.client_key = fresh_key()
    entry.measured_at.CopyFrom(stamp())
    entry.period = pb.SCENE
    if before:
        last = before[-1]
        entry.period = _NEXT.get(last.period, last.period)
        entry.consciousness = last.consciousness
        entry.on_oxygen = last.on_oxygen
        if last.HasField("oxygen_flow"):
            entry.oxygen_flow = last.oxygen_flow
