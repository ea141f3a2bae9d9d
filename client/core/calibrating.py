"""套打校准: how far a printer is off with a form, found by a ruler page; the check of numbers."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRegularExpression
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from client.core.answers import answers
from client.core.background import background
from client.core.jobs import Jobs
from client.core.printers import Printers
from client.core.printing import Options, Progress
from client.core.queues import PrintError, Queue
from client.core.settings import Settings, write_atomically
from client.core.writers import disk_text
from resources.print.core import errors
from resources.print.core.calibrating import LAST, Measured, corrected, expected
from resources.print.core.overlay import DRIFT, LEAST, MOST, SHIFT, Calibration, draw_ruler
from resources.print.core.page import paper_of

_STEPS = (
    "1. 打印标尺页：先用普通纸，不要浪费票纸；打印机的进纸位置按平时摆好。\n"
    "2. 用直尺从纸的左边缘、上边缘量到十字的中心，把量得的毫米数填在下面，再按“计算”。\n"
    f"3. 连续纸：打印 {LAST} 张，量第 {LAST} 张左上十字到这张纸上边缘的距离，一并填入。\n"
    "4. 保存后再打一张标尺页，与票纸叠在一起对光看；不合适就再量一次。"
)


class CalibrationDialog(QDialog):
    """Plain steps, a ruler page, what was measured, and the values that follow from it."""

    def __init__(
        self,
        form: str,
        paper: str,
        queue: Queue,
        settings: Settings,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"套打校准 — {queue.name}")
        self._form, self._paper, self._queue, self._jobs = form, paper, queue, jobs
        self.printers = Printers(settings)
        self.known = self.printers.calibration(form, queue.name)
        sheet = paper_of(paper)
        aim = expected(sheet)
        self.measured = {
            "left": _spin(aim.left, 0, 500, 1, 0.5, "左上十字到左边缘"),
            "top": _spin(aim.top, 0, 500, 1, 0.5, "左上十字到上边缘"),
            "right": _spin(aim.right, 0, 500, 1, 0.5, "右上十字到左边缘"),
            "bottom": _spin(aim.bottom, 0, 500, 1, 0.5, "左下十字到上边缘"),
            "last": _spin(aim.top, 0, 500, 1, 0.5, f"第 {LAST} 张左上十字到上边缘"),
        }
        known = self.known
        self.values = {
            "dx": _spin(known.dx, -SHIFT, SHIFT, 2, 0.5, "向右偏移"),
            "dy": _spin(known.dy, -SHIFT, SHIFT, 2, 0.5, "向下偏移"),
            "scale_x": _spin(known.scale_x, LEAST, MOST, 4, 0.001, "横向倍数", ""),
            "scale_y": _spin(known.scale_y, LEAST, MOST, 4, 0.001, "纵向倍数", ""),
            "drift": _spin(known.drift, -DRIFT, DRIFT, 3, 0.1, "每张走纸误差"),
        }
        self.note = QLabel()
        self.note.setWordWrap(True)
        self._build()

    def _build(self) -> None:
        steps = QLabel(_STEPS)
        steps.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(steps)
        column.addLayout(
            self._row(
                ("打印标尺页", lambda: self.print_ruler(1)),
                (f"打印 {LAST} 张", lambda: self.print_ruler(LAST)),
                ("纸已重新装好", self.put_in),
            )
        )
        column.addWidget(_group("量得的位置（毫米）", self.measured))
        column.addLayout(self._row(("计算", self.compute)))
        column.addWidget(_group("校准值：向右、向下为正，可以直接改", self.values))
        column.addWidget(self.note)
        column.addLayout(self._row(("导出…", self.ask_export), ("导入…", self.ask_import)))
        column.addWidget(answers(self, "保存", "取消"))

    def _row(self, *entries: tuple[str, Callable[[], object]]) -> QHBoxLayout:
        row = QHBoxLayout()
        for text, slot in entries:
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, slot=slot: slot())
            row.addWidget(button)
        row.addStretch(1)
        return row

    def entered(self) -> Calibration:
        """The calibration as it stands in the fields."""
        return Calibration(**{name: spin.value() for name, spin in self.values.items()})

    def compute(self) -> None:
        """Fill the values that follow from what was measured."""
        found = Measured(**{name: spin.value() for name, spin in self.measured.items()})
        try:
            made = corrected(self.known, paper_of(self._paper), found)
        except errors.PrintError as error:
            self._say(str(error), "bad")
            return
        for name, spin in self.values.items():
            spin.setValue(getattr(made, name))
        self._say("已算好，保存后生效；请再打一张标尺页核对", "good")

    def print_ruler(self, sheets: int) -> None:
        """Print so many ruler pages as this printer is calibrated now, on plain paper."""
        fed = self.printers.fed(self._form, self._queue.name)

        def drawn(pdf: bytes) -> None:
            job = self._jobs.send("标尺页", pdf, self._queue, Options("标尺页"))
            job.told.connect(self._told)

        def failed(error: Exception) -> None:
            raise error

        self._say("正在打印标尺页…", "info")
        background().run(
            lambda: draw_ruler(self._paper, self.known, sheets=sheets, fed=fed), self, drawn, failed
        )

    def _told(self, found: Progress) -> None:
        self._say(f"标尺页：{found.text}", "good" if found.over else "info")

    def put_in(self) -> None:
        """The paper was put in afresh: feeding begins anew."""
        self.printers.put_in(self._form, self._queue.name)
        self._say("走纸从这一张重新算起", "good")

    def accept(self) -> None:
        """Keep for this workstation, printer and form."""
        self.printers.calibrate(self._form, self._queue.name, self.entered())
        super().accept()

    def ask_export(self) -> None:
        """Ask where to, then export."""
        name, _ = QFileDialog.getSaveFileName(self, "导出校准", "套打校准.json", "校准 (*.json)")
        if name:
            self.export(Path(name))

    def export(self, path: Path) -> None:
        """Write every calibration of this workstation into a file."""
        try:
            write_atomically(path, self.printers.exported().encode(), 0o644)
        except OSError as error:
            self._say(disk_text(error, path), "bad")
            return
        self._say(f"已导出到 {path}", "good")

    def ask_import(self) -> None:
        """Ask which file, then import."""
        name, _ = QFileDialog.getOpenFileName(self, "导入校准", "", "校准 (*.json)")
        if name:
            self.take_in(Path(name))

    def take_in(self, path: Path) -> None:
        """Take the calibrations of a file over, and show the one of this printer and form."""
        try:
            count = self.printers.take_in(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, PrintError) as error:
            text = str(error) if isinstance(error, PrintError) else "文件读不出来，没有导入"
            self._say(text, "bad")
            return
        self.known = self.printers.calibration(self._form, self._queue.name)
        for name, spin in self.values.items():
            spin.setValue(getattr(self.known, name))
        self._say(f"已导入 {count} 项校准", "good")

    def _say(self, text: str, tone: str) -> None:
        self.note.setText(text)
        self.note.setProperty("tone", tone)
        self.note.style().polish(self.note)


class NumberDialog(QDialog):
    """核对票号: the number on the paper is typed; another number stops the print."""

    def __init__(self, number: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("核对票纸号码")
        self._number = number
        head = QLabel(f"系统里的号码：{number}")
        head.setProperty("role", "title")
        hint = QLabel("请看打印机里将要打印的那张票纸，输入印在上面的号码。")
        self.typed = QLineEdit()
        self.typed.setMaxLength(20)
        self.typed.setAccessibleName("票纸上的号码")
        self.typed.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9A-Za-z]*")))
        self.fault = QLabel()
        self.fault.setProperty("role", "fault")
        self.fault.setWordWrap(True)
        self.fault.setMinimumHeight(self.fontMetrics().lineSpacing() * 3)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 40)
        buttons = answers(self, "号码一致，打印", "不打印")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        for widget in (head, hint, self.typed, self.fault, buttons):
            column.addWidget(widget)
        self.typed.setFocus()

    def accept(self) -> None:
        """Go on only if paper and system agree."""
        if self.typed.text().strip() != self._number:
            self.fault.setText(
                f"号码不一致：系统是 {self._number}。请取下这张票纸，换上号码一致的再打；"
                "票纸缺号请按“不打印”，报告票据管理员"
            )
            self.typed.selectAll()
            return
        super().accept()


def ask_number(number: str, parent: QWidget) -> NumberDialog:
    """The question for the number on the paper."""
    dialog = NumberDialog(number, parent)
    dialog.finished.connect(dialog.deleteLater)
    return dialog


def _group(title: str, spins: dict[str, QDoubleSpinBox]) -> QGroupBox:
    box = QGroupBox(title)
    grid = QGridLayout(box)
    grid.setHorizontalSpacing(16)
    for at, spin in enumerate(spins.values()):
        row, column = divmod(at, 2)
        grid.addWidget(QLabel(spin.accessibleName()), row, column * 2)
        grid.addWidget(spin, row, column * 2 + 1)
    return box


def _spin(
    value: float, low: float, high: float, decimals: int, step: float, name: str,
    unit: str = " 毫米",
) -> QDoubleSpinBox:  # fmt: skip
    spin = QDoubleSpinBox()
    spin.setRange(low, high)
    spin.setDecimals(decimals)
    spin.setSingleStep(step)
    spin.setSuffix(unit)
    spin.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    spin.setValue(value)
    spin.setAccessibleName(name)
    return spin
