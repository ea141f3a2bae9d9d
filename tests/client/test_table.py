"""The table: pages by keyset, order, totals, the place kept, columns, copying."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from client.core import conditions, dates, entry, filters, verbs
from client.core.api import Api, ApiError, StatusCode
from client.core.settings import Settings
from client.core.table import RecordModel, RecordTable
from client.core.view import PageView
from protos.common import list_pb2, session_pb2
from protos.finance import refund_pb2
from tests.client import sample


class Shelf:
    """A list of slips answered by keyset pages, as the server answers."""

    def __init__(self, count: int) -> None:
        self.rows = [sample.slip(id) for id in range(1, count + 1)]
        self.requests: list[list_pb2.ListRequest] = []
        self.refuse = False

    def fetch(self, request: list_pb2.ListRequest, done: Any, failed: Any) -> Any:
        self.requests.append(request)
        if self.refuse:
            failed(ApiError(StatusCode.UNAVAILABLE, "连接不上服务器"))
            return lambda: None
        rows = sorted(self.rows, key=lambda row: row.amount, reverse=request.descending)
        start = int(request.cursor or request.offset)
        answer = sample.pb.SlipList(rows=rows[start : start + request.limit])
        if start + request.limit < len(rows):
            answer.info.next = str(start + request.limit).encode()
        if request.totals:
            answer.info.count = len(rows)
            answer.info.totals["amount"] = sum(row.amount for row in rows)
        done(answer)
        return lambda: None


@pytest.fixture
def api(qapp: QApplication) -> Api:
    assert qapp is not None  # before any QObject
    return sample.offline_api()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings("t", tmp_path)


def columns() -> list[Any]:
    page = sample.page()
    return [page.field_of(name) for name in page.columns]


def make(api: Api, settings: Settings, shelf: Shelf, qtbot: QtBot) -> RecordTable:
    model = RecordModel(columns(), api.names, shelf.fetch)
    table = RecordTable(model, sample.page().columns, settings, "slips")
    model.setParent(table)
    qtbot.addWidget(table)
    table.resize(900, 400)
    table.show()
    qtbot.waitExposed(table)
    return table


def test_the_model_keeps_qt_s_rules(api: Api) -> None:
    shelf = Shelf(450)
    model = RecordModel(columns(), api.names, shelf.fetch)
    tester = QAbstractItemModelTester(model)
    model.query([])
    model.need(range(190, 230))
    model.order("amount", True)
    model.refresh(range(10))
    assert tester.model() is model
    assert model.rowCount() == 450


def test_rows_come_where_they_are_looked_at_and_totals_once(api: Api) -> None:
    shelf = Shelf(450)
    model = RecordModel(columns(), api.names, shelf.fetch)
    model.query([], "上药")
    assert model.rowCount() == 450
    assert model.rows[200] is None
    assert model.index(449, 0).data() == "…"
    model.need(range(190, 230))
    assert [row.id for row in model.rows[:400]] == list(range(1, 401))
    assert model.index(300, 0).data() == "RK2026000301"
    model.need(range(440, 450))
    assert [row.id for row in model.rows] == list(range(1, 451))
    assert [request.totals for request in shelf.requests] == [True, False, False]
    assert [request.offset for request in shelf.requests] == [0, 0, 0]  # the cursor was known
    assert {request.text for request in shelf.requests} == {"上药"}
    assert model.summary() == "共 450 条　金额合计 556,539.75"


def test_a_jump_fetches_only_what_is_looked_at(api: Api) -> None:
    shelf = Shelf(5_000)
    model = RecordModel(columns(), api.names, shelf.fetch)
    model.query([])
    model.need(range(4_700, 4_730))
    assert [request.offset for request in shelf.requests] == [0, 4_600]
    assert model.rows[4_700].id == 4_701
    assert model.rows[4_599] is None
    model.need(range(4_790, 4_820))  # going on is by cursor
    assert shelf.requests[-1].cursor == b"4800"


def test_rows_that_came_meanwhile_make_the_list_anew(api: Api) -> None:
    shelf = Shelf(450)
    model = RecordModel(columns(), api.names, shelf.fetch)
    model.query([])
    del shelf.rows[300:]
    model.need(range(400, 420))
    assert model.rowCount() == model.count == 300
    assert model.rows[299].id == 300


def test_a_header_click_sorts_on_the_server(api: Api, settings: Settings, qtbot: QtBot) -> None:
    shelf = Shelf(5)
    table = make(api, settings, shelf, qtbot)
    table.records.query([])
    amount = sample.page().columns.index("amount")
    table.horizontalHeader().setSortIndicator(amount, Qt.SortOrder.DescendingOrder)
    assert (shelf.requests[-1].order_by, shelf.requests[-1].descending) == ("amount", True)
    assert table.records.rows[0].id == 5


def test_a_column_the_server_cannot_sort_by_is_left_alone(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    shelf = Shelf(5)
    table = make(api, settings, shelf, qtbot)
    table.records.query([])
    urgent = sample.page().columns.index("urgent")
    table.horizontalHeader().setSortIndicator(urgent, Qt.SortOrder.AscendingOrder)
    assert len(shelf.requests) == 1
    assert table.horizontalHeader().sortIndicatorSection() == -1


def test_a_refresh_keeps_row_selection_and_scroll(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    shelf = Shelf(600)
    table = make(api, settings, shelf, qtbot)
    table.records.query([])
    table.scrollTo(table.records.index(300, 0), table.ScrollHint.PositionAtTop)
    table.selectionModel().setCurrentIndex(
        table.records.index(305, 2),
        QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows,
    )
    qtbot.waitUntil(lambda: table.records.rows[table.rowAt(0)] is not None)
    top = table.records.rows[table.rowAt(0)].id
    before = shelf.rows.pop(0)
    assert before.id == 1
    table.records.refresh(table.rows_in_use())
    assert table.records.rows[table.rowAt(0)].id == top
    assert [record.id for record in table.chosen()] == [306]
    assert table.currentIndex().column() == 2


def test_a_failed_refresh_leaves_the_rows(api: Api, settings: Settings, qtbot: QtBot) -> None:
    shelf = Shelf(5)
    table = make(api, settings, shelf, qtbot)
    table.records.query([])
    shelf.refuse = True
    with qtbot.waitSignal(table.records.failed):
        table.records.refresh(range(5))
    assert table.records.rowCount() == 5
    assert not table.records.is_loading


def press(table: RecordTable, key: Qt.Key, *held: Qt.KeyboardModifier) -> None:
    modifiers = Qt.KeyboardModifier.AltModifier
    for each in held:
        modifiers |= each
    QTest.keyClick(table, key, modifiers)


def pick(table: RecordTable, *typed: Qt.Key) -> None:
    """Open the column menu and press letters in it."""
    press(table, Qt.Key.Key_Down)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    for key in typed:
        popup = QApplication.activePopupWidget()
        assert popup is not None
        QTest.keyClick(popup, key)
    assert QApplication.activePopupWidget() is None


def test_columns_are_sorted_moved_sized_hidden_and_frozen_by_keys_alone(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    shelf = Shelf(3)
    table = make(api, settings, shelf, qtbot)
    table.activateWindow()
    table.records.query([])
    names, key, shift = sample.page().columns, Qt.Key, Qt.KeyboardModifier.ShiftModifier
    told: list[str] = []
    table.told.connect(told.append)
    table.setFocus()
    QTest.keyClick(table, key.Key_Down)
    for _ in range(3):
        QTest.keyClick(table, key.Key_Right)
    assert names[table.currentIndex().column()] == "arrived_on"
    press(table, key.Key_Up)
    press(table, key.Key_Up)
    asked = shelf.requests[-1]
    assert (asked.order_by, asked.descending) == ("arrived_on", True)
    assert names[table.currentIndex().column()] == "arrived_on"
    QTest.keyClick(table, key.Key_Left)
    press(table, key.Key_Up, shift)
    asked = shelf.requests[-1]
    assert (asked.order_by, asked.descending, asked.then_by) == ("arrived_on", True, "supplier")
    pick(table, key.Key_D)
    assert (shelf.requests[-1].order_by, shelf.requests[-1].then_by) == ("supplier", "")
    head, supplier = table.horizontalHeader(), names.index("supplier")
    wide = head.sectionSize(supplier)
    press(table, key.Key_Right)
    press(table, key.Key_Right)
    press(table, key.Key_Left)
    assert head.sectionSize(supplier) == wide + table.fontMetrics().height()
    press(table, key.Key_Left, shift)
    assert [names[at] for at in table.columns.visible()][:3] == ["slip_no", "supplier", "kind"]
    press(table, key.Key_Right, shift)
    press(table, key.Key_Left, shift)
    pick(table, key.Key_F)
    assert table.columns.frozen == 2
    pick(table, key.Key_U)
    assert table.columns.frozen == 0
    pick(table, key.Key_H)
    assert supplier not in table.columns.visible()
    assert names[table.currentIndex().column()] == "kind"
    pick(table, key.Key_C, key.Key_Down, key.Key_Down, key.Key_Return)  # back by the chooser
    assert supplier in table.columns.visible()
    for _ in names:
        QTest.keyClick(table, key.Key_Right)
    QTest.keyClick(table, key.Key_Left)
    assert names[table.currentIndex().column()] == "urgent"
    press(table, key.Key_Up)
    assert told == ["不能按“加急”排序"]
    assert shelf.requests[-1].order_by == "supplier"


def test_columns_stay_as_the_user_left_them(api: Api, settings: Settings, qtbot: QtBot) -> None:
    shelf = Shelf(5)
    table = make(api, settings, shelf, qtbot)
    table.records.query([])
    table.columns.show_column(1, False)
    table.horizontalHeader().moveSection(0, 3)
    table.setColumnWidth(2, 222)
    table.columns.save()
    again = make(api, Settings("t", settings._path.parents[1]), shelf, qtbot)
    again.records.query([])
    assert again.columns.visible() == table.columns.visible()
    assert again.columnWidth(2) == 222
    again.columns.reset()
    assert again.columns.visible() == list(range(8))
    assert again.columnWidth(2) != 222


def test_the_last_column_cannot_be_hidden(api: Api, settings: Settings, qtbot: QtBot) -> None:
    table = make(api, settings, Shelf(1), qtbot)
    for column in range(8):
        table.columns.show_column(column, False)
    assert len(table.columns.visible()) == 1


def test_rows_are_copied_as_text_and_table(api: Api, settings: Settings, qtbot: QtBot) -> None:
    table = make(api, settings, Shelf(3), qtbot)
    table.records.query([])
    table.selectRow(1)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(table, Qt.Key.Key_C, modifiers)
    mime = QGuiApplication.clipboard().mimeData()
    head, row = mime.text().split("\n")
    assert head.split("\t")[:2] == ["单号", "入库类型"]
    assert row.split("\t")[5] == "1,234.52"
    assert "<td>1234.52</td>" in mime.html()


def test_the_selection_is_summed(api: Api, settings: Settings, qtbot: QtBot) -> None:
    table = make(api, settings, Shelf(3), qtbot)
    table.records.query([])
    table.selectAll()
    assert table.records.selected_summary(table.picked()) == "已选 3 条　金额 3,703.56"


def test_all_rows_of_a_query_are_chosen_and_summed_before_they_are_here(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    shelf = Shelf(5_000)
    table = make(api, settings, shelf, qtbot)
    table.records.query([])
    total = table.records.totals["amount"]
    qtbot.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert table.chosen_count() == 5_000
    assert table.records.rows[3_000] is None
    shown = entry.grouped(total, 2)
    assert table.records.selected_summary(table.picked()) == f"已选全部 5,000 条　金额 {shown}"
    command = QItemSelectionModel.SelectionFlag.Toggle | QItemSelectionModel.SelectionFlag.Rows
    table.selectionModel().select(table.records.index(2, 0), command)
    rest = entry.grouped(total - shelf.rows[2].amount, 2)
    assert table.records.selected_summary(table.picked()) == f"已选 4,999 条　金额 {rest}"
    table.copy(False)  # more than was loaded: refused, and said so
    table.records.refresh(table.rows_in_use())
    assert table.chosen_count() == len(table.chosen(5_000))  # one was left out: what is here


def test_shift_and_click_sort_by_a_second_column(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    shelf = Shelf(5)
    table = make(api, settings, shelf, qtbot)
    table.records.query([])
    names = sample.page().columns
    head = table.horizontalHeader()

    def click(name: str, *modifiers: Qt.KeyboardModifier) -> tuple[str, bool, str, bool]:
        at = head.sectionViewportPosition(names.index(name)) + 8
        held = modifiers[0] if modifiers else Qt.KeyboardModifier.NoModifier
        qtbot.mouseClick(
            head.viewport(), Qt.MouseButton.LeftButton, held, QPoint(at, head.height() // 2)
        )
        asked = shelf.requests[-1]
        return asked.order_by, asked.descending, asked.then_by, asked.then_descending

    shift = Qt.KeyboardModifier.ShiftModifier
    assert click("kind") == ("kind", False, "", False)
    assert click("amount", shift) == ("kind", False, "amount", False)
    assert click("amount", shift) == ("kind", False, "amount", True)
    assert head.sortIndicatorSection() == names.index("kind")
    assert table.records.headerData(names.index("amount"), Qt.Orientation.Horizontal) == "金额 2↓"
    again = make(api, Settings("t", settings._path.parents[1]), shelf, qtbot)
    again.records.query([])
    assert shelf.requests[-1].then_by == "amount"  # kept for this user and page
    again.columns.reset()
    assert shelf.requests[-1].order_by == ""
    assert click("amount", shift) == ("kind", False, "", False)
    assert click("slip_no") == ("slip_no", False, "", False)


def test_the_key_column_stays_in_sight(api: Api, settings: Settings, qtbot: QtBot) -> None:
    table = make(api, settings, Shelf(50), qtbot)
    table.records.query([])
    table.resize(420, 300)
    assert table.frozen is not None
    assert not table.frozen.isVisible()
    table.horizontalScrollBar().setValue(200)
    assert table.frozen.isVisible()
    assert table.frozen.frozen() == [0]
    assert table.frozen.width() == table.columnWidth(0)
    table.verticalScrollBar().setValue(300)
    assert table.frozen.rowAt(0) == table.rowAt(0)
    table.selectRow(20)
    assert [index.row() for index in table.frozen.selectionModel().selectedRows()] == [20]
    table.setCurrentIndex(table.records.index(20, 1))  # not under the frozen column
    assert table.columnViewportPosition(1) >= table.frozen.width()
    table.columns.freeze(0)
    table.horizontalScrollBar().setValue(150)
    assert not table.frozen.isVisible()
    again = make(api, Settings("t", settings._path.parents[1]), Shelf(1), qtbot)
    assert again.columns.frozen == 0


def test_a_million_rows_are_scrolled_to_their_end(
    api: Api, settings: Settings, qtbot: QtBot
) -> None:
    """Any place of a long list is one question away."""
    table = make(api, settings, Shelf(1), qtbot)
    asked: list[int] = []

    def fetch(request: list_pb2.ListRequest, done: Any, _: Any) -> Any:
        asked.append(request.offset)
        rows = [sample.slip(request.offset + n + 1) for n in range(request.limit)]
        answer = sample.pb.SlipList(rows=rows)
        answer.info.count = 1_000_000
        done(answer)
        return lambda: None

    table.records._fetch = fetch
    table.records.query([])
    bar = table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 1_000_000)
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: table.records.rows[-1] is not None)
    assert table.records.index(999_999, 0).data() == "RK20261000000"
    assert asked == [0, 999_800]
    assert len(list(table.records.here())) == 400


def test_conditions_become_filters(api: Api, settings: Settings, qtbot: QtBot) -> None:
    bar = filters.FilterBar(sample.page(), api, settings)
    qtbot.addWidget(bar)
    state = {
        "": ["上药"], "slip_no": ["RK"], "kind": ["GIFT"], "arrived_on": ["1122", ""],
        "amount": ["1.5", "2,000"], "keeper_id": ["7"], "state": ["DRAFT", "POSTED"],
    }  # fmt: skip
    bar.restore(state)
    made = {each.field: (each.op, list(each.values)) for each in bar.filters()}
    year = dates.today().year
    op = list_pb2.Filter
    assert made == {
        "slip_no": (op.CONTAINS, ["RK"]), "kind": (op.EQ, ["GIFT"]),
        "arrived_on": (op.BETWEEN, [f"{year}-11-22", ""]), "keeper_id": (op.EQ, ["7"]),
        "amount": (op.BETWEEN, ["150", "200000"]), "state": (op.EQ, ["DRAFT", "POSTED"]),
    }  # fmt: skip
    assert bar.fuzzy() == "上药"
    assert "状态：草稿、已入账" in bar.describe()


def test_a_day_of_a_time_runs_from_midnight_to_midnight_in_shanghai() -> None:
    day = date(2026, 11, 22)
    assert conditions.edge(day, False) == "2026-11-21T16:00:00Z"
    assert conditions.edge(day, True) == "2026-11-22T15:59:59.999999Z"


def test_queries_are_saved_by_user(api: Api, settings: Settings, qtbot: QtBot) -> None:
    bar = filters.FilterBar(sample.page(), api, settings)
    qtbot.addWidget(bar)
    bar.restore({"supplier": [], "slip_no": ["RK"]})
    bar.queries.save("我的", bar.state())
    bar.clear()
    assert bar.is_empty()
    with qtbot.waitSignal(bar.run):
        bar.use(bar.queries.own[0].state)
    assert bar.state() == {"slip_no": ["RK"]}
    bar.queries.forget("我的")
    assert settings.value("filters.sample.SlipService") == {}


@pytest.fixture
def view(api: Api, settings: Settings, qtbot: QtBot) -> PageView:
    made = PageView(sample.page(), api, settings)
    qtbot.addWidget(made)
    return made


def test_verbs_follow_the_states_of_all_chosen_rows(view: PageView) -> None:
    shelf = Shelf(2)
    shelf.rows[1].state = sample.pb.Slip.SUBMITTED
    view.model._fetch = shelf.fetch
    view.show()
    view.run()
    view.table.choose_ids({1})
    assert view.actions_of["Submit"].isEnabled()
    assert not view.actions_of["Return"].isEnabled()
    assert view.actions_of["Return"].toolTip() == "当前状态是“草稿”，不能退回"
    view.table.choose_ids({1, 2})
    assert not view.actions_of["Submit"].isEnabled()
    assert not view.actions_of["open"].isEnabled()


def test_an_empty_list_and_an_error_say_what_to_do(view: PageView) -> None:
    shelf = Shelf(0)
    view.model._fetch = shelf.fetch
    view.show()
    view.run()
    assert view.notice.text() == "还没有记录，按 Ctrl+N 新建第一条"
    view.filters.restore({"slip_no": ["X"]})
    view.run()
    assert view.notice.text().startswith("没有符合条件的记录（单号：X）")
    shelf.refuse = True
    view.run()
    assert view.notice.text() == "连接不上服务器"
    assert view.retry.isVisible()


def test_changes_refresh_a_shown_page_at_once_and_a_hidden_one_when_shown(
    view: PageView, api: Api
) -> None:
    shelf = Shelf(3)
    view.model._fetch = shelf.fetch
    view.show()
    asked = len(shelf.requests)
    api.changed.emit(frozenset({sample.SLIPS}))
    assert len(shelf.requests) == asked + 1
    api.changed.emit(frozenset({"other.Service"}))
    view.hide()
    api.changed.emit(frozenset({sample.SLIPS}))
    assert len(shelf.requests) == asked + 1
    view.show()
    assert len(shelf.requests) == asked + 2


def test_money_that_leaves_is_approved_record_by_record(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert qapp is not None
    method = refund_pb2.DESCRIPTOR.services_by_name["RefundService"].methods_by_name["Approve"]
    api = sample.offline_api()
    allowed = session_pb2.Session(id=b"test", permissions=["finance.refund.approve"])
    monkeypatch.setattr(api, "session", allowed)
    one = refund_pb2.Refund(id=1, state=refund_pb2.Refund.SUBMITTED)
    assert verbs.refusal(api, method, [one]) == ""
    assert "一次只能办一条" in verbs.refusal(api, method, [one, one])
    assert "一次只能办一条" in verbs.refusal(api, method, [one], chosen=9)
