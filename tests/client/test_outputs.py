"""Screen, printed list, printed record, both exports and the server's total agree, kind by kind."""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdfium2 import PdfDocument
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from client.core import export, values
from client.core.preview import PreviewDialog
from client.core.view import PageView
from protos import facts
from protos.common.list_pb2 import IdRequest
from server.core.audit import AuditRow
from server.core.registry import Registry
from server.core.run import Running
from server.services import SERVICES
from tests.client.desk import SOON, Desk
from tests.print.forms import META

KINDS = ("收费记录明细", "发票", "收费日报维护", "出库单", "红冲出库与入库", "盘库", "司机日报")
MONEY = re.compile(r"-?[\d,]+\.\d\d")


class Outputs:
    """One loaded page, and what it says of its columns of money."""

    def __init__(self, view: PageView, folder: Path, bot: QtBot) -> None:
        self.view, self._folder, self._bot = view, folder, bot
        shown = [view.model.fields[at] for at in view.table.columns.visible()]
        self.money = [f for f in shown if values.is_number(f) and facts.of_field(f).scale == 2]
        self.summed = [f for f in self.money if facts.of_field(f).total]

    def screen(self) -> dict[str, list[str]]:
        """The texts of each column of money."""
        model = self.view.model
        model.need(range(model.rowCount()))
        self._bot.waitUntil(lambda: all(row is not None for row in model.rows), timeout=SOON)
        places = {field.name: at for at, field in enumerate(model.fields)}
        rows = range(model.rowCount())
        return {
            f.name: [str(model.index(row, places[f.name]).data() or "") for row in rows]
            for f in self.money
        }

    def totals(self) -> dict[str, str]:
        """The sums as the line below the table shows them."""
        text, model = self.view.summary.text(), self.view.model
        told = {f.name: values.number(f, model.totals[f.name]) for f in self.summed}
        assert all(f"{values.total_label(f)} {told[f.name]}" in text for f in self.summed), text
        return told

    def paper(self) -> Counter[str]:
        """Every amount on the printed list."""
        self.view.print_list()
        self._bot.waitUntil(lambda: bool(self.view.findChildren(PreviewDialog)), timeout=SOON)
        (dialog,) = self.view.findChildren(PreviewDialog)
        self._bot.waitUntil(lambda: bool(dialog.pdf), timeout=SOON)
        found = Counter(text for text in words(dialog.pdf) if MONEY.fullmatch(text))
        dialog.reject()
        self._bot.waitUntil(lambda: not self.view.findChildren(PreviewDialog), timeout=SOON)
        return found

    def file(self, suffix: str) -> Path:
        """The exported file."""
        title = self.view.page.title
        dialog = export.start(self.view, self._folder / f"{title}.{suffix}")
        self._bot.waitUntil(dialog.path.exists, timeout=SOON)
        dialog.reject()
        if suffix == "csv":  # it holds no properties: its name says who and when
            assert re.fullmatch(rf"{title}-\d{{8}}-\d{{6}}-T\d{{8}}", dialog.path.stem)
        return dialog.path

    def csv(self) -> dict[str, list[str]]:
        """The columns of money of a csv file, as text."""
        with self.file("csv").open(encoding="utf-8-sig", newline="") as file:
            head, *rows = csv.reader(file)
        return {f.name: [row[head.index(facts.label(f))] for row in rows] for f in self.money}

    def xlsx(self) -> tuple[dict[str, list[Any]], dict[str, str]]:
        """The columns of money of a workbook, and its notes."""
        book = load_workbook(self.file("xlsx"), read_only=True)
        head, *rows = book.worksheets[0].iter_rows(values_only=True)
        notes = {str(row[0]): str(row[1]) for row in book["说明"].iter_rows(values_only=True)}
        assert book.properties.creator == notes["导出人"]
        assert notes["导出编号"] in str(book.properties.description)
        book.close()
        columns = {f.name: [row[head.index(facts.label(f))] for row in rows] for f in self.money}
        return columns, notes


