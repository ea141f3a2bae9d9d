"""What clerks type, and the editors they type it into."""

from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from client.core import dates, entry, fields, keys, lookup, pinyin, sources, values
from client.core.api import Api
from client.core.settings import Settings
from tests.client import sample

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 3, 5, 30, tzinfo=UTC)  # 11:05:30 in Shanghai
SLIP = sample.pb.Slip.DESCRIPTOR.fields_by_name


@pytest.fixture
def api(qapp: QApplication) -> Api:
    assert qapp is not None  # before any QObject
    return sample.offline_api()


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def editor_of(api: Api, parent: QWidget, tmp_path: Path) -> Any:
    def make(name: str) -> fields.Editor:
        editor = fields.make(SLIP[name], api, Settings("t", tmp_path), parent)
        editor.resize(240, 30)
        parent.show()
        editor.show()
        return editor

    return make


@pytest.mark.parametrize(
    ("text", "scale", "value"),
    [
        ("12", 2, 1200), ("12.3", 2, 1230), ("１２．３４", 2, 1234), ("1,234.50", 2, 123450),
        ("12.5-", 2, -1250), ("-3", 0, -3), ("¥ 8", 2, 800), ("1.500", 1, 15), (".5", 2, 50),
        ("", 2, None), ("9" * 15, 2, int("9" * 15) * 100),
    ],
)  # fmt: skip
def test_numbers_as_people_type_them(text: str, scale: int, value: int | None) -> None:
    assert entry.number(text, scale) == value


@pytest.mark.parametrize("text", ["abc", "1.234", "1..2", "--1", "-1-", ".", "1e3", "１２月"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(entry.EntryError):
        entry.number(text, 2)


def test_a_number_too_big_for_its_field_is_refused() -> None:
    with pytest.raises(entry.EntryError, match="超出范围"):
        entry.number_for(SLIP["amount"], "99999999999999999999")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("22", date(2026, 11, 22)), ("1122", date(2026, 11, 22)), ("122", date(2026, 1, 22)),
        ("20261122", date(2026, 11, 22)), ("261122", date(2026, 11, 22)),
        ("11.22", date(2026, 11, 22)), ("2026/1/2", date(2026, 1, 2)),
        ("2026年1月2日", date(2026, 1, 2)), ("t", TODAY), ("+1", date(2026, 11, 25)),
        ("-1", date(2026, 11, 23)), ("２２", date(2026, 11, 22)), ("", None),
    ],
)  # fmt: skip
def test_quick_dates(text: str, day: date | None) -> None:
    assert entry.day(text, TODAY) == day


@pytest.mark.parametrize("text", ["31", "1332", "x", "2026-02-30", "12345", "1.2.3.4"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(entry.EntryError, match="日期不对"):
        entry.day(text, TODAY)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("0930", "2026-11-24 09:30:00"), ("930", "2026-11-24 09:30:00"),
        ("9:30:15", "2026-11-24 09:30:15"), ("22 0930", "2026-11-22 09:30:00"),
        ("2026-11-22 09:30", "2026-11-22 09:30:00"), ("n", "2026-11-24 11:05:00"),
        ("20261122", "2026-11-22 00:00:00"),
    ],
)  # fmt: skip
def test_times_are_typed_in_shanghai_and_kept_in_utc(text: str, clock: str) -> None:
    at = entry.moment(text, NOW)
    assert at is not None
    assert at.tzinfo is UTC
    assert entry.clock_text(at, seconds=True) == clock


