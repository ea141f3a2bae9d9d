"""The next one like the last: kept fields, copies, templates, twenty records in a row."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from client.core.api import Api
from client.core.form import FormDialog
from client.core.repeat import Repeats
from client.core.settings import Settings
from client.core.templates import TemplateDialog
from client.core.view import PageView
from server.admin.department import Department
from server.core.run import Running
from tests.client import sample
from tests.client.desk import SOON, Desk
from tests.client.hands import Hands

OF_THE_PROGRAM = ("SessionService", "PreferenceService", "PresenceService")  # not for a record
CONTROL = Qt.KeyboardModifier.ControlModifier
BOTH = CONTROL | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def api(qapp: QApplication) -> Api:
    assert qapp is not None  # before any QObject
    return sample.offline_api()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings("t", tmp_path)


@pytest.fixture
def form(api: Api, settings: Settings, qtbot: QtBot) -> FormDialog:
    made = FormDialog(sample.page(), api, settings, None)
    qtbot.addWidget(made, before_close_func=lambda form: form.load(form.record))
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    return made


def value(form: FormDialog, name: str) -> Any:
    editor = form.body.boxes[name].editor
    assert editor is not None
    return editor.value()


def focus(form: FormDialog, name: str, qtbot: QtBot) -> None:
    editor = form.body.boxes[name].editor
    assert editor is not None
    editor.setFocus()
    qtbot.waitUntil(editor.inner.hasFocus)


def test_a_user_pins_what_is_kept(form: FormDialog, settings: Settings, qtbot: QtBot) -> None:
    assert form.repeats.pinned == ["kind", "supplier"], "the page's own choice"
    hands = Hands(qtbot)
    focus(form, "remark", qtbot)
    hands.press(Qt.Key.Key_M, CONTROL)
    focus(form, "kind", qtbot)
    hands.press(Qt.Key.Key_M, CONTROL)
    assert "固定" in form.body._labels["remark"].text()
    assert "固定" not in form.body._labels["kind"].text()
    again = Repeats(sample.page(), settings)
    assert again.pinned == ["supplier", "remark"]
    other = Repeats(sample.page(), Settings("other", Path(settings._path).parent.parent))
    assert other.pinned == ["kind", "supplier"], "another user's choice is another"
    kept = sample.pb.Slip()
    again.keep(sample.slip(remark="早班"), kept)
    assert (kept.remark, kept.supplier, kept.kind) == ("早班", "上海医药有限公司", 0)


def test_a_document_is_copied_without_number_dates_and_state(
    form: FormDialog, qtbot: QtBot
) -> None:
    slip = sample.slip(remark="早班", freight=1200)
    form.load(slip)
    focus(form, "remark", qtbot)
    Hands(qtbot).press(Qt.Key.Key_D, BOTH)
    assert not form.is_stored
    copy = form.collect()
    assert (copy.supplier, copy.remark, copy.freight) == (slip.supplier, "早班", 1200)
    assert (copy.slip_no, copy.arrived_on, copy.state) == ("", "", 0)
    assert not copy.HasField("checked_at")
    told = [(line.item_id, line.quantity, line.price, line.lot_no) for line in copy.lines]
    assert told == [(1, 20, 125000, ""), (2, 100, 35000, "")]
    assert not any(line.expires_on for line in copy.lines)


def test_an_unsaved_document_is_not_copied_over_itself(form: FormDialog, qtbot: QtBot) -> None:
    focus(form, "supplier", qtbot)
    hands = Hands(qtbot)
    hands.type("ab")
    hands.press(Qt.Key.Key_D, BOTH)
    assert "请先保存" in form.note.text()
    assert value(form, "supplier") == "ab"


def test_a_frequent_document_is_kept_and_called_by_its_code(
    form: FormDialog, settings: Settings, qtbot: QtBot
) -> None:
    hands = Hands(qtbot)
    form.load(sample.slip(remark="早班"))
    focus(form, "remark", qtbot)
    hands.press(Qt.Key.Key_F4)
    dialog = sample.child(form, TemplateDialog)
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.code.setFocus()
    hands.type("rk1")
    hands.press(Qt.Key.Key_Return)
    hands.type("早班入库")
    hands.press(Qt.Key.Key_Return)
    dialog.reject()
    form.activateWindow()
    form.start_new()
    focus(form, "supplier", qtbot)
    qtbot.waitUntil(lambda: not form.findChildren(TemplateDialog), timeout=SOON)
    hands.press(Qt.Key.Key_F4)
    dialog = sample.child(form, TemplateDialog)
    qtbot.waitUntil(dialog.line.hasFocus)
    hands.type("zb")  # initials of its name
    hands.press(Qt.Key.Key_Return)
    made = form.collect()
    assert (made.supplier, made.remark) == ("上海医药有限公司", "早班")
    assert [line.quantity for line in made.lines] == [20, 100]
    assert (made.arrived_on, made.slip_no) == ("", "")
    stored = settings.value(f"templates.{sample.SLIPS}")
    assert "2026" not in str(stored), "neither dates nor numbers are kept"


def test_a_template_does_not_overwrite_what_was_typed(
    form: FormDialog, settings: Settings, qtbot: QtBot
) -> None:
    form.repeats.save("a", "甲", sample.slip())
    focus(form, "supplier", qtbot)
    Hands(qtbot).type("mine")
    form._take_template(form.repeats.templates[0])
    assert value(form, "supplier") == "mine"
    form.repeats.drop("a")
    assert Repeats(sample.page(), settings).templates == []


def test_dots_and_slashes_repeat_lines_above(form: FormDialog, qtbot: QtBot) -> None:
    grid = form.body.grids["lines"]
    grid.load(list(sample.slip().lines))
    view, hands = grid.view, Hands(qtbot)
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    view.put(grid.model.index(2, 0))
    for text in ("..", "//", "。。", "..", "、、"):
        hands.field(text)
    line = grid.model.rows[2].message
    assert (line.item_id, line.lot_no, line.expires_on) == (2, "B2401", "")
    assert (line.quantity, line.price) == (100, 125000)
    view.put(grid.model.index(3, 0))
    hands.press(Qt.Key.Key_D, CONTROL)
    assert grid.model.rows[3].message.item_id == 2


def test_money_tells_its_capital_letters(form: FormDialog, qtbot: QtBot) -> None:
    focus(form, "freight", qtbot)
    Hands(qtbot).type("12.5-")
    assert QToolTip.text() == "负壹拾贰元伍角整"
    assert value(form, "freight") == -1250


def calls_of(api: Api) -> Counter[str]:
    """Counts what is asked of the server for the records from now on, by RPC."""
    asked: Counter[str] = Counter()
    call = api.call

    def counted(method: Any, *arguments: Any, **more: Any) -> Any:
        if method.containing_service.name not in OF_THE_PROGRAM:
            asked[method.name] += 1
        return call(method, *arguments, **more)

    api.call = counted  # type: ignore[method-assign]
    return asked


def test_twenty_records_in_a_row(
    desk_of: Callable[..., Desk], server: Running, qtbot: QtBot
) -> None:
    desk = desk_of("admin.department.read", "admin.department.write")
    view = desk.log_in().open_title("部门管理")
    assert isinstance(view, PageView)
    view.new_record()
    form, hands = view.forms[0], Hands(qtbot)
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    asked = calls_of(view.api)
    for number in range(20):
        code = form.body.boxes["code"].editor
        assert code is not None
        qtbot.waitUntil(code.inner.hasFocus, timeout=SOON)
        assert code.value() is None, "an empty form"
        hands.field(f"ZB{number:02}")
        hands.field(f"班组{number}")
        hands.field()  # the short name
        if number == 0:
            hands.type("4")  # crew, kept for the others
        else:
            assert value(form, "kind") == 4
        hands.press(Qt.Key.Key_F12)
        qtbot.waitUntil(lambda: form.note.text().startswith("已保存"), timeout=SOON)
        form.note.setText("")
    assert asked["Create"] == 20
    assert asked["List"] <= 2 * 20, "the table and the tree behind, each once for a record"
    assert set(asked) <= {"Create", "List", "Todo", "Find", "Names"}, asked
    assert sum(asked.values()) <= 4 * 20, asked
    with server.worker.app.sessions.read() as db:
        kinds = [d.kind for d in db.query(Department).where(Department.code.startswith("ZB"))]
    assert kinds == [4] * 20
    form.done(0)