def words(pdf: bytes) -> list[str]:
    with closing(PdfDocument(pdf)) as document:
        return " ".join(page.get_textpage().get_text_range() for page in document).split()


def amount(cell: object) -> Decimal:
    """An amount as people or spreadsheets read it; an empty cell holds none."""
    return Decimal(str(cell or 0).replace(",", "")).quantize(Decimal("0.01"))


def check(out: Outputs) -> None:
    """All outputs of one page against each other."""
    screen, totals, title = out.screen(), out.totals(), out.view.page.title
    figures = {name: [amount(text) for text in texts] for name, texts in screen.items()}
    assert out.summed, title
    assert {f.name: sum(figures[f.name]) for f in out.summed} == {
        name: amount(text) for name, text in totals.items()
    }, title
    filed, (sheet, notes) = out.csv(), out.xlsx()
    assert {name: [amount(text) for text in texts] for name, texts in filed.items()} == figures
    assert {name: [amount(cell) for cell in cells] for name, cells in sheet.items()} == figures
    assert {f.name: notes[values.total_label(f)] for f in out.summed} == totals, title
    wanted = Counter(text for texts in screen.values() for text in texts if text)
    assert out.paper() == wanted + Counter(totals.values()), title


def printed(view: PageView, bot: QtBot) -> Iterator[str]:
    """Amounts of the list's first rows that their own printed pages do not bear."""
    for _, row in list(view.model.here())[:2]:
        got: list[object] = []
        view.api.call(view.page.method("Get"), IdRequest(id=row.id), view, got.append)
        bot.waitUntil(lambda: bool(got), timeout=SOON)  # noqa: B023
        pdf = view.sheet_of(got[0]).draw(META)
        text = "".join(words(pdf))
        for field in view.model.fields:
            if field.name in MAIN and (value := getattr(row, field.name)):
                told = values.number(field, value)
                if told not in text:
                    yield f"{view.page.title} {field.name} {told}"


def check_log(server: Running, desk: Desk, out: Outputs) -> None:
    """Each of the three outputs left its audit row: who, which page, asked how, how many rows."""
    with server.worker.app.sessions.read() as db:
        newest = select(AuditRow).where(AuditRow.action == "common.ExportService.Register")
        rows = list(db.scalars(newest.order_by(AuditRow.id.desc()).limit(3)))
    details = [json.loads(row.detail) for row in rows]
    title, count = out.view.page.title, out.view.model.count
    assert {row.staff_no for row in rows} == {desk.who.staff_no}
    assert {row.record_kind for row in rows} == {out.view.page.service.full_name}
    assert [d["格式"] for d in details] == ["列表打印", "Excel", "CSV"]
    assert {(d["页面"], d["条数"], d["查询条件"]) for d in details} == {(title, count, "全部")}


MAIN = ("amount", "net", "due", "received")  # what a document is about


@pytest.mark.demo
@pytest.mark.sqlite
def test_screen_print_exports_and_totals_agree_on_lists_of_many_kinds(
    desk_of: Callable[..., Desk], server: Running, tmp_path: Path, qtbot: QtBot
) -> None:
    desk = desk_of(*Registry(SERVICES).permissions())
    window = desk.log_in()
    seen: list[str] = []
    missing: list[str] = []
    for entry in window.entries:
        if entry.title not in KINDS:
            continue
        view = window.open_page(entry)
        assert isinstance(view, PageView)
        qtbot.waitUntil(lambda: not view.busy.isVisible(), timeout=SOON)  # noqa: B023
        out = Outputs(view, tmp_path, qtbot)
        check(out)
        seen.append(entry.title)
        check_log(server, desk, out)
        if view.page.print_form is not None:
            missing += printed(view, qtbot)
        window.close_tab(window.tabs.currentIndex())
    assert not missing
    assert sorted(seen) == sorted(KINDS)
