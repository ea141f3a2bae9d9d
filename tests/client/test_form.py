"""The form: faults beside the fields, Enter, drafts, conflicts, read-only, leaving."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from client.core import conflict
from client.core.api import Api, ApiError, StatusCode
from client.core.asking import AskDialog
from client.core.conflict import ConflictDialog, Side
from client.core.form import FormDialog
from client.core.settings import Settings
from client.core.store import Store
from protos.facts import Fault
from tests.client import sample

KEY = b"0123456789abcdef"


@pytest.fixture
def api(qapp: QApplication) -> Api:
    assert qapp is not None  # before any QObject
    return sample.offline_api()


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    made = Settings("t", tmp_path)
    made.store = Store(tmp_path / "store.db", KEY)
    yield made
    made.store.close()


def show(api: Api, settings: Settings, qtbot: QtBot, record: Any = None) -> FormDialog:
    """A form of a page without Get, so that the record is shown as given."""
    made = FormDialog(sample.page(), api, settings, None)
    if record is not None:
        made.load(record)
        made._offer_draft()
    qtbot.addWidget(made, before_close_func=lambda form: form.load(form.record))
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    return made


def editor(form: FormDialog, name: str) -> Any:
    found = form.body.boxes[name].editor
    assert found is not None
    return found


def enter(form: FormDialog, name: str, value: Any) -> None:
    editor(form, name).set_value(value)
    editor(form, name).changed.emit()


def compose(widget: QWidget, text: str) -> None:
    """Commit a text as an input method does."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)


def fault(form: FormDialog, name: str) -> str:
    note = form.body.boxes[name].note
    return note.text() if note.property("role") == "fault" else ""


