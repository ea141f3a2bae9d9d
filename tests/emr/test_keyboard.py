"""A case record written at a desk with nothing but the keyboard."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from client.core.fields import MultilineEditor
from client.core.form import FormDialog
from client.core.page import Page
from client.core.references import ManyEditor
from client.core.view import PageView
from client.emr.desk import records
from tests.client.conftest import desk_of
from tests.client.hands import Hands
from tests.emr.test_desk import shot, show
from tests.emr.world import Crew

__all__ = ["desk_of", "show"]
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
MANY = {"history_givers": ("self", "spouse")}
TEXTS = {"chief_complaint": "胸痛半小时", "present_illness": "搬重物后胸痛", "allergy": "1"}
CONTROL = Qt.KeyboardModifier.ControlModifier


def test_a_record_is_written_without_the_mouse(
    crew: Crew,
    show: Callable[[Page], PageView],
    qtbot: QtBot,
) -> None:
    view, hands = show(records), Hands(qtbot)
    view.activateWindow()
    view.table.setFocus()
    hands.until(view.isActiveWindow)
    hands.press(Qt.Key.Key_N, CONTROL)
    form = view.forms[-1]
    hands.until(form.isActiveWindow)
    hands.until(lambda: form.body.focused() is form.body.boxes["task_id"])
    hands.pick(crew.task.task_code[-6:])
    boxes = form.body.boxes
    hands.until(lambda: value(form, "name") == "林国栋")  # what the task knows is there
    shot(form, "急救病历_带出")
    for _ in boxes:
        name = in_focus(form, hands)
        fill(form, name, hands)
        if name == "allergy":
            break
    hands.press(Qt.Key.Key_F8)
    hands.until(lambda: form.is_stored or form.problems.isVisible())
    assert form.is_stored, form.problems.text.text()
    assert form.record.chief_complaint == "胸痛半小时"
    assert form.record.present_illness == "搬重物后胸痛"
    assert list(form.record.history_givers) == ["self", "spouse"]
    assert (form.record.name, form.record.task_id) == ("林国栋", crew.task.id)
    assert hands.waste <= 1.2, (hands.strokes, hands.data, hands.fields)


def value(form: FormDialog, name: str) -> Any:
    """What stands in a field."""
    editor = form.body.boxes[name].editor
    assert editor is not None
    return editor.value()


def in_focus(form: FormDialog, hands: Hands) -> str:
    """The field the focus is in, which must be one."""
    hands.until(lambda: form.body.focused() is not None)
    box = form.body.focused()
    assert box is not None
    return box.field.name


def fill(form: FormDialog, name: str, hands: Hands) -> None:
    """Enter what belongs into a field, and leave it."""
    editor = form.body.boxes[name].editor
    if isinstance(editor, ManyEditor):
        for letters in MANY.get(name, ()):
            count = len(editor.value())
            hands.pick(letters)
            hands.until(partial(_longer, editor, count))
        hands.enter()
    elif isinstance(editor, MultilineEditor):
        hands.type(TEXTS.get(name, ""))
        hands.fields += 1
        hands.press(Qt.Key.Key_Tab)
    else:
        hands.field(TEXTS.get(name, ""))
    hands.until(lambda: form.body.focused() is not form.body.boxes[name])


def _longer(editor: ManyEditor, count: int) -> bool:
    return len(editor.value()) > count
