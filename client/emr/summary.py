"""The last step: what is still due, what must be acknowledged, signing and printing."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from client.core import icons
from client.core.flow import FlowLayout
from client.emr.copies import Copy
from client.emr.sections import STEPS, Due
from client.emr.touch import Chip
from protos.emr.case_record_pb2 import CaseRecord
from resources.emr.rules import Finding

SHOWN = 12
_SIGNED = (CaseRecord.SUBMITTED, CaseRecord.REVIEWED, CaseRecord.ARCHIVED)


class SummaryPane(QFrame):
    """Buttons: ``sign``, ``resolve``, ``print_case``, ``print_handover``, ``sign_pdf``."""

    changed = Signal()  # never: what stands here is no part of the record
    verb = Signal(str)
    chosen = Signal(object)  # Due

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.note = QLabel()
        self.note.setObjectName("summary_note")
        self.note.setWordWrap(True)
        self._rows = QVBoxLayout()
        self.acknowledged: dict[str, Chip] = {}
        self.buttons: dict[str, QPushButton] = {}
        self._shown: list[QWidget] = []
        self._state: object = None
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        heading = QLabel("签名与打印")
        heading.setProperty("role", "heading")
        column.addWidget(heading)
        column.addWidget(self.note)
        column.addLayout(self._rows)
        flow = FlowLayout()
        for name, text, icon in (
            ("sign", "签名提交", "pen-nib"),
            ("resolve", "处理冲突", "git-merge"),
            ("print_case", "预览病历单", "printer"),
            ("print_handover", "预览交接单", "printer"),
            ("sign_pdf", "签名病历并存档", "circle-wavy-check"),
        ):
            primary = name == "sign"
            button = QPushButton(icons.icon(icon, "on_accent" if primary else "accent"), text)
            button.setObjectName(name)
            button.setProperty("role", "primary" if primary else "")
            button.clicked.connect(lambda _, name=name: self.verb.emit(name))
            self.buttons[name] = button
            flow.addWidget(button)
        column.addLayout(flow)

    def show_record(self, record: CaseRecord) -> None:
        """Nothing of the record is edited here."""

    def show_state(self, copy: Copy, due: Sequence[Due], warned: Sequence[Finding]) -> None:
        """Show what stands in the way of signing, and what can be done."""
        state = (tuple(due), tuple((w.rule, w.fault) for w in warned))
        if state != self._state:
            self._state = state
            self._show_rows(due, warned)
        record = copy.mine
        signed = record.state in _SIGNED
        self.note.setText(_note(copy, due))
        self._ready = not due and copy.is_open and not record.conflicts
        self._show_sign()
        self.buttons["resolve"].setVisible(bool(record.conflicts))
        self.buttons["sign_pdf"].setVisible(signed)
        self.buttons["sign_pdf"].setEnabled(signed and not record.HasField("pdf_archived_at"))
        for name in ("print_case", "print_handover"):
            self.buttons[name].setEnabled(bool(record.record_no))
            self.buttons[name].setToolTip("" if record.record_no else "上传后才有病历号，才能打印")

    def _show_sign(self) -> None:
        known = all(chip.isChecked() for chip in self.acknowledged.values())
        self.buttons["sign"].setEnabled(self._ready and known)

    def _show_rows(self, due: Sequence[Due], warned: Sequence[Finding]) -> None:
        ticked = {rule for rule, chip in self.acknowledged.items() if chip.isChecked()}
        for widget in self._shown:
            self._rows.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._shown, self.acknowledged = [], {}
        for number, each in enumerate(due[:SHOWN]):
            self._add(self._due_button(number, each))
        for rule in dict.fromkeys(finding.rule for finding in warned):
            texts = "；".join(each.fault.text for each in warned if each.rule == rule)
            chip = Chip(f"已知悉：{texts}", f"acknowledge.{rule}")
            chip.setChecked(rule in ticked)
            chip.clicked.connect(lambda _: self._show_sign())
            self.acknowledged[rule] = chip
            self._add(chip)

    def _due_button(self, number: int, due: Due) -> QPushButton:
        button = QPushButton(icons.icon("warning-circle", "bad"), f"{STEPS[due.step]}：{due.text}")
        button.setObjectName(f"due_{number}")
        button.setProperty("role", "link")
        button.clicked.connect(lambda _: self.chosen.emit(due))
        return button

    def _add(self, widget: QWidget) -> None:
        self._shown.append(widget)
        self._rows.addWidget(widget)

    _ready = False


def _note(copy: Copy, due: Sequence[Due]) -> str:
    record = copy.mine
    if copy.submit:
        return "已签名，内容已锁定；连上服务器后自动提交。"
    if record.state in _SIGNED:
        done = "已存档。" if record.HasField("pdf_archived_at") else "请签名病历并存档。"
        return f"{record.signer_name} 已签名提交。{record.issue_note}　{done}"
    if copy.trouble:
        return f"服务器没有接收：{copy.trouble}"
    if record.return_reason:
        return f"已退回：{record.return_reason}"
    more = f"（只列出前 {SHOWN} 项）" if len(due) > SHOWN else ""
    return f"签名前还有 {len(due)} 项要填，点一下就到那里{more}：" if due else "可以签名了。"
