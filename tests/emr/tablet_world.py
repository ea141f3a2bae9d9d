"""A crew with a task and a stocked store, and the doctor's hands at the tablet."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from client.core.pin import PinDialog
from client.core.program import Program
from client.emr import sections
from client.emr.record import RecordScreen
from client.emr.tablet import TabletPage
from client.emr.writing import Pad
from protos.admin import department_pb2, person_pb2, role_pb2
from server.admin.department import Department
from server.admin.person import Person
from server.core.run import Running
from server.dispatch.importer import import_feed
from server.inventory import seed
from tests.client.desk import PIN, Desk

FEED = Path("resources/demo/dispatch.json")
TASK = "2026112008123501010101"
SOON = 10_000
VITALS = ((36.8, 104, 22, 168, 96, 93), (36.7, 92, 20, 150, 90, 97))
RIGHTS = (
    "dispatch.task.read", "inventory.personal.read", "inventory.item.read",
    "emr.case_record.read", "emr.case_record.write", "emr.case_record.submit",
)  # fmt: skip
_PLACES = ("ZX", "CK", "FZX1", "FZ101", "FZ102")
_OTHERS = {"KG001": "李库管", "KG002": "王主任", "SJ001": "孙师傅", "HS001": "赵护士"}


def departments(server: Running) -> dict[str, int]:
    """The departments the demo data names."""
    now = datetime.now(UTC)
    made = {}
    with server.worker.app.sessions.write() as db:
        for code in _PLACES:
            place = Department(
                code=code, name=f"{code}部门", kind=department_pb2.Department.STATION,
                created_at=now, updated_at=now,
            )  # fmt: skip
            place.path = f"/{place.id}/"
            db.add(place)
            made[code] = place.id
    return made


def equip(server: Running, station: int, doctor: int) -> None:
    """The rest of the crew, stock in the doctor's own store, the dispatched tasks."""
    now = datetime.now(UTC)
    people = {"YS001": doctor}
    with server.worker.app.sessions.write() as db:
        for number, name in _OTHERS.items():
            person = Person(
                staff_no=number, name=name, kind=person_pb2.Person.ADMINISTRATION,
                department_id=station, created_at=now, updated_at=now,
            )  # fmt: skip
            db.add(person)
            people[number] = person.id
        db.flush()
        seed.seed(db, now, people)
        import_feed(db, FEED.read_text("utf-8"), now)


def crew_desk(server: Running, desk_of: Callable[..., Desk]) -> Desk:
    """The doctor's tablet, its crew and tasks."""
    station = departments(server)["FZ101"]
    desk = desk_of(
        *RIGHTS, name="陈医生", staff_no="YS001", kind=person_pb2.Person.DOCTOR,
        department_id=station, scope=role_pb2.Role.DEPARTMENT,
    )  # fmt: skip
    equip(server, station, desk.who.id)
    switch_on(desk)
    return desk


def switch_on(desk: Desk) -> None:
    """Start the program as a tablet; one that runs ends as in a crash, nothing is asked."""
    desk.program.close()
    desk.program = Program(desk.config, area="emr", tablet=True, tokens=desk.reader.tokens)


