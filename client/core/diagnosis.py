"""Which part is ill: server, key, printer, input method; and a bundle for support."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from client.core import style
from client.core.checks import Checks
from client.core.client_log import bundle
from client.core.findings import PARTS, Finding, verdict
from client.core.session import Connection, Keeper
from client.core.settings import write_atomically
from client.core.status_line import StatusLine
from client.core.ukey import KeyWorker


class DiagnosisPage(QWidget):
    """The findings, a line to try the input method in, and the bundle."""

    title = "诊断"

    def __init__(
        self,
        connection: Connection,
        keys: KeyWorker,
        keeper: Keeper,
        parent: QWidget | None = None,
        more: Callable[[], Finding] | None = None,
    ) -> None:
        super().__init__(parent)
        self._home, self._more = connection.config.home, more
        self._findings: dict[str, Finding] = {}
        self._lines: dict[str, StatusLine] = {}
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(24, 20, 24, 20)
        heading = QLabel("诊断", self)
        heading.setProperty("role", "title")
        layout.addWidget(heading)
        layout.addWidget(self._card())
        layout.addLayout(self._buttons())
        layout.addStretch()
        area = QScrollArea(self)  # large letters want more than a small screen has
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        self._checks = Checks(connection, keys, keeper, self)
        self._checks.found.connect(self._show)
        self.refresh()

    def refresh(self) -> None:
        """Look at everything again."""
        self._checks.run()
        if self._more is not None:
            self._show(self._more())

    def save_bundle(self, path: Path) -> None:
        """Write the bundle; raises OSError and leaves no partial file."""
        write_atomically(path, bundle(list(self._findings.values()), self._home))

    def _show(self, finding: Finding) -> None:
        self._findings[finding.what] = finding
        self._say(finding)
        self._say(verdict(list(self._findings.values())))

    def _say(self, finding: Finding) -> None:
        sign = {"good": "check-circle", "bad": "x-circle", "warn": "warning-circle"}
        self._lines[finding.what].say(sign.get(finding.tone, "info"), finding.text, finding.tone)

    def _card(self) -> QFrame:
        card = QFrame(self)
        card.setProperty("role", "card")
        form = QFormLayout(card)
        form.setContentsMargins(16, 14, 16, 14)
        form.setHorizontalSpacing(20)
        more = ("自动刷新",) if self._more is not None else ()
        for what in ("结论", *PARTS, *more, "屏幕与字体", "版本", "系统部件"):
            self._lines[what] = StatusLine(card)
            form.addRow(what, self._lines[what])
        trial = QLineEdit(card)
        trial.setPlaceholderText("在这里试打一行中文")
        form.addRow("试输入", trial)
        return card

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for text, slot in (("重新检查", self.refresh), ("保存诊断包…", self._save)):
            button = QPushButton(text, self)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _, slot=slot: slot())
            row.addWidget(button)
        self._saved = QLabel("诊断包只含版本、状态和运行日志，不含病人资料。", self)
        self._saved.setProperty("role", "muted")
        row.addWidget(self._saved, 1)
        return row

    def _save(self) -> None:
        name = f"诊断包-{datetime.now().astimezone():%Y%m%d-%H%M}.zip"
        chosen, _ = QFileDialog.getSaveFileName(self, "保存诊断包", name, "压缩包 (*.zip)")
        if not chosen:
            return
        try:
            self.save_bundle(Path(chosen))
        except OSError as error:
            self._saved.setText(f"没有保存：{error.strerror}，请换一个位置再试")
        else:
            self._saved.setText(f"已保存到 {chosen}")


class DiagnosisDialog(QDialog):
    """The same before anyone is logged in."""

    def __init__(
        self, connection: Connection, keys: KeyWorker, keeper: Keeper, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("诊断")
        self.page = DiagnosisPage(connection, keys, keeper, self)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.page)
        em = self.fontMetrics().height()
        self.resize(style.within_screen(self, em * 50, em * 30))
