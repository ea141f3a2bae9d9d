"""The page of the audit log: search, one entry whole, and the verification of all of it."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from client.core import icons, operations, style
from client.core.api import ApiError
from client.core.letters import VerbButton
from client.core.page import Page
from client.core.view import PageView
from protos import facts
from protos.admin import audit_pb2 as pb
from protos.common.list_pb2 import Empty

PATIENCE = 600.0  # seconds: a log of millions of rows takes its time


class VerdictDialog(QDialog):
    """What the verification found: whole, or each place that is not."""

    def __init__(self, verdict: pb.AuditVerdict, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("日志核验结果")
        self.resize(style.sized(self, 640, 360 if verdict.findings else 120))
        read = f"已核验 {verdict.rows:,} 条记录、{verdict.checkpoints:,} 个签名检查点。"
        whole = not verdict.findings
        found = "日志完整，没有被改动、删除或插入。" if whole else _broken(len(verdict.findings))
        self.summary = QLabel(f"{found}\n{read}")
        self.summary.setWordWrap(True)
        self.summary.setProperty("role", "heading" if whole else "fault")
        self.findings = QListWidget()
        self.findings.addItems(list(verdict.findings))
        self.findings.setVisible(not whole)
        buttons = QDialogButtonBox()
        buttons.addButton("关闭", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self.summary, self.findings, buttons):
            column.addWidget(widget)


def _broken(count: int) -> str:
    return f"日志不完整：发现 {count} 处问题，请保留现场并报告安全负责人。"


class AuditView(PageView):
    """The list of entries with the button that verifies the log."""

    def _build_bar(self) -> QHBoxLayout:
        bar = super()._build_bar()
        method = self.page.method("Verify")
        self.verify_action = QAction(facts.of_rpc(method).label, self)
        self.verify_action.triggered.connect(self.verify)
        label = self.verify_action.text()
        self.verify_button = VerbButton(label, self.letters.of("Verify", label))
        self.verify_button.setIcon(icons.icon("shield-check", "on_accent"))
        self.verify_button.setProperty("role", "primary")
        self.verify_button.setVisible(self.api.can(method))
        self.verify_button.clicked.connect(self.verify_action.trigger)
        self.verbs.insertWidget(0, self.verify_button)
        return bar

    def verify(self) -> None:
        """Have the whole log verified."""
        self.verify_button.setEnabled(False)
        self.verify_button.setText("正在核验…")
        method = self.page.method("Verify")
        self.api.call(method, Empty(), self, self._verified, self._not_verified, timeout=PATIENCE)

    def _verified(self, verdict: pb.AuditVerdict) -> None:
        self._ready()
        dialog = VerdictDialog(verdict, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _not_verified(self, error: ApiError) -> None:
        self._ready()
        operations.show_error(self, error, "没有核验")

    def _ready(self) -> None:
        self.verify_button.setEnabled(True)
        self.verify_button.setText(self.verify_action.text())


entries = Page(
    title="日志查询",
    service=pb.DESCRIPTOR.services_by_name["AuditService"],
    filters=["happened_at", "staff_no", "user_name", "label", "result", "record_id", "workstation"],
    columns=[
        "happened_at", "staff_no", "user_name", "label", "result", "reason", "changes",
        "subject", "signature", "workstation", "stream", "seq",
    ],
    form=[
        ["happened_at", "result"],
        ["staff_no", "user_name"],
        ["label", "workstation"],
        ["reason"],
        ["changes"],
        ["subject", "signature"],
        ["action", "record_kind"],
        ["stream", "seq"],
        ["detail"],
    ],
    view=AuditView,
    icon="notebook",
)  # fmt: skip