@pytest.mark.parametrize("text", ["2560", "9:75", "22 abc", "1:2:3:4"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(entry.EntryError):
        entry.moment(text, NOW)


def test_periods() -> None:
    assert entry.period("本周", TODAY) == (date(2026, 11, 23), date(2026, 11, 29))
    assert entry.period("本月", TODAY) == (date(2026, 11, 1), date(2026, 11, 30))
    assert entry.period("上月", date(2026, 3, 31)) == (date(2026, 2, 1), date(2026, 2, 28))
    assert entry.period("昨天", date(2026, 1, 1)) == (date(2025, 12, 31), date(2025, 12, 31))


def test_every_reading_of_a_name_finds_it() -> None:
    assert {"cnz", "znz"} <= pinyin.initials("长宁站")
    assert pinyin.matches("单晓曾", "sx")
    assert not pinyin.matches("长宁站", "xx")


@pytest.mark.parametrize("profile", keys.PROFILES)
def test_no_key_has_two_meanings(profile: str) -> None:
    meanings: dict[str, set[str]] = {}
    for name in keys.KEYS:
        for each in keys.combinations(name, profile):
            meanings.setdefault(QKeySequence(each).toString(), set()).add(name)
    assert "" not in meanings, "a sequence Qt does not know"
    for sequence, names in meanings.items():
        assert len(names) == 1 or names <= keys.SHARED.get(sequence, set()), (sequence, names)


def test_a_habit_moves_the_keys_of_open_pages_at_once(parent: QWidget, qtbot: QtBot) -> None:
    done: list[str] = []
    for name in ("save", "refresh", "new"):
        keys.bind(parent, name, partial(done.append, name))
    line = QLineEdit(parent)
    parent.show()
    parent.activateWindow()
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClick(line, Qt.Key.Key_F5)
    keys.habit().choose("yonyou")
    try:
        qtbot.keyClick(line, Qt.Key.Key_F5)
        qtbot.keyClick(line, Qt.Key.Key_F6)
    finally:
        keys.habit().choose("own")
    qtbot.keyClick(line, Qt.Key.Key_F6)
    qtbot.keyClick(line, Qt.Key.Key_F8)
    assert done == ["refresh", "new", "save", "save"]


def test_money_is_typed_plain_and_shown_grouped(editor_of: Any, qtbot: QtBot) -> None:
    editor = editor_of("freight")
    editor.setFocus()
    with qtbot.waitSignal(editor.changed):
        qtbot.keyClicks(editor.inner, "1234.5")
    assert editor.value() == 123450
    editor.settle()
    assert editor.line.text() == "1,234.50"
    editor.line.setText("1.999")
    assert "最多2位小数" in editor.fault()
    assert editor.value() is None


def test_the_input_method_is_off_for_numbers_dates_and_codes(editor_of: Any) -> None:
    query = Qt.InputMethodQuery.ImEnabled
    for name in ("freight", "arrived_on", "checked_at", "slip_no", "temperature"):
        assert editor_of(name).inner.inputMethodQuery(query) is False
    assert editor_of("supplier").inner.inputMethodQuery(query) is not False


def test_the_wheel_changes_nothing(editor_of: Any) -> None:
    editor = editor_of("kind")
    editor.set_value(sample.pb.Slip.PURCHASE)
    editor.inner.setFocus()
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(0, -120), QPoint(0, -120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    QApplication.sendEvent(editor.inner, event)
    assert editor.value() == sample.pb.Slip.PURCHASE


def test_initials_choose_in_a_combo_box(editor_of: Any, qtbot: QtBot) -> None:
    editor = editor_of("kind")
    editor.set_value(None)
    with qtbot.waitSignal(editor.changed):
        qtbot.keyClicks(editor.inner, "j")
    assert editor.value() == sample.pb.Slip.GIFT


def test_a_date_shows_its_weekday_after_leaving(editor_of: Any) -> None:
    editor = editor_of("arrived_on")
    editor.set_value("2026-11-22")
    assert editor.line.text() == "2026-11-22 周日"
    assert editor.value() == "2026-11-22"
    editor.line.setText("1332")
    assert "日期不对" in editor.fault()
    editor.choose(date(2026, 1, 2))
    assert editor.value() == "2026-01-02"


def test_f4_opens_the_calendar_and_a_click_chooses(editor_of: Any, qtbot: QtBot) -> None:
    editor = editor_of("arrived_on")
    editor.set_value("2026-11-22")
    qtbot.keyClick(editor.inner, Qt.Key.Key_F4)
    calendar = editor.findChild(dates._Calendar)
    with qtbot.waitSignal(editor.changed):
        calendar.calendar.clicked.emit(calendar.calendar.selectedDate().addDays(1))
    assert editor.value() == "2026-11-23"


def test_the_seconds_of_a_time_survive_looking_at_it(editor_of: Any) -> None:
    editor = editor_of("checked_at")
    editor.set_value(NOW)
    editor.settle()
    assert editor.value() == NOW


def test_a_choice_no_longer_offered_is_not_lost(editor_of: Any) -> None:
    editor = editor_of("kind")
    editor.set_value(9)
    assert editor.value() == 9


class Shelf:
    """Hits at once or when told, as a dictionary or a server gives them."""

    title = "物品"

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.chosen: list[Any] = []

    def find(self, text: str, limit: int, done: Any) -> None:
        self.asked.append((text, done))

    def name(self, key: Any) -> str:
        return {1: "肾上腺素", 2: "输液器"}.get(key, "")

    def used(self, key: Any) -> None:
        self.chosen.append(key)


@pytest.fixture
def line(parent: QWidget, qtbot: QtBot) -> lookup.LookupLine:
    made = lookup.LookupLine(Shelf(), parent)
    parent.show()
    qtbot.waitExposed(parent)
    parent.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus)
    return made


HITS = [sources.Hit(1, "肾上腺素", "SSXS"), sources.Hit(2, "输液器", "SYQ")]


def shelf(line: lookup.LookupLine) -> Shelf:
    assert isinstance(line._source, Shelf)
    return line._source


def test_a_digit_chooses_a_hit(line: lookup.LookupLine, qtbot: QtBot) -> None:
    qtbot.keyClicks(line, "s")
    qtbot.waitUntil(lambda: len(shelf(line).asked) == 1)
    shelf(line).asked[0][1](HITS)
    with qtbot.waitSignal(line.chosen):
        qtbot.keyClicks(line, "2")
    assert (line.key, line.text()) == (2, "输液器")
    assert shelf(line).chosen == [2]


def test_digits_of_a_code_are_not_taken_for_a_choice(line: lookup.LookupLine, qtbot: QtBot) -> None:
    qtbot.keyClicks(line, "1")
    qtbot.waitUntil(lambda: len(shelf(line).asked) == 1)
    shelf(line).asked[0][1](HITS)
    qtbot.keyClicks(line, "2")
    assert (line.key, line.text()) == (None, "12")


def test_an_answer_to_an_older_text_is_dropped(line: lookup.LookupLine, qtbot: QtBot) -> None:
    qtbot.keyClicks(line, "s")
    qtbot.waitUntil(lambda: len(shelf(line).asked) == 1)
    qtbot.keyClicks(line, "y")
    shelf(line).asked[0][1](HITS)
    assert line._popup is None
    assert line.unresolved()


def test_enter_before_the_answer_takes_the_first_hit(line: lookup.LookupLine, qtbot: QtBot) -> None:
    qtbot.keyClicks(line, "ss")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert [text for text, _ in shelf(line).asked] == ["ss"]
    with qtbot.waitSignal(line.taken):
        shelf(line).asked[0][1](HITS)
    assert line.key == 1


def test_keys_typed_within_the_delay_ask_once(line: lookup.LookupLine, qtbot: QtBot) -> None:
    qtbot.keyClicks(line, "ssxs")
    qtbot.waitUntil(lambda: bool(shelf(line).asked))
    assert [text for text, _ in shelf(line).asked] == ["ssxs"]


def test_the_most_used_comes_first(tmp_path: Path) -> None:
    settings = Settings("t", tmp_path)
    usage = sources.Usage(settings, "x")
    usage.add(2)
    again = sources.Usage(Settings("t", tmp_path), "x")
    assert [hit.key for hit in again.sort(HITS)] == [2, 1]


def test_values_are_shown_as_people_read_them(api: Api) -> None:
    slip = sample.slip(3)
    shown = {name: values.shown(slip, field, api.names) for name, field in SLIP.items()}
    assert shown["amount"] == "1,234.53"
    assert shown["checked_at"] == "2026-11-20 14:30"
    assert shown["keeper_id"] == "王芳"
    assert shown["kind"] == "采购入库"
    assert shown["lines"] == "2行"
    assert shown["freight"] == ""


@pytest.mark.parametrize("name", [name for name in SLIP if name not in ("id", "version", "lines")])
def test_every_kind_gives_back_what_it_was_given(editor_of: Any, name: str) -> None:
    slip = sample.slip(3, freight=-5, temperature=3.25, urgent=True, remark="一\n二")
    before = values.read(slip, SLIP[name])
    editor = editor_of(name)
    editor.set_value(before)
    editor.settle()
    assert editor.fault() == ""
    assert editor.value() == before
