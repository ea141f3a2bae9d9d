"""A score as big choices; its sum and band follow by themselves from the shared tables."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from client.core.flow import FlowLayout
from client.emr.stamps import fresh_key, stamp
from client.emr.touch import Chip
from protos.emr import case_record_pb2 as pb
from resources.emr import scores
from resources.emr.scores import NOT_TESTABLE, Component, Scale


class ScoreCard(QFrame):
    """One scale of a record: a row of choices per component, the total above.

    Choices are named ``<scale>.<component>:<points>``, the total ``<scale>.total``.
    """

    changed = Signal()

    def __init__(self, scale: Scale) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.scale = scale
        self._record: Any = None
        self.chips: dict[str, Chip] = {}
        self.total = QLabel()
        self.total.setObjectName(f"{scale.code}.total")
        self.total.setProperty("role", "total")
        self.advice = QLabel()
        self.advice.setProperty("tone", "bad")
        clear = QPushButton("清除")
        clear.setObjectName(f"{scale.code}.clear")
        clear.clicked.connect(lambda _: self._clear())
        head = QHBoxLayout()
        title = QLabel(scale.name)
        title.setProperty("role", "heading")
        for widget in (title, self.total, self.advice):
            head.addWidget(widget)
            head.addSpacing(12)
        head.addStretch(1)
        head.addWidget(clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.addLayout(head)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(10)
        column.addLayout(grid)
        for row, component in enumerate(scale.components):
            grid.addWidget(QLabel(component.label), row, 0)
            grid.addLayout(self._choices(component), row, 1)

    @property
    def entry(self) -> Any:
        """The score in the record, or None."""
        found = (each for each in self._record.scores if each.scale == self.scale.code)
        return next(found, None)

    def show_record(self, record: pb.CaseRecord) -> None:
        """Show the score of a record and keep it up to date from now on."""
        self._record = record
        picks = set(self.entry.picks) if self.entry is not None else set()
        for pick, chip in self.chips.items():
            chip.setChecked(pick in picks)
        self._show_total(sorted(picks))

    def _choices(self, component: Component) -> FlowLayout:
        flow = FlowLayout(spacing=6)
        options = {str(points): text for points, text in component.options.items()}
        if component.may_be_untestable:
            options[NOT_TESTABLE] = "不能测"
        for points, text in options.items():
            pick = f"{component.code}:{points}"
            shown = text if points == NOT_TESTABLE else f"{points}　{text}"
            chip = Chip(shown, f"{self.scale.code}.{pick}")
            chip.setProperty("role", "score")
            chip.clicked.connect(lambda on, c=component, pick=pick: self._tapped(c, pick, on))
            self.chips[pick] = chip
            flow.addWidget(chip)
        return flow

    def _tapped(self, component: Component, pick: str, on: bool) -> None:
        if on and not component.several:
            for other, chip in self.chips.items():
                if other.startswith(f"{component.code}:"):
                    chip.setChecked(other == pick)
        self._take([pick for pick, chip in self.chips.items() if chip.isChecked()])

    def _take(self, picks: list[str]) -> None:
        entry = self.entry
        if entry is None:
            entry = self._record.scores.add(scale=self.scale.code, client_key=fresh_key())
            entry.scored_at.CopyFrom(stamp())
        del entry.picks[:]
        entry.picks.extend(picks)
        result = self._show_total(picks)
        if result.total is None:
            entry.ClearField("total")
        else:
            entry.total = result.total
        entry.band = result.band.label if result.band else ""
        self.changed.emit()

    def _show_total(self, picks: list[str]) -> scores.Result:
        result = scores.compute(self.scale.code, picks)
        self.total.setText(result.text if picks else "")
        critical = result.band is not None and result.band.critical
        self.advice.setText("建议：病情分类 危重，病情预报 报" if critical else "")
        return result

    def _clear(self) -> None:
        kept = [each for each in self._record.scores if each.scale != self.scale.code]
        fresh = pb.CaseRecord(scores=kept)
        del self._record.scores[:]
        self._record.scores.extend(fresh.scores)
        self.show_record(self._record)
        self.changed.emit()
