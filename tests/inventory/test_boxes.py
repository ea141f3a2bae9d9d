"""No boxes popping up: ten standard tasks, and one of true danger."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from client.core.form import FormDialog
from client.core.page import Page
from client.core.view import PageView
from client.inventory.items import suppliers
from client.inventory.receipt import receipts
from protos.inventory import receipt_pb2
from tests.client.conftest import desk_of
from tests.client.desk import SOON
from tests.inventory.test_pages import desk, opened, show
from tests.inventory.world import World

__all__ = ["desk", "desk_of", "show"]
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
STATE = receipt_pb2.Receipt


class Boxes(QObject):
    """Notes every modal dialog that opens."""

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.expected = False  # then they are shut again: nobody is there to answer
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look only."""
        if event.type() is QEvent.Type.Show and isinstance(watched, QDialog) and watched.isModal():
            self.seen.append(watched.windowTitle())
            if self.expected:
                QTimer.singleShot(0, watched.reject)
        return False


@pytest.fixture
def boxes(qapp: QApplication) -> Boxes:
    return Boxes(qapp)


class Clerk:
    """Drives the receipts page as a keeper does all day; each method is one task."""

    def __init__(self, world: World, view: PageView, other: PageView, qtbot: QtBot) -> None:
        self._world, self._view, self._other, self._bot = world, view, other, qtbot
        self.form = self._new()

    def _new(self) -> FormDialog:
        self._view.new_record()
        return opened(self._view, self._bot)

    def _until(self, true: Callable[[], bool]) -> None:
        self._bot.waitUntil(true, timeout=SOON)

    def _saved(self) -> None:
        version = self.form.record.version
        self.form.save()
        self._until(lambda: self.form.is_stored and self.form.record.version != version)

    def _type(self, name: str, text: str) -> None:
        editor = self.form.body.boxes[name].editor
        assert editor is not None
        self._bot.keyClicks(editor.inner, text)

    def enter_and_save(self) -> None:
        self.form.start_new(self._world.draft(self._world.line("L1", 400, 20)))
        self._saved()

    def correct_and_save(self) -> None:
        self._type("delivery_no", "SH-1")
        self._saved()

    def save_what_is_wrong(self) -> None:
        self.form.duplicate()
        grid = self.form.body.grids["lines"]
        grid.model.setData(grid.model.index(0, 5), None)
        self.form.save()
        assert "需要改正" in self.form.problems.text.text()
        grid.model.setData(grid.model.index(0, 5), 3)
        grid.model.setData(grid.model.index(0, 1), "L9")
        grid.model.setData(grid.model.index(0, 3), "2028-01-31")

    def save_and_go_on(self) -> None:
        self.form.save_and_new()
        self._until(lambda: self.form.note.text().startswith("已保存"))

    def paste(self) -> None:
        self.form.start_new(self._world.draft())
        grid = self.form.body.grids["lines"]
        QGuiApplication.clipboard().setText("批号\t数量\nL1\t5\nL2\tx")
        grid.view.put(grid.model.index(0, 0))
        grid.view.paste()
        assert len(grid.model.filled()) == 2
        self.form.load(self.form.record)

    def close_what_is_unchanged(self) -> None:
        self.form.reject()
        self._until(lambda: not self._view.forms)

    def query_and_open(self) -> None:
        self._view.refresh()
        self._until(lambda: self._view.model.rowCount() == 2)
        self._view.table.selectRow(1)  # the oldest
        self._view.open_chosen()
        self.form = opened(self._view, self._bot)

    def submit(self) -> None:
        self.form.do("Submit")
        self._until(lambda: self.form.record.state == STATE.SUBMITTED)

    def withdraw(self) -> None:
        self.form.do("Withdraw")
        self._until(lambda: self.form.record.state == STATE.DRAFT)

    def keep_a_supplier(self) -> None:
        self._other.new_record()
        form = opened(self._other, self._bot)
        for name, text in (("code", "SH"), ("name", "SHYY")):
            editor = form.body.boxes[name].editor
            assert editor is not None
            self._bot.keyClicks(editor.inner, text)
        form.save()
        self._until(lambda: form.is_stored)

    def tasks(self) -> list[Callable[[], None]]:
        """Ten of them, in an order that works."""
        return [
            self.enter_and_save, self.correct_and_save, self.save_what_is_wrong,
            self.save_and_go_on, self.paste, self.close_what_is_unchanged, self.query_and_open,
            self.submit, self.withdraw, self.keep_a_supplier,
        ]  # fmt: skip


def test_ten_tasks_raise_no_box_and_danger_raises_one(
    world: World,
    show: Callable[[Page], PageView],
    boxes: Boxes,
    qtbot: QtBot,
) -> None:
    clerk = Clerk(world, show(receipts), show(suppliers), qtbot)
    for task in clerk.tasks():
        task()
        assert not boxes.seen, f"{task.__name__}: {boxes.seen}"
    boxes.expected = True
    clerk.form.do("Void")
    qtbot.waitUntil(lambda: bool(boxes.seen), timeout=SOON)
    assert len(boxes.seen) == 1
    assert "作废" in boxes.seen[0]
    assert clerk.form.record.state == STATE.DRAFT
