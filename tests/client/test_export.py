"""Export: all rows, proved against the query, or nothing at all."""

import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from client.core import writers
from client.core.api import Api, ApiError, StatusCode
from client.core.export import Export
from client.core.writers import Mark
from crypto import sm3
from protos.common import list_pb2
from tests.client import sample

COLUMNS = ["slip_no", "supplier", "keeper_id", "checked_at", "amount", "freight", "state"]

MARK = Mark("王芳 1234", "2026-11-25 17:45:01", "20261125-174501-1234")


class Shelf:
    """A list answered by pages of at most 1000; it can grow or refuse on the way."""

    def __init__(self, count: int) -> None:
        self.rows = [sample.slip(id) for id in range(1, count + 1)]
        self.asked = 0
        self.grow_at = self.refuse_at = -1
        self.refuse_log = False
        self.logged: list[tuple[int, str]] = []  # (rows, SM3)

    def register(self, rows: int, digest: str, done: Any, failed: Any) -> None:
        if self.refuse_log:
            failed(ApiError(StatusCode.UNAVAILABLE, "连接不上服务器"))
            return
        self.logged.append((rows, digest))
        done()

    def fetch(self, request: list_pb2.ListRequest, done: Any, failed: Any) -> Any:
        self.asked += 1
        if self.asked == self.grow_at:
            self.rows.append(sample.slip(99999))
        if self.asked == self.refuse_at:
            failed(ApiError(StatusCode.UNAVAILABLE, "连接不上服务器"))
            return lambda: None
        start = int(request.cursor or b"0")
        answer = sample.pb.SlipList(rows=self.rows[start : start + request.limit])
        if start + request.limit < len(self.rows):
            answer.info.next = str(start + request.limit).encode()
        if request.totals:
            answer.info.count = len(self.rows)
            answer.info.totals["amount"] = sum(row.amount for row in self.rows)
        done(answer)
        return lambda: None


@pytest.fixture
def api(qapp: QApplication) -> Api:
    assert qapp is not None  # before any QObject
    return sample.offline_api()


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process may grow past 64 KiB, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, old)


def job(path: Path, shelf: Shelf, api: Api) -> Export:
    page = sample.page()
    fields = [page.field_of(name) for name in COLUMNS]
    request = list_pb2.ListRequest(text="上药")
    notes = [("查询条件", "=全部")]
    fetch, register = shelf.fetch, shelf.register
    return Export(path, "入库单", fields, api.names, fetch, request, register, MARK, notes)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_row_is_in_the_sheet_with_numbers_as_numbers(
    api: Api, tmp_path: Path, qtbot: QtBot
) -> None:
    shelf = Shelf(2500)
    shelf.rows[0].supplier = "=HYPERLINK(1)"
    shelf.rows[1].supplier = "-1\x07公司"
    path = tmp_path / "单.xlsx"
    made = job(path, shelf, api)
    steps: list[tuple[int, int]] = []
    made.progress.connect(lambda *at: steps.append(at))
    with qtbot.waitSignal(made.finished, timeout=20000):
        made.start()
    book = load_workbook(path)
    rows = list(book["入库单"].iter_rows(values_only=True))
    assert rows[0][:2] == ("单号", "供应商")
    assert len(rows) == 2501
    assert rows[1][1:4] == ("'=HYPERLINK(1)", "王芳", "2026-11-20 14:30")
    assert rows[2][1] == "'-1公司"
    assert rows[1][4] == pytest.approx(1234.51)
    assert rows[1][5] is None
    notes: dict[Any, Any] = {row[0]: row[1] for row in book["说明"].iter_rows(values_only=True)}
    assert notes["条数"] == "2500"
    assert notes["查询条件"] == "'=全部"
    assert notes["金额合计"] == "3,117,512.50"
    assert steps == [(1000, 2500), (2000, 2500), (2500, 2500)]
    assert files(tmp_path) == ["单.xlsx"]
    assert shelf.logged == [(2500, sm3.digest(path.read_bytes()).hex())]
    assert book.properties.creator == MARK.by
    assert MARK.number in str(book.properties.description)
    foot: Any = book["入库单"].oddFooter
    assert MARK.by in foot.left.text
    assert MARK.number in foot.center.text


def test_csv_opens_in_excel_and_negative_numbers_stay_numbers(
    api: Api, tmp_path: Path, qtbot: QtBot
) -> None:
    shelf = Shelf(2)
    shelf.rows[0].amount = -150
    path = tmp_path / "单.csv"
    made = job(path, shelf, api)
    with qtbot.waitSignal(made.finished):
        made.start()
    text = path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    lines = text.decode("utf-8-sig").splitlines()
    assert lines[1] == "RK2026000001,上海医药有限公司,王芳,2026-11-20 14:30,-1.50,,草稿"


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_count_that_changes_on_the_way_leaves_nothing(
    api: Api, tmp_path: Path, qtbot: QtBot, suffix: str
) -> None:
    shelf = Shelf(1500)
    shelf.grow_at = 2
    made = job(tmp_path / f"单.{suffix}", shelf, api)
    with qtbot.waitSignal(made.failed) as told:
        made.start()
    assert told.args == ["查询共 1500 条，写出 1501 条：导出期间数据有变化，请再导出一次"]
    assert files(tmp_path) == []


def test_a_refusal_on_the_way_leaves_nothing_and_the_old_file_alone(
    api: Api, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "单.csv").write_text("旧的")
    shelf = Shelf(1500)
    shelf.refuse_at = 2
    made = job(tmp_path / "单.csv", shelf, api)
    with qtbot.waitSignal(made.failed) as told:
        made.start()
    assert told.args == ["连接不上服务器"]
    assert files(tmp_path) == ["单.csv"]
    assert (tmp_path / "单.csv").read_text() == "旧的"


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_what_cannot_be_logged_is_not_handed_out(
    api: Api, tmp_path: Path, qtbot: QtBot, suffix: str
) -> None:
    shelf = Shelf(3)
    shelf.refuse_log = True
    made = job(tmp_path / f"单.{suffix}", shelf, api)
    with qtbot.waitSignal(made.failed) as told:
        made.start()
    assert told.args == ["导出要先登记，没有登记成功，文件没有写出：连接不上服务器"]
    assert files(tmp_path) == []


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
@pytest.mark.usefixtures("small_files")
def test_a_full_disk_is_told_and_leaves_nothing(
    api: Api, tmp_path: Path, qtbot: QtBot, suffix: str
) -> None:
    made = job(tmp_path / f"单.{suffix}", Shelf(3000), api)
    with qtbot.waitSignal(made.failed, timeout=20000) as told:
        made.start()
    assert told.args[0].startswith("磁盘空间不足")
    assert files(tmp_path) == []


def test_a_folder_that_is_not_there_is_told(api: Api, tmp_path: Path, qtbot: QtBot) -> None:
    made = job(tmp_path / "无" / "单.csv", Shelf(1), api)
    with qtbot.waitSignal(made.failed) as told:
        made.start()
    assert "请换一个位置再试" in told.args[0]


def test_cancel_leaves_nothing(api: Api, tmp_path: Path, qtbot: QtBot) -> None:
    made = job(tmp_path / "单.xlsx", Shelf(3000), api)
    made.progress.connect(lambda *_: made.cancel())
    with qtbot.waitSignal(made.progress), qtbot.assertNotEmitted(made.finished):
        made.start()
    qtbot.waitUntil(lambda: files(tmp_path) == [])


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula(text: str) -> None:
    assert writers.harmless(text).startswith("'")
