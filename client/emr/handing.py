"""What the handover takes over from the rest of the record by one tap."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from client.core import icons
from client.emr import treating
from client.emr.stamps import stamp
from protos.emr import case_record_pb2 as pb

_SIGNS = {
    "handover_pulse": "pulse",
    "handover_rr": "rr",
    "handover_sbp": "sbp",
    "handover_dbp": "dbp",
    "handover_spo2": "spo2",
}


class HandoverHead(QFrame):
    """The button ``handover_fill``: diagnosis, treatment, last signs, place and time."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._record: Any = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        fill = QPushButton(icons.icon("magic-wand", "accent"), "从病历带入：诊断、处理、末次体征")
        fill.setObjectName("handover_fill")
        fill.clicked.connect(lambda _: self._fill())
        row.addWidget(fill)
        row.addStretch(1)

    def show_record(self, record: pb.CaseRecord) -> None:
        """Take over from this record from now on."""
        self._record = record

    def _fill(self) -> None:
        take_over(self._record)
        self.changed.emit()


def take_over(record: pb.CaseRecord) -> None:
    """Fill what is still empty in the handover; what was typed stays."""
    record.handover_diagnosis = record.handover_diagnosis or treating.diagnoses(record)[:200]
    record.handover_treatment = record.handover_treatment or treating.summary(record)[:300]
    record.receive_unit = record.receive_unit or record.send_address[:50]
    if not record.HasField("handover_at"):
        record.handover_at.CopyFrom(stamp())
    if record.vital_sets:
        last = record.vital_sets[-1]
        for name, source in _SIGNS.items():
            if not record.HasField(name) and last.HasField(source):  # type: ignore[arg-type]
                setattr(record, name, getattr(last, source))
        record.handover_consciousness = record.handover_consciousness or last.consciousness
