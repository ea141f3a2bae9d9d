"""One record on the tablet: its steps, kept within two seconds of every touch."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from client.core import icons
from client.core.api import Api
from client.core.entry import SHANGHAI
from client.core.settings import Settings
from client.emr import sections
from client.emr.copies import Copies, Copy
from client.emr.exam import ExamPane
from client.emr.handing import HandoverHead
from client.emr.scoring import ScoreCard
from client.emr.sections import STEPS, Due
from client.emr.series import Series
from client.emr.sheet import Fields
from client.emr.shelf import Shelf
from client.emr.stamps import moment
from client.emr.steps import Column, StepBar
from client.emr.summary import SummaryPane
from client.emr.tasks import TaskCard
from client.emr.touch import PHRASES
from client.emr.treating import DiagnosisPane, TreatmentPane
from client.emr.vitals import vital_series
from client.emr.writing import SignaturePane
from resources import dictionaries
from resources.emr import scores

WITHIN = 1000  # ms from a touch to the stored copy


class RecordScreen(QWidget):
    """Steps at the side, the chosen one beside them, what to do at the bottom."""

    left = Signal()  # back to the tasks
    saved = Signal()  # the user asks to send what was typed
    verb = Signal(str)  # what the summary's buttons ask for

    def __init__(
        self, copy: Copy, copies: Copies, shelf: Shelf, api: Api, settings: Settings
    ) -> None:
        super().__init__()
        self.setObjectName("record_screen")
        self.copy, self._copies = copy, copies
        self._shelf, self._api, self._settings = shelf, api, settings
        self.cards: list[Fields] = []
        self._strict = False  # words beside empty fields come once the end was reached
        self._shows: list[Callable[[Any], None]] = []
        self._timer = QTimer(self, singleShot=True, interval=WITHIN)
        self._timer.timeout.connect(self.keep)
        self._due = QTimer(self, singleShot=True, interval=150)
        self._due.timeout.connect(self._show_due)
        self._build()
        self.show_copy()
        self.go(sections.TASK)

    # --- building

    def _build(self) -> None:
        self.bar = StepBar(STEPS)
        self.bar.chosen.connect(self.go)
        self.stack = QStackedWidget()
        self.columns = [Column(f"step_{number}_page") for number in range(len(STEPS))]
        for column in self.columns:
            self.stack.addWidget(column)
        self._fill()
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.bar)
        body.addWidget(self.stack, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self._build_head())
        whole.addLayout(body, 1)
        whole.addLayout(self._build_foot())

    def _build_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(14)
        back = QPushButton(icons.icon("arrow-left"), "任务")
        back.setObjectName("record_back")
        back.clicked.connect(lambda _: self.left.emit())
        self.title = QLabel()
        self.title.setProperty("role", "heading")
        self.status = QLabel()
        self.status.setObjectName("record_status")
        for widget in (back, self.title):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.status)
        return head

    def _build_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 8, 12, 8)
        foot.setSpacing(8)
        self.kept = QLabel()
        self.kept.setObjectName("record_kept")
        self.kept.setProperty("role", "muted")
        self.back, self.on = QPushButton("上一步"), QPushButton("下一步")
        self.save = QPushButton(icons.icon("cloud-arrow-up"), "上传")
        self.save.clicked.connect(lambda _: self.saved.emit())
        self.back.clicked.connect(lambda _: self.go(self.step - 1))
        self.on.clicked.connect(lambda _: self.go(self.step + 1))
        self.on.setProperty("role", "primary")
        for button, name in ((self.save, "save"), (self.back, "back"), (self.on, "next")):
            button.setObjectName(f"record_{name}")
            button.setAutoDefault(False)
        foot.addWidget(self.kept, 1)
        for button in (self.save, self.back, self.on):
            foot.addWidget(button)
        return foot

    def _fill(self) -> None:
        """Put the cards of every step into its column."""
        task = self._shelf.task(self.copy.task_code)
        if task is not None:
            self.columns[sections.TASK].add(TaskCard(task))
        for step, parts in sections.PARTS.items():
            if step == sections.HANDOVER:
                self._add(step, HandoverHead())
            for part in parts:
                self._add_fields(step, part.title, part.rows)
        self.exam = ExamPane(self._api, self._settings)
        self.vitals = vital_series(self._api, self._settings)
        self.scores = [ScoreCard(scale) for scale in (scores.GCS, scores.TI_SH2015)]
        self.treatments = TreatmentPane(self._api, self._settings, self._shelf)
        self.summary = SummaryPane()
        self.summary.verb.connect(self.verb)
        self.summary.chosen.connect(self.go_to)
        self._add(sections.EXAM, self.exam)
        self._add(sections.VITALS, self.vitals)
        for card in self.scores:
            self._add(sections.SCORES, card)
        self._add(sections.SCORES, DiagnosisPane(self._api, self._settings))
        self._add(sections.TREATMENT, self.treatments)
        self._add(sections.HANDOVER, SignaturePane())
        self._add(sections.SUMMARY, self.summary)

    def _add_fields(self, step: int, title: str, rows: Any) -> None:
        card = Fields(self.copy.mine, rows, self._api, self._settings, title=title, phrases=PHRASES)
        card.changed.connect(lambda _: self.touched())
        self.cards.append(card)
        self._shows.append(card.show_message)
        self.columns[step].add(card)

    def _add(self, step: int, pane: Any) -> None:
        pane.changed.connect(self._filled if isinstance(pane, HandoverHead) else self.touched)
        self._shows.append(pane.show_record)
        for series in (*pane.findChildren(Series), pane):
            if isinstance(series, Series):
                series.added.connect(lambda card: self._bring(step, card))
        self.columns[step].add(pane)

    # --- what is shown

    def show_copy(self) -> None:
        """Show the copy as it is now; what is being typed is left alone."""
        record = self.copy.mine
        for show in self._shows:
            show(record)
        name = record.name or "姓名未知"
        self.title.setText(f"{name}　{record.record_no or '新病历'}　任务 {record.serial_no}")
        for column in self.columns[: sections.SUMMARY]:
            column.widget().setEnabled(self.copy.is_open)
        for card in self.cards:
            card.setEnabled(self.copy.is_open)
        self._show_state()

    def go(self, step: int) -> None:
        """Show a step."""
        step = max(0, min(step, len(STEPS) - 1))
        self.step = step
        self._strict = self._strict or step == sections.SUMMARY
        self.bar.show_step(step)
        self.stack.setCurrentIndex(step)
        self.back.setEnabled(step > 0)
        self.on.setEnabled(step < len(STEPS) - 1)
        if self._timer.isActive():
            self.keep()
        else:
            self._show_due()

    def go_to(self, due: Due) -> None:
        """Show where something is due and put the cursor there."""
        self.go(due.step)
        for card in self.cards:
            if due.path in card.fields:
                box = card.fields[due.path]
                self.columns[due.step].ensureWidgetVisible(box)
                box.editor.setFocus()
        if due.path.startswith("exam"):
            self.exam.show_all()

    def touched(self) -> None:
        """Something was typed: it will be on the disk within a second or so."""
        if not self._timer.isActive():
            self._timer.start()
        self.kept.setText("正在保存到本机…")
        self._due.start()

    def flush(self) -> None:
        """Put what was typed a moment ago into the store, if it is not there yet."""
        if self._timer.isActive():
            self.keep()

    def hideEvent(self, event: QHideEvent) -> None:
        """Out of sight, on the disk."""
        super().hideEvent(event)
        self.flush()

    def keep(self) -> None:
        """Put what was typed into the local store now."""
        self._timer.stop()
        self.copy.trouble = ""
        self._copies.keep(self.copy)
        self.kept.setText(f"已保存到本机 {moment().astimezone(SHANGHAI):%H:%M:%S}")
        self._show_state()

    def _bring(self, step: int, card: QWidget) -> None:
        """Scroll to a new card, once it has its place."""
        QTimer.singleShot(50, card, lambda: self.columns[step].ensureWidgetVisible(card, 0, 400))

    def _filled(self) -> None:
        self.show_copy()
        self.touched()

    def _show_state(self) -> None:
        text, tone = self.copy.status()
        self.status.setText(text)
        self.status.setProperty("tone", tone)
        self.status.style().polish(self.status)
        self.save.setEnabled(self.copy.is_open)
        self._show_due()

    def _show_due(self) -> None:
        record, now = self.copy.mine, moment()
        found = sections.due(record, now) if self.copy.is_open else []
        for step in range(len(STEPS)):
            self.bar.show_due(step, sum(each.step == step for each in found))
        marks = {each.path: each.text for each in found}
        for card in self.cards:
            own = {name: text for name, text in marks.items() if name in card.fields}
            typed = card.faults()
            card.show_marks({**own, **typed} if self._strict else typed, own)
            card.show_only(lambda name: sections.belongs(record, name))
        self.exam.show_marks(_exam_marks(found))
        warned = sections.warnings(record, now) if self.copy.is_open else []
        self.summary.show_state(self.copy, found, warned)


def _exam_marks(found: list[Due]) -> dict[str, str]:
    """Which items of the examination are due, from the rules' texts."""
    labels = dictionaries.codes("emr_exam_item")
    texts = [each.text for each in found if each.step == sections.EXAM]
    return {item: text for item, label in labels.items() for text in texts if text.endswith(label)}
