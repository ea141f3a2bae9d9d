"""A crew with a task and a stocked store, and the doctor's hands at the tablet."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QWidget

from client.core.program import Program
from client.emr.tablet import TabletPage
from installers.demo.bedside import Bedside
from installers.demo.hands import child
from protos.admin import department_pb2, person_pb2, role_pb2
from server.admin.department import Department
from server.admin.person import Person
from server.core.run import Running
from server.dispatch.importer import import_feed
from server.inventory import seed
from tests.client.desk import Desk

FEED = Path("resources/demo/dispatch.json")
TASK = "2026112008123501010101"
SOON = 30_000
W = TypeVar("W", bound=QWidget)
RIGHTS = (
    "dispatch.task.read", "inventory.personal.read", "inventory.item.read",
    "emr.case_record.read", "emr.case_record.write", "emr.case_record.submit",
)  # fmt: skip
_PLACES = ("ZX", "CK", "FZX1", "FZ101", "FZ102")
_OTHERS = {
    "ZZ001": "孙站长",
    "KG001": "李库管",
    "FK001": "杨分库",
    "CW001": "周会计",
    "KG002": "王主任",
    "ZK001": "朱站库",
    "SJ001": "孙师傅",
    "HS001": "赵护士",
}


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


class Hands(Bedside):
    """The doctor's hands in a test."""

    def __init__(self, page: TabletPage, desk: Desk) -> None:
        super().__init__(page, desk.type_pin)

    def find(self, kind: type[W], name: str) -> W:
        """The widget of that name; it must be there."""
        return child(self.page, kind, name)

    def open(self, code: str = TASK) -> None:
        """Open the record of the task."""
        super().open(code)

    def fill(self) -> None:
        """Fill everything a rescue needs: two sets of vitals, scores, two drugs, a consumable."""
        self.history("胸痛半小时")
        self.examination()
        self.scores()
        self.treatment()
        self.handover()
