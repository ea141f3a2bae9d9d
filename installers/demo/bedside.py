"""The doctor's hands at the tablet: taps, types, picks, writes on the pad, signs."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QWidget,
)

from client.core.pin import PinDialog
from client.emr import sections
from client.emr.record import RecordScreen
from client.emr.tablet import TabletPage
from client.emr.writing import Pad
from installers.demo.hands import NotSeen, child, dialogs, settle, wait

VITALS = ((36.8, 104, 22, 168, 96, 93), (36.7, 92, 20, 150, 90, 97))
SIGNS = ("temperature", "pulse", "rr", "sbp", "dbp", "spo2")
DRUGS = ("盐酸肾上腺素注射液", "硫酸阿托品注射液")
CONSUMABLE = "一次性使用静脉留置针"
STROKE = ((120, 40), (180, 150), (260, 60), (330, 140))
LEFT = Qt.MouseButton.LeftButton


class Bedside:
    """One doctor, one tablet; `type_pin` types the doctor's PIN into a dialog."""

    def __init__(self, page: TabletPage, type_pin: Callable[[QWidget], None]) -> None:
        self.page = page
        self._type_pin = type_pin

    @property
    def screen(self) -> RecordScreen:
        """The open record."""
        if self.page.record is None:
            raise NotSeen("没有打开的病历")
        return self.page.record

    @property
    def status(self) -> str:
        """How far the open record is."""
        return self.screen.status.text()

    def open(self, code: str) -> None:
        """Open the record of a task."""
        wait(lambda: code in self.page.tasks.buttons, "任务在列表里")
        wait(lambda: len(self.page.shelf.stock()) > 0, "个人药库已取到")
        self.tap(f"task_{code}")

    def tap(self, name: str) -> None:
        """Tap a button that can be tapped."""
        found = self.page.findChild(QAbstractButton, name)
        if found is None or not found.isEnabled():
            raise NotSeen(f"按钮 {name} 不能点")
        QTest.mouseClick(found, LEFT)
        settle()

    def type(self, name: str, text: str) -> None:
        """Type into a field, in place of what is there."""
        edit = self.page.findChild(QWidget, f"{name}.edit")
        if not isinstance(edit, (QLineEdit, QPlainTextEdit)):
            raise NotSeen(f"没有字段 {name}")
        edit.setFocus()
        edit.selectAll()
        if isinstance(edit, QPlainTextEdit):
            edit.insertPlainText(text)
        else:
            edit.insert(text)

    def pick(self, button: str, text: str) -> None:
        """Open a pick page and pick the first row with the text."""
        self.tap(button)
        rows = child(child(self.page, QWidget, "pick_page"), QListWidget, "pick_list")
        found = [n for n in range(rows.count()) if text in rows.item(n).text()]
        if not found:
            raise NotSeen(f"没有可选的 {text}")
        rows.itemClicked.emit(rows.item(found[0]))
        wait(lambda: self.page.findChild(QWidget, "pick_page") is None, f"选中 {text}")

    def history(self, complaint: str) -> None:
        """主诉, 现病史, 既往史, 过敏史."""
        self.screen.go(sections.HISTORY)
        for name in ("history_givers=self", "disease_classes=cardiovascular",
                     "past_history=hypertension", "allergy=NO_ALLERGY"):  # fmt: skip
            self.tap(name)
        self.type("chief_complaint", complaint)
        self.type("present_illness", "半小时前活动后突发胸骨后压榨样疼痛")
        self.tap("present_illness+伴大汗")

    def examination(self) -> None:
        """What is abnormal, then the rest as normal; two sets of vital signs."""
        self.screen.go(sections.EXAM)
        self.tap("exam.skin=ABNORMAL")
        self.tap("exam.skin.pale")
        self.tap("exam_all_normal")
        self.screen.go(sections.VITALS)
        for number, values in enumerate(VITALS):
            self.tap("vital_sets.add")
            for name, value in zip(SIGNS, values, strict=True):
                self.type(f"vital_sets[{number}].{name}", str(value))

    def scores(self) -> None:
        """GCS and the trauma index by big buttons; the sums make themselves."""
        self.screen.go(sections.SCORES)
        for chosen in ("GCS.eye:4", "GCS.verbal:5", "GCS.motor:6"):
            self.tap(chosen)
        for chosen in ("region:4", "type:3", "circulation:1", "breathing:1", "consciousness:1"):
            self.tap(f"TI-SH2015.{chosen}")
        self.pick("add_diagnosis", "急性冠脉综合征")

    def treatment(self) -> None:
        """A measure, two drugs and two of a consumable from the doctor's own store."""
        self.screen.go(sections.TREATMENT)
        self.pick("add_measure", "心电监测")
        for number, name in enumerate(DRUGS, 1):
            self.pick("add_drug", name)
            self.type(f"treatments[{number}].dose", "1mg")
            self.tap(f"treatments[{number}].route=iv_push")
        self.pick("add_consumable", CONSUMABLE)
        self.type(f"treatments[{len(DRUGS) + 1}].quantity", "2")

    def handover(self) -> None:
        """The summary and the handover with the receiver's name on the pad."""
        self.screen.go(sections.SUMMARY)
        for name in ("severity=urgent", "pre_alert=NOT_ALERTED", "effect=better",
                     "cooperation=yes", "condition_change=NO_CHANGE"):  # fmt: skip
            self.tap(name)
        self.screen.go(sections.HANDOVER)
        self.tap("handover_fill")
        self.type("handover_condition", "胸痛缓解，生命体征平稳")
        self.type("receiver_name", "东方医院 许医生")
        self._write()
        self.screen.go(sections.SUMMARY)

    def _write(self) -> None:
        pad = child(self.page, Pad, "receiver_pad")
        QTest.mousePress(pad, LEFT, pos=QPoint(60, 120))
        for x, y in STROKE:
            at = QPointF(x, y)
            none = Qt.KeyboardModifier.NoModifier
            move = QMouseEvent(QEvent.Type.MouseMove, at, pad.mapToGlobal(at), LEFT, LEFT, none)
            QApplication.sendEvent(pad, move)
        QTest.mouseRelease(pad, LEFT, pos=QPoint(*STROKE[-1]))

    def sign(self, button: str = "sign") -> None:
        """Acknowledge what must be, press the button, type the PIN."""
        for chip in self.screen.summary.acknowledged.values():
            if not chip.isChecked():
                QTest.mouseClick(chip, LEFT)
        self.tap(button)
        self.type_pin()
        wait(lambda: not dialogs(PinDialog), "签名完成")

    def type_pin(self) -> None:
        """Type the PIN into the dialog that asks for it."""
        wait(lambda: dialogs(PinDialog), "签名要 PIN")
        self._type_pin(dialogs(PinDialog)[0])
