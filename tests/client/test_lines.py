"""The line grid: keys, pasting, scanning, totals."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from client.core import gs1, pasting
from client.core.api import Api
from client.core.fields import Editor
from client.core.form import FormDialog
from client.core.lines import LinesGrid
from client.core.lookup import LookupLine
from client.core.scanning import ScanTarget
from client.core.settings import Settings
from protos.common import lookup_pb2
from tests.client import sample

ITEM, LOT, EXPIRES, QUANTITY, PRICE, AMOUNT = range(6)


@pytest.fixture
def api(qapp: QApplication) -> Api:
    assert qapp is not None  # before any QObject
    return sample.offline_api()


@pytest.fixture
def form(api: Api, tmp_path: Path, qtbot: QtBot) -> FormDialog:
    made = FormDialog(sample.page(), api, Settings("t", tmp_path), None)
    qtbot.addWidget(made, before_close_func=lambda form: form.load(form.record))
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def grid(form: FormDialog) -> LinesGrid:
    return form.body.grids["lines"]


def put(grid: LinesGrid, row: int, column: int) -> None:
    grid.view.setFocus()
    grid.view.setCurrentIndex(grid.model.index(row, column))


def place(grid: LinesGrid) -> tuple[int, int]:
    return grid.view.currentIndex().row(), grid.view.currentIndex().column()


def editor(grid: LinesGrid) -> Editor:
    opened = grid.view.delegate._open
    assert opened is not None
    return opened


def test_the_model_keeps_qt_s_rules(grid: LinesGrid) -> None:
    tester = QAbstractItemModelTester(grid.model)
    grid.load(list(sample.slip().lines))
    grid.model.insert(1)
    grid.model.remove({0})
    grid.add("item_id", 9)
    grid.model.set_editable(False)
    assert tester.model() is grid.model


def test_typing_opens_the_cell_and_enter_goes_right(grid: LinesGrid, qtbot: QtBot) -> None:
    put(grid, 0, LOT)
    qtbot.keyClicks(grid.view, "B")
    qtbot.keyClicks(editor(grid).inner, "24")
    qtbot.keyClick(editor(grid).inner, Qt.Key.Key_Return)
    assert place(grid) == (0, EXPIRES)
    assert grid.model.rows[0].message.lot_no == "B24"
    assert grid.model.rowCount() == 2


def test_enter_at_the_end_opens_the_next_row_and_read_only_cells_are_skipped(
    grid: LinesGrid, qtbot: QtBot
) -> None:
    grid.load(list(sample.slip().lines))
    put(grid, 0, PRICE)
    qtbot.keyClick(grid.view, Qt.Key.Key_Return)
    assert place(grid) == (1, ITEM)
    qtbot.keyClick(grid.view, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert place(grid) == (0, PRICE)


def test_enter_in_the_empty_row_leaves_the_grid(grid: LinesGrid, qtbot: QtBot) -> None:
    put(grid, 0, ITEM)
    with qtbot.waitSignal(grid.left_end):
        qtbot.keyClick(grid.view, Qt.Key.Key_Return)


def test_the_empty_row_is_neither_saved_nor_checked(grid: LinesGrid, form: FormDialog) -> None:
    grid.load(list(sample.slip().lines))
    grid.model.insert(1)
    assert grid.model.rowCount() == 4
    assert len(form.collect().lines) == 2
    assert not [fault for fault in form._faults() if fault.path.startswith("lines")]


def test_insert_delete_and_copy_from_above(grid: LinesGrid, qtbot: QtBot) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    grid.load(list(sample.slip().lines))
    put(grid, 1, LOT)
    qtbot.keyClick(grid.view, Qt.Key.Key_D, control)
    assert grid.model.rows[1].message.lot_no == "B2401"
    put(grid, 1, LOT)
    qtbot.keyClick(grid.view, Qt.Key.Key_Insert, control)
    assert [row.message.lot_no for row in grid.model.rows] == ["B2401", "", "B2401"]
    qtbot.keyClick(grid.view, Qt.Key.Key_Delete, control)
    assert len(grid.model.rows) == 2


def test_escape_gives_the_cell_up(grid: LinesGrid, qtbot: QtBot) -> None:
    grid.load(list(sample.slip().lines))
    put(grid, 0, LOT)
    qtbot.keyClicks(grid.view, "X")
    qtbot.keyClick(editor(grid).inner, Qt.Key.Key_Escape)
    assert grid.model.rows[0].message.lot_no == "B2401"
    assert grid.isVisible()


def test_what_cannot_be_read_stays_red_and_is_a_fault(grid: LinesGrid, qtbot: QtBot) -> None:
    grid.load(list(sample.slip().lines))
    put(grid, 1, QUANTITY)
    qtbot.keyClicks(grid.view, "1")
    qtbot.keyClicks(editor(grid).inner, "x")
    qtbot.keyClick(editor(grid).inner, Qt.Key.Key_Return)
    index = grid.model.index(1, QUANTITY)
    assert index.data() == "1x"
    assert index.data(Qt.ItemDataRole.BackgroundRole) is not None
    assert [fault.path for fault in grid.model.faults()] == ["[1].quantity"]


def test_totals_follow(grid: LinesGrid) -> None:
    grid.load(list(sample.slip().lines))
    assert grid.totals.text() == "共 2 行　数量合计 120　金额合计 350.00"
    grid.model.setData(grid.model.index(0, QUANTITY), 30)
    assert "数量合计 130" in grid.totals.text()
    assert QLabel.text(grid.totals).count("合\u2060计") == 2  # a line never breaks inside a sum


def test_names_that_arrive_late_leave_a_cell_being_typed_alone(
    grid: LinesGrid, qtbot: QtBot
) -> None:
    put(grid, 0, ITEM)
    grid.view.edit(grid.model.index(0, ITEM))
    line = grid.view.findChild(LookupLine)
    assert line is not None
    qtbot.keyClicks(line, "ssxs")
    grid.model.dataChanged.emit(grid.model.index(0, 0), grid.model.index(0, AMOUNT))
    assert line.text() == "ssxs"


def test_a_table_from_a_spreadsheet_is_pasted_by_its_header(grid: LinesGrid) -> None:
    QGuiApplication.clipboard().setText("数量\t批号\t有效期至\n１２\tC1\t2027/3/4\nabc\tC2\t1332\n")
    put(grid, 0, ITEM)
    grid.view.paste()
    first, second = grid.model.rows
    assert (first.message.quantity, first.message.lot_no) == (12, "C1")
    assert first.message.expires_on == "2027-03-04"
    assert second.message.lot_no == "C2"
    assert second.typed == {"quantity": "abc", "expires_on": "1332"}
    assert {fault.path for fault in grid.model.faults()} == {"[1].quantity", "[1].expires_on"}


def test_a_table_without_header_is_pasted_from_the_current_cell(grid: LinesGrid) -> None:
    QGuiApplication.clipboard().setText("L1\t20270101\t5\t1.25\t99\nL2\t\t6\t1,000\t99")
    put(grid, 0, LOT)
    grid.view.paste()
    first, second = (row.message for row in grid.model.rows)
    assert (first.lot_no, first.quantity, first.price, first.amount) == ("L1", 5, 12500, 0)
    assert (second.lot_no, second.quantity, second.price) == ("L2", 6, 10_000_000)


def test_five_hundred_rows_are_pasted_and_copied_back_alike(grid: LinesGrid) -> None:
    text = "\n".join(f"L{n}\t2027-01-01\t{n + 1}" for n in range(500))
    QGuiApplication.clipboard().setText(text)
    put(grid, 0, LOT)
    grid.view.paste()
    assert len(grid.model.filled()) == 500
    grid.view.selectAll()
    grid.view.copy(False)
    rows = QGuiApplication.clipboard().text().splitlines()
    assert "\n".join("\t".join(row.split("\t")[1:4]) for row in rows) == text


def test_quoted_line_breaks_stay_in_their_cell() -> None:
    assert pasting.cells('a\t"b\nc"\r\nd\te\r\n\r\n') == [["a", "b\nc"], ["d", "e"]]


def test_a_burst_with_enter_is_a_scan_and_leaves_the_field_alone(
    form: FormDialog, qtbot: QtBot
) -> None:
    supplier = form.body.boxes["supplier"].editor
    assert supplier is not None
    supplier.set_value("上药")
    form.activateWindow()
    supplier.setFocus()
    qtbot.waitUntil(supplier.inner.hasFocus)
    scans = sample.child(form, ScanTarget)
    with qtbot.waitSignal(scans.scanned) as found:
        qtbot.keyClicks(supplier.inner, "6901234567892")
        qtbot.keyClick(supplier.inner, Qt.Key.Key_Return)
    assert found.args == ["6901234567892"]
    assert supplier.value() == "上药"


def test_slow_typing_is_no_scan(form: FormDialog, qtbot: QtBot) -> None:
    supplier = form.body.boxes["supplier"].editor
    assert supplier is not None
    form.activateWindow()
    supplier.setFocus()
    qtbot.waitUntil(supplier.inner.hasFocus)
    scans = sample.child(form, ScanTarget)
    with qtbot.assertNotEmitted(scans.scanned):
        qtbot.keyClicks(supplier.inner, "shangyao", delay=60)
        qtbot.keyClick(supplier.inner, Qt.Key.Key_Return, delay=60)
    assert isinstance(supplier.inner, QLineEdit)
    assert supplier.inner.text() == "shangyao"


def test_scanning_twice_counts_two_of_one_line(grid: LinesGrid) -> None:
    field = grid.model.fields[ITEM]
    answer = lookup_pb2.FindAnswer(hits=[lookup_pb2.Hit(id=2, text="输液器", exact=True)])
    grid._scanned(gs1.Label("6901"), field, answer)
    grid._scanned(gs1.Label("6901"), field, answer)
    assert [(r.message.item_id, r.message.quantity) for r in grid.model.filled()] == [(2, 2)]


def test_what_only_looks_like_a_scanned_code_is_not_taken(grid: LinesGrid, qtbot: QtBot) -> None:
    answer = lookup_pb2.FindAnswer(hits=[lookup_pb2.Hit(id=2, text="输液器", code="69010")])
    with qtbot.waitSignal(grid.note):
        grid._scanned(gs1.Label("6901"), grid.model.fields[ITEM], answer)
    assert not grid.model.filled()


def test_an_unknown_code_says_so_and_adds_nothing(grid: LinesGrid, qtbot: QtBot) -> None:
    with qtbot.waitSignal(grid.note) as told:
        grid._scanned(gs1.Label("999999"), grid.model.fields[ITEM], lookup_pb2.FindAnswer())
    assert told.args == ["没有找到条码 999999，请手工选择"]
    assert not grid.model.filled()


@pytest.mark.parametrize(
    ("scanned", "label"),
    [
        ("6901234567892", gs1.Label("6901234567892")),
        ("01069012345678921728013110B2401", gs1.Label("6901234567892", "B2401", "", "2028-01-31")),
        (
            "010690123456789210B24|1126010117280200",
            gs1.Label("6901234567892", "B24", "2026-01-01", "2028-02-29"),
        ),
        (
            "010690123456789210B24\x1d112601011728020021S9",
            gs1.Label("6901234567892", "B24", "2026-01-01", "2028-02-29"),
        ),
        ("(01)16901234567899(17)280131(10)L1", gs1.Label("16901234567899", "L1", "", "2028-01-31")),
        ("01069012345678931728013110B2401", gs1.Label("01069012345678931728013110B2401")),
        ("0106901234567892179913", gs1.Label("0106901234567892179913")),
    ],
)
def test_labels_tell_lot_and_dates(scanned: str, label: gs1.Label) -> None:
    assert gs1.read(scanned) == label