class Hands:
    """Taps and types on the tablet."""

    def __init__(self, page: TabletPage, bot: QtBot) -> None:
        self.page, self._bot = page, bot

    @property
    def screen(self) -> RecordScreen:
        """The open record."""
        assert self.page.record is not None
        return self.page.record

    def find(self, kind: type[Any], name: str, within: QWidget | None = None) -> Any:
        """The widget of that name; it must be there."""
        found = (within or self.page).findChild(kind, name)
        assert found is not None, name
        return found

    def tap(self, name: str, within: QWidget | None = None) -> None:
        """Tap a button that can be tapped."""
        button = self.find(QAbstractButton, name, within)
        assert button.isEnabled(), name
        self._bot.mouseClick(button, Qt.MouseButton.LeftButton)

    def type(self, name: str, text: str) -> None:
        """Type into a field, in place of what is there."""
        edit = self.page.findChild(QWidget, f"{name}.edit")
        assert isinstance(edit, QLineEdit | QPlainTextEdit), name
        edit.setFocus()
        edit.selectAll()
        if isinstance(edit, QPlainTextEdit):
            edit.insertPlainText(text)
        else:
            edit.insert(text)  # the test library types no Chinese

    def pick(self, button: str, text: str) -> None:
        """Open a pick page and pick the first row with the text."""
        self.tap(button)
        page = self.page.findChild(QWidget, "pick_page")
        assert page is not None
        rows = self.find(QListWidget, "pick_list", page)
        at = next(n for n in range(rows.count()) if text in rows.item(n).text())
        rows.itemClicked.emit(rows.item(at))
        self._bot.waitUntil(lambda: self.page.findChild(QWidget, "pick_page") is None)

    def open(self) -> None:
        """Open the record of the task."""
        self._bot.waitUntil(lambda: TASK in self.page.tasks.buttons, timeout=SOON)
        self._bot.waitUntil(lambda: len(self.page.shelf.stock()) > 0, timeout=SOON)
        self.tap(f"task_{TASK}")

    def type_pin(self) -> None:
        """Type the PIN into the open dialog."""
        dialog = self.page.findChild(PinDialog)
        assert dialog is not None
        field = dialog.findChild(QLineEdit, "pin")
        assert field is not None
        self._bot.keyClicks(field, PIN)
        self._bot.keyClick(field, Qt.Key.Key_Return)

    def sign(self) -> None:
        """Acknowledge what must be, press the button, type the PIN."""
        for chip in self.screen.summary.acknowledged.values():
            self._bot.mouseClick(chip, Qt.MouseButton.LeftButton)
        self.tap("sign")
        self.type_pin()
        self._bot.waitUntil(lambda: self.page.findChild(PinDialog) is None, timeout=SOON)

    def fill(self) -> None:
        """Fill everything a rescue needs: two sets of vitals, scores, two drugs, a consumable."""
        self._history()
        self._signs()
        self._scores()
        self._treatments()
        self._handover()

    def _history(self) -> None:
        self.screen.go(sections.HISTORY)
        for name in ("history_givers=self", "disease_classes=cardiovascular",
                     "past_history=hypertension", "allergy=NO_ALLERGY"):  # fmt: skip
            self.tap(name)
        self.type("chief_complaint", "胸痛半小时")
        self.type("present_illness", "半小时前活动后突发胸骨后压榨样疼痛")
        self.tap("present_illness+伴大汗")

    def _signs(self) -> None:
        self.screen.go(sections.EXAM)
        self.tap("exam.skin=ABNORMAL")
        self.tap("exam.skin.pale")
        self.tap("exam_all_normal")
        self.screen.go(sections.VITALS)
        for number, values in enumerate(
            ((36.8, 104, 22, 168, 96, 93), (36.7, 92, 20, 150, 90, 97))
        ):
            self.tap("vital_sets.add")
            names = ("temperature", "pulse", "rr", "sbp", "dbp", "spo2")
            for name, value in zip(names, values, strict=True):
                self.type(f"vital_sets[{number}].{name}", str(value))

    def _scores(self) -> None:
        self.screen.go(sections.SCORES)
        for pick in ("GCS.eye:4", "GCS.verbal:5", "GCS.motor:6"):
            self.tap(pick)
        for pick in ("region:4", "type:3", "circulation:1", "breathing:1", "consciousness:1"):
            self.tap(f"TI-SH2015.{pick}")
        self.pick("add_diagnosis", "急性冠脉综合征")

    def _treatments(self) -> None:
        self.screen.go(sections.TREATMENT)
        self.pick("add_measure", "心电监测")
        held = [each for each in self.page.shelf.stock() if each.available > 2]
        kinds = {each.item_id: self.page.shelf.item(each.item_id) for each in held}
        drugs = [k for k, v in kinds.items() if v is not None and v.kind == 1]
        things = [k for k, v in kinds.items() if v is not None and v.kind == 2]
        for number, item in enumerate(drugs[:2], 1):
            name = next(f"{e.item_name}　{e.spec}" for e in held if e.item_id == item)
            self.pick("add_drug", name)
            self.type(f"treatments[{number}].dose", "300mg")
            self.tap(f"treatments[{number}].route=po")
        name = next(each.item_name for each in held if each.item_id == things[0])
        self.pick("add_consumable", name)
        self.type("treatments[3].quantity", "2")

    def _write(self) -> None:
        """A stroke on the pad."""
        pad = self.find(Pad, "receiver_pad")
        left = Qt.MouseButton.LeftButton
        self._bot.mousePress(pad, left, pos=QPoint(60, 120))
        for at in ((120, 40), (180, 150), (260, 60), (330, 140)):
            move = QMouseEvent(
                QEvent.Type.MouseMove, QPointF(*at), pad.mapToGlobal(QPointF(*at)), left, left,
                Qt.KeyboardModifier.NoModifier,
            )  # fmt: skip
            QApplication.sendEvent(pad, move)
        self._bot.mouseRelease(pad, left, pos=QPoint(330, 140))

    def _handover(self) -> None:
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