def test_every_fault_stands_beside_its_field_at_once(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    form = show(api, settings, qtbot)
    editor(form, "freight").line.setText("12.345")
    form.body.grids["lines"].model.line(0).message.quantity = 5
    form.save()
    assert fault(form, "kind") == "请填写入库类型"
    assert fault(form, "supplier") == "请填写供应商"
    assert fault(form, "freight") == "运费：最多2位小数"
    assert form.body.grids["lines"].fault.text() == "第1行：请填写物品，等2处"
    assert form.problems.text.text().startswith("有 6 处需要改正")
    qtbot.waitUntil(editor(form, "freight").inner.hasFocus)


def test_a_fault_goes_when_its_field_is_changed(api: Api, settings: Settings, qtbot: QtBot) -> None:
    form = show(api, settings, qtbot)
    form.save()
    compose(editor(form, "supplier").inner, "上")
    assert fault(form, "supplier") == ""
    assert fault(form, "kind") == "请填写入库类型"


def test_the_server_s_faults_find_their_cells(api: Api, settings: Settings, qtbot: QtBot) -> None:
    form = show(api, settings, qtbot, sample.slip())
    grid = form.body.grids["lines"]
    grid.model.insert(0)  # an empty line before does not shift the places
    faults = [
        Fault("lines[1].quantity", "库存不足"),
        Fault("supplier", "供应商已停用"),
        Fault("", "总账已结"),
    ]
    form._failed(ApiError(StatusCode.INVALID_ARGUMENT, "有误", faults))
    assert fault(form, "supplier") == "供应商已停用"
    marked = grid.model.index(2, 3)
    assert marked.data(Qt.ItemDataRole.ToolTipRole) == "库存不足"
    assert "总账已结" in form.problems.text.text()


def test_enter_walks_the_fields_into_the_lines_and_to_save(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    form = show(api, settings, qtbot)
    names = ["kind", "supplier", "arrived_on", "checked_at", "keeper_id", "freight", "temperature"]
    editor(form, "kind").setFocus()
    for name in names:
        qtbot.waitUntil(editor(form, name).inner.hasFocus)
        qtbot.keyClick(editor(form, name).inner, Qt.Key.Key_Return)
    qtbot.waitUntil(editor(form, "urgent").inner.hasFocus)
    qtbot.keyClick(
        editor(form, "urgent").inner, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier
    )
    qtbot.waitUntil(editor(form, "temperature").inner.hasFocus)
    form.body.go_on(editor(form, "remark"))
    view = form.body.grids["lines"].view
    qtbot.waitUntil(view.hasFocus)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(form.save_button.hasFocus)


def test_dirty_means_changed_values_not_touched_fields(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    form = show(api, settings, qtbot, sample.slip())
    assert not form.is_dirty()
    before = editor(form, "supplier").value()
    enter(form, "supplier", "别家")
    assert form.is_dirty()
    assert form.windowTitle().startswith("●")
    enter(form, "supplier", before)
    assert not form.is_dirty()
    grid = form.body.grids["lines"]
    grid.model.setData(grid.model.index(0, 3), 7)
    assert form.is_dirty()


def answer(text: str, seen: list[str]) -> None:
    """Press a button of the question that is about to come."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.append(box.text())
        next(b for b in box.buttons() if text in b.text()).click()

    QTimer.singleShot(0, press)


def test_leaving_asks_once_and_names_the_document(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    form = show(api, settings, qtbot, sample.slip())
    seen: list[str] = []
    assert form.close_ok()
    enter(form, "supplier", "别家")
    answer("继续编辑", seen)
    assert not form.close_ok()
    answer("不保存", seen)
    assert form.close_ok()
    assert seen == ["“入库单 RK2026000001”有修改没有保存。"] * 2


def test_a_state_that_forbids_changes_shows_everything_flat(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    form = show(api, settings, qtbot, sample.slip(state="POSTED"))
    assert form.reason.text.text() == "当前状态是“已入账”，不能修改"
    assert not editor(form, "supplier").isVisible()
    assert form.body.boxes["supplier"].display.text() == "上海医药有限公司"
    assert not form.save_button.isVisible()
    assert form.body.grids["lines"].model.rowCount() == 2
    assert not form.verb_buttons["Submit"].isEnabled()


def test_what_was_typed_survives_a_crash(api: Api, settings: Settings, qtbot: QtBot) -> None:
    form = show(api, settings, qtbot, sample.slip())
    compose(editor(form, "remark").inner, "冷链")
    form.body.grids["lines"].add("item_id", 9)
    editor(form, "arrived_on").line.clear()
    compose(editor(form, "arrived_on").line, "20261")  # half a date
    form.body.grids["lines"].model.set_typed(1, 3, "一百", "不是数字")
    store = settings.store
    assert store is not None
    qtbot.waitUntil(lambda: bool(store.items("drafts")), timeout=2000)
    path = settings._path.parents[1] / "store.db"
    again = Settings("t", settings._path.parents[1])
    again.store = Store(path, KEY)  # as the next start of the program finds it
    found = show(api, again, qtbot, sample.slip())
    assert found.offer.isVisible()
    assert not found.is_dirty()
    found.offer._buttons[0].click()
    assert editor(found, "remark").value() == "冷链"
    assert len(found.collect().lines) == 3
    assert editor(found, "arrived_on").unread() == "20261"
    assert found.body.grids["lines"].model.unread() == {"[1].quantity": "一百"}
    assert found.is_dirty()
    found._drop_draft()
    again.store.close()


def test_a_draft_is_dropped_when_saved_or_given_up(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    form = show(api, settings, qtbot, sample.slip())
    store = settings.store
    assert store is not None
    enter(form, "supplier", "别家")
    form._keep_draft()
    assert len(store.items("drafts")) == 1
    form._done(sample.slip(version=2, supplier="别家"))
    assert not store.items("drafts")
    assert not form.is_dirty()


def test_a_draft_over_a_record_changed_meanwhile_is_merged(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    form = show(api, settings, qtbot, sample.slip())
    enter(form, "supplier", "别家")
    form._keep_draft()
    found = show(api, settings, qtbot, sample.slip(version=2, remark="他人备注"))
    found.offer._buttons[0].click()
    merged = found.collect()
    assert (merged.supplier, merged.remark, merged.version) == ("别家", "他人备注", 2)


def test_changes_of_two_people_to_different_fields_merge(api: Api) -> None:
    base, theirs, mine = sample.slip(), sample.slip(version=2, remark="他"), sample.slip(freight=5)
    assert conflict.clashes(base, theirs, mine, api.names) == []
    merged = conflict.merge(base, theirs, mine, {})
    assert (merged.remark, merged.freight, merged.version) == ("他", 5, 2)


def test_the_dialog_lists_exactly_the_clashing_fields(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    form = show(api, settings, qtbot, sample.slip())
    enter(form, "supplier", "我家")
    enter(form, "remark", "我的备注")
    enter(form, "freight", 500)
    theirs = sample.slip(version=2, supplier="他家", remark="他的备注", urgent=True)
    form._settle(theirs)
    dialog = sample.child(form, ConflictDialog)
    assert set(dialog._groups) == {"supplier", "remark"}
    assert not dialog.keep.isEnabled()
    dialog.choose("supplier", Side.THEIRS)
    dialog.choose("remark", Side.MINE)
    dialog.keep.click()
    merged = form.collect()
    assert (merged.supplier, merged.remark) == ("他家", "我的备注")
    assert (merged.freight, merged.urgent, merged.version) == (500, True, 2)
    assert form.is_dirty()


def test_giving_the_conflict_up_keeps_what_was_typed(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    form = show(api, settings, qtbot, sample.slip())
    enter(form, "supplier", "我家")
    form._settle(sample.slip(version=2, supplier="他家"))
    sample.child(form, ConflictDialog).reject()
    assert form.collect().supplier == "我家"
    assert form.record.version == 1


def test_lines_changed_by_both_are_one_clash(api: Api) -> None:
    base, theirs, mine = sample.slip(), sample.slip(version=2), sample.slip()
    theirs.lines[0].quantity = 3
    mine.lines.add(item_id=7, quantity=1)
    found = conflict.clashes(base, theirs, mine, api.names)
    assert [clash.field.name for clash in found] == ["lines"]
    assert "肾上腺素注射液 1mg · B2401 · 2028-01-31 · 3" in found[0].theirs
    merged = conflict.merge(base, theirs, mine, {"lines": Side.MINE})
    assert merged.lines == mine.lines


def test_save_and_new_keeps_the_sticky_fields(api: Api, settings: Settings, qtbot: QtBot) -> None:
    form = show(api, settings, qtbot)
    form._then = form._again
    form._done(sample.slip(5))
    fresh = form.collect()
    assert (fresh.id, fresh.kind, fresh.supplier) == (
        0,
        sample.pb.Slip.PURCHASE,
        "上海医药有限公司",
    )
    assert not fresh.lines
    assert not fresh.arrived_on
    qtbot.waitUntil(editor(form, "arrived_on").inner.hasFocus)


def test_the_verbs_of_a_form_answer_the_letters_of_their_page(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    form = show(api, settings, qtbot, sample.slip())
    qtbot.waitUntil(form.isActiveWindow)
    submit, give_back = form.verb_buttons["Submit"], form.verb_buttons["Return"]
    assert (submit.toolTip(), submit.text()) == ("提交（Alt+T）", "提交")
    assert give_back.shortcut().toString() == "Alt+H"  # T is taken: 退回
    assert give_back.toolTip() == "当前状态是“草稿”，不能退回"
    QTest.keyClick(editor(form, "remark").inner, Qt.Key.Key_H, Qt.KeyboardModifier.AltModifier)
    assert not give_back.isDown()
    QTest.keyClick(editor(form, "remark").inner, Qt.Key.Key_T, Qt.KeyboardModifier.AltModifier)
    assert submit.isDown()
    QTest.keyClick(editor(form, "remark").inner, Qt.Key.Key_F1)
    sheet = QApplication.activeModalWidget()
    assert sheet is not None
    told = [label.text() for label in sheet.findChildren(QLabel)]
    assert told[told.index("Alt+T") + 1] == "提交"
    sheet.close()


def test_a_verb_asks_for_its_request_and_checks_it(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    form = show(api, settings, qtbot, sample.slip())
    dialog = AskDialog(sample.pb.ReturnRequest(id=1, version=2), "退回", api, settings, form)
    dialog.show()
    dialog.accept()
    assert dialog.isVisible()
    assert dialog.body.boxes["reason"].note.text() == "请填写退回原因"
    editor_of = dialog.body.boxes["reason"].editor
    assert editor_of is not None
    compose(editor_of.inner, "数量不符")
    dialog.accept()
    assert not dialog.isVisible()
    assert dialog.request == sample.pb.ReturnRequest(id=1, version=2, reason="数量不符")
    dialog.close()


def test_labels_belong_to_their_editors(api: Api, settings: Settings, qtbot: QtBot) -> None:
    form = show(api, settings, qtbot)
    for name, box in form.body.boxes.items():
        if box.editor is not None:
            assert box.editor.inner.accessibleName(), name


def test_no_button_answers_enter_by_itself(api: Api, settings: Settings, qtbot: QtBot) -> None:
    form = show(api, settings, qtbot)
    assert not [b.text() for b in form.findChildren(QPushButton) if b.autoDefault()]
